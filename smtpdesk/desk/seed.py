"""What every workspace begins with: the sandbox profile; and, for a first look, a sample campaign and list."""

from __future__ import annotations

import shutil
import uuid
from pathlib import Path

from smtpdesk.base.paths import resources
from smtpdesk.domain.profile import SANDBOX, Identity, Limits, Profile, Relay, Security
from smtpdesk.store import Workspace

#: The sample campaign's folder below ``resources/samples``.
SAMPLE = "autumn-tasting"


def sandbox_profile() -> Profile:
    """The built-in profile: keeps mail on this computer, delivers none. Its port is found when it is used."""
    return Profile(
        name=SANDBOX,
        relay=Relay("127.0.0.1", 0, Security.NONE),
        identity=Identity("Sandbox <sandbox@localhost.example>"),
        limits=Limits(max_connections=2),
        provider=SANDBOX,
    )


def seed_profile(store: Workspace) -> None:
    """Make sure that the sandbox profile exists and that the workspace has a name for the vault."""
    if store.settings.get("vault_scope", None) is None:
        # Two that open a fresh workspace at once agree on one name, or the passwords of one are not found by the other.
        store.settings.update("vault_scope", lambda kept: kept or uuid.uuid4().hex[:12])
    if SANDBOX not in {row.profile.name for row in store.profiles.all()}:
        store.profiles.save(sandbox_profile())


def copy_sample(target: Path) -> Path:
    """Copy the sample campaign into ``target`` unless it is there; returns the folder."""
    if not (target / "campaign.toml").exists():
        shutil.copytree(resources() / "samples" / SAMPLE, target, dirs_exist_ok=True)
    return target
