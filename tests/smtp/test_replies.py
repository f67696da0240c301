"""What replies and failures mean: every entry explains its own examples, and many real replies are understood."""

from __future__ import annotations

import re
from pathlib import Path

import pytest

import smtpdesk.smtp
from smtpdesk.domain.delivery import Blame, Meaning, OutcomeKind, Reply, Stage
from smtpdesk.smtp.replies import causes, enhanced_code, explain, explain_failure, meaning, read_tables, throttles

TABLES = list(read_tables())
MEANINGS = {table["id"]: table for kind, table in TABLES if kind == "meaning"}
EXAMPLES = [(table["id"], example) for _kind, table in TABLES for example in table["examples"]]
#: "rcpt@gmail 550 5.1.1 words" or "connect !refused detail".
NOTATION = re.compile(
    r"(?P<stage>[a-z]+)(?:@(?P<provider>[a-z0-9-]+))? (?:!(?P<failure>\S+)|(?P<code>\d+)) ?(?P<text>.*)"
)


def told(example: str) -> Meaning:
    found = NOTATION.fullmatch(example)
    assert found is not None, example
    stage, provider = Stage(found["stage"]), found["provider"] or ""
    if found["failure"]:
        return explain_failure(stage, found["failure"], found["text"], provider=provider)
    return explain(stage, Reply(int(found["code"]), found["text"]), provider=provider)


def test_every_entry_explains_its_own_examples() -> None:
    # One test for all: hundreds of parametrized ones take longer to set up than to run.
    assert [(cause, told(example).cause, example) for cause, example in EXAMPLES if told(example).cause != cause] == []


def _real_replies() -> list[tuple[str, str]]:
    text = (Path(__file__).parent / "real_replies.txt").read_text(encoding="utf-8")
    lines = [line for line in text.splitlines() if line and not line.startswith("#")]
    return [(reply.replace("\\n", "\n"), cause) for cause, reply in (line.split("  ", 1) for line in lines)]


#: Replies seen in public reports: (reply, the cause it must be given).
REAL = _real_replies()


def explained(line: str) -> tuple[Meaning, int]:
    """The meaning and the code of "rcpt@gmail 550 5.1.1 words"."""
    stage, code, text = line.split(" ", 2)
    stage, _at, provider = stage.partition("@")
    return explain(Stage(stage), Reply(int(code), text), provider=provider), int(code)


def test_every_real_reply_is_understood() -> None:
    wrong = [(cause, explained(line)[0].cause, line) for line, cause in REAL if explained(line)[0].cause != cause]
    assert wrong == []


def test_there_are_enough_real_replies() -> None:
    assert len(REAL) >= 150
    assert len({reply for reply, _cause in REAL}) == len(REAL)


def test_every_entry_has_what_people_and_the_engine_need() -> None:
    required = {"id", "kind", "blame", "title", "explanation", "advice", "source", "match", "examples"}
    allowed = required | {"retry_after", "formerly", "slower", "despite_class", "per_receiver"}
    conditions = {"codes", "enhanced", "text", "stages", "providers", "failures"}
    for kind, table in TABLES:
        name = table["id"]
        wanted = required if kind == "meaning" else {"id", "source", "match", "examples"}
        assert wanted <= table.keys() <= (allowed if kind == "meaning" else wanted), name
        assert table["source"].strip() and table["examples"] and table["match"], name
        for match in table["match"]:
            assert match.keys() <= conditions, name
            assert set(match.get("stages", ())) <= {stage.value for stage in Stage}, name
            re.compile(match.get("text", ""))


def test_ids_are_unique_and_say_whom_they_blame() -> None:
    ids = [table["id"] for kind, table in TABLES if kind == "meaning"]
    assert len(ids) == len(set(ids))
    for name, table in MEANINGS.items():
        first = name.split(".")[0]
        if table["blame"] == "none":  # nobody's fault: taken, decided, found after a crash, slept through, cut off
            assert first in {"accepted", "decided", "recovered", "schedule", "worker", "run"}, name
        else:
            assert first == ("uncertain" if table["kind"] == "uncertain" else table["blame"]), name


