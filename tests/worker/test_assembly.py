"""What the worker signs in with, also when its profile changes while it sends."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path

from smtpdesk.base.secret import Secret
from smtpdesk.domain.profile import Profile, Relay
from smtpdesk.store import Workspace
from smtpdesk.vault import memory_vault
from smtpdesk.worker.assembly import Assembly


async def test_a_password_that_was_handed_over_does_not_follow_to_another_server(workspace: Path) -> None:
    old, new = Secret("for-the-old"), Secret("for-the-new")
    profile = Profile("office", Relay("mail.example.com", 587), username="ana")
    moved = replace(profile, relay=Relay("mail.evil.example", 587))
    handed = {profile.secret_ref: old}
    store = Workspace.open(workspace)
    try:
        assembly = Assembly(store, memory_vault(), handed)
        assert await assembly.secret(profile) == old
        assert await assembly.secret(replace(profile, relay=Relay("mail.example.com", 465))) == old
        assert await assembly.secret(moved) is None
        handed[profile.secret_ref] = new
        assert await assembly.secret(moved) == new
        assert await assembly.secret(moved) == new
    finally:
        store.close()
