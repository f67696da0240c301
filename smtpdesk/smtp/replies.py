"""What a server's answer, or a broken connection, means: for the engine (outcome, blame) and for people (words).

The knowledge is data: ``resources/replies/*.toml``, read once, in the order of the file names. The first entry that
fits wins, so the files go from one provider's wording (10) over wordings anybody uses (20-30) and enhanced status
codes (40) to the basic reply codes (50) and failures without any reply (60). The stage goes before the words: before
RCPT no reply blames a recipient or a message, whatever it says. Sources: RFC 5321, RFC 4954, RFC 3463 and the IANA
registry it started; each entry names its own.
"""

from __future__ import annotations

import re
import tomllib
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from functools import lru_cache
from pathlib import Path
from typing import Any

from smtpdesk.base.i18n import _
from smtpdesk.base.paths import resources
from smtpdesk.domain.delivery import Blame, Meaning, OutcomeKind, Reply, Stage

_ENHANCED = re.compile(r"\s*#?([245]\.\d{1,3}\.\d{1,3})(?=\s|$)")
#: A line break in a multi-line reply, with the codes some servers repeat on each line.
_JOINT = re.compile(r"(?<!\s)[^\S\n]*+\n\s*+(?:[245]\d\d[ -])?\s*+(?:[245]\.\d{1,3}\.\d{1,3}\s+)?")
#: Addresses say nothing about the cause, and must not be mistaken for words ("spam@example.com").
_ADDRESS = re.compile(r"[^\s<>\"'()\[\]:;,]{1,64}@[^\s<>\"'()\[\]:;,]{1,255}")
#: No pattern needs more of a reply than this; a hostile server may send megabytes.
_TEXT_LIMIT = 1000
#: A reply is about a recipient or a message only once one was named; what a match states itself goes before this.
_LATE = (Stage.RCPT.value, Stage.DATA.value, Stage.BODY.value, Stage.RENDER.value)
#: Limits that a server may as well mean for one connection.
_LIMITS = frozenset(
    {
        *("profile.hourly-limit", "profile.daily-limit", "profile.rate", "profile.too-many-recipients"),
        *("profile.connections", "relay.connection-used-up"),
    }
)
#: Capitals of a pattern that stand for themselves, not for a class such as ``\\S``.
_CAPITAL = re.compile(r"(?<!\\)[A-Z]")


@dataclass(frozen=True, slots=True)
class _Case:
    """What is to be explained: an answer (``failure`` empty), or a failure without one."""

    stage: Stage
    code: str
    enhanced: str
    text: str
    provider: str
    failure: str = ""


@dataclass(frozen=True, slots=True)
class _Match:
    """One way an entry can fit; every condition that is present must hold."""

    codes: tuple[str, ...]
    enhanced: tuple[str, ...]
    text: re.Pattern[str] | None
    stages: tuple[str, ...]
    providers: tuple[str, ...]
    failures: tuple[str, ...]

    def may_fit(self, stage: str, code: str, provider: str, failure: str) -> bool:
        """Whether all holds that does not depend on the words; asked once for many replies."""
        if bool(failure) is not bool(self.failures):
            return False
        return (
            (not self.failures or "*" in self.failures or failure in self.failures)
            and (not self.stages or stage in self.stages)
            and (not self.codes or code.startswith(self.codes))
            and (not self.providers or provider in self.providers)
        )

    def fits(self, case: _Case) -> bool:
        """Whether the rest holds too, for a case that it may fit."""
        return (not self.enhanced or any(_same_enhanced(one, case.enhanced) for one in self.enhanced)) and (
            self.text is None or self.text.search(case.text) is not None
        )


@dataclass(frozen=True, slots=True)
class _Entry:
    """One meaning as its file states it, still untranslated."""

    id: str
    kind: OutcomeKind
    blame: Blame
    title: str
    explanation: str
    advice: str
    retry_after: float | None
    slower: bool
    per_receiver: bool

    def meaning(self) -> Meaning:
        title, explanation, advice = _(self.title), _(self.explanation), _(self.advice)
        return Meaning(self.id, self.kind, self.blame, title, explanation, advice, self.retry_after)


