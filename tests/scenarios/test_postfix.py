"""The main job and the seeds' errors, against a real Postfix with STARTTLS and SASL."""

from __future__ import annotations

from pathlib import Path

import pytest

from tests.scenarios.campaigns import Program, addresses, done, make_campaign, people, problems
from tests.servers.certificates import Authority
from tests.servers.postfix import Postfix
from tests.servers.proc import free_port

pytestmark = pytest.mark.postfix
PASSWORD = {"SMTPDESK_PASSWORD_OFFICE": "correct horse"}


@pytest.fixture
def program(workspace: Path) -> Program:
    return Program(workspace, PASSWORD)


def with_sign_in(program: Program, postfix: Postfix, *options: str) -> None:
    program.profile(
        postfix.port, "--username", "ana@localhost", "--ca-file", postfix.ca_file, *options, security="starttls"
    )


def without_trace(raw: bytes) -> list[bytes]:
    """Lines of a message but for Date and what a server puts on top."""
    lines = raw.split(b"\r\n")
    return [line for line in lines if not line.startswith(b"Date: ")]


def test_two_thousand_rows_arrive_once_each_and_as_rendered(program: Program, postfix: Postfix, tmp_path: Path) -> None:
    with_sign_in(program, postfix, "--max-connections", "4")
    rows = people(2000)
    folder = make_campaign(tmp_path / "spring", rows)
    rendered = {n: program("render", folder, "--row", str(n)).stdout for n in (1, 2, 1999)}
    ran = program.send(folder)
    assert ran.status == 0, ran
    assert done(ran)["accepted"] == done(ran)["total"] == 2000
    stored = postfix.wait(2000)
    assert sorted(message.recipient for message in stored) == sorted(addresses(rows))
    by_recipient = {message.recipient: message.raw for message in stored}
    for number, text in rendered.items():
        wanted = text.replace("\r\n", "\n").replace("\n", "\r\n").encode()
        assert without_trace(by_recipient[f"person{number}@example.net"]) == without_trace(wanted)


def test_implicit_tls_sends_as_well(program: Program, postfix: Postfix, tmp_path: Path) -> None:
    program.profile(postfix.tls_port, "--username", "ana@localhost", "--ca-file", postfix.ca_file, security="tls")
    ran = program.send(make_campaign(tmp_path / "spring", people(3)))
    assert (ran.status, done(ran)["accepted"]) == (0, 3), ran
    postfix.wait(3)


def test_550_blames_the_recipient_and_the_others_get_their_mail(
    program: Program, postfix: Postfix, tmp_path: Path
) -> None:
    with_sign_in(program, postfix)
    postfix.refuse("person2@example.net", "550 5.1.1 No such user here")
    folder = make_campaign(tmp_path / "spring", people(3))
    ran = program.send(folder)
    assert ran.status == 1, ran
    assert (done(ran)["accepted"], done(ran)["rejected"]) == (2, 1)
    (problem,) = problems(ran)
    assert (problem["recipient"], problem["stage"], problem["code"]) == ("person2@example.net", "rcpt", 550)
    assert problem["blame"] == "recipient"
    assert problem["enhanced"] == "5.1.1"
    assert "No such user here" in problem["text"]
    assert problem["title"] and problem["advice"]
    assert program.report(folder)["person2@example.net"]["state"] == "rejected"
    assert len(postfix.wait(2)) == 2


def test_451_is_tried_again_later_and_then_accepted(program: Program, postfix: Postfix, tmp_path: Path) -> None:
    with_sign_in(program, postfix)
    postfix.refuse("person2@example.net", "451 4.7.1 Greylisted, try again later")
    folder = make_campaign(tmp_path / "spring", people(3))
    with program.start("send", folder, "--yes", "--json") as send:
        send.wait_for("Greylisted")
        postfix.accept("person2@example.net")
        ran = send.finish()
    assert ran.status == 0, ran
    assert done(ran)["accepted"] == 3
    assert problems(ran)[0]["outcome"] == "deferred"
    stored = postfix.wait(3)
    assert sorted(message.recipient for message in stored) == sorted(addresses(people(3)))


def test_530_blames_the_profile_and_says_what_to_fill_in(program: Program, postfix: Postfix, tmp_path: Path) -> None:
    program.profile(postfix.port, "--ca-file", postfix.ca_file, security="starttls")
    folder = make_campaign(tmp_path / "spring", people(5))
    ran = program.send(folder)
    assert ran.status == 4, ran
    problem = problems(ran)[0]
    assert problem["blame"] == "profile"
    assert problem["code"] in {530, 554}
    last = done(ran)
    assert (last["accepted"], last["rejected"], last["state"]) == (0, 0, "paused")
    assert last["pending"] + last["deferred"] == 5
    assert postfix.count() == 0
    shown = program("report", folder)
    assert "user name" in (shown.stdout + shown.stderr).lower()


