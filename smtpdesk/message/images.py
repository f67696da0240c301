"""Images of the campaign folder that the HTML shows: they become parts of the message, referred to by ``cid:``.

``<img src="images/logo.png">`` and ``<img src="cid:logo.png">`` both mean the file in the folder. Addresses on the web
and ``data:`` stay as they are. What does not depend on the row is rewritten once, in the template's source.
"""

from __future__ import annotations

import html
import re
from collections.abc import Iterator
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

_SOURCE = re.compile(
    r"""(<(?:img\b(?:[^>"']|"[^"]*"|'[^']*'){0,400}?\ssrc|(?:body|table|tr|td|th)\b(?:[^>"']|"[^"]*"|'[^']*'){0,400}?\sbackground)"""
    r"""\s*=\s*)("[^"]*"|'[^']*')""",
    re.IGNORECASE,
)
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

        def replaced(found: re.Match[str]) -> str:
            if "{" in found[2]:
                name = found[2][1:-1]
                if not _ELSEWHERE.match(name):
                    self.dynamic = True
                    self.patterns.add(name)
                return found[0]
            line = 0 if is_markdown(file) else source.count("\n", 0, found.start(2)) + 1
            return self._replaced(found, place(file, line))

        return _SOURCE.sub(replaced, source)

    def rewritten(self, rendered: str, file: str) -> str:
        """Rendered HTML with the images that do depend on the row replaced; does nothing when there are none.

        Raises:
            InputError: ``message.image-missing``, ``message.outside-folder``.
        """
        if not self.dynamic:
            return rendered
        known = {f"cid:{image.cid}" for image in self._images.values()}
        return _SOURCE.sub(
            lambda found: found[0] if found[2][1:-1] in known else self._replaced(found, file),
            rendered,
        )

    def shown(self, rendered: str) -> list[InlineImage]:
        """The images that this very HTML shows."""
        return [image for image in self._images.values() if f"cid:{image.cid}" in rendered]

    def _replaced(self, found: re.Match[str], where: str) -> str:
        written = html.unescape(found[2][1:-1]).strip()
        if _ELSEWHERE.match(written):
            return found[0]
        return f'{found[1]}"cid:{self._image(written, where).cid}"'

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