def test_also_tables_refer_to_a_meaning_that_exists() -> None:
    assert {table["id"] for kind, table in TABLES if kind == "also"} <= MEANINGS.keys()


def test_only_a_recipient_or_a_message_is_ever_rejected() -> None:
    # A row is not at fault when the profile, the relay or the network is: it stays pending.
    for name, table in MEANINGS.items():
        if table["kind"] == "rejected":
            assert table["blame"] in {"recipient", "message", "none"}, name


def test_only_a_server_that_asks_for_patience_makes_the_sender_slower() -> None:
    slow = {name for name, table in MEANINGS.items() if "slower" in table}
    for name in slow:
        table = MEANINGS[name]
        assert table["slower"] is True, name
        assert (table["kind"], table["retry_after"] > 0, table["blame"] in {"profile", "relay"}) == (
            "deferred",
            True,
            True,
        )
    assert {name for name in MEANINGS if throttles(name)} == slow
    assert {"profile.rate", "profile.connections", "profile.ses-rate", "relay.reputation", "relay.busy"} <= slow
    assert not slow & {"recipient.greylisted", "relay.connection-used-up", "profile.daily-limit", "profile.gmail-daily"}
    assert not throttles("from.the-future")


def test_words_are_short_sentences() -> None:
    for name, table in MEANINGS.items():
        assert not table["title"].endswith("."), name
        assert len(table["title"]) <= 75, name
        for key in ("explanation", "advice"):
            text: str = table.get(key, "")
            assert not text or text.endswith((".", "?")), (name, key)
            assert len(text) <= 260, (name, key)


#: The IANA registry of enhanced status codes: RFC of each X.n.n, and the classes it is used with.
REGISTRY: dict[str, tuple[int, str]] = {
    "0.0": (3463, "245"),
    "1.0": (3463, "245"),
    "1.1": (3463, "45"),
    "1.2": (3463, "45"),
    "1.3": (3463, "45"),
    "1.4": (3463, "45"),
    "1.5": (3463, "2"),
    "1.6": (3463, "45"),
    "1.7": (3463, "45"),
    "1.8": (3463, "45"),
    "1.9": (3886, "2"),
    "1.10": (7505, "45"),
    "2.0": (3463, "245"),
    "2.1": (3463, "45"),
    "2.2": (3463, "45"),
    "2.3": (3463, "45"),
    "2.4": (3463, "45"),
    "3.0": (3463, "245"),
    "3.1": (3463, "45"),
    "3.2": (3463, "45"),
    "3.3": (3463, "45"),
    "3.4": (3463, "45"),
    "3.5": (3463, "45"),
    "3.6": (6710, "2"),
    "4.0": (3463, "45"),
    "4.1": (3463, "45"),
    "4.2": (3463, "45"),
    "4.3": (3463, "45"),
    "4.4": (3463, "45"),
    "4.5": (3463, "45"),
    "4.6": (3463, "45"),
    "4.7": (3463, "45"),
    "5.0": (3463, "245"),
    "5.1": (3463, "45"),
    "5.2": (3463, "45"),
    "5.3": (3463, "45"),
    "5.4": (3463, "45"),
    "5.5": (3463, "45"),
    "5.6": (4954, "5"),
    "6.0": (3463, "45"),
    "6.1": (3463, "45"),
    "6.2": (3463, "45"),
    "6.3": (3463, "45"),
    "6.4": (3463, "2"),
    "6.5": (3463, "45"),
    "6.6": (4468, "45"),
    "6.7": (6531, "5"),
    "6.8": (6531, "25"),
    "6.9": (6531, "5"),
    "6.10": (6531, "5"),
    "7.0": (3463, "245"),
    "7.1": (3463, "45"),
    "7.2": (3463, "45"),
    "7.3": (3463, "45"),
    "7.4": (3463, "45"),
    "7.5": (3463, "45"),
    "7.6": (3463, "45"),
    "7.7": (3463, "45"),
    "7.8": (4954, "45"),
    "7.9": (4954, "45"),
    "7.10": (5248, "45"),
    "7.11": (4954, "45"),
    "7.12": (4954, "45"),
    "7.13": (5248, "45"),
    "7.14": (4468, "45"),
    "7.15": (6710, "45"),
    "7.16": (6710, "45"),
    "7.17": (7293, "5"),
    "7.18": (7293, "5"),
    "7.19": (7293, "45"),
    "7.20": (7372, "45"),
    "7.21": (7372, "45"),
    "7.22": (7372, "45"),
    "7.23": (7372, "45"),
    "7.24": (7372, "45"),
    "7.25": (7372, "45"),
    "7.26": (7372, "45"),
    "7.27": (7505, "45"),
    "7.28": (5248, "45"),
    "7.29": (8617, "45"),
    "7.30": (8689, "45"),
}
_ANY_CODE = {"2": 250, "4": 451, "5": 550}


