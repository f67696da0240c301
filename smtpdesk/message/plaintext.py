"""The plain-text part made from the HTML, for people whose mail program shows no HTML.

inscriptis lays out the text; before that the tree is put into the shape that reads well: links as "label (address)",
images as their alternative text, and tables that only serve the layout as what they are, one block below the other.
"""

from __future__ import annotations

import re
from typing import Any

import lxml.html  # type: ignore[import-untyped]
from inscriptis import Inscriptis
from inscriptis.css_profiles import STRICT_CSS_PROFILE
from inscriptis.model.config import ParserConfig
from lxml import etree

_CONFIG = ParserConfig(css=STRICT_CSS_PROFILE, table_cell_separator="   ")
_DROPPED = ("script", "style", "head", "title", "template", "noscript")
_TABLE_PARTS = ("thead", "tbody", "tfoot", "tr", "td")
_HIDDEN = re.compile(r"display\s*:\s*none|mso-hide\s*:\s*all", re.IGNORECASE)
# inscriptis resolves entities a second time, which would turn "?a=1&copy=2" into a copyright sign.
_AMPERSAND = "\ufdd0"
_BLANK_LINES = re.compile(r"\n{3,}")
#: What no HTML tree can hold (XML 1.0 section 2.2), and our own mark.
XML_ILLEGAL = r"\x00-\x08\x0b\x0c\x0e-\x1f\ud800-\udfff\ufffe\uffff\ufdd0"
_ILLEGAL = re.compile(f"[{XML_ILLEGAL}]")


def html_to_text(html: str) -> str:
    """The text of an HTML document; "" when it shows none."""
    tree = parse_html(html)
    return "" if tree is None else tree_to_text(shaped(tree))


def parse_html(html: str) -> Any | None:
    """The tree of an HTML document, forgiving as a browser; None when there is nothing in it."""
    raw = _ILLEGAL.sub("", html).encode("utf-8")
    parser = lxml.html.HTMLParser(encoding="utf-8", remove_comments=True, remove_pis=True, huge_tree=True)
    try:
        return lxml.html.document_fromstring(raw, parser=parser)
    except (etree.ParserError, etree.XMLSyntaxError):  # an empty document
        return None


def shaped(tree: Any) -> Any:
    """The same tree, changed into what is read: nothing hidden, no layout tables, links and images in words."""
    _drop(tree)
    _flatten_layout(tree)
    _show_images(tree)
    _show_links(tree)
    for element in tree.iter():
        element.attrib.pop("style", None)  # paddings would become indentation
    return tree


def tree_to_text(tree: Any) -> str:
    """The laid-out text of a tree that was put into shape."""
    for element in tree.iter():
        element.text = element.text and element.text.replace("&", _AMPERSAND)
        element.tail = element.tail and element.tail.replace("&", _AMPERSAND)
    try:
        text = Inscriptis(tree, _CONFIG).get_text()
    except Exception:  # noqa: BLE001 - laid out recursively: HTML nested too deep, or odd in some other way
        text = tree.text_content()
    text = text.replace(_AMPERSAND, "&").replace("\u00a0", " ")
    lines = (line.rstrip() for line in text.split("\n"))
    return _BLANK_LINES.sub("\n\n", "\n".join(lines)).strip("\n")


def _drop(tree: Any) -> None:
    for element in list(tree.iter()):
        hidden = _HIDDEN.search(element.get("style") or "") if isinstance(element.tag, str) else None
        if element.getparent() is not None and (element.tag in _DROPPED or hidden):
            element.drop_tree()


def _flatten_layout(tree: Any) -> None:
    layout = [table for table in tree.iter("table") if _is_layout(table)]
    for table in layout:
        for part in table.iter(*_TABLE_PARTS):
            if next(part.iterancestors("table"), None) is table:
                part.set("flat", "")
    for part in [*tree.iter(*_TABLE_PARTS)]:
        if part.get("flat") is not None:
            part.tag = "p" if part.tag == "tr" else "div"  # rows are set apart by an empty line
    for table in layout:
        table.tag = "div"


def _is_layout(table: Any) -> bool:
    """Whether a table only arranges things: it says so, or it holds another table, or no row has a second cell."""
    if table.get("role") == "presentation" or table.find(".//table") is not None:
        return True
    return table.find(".//th") is None and all(len(row) < 2 for row in table.iter("tr"))


def _show_images(tree: Any) -> None:
    for image in list(tree.iter("img")):
        parent = image.getparent()
        if parent is None:
            continue
        words = " ".join((image.get("alt") or "").split())
        # Set off from what stands beside it, as the picture itself would be.
        tail = f" {words} {image.tail or ''}" if words else image.tail or ""
        before = image.getprevious()
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
