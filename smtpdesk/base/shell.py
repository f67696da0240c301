"""Commands that a person copies from a sentence into a terminal."""

from __future__ import annotations

import os
import shlex
import subprocess


def quoted(word: object) -> str:
    """One word of a command (a name, a folder), in the quotation marks of the shell where it needs some."""
    text = str(word)
    return subprocess.list2cmdline([text]) if os.name == "nt" else shlex.quote(text)
