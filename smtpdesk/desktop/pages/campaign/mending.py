"""Where a finding can be mended: a line of the message, a field above it, or another step."""

from __future__ import annotations

from dataclasses import dataclass

from smtpdesk.base.i18n import _
from smtpdesk.desktop.preview.problem import place_of
from smtpdesk.domain.finding import Finding

CAMPAIGN_FILE = "campaign.toml"
#: What stands in the code of a finding about a setting, and the setting.
_SETTINGS = (
    ("unsubscribe", "unsubscribe"),
    ("one-click", "unsubscribe"),
    ("bad-from", "from"),
    ("subject", "subject"),
    ("reply", "reply_to"),
    ("attachment", "attachments"),
)


@dataclass(frozen=True, slots=True)
class Place:
    """``words``: what the link says. ``file`` and ``line``, or ``setting``, or ``recipients``: the first step."""

    words: str
    file: str = ""
    line: int = 0
    setting: str = ""
    recipients: bool = False


def place_to_mend(finding: Finding) -> Place | None:
    """Where to go; None when it cannot be mended in this window."""
    if finding.code.startswith("profile."):
        return Place(_("Choose a profile"), recipients=True)
    if finding.code == "recipients.none":
        return Place(_("Choose recipients"), recipients=True)
    file, line = place_of(finding.where)
    if file and file != CAMPAIGN_FILE:
        words = (_("Go to {file}, line {n}") if line else _("Go to {file}")).format(file=file, n=line)
        return Place(words, file, line)
    setting = next((name for part, name in _SETTINGS if part in finding.code), "")
    if setting:
        return Place(_("Go there"), setting=setting)
    return Place(_("Go there"), file, line) if file else None
