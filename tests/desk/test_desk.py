"""The desk on a real workspace: what every workspace begins with, and what it remembers."""

from __future__ import annotations

import asyncio
from pathlib import Path

from smtpdesk.base.secret import Secret
from smtpdesk.desk import Desk
from smtpdesk.domain.profile import Identity, Profile, Relay
from tests.servers.secret_service import SecretService

KEEP = """
import asyncio, sys
from pathlib import Path
from smtpdesk.base.secret import Secret
from smtpdesk.desk import Desk
from smtpdesk.domain.profile import Identity, Profile, Relay

async def main():
    desk = await Desk.open(Path(sys.argv[1]))
    if sys.argv[2] == "save":
        profile = Profile("office", Relay("mail.example.com", 587), Identity("a@example.com"), "ana")
        await desk.profiles.save(profile, Secret(sys.stdin.readline().strip()))
    elif sys.argv[2] == "rename":
        profile = await desk.profiles.get("office")
        await desk.profiles.save(Profile("work", profile.relay, profile.identity, "ana"), was="office")
    else:
        print(await desk.profiles.has_secret(await desk.profiles.get(sys.argv[3])))
    await desk.close()

asyncio.run(main())
"""


def test_a_password_saved_in_the_first_session_is_there_in_the_next(
    keyring_service: SecretService, workspace: Path, tmp_path: Path
) -> None:
    import sys

    script = tmp_path / "keep.py"
    script.write_text(KEEP)
    saved = keyring_service.run([sys.executable, script, workspace, "save"], input="geheim-77\n")
    assert saved.status == 0, saved
    assert keyring_service.run([sys.executable, script, workspace, "has", "office"]).stdout.strip() == "True"
    assert keyring_service.run([sys.executable, script, workspace, "rename"]).status == 0
    assert keyring_service.run([sys.executable, script, workspace, "has", "work"]).stdout.strip() == "True"
    kept = [file for file in workspace.rglob("*") if file.is_file() and b"geheim-77" in file.read_bytes()]
    assert not kept, "the password is in the keyring and nowhere else"


def test_samples_are_given_once(workspace: Path) -> None:
    async def run() -> list[int]:
        counts = []
        for _time in range(2):
            desk = await Desk.open(workspace)
            counts.append(int(await desk.seed_samples()))
            counts.append(len(await desk.lists.all()))
            counts.append(len(await desk.campaigns.all()))
            if _time == 0:
                await desk.lists.remove((await desk.lists.all())[0].name)
            await desk.close()
        return counts

    assert asyncio.run(run()) == [1, 1, 1, 0, 0, 1]


def test_a_session_only_password_is_forgotten_with_the_process(workspace: Path) -> None:
    profile = Profile("office", Relay("mail.example.com", 587), Identity("a@example.com"), "ana")

    async def run() -> list[bool]:
        desk = await Desk.open(workspace)
        await desk.profiles.save(profile, Secret("x1y2"), session_only=True)
        there = await desk.profiles.has_secret(profile)
        await desk.close()
        again = await Desk.open(workspace)
        still = await again.profiles.has_secret(profile)
        await again.close()
        return [there, still]

    assert asyncio.run(run()) == [True, False]
