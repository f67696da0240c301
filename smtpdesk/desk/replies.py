"""Explains a reply that a person pasted: what happened, whose fault it is, what to do, and what its codes say."""

from __future__ import annotations

import asyncio
from dataclasses import dataclass

from smtpdesk.base.i18n import _, ngettext
from smtpdesk.domain.delivery import Blame, Meaning, OutcomeKind, Reply, Stage
from smtpdesk.providers import Provider, providers
from smtpdesk.smtp.find_reply import find_reply, likely_stage
from smtpdesk.smtp.replies import explain, source, throttles
from smtpdesk.smtp.status_codes import CodePart, basic_parts, enhanced_parts

#: Causes about which the page "Sending domain" and ``smtpdesk domain`` tell more.
_ABOUT_DOMAIN = frozenset(
    {
        "profile.domain-authentication",
        "profile.domain-authentication-later",
        "profile.domain-listed",
        "relay.reverse-dns",
    }
)


@dataclass(frozen=True, slots=True)
class Explained:
    """What a pasted text means.

    Attributes:
        reply: the reply that was found in it.
        stage: at which stage it came; ``stage_known`` is False when that is only the likeliest one.
        provider: id of the provider it was read for, or "".
        meaning: title, explanation and advice.
        source: where the meaning is known from.
        slower: whether a sender should go slower after it.
        basic, enhanced: the parts of its codes and what each says.
    """

    reply: Reply
    stage: Stage
    stage_known: bool
    provider: str
    meaning: Meaning
    source: str
    slower: bool
    basic: tuple[CodePart, ...]
    enhanced: tuple[CodePart, ...]

    @property
    def misleading(self) -> bool:
        """Whether the code alone says another thing than what is meant: "never" where it passes, or "later" in vain."""
        kinds = {4: OutcomeKind.REJECTED, 5: OutcomeKind.DEFERRED}
        return kinds.get(self.reply.code // 100) is self.meaning.kind

    @property
    def about_domain(self) -> bool:
        """Whether the cause is to be looked for at the sending domain."""
        return self.meaning.cause in _ABOUT_DOMAIN


class Replies:
    """What replies mean; needs no workspace."""

    async def explain(self, text: str, provider: str = "", stage: Stage | None = None) -> Explained | None:
        """The reply in ``text`` explained; None when there is none in it.

        Args:
            text: a reply, a line of a bounce or log, or a whole bounce message.
            provider: id of the provider whose server was spoken to; guessed from the text when "".
            stage: where it came; what the text tells, or else the likeliest one, when None.
        """
        return await asyncio.to_thread(explain_text, text, provider, stage)

    def providers(self) -> list[Provider]:
        """The providers to choose from, by name. Not a coroutine."""
        return sorted(
            (one for one in providers() if one.kind in {"mailbox", "relay"}), key=lambda one: one.name.lower()
        )


def explain_text(text: str, provider: str = "", stage: Stage | None = None) -> Explained | None:
    """:meth:`Replies.explain` as a pure function. Never raises for a text, whatever is in it."""
    found = find_reply(text)
    if found is None:
        return None
    reply, known = found.reply, stage or found.stage
    where = known or likely_stage(reply)
    provider = provider or _provider_in(text)
    meaning = explain(where, reply, provider=provider)
    enhanced = enhanced_parts(reply.enhanced)
    return Explained(
        reply,
        where,
        known is not None,
        provider,
        meaning,
        source(where, reply, provider=provider),
        throttles(meaning.cause),
        basic_parts(reply.code)[: 1 if enhanced else None],  # the enhanced code says the digits' part better
        enhanced,
    )


def _provider_in(text: str) -> str:
    """The provider whose server is named in the text, as "smtp.strato.de said: …"."""
    lower = text[:8000].lower()
    for one in providers():
        relays = (*one.endpoints, *(relay for region in one.regions for relay in region.endpoints))
        if one.kind in {"mailbox", "relay"} and any(relay.host and relay.host in lower for relay in relays):
            return one.id
    return ""


def fault_words(blame: Blame) -> str:
    """Whose fault it is, in words."""
    return {
        Blame.NONE: _("Nobody's: it worked"),
        Blame.RECIPIENT: _("The recipient's side, or the address"),
        Blame.MESSAGE: _("This message"),
        Blame.PROFILE: _("Your account, profile or domain"),
        Blame.RELAY: _("The mail server"),
        Blame.NETWORK: _("The connection"),
    }[blame]


def misleading_words(explained: Explained) -> str:
    """What is said when the code alone would mislead; "" when it does not."""
    if not explained.misleading:
        return ""
    if explained.meaning.kind is OutcomeKind.REJECTED:
        return _("The number alone says “later”. Here waiting does not help.")
    return _("The number alone says “never”. Here it is not final, and nobody needs to be taken off the list.")


def kind_words(explained: Explained) -> str:
    """What became of the message, in a word: of one that SMTPDesk sent, or of one that somebody else did."""
    meaning = explained.meaning
    if meaning.kind is OutcomeKind.DEFERRED and explained.misleading:
        return _("To be mended") if meaning.blame is Blame.PROFILE else _("Not final")
    return {
        OutcomeKind.ACCEPTED: _("Accepted"),
        OutcomeKind.DEFERRED: _("Deferred"),
        OutcomeKind.REJECTED: _("Rejected"),
        OutcomeKind.UNCERTAIN: _("Uncertain"),
    }[meaning.kind]


def again_words(explained: Explained) -> str:
    """Whether it is tried again, and when; true as well of a bounce that did not come through SMTPDesk."""
    meaning = explained.meaning
    if meaning.kind is OutcomeKind.ACCEPTED:
        return _("No need")
    if meaning.kind is OutcomeKind.REJECTED:
        return _("No: it would be refused again")
    if meaning.kind is OutcomeKind.UNCERTAIN:
        return _("Only if you say so: it may have arrived")
    if meaning.retry_after is None:
        if meaning.blame is Blame.PROFILE:
            return _("Not by itself; once that is mended, SMTPDesk would send it again")
        return _("SMTPDesk would try again by itself, later")
    when = _("SMTPDesk would try again by itself, after {time}").format(time=_span(meaning.retry_after))
    return _("{when}, and more slowly").format(when=when) if explained.slower else when


def _span(seconds: float) -> str:
    if seconds < 90:
        return ngettext("about {n} second", "about {n} seconds", round(seconds)).format(n=round(seconds))
    if seconds < 5400:
        return ngettext("about {n} minute", "about {n} minutes", round(seconds / 60)).format(n=round(seconds / 60))
    return ngettext("about {n} hour", "about {n} hours", round(seconds / 3600)).format(n=round(seconds / 3600))


def stage_words(stage: Stage) -> str:
    """Where in the conversation a reply came, in words."""
    return {
        Stage.RESOLVE: _("while looking up the server"),
        Stage.CONNECT: _("while connecting"),
        Stage.GREETING: _("when the server greeted"),
        Stage.EHLO: _("when the programs introduced themselves"),
        Stage.STARTTLS: _("when encryption was to start"),
        Stage.AUTH: _("when signing in"),
        Stage.MAIL: _("when the sender was named"),
        Stage.RCPT: _("when the recipient was named"),
        Stage.DATA: _("when the message was announced"),
        Stage.BODY: _("after the message itself"),
        Stage.QUIT: _("when saying goodbye"),
        Stage.RENDER: _("while building the message"),
    }[stage]
