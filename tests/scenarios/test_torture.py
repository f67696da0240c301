"""kill -9 at random moments, then whatever a person does next: resume, stop, retry, edit. Nobody twice, nobody lost.

``TESTS_KILLS`` says how many trials (``make torture``: a hundred), ``TESTS_SEED`` which. Each ends with everybody
accepted or, where a body may have been on the wire, uncertain. With ``TESTS_FOREIGN`` (``make torture``) servers of
other makers take part, where they are installed.
"""

from __future__ import annotations

import contextlib
import os
import random
from collections import Counter
from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import Protocol

import psutil
import pytest

from smtpdesk.domain.delivery import RunState
from smtpdesk.domain.profile import Identity, Limits, Profile, Relay, Security
from tests.scenarios.campaigns import HTML, make_campaign, people
from tests.scenarios.office import DIALOGUES, Office, open_office
from tests.servers.certificates import Authority
from tests.servers.foreign import KINDS, PASSWORD, USER, running
from tests.servers.proc import wait_until
from tests.servers.scripted import ScriptedServer, call
from tests.servers.sink import missing, running_sink

TRIALS = int(os.environ.get("TESTS_KILLS", "3"))
SEED = os.environ.get("TESTS_SEED", "20261201")
FOREIGN = bool(os.environ.get("TESTS_FOREIGN"))
ROWS, CONNECTIONS = 60, 2
#: Stages at which a scripted server kills the worker.
STAGES = ["connect", "ehlo", "mail", "rcpt", "data", "middle", "body", "body"]
#: What a person does after a kill.
ACTS = ["resume", "resume", "stop and send", "stop and retry", "edit and new", "damage and resume"]


class Server(Protocol):
    """What a trial needs of a server."""

    port: int

    def per_recipient(self) -> Mapping[str, int]:
        """How many messages it has for each recipient."""
        ...


@pytest.fixture(scope="module")
def servers(ca: Authority) -> Iterator[dict[str, Server]]:
    """Every server that can be had, by its name."""
    with contextlib.ExitStack() as stack:
        found: dict[str, Server] = {
            name: stack.enter_context(ScriptedServer(extensions=extensions)) for name, extensions in DIALOGUES.items()
        }
        if not missing():
            found["sink"] = stack.enter_context(running_sink())
        if FOREIGN:
            kinds = [kind for kind in KINDS if not kind.missing()]
            found |= {kind.name: stack.enter_context(running(kind, ca, {})) for kind in kinds}
        yield found


