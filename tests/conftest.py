"""Fixtures for every test: a workspace, real servers, and a guard against what a test leaves behind."""

from __future__ import annotations

import atexit
import functools
import gc
import os
import shutil
import sys
import tempfile
import threading
from collections.abc import Iterator
from pathlib import Path

import psutil
import pytest
import typer.testing

from tests.servers import authorization as authorization_server
from tests.servers import dovecot as dovecot_server
from tests.servers import foreign, zones
from tests.servers import names as names_server
from tests.servers import postfix as postfix_server
from tests.servers import secret_service as secret_service_server
from tests.servers import sink as sink_server
from tests.servers.authorization import Authorization
from tests.servers.certificates import Authority
from tests.servers.dovecot import Dovecot
from tests.servers.fork_server import ForkServer
from tests.servers.names import NameServer
from tests.servers.postfix import Postfix
from tests.servers.proc import Late, wait_until
from tests.servers.scripted import ScriptedServer
from tests.servers.secret_service import SecretService
from tests.servers.sink import Sink

#: Threads that belong to the tools (or to the Postfix of the whole session), not to the code under test.
_TOOLS_THREADS = ("policy", "pytest_timeout", "Dummy-", "pydevd", "execnet")

#: Seconds that what is ending may take.
_GRACE = float(os.environ.get("TESTS_GRACE", "8"))

#: What takes longest, the longest first; everything else follows in the order of its names.
_LONG = (
    "tests/scenarios/test_never_twice.py",
    "tests/scenarios/test_postfix.py",
    "tests/scenarios/",
    "tests/cli/",
    "tests/smtp/",
    "tests/message/test_safety.py",
    "tests/recipients/test_workbooks.py",
    "tests/sandbox/",
    "tests/desktop/test_window_crash.py",
    "tests/desktop/test_sending_live.py",
    "tests/desktop/test_sending_page.py",
    "tests/desktop/test_campaign_sending.py",
    "tests/desktop/test_profiles_page.py",
    "tests/desktop/test_campaign_page.py",
    "tests/desktop/test_lists_page.py",
    "tests/desktop/test_message_step.py",
    "tests/desktop/test_shell",
    "tests/desktop/test_stall.py",
)

#: Child processes that belong to a library (or to the whole session) and are ended when this process ends.
_LIBRARY_CHILDREN = (
    "QtWebEngine",
    "resource_tracker",
    "forkserver",
    "tests.servers.fork_server",
    "tests.servers.authorization_app",
)


#: A test's command line is made once, too: reading the options of all commands takes longer than most of them.
typer.testing._get_command = functools.cache(typer.testing._get_command)


def pytest_configure(config: pytest.Config) -> None:
    """Settings that must be there before the first import of Qt or keyring."""
    config.addinivalue_line("markers", "leaves(reason): this test may leave a thread or a child process behind")
    # Nobody's real keyring, language or workspace may be read or changed.
    os.environ["PYTHON_KEYRING_BACKEND"] = "keyring.backends.fail.Keyring"
    for name in [name for name in os.environ if name.startswith(("SMTPDESK_", "LC_", "LANG"))]:
        del os.environ[name]
    os.environ["LC_ALL"] = "C.UTF-8"
    state = os.environ["SMTPDESK_STATE"] = tempfile.mkdtemp(prefix="smtpdesk-state-")
    atexit.register(shutil.rmtree, state, ignore_errors=True)
    os.environ.setdefault("QT_QPA_PLATFORM", "offscreen")
    if hasattr(os, "geteuid") and os.geteuid() == 0:
        # Chromium refuses to run as root with its sandbox on; only the tests run so.
        os.environ.setdefault("QTWEBENGINE_DISABLE_SANDBOX", "1")


def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    """Files that take long go first, so that no process is left alone with one at the end; the window's go last.

    pytest-qt runs Qt's events in every test of a process once there is an application in it: a process gets its files
    in this order (``--no-loadscope-reorder``), so none but the window's tests run beside one.
    """
    items.sort(key=lambda item: _rank(item.nodeid))


def _rank(nodeid: str) -> tuple[bool, int]:
    longest = [place for place, prefix in enumerate(_LONG) if nodeid.startswith(prefix)]
    return nodeid.startswith("tests/desktop/"), min(longest, default=len(_LONG))


def pytest_collection_finish() -> None:
    """What was imported for the tests stays to the end: no collection of garbage looks through it again and again."""
    gc.collect()
    gc.freeze()


def pytest_unconfigure() -> None:
    """End what served all tests of this process."""
    ForkServer.end_idle()


def _need(reason: str) -> None:
    """Skip on a developer's machine that lacks a tool; fail where the whole suite is promised to run."""
    if not reason:
        return
    if os.environ.get("CI"):
        pytest.fail(reason)
    pytest.skip(reason)


# -- leaving nothing behind ---------------------------------------------------------------------------------------


def _threads() -> set[threading.Thread]:
    return {thread for thread in threading.enumerate() if not thread.name.startswith(_TOOLS_THREADS)}


