from __future__ import annotations

import subprocess
from pathlib import Path

import pytest

from tests.servers import proc
from tests.servers.fork_server import ForkServer, supported
from tests.servers.proc import ROOT, clean_env, run_cli

pytestmark = pytest.mark.skipif(not supported(), reason="commands are forked on Linux only")


@pytest.mark.parametrize(
    ("words", "said"),
    [(["--version"], None), (["nonsense"], None), (["profile", "add", "ana", "--password-stdin"], "gehéim\n")],
)
def test_a_forked_command_does_and_says_what_a_started_one_does(
    words: list[str], said: str | None, workspace: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    forked = run_cli(words, workspace, {"SMTPDESK_LANGUAGE": "es"}, said)
    monkeypatch.setattr(proc, "supported", lambda: False)
    assert forked == run_cli(words, workspace, {"SMTPDESK_LANGUAGE": "es"}, said)


def test_an_environment_that_counts_from_the_start_gets_one() -> None:
    run_cli(["--version"])
    assert ForkServer.take(ROOT, clean_env({"COLUMNS": "80"})) is None


def test_a_forked_command_that_takes_too_long_is_killed_and_the_next_one_runs(tmp_path: Path) -> None:
    with pytest.raises(subprocess.TimeoutExpired):
        run_cli(["sandbox", "--dir", tmp_path / "mail"], timeout=0.5)
    assert run_cli(["--version"]).status == 0
