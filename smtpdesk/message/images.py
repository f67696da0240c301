"""Images of the campaign folder that the HTML shows: they become parts of the message, referred to by ``cid:``.

``<img src="images/logo.png">`` and ``<img src="cid:logo.png">`` both mean the file in the folder. Addresses on the web
and ``data:`` stay as they are. What does not depend on the row is rewritten once, in the template's source.
"""

from __future__ import annotations

import html
import re
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from pathlib import Path
from urllib.parse import unquote

from smtpdesk.base import files
from smtpdesk.base.errors import InputError
from smtpdesk.base.i18n import _
from smtpdesk.base.ids import digest, slug
from smtpdesk.message.encode import BLOCK
from smtpdesk.message.errors import place
from smtpdesk.message.markdown import is_markdown
from smtpdesk.message.mime import ATTACHED_LIMIT, Entity, inline_entity, too_heavy
from smtpdesk.message.paths import inside, relative

# A whole tag is taken at once, so that no part of a text is looked at twice; the attribute is then looked for in it.
_TAG = re.compile(r"""<(?:(img)|body|table|tr|td|th)\b(?:[^<>"']|<(?![a-zA-Z/!])|"[^"]*+"|'[^']*+')*+""", re.IGNORECASE)
_PICTURE = {
    name: re.compile(
        rf"""(?P<name>(?<=\s){name}\s*+=\s*+)(?P<value>"[^"]*+"|'[^']*+')|"[^"]*+"|'[^']*+'""", re.IGNORECASE
    )
    for name in ("src", "background")
}
_ELSEWHERE = re.compile(r"(?!cid:)[a-z][a-z0-9+.\-]*:|/|#|\Z", re.IGNORECASE)
_FOLDERS = ("", "images/", "attachments/")


@dataclass(frozen=True, slots=True)
class InlineImage:
    """One image of the folder: its file name there, the id the HTML refers to it by, and the encoded part."""

    name: str
    cid: str
    entity: Entity


class InlineImages:
    """Finds and encodes the images of one campaign.

    Attributes:
        dynamic: whether an image's name depends on the row, so that rendered HTML must be looked at too.
        patterns: the names that depend on the row, as they are written.
    """

    def __init__(self, folder: Path, domain: str) -> None:
        self._folder = folder
        self._domain = domain
        self._images: dict[str, InlineImage] = {}
        self.dynamic = False
        self.patterns: set[str] = set()
        self._size = 0

    @property
    def names(self) -> frozenset[str]:
        """The files found so far, relative to the folder."""
        return frozenset(image.name for image in self._images.values())

    def prepare(self, file: str, source: str) -> str:
        """A template's source with the images that do not depend on the row replaced.

        Raises:
            InputError: ``message.image-missing``, ``message.outside-folder``, with the line.
        """

        line, counted = 1, 0

        def replaced(value: str, at: int) -> str:
            nonlocal line, counted
            if "{" in value:
                name = value[1:-1]
                if not _ELSEWHERE.match(name):
                    self.dynamic = True
                    self.patterns.add(name)
                return value
            line, counted = line + source.count("\n", counted, at), at
            return self._replaced(value, place(file, 0 if is_markdown(file) else line))

        return _with_pictures(source, replaced)

    def rewritten(self, rendered: str, file: str) -> str:
        """Rendered HTML with the images that do depend on the row replaced; does nothing when there are none.

        Raises:
            InputError: ``message.image-missing``, ``message.outside-folder``.
        """
        if not self.dynamic:
            return rendered
        known = {f"cid:{image.cid}" for image in self._images.values()}
        return _with_pictures(
            rendered, lambda value, _at: value if value[1:-1] in known else self._replaced(value, file)
        )

    def shown(self, rendered: str) -> list[InlineImage]:
        """The images that this very HTML shows."""
        return [image for image in self._images.values() if f"cid:{image.cid}" in rendered]

    def _replaced(self, value: str, where: str) -> str:
        written = html.unescape(value[1:-1]).strip()
        if _ELSEWHERE.match(written):
            return value
        return f'"cid:{self._image(written, where).cid}"'

    def _image(self, written: str, where: str) -> InlineImage:
        named = unquote(written.removeprefix("cid:")) if written.startswith("cid:") else _file_name(written)
        name = relative(named, where)
        known = self._images.get(name)
        if known is not None:
            return known
        folders = _FOLDERS if written.startswith("cid:") else _FOLDERS[:1]
        for prefix in folders:
            path = inside(self._folder, prefix + name, where)
            if path.exists() and not path.is_dir():
                data = _read(path, written, where)
                self._size += len(data)
                if self._size > ATTACHED_LIMIT:
                    raise too_heavy(where)
                cid = f"{slug(path.stem, 'image')}.{digest(name, data)[:12]}@{self._domain}"
                image = InlineImage(prefix + name, cid, inline_entity(cid, path.name, _blocks(data)))
                self._images[name] = image
                return image
        raise InputError(
            "message.image-missing",
            _("The image “{name}” is not in the campaign folder.").format(name=name),
            _("Put it there, correct its name, or give the full https:// address of an image on the web."),
            where,
        )


def _with_pictures(source: str, replaced: Callable[[str, int], str]) -> str:
    """The HTML with each picture's address, in its quotes, replaced by what ``replaced(value, place)`` makes of it."""

    def tag(found: re.Match[str]) -> str:
        for attribute in _PICTURE["src" if found[1] else "background"].finditer(found[0]):
            if attribute["name"]:
                begin, end = attribute.span("value")
                return found[0][:begin] + replaced(attribute["value"], found.start() + begin) + found[0][end:]
        return found[0]

    return _TAG.sub(tag, source)


def _file_name(written: str) -> str:
    return unquote(re.split(r"[?#]", written, maxsplit=1)[0])


def _read(path: Path, written: str, where: str) -> bytes:
    try:
        return files.read(path, ATTACHED_LIMIT, where)
    except OSError as error:
        raise InputError(
            "message.image-missing",
            _("The image “{name}” cannot be read: {reason}").format(name=written, reason=error.strerror or error),
            _("Put it there, correct its name, or give the full https:// address of an image on the web."),
            where,
        ) from error


def _blocks(data: bytes) -> Iterator[bytes]:
    return (data[start : start + BLOCK] for start in range(0, len(data), BLOCK))
