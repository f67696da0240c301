"""The help pages: Markdown files in ``resources/help``, titled by their first heading."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path

from markdown_it import MarkdownIt

from smtpdesk.base.paths import resources
from smtpdesk.desktop.theme import look

#: Reading order; files not named here come after, by name.
ORDER = (
    "first-campaign",
    "profiles-and-passwords",
    "signing-in-with-oauth2",
    "a-trusted-domain",
    "templates-and-fields",
    "what-errors-mean",
    "after-a-crash",
    "command-line",
)

#: Which topic F1 opens on which page.
FOR_PAGE = {
    "campaigns": "first-campaign",
    "lists": "first-campaign",
    "campaign": "templates-and-fields",
    "profiles": "profiles-and-passwords",
    "domain": "a-trusted-domain",
    "sandbox": "first-campaign",
    "sending": "what-errors-mean",
    "activity": "what-errors-mean",
}


@dataclass(frozen=True, slots=True)
class Topic:
    """One help page: the file's stem, its first heading, its Markdown."""

    id: str
    title: str
    markdown: str


def _title(markdown: str, stem: str) -> str:
    first = markdown.lstrip().splitlines()[0] if markdown.strip() else ""
    return first.lstrip("# ").strip() if first.startswith("#") else stem


def topics(folder: Path | None = None) -> list[Topic]:
    """All help pages, in reading order."""
    files = sorted((folder or resources() / "help").glob("*.md"))
    found = []
    for file in files:
        markdown = file.read_text(encoding="utf-8")
        found.append(Topic(file.stem, _title(markdown, file.stem), markdown))
    places = {name: place for place, name in enumerate(ORDER)}
    return sorted(found, key=lambda topic: (places.get(topic.id, len(ORDER)), topic.id))


def as_html(topic: Topic) -> str:
    """The page as the HTML subset that Qt's text browser knows, in the present colours."""
    body = MarkdownIt("commonmark", {"html": False}).enable("table").render(topic.markdown)
    body = body.replace("\n</code></pre>", "</code></pre>")  # Qt would draw the last line break
    return f"<html><head><style>{_css()}</style></head><body>{body}</body></html>"


def _css() -> str:
    text, text2, link, ground = (look.hex(token) for token in ("text", "text2", "accentText", "sunken"))
    body, section, title = look.px("body"), look.px("section"), look.px("title")
    mono = '"JetBrains Mono", "Cascadia Mono", "SF Mono", monospace'
    return (
        f"body {{ color: {text}; font-size: {body}px; }}"
        f"p, li {{ color: {text2}; line-height: 150%; margin-bottom: 8px; }}"
        f"h1 {{ font-size: {title}px; font-weight: 600; margin-bottom: 10px; }}"
        f"h2 {{ font-size: {section}px; font-weight: 600; margin-top: 18px; margin-bottom: 6px; }}"
        f"strong {{ color: {text}; }}"
        f"a {{ color: {link}; text-decoration: none; }}"
        f"code, pre {{ font-family: {mono}; font-size: {look.px('caption')}px; background: {ground}; color: {text}; }}"
        f"td, th {{ padding: 5px 14px 5px 0; color: {text2}; vertical-align: top; }}"
        f"th {{ color: {text}; text-align: left; }}"
    )
