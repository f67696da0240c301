"""Small files of strangers: their kind and size are looked at first, and none costs more than it is long."""

from __future__ import annotations

import os
import resource
import subprocess
import sys
from collections.abc import Callable
from dataclasses import replace
from pathlib import Path

import pytest
from typer.testing import CliRunner

from smtpdesk.base.errors import DeskError
from smtpdesk.cli.main import app
from smtpdesk.desk import profile_file
from smtpdesk.desk.profile_rules import validate
from smtpdesk.domain.profile import Profile, Relay, Security
from smtpdesk.providers import providers
from smtpdesk.vault.outside import from_folder
from tests.servers.proc import ROOT

pytestmark = pytest.mark.skipif(sys.platform == "win32", reason="pipes and devices are POSIX's")
GOOD = '[[profile]]\nname = "a"\nhost = "mail.example.com"\nport = 465\nsecurity = "tls"\n'
#: Far more than any of these needs, far less than one that grows with the square.
CPU_SECONDS = 25


def pipe(path: Path) -> None:
    os.mkfifo(path)


def sparse(path: Path) -> None:
    with path.open("wb") as file:
        file.truncate(5_000_000_000)


def device(path: Path) -> None:
    path.symlink_to("/dev/zero")


def read_profiles(path: Path) -> None:
    profile_file.read(path)


def read_presets(path: Path) -> None:
    os.environ["SMTPDESK_PROVIDERS_DIR"] = str(path.parent)
    providers()


def read_secret(path: Path) -> None:
    from_folder(f"profile:{path.name}", {"SMTPDESK_SECRETS_DIR": str(path.parent)})


def read_authorities(path: Path) -> None:
    validate(Profile("a", replace(Relay("mail.example.com", 465, Security.TLS), ca_file=str(path))))


def read_headers(path: Path) -> None:
    _run("domain", "example.com", "--headers", str(path))


def read_key(path: Path) -> None:
    _run("profile", "add", "a", "--host", "mail.example.com", "--from", "a@example.com")
    _run("dkim", "import", "a", "--domain", "example.com", "--selector", "s", "--key-file", str(path))


def _run(*args: str) -> None:
    ran = CliRunner().invoke(app, list(args))
    if ran.exit_code:
        assert "unexpected" not in ran.stderr, ran.stderr
        raise DeskError("said", ran.stderr)


READERS = [read_profiles, read_presets, read_secret, read_authorities, read_headers, read_key]


@pytest.mark.parametrize("make", [pipe, sparse, device])
@pytest.mark.parametrize("read", READERS)
def test_what_is_no_small_file_is_refused_at_once(
    read: Callable[[Path], None], make: Callable[[Path], None], tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("SMTPDESK_WORKSPACE", str(tmp_path / "workspace"))
    monkeypatch.setenv("SMTPDESK_PROVIDERS_DIR", "")
    (tmp_path / "files").mkdir()
    path = tmp_path / "files" / "x.toml"
    make(path)
    before = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss
    with pytest.raises(DeskError):
        read(path)
    assert resource.getrusage(resource.RUSAGE_SELF).ru_maxrss - before < 200_000, "kilobytes"


@pytest.mark.parametrize(
    "text",
    [
        "x = " + "[" * 100_000,
        "x = " + "9" * 100_000,
        GOOD + "y" * 900_000 + " = 1\n",
        GOOD.replace('"a"', '"' + "a" * 900_000 + '"'),
        GOOD + "[" + " " * 900_000 + "\n",
        GOOD + 'from = "' + "(" * 900_000 + '"\n',
        "[" + "a " * 400_000 + "\n" + GOOD,
        GOOD * 12_000,
        "".join(GOOD.replace('"a"', f'"a{number}"') for number in range(9_000)) + GOOD + GOOD,
    ],
    ids=["brackets", "digits", "key", "name", "blanks", "comment", "heading", "twice", "many"],
)
def test_a_file_of_profiles_that_was_made_to_take_long_is_refused(text: str, tmp_path: Path) -> None:
    file = tmp_path / "gift.toml"
    file.write_text(text, encoding="utf-8")
    script = (
        "import sys\nfrom pathlib import Path\nfrom smtpdesk.desk import profile_file\n"
        "from smtpdesk.base.errors import InputError\n"
        "try:\n    profile_file.read(Path(sys.argv[1]))\n"
        "except InputError as error:\n    print(error.code, len(str(error)) < 1000)\n"
    )
    said = limited(script, str(file))
    assert said.startswith("profiles.") and said.endswith("True"), said


@pytest.mark.parametrize(
    "text", ["diagnostic-code:" + " " * 63_000 + "x", "diagnostic-code:" + "\n " * 31_000, "x\n" * 30_000 + " " * 3_000]
)
def test_a_pasted_bounce_that_was_made_to_take_long_does_not(text: str, tmp_path: Path) -> None:
    (tmp_path / "bounce").write_text(text, encoding="utf-8")
    script = (
        "import sys\nfrom pathlib import Path\nfrom smtpdesk.desk.replies import explain_text\n"
        "print(explain_text(Path(sys.argv[1]).read_text()) is None)"
    )
    assert limited(script, str(tmp_path / "bounce"))


def limited(script: str, *arguments: str) -> str:
    """What a program prints that has only so much of a processor, however busy that is."""

    def limit() -> None:
        resource.setrlimit(resource.RLIMIT_CPU, (CPU_SECONDS, CPU_SECONDS))

    command = [sys.executable, "-c", script, *arguments]
    ran = subprocess.run(command, cwd=ROOT, capture_output=True, text=True, preexec_fn=limit, check=False)
    assert ran.returncode == 0, f"{ran.returncode} {ran.stderr[-600:]}"
    return ran.stdout.strip()