def fits_class(found: Meaning, code: int) -> bool:
    """A passing code defers; a final one rejects, unless neither the person nor the message is at fault."""
    if code < 300:
        return found.kind is OutcomeKind.ACCEPTED
    reason = MEANINGS[found.cause].get("despite_class")
    if code < 500:
        return found.kind is OutcomeKind.DEFERRED or bool(reason)
    if found.blame in {Blame.PROFILE, Blame.RELAY, Blame.NETWORK}:
        return found.kind is OutcomeKind.DEFERRED
    return found.kind is OutcomeKind.REJECTED or bool(reason)


def test_every_registered_code_has_a_meaning_that_agrees_with_its_class() -> None:
    for code, (_rfc, digits) in REGISTRY.items():
        for digit in digits:
            for stage in (Stage.AUTH, Stage.MAIL, Stage.RCPT, Stage.BODY):
                found = explain(stage, Reply(_ANY_CODE[digit], "", f"{digit}.{code}"))
                assert found.cause != "relay.odd-answer", (stage, digit, code)
                assert fits_class(found, _ANY_CODE[digit]), (stage, digit, code, found)


def test_the_real_replies_agree_with_their_class_or_say_why_not() -> None:
    assert [line for line, _cause in REAL if not fits_class(*explained(line))] == []


@pytest.mark.parametrize(("stage", "codes"), [(Stage.RCPT, range(1000)), (Stage.BODY, range(0, 1000, 7))])
def test_the_book_explains_any_three_digits(stage: Stage, codes: range) -> None:
    for code in codes:
        found = explain(stage, Reply(code, ""))
        assert found.title
        if 400 <= code < 600:
            assert fits_class(found, code), code


def test_every_reply_at_every_stage_has_a_meaning_that_fits_its_class() -> None:
    for stage in Stage:
        for code in (211, 250, 354, 421, 432, 450, 451, 452, 454, 500, 501, 503, 530, 535, 550, 551, 552, 553, 554, 0):
            told_kind = explain(stage, Reply(code, "")).kind
            if code in range(200, 300):
                assert told_kind is OutcomeKind.ACCEPTED
            elif 400 <= code < 500:
                assert told_kind is OutcomeKind.DEFERRED, (stage, code)
            else:
                assert told_kind is not OutcomeKind.ACCEPTED, (stage, code)


