"""The whole job through the servers that people have, with STARTTLS and sign-in: each stores what the ledger says."""

from __future__ import annotations

import os
from collections.abc import Mapping
from pathlib import Path

import pytest

from tests.scenarios.campaigns import Program, done, make_campaign, people
from tests.scenarios.settled import settled
from tests.servers.certificates import Authority
from tests.servers.foreign import KINDS, PASSWORD, USER, Exim, ForeignServer, running

pytestmark = [pytest.mark.foreign, pytest.mark.timeout(240)]

#: Of every 22 rows one is refused for good, and one for now.
COUNT = 440
BAD = {f"person{n}@example.net": "550 5.1.1 No such user here" for n in range(5, COUNT + 1, 22)}
LATE = {f"person{n}@example.net": "451 4.7.1 Greylisted, try again later" for n in range(11, COUNT + 1, 22)}


NONMAIL = pytest.mark.xfail(strict=False, reason="the line is not renewed before Exim's limit of refused recipients")


@pytest.fixture
def program(workspace: Path) -> Program:
    return Program(workspace, {"SMTPDESK_PASSWORD_OFFICE": PASSWORD})


def need(kind: type[ForeignServer]) -> None:
    """Skip where it cannot be had; fail where the whole suite is promised to run."""
    reason = kind.missing()
    if reason and os.environ.get("CI") and not kind.may_be_missing():
        pytest.fail(reason)
    if reason:
        pytest.skip(reason)


def with_sign_in(program: Program, server: ForeignServer, *options: str) -> None:
    program.profile(server.port, "--username", USER, "--ca-file", server.ca_file, *options, security="starttls")


@pytest.mark.parametrize("kind", [pytest.param(Exim, marks=NONMAIL, id="exim"), *KINDS[1:]], ids=lambda kind: kind.name)
def test_four_hundred_of_440_are_stored_once_and_the_others_say_why(
    kind: type[ForeignServer], program: Program, ca: Authority, tmp_path: Path
) -> None:
    need(kind)
    rules: Mapping[str, str] = {**BAD, **LATE}
    with running(kind, ca, rules) as server:
        with_sign_in(program, server, "--max-connections", "4")
        ran = program.send(make_campaign(tmp_path / "spring", people(COUNT)), "--patience", "0")
        whole = settled(program, server)
    assert ran.status == 1, ran
    last = done(ran)
    assert (last["accepted"], last["rejected"], last["deferred"]) == (400, 20, 20), ran
    assert last["total"] == COUNT
    assert {row.address for row in whole.rows if row.state.value == "rejected"} == set(BAD)
    assert {row.address for row in whole.rows if row.state.value == "pending"} == set(LATE)
    assert whole.stages() == {"rcpt"}
    assert {row.address for row in whole.troubles} == set(rules), "nobody else had any trouble"
