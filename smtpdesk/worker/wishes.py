"""What a person wants of single lanes of a run, kept in the workspace: window, command line and worker all see it."""

from __future__ import annotations

from smtpdesk.base.clock import now
from smtpdesk.delivery.ports import Wishes
from smtpdesk.store import Workspace


def read_wishes(workspace: Workspace, run: str) -> Wishes:
    """What a person wants of the run and of its lanes."""
    kept = workspace.settings.get(_key(run), {})
    return Wishes(
        wanted=workspace.runs.wanted(run),
        paused=frozenset(kept.get("paused", ())),
        woken={str(profile): float(at) for profile, at in kept.get("woken", {}).items()},
        unwanted=workspace.suppressions.version(),
    )


def pause_lane(workspace: Workspace, run: str, profile: str) -> None:
    """Send nothing more with this profile; the run's other profiles go on."""
    wishes = read_wishes(workspace, run)
    _keep(workspace, run, wishes.paused | {profile}, dict(wishes.woken))


def wake_lane(workspace: Workspace, run: str, profile: str) -> None:
    """Go on with this profile, at once, whatever it rests or was paused for."""
    wishes = read_wishes(workspace, run)
    _keep(workspace, run, wishes.paused - {profile}, {**wishes.woken, profile: now()})


def _keep(workspace: Workspace, run: str, paused: frozenset[str], woken: dict[str, float]) -> None:
    workspace.settings.set(_key(run), {"paused": sorted(paused), "woken": woken})


def _key(run: str) -> str:
    return f"lanes:{run}"
