"""The words exchanged with a server, as a person may read and pass on: no secret is ever in them."""

from __future__ import annotations

import time
from dataclasses import dataclass, field

from smtpdesk.smtp.parser import printable

MASK = "********"


@dataclass(frozen=True, slots=True)
class TranscriptLine:
    """One line. ``side`` is ``"->"`` (we said), ``"<-"`` (the server said) or ``"--"`` (what we noticed)."""

    at: float
    side: str
    text: str

    def __str__(self) -> str:
        stamp = time.strftime("%H:%M:%S", time.localtime(self.at))
        return f"{stamp}.{int(self.at * 1000) % 1000:03d} {self.side} {self.text}"


@dataclass(slots=True)
class Transcript:
    """Collects the lines of one connection. Commands of a sign-in are masked as they are written down."""

    lines: list[TranscriptLine] = field(default_factory=list)
    _signing_in: bool = False
    _hidden: tuple[str, ...] = ()

    def hide(self, *secrets: str) -> None:
        """From now on mask these wherever they occur: a server may repeat what it was told."""
        self._hidden += tuple(sorted((secret for secret in secrets if len(secret) > 2), key=len, reverse=True))

    def masked(self, text: str) -> str:
        """The text without any hidden secret."""
        for secret in self._hidden:
            text = text.replace(secret, MASK)
        return text

    def said(self, command: bytes) -> None:
        """Note a command of ours (without its line end)."""
        text = command.decode("utf-8", "replace")
        if self._signing_in:
            text = MASK
        elif text[:5].upper() == "AUTH ":
            words = text.split(" ")
            text = " ".join([*words[:2], MASK]) if len(words) > 2 else text
        self._add("->", text)

    def heard(self, code: int, text: str) -> None:
        """Note a reply. A 334 says that a secret follows, so the next command is masked."""
        self._signing_in = code == 334
        lines = text.split("\n")
        for index, line in enumerate(lines):
            dash = " " if index == len(lines) - 1 else "-"
            self._add("<-", f"{code}{dash}{line}".rstrip())

    def noticed(self, text: str) -> None:
        """Note something that is not part of the dialogue: an address, a cipher, a time-out."""
        self._add("--", text)

    def since(self, index: int) -> tuple[TranscriptLine, ...]:
        """The lines after the first ``index``."""
        return tuple(self.lines[index:])

    def _add(self, side: str, text: str) -> None:
        self.lines.append(TranscriptLine(time.time(), side, printable(self.masked(text))))
