"""What a person wants of single lanes of a run, kept in the workspace: window, command line and worker all see it."""

from __future__ import annotations

from typing import Any

from smtpdesk.base.clock import now
from smtpdesk.delivery.ports import Wishes
from smtpdesk.store import Workspace


def read_wishes(workspace: Workspace, run: str) -> Wishes:
    """What a person wants of the run and of its lanes."""
    paused, woken = _parts(workspace.settings.get(_key(run)))
    return Wishes(
        wanted=workspace.runs.wanted(run),
        paused=frozenset(paused),
        woken=woken,
        unwanted=workspace.suppressions.version(),
    )


def pause_lane(workspace: Workspace, run: str, profile: str) -> None:
    """Send nothing more with this profile; the run's other profiles go on."""

    def pause(kept: Any) -> Any:
        paused, woken = _parts(kept)
        return {"paused": sorted(paused | {profile}), "woken": woken}

    workspace.settings.update(_key(run), pause)


def wake_lane(workspace: Workspace, run: str, profile: str) -> None:
    """Go on with this profile, at once, whatever it rests or was paused for."""

    def wake(kept: Any) -> Any:
        paused, woken = _parts(kept)
        return {"paused": sorted(paused - {profile}), "woken": {**woken, profile: now()}}

    workspace.settings.update(_key(run), wake)


def _parts(kept: Any) -> tuple[set[str], dict[str, float]]:
    found = kept if isinstance(kept, dict) else {}
    woken = {str(profile): float(at) for profile, at in found.get("woken", {}).items()}
    return {str(profile) for profile in found.get("paused", ())}, woken


def _key(run: str) -> str:
    return f"lanes:{run}"