def _children() -> set[psutil.Process]:
    found = set()
    # Direct ones only: what the session's Postfix starts and ends below itself is its own affair.
    for child in psutil.Process().children():
        try:
            said = " ".join([child.name(), *child.cmdline()])
            if child.status() != psutil.STATUS_ZOMBIE and not any(word in said for word in _LIBRARY_CHILDREN):
                found.add(child)
        except psutil.NoSuchProcess:
            continue
    return found


def _end(children: set[psutil.Process]) -> None:
    """End what a test left, so that the next one starts clean."""
    for child in children:
        try:
            child.kill()
        except psutil.NoSuchProcess:
            continue


@pytest.fixture(autouse=True)
def _leaves_nothing_behind(request: pytest.FixtureRequest) -> Iterator[None]:
    """Fail a test that leaves threads or child processes; what is ending gets a few seconds to end."""
    threads, children = _threads(), _children()
    yield
    if request.node.get_closest_marker("leaves"):
        return
    try:
        wait_until(lambda: not (_threads() - threads) and not (_children() - children), _GRACE)
    except Late:
        left = _children() - children
        names = [f"thread {thread.name}" for thread in _threads() - threads]
        names += [f"process {child.pid} {' '.join(child.cmdline())[:200]}" for child in left if child.is_running()]
        _end(left)
        pytest.fail(f"left behind: {'; '.join(names)}")


# -- places and servers -------------------------------------------------------------------------------------------


@pytest.fixture
def workspace(tmp_path: Path) -> Path:
    """An empty folder for a workspace."""
    folder = tmp_path / "workspace"
    folder.mkdir()
    return folder


@pytest.fixture(scope="session")
def ca(tmp_path_factory: pytest.TempPathFactory) -> Authority:
    """A throw-away certificate authority; ``ca.ca_file`` is what a profile trusts."""
    return Authority(tmp_path_factory.mktemp("authority"))


@pytest.fixture(scope="session")
def _postfix(ca: Authority) -> Iterator[Postfix]:
    _need(postfix_server.missing())
    with postfix_server.running_postfix(ca) as server:
        server.add_user("ana", "correct horse")
        yield server


@pytest.fixture
def postfix(_postfix: Postfix) -> Postfix:
    """A real Postfix, empty of messages and rules; user ``ana`` with password ``correct horse``."""
    _postfix.reset()
    return _postfix


@pytest.fixture
def sink() -> Iterator[Sink]:
    """Postfix's smtp-sink, keeping every message."""
    _need(sink_server.missing())
    with sink_server.running_sink() as server:
        yield server


@pytest.fixture(scope="session")
def names() -> Iterator[NameServer]:
    """Knot with the domains of ``tests/servers/zones.py``."""
    _need(names_server.missing())
    with names_server.running_names(zones.zone(), zones.BROKEN) as server:
        yield server


@pytest.fixture
def scripted() -> Iterator[ScriptedServer]:
    """A server in the clear that behaves until told otherwise."""
    with ScriptedServer() as server:
        yield server


@pytest.fixture(scope="session")
def _authorization(ca: Authority) -> Iterator[Authorization]:
    _need(authorization_server.missing())
    with authorization_server.running_authorization(ca) as server:
        yield server


@pytest.fixture
def authorization(_authorization: Authorization, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Authorization:
    """A real authorization server that remembers nothing; the preset ``office-mail`` names it."""
    _authorization.want(forget=True)
    presets = tmp_path / "presets"
    presets.mkdir()
    _authorization.preset(presets)
    for name, value in _authorization.environment(presets).items():
        monkeypatch.setenv(name, value)
    return _authorization


@pytest.fixture(scope="session")
def _dovecot(ca: Authority, _authorization: Authorization) -> Iterator[Dovecot]:
    _need(dovecot_server.missing() or sink_server.missing())
    with (
        sink_server.running_sink() as kept,
        dovecot_server.running_dovecot(ca, _authorization.introspection, kept) as server,
    ):
        yield server


@pytest.fixture
def dovecot(_dovecot: Dovecot, authorization: Authorization, tmp_path: Path) -> Dovecot:
    """A real Dovecot that takes mail by tokens of ``authorization``; the preset ``office-mail`` leads to it."""
    _dovecot.sink.clear()
    authorization.preset(tmp_path / "presets", _dovecot.host, _dovecot.port)
    return _dovecot


@pytest.fixture
def keyring_service() -> Iterator[SecretService]:
    """An unlocked Secret Service of its own."""
    _need(secret_service_server.missing())
    with secret_service_server.secret_service() as service:
        yield service


def pytest_report_header() -> list[str]:
    """Say which real servers this run can start."""
    known = {
        "postfix": postfix_server.missing(),
        "smtp-sink": sink_server.missing(),
        "authorization server": authorization_server.missing(),
        "dovecot": dovecot_server.missing(),
        "secret service": secret_service_server.missing(),
        "knot": names_server.missing(),
        **{kind.name: kind.missing() for kind in foreign.KINDS},
    }
    return [f"{name}: {reason}" for name, reason in known.items() if reason] or [f"real servers: all, {sys.platform}"]
