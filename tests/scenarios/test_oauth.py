"""A campaign sent through a mailbox that takes only tokens: they end in the middle of it, and so may the consent."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from smtpdesk.domain.delivery import LaneState, RunState
from smtpdesk.domain.profile import Identity, Limits, Profile, Relay, Security
from tests.scenarios.campaigns import addresses, people
from tests.scenarios.office import Office, open_office
from tests.servers.authorization import USER, Authorization
from tests.servers.dovecot import Dovecot
from tests.servers.proc import wait_until


@pytest.fixture
def office(tmp_path: Path, dovecot: Dovecot) -> Iterator[Office]:
    with open_office(tmp_path) as office:
        yield office


def mailbox(office: Office, dovecot: Dovecot, **limits: Any) -> None:
    relay = Relay(dovecot.host, dovecot.port, Security.STARTTLS, str(dovecot.ca_file))
    made = Profile("office", relay, Identity("Ana Pérez <ana@example.com>"), USER, Limits(**limits), "office-mail")
    office.do(office.desk.profiles.save(made))


def sign_in(office: Office, authorization: Authorization) -> Profile:
    """As a person does, with a browser; no keyring here, so the sign-in is this process's alone."""
    browser = authorization.in_background()
    try:
        return office.do(office.desk.profiles.sign_in("office", open_browser=browser, session_only=True))
    finally:
        browser.close()


def leaks(workspace: Path, authorization: Authorization) -> list[str]:
    """The files of the workspace that hold a token: there must be none."""
    secrets = [secret.encode() for secret in authorization.said()["secrets"]]
    assert secrets
    files = [path for path in workspace.rglob("*") if path.is_file()]
    assert any(path.suffix == ".log" for path in files)
    return [str(path) for path in files if any(secret in path.read_bytes() for secret in secrets)]


async def passes(office: Office) -> bool:
    profile = await office.desk.profiles.get("office")
    steps = [step async for step in office.desk.profiles.test(profile)]
    return all(step.state == "ok" for step in steps)


def test_tokens_that_end_in_the_middle_lose_nobody_and_send_nothing_twice(
    office: Office, authorization: Authorization, dovecot: Dovecot
) -> None:
    authorization.want(lifetime=2)
    mailbox(office, dovecot, rate=20, per_connection=3)
    assert sign_in(office, authorization).account == USER
    rows = people(40)
    run = office.send(office.campaign(rows)).id
    view = office.end(run)
    assert (view.run.state, view.counts.accepted) == (RunState.DONE, 40)
    assert dovecot.sink.per_recipient() == dict.fromkeys(addresses(rows), 1)
    said = authorization.said()
    assert said["asked"]["refresh_token"] >= 2, "no token lived as long as the run"
    assert said["reused"] == 0, "a refresh token is good for one use"
    # The worker is gone, and with it every token but the one that it handed back.
    assert office.do(passes(office)) and authorization.said()["reused"] == 0
    assert leaks(office.workspace, authorization) == []


def test_consent_withdrawn_in_the_middle_pauses_the_lane_until_somebody_signs_in(
    office: Office, authorization: Authorization, dovecot: Dovecot
) -> None:
    mailbox(office, dovecot, rate=40, per_connection=1, max_connections=1)
    sign_in(office, authorization)
    rows = people(30)
    run = office.send(office.campaign(rows)).id
    wait_until(lambda: sum(dovecot.sink.per_recipient().values()) >= 5, 30, "the first messages")
    authorization.want(withdraw=True)
    view = office.end(run)
    assert (view.run.state, view.run.note) == (RunState.PAUSED, "profile.consent-withdrawn")
    assert view.lanes[0].state == LaneState.PAUSED and view.lanes[0].note == "profile.consent-withdrawn"
    assert 5 <= view.counts.accepted < 30 and view.counts.accepted + view.counts.open == 30
    assert not office.do(passes(office))
    sign_in(office, authorization)
    office.do(office.desk.sending.wake_lane(run, "office"))
    view = office.end(run)
    assert (view.run.state, view.counts.accepted) == (RunState.DONE, 30)
    assert dovecot.sink.per_recipient() == dict.fromkeys(addresses(rows), 1)
    assert leaks(office.workspace, authorization) == []


def test_signing_out_is_the_end_of_it_here_and_there(
    office: Office, authorization: Authorization, dovecot: Dovecot
) -> None:
    mailbox(office, dovecot)
    sign_in(office, authorization)
    assert office.do(passes(office))
    assert office.do(office.desk.profiles.sign_out("office"))
    profile = office.do(office.desk.profiles.get("office"))
    assert profile.uses_tokens and not profile.account
    assert not office.do(office.desk.profiles.has_secret(profile))
    assert authorization.said()["asked"]["revoke"] == 1

    async def why() -> str:
        steps = [step async for step in office.desk.profiles.test(profile)]
        return next(step.meaning.cause for step in steps if step.meaning)

    assert office.do(why()) == "profile.not-signed-in"
