"""What the TOML parser found wrong, in words that a person can act on."""

from __future__ import annotations

import re
from collections.abc import Callable

from smtpdesk.base.i18n import _

_AT = re.compile(r" \(at (?:line \d+, column \d+|end of document)\)\Z")


def reason(message: str) -> str:
    """Words for the message of :class:`tomllib.TOMLDecodeError`, without its place and never with Python's spelling."""
    message = _AT.sub("", message)
    for start, words in _REASONS:
        if message.startswith(start):
            return words()
    return _("something stands where it cannot stand")


#: How messages of the standard library begin (Lib/tomllib/_parser.py of CPython 3.11 to 3.14), the longer ones first.
_REASONS: tuple[tuple[str, Callable[[], str]], ...] = (
    ("Illegal character '\\n'", lambda: _("the line ends in the middle of a value")),
    ("Illegal character '\\r'", lambda: _("the line ends in the middle of a value")),
    ("Illegal character", lambda: _("there is a character that cannot be written here")),
    ("Found invalid character", lambda: _("there is a character that cannot be written here")),
    ("Unterminated string", lambda: _("a text has no closing quotation marks")),
    ("Expected '\"", lambda: _("a text has no closing quotation marks")),
    ("Expected \"'", lambda: _("a text has no closing quotation marks")),
    ("Unclosed array", lambda: _("a list has no closing bracket")),
    ("Unclosed inline table", lambda: _("a table has no closing brace")),
    ("Expected ']", lambda: _("the name of a section has no closing bracket")),
    ("Expected '='", lambda: _("a setting has no equals sign after its name")),
    ("Expected newline", lambda: _("something follows a value on the same line")),
    ("Invalid value", lambda: _("a value is missing, or is a text without quotation marks")),
    ("Invalid statement", lambda: _("a line begins with something that is no setting")),
    ("Invalid initial character", lambda: _("the name of a setting begins with a character that cannot stand there")),
    ("Invalid date", lambda: _("there is no such date or time")),
    ("Unescaped '\\'", lambda: _("a backslash in a text has to be written twice")),
    ("Invalid hex value", lambda: _("a character is spelt wrongly after a backslash")),
    ("Escaped character", lambda: _("a character is spelt wrongly after a backslash")),
    ("Cannot overwrite a value", lambda: _("a setting stands there twice")),
    ("Duplicate inline table key", lambda: _("a setting stands there twice")),
    ("Cannot declare", lambda: _("a section stands there twice")),
    ("Cannot mutate", lambda: _("a section stands there twice")),
)
