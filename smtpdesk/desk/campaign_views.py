"""Campaigns as they are shown: a draft, one person's message, what a check found, a card of the overview."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path

from smtpdesk.domain.campaign import Campaign
from smtpdesk.domain.delivery import Counts, RunInfo
from smtpdesk.domain.finding import Finding, Severity
from smtpdesk.domain.recipient import Recipient
from smtpdesk.message import ReadBack


@dataclass(frozen=True, slots=True)
class AttachmentFile:
    """A file that goes out with a campaign; ``size`` is None for a pattern or a missing file."""

    name: str
    size: int | None


@dataclass(frozen=True, slots=True)
class Draft:
    """A campaign as it is being written: what campaign.toml says, and the texts of its message files."""

    folder: Path
    campaign: Campaign
    html: str = ""
    text: str = ""
    attachments: tuple[AttachmentFile, ...] = ()


@dataclass(frozen=True, slots=True)
class Shown:
    """One recipient's message. ``raw`` are the bytes that would be sent; ``back`` is what they say, read back.

    ``unsigned`` says why they lack the signature that they would have to have; nothing can be sent then.
    """

    raw: bytes
    back: ReadBack
    recipient: Recipient
    index: int
    total: int
    unsigned: str = ""


@dataclass(frozen=True, slots=True)
class CheckResult:
    """What a check of a whole campaign found.

    ``ready`` people would be mailed of ``total`` rows: neither set aside nor never to be mailed.
    """

    findings: tuple[Finding, ...]
    total: int
    ready: int

    @property
    def passed(self) -> bool:
        """True when nothing keeps the campaign from being sent."""
        return not any(finding.severity is Severity.ERROR for finding in self.findings)


@dataclass(frozen=True, slots=True)
class CampaignCard:
    """A campaign in the overview, with its latest run.

    ``reached``: messages of it that were accepted in all its runs; ``since``: when the first of these runs began.
    """

    folder: Path
    name: str
    subject: str
    state: str
    run: RunInfo | None
    counts: Counts | None
    problem: str = ""
    reached: int = 0
    since: float | None = None


@dataclass(frozen=True, slots=True)
class Template:
    """A starter message."""

    id: str
    name: str
    description: str
    subject: str
