"""Campaign folders for the tests, and messages built from them."""

from __future__ import annotations

import email
import email.message
import email.policy
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any

from smtpdesk.domain.campaign import Campaign
from smtpdesk.domain.recipient import Recipient
from smtpdesk.message import Composer

FROM = "Ana Pérez <ana@example.com>"
ID = "<1@example.com>"
DATE = 1_800_000_000.0
#: One transparent pixel.
PNG = bytes.fromhex(
    "89504e470d0a1a0a0000000d4948445200000001000000010806000000"
    "1f15c4890000000d49444154789c6360000002000001e221bc330000000049454e44ae426082"
)


@dataclass
class Made:
    """A campaign folder on the disk."""

    folder: Path
    campaign: Campaign

    def put(self, name: str, content: str | bytes) -> Path:
        """Write one file of the folder."""
        path = self.folder / name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_bytes(content.encode() if isinstance(content, str) else content)
        return path

    def composer(self, **changes: Any) -> Composer:
        """Compile it, with some settings changed."""
        fields = changes.pop("fields", None)
        campaign = replace(self.campaign, **changes)
        return Composer.compile(campaign, self.folder, from_header=FROM, fields=fields)

    def build(self, fields: dict[str, str] | None = None, address: str = "bo@x.example", **changes: Any) -> bytes:
        """The message for one row."""
        return self.composer(**changes).build(row(fields, address), message_id=ID, date=DATE)

    def message(self, fields: dict[str, str] | None = None, **changes: Any) -> email.message.EmailMessage:
        """The message for one row, as the standard library reads it."""
        return parsed(self.build(fields, **changes))


def row(fields: dict[str, str] | None = None, address: str = "bo@x.example", line: int = 7) -> Recipient:
    """A recipient."""
    return Recipient(address, fields or {}, line)


def parsed(raw: bytes) -> email.message.EmailMessage:
    """The message as the standard library reads it."""
    message = email.message_from_bytes(raw, policy=email.policy.default)
    assert isinstance(message, email.message.EmailMessage)
    return message


def body(message: email.message.EmailMessage, kind: str) -> str:
    """The decoded text of the first part of a kind (``"plain"`` or ``"html"``), line ends as ``\\n``."""
    for part in message.walk():
        if part.get_content_type() == f"text/{kind}" and part.get_content_disposition() != "attachment":
            payload = part.get_payload(decode=True)
            assert isinstance(payload, bytes)
            return payload.decode(part.get_content_charset("utf-8")).replace("\r\n", "\n")
    raise AssertionError(f"no text/{kind} part")
