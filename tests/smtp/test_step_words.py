"""Every step and every stage has one name, the same everywhere, with the protocol's word where it has one."""

from __future__ import annotations

from smtpdesk.domain.delivery import Stage
from smtpdesk.smtp.probe import StepKey
from smtpdesk.smtp.step_words import step_name, step_title


def test_every_step_and_stage_is_named_in_plain_words() -> None:
    every = {*map(str, StepKey), *map(str, Stage)}
    names = {key: step_name(key) for key in every}
    assert all(name != key and name[0].isupper() for key, name in names.items()), names
    assert names["message"] == names["body"]
    assert step_name("something-new") == "something-new"


def test_the_command_follows_in_parentheses() -> None:
    assert step_title(Stage.RCPT) == step_title(StepKey.RCPT) == "Recipient (RCPT TO)"
    assert step_title("ehlo") == "Introduce ourselves (EHLO)"
    assert (step_title("certificate"), step_title("data")) == ("Certificate", "Data")