_Rule = tuple[_Match, str, str]


@dataclass(frozen=True, slots=True)
class _Book:
    entries: Mapping[str, _Entry]
    #: In the order they are tried: the condition, the cause, and where that is known from.
    rules: tuple[_Rule, ...]


def explain(stage: Stage, reply: Reply, *, provider: str = "") -> Meaning:
    """What ``reply`` means when it came at ``stage``. Never raises: an answer nobody understands has a meaning too.

    Args:
        provider: id of the preset the profile was made from; some wordings only mean something at one provider.
    """
    if 200 <= reply.code < 300:  # the common answer takes no search
        return _book().entries["accepted"].meaning()
    return _find(_case(stage, reply, provider)).meaning()


def source(stage: Stage, reply: Reply, *, provider: str = "") -> str:
    """Where the meaning that :func:`explain` gives is known from: sections of RFCs, pages, public issues."""
    return _rule(_case(stage, reply, provider))[2]


def explain_failure(stage: Stage, failure: str, detail: str = "", *, provider: str = "") -> Meaning:
    """What it means that there was no answer at ``stage``.

    Args:
        failure: ``dns``, ``unreachable``, ``refused``, ``timeout`` and ``disconnected`` (both uncertain at stage
            BODY), ``hung-up-after-body``, ``late-answer``, ``not-smtp``, ``tls-mismatch``, ``tls-name``,
            ``tls-expired``, ``tls-untrusted`` (or ``tls-certificate``), ``tls-too-old``, ``tls-failed``,
            ``no-starttls``, ``no-auth-offered``, ``auth-over-plain``, ``no-password``, ``vault``, ``render``,
            ``too-large``, ``no-smtputf8``. Any other one counts as a passing fault of the network.
        detail: the words that are shown beneath; they may decide between entries, and are in no sentence.
    """
    case = _Case(stage, "", "", _one_line(detail), provider.lower(), failure or "unknown")
    return _find(case).meaning()


def meaning(cause: str) -> Meaning:
    """The meaning with this id; a cause written down by another version of the program gets a general one."""
    entry = _book().entries.get(cause)
    if entry is not None:
        return entry.meaning()
    general = _book().entries["relay.odd-answer"].meaning()
    return Meaning(
        cause, general.kind, general.blame, _("The server gave an answer that this version does not know"), "", ""
    )


def causes() -> tuple[str, ...]:
    """Every known id, in the order in which entries are tried."""
    return tuple(dict.fromkeys(entry.id for entry in _book().entries.values()))


def throttles(cause: str) -> bool:
    """Whether a sender should go slower after this cause: too fast, too many connections, or a busy server.

    Not after greylisting, a used-up day or a used-up connection: slowness mends none of them.
    """
    entry = _book().entries.get(cause)
    return entry is not None and entry.slower


def is_limit(cause: str) -> bool:
    """Whether the cause is a limit on how much may be sent; few servers say of what, account or connection."""
    return cause in _LIMITS


def per_receiver(cause: str) -> bool:
    """Whether this cause concerns one receiver's domain: its server refuses the sender's domain, others may take it."""
    entry = _book().entries.get(cause)
    return entry is not None and entry.per_receiver


def enhanced_code(text: str) -> str:
    """The enhanced status code that a reply's text begins with (RFC 2034), or ""."""
    found = _ENHANCED.match(text)
    return found[1] if found else ""


@lru_cache(maxsize=1024)  # a server says the same to many
def _find(case: _Case) -> _Entry:
    return _book().entries[_rule(case)[1]]


def _rule(case: _Case) -> _Rule:
    """The first rule that fits. The book ends with one for any reply, and one for any failure."""
    rules = _rules_for(case.stage.value, case.code, case.provider, case.failure)
    return next(rule for rule in rules if rule[0].fits(case))


