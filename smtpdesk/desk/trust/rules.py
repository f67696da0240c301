"""The rows about the three large receivers: does this sender meet their rules for mail to many people?

Google's and Yahoo's rules for bulk senders hold since February 2024, Microsoft's for outlook.com since May 2025: SPF,
DKIM and DMARC (``p=none`` is enough), one of the first two aligned with the From domain, a name for the server's
address, and one-click unsubscribe (RFC 8058) in marketing mail.
"""

from __future__ import annotations

from collections.abc import Mapping

from smtpdesk.base.i18n import _
from smtpdesk.desk.trust.report import Check, State
from smtpdesk.desk.trust.subject import Subject

#: What each wants, by the ids of the rows. Microsoft names no reverse name among its rules, and refuses without it.
_WANTED = ("spf", "dkim", "dmarc", "alignment", "reverse")
_NAMES = {"spf": "SPF", "dkim": "DKIM", "dmarc": "DMARC"}


def check_all(checks: Mapping[str, Check]) -> list[Check]:
    """A row a receiver, from the rows above."""
    return [
        _check(id, name, checks) for id, name in (("gmail", "Gmail"), ("yahoo", "Yahoo"), ("microsoft", "Microsoft"))
    ]


def _check(id: str, receiver: str, checks: Mapping[str, Check]) -> Check:
    title = _("{receiver}’s rules for many messages").format(receiver=receiver)
    states = {one: checks[one].state for one in _WANTED if one in checks}
    missing = [one for one, state in states.items() if state is State.MEND]
    unasked = [one for one, state in states.items() if state is State.UNKNOWN]
    unknown = [one for one, state in states.items() if state is State.OPEN]
    unsubscribe = (_unsubscribe(id),)
    if missing:
        said = _("Not met: {what}.").format(what=_list(missing))
        return Check(
            id, title, State.MEND, f"rules.{id}", said, _answers(id), _("Mend the rows above."), (), unsubscribe
        )
    if unasked:
        said = _("Cannot be said: {what} could not be asked.").format(what=_list(unasked))
        return Check(id, title, State.UNKNOWN, f"rules.{id}-unasked", said, details=unsubscribe)
    if unknown:
        said = _("As far as can be said they are met; not known: {what}.").format(what=_list(unknown))
        return Check(id, title, State.OPEN, f"rules.{id}-open", said, details=unsubscribe)
    return Check(id, title, State.OK, f"rules.{id}-met", _("Your domain meets them."), details=unsubscribe)


def _list(ids: list[str]) -> str:
    names = {**_NAMES, "alignment": _("the sender people see"), "reverse": _("the server’s reverse name")}
    return ", ".join(names[one] for one in ids)


def _answers(id: str) -> str:
    return {
        "gmail": _("Above about 5,000 messages a day to Gmail it answers 421 or 550 5.7.26."),
        "yahoo": _("Yahoo answers 421 or 553 and puts off or refuses the mail."),
        "microsoft": _("Above 5,000 messages a day to outlook.com it answers 550 5.7.515."),
    }[id]


def _unsubscribe(id: str) -> str:
    if id == "microsoft":
        return _("Advised besides: a way to unsubscribe that works.")
    return _("Wanted besides: one click to unsubscribe. Fill in “Unsubscribe” in the campaign; the check looks for it.")


def check_sender(subject: Subject) -> Check | None:
    """A row only for addresses at a mailbox provider: nobody else may send for them."""
    mailbox = subject.mailbox
    if mailbox is None:
        return None
    title = _("An address at {provider}").format(provider=mailbox.name)
    if subject.profile is None or (subject.provider is not None and subject.provider.id == mailbox.id):
        said = _("{domain} belongs to {provider}, which keeps its records.")
        return Check(
            "sender", title, State.ADVICE, "sender.mailbox", said.format(domain=subject.domain, provider=mailbox.name),
            _("To many people, mail from such an address looks private, and limits are low."),
            _("For campaigns, send from a domain of your own."),
        )  # fmt: skip
    said = _("{domain} belongs to {provider}, and {relay} is not allowed to send for it.")
    return Check(
        "sender", title, State.MEND, "sender.foreign",
        said.format(domain=subject.domain, provider=mailbox.name, relay=subject.relay),
        _("Receivers refuse such mail: DMARC fails, whatever else is right."),
        _("Send from a domain of your own, or through {provider} itself.").format(provider=mailbox.name),
    )  # fmt: skip