@pytest.mark.parametrize(
    ("stage", "code", "blame", "kind"),
    [
        (Stage.RCPT, 550, Blame.RECIPIENT, OutcomeKind.REJECTED),
        (Stage.RCPT, 450, Blame.RECIPIENT, OutcomeKind.DEFERRED),
        (Stage.MAIL, 550, Blame.PROFILE, OutcomeKind.DEFERRED),
        (Stage.MAIL, 451, Blame.RELAY, OutcomeKind.DEFERRED),
        (Stage.BODY, 554, Blame.MESSAGE, OutcomeKind.REJECTED),
        (Stage.DATA, 554, Blame.MESSAGE, OutcomeKind.REJECTED),
        (Stage.BODY, 451, Blame.MESSAGE, OutcomeKind.DEFERRED),
        (Stage.MAIL, 421, Blame.RELAY, OutcomeKind.DEFERRED),
        (Stage.AUTH, 535, Blame.PROFILE, OutcomeKind.DEFERRED),
        (Stage.AUTH, 534, Blame.PROFILE, OutcomeKind.DEFERRED),
        (Stage.AUTH, 538, Blame.PROFILE, OutcomeKind.DEFERRED),
        (Stage.AUTH, 454, Blame.PROFILE, OutcomeKind.DEFERRED),
        (Stage.MAIL, 530, Blame.PROFILE, OutcomeKind.DEFERRED),
        (Stage.GREETING, 554, Blame.RELAY, OutcomeKind.DEFERRED),
    ],
)
def test_a_bare_code_falls_back_by_stage(stage: Stage, code: int, blame: Blame, kind: OutcomeKind) -> None:
    told_meaning = explain(stage, Reply(code, ""))
    assert (told_meaning.blame, told_meaning.kind) == (blame, kind)


@pytest.mark.parametrize("failure", ["timeout", "disconnected", "hung-up-after-body", "late-answer"])
def test_silence_after_the_body_is_uncertain_and_never_tried_again_by_itself(failure: str) -> None:
    told_meaning = explain_failure(Stage.BODY, failure)
    assert told_meaning.kind is OutcomeKind.UNCERTAIN
    assert told_meaning.retry_after is None


@pytest.mark.parametrize("stage", [Stage.CONNECT, Stage.GREETING, Stage.EHLO, Stage.MAIL, Stage.RCPT, Stage.DATA])
def test_silence_before_the_body_loses_nothing(stage: Stage) -> None:
    for failure in ("timeout", "disconnected"):
        assert explain_failure(stage, failure).kind is OutcomeKind.DEFERRED


def test_the_enhanced_code_is_found_in_the_text_when_the_reply_does_not_carry_it() -> None:
    assert enhanced_code("5.7.26 This mail") == "5.7.26"
    assert enhanced_code("Hello 5.7.26") == ""
    apart = explain(Stage.RCPT, Reply(550, "Gone", enhanced="5.1.1"))
    assert apart.cause == explain(Stage.RCPT, Reply(550, "5.1.1 Gone")).cause == "recipient.unknown"


def test_a_cause_from_another_version_still_has_a_meaning() -> None:
    assert meaning("recipient.unknown").title == explain(Stage.RCPT, Reply(550, "5.1.1 no such user")).title
    assert meaning("message.not-built") == meaning("message.render"), "a former name"
    unknown = meaning("recipient.from-the-future")
    assert unknown.cause == "recipient.from-the-future"
    assert unknown.title
    assert "recipient.unknown" in causes()


def test_a_huge_reply_is_explained_quickly_enough_to_finish() -> None:
    text = "5.1.1 " + "a@" * 200_000
    assert explain(Stage.RCPT, Reply(550, text)).cause == "recipient.unknown"


def test_every_failure_named_in_the_files_is_explained_by_its_own_entry() -> None:
    for name, table in MEANINGS.items():
        for match in table["match"]:
            for failure in set(match.get("failures", ())) - {"*"}:
                stage = Stage(match["stages"][0]) if "stages" in match else Stage.CONNECT
                assert explain_failure(stage, failure).cause == name or "stages" not in match


def test_every_failure_that_the_session_reports_has_a_meaning_of_its_own() -> None:
    sources = (Path(smtpdesk.smtp.__file__).parent).glob("*.py")
    reported = {name for path in sources for name in re.findall(r'Failure\("([a-z-]+)"', path.read_text("utf-8"))}
    assert reported
    assert [name for name in reported if explain_failure(Stage.CONNECT, name).cause == "network.unknown"] == []
