"""Sending domain: one that needs work, one that is trusted, one that nobody could be asked about."""

from __future__ import annotations

import os
from collections.abc import Iterator
from contextlib import contextmanager

from smtpdesk.desktop.pages.domain.page import Page
from smtpdesk.dns.resolver import VARIABLE
from smtpdesk.domain.profile import Identity, Profile, Relay
from tests.desktop.screens_stage import Stage, scene
from tests.servers.names import running_names, silent_names
from tests.servers.zones import public_key, txt

_KEY = f"v=DKIM1; k=rsa; p={public_key(2048)}"
_ZONE = f"""
harbourbakery.com.             TXT "v=spf1 include:_spf.google.com mx -all"
harbourbakery.com.             MX 1 smtp.google.com.
smtp.google.com.               A 192.0.2.27
_spf.google.com.               TXT "v=spf1 include:_netblocks.google.com include:_netblocks2.google.com ~all"
_netblocks.google.com.         TXT "v=spf1 ip4:192.0.2.0/26 ~all"
_netblocks2.google.com.        TXT "v=spf1 ip6:2001:db8:4000::/36 ~all"
fm1._domainkey.harbourbakery.com. TXT {txt(_KEY)}
oldtown.coop.                  TXT "v=spf1 include:spf.messagingengine.com -all"
oldtown.coop.                  MX 10 in1-smtp.messagingengine.com.
in1-smtp.messagingengine.com.  A 192.0.2.71
spf.messagingengine.com.       TXT "v=spf1 ip4:192.0.2.64/26 -all"
fm1._domainkey.oldtown.coop.   TXT {txt(_KEY)}
_dmarc.oldtown.coop.           TXT "v=DMARC1; p=quarantine; rua=mailto:dmarc@oldtown.coop"
_smtp._tls.oldtown.coop.       TXT "v=TLSRPTv1; rua=mailto:tls@oldtown.coop"
"""


@contextmanager
def _setting(**values: str) -> Iterator[None]:
    before = {name: os.environ.get(name) for name in values}
    os.environ.update(values)
    try:
        yield
    finally:
        for name, value in before.items():
            if value is None:
                os.environ.pop(name, None)
            else:
                os.environ[name] = value


async def _look(stage: Stage, sender: str, server: str) -> Page:
    stage.keep(_setting(**{VARIABLE: server, "SMTPDESK_ANSWER_TIMEOUT": "0.4"}))
    office = Profile("Office mailbox", Relay("smtp.fastmail.com", 465), Identity(sender), provider="fastmail")
    stage.store.profiles.save(office)
    page = await stage.show("domain", Page, profile="Office mailbox")
    await stage.until(lambda: page.report is not None, "what was found out")
    return page


@scene("domain-1-needs-work", twice=True)
async def needs_work(stage: Stage) -> None:
    """No include of the provider, no DMARC: the records to publish."""
    server = stage.keep(running_names(_ZONE))
    await _look(stage, "Harbour Bakery <hello@harbourbakery.com>", server.address)


@scene("domain-2-trusted")
async def trusted(stage: Stage) -> None:
    """All is well; the SPF record with what it includes is open."""
    server = stage.keep(running_names(_ZONE))
    page = await _look(stage, "Oldtown <post@oldtown.coop>", server.address)
    page.rows[0].set_open(True)
    page.rows[0].set_unfolded(True)


@scene("domain-3-unasked", modes=("light",))
async def unasked(stage: Stage) -> None:
    """No network."""
    await _look(stage, "Oldtown <post@oldtown.coop>", stage.keep(silent_names()).address)


needs_work_rtl = needs_work.mirrored()
