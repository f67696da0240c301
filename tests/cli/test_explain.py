"""``smtpdesk explain``: words and JSON for a pasted reply, from the command line or standard input."""

from __future__ import annotations

import json

import pytest
from typer.testing import CliRunner

from smtpdesk.cli.main import app
from smtpdesk.desk.replies import Replies, again_words, explain_text, fault_words, kind_words, stage_words
from smtpdesk.domain.delivery import Blame, OutcomeKind, Stage


def run(*arguments: str, given: str | None = None) -> tuple[int, str]:
    done = CliRunner().invoke(app, ["explain", *arguments], input=given)
    return done.exit_code, done.output


def test_a_reply_is_explained_in_words(capsys: pytest.CaptureFixture[str]) -> None:
    with capsys.disabled():
        status, said = run("550 5.1.1 User unknown")
    assert status == 0
    for part in (
        "This mailbox does not exist",
        "The recipient's side",
        "No: it would be refused again",
        "5.·.·",
        "RFC",
    ):
        assert part in said


def test_a_refused_domain_is_led_to_its_records_without_a_promise_to_send_again() -> None:
    status, said = run("550 5.7.26 This mail is unauthenticated")
    assert status == 0
    assert "smtpdesk domain PROFILE" in said and "Not by itself" in said
    assert "smtpdesk domain PROFILE" not in run("550 5.1.1 User unknown")[1]


def test_a_bounce_on_standard_input_becomes_one_json_object() -> None:
    status, said = run(
        "--json", given="host smtp.strato.de said:\n 454 4.7.1 Relay access denied (in reply to RCPT TO)\n"
    )
    found = json.loads(said)
    assert (status, found["event"], found["cause"]) == (0, "explained", "profile.relay-denied")
    assert (found["stage"], found["stage_known"], found["provider"], found["code"]) == ("rcpt", True, "strato", 454)
    assert found["source"] and found["parts"]


def test_provider_and_stage_decide_what_the_words_leave_open() -> None:
    assert json.loads(run("535 no", "--provider", "postmark", "--json")[1])["cause"] == "profile.postmark-token"
    assert json.loads(run("550 no", "--stage", "mail", "--json")[1])["cause"] == "profile.sender-refused"
    assert run("535 no", "--provider", "nobody")[0] == 2


def test_a_text_without_a_reply_ends_with_2_and_says_what_to_give() -> None:
    status, said = run("hello", "--json")
    assert status == 2
    assert "explain.nothing" in said


def test_a_misleading_code_is_called_so() -> None:
    for text in (
        "450 Requested mail action not taken: mailbox unavailable Mail send limit exceeded",
        "454 Throttling failure: Maximum sending rate exceeded",
        "550 5.4.5 Daily user sending limit exceeded. - gsmtp",
        "550 5.7.26 This mail is unauthenticated",
        "550 5.7.515 Access denied, sending domain example.com doesn't meet the required authentication level.",
        "553 Relaying disallowed as shop@example.com",
    ):
        found = explain_text(text)
        assert found is not None
        assert (found.meaning.blame, found.meaning.kind) == (Blame.PROFILE, OutcomeKind.DEFERRED), text
        assert kind_words(found) == ("To be mended" if text.startswith("5") else "Deferred"), text
        assert found.misleading is text.startswith("5"), text
    invalid = explain_text("450 The given data was invalid. #MS42207")
    assert invalid is not None and invalid.misleading
    assert invalid.meaning.kind is OutcomeKind.REJECTED


async def test_the_desk_explains_without_a_workspace_and_finds_the_provider_by_its_server() -> None:
    found = await Replies().explain("smtp.postmarkapp.com: 535 5.7.8 authentication failed")
    assert found is not None
    assert (found.provider, found.stage, found.meaning.cause) == ("postmark", Stage.AUTH, "profile.postmark-token")
    assert await Replies().explain("nothing here") is None
    assert "gmail" in {one.id for one in Replies().providers()}


def test_every_blame_stage_and_outcome_has_its_words() -> None:
    assert len({fault_words(blame) for blame in Blame}) == len(Blame)
    assert len({stage_words(stage) for stage in Stage}) == len(Stage)
    again = set()
    for text in ("250 ok", "550 5.1.1 no", "421 busy", "451 4.7.1 greylisted", "535 no", "452 4.2.0 full"):
        found = explain_text(text)
        assert found is not None
        again.add(again_words(found))
    assert len(again) >= 5
