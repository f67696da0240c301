"""What a check is given: the campaign, its surroundings, and what rendering every row showed."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass, field
from pathlib import Path

from smtpdesk.checks._survey import Survey
from smtpdesk.domain.campaign import Campaign
from smtpdesk.domain.finding import Finding
from smtpdesk.domain.profile import Profile
from smtpdesk.domain.recipient import Recipient
from smtpdesk.message import Composer


@dataclass
class CheckContext:
    """A campaign that is about to be sent.

    Attributes:
        campaign, folder: as they were loaded.
        profiles: the campaign's profiles that exist; a name without one is a finding.
        shape_findings: what was seen while the recipients were read.
        recipients: gives every row, set-aside ones too, anew at each call. ``total``: how many rows, for progress.
        suppressed: whether an address is never to be mailed.
        compile: makes the composer; its InputError becomes a finding.
        survey: filled by :func:`smtpdesk.checks.run_checks` before the first check runs.
    """

    campaign: Campaign
    folder: Path
    profiles: Sequence[Profile]
    shape_findings: Sequence[Finding]
    recipients: Callable[[], Iterable[Recipient]]
    total: int
    suppressed: Callable[[str], bool]
    compile: Callable[[], Composer]
    #: What the desk saw of the keys that sign; a check has no vault.
    signing_findings: Sequence[Finding] = ()
    survey: Survey = field(default_factory=Survey)
