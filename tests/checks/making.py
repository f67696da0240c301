"""Campaigns to be checked."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass, field, replace
from pathlib import Path
from typing import Any

from smtpdesk.checks import CheckContext, run_checks
from smtpdesk.domain.campaign import Campaign
from smtpdesk.domain.finding import Finding
from smtpdesk.domain.profile import Identity, Profile, Relay
from smtpdesk.domain.recipient import Recipient
from smtpdesk.message import Composer

SANDBOX = Profile("sandbox", Relay("127.0.0.1", 25), Identity("Box <box@x.example>"))


@dataclass
class Checked:
    """A campaign folder, and what its context needs."""

    folder: Path
    campaign: Campaign = field(
        default_factory=lambda: Campaign(
            "c",
            subject="Hello",
            profiles=("sandbox",),
            from_header="Ana <ana@x.example>",
            html="message.html",
            unsubscribe="https://x.example/leave",
        )
    )
    profiles: list[Profile] = field(default_factory=lambda: [SANDBOX])
    shape_findings: list[Finding] = field(default_factory=list)
    rows: list[Recipient] = field(default_factory=list)
    suppressed: set[str] = field(default_factory=set)
    read: int = 0
    compiled: int = 0

    def put(self, name: str, content: str | bytes) -> None:
        """Write one file of the folder."""
        path = self.folder / name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_bytes(content.encode() if isinstance(content, str) else content)

    def people(self, count: int, **fields: str) -> None:
        """Rows that all hold the same."""
        self.rows = [Recipient(f"p{n}@x.example", dict(fields), n + 2) for n in range(count)]

    def context(self, **changes: Any) -> CheckContext:
        """The context of a campaign with some settings changed."""
        campaign = replace(self.campaign, **changes)

        def recipients() -> Iterable[Recipient]:
            self.read += 1
            return iter(self.rows)

        def compile() -> Composer:
            self.compiled += 1
            return Composer.compile(campaign, self.folder, from_header=campaign.from_header)

        return CheckContext(
            campaign=campaign,
            folder=self.folder,
            profiles=self.profiles,
            shape_findings=self.shape_findings,
            recipients=recipients,
            total=len(self.rows),
            suppressed=lambda address: address in self.suppressed,
            compile=compile,
        )

    def findings(self, **changes: Any) -> dict[str, Finding]:
        """What the checks see, by code (the first of each)."""
        found: dict[str, Finding] = {}
        for finding in run_checks(self.context(**changes)):
            found.setdefault(finding.code, finding)
        return found
