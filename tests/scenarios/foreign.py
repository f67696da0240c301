"""What the stories with servers of other makers share."""

from __future__ import annotations

import os
from pathlib import Path

import pytest

from tests.scenarios.campaigns import Program
from tests.servers.foreign import USER, ForeignServer


def need(kind: type[ForeignServer]) -> None:
    """Skip where it cannot be had; fail where the whole suite is promised to run."""
    reason = kind.missing()
    if reason and os.environ.get("CI") and not kind.may_be_missing():
        pytest.fail(reason)
    if reason:
        pytest.skip(reason)


def with_sign_in(program: Program, server: ForeignServer, *options: str | Path) -> None:
    """Add the profile ``office``: STARTTLS, and the user who may sign in."""
    program.profile(server.port, "--username", USER, "--ca-file", server.ca_file, *options, security="starttls")
