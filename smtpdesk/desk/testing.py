"""*Send test to me*: one real row, rendered and sent as it would be, to one address."""

from __future__ import annotations

import asyncio
from dataclasses import dataclass
from pathlib import Path

from smtpdesk.base.errors import InputError
from smtpdesk.base.i18n import _
from smtpdesk.desk.campaigns import Campaigns
from smtpdesk.desk.signing_in import SigningIn
from smtpdesk.desk.threads import StoreThread
from smtpdesk.domain.address import AddressError, parse_address
from smtpdesk.domain.delivery import Meaning, Outcome, OutcomeKind
from smtpdesk.domain.recipient import Recipient
from smtpdesk.smtp.replies import meaning
from smtpdesk.smtp.session import Hooks, Session, StageFailed, Transaction, open_session
from smtpdesk.smtp.transcript import Transcript, TranscriptLine
from smtpdesk.store import Workspace
from smtpdesk.worker.assembly import reachable, sender_of, timeouts


@dataclass(frozen=True, slots=True)
class TestSent:
    """What became of a test message. ``meaning`` explains an outcome that is not *accepted*."""

    __test__ = False  # not a test case, whatever pytest thinks of its name

    to: str
    recipient: Recipient
    outcome: Outcome
    meaning: Meaning | None
    transcript: tuple[TranscriptLine, ...]


class TestSend:
    """Sends test messages. They are no deliveries: the ledger does not count them."""

    __test__ = False

    def __init__(self, store: Workspace, thread: StoreThread, signing: SigningIn, campaigns: Campaigns) -> None:
        self._store = store
        self._thread = thread
        self._signing = signing
        self._campaigns = campaigns

    async def send(self, folder: Path, index: int, to: str, profile: str = "") -> TestSent:
        """Send the message of one recipient to another address.

        Args:
            folder: the campaign folder, as saved.
            index: which of those who can be mailed (0-based).
            to: where the message goes.
            profile: send with this one; the campaign's first when empty.

        Raises:
            InputError: the address, the profile or the template is wrong; with where.
        """
        try:
            target = parse_address(to)
        except AddressError:
            raise InputError("test.address", _("“{value}” is not an address.").format(value=to)) from None
        draft = await self._campaigns.load(folder)
        profiles = await self._campaigns.profiles_of(draft.campaign, [profile] if profile else [])
        if not profiles:
            raise InputError("campaign.no-profile", _("The campaign names no profile to send with."))
        people = await self._campaigns.people(draft)
        if not people.ready:
            raise InputError("recipients.none", _("There is nobody whose message could be sent."))
        recipient = await self._thread.call(lambda: people.at(max(0, min(index, people.ready - 1))))
        # A Message-ID of its own: a mailbox that saw the test must not take the real message for a copy of it.
        run = await self._campaigns.run_id(folder, draft.campaign) + "-test"
        raw = await self._campaigns.build(draft, people, recipient, run=run, profile=profiles[0])
        ready = await reachable(profiles[0], self._store.folder)
        secret = await self._signing.secret(ready)
        transcript = Transcript()
        sender = sender_of(ready, draft.campaign)[1]
        parcel = _Parcel(sender, target, raw)
        try:
            session = await open_session(ready, secret, parcel.hooks(), timeouts(), transcript)
            outcome = await parcel.carry(session)
        except StageFailed as error:
            outcome = error.outcome
        explained = None if outcome.kind is OutcomeKind.ACCEPTED else meaning(outcome.cause)
        return TestSent(target, recipient, outcome, explained, tuple(transcript.lines))


class _Parcel:
    """One message for one connection."""

    def __init__(self, sender: str, to: str, raw: bytes) -> None:
        self._sender, self._to, self._raw = sender, to, raw
        self._waiting: Transaction | None = None
        self._done: asyncio.Future[Outcome] = asyncio.get_running_loop().create_future()

    def hooks(self) -> Hooks:
        return Hooks(self._pull, lambda _key: None, self._outcome, lambda _key: None, self._lost)

    async def carry(self, session: Session) -> Outcome:
        self._waiting = session.transaction(0, self._sender, self._to, self._raw)
        session.begin()
        outcome = await self._done
        session.dialogue.drain()
        await session.dialogue.closed
        return outcome

    def _pull(self) -> Transaction | None:
        transaction, self._waiting = self._waiting, None
        return transaction

    def _outcome(self, _key: int, outcome: Outcome) -> None:
        if not self._done.done():
            self._done.set_result(outcome)

    def _lost(self, why: Outcome | None) -> None:
        if not self._done.done() and why is not None:
            self._done.set_result(why)
