"""What servers of other makers do besides taking mail: their limits and habits, and nobody who suffers from them."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest

from tests.scenarios.campaigns import Program, done, make_campaign, people, problems
from tests.scenarios.foreign import need, with_sign_in
from tests.scenarios.settled import settled
from tests.servers.certificates import Authority
from tests.servers.foreign import PASSWORD, Exim, Haraka, OpenSmtpd, Sendmail, running
from tests.servers.proc import Ran

pytestmark = [pytest.mark.foreign, pytest.mark.timeout(240)]


@pytest.fixture
def program(workspace: Path) -> Program:
    return Program(workspace, {"SMTPDESK_PASSWORD_OFFICE": PASSWORD})


def rests(ran: Ran) -> list[dict[str, Any]]:
    """What the run said about its lane: that it rests, or is paused."""
    return [item for item in ran.json if item["event"] == "lane"]


@pytest.mark.parametrize("stage", ["connect", "helo", "mail"])
def test_what_exim_denies_before_there_is_a_recipient_blames_none(
    stage: str, program: Program, ca: Authority, tmp_path: Path
) -> None:
    """Exim's text for any ``deny`` is 550 Administrative prohibition."""
    need(Exim)
    folder = make_campaign(tmp_path / "spring", people(30))
    with running(Exim, ca, {}, f"acl_smtp_{stage} = deny") as server:
        with_sign_in(program, server)
        ran = program.send(folder, "--patience", "0")
        whole = settled(program, server)
    assert ran.status in (1, 4), ran
    assert (whole.counts.accepted, whole.counts.rejected, whole.counts.uncertain) == (0, 0, 0), ran
    assert whole.counts.pending + whole.counts.deferred == 30


def test_what_exim_denies_at_mail_after_fifty_messages_blames_nobody(
    program: Program, ca: Authority, tmp_path: Path
) -> None:
    need(Exim)
    limit = "limited:\n  deny ratelimit = 50 / 1d / per_mail / strict\n  accept"
    folder = make_campaign(tmp_path / "spring", people(120))
    with running(Exim, ca, {}, "acl_smtp_mail = limited", limit) as server:
        with_sign_in(program, server)
        ran = program.send(folder, "--patience", "0")
        whole = settled(program, server)
    assert ran.status == 1, ran
    assert (whole.counts.rejected, whole.counts.uncertain) == (0, 0), ran
    assert 40 <= whole.counts.accepted <= 51, ran


def test_forty_refusals_in_a_row_cost_nobody_else_anything(program: Program, ca: Authority, tmp_path: Path) -> None:
    """Exim counts the RSET behind each of them, and hangs up at the eleventh (``smtp_accept_max_nonmail``)."""
    need(Exim)
    bad = {f"person{n}@example.net": "550 5.1.1 No such user here" for n in range(1, 41)}
    with running(Exim, ca, bad) as server:
        with_sign_in(program, server)
        # The half of them is far beyond what a list may have: that it asks about it is another story.
        ran = program.send(make_campaign(tmp_path / "spring", people(400)))
        whole = settled(program, server)
    assert {row.address for row in whole.troubles} <= set(bad), "nobody else had any trouble"
    assert whole.counts.uncertain == 0, ran


def test_a_limit_on_a_session_is_none_on_the_account(program: Program, ca: Authority, tmp_path: Path) -> None:
    """OpenSMTPD takes a hundred messages a session, and says 452 4.5.3 to the next."""
    need(OpenSmtpd)
    with running(OpenSmtpd, ca, {}) as server:
        with_sign_in(program, server, "--max-connections", "1")
        ran = program.send(make_campaign(tmp_path / "spring", people(250)))
        whole = settled(program, server)
    assert (ran.status, done(ran)["accepted"]) == (0, 250), ran
    assert rests(ran) == []
    assert whole.counts.total == 250


def test_a_server_that_takes_nothing_written_ahead_is_spoken_to_in_turn(
    program: Program, ca: Authority, tmp_path: Path
) -> None:
    """Haraka answers 503 to a command that was written behind the final dot."""
    need(Haraka)
    with running(Haraka, ca, {}) as server:
        with_sign_in(program, server, "--max-connections", "1")
        ran = program.send(make_campaign(tmp_path / "spring", people(120)))
        whole = settled(program, server)
    assert (ran.status, done(ran)["accepted"]) == (0, 120), ran
    assert (problems(ran), rests(ran)) == ([], [])
    assert whole.troubles == ()


@pytest.mark.parametrize("first", [1, 7])
def test_relaying_denied_for_one_recipient_stops_nobody_else(
    first: int, program: Program, ca: Authority, tmp_path: Path
) -> None:
    need(Exim)
    poison = f"person{first}@example.net"
    with running(Exim, ca, {poison: "550 relay not permitted"}) as server:
        with_sign_in(program, server, "--max-connections", "1")
        folder = make_campaign(tmp_path / "spring", people(60))
        ran = program.send(folder, "--patience", "0")
        if first == 1 and done(ran)["accepted"] == 0:
            ran = program.send(folder, "--patience", "0")  # with nothing accepted it may well be the profile's: go on
        whole = settled(program, server)
    assert whole.counts.accepted == 59, ran
    assert whole.state(poison) != "accepted"


@pytest.mark.parametrize("kind", [Exim, Sendmail], ids=lambda kind: kind.name)
def test_a_connection_too_many_makes_nothing_rest(
    kind: type[Exim | Sendmail], program: Program, ca: Authority, tmp_path: Path
) -> None:
    need(kind)
    limit = {
        Exim: ["smtp_accept_max_per_host = 2"],
        Sendmail: ["FEATURE(`conncontrol', `nodelay', `terminate')dnl"],
    }[kind]
    with running(kind, ca, {}, *limit) as server:
        with_sign_in(program, server, "--max-connections", "4")
        ran = program.send(make_campaign(tmp_path / "spring", people(120)))
        whole = settled(program, server)
    assert (ran.status, done(ran)["accepted"]) == (0, 120), ran
    assert rests(ran) == []
    assert whole.counts.total == 120
