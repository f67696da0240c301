"""Environment variables that hold secrets: this process may read them, no process that it starts inherits them.

Who may look at a process (``/proc/PID/environ``, a crash report, a list of processes) sees its environment for as long
as it lives, and some that we start outlive us: the sandbox, a worker, a browser.
"""

from __future__ import annotations

import os
from collections import ChainMap
from collections.abc import Mapping

PASSWORD_PREFIX = "SMTPDESK_PASSWORD_"
REFRESH_TOKEN_PREFIX = "SMTPDESK_REFRESH_TOKEN_"
CLIENT_SECRET_PREFIX = "SMTPDESK_OAUTH_CLIENT_SECRET_"
SANDBOX_PASSWORD = "SMTPDESK_SANDBOX_PASSWORD"

#: What was taken out of the environment; nothing but :func:`environment` gives it out.
_taken: dict[str, str] = {}


def is_secret(name: str) -> bool:
    """Whether this variable holds a password or a token.

    The secret of a desktop client is none (RFC 8252 section 8.5), and the worker needs it.
    """
    return name.upper().startswith((PASSWORD_PREFIX, REFRESH_TOKEN_PREFIX)) or name.upper() == SANDBOX_PASSWORD


def take_out() -> None:
    """Take the secrets out of the environment of this process, so that whatever is started from now on has none.

    That holds for what libraries start, too: a browser, the helpers of the web engine.
    """
    for name in [name for name in os.environ if is_secret(name)]:
        _taken[name] = os.environ.pop(name)


def environment() -> Mapping[str, str]:
    """The environment with the secrets in it."""
    return ChainMap(os.environ, _taken)


def without_secrets(environ: Mapping[str, str]) -> dict[str, str]:
    """The environment for a process that is to have no secret."""
    return {name: value for name, value in environ.items() if not is_secret(name)}
