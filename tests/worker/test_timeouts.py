"""How long to wait for a server, as the environment says."""

from __future__ import annotations

import pytest

from smtpdesk.base.errors import InputError
from smtpdesk.smtp.steps import Timeouts
from smtpdesk.worker.assembly import timeouts


@pytest.mark.parametrize("value", ["soon", "0", "-1", "nan", " "])
def test_what_is_no_time_is_refused(monkeypatch: pytest.MonkeyPatch, value: str) -> None:
    monkeypatch.setenv("SMTPDESK_ANSWER_TIMEOUT", value)
    with pytest.raises(InputError) as caught:
        timeouts()
    assert caught.value.code == "settings.answer-timeout"


def test_a_time_shortens_every_wait_and_an_empty_variable_none(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("SMTPDESK_ANSWER_TIMEOUT", "1.5")
    assert timeouts() == Timeouts(1.5, 1.5, 1.5, 1.5)
    monkeypatch.setenv("SMTPDESK_ANSWER_TIMEOUT", "")
    assert timeouts() == Timeouts()
