"""``smtpdesk profile sign-in``: with a code, with a browser, and what is said when it cannot be."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pytest

from tests.scenarios.campaigns import Program
from tests.servers.authorization import CLIENT, USER, Authorization
from tests.servers.dovecot import Dovecot
from tests.servers.proc import Running
from tests.servers.secret_service import SecretService


@pytest.fixture
def program(workspace: Path, tmp_path: Path, authorization: Authorization, keyring_service: SecretService) -> Program:
    """Nobody has registered a client yet."""
    env = authorization.environment(tmp_path / "presets")
    del env["SMTPDESK_OAUTH_CLIENT_ID_OFFICE"]
    return Program(workspace, {**keyring_service.env, **env, "BROWSER": "true"})


def first_event(running: Running, name: str) -> dict[str, Any]:
    running.wait_for(f'"event": "{name}"')
    found: dict[str, Any] = next(
        event for event in map(json.loads, running.said().splitlines()) if event["event"] == name
    )
    return found


@pytest.mark.keyring
def test_signing_in_from_the_terminal(
    program: Program, authorization: Authorization, dovecot: Dovecot, workspace: Path
) -> None:
    authorization.want(interval=0)
    added = program(
        *("profile", "add", "office", "--provider", "office-mail", "--from-address", USER, "--ca-file", dovecot.ca_file)
    )
    assert added.status == 0, added
    ran = program("profile", "sign-in", "office", "--json")
    assert (ran.status, ran.json[-1]["code"]) == (2, "oauth.no-client")
    assert "SMTPDESK_OAUTH_CLIENT_ID_OFFICE" in ran.json[-1]["hint"] and "help topic" in ran.json[-1]["hint"]
    with program.start("profile", "sign-in", "office", "--device", "--json", "--client-id", CLIENT) as signing:
        authorization.enter(first_event(signing, "code")["code"])
        ended = signing.finish()
    assert (ended.status, ended.json[-1]["account"]) == (0, USER)
    tested = program("profile", "test", "office", "--json")
    assert tested.status == 0, tested
    with program.start("profile", "sign-in", "office", "--json") as signing:
        assert f"client_id={CLIENT}" in first_event(signing, "open")["url"], "the ID is kept"
        signing.interrupt()
        assert signing.finish().status == 130
    shown = program("profile", "show", "office", "--json").json[-1]
    assert (shown["sign_in"], shown["account"]) == ("oauth2", USER)
    assert "the provider was told" in program("profile", "sign-out", "office").stderr
    tested = program("profile", "test", "office", "--json")
    assert tested.status == 4
    assert "profile.not-signed-in" in {step.get("cause") for step in tested.json}
    secrets = [secret.encode() for secret in authorization.said()["secrets"]]
    written = [path.read_bytes() for path in workspace.rglob("*") if path.is_file()]
    assert secrets and not any(secret in raw for secret in secrets for raw in written)
