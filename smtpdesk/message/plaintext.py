"""The plain-text part made from the HTML, for people whose mail program shows no HTML.

inscriptis lays out the text; before that the tree is put into the shape that reads well: links as "label (address)",
images as their alternative text, and tables that only serve the layout as what they are, one block below the other.
"""

from __future__ import annotations

import re
from typing import Any

import lxml.html  # type: ignore[import-untyped]
from inscriptis import Inscriptis
from inscriptis.model.config import ParserConfig
from lxml import etree

_CONFIG = ParserConfig(table_cell_separator="   ")
_DROPPED = ("script", "style", "head", "title", "template", "noscript")
_TABLE_PARTS = ("table", "thead", "tbody", "tfoot", "tr", "td")
_HIDDEN = re.compile(r"display\s*:\s*none|mso-hide\s*:\s*all", re.IGNORECASE)
_BLANK_LINES = re.compile(r"\n{3,}")
_XML_ILLEGAL = re.compile(r"[\x00-\x08\x0b\x0c\x0e-\x1f\ud800-\udfff\ufffe\uffff]")


def html_to_text(html: str) -> str:
    """The text of an HTML document; "" when it shows none."""
    tree = parse_html(html)
    if tree is None:
        return ""
    _drop(tree)
    _flatten_layout(tree)
    _show_images(tree)
    _show_links(tree)
    text = Inscriptis(tree, _CONFIG).get_text()
    lines = (line.rstrip().replace("\u00a0", " ") for line in text.replace("\u200c", "").split("\n"))
    return _BLANK_LINES.sub("\n\n", "\n".join(lines)).strip("\n")


def parse_html(html: str) -> Any | None:
    """The tree of an HTML document, forgiving as a browser; None when there is nothing in it."""
    raw = _XML_ILLEGAL.sub("", html).encode("utf-8")
    parser = lxml.html.HTMLParser(encoding="utf-8", remove_comments=True, remove_pis=True, huge_tree=True)
    try:
        return lxml.html.document_fromstring(raw, parser=parser)
    except (etree.ParserError, etree.XMLSyntaxError):  # an empty document
        return None


def _drop(tree: Any) -> None:
    for element in list(tree.iter()):
        hidden = _HIDDEN.search(element.get("style") or "") if isinstance(element.tag, str) else None
        if element.getparent() is not None and (element.tag in _DROPPED or hidden):
            element.drop_tree()


def _flatten_layout(tree: Any) -> None:
    for table in tree.iter("table"):
        if not _is_layout(table):
            continue
        for part in table.iter(*_TABLE_PARTS[1:]):
            if next(part.iterancestors("table"), None) is table:
                part.tag = "div"
    for table in [element for element in tree.iter("table") if _is_layout(element)]:
        table.tag = "div"


def _is_layout(table: Any) -> bool:
    """Whether a table only arranges things: it says so, or it holds another table, or no row has a second cell."""
    if table.get("role") == "presentation" or table.find(".//table") is not None:
        return True
    rows = table.iter("tr")
    return table.find(".//th") is None and all(len(row) < 2 for row in rows)


def _show_images(tree: Any) -> None:
    for image in list(tree.iter("img")):
        text = (image.get("alt") or "").strip()
        parent = image.getparent()
        if parent is None:
            continue
        before = image.getprevious()
        tail = (image.tail or "") if not text else text + (image.tail or "")
        if before is not None:
            before.tail = (before.tail or "") + tail
        else:
            parent.text = (parent.text or "") + tail
        parent.remove(image)


def _show_links(tree: Any) -> None:
    for link in tree.iter("a"):
        address = (link.get("href") or "").strip()
        label = " ".join(link.text_content().split())
        if not address or address.startswith("#") or not label:
            continue
        shown = address.removeprefix("mailto:")
        if label in (address, shown) or label == re.sub(r"^https?://|/$", "", address):
            continue
        if len(link):
            link[-1].tail = (link[-1].tail or "").rstrip() + f" ({shown})"
        else:
            link.text = (link.text or "").rstrip() + f" ({shown})"
