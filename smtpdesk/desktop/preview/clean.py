"""The HTML of a message, made safe to display: parsed, and written anew from what was understood.

Script is off in the view and every request passes a guard. Two things would slip by both: ``<link rel=preconnect>``
opens a connection that no guard is asked about, and whatever a browser would read differently from us. So what the
view gets is our own spelling of the parsed message, without links, frames, plug-ins and refreshes.
"""

from __future__ import annotations

import re
from collections.abc import Callable
from dataclasses import dataclass
from html import escape
from time import monotonic

from smtpdesk.desktop.preview import css
from smtpdesk.desktop.preview.tokens import Kind, Token, tokens

#: Dropped with all that is inside.
_DROP_WHOLE = frozenset({"script", "iframe", "title", "textarea", "xmp", "noembed", "noframes", "template"})
#: Dropped, but what is inside stays.
_DROP_TAG = frozenset(
    {"link", "base", "object", "embed", "applet", "param", "frame", "frameset", "portal", "fencedframe", "plaintext"}
)
_DROP_ATTRIBUTES = frozenset({"srcdoc", "ping", "attributionsrc", "formaction", "action", "nonce", "integrity"})
_PICTURE_ATTRIBUTES = frozenset({"src", "background", "poster", "lowsrc", "dynsrc"})
_SVG_PICTURES = frozenset({"image", "use", "feimage"})

_NAME = re.compile(r"[A-Za-z][A-Za-z0-9:-]*\Z")
_ATTRIBUTE = re.compile(r"[A-Za-z_:@][A-Za-z0-9_:.@-]*\Z")
_DOCTYPE = re.compile(r"doctype\s+html[\w\s\"'/.:+-]*\Z", re.I)


@dataclass(frozen=True, slots=True)
class Cleaned:
    """A message ready for display.

    Attributes:
        html: to be served to the view.
        pictures: addresses of pictures on the internet, each once, in order of appearance.
        knows_dark: whether the message brings colours of its own for dark mode.
    """

    html: str
    pictures: tuple[str, ...]
    knows_dark: bool


#: Characters of HTML that are shown, and the seconds that may go into making them safe.
LONGEST, PATIENCE = 10_000_000, 8.0
#: Tokens between two looks at the clock.
_BEAT = 500


class TooMuch(Exception):
    """The HTML is too large, or takes too long, to be shown; or nobody wants to see it any more."""


class _Cleaner:
    def __init__(self, dark: bool) -> None:
        self._dark = dark
        self._out: list[str] = []
        self._inside = ""
        self._style: list[str] | None = None
        self._sheets: list[str] = []
        self._found: dict[str, None] = {}
        self._schemes = ""

    # --- what the parser meets ---------------------------------------------------------------------------------
    def take(self, token: Token) -> None:
        if token.kind is Kind.TEXT:
            self.handle_data(token.words)
        elif token.kind is Kind.END:
            self.handle_endtag(token.words)
        elif token.kind is Kind.DECLARATION:
            self.handle_decl(token.words)
        elif token.closes_itself:
            self.handle_startendtag(token.words, token.attributes)
        else:
            self.handle_starttag(token.words, token.attributes)

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        if self._inside or not _NAME.match(tag) or tag in _DROP_TAG:
            return
        if tag in _DROP_WHOLE:
            self._inside = tag
            return
        if tag == "meta" and any(name == "http-equiv" for name, _value in attrs):
            return
        self._note(tag, attrs)
        self._out.append(f"<{tag}{self._attributes(tag, attrs)}>")
        if tag == "style":
            self._style = []

    def handle_startendtag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        if self._inside or tag in _DROP_WHOLE or not _NAME.match(tag):
            return
        self.handle_starttag(tag, attrs)
        if tag == "style":
            self._end_style()
        elif tag not in _DROP_TAG and self._out and self._out[-1].startswith(f"<{tag}"):
            self._out[-1] = f"{self._out[-1][:-1]}/>"

    def handle_endtag(self, tag: str) -> None:
        if self._inside:
            if tag == self._inside:
                self._inside = ""
            return
        if tag == "style" and self._style is not None:
            self._end_style()
        elif _NAME.match(tag) and tag not in _DROP_TAG and tag not in _DROP_WHOLE and tag != "style":
            self._out.append(f"</{tag}>")

    def handle_data(self, data: str) -> None:
        if self._inside:
            return
        if self._style is not None:
            self._style.append(data)
        else:
            self._out.append(escape(data, quote=False))

    def handle_decl(self, decl: str) -> None:
        if _DOCTYPE.match(decl):
            self._out.append(f"<!{decl}>")

    # --- what is made of it ------------------------------------------------------------------------------------
    def _end_style(self) -> None:
        sheet = "".join(self._style or [])
        self._style = None
        self._sheets.append(sheet)
        self._add(css.pictures(sheet))
        self._out.append(f"{css.defused(css.for_scheme(sheet, self._dark))}</style>")

    def _attributes(self, tag: str, attrs: list[tuple[str, str | None]]) -> str:
        written = []
        for name, value in attrs:
            if not _ATTRIBUTE.match(name) or name.startswith("on") or name in _DROP_ATTRIBUTES:
                continue
            if name in ("style", "media"):
                value = css.for_scheme(value or "", self._dark)
            elif tag == "meta" and name == "content" and self._schemes:
                value = "dark" if self._dark else "light"
            written.append(f' {name}="{escape(value or "", quote=True)}"')
        return "".join(written)

    def _note(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        """Remember pictures, and whether the message speaks of dark mode."""
        given = {name: value or "" for name, value in attrs}
        self._schemes = ""
        if tag == "meta" and given.get("name", "").lower() in ("color-scheme", "supported-color-schemes"):
            words = given.get("content", "").lower().split()
            self._schemes = " ".join(words) if "dark" in words and "light" in words else ""
            if self._schemes:
                self._sheets.append("color-scheme: light dark")
        self._add([given[name] for name in _PICTURE_ATTRIBUTES if name in given])
        self._add([part.split()[0] for part in given.get("srcset", "").split(",") if part.split()])
        if tag in _SVG_PICTURES:
            self._add([given.get("href", ""), given.get("xlink:href", "")])
        if "style" in given:
            self._add(css.pictures(given["style"]))

    def _add(self, addresses: list[str]) -> None:
        for address in addresses:
            if address.strip().lower().startswith(("http://", "https://")):
                self._found.setdefault(address.strip())

    def result(self) -> Cleaned:
        if self._style is not None:
            self._end_style()
        return Cleaned("".join(self._out), tuple(self._found), any(css.knows_dark(sheet) for sheet in self._sheets))


def clean(html: str, dark: bool = False, unwanted: Callable[[], bool] = lambda: False) -> Cleaned:
    """Make the HTML of a message safe to display, in the colours of a light or a dark mail program.

    ``unwanted``: asked now and then whether the result is still wanted.

    Raises:
        TooMuch: it is too large, takes too long, or is unwanted.
    """
    if len(html) > LONGEST:
        raise TooMuch
    until = monotonic() + PATIENCE
    cleaner = _Cleaner(dark)
    for number, token in enumerate(tokens(html), 1):
        if number % _BEAT == 0 and (monotonic() > until or unwanted()):
            raise TooMuch
        cleaner.take(token)
    return cleaner.result()
