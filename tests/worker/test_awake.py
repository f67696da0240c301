import logging
import time
from collections.abc import Callable, Iterator

import pytest
from wakepy import modecount

from smtpdesk.worker.awake import Awake, kept


def until(true: Callable[[], bool]) -> None:
    end = time.monotonic() + 10
    while not true():
        assert time.monotonic() < end
        time.sleep(0.01)


@pytest.fixture
def system(monkeypatch: pytest.MonkeyPatch) -> Iterator[None]:
    """A system that agrees to stay awake (wakepy's own switch for tests)."""
    monkeypatch.setenv("DBUS_SESSION_BUS_ADDRESS", "unix:path=/nonexistent/bus")
    monkeypatch.setenv("WAKEPY_FAKE_SUCCESS", "1")
    yield
    until(lambda: modecount() == 0)


@pytest.mark.usefixtures("system")
def test_the_computer_is_kept_awake_while_it_is_wanted_and_not_longer() -> None:
    awake = Awake(linger=0.0)
    assert modecount() == 0
    for _again in range(2):
        awake.set(True)
        awake.set(True)
        until(lambda: modecount() == 1)
        awake.set(False)
        until(lambda: modecount() == 0)
    awake.set(True)
    until(lambda: modecount() == 1)
    awake.close()
    until(lambda: modecount() == 0)
    awake.set(True)
    assert awake._thread is not None
    awake._thread.join(10)
    assert not awake._thread.is_alive()


@pytest.mark.usefixtures("system")
def test_a_short_rest_between_messages_does_not_let_it_sleep() -> None:
    awake = Awake(linger=3600.0)
    awake.set(True)
    until(lambda: modecount() == 1)
    awake.set(False)
    until(awake._wishes.empty)
    assert modecount() == 1
    awake.set(True)
    until(awake._wishes.empty)
    assert modecount() == 1
    awake.close()


@pytest.mark.usefixtures("system")
def test_it_can_be_kept_for_a_stretch() -> None:
    with kept():
        until(lambda: modecount() == 1)


@pytest.mark.parametrize("bus", ["", "unix:path=/nonexistent/bus"])
def test_a_system_that_cannot_be_asked_is_told_of_once(
    monkeypatch: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture, bus: str
) -> None:
    monkeypatch.setenv("DBUS_SESSION_BUS_ADDRESS", bus)
    # Heard at the logger itself: how the ones above it are set up is another test's affair.
    logger = logging.getLogger("smtpdesk.worker")
    monkeypatch.setattr(logger, "handlers", [caplog.handler])
    monkeypatch.setattr(logger, "propagate", False)
    monkeypatch.setattr(logger, "disabled", False)
    awake = Awake(linger=0.0)
    with caplog.at_level(logging.INFO, logger="smtpdesk.worker"):
        for wanted in (True, False, True):
            awake.set(wanted)
        assert awake._thread is not None
        awake._thread.join(10)
    assert not awake._thread.is_alive()
    assert modecount() == 0
    assert [record.levelname for record in caplog.records if "not kept awake" in record.message] == ["INFO"]
    awake.close()
