"""What a rendered HTML body links to and shows, as plain values, for the checks."""

from __future__ import annotations

from dataclasses import dataclass

from smtpdesk.message.plaintext import html_to_text, parse_html


@dataclass(frozen=True, slots=True)
class Link:
    """A link: its address as written (None: no href at all, an anchor), and what a reader clicks on."""

    href: str | None
    label: str


@dataclass(frozen=True, slots=True)
class Picture:
    """An image: its address, and its alternative text (None: not given; "": marked as decoration)."""

    src: str
    alt: str | None


@dataclass(frozen=True, slots=True)
class Outline:
    """Links, images and visible text of one HTML body."""

    links: tuple[Link, ...]
    pictures: tuple[Picture, ...]
    text: str


def outline(html: str) -> Outline:
    """Look through an HTML body; nothing in it makes this fail."""
    tree = parse_html(html)
    if tree is None:
        return Outline((), (), "")
    links = tuple(
        Link(link.get("href"), " ".join(link.text_content().split()))
        for link in tree.iter("a", "area")
        if not (link.get("href") is None and (link.get("name") or link.get("id")))
    )
    pictures = tuple(Picture((image.get("src") or "").strip(), image.get("alt")) for image in tree.iter("img"))
    return Outline(links, pictures, html_to_text(html))