class Trial:
    """One campaign, what is done to it, and the comparison at its end."""

    def __init__(self, number: int, office: Office, server: Server, kind: str, folder: Path) -> None:
        self._chance = random.Random(f"{SEED} {number}")
        self._name = f"trial{number}"
        self._domain = f"t{number}.example.net"
        self._office = office
        self._server = server
        self._kind = kind
        self._folder = folder / self._name
        self._version = 0
        self._runs: list[str] = []
        self.did: list[str] = []

    def play(self, ca_file: Path) -> tuple[int, int, int]:
        """Play it to the end; how often it killed, and how many people are in doubt, and are so in a damaged run."""
        self._save_profile(ca_file)
        self._write()
        self._begin()
        kills = self._chance.randrange(1, 4)
        for _kill in range(kills):
            self._kill()
            getattr(self, f"_{self._chance.choice(ACTS).replace(' ', '_')}")()
        self._end()
        doubted = self._compare()
        return kills, doubted, doubted if any(did.startswith("damage") for did in self.did) else 0

    # -- what is done ---------------------------------------------------------------------------------------------

    def _save_profile(self, ca_file: Path) -> None:
        foreign = self._kind in {kind.name for kind in KINDS}
        security = Security.STARTTLS if foreign else Security.NONE
        relay = Relay("127.0.0.1", self._server.port, security, str(ca_file) if foreign else None)
        identity, limits = Identity("Ana Pérez <ana@example.com>"), Limits(max_connections=CONNECTIONS)
        profile = Profile(self._name, relay, identity, username=USER if foreign else "", limits=limits)
        os.environ[f"SMTPDESK_PASSWORD_{self._name.upper()}"] = PASSWORD
        self._office.do(self._office.desk.profiles.save(profile))

    def _write(self) -> None:
        """The campaign; each version of its message is another one."""
        self._version += 1
        html = HTML.replace("<html>", f"<html><!-- {self._name} {self._version} -->")
        make_campaign(self._folder, people(ROWS, self._domain), profile=self._name, html=html)

    def _begin(self, **options: object) -> None:
        run = self._office.send(self._folder, **options).id
        if run not in self._runs:
            self._runs.append(run)

    def _kill(self) -> None:
        """Kill -9 at a moment of the dialogue, after a number of messages, or at once; too late is a moment, too."""
        before, at = self._sent(), self._chance.randrange(ROWS // 2)
        worker = self._worker()
        if worker is None:
            return
        stage = self._chance.choice(["", *STAGES]) if isinstance(self._server, ScriptedServer) else ""
        if stage and isinstance(self._server, ScriptedServer):
            self._server.forget()
            later = 0 if stage in {"connect", "ehlo"} else at // 2
            self._server.on(stage, call(lambda: _killed(worker)), times=1, after=later)
        if stage or self._chance.random() < 0.8:
            wait_until(lambda: self._sent() - before > at or not _lives(worker), 60, lambda: f"{self.did}")
        _killed(worker)
        self._office.end(self._runs[-1])
        self.did.append(f"kill {stage or at}")

    def _worker(self) -> psutil.Process | None:
        view = self._office.view(self._runs[-1])
        return self._office.worker(self._runs[-1]) if view.alive and view.run.state is not RunState.DONE else None

    def _sent(self) -> int:
        return sum(count for address, count in self._server.per_recipient().items() if self._domain in address)

    def _resume(self) -> None:
        self.did.append("resume")
        self._office.resume(self._runs[-1])

    def _stop_and_send(self) -> None:
        self.did.append("stop and send")
        self._office.do(self._office.desk.sending.stop(self._runs[-1]))
        self._office.end(self._runs[-1])
        self._begin(again=False)

    def _stop_and_retry(self) -> None:
        self.did.append("stop and retry")
        self._office.do(self._office.desk.sending.stop(self._runs[-1]))
        self._office.end(self._runs[-1])
        self._office.do(self._office.desk.sending.retry(self._runs[-1], ["cancelled", "rejected", "deferred"]))

    def _edit_and_new(self) -> None:
        self.did.append("edit and new")
        self._write()
        self._begin(again=False, unfinished="new")

    def _damage_and_resume(self) -> None:
        """The in-flight file does not come back as it was: what was claimed is in doubt, and nobody gets it twice."""
        self.did.append("damage and resume")
        file = self._office.workspace / "runs" / self._runs[-1] / "in-flight"
        if file.exists():
            raw = bytearray(file.read_bytes())
            for _spot in range(self._chance.randrange(1, 20)):
                raw[self._chance.randrange(len(raw))] ^= 1 << self._chance.randrange(8)
            file.write_bytes(raw)
        self._office.resume(self._runs[-1])

    # -- the end --------------------------------------------------------------------------------------------------

    def _end(self) -> None:
        for _round in range(4):
            view = self._office.end(self._runs[-1], 120)
            if view.run.state is RunState.DONE or not view.counts.open:
                break
            self._office.resume(self._runs[-1])
        # What was stopped in an earlier run and is nobody's any more is sent by one more, as a person would.
        self._begin(again=False)
        self._office.end(self._runs[-1], 120)

    def _compare(self) -> int:
        kept = Counter({name: n for name, n in self._server.per_recipient().items() if self._domain in name})
        accepted: Counter[str] = Counter()
        doubted: Counter[str] = Counter()
        for run in self._runs:
            for row in self._office.do(self._office.desk.reports.rows(run)):
                accepted[row.address] += row.state == "accepted"
                doubted[row.address] += row.state == "uncertain"
        everybody = {row["Email"] for row in people(ROWS, self._domain)}
        told = f"{self._name} on {self._kind}: {self.did}"
        assert not {name: n for name, n in kept.items() if n > 1}, f"twice: {told}"
        assert set(kept) <= everybody, told
        lost = {name for name in everybody if not (accepted[name] or doubted[name])}
        assert not lost, f"lost: {sorted(lost)[:5]}, {told}"
        wrong = {name for name in everybody if not accepted[name] <= kept[name] <= accepted[name] + doubted[name]}
        assert not wrong, f"the ledger says otherwise: {sorted(wrong)[:5]}, {told}"
        return sum(not accepted[name] for name in everybody)


def _lives(worker: psutil.Process) -> bool:
    try:
        return worker.status() != psutil.STATUS_ZOMBIE
    except psutil.NoSuchProcess:
        return False


def _killed(worker: psutil.Process) -> None:
    with contextlib.suppress(psutil.NoSuchProcess):
        worker.kill()


@pytest.mark.timeout(120 + 60 * TRIALS)
def test_whatever_is_killed_and_done_next_nobody_gets_it_twice_and_nobody_is_lost(
    servers: dict[str, Server], ca: Authority, tmp_path: Path
) -> None:
    names = sorted(servers)
    played: Counter[str] = Counter()
    kills = doubts = damaged = 0
    with open_office(tmp_path) as office:
        for number in range(TRIALS):
            kind = names[number % len(names)]
            trial = Trial(number, office, servers[kind], kind, tmp_path / "campaigns")
            killed, doubted, harmed = trial.play(ca.ca_file)
            played[kind] += 1
            kills, doubts, damaged = kills + killed, doubts + doubted, damaged + harmed
    print(f"\nseed {SEED}: {TRIALS} trials ({dict(played)}), {kills} kills, {TRIALS * ROWS} people:")
    print(f"{doubts} uncertain ({damaged} where the in-flight file was damaged), 0 twice, 0 lost")
