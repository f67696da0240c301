"""Looks at a sending domain: is it trusted, what is missing, and what exactly to publish."""

from __future__ import annotations

import asyncio
import os
from collections.abc import Callable, Coroutine, Sequence
from time import time
from typing import Any

from smtpdesk.base.errors import Cancelled, DeskError
from smtpdesk.base.i18n import _
from smtpdesk.desk.dkim import DkimKeys
from smtpdesk.desk.threads import StoreThread
from smtpdesk.desk.trust import Check, DomainReport, alignment, dkim, dmarc, presence, receiving, rules, server, spf
from smtpdesk.desk.trust.subject import Subject, addresses_of, of_domain, of_profile
from smtpdesk.dns import (
    Lookup,
    Problem,
    Resolver,
    SpfNode,
    bimi,
    find_dmarc,
    mail_hosts,
    mta_sts,
    read_headers,
    readable,
    tls_reports,
)
from smtpdesk.dns.resolver import PATIENCE
from smtpdesk.domain.profile import Profile
from smtpdesk.message import DnsRecord
from smtpdesk.store import Workspace

#: Seconds between two questions whether it was cancelled.
_LOOK = 0.05
#: Called with how many questions are answered, and how many there are.
Progress = Callable[[int, int], None]


class Domains:
    """Asks name servers, and nobody else; nothing is asked before :meth:`look` is called."""

    def __init__(self, store: Workspace, thread: StoreThread, keys: DkimKeys) -> None:
        self._store = store
        self._thread = thread
        self._keys = keys

    async def look(
        self,
        what: str | Profile,
        *,
        blocklists: bool = False,
        selectors: Sequence[str] = (),
        headers: str = "",
        addresses: Sequence[str] = (),
        progress: Progress | None = None,
        cancelled: Callable[[], bool] | None = None,
    ) -> DomainReport:
        """What DNS says about a sending domain.

        Args:
            what: a profile, the name of one, or a domain (or an address at one).
            blocklists: ask well-known blocklists, too.
            selectors: names of DKIM keys that are known to be used.
            headers: of a message that was received, or all of it: the signatures in it name more selectors.
            addresses: of a server of one's own, or those that only this sender has at a provider.
            progress: called now and then.
            cancelled: asked now and then; cancelling the task does as well.

        Raises:
            InputError: ``domain.name``, ``domain.no-sender``, ``domain.sandbox``, ``domain.address``, ``dns.server``.
            Cancelled: it was cancelled.
        """
        subject = await self._subject(what, tuple(selectors), headers, tuple(addresses))
        async with Resolver(patience=patience(PATIENCE)) as lookup:
            work = asyncio.create_task(_look(lookup, subject, blocklists, progress))
            try:
                while not (await asyncio.wait([work], timeout=_LOOK if cancelled else None))[0]:
                    if cancelled is not None and cancelled():
                        raise Cancelled("domain.cancelled", _("Cancelled."))
                return work.result()
            finally:
                work.cancel()

    async def _subject(
        self, what: str | Profile, selectors: tuple[str, ...], headers: str, addresses: tuple[str, ...]
    ) -> Subject:
        told, hosts = read_headers(headers), addresses_of(addresses)
        profile = what if isinstance(what, Profile) else await self._profile(what)
        if profile is None:
            return of_domain(str(what), selectors, told, hosts)
        return of_profile(profile, selectors, told, hosts, await self._signing(profile))

    async def _profile(self, name: str) -> Profile | None:
        rows = await self._thread.call(self._store.profiles.all)
        return next((row.profile for row in rows if row.profile.name == name), None)

    async def _signing(self, profile: Profile) -> DnsRecord | None:
        if profile.dkim is None:
            return None
        try:
            shown = await self._keys.show(profile.name)
        except DeskError:
            return None  # the profile's page says what is wrong with the key; here its record counts
        return shown.record if shown and shown.dkim == profile.dkim else None


def patience(usual: float) -> float:
    """Seconds for one question; ``SMTPDESK_ANSWER_TIMEOUT`` shortens it, as it does every other wait."""
    try:
        given = float(os.environ.get("SMTPDESK_ANSWER_TIMEOUT") or usual)
    except ValueError:
        return usual
    return min(given, usual) if given > 0 else usual


async def _look(lookup: Lookup, subject: Subject, blocklists: bool, progress: Progress | None) -> DomainReport:
    """Ask everything at once, then say it."""
    found = await presence.look(lookup, subject)
    if found is presence.Presence.MISSING:
        return _report(subject, [presence.check_missing(subject)], SpfNode(subject.envelope, problem=Problem.MISSING))
    if found is presence.Presence.CLOSED:
        lookup = presence.Nobody()
    questions: list[Coroutine[Any, Any, Any]] = [
        _server(lookup, subject, blocklists),
        dkim.look(lookup, subject),
        find_dmarc(lookup, subject.domain),
        mail_hosts(lookup, subject.domain if subject.foreign_envelope else subject.envelope),
        mta_sts(lookup, subject.domain),
        tls_reports(lookup, subject.domain),
        bimi(lookup, subject.domain),
    ]
    done = 0

    async def counted(question: Coroutine[Any, Any, Any]) -> Any:
        nonlocal done
        answer = await question
        done += 1
        if progress is not None:
            progress(done, len(questions))
        return answer

    async with asyncio.TaskGroup() as group:
        tasks = [group.create_task(counted(question)) for question in questions]
    (spf_found, reverse, greeting, listed), keys, policy, mail, sts, tls, logo = (task.result() for task in tasks)
    rows = [
        spf.check(subject, spf_found),
        dkim.check(subject, keys),
        dmarc.check(subject, policy),
    ]
    rows.append(alignment.check(subject, policy, keys, rows[0], rows[1]))
    rows.append(server.check_reverse(subject, reverse, greeting))
    sender = rules.check_sender(subject)
    judged = [*([sender] if sender else []), *rows]
    checks: list[Check] = [
        *judged,
        receiving.check_mx(subject, mail),
        *rules.check_all({one.id: one for one in judged}),
        server.check_lists(listed),
        receiving.check_mta_sts(sts),
        receiving.check_tls_reports(tls),
        receiving.check_bimi(logo, policy),
    ]
    return _report(subject, checks, spf_found.tree)


def _report(subject: Subject, checks: Sequence[Check], tree: SpfNode) -> DomainReport:
    return DomainReport(
        subject.domain,
        readable(subject.domain),
        subject.profile.name if subject.profile else "",
        subject.envelope,
        subject.relay,
        tuple(checks),
        tree,
        time(),
    )


async def _server(lookup: Lookup, subject: Subject, blocklists: bool) -> tuple[Any, ...]:
    """SPF tells the relay's addresses, about which the rest is asked."""
    found = await spf.look(lookup, subject)
    ours = server.concerned(subject, found.public)
    reverse, greeting = await asyncio.gather(
        server.look_reverse(lookup, ours), server.look_greeting(lookup, subject, ours)
    )
    listed = await server.look_lists(lookup, subject, ours) if blocklists else None
    return found, reverse, greeting, listed
