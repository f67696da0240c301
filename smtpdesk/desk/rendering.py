"""One recipient's message as it would be sent: for the preview, ``render`` and the test message alike."""

from __future__ import annotations

import asyncio
from pathlib import Path

from smtpdesk.base.clock import now
from smtpdesk.base.errors import InputError
from smtpdesk.base.i18n import _
from smtpdesk.desk.people import People
from smtpdesk.domain.address import split_mailbox
from smtpdesk.domain.campaign import Campaign
from smtpdesk.domain.profile import Profile
from smtpdesk.domain.recipient import Recipient
from smtpdesk.message import Composer, Signer, message_id
from smtpdesk.worker.assembly import sender_of
from smtpdesk.worker.signing import signed


async def rendered(
    campaign: Campaign,
    folder: Path,
    people: People,
    recipient: Recipient,
    *,
    run: str,
    profile: Profile | None,
    signer: Signer | None,
) -> bytes:
    """The exact bytes of one message.

    Args:
        campaign: the campaign. ``folder``: where its files are. ``people``, ``recipient``: whom it goes to.
        run: the run whose Message-ID it carries.
        profile: whom it is sent with; without one, the campaign must name the sender.
        signer: what signs it.

    Raises:
        InputError: the template cannot be read or rendered, nobody sends it; with file, line and row.
    """
    from_header = sender_of(profile, campaign)[0] if profile else campaign.from_header or _no_profile()
    address = split_mailbox(from_header)[1]

    def compose() -> bytes:
        composer = Composer.compile(campaign, folder, from_header=from_header, fields=people.fields)
        identifier = message_id(run, recipient.address, address)
        return signed(composer, signer).build(recipient, message_id=identifier, date=now())

    return await asyncio.to_thread(compose)


def _no_profile() -> str:
    raise InputError(
        "campaign.no-profile",
        _("The campaign names no profile to send with."),
        _('Add one: profiles = ["office"].'),
        where="campaign.toml",
    )