def test_535_pauses_the_profile_and_the_right_password_goes_on(
    program: Program, postfix: Postfix, tmp_path: Path
) -> None:
    with_sign_in(program, postfix)
    folder = make_campaign(tmp_path / "spring", people(5))
    wrong = {"SMTPDESK_PASSWORD_OFFICE": "wr0ng-secret"}
    ran = program("send", folder, "--yes", "--json", env=wrong)
    assert ran.status == 4, ran
    problem = problems(ran)[0]
    assert (problem["stage"], problem["code"], problem["blame"]) == ("auth", 535, "profile")
    assert "wr0ng-secret" not in ran.stdout + ran.stderr
    again = program.send(folder)
    assert (again.status, done(again)["accepted"]) == (0, 5), again
    assert done(again)["run"] == done(ran)["run"], "the same run goes on"
    postfix.wait(5)


@pytest.mark.parametrize(
    ("what", "cause_has"),
    [
        ("refused", "refused"),
        ("dns", "dns"),
        ("untrusted", "certificate"),
        ("tls-on-plain", "tls"),
        ("plain-on-tls", "tls"),
    ],
)
def test_a_relay_that_cannot_be_used_is_told_apart(
    program: Program, postfix: Postfix, ca: Authority, tmp_path: Path, what: str, cause_has: str
) -> None:
    options = ("--username", "ana@localhost")
    if what == "refused":
        program.profile(free_port(), *options)
    elif what == "dns":
        ran = program(
            *("profile", "add", "office", "--host", "no-such-host.invalid", "--port", "587", "--security", "starttls"),
            *("--from", "ana@example.com", *options),
        )
        assert ran.status == 0, ran
    elif what == "untrusted":
        program.profile(postfix.port, *options, security="starttls")
    elif what == "tls-on-plain":
        program.profile(postfix.port, *options, "--ca-file", ca.ca_file, security="tls")
    else:
        program.profile(postfix.tls_port, *options, "--ca-file", ca.ca_file, security="starttls")
    folder = make_campaign(tmp_path / "spring", people(3))
    ran = program.send(folder)
    assert ran.status == 4, ran
    problem = problems(ran)[0]
    assert cause_has in problem["cause"], problem
    assert problem["title"] and problem["explanation"] and problem["advice"]
    assert done(ran)["accepted"] == 0
    assert postfix.count() == 0
    tested = program("profile", "test", "office", "--json")
    assert tested.status == 4, tested
    failed = next(item for item in tested.json if item.get("state") == "failed")
    assert failed["cause"] == problem["cause"]
    assert failed["transcript"]


def test_the_profile_test_goes_through_every_step_and_sends_only_with_leave(program: Program, postfix: Postfix) -> None:
    with_sign_in(program, postfix)
    before = postfix.count()
    ran = program("profile", "test", "office", "--json")
    assert ran.status == 0, ran
    steps = [item for item in ran.json if item["event"] == "step"]
    wanted = [*("resolve", "connect", "greeting", "ehlo", "starttls", "certificate", "ehlo-again", "auth", "mail")]
    assert [item["step"] for item in steps] == [*wanted, "rcpt", "rset", "quit"]
    assert {item["state"] for item in steps} == {"ok"}
    words = "\n".join(line for item in steps for line in item["transcript"])
    assert "AUTH PLAIN ********" in words
    assert "correct horse" not in ran.stdout + ran.stderr
    assert postfix.count() == before
    sent = program("profile", "test", "office", "--to", "person1@example.net", "--json")
    assert sent.status == 0 and sent.json[-1]["sent"], sent
    message = postfix.wait(before + 1)[-1]
    assert (message.recipient, message.header("Auto-Submitted")) == ("person1@example.net", ["auto-generated"])


def test_a_test_message_is_the_real_row_at_another_address(program: Program, postfix: Postfix, tmp_path: Path) -> None:
    with_sign_in(program, postfix)
    folder = make_campaign(tmp_path / "spring", people(3))
    ran = program("send", folder, "--to", "me@example.org", "--yes", "--json")
    assert ran.status == 0, ran
    (stored,) = postfix.wait(1)
    assert stored.recipient == "me@example.org"
    assert b"To: person1@example.net" in stored.raw
    assert b"Name 1" in stored.raw
    real = program.send(folder)
    assert done(real)["accepted"] == 3, "a test is not part of the run"
    ids = [message.header("Message-ID") for message in postfix.wait(4)]
    assert len({tuple(item) for item in ids}) == 4, "a mailbox must not take the real message for a copy of the test"
