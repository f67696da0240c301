"""A run that is another place's: the page warns before it is taken over."""

from __future__ import annotations

from typing import Any

import pytest
from PySide6.QtWidgets import QPushButton

from smtpdesk.desktop.shell.window import MainWindow
from smtpdesk.domain.delivery import RunState
from smtpdesk.store import Workspace
from tests.desktop.conftest import QtLoop
from tests.desktop.sending_ledger import new_run
from tests.desktop.test_sending_page import answer, opened, store  # noqa: F401 - a fixture


def test_an_older_copy_is_taken_over_only_after_a_warning(
    qloop: QtLoop,
    window: MainWindow,
    store: Workspace,  # noqa: F811
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    run = new_run(store, 10)
    run.state(RunState.PAUSED, "run.restored")
    page = opened(qloop, window, run)
    resumed: list[dict[str, Any]] = []

    async def resume(run_id: str, **options: Any) -> None:
        resumed.append({"run": run_id, **options})

    monkeypatch.setattr(page.deeds._desk.sending, "resume", resume)
    buttons = [button.text() for button in page.notice.findChildren(QPushButton) if button.isVisible()]
    assert "Take over…" in buttons and "Continue sending" not in buttons
    first = next(button for button in page.notice.findChildren(QPushButton) if button.text() == "Take over…")
    first.click()
    answer(qloop, window, "Cancel")
    assert resumed == []
    first.click()
    answer(qloop, window, "Take over")
    qloop.until(lambda: resumed, "the deed")
    assert resumed == [{"run": run.id, "take_over": True}]
