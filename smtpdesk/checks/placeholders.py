"""Did a placeholder of another program stay in the text?"""

from __future__ import annotations

import re
from collections.abc import Iterator

from smtpdesk.base.i18n import _
from smtpdesk.checks._context import CheckContext
from smtpdesk.domain.finding import Finding, Severity
from smtpdesk.message.outline import outline

ORDER = 55

_NAME = r"[^\W\d][\w .\-]{0,30}"
_PLACEHOLDER = re.compile(
    rf"\[\[\s*{_NAME}\]\]|\{{\{{\s*{_NAME}\}}\}}|<<{_NAME}>>|\*\|[A-Z][A-Z0-9_:]{{1,30}}\|\*"
    r"|%[A-Z][A-Z0-9_]{1,30}%|%%[A-Za-z][\w]{1,30}%%|\$\{[A-Za-z]\w{0,30}\}|(?<![\w{$])\{[A-Za-z]\w{0,30}\}(?!\})"
)
_SHOWN = 5


def title() -> str:
    """What it looks at."""
    return _("Left-over placeholders")


def check(context: CheckContext) -> Iterator[Finding]:
    """``[[name]]``, ``%NAME%``, ``{name}``, ``<<name>>`` and their like in what people would read."""
    found: dict[str, None] = {}
    for sample in context.survey.samples:
        rendered = sample.rendered
        texts = [rendered.subject, rendered.text or "", outline(rendered.html).text if rendered.html else ""]
        # What a person's own data holds is not left over from anything.
        values = set(sample.recipient.fields.values())
        found.update(dict.fromkeys(mark for text in texts for mark in _PLACEHOLDER.findall(text) if mark not in values))
    if found:
        names = list(found)
        yield Finding(
            "message.placeholder",
            Severity.WARNING,
            _("The message still holds {names}.").format(names=", ".join(names[:_SHOWN])),
            _("People would read it exactly like that."),
            _("Fields are written {example} here.").format(example="{{ first_name }}"),
            context.campaign.html or context.campaign.text,
        )