def _case(stage: Stage, reply: Reply, provider: str) -> _Case:
    enhanced = reply.enhanced or enhanced_code(reply.text)
    return _Case(stage, str(reply.code), enhanced, _one_line(reply.text), provider.lower())


@lru_cache(maxsize=256)  # a dialogue knows a handful of codes; their rules are a fraction of the book
def _rules_for(stage: str, code: str, provider: str, failure: str) -> tuple[_Rule, ...]:
    return tuple(rule for rule in _book().rules if rule[0].may_fit(stage, code, provider, failure))


def _one_line(text: str) -> str:
    return _ADDRESS.sub("@", _JOINT.sub(" ", text[:_TEXT_LIMIT])).strip().lower()


def _same_enhanced(pattern: str, code: str) -> bool:
    """``x.1.1`` fits any class, ``5.7.*`` any detail."""
    if not code:
        return False
    if pattern.startswith("x."):
        pattern, code = pattern[1:], code[1:]
    return code.startswith(pattern[:-1]) if pattern.endswith("*") else code == pattern


@lru_cache(maxsize=1)
def _book() -> _Book:
    entries: dict[str, _Entry] = {}
    usual: dict[str, tuple[str, ...]] = {}
    tables = list(read_tables())
    for kind, table in tables:
        if kind == "meaning":
            entry = _entry(table)
            # A ledger keeps the ids that were in use when it was written.
            entries.update(dict.fromkeys((entry.id, *table.get("formerly", ())), entry))
            usual[entry.id] = _usual_stages(table)
    rules = [
        (_match(one, usual[table["id"]]), table["id"], table["source"])
        for _kind, table in tables
        for one in table["match"]
    ]
    return _Book(entries, tuple(rules))


def _usual_stages(table: Mapping[str, Any]) -> tuple[str, ...]:
    """Where a meaning makes sense at all, whatever the words: blame follows the stage first. Empty: anywhere."""
    return _LATE if table["blame"] in {Blame.RECIPIENT, Blame.MESSAGE} else ()


def read_tables(folder: Path | None = None) -> Iterator[tuple[str, dict[str, Any]]]:
    """Every ``[[meaning]]`` and ``[[also]]`` table of the reply files in the order they are tried, as written there.

    For the tests and for the extraction of sentences; ``folder`` defaults to the shipped one.
    """
    for path in sorted((folder or resources() / "replies").glob("*.toml")):
        # [[also]] adds ways to match a meaning that another file describes. Both kinds keep their common order.
        text = path.read_text(encoding="utf-8")
        kinds = re.findall(r"^\[\[(meaning|also)\]\]", text, re.MULTILINE)
        tables = {name: iter(rows) for name, rows in tomllib.loads(text).items()}
        for kind in kinds:
            yield kind, next(tables[kind])


def _entry(table: Mapping[str, Any]) -> _Entry:
    return _Entry(
        table["id"],
        OutcomeKind(table["kind"]),
        Blame(table["blame"]),
        table["title"],
        table["explanation"],
        table["advice"],
        table.get("retry_after"),
        table.get("slower", False),
        table.get("per_receiver", False),
    )


def _match(table: Mapping[str, Any], usual: tuple[str, ...]) -> _Match:
    def several(key: str) -> tuple[str, ...]:
        return tuple(table.get(key, ()))

    text: re.Pattern[str] | None = None
    if "text" in table:
        # The words are lower case when they are compared: more than twice as fast as re.IGNORECASE.
        text = re.compile(_CAPITAL.sub(lambda found: found[0].lower(), table["text"]), re.ASCII)
    failures = several("failures")  # what the program refuses by itself is no server's word
    stages = several("stages") or (() if failures else usual)
    return _Match(several("codes"), several("enhanced"), text, stages, several("providers"), failures)
