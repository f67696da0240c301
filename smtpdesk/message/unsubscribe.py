"""The address people leave by: List-Unsubscribe (RFC 2369, RFC 8058) and ``{{ unsubscribe_url }}`` in the message."""

from __future__ import annotations

import re
from typing import Any
from urllib.parse import quote

from smtpdesk.base.errors import InputError
from smtpdesk.base.i18n import _
from smtpdesk.domain.address import AddressError, parse_address
from smtpdesk.message.filters import Quoted
from smtpdesk.message.headers import refuse_control
from smtpdesk.message.templates import TemplateFolder

#: What may stand in a URI, besides letters and digits (RFC 3986); blanks, quotes, angle brackets may not.
_URI = "%:/?#[]@!$&'()*+,;=~-._"
#: What quoting would leave as it is, of an address and of a field in it: most are so, and looking is quicker.
_QUOTED = re.compile(rf"[A-Za-z0-9{re.escape(_URI)}]*\Z")
_QUOTED_FIELD = re.compile(r"[A-Za-z0-9@\-._~]*\Z")
_LONGEST = 900
SCHEMES = ("https:", "http:", "mailto:")


class Unsubscribe:
    """The unsubscribe address of a campaign, row by row.

    A field within the address is percent-encoded, so that a value can neither end it nor add a parameter to it. Only
    when the address *begins* with a field, the field is the address itself and keeps its structure.

    Raises:
        InputError: its template has a mistake.
    """

    def __init__(self, templates: TemplateFolder, source: str) -> None:
        source = source.strip()
        self.piece = templates.url_setting("unsubscribe", source, None if source.startswith("{") else _component)

    def render(self, values: dict[str, Any]) -> str:
        """The address for one row, ASCII; "" when there is none.

        Raises:
            InputError: ``message.bad-unsubscribe``, ``message.control-character``, or a template's.
        """
        url = refuse_control(self.piece.render(values).strip(" "), "List-Unsubscribe")
        if not url:
            return ""
        if not url.startswith(SCHEMES):
            url = f"mailto:{self._as_address(url)}"
        if not _QUOTED.match(url):
            url = quote(url, safe=_URI)
        if len(url) > _LONGEST:
            raise self._bad(url)
        return url

    def _as_address(self, text: str) -> str:
        try:
            return parse_address(text)
        except AddressError:
            raise self._bad(text) from None

    def _bad(self, text: str) -> InputError:
        return InputError(
            "message.bad-unsubscribe",
            _("“{address}” is no address to unsubscribe by.").format(address=text[:80]),
            _("It begins with https:// or mailto:."),
            self.piece.at(None, 1),
        )


def _component(value: Any) -> str:
    if isinstance(value, Quoted):
        return value
    text = str(value)
    return text if _QUOTED_FIELD.match(text) else quote(refuse_control(text, "List-Unsubscribe"), safe="@-._~")
