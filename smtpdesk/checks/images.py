"""Can the images be seen, and understood by those who do not see them?"""

from __future__ import annotations

from collections.abc import Iterator

from smtpdesk.base.i18n import _, ngettext
from smtpdesk.checks._context import CheckContext
from smtpdesk.checks._words import number
from smtpdesk.domain.finding import Finding, Severity
from smtpdesk.message.outline import outline

ORDER = 75
_REACHABLE = ("https://", "http://", "cid:", "data:")
_SHOWN = 3


def title() -> str:
    """What it looks at."""
    return _("Images")


def check(context: CheckContext) -> Iterator[Finding]:
    """Images without alternative text, and images that only this computer can load."""
    silent: dict[str, None] = {}
    lost: dict[str, None] = {}
    for sample in context.survey.samples:
        for picture in outline(sample.rendered.html or "").pictures:
            if picture.alt is None:
                silent[picture.src] = None
            if not picture.src.lower().startswith(_REACHABLE):
                lost[picture.src] = None
    where = context.campaign.html
    if silent:
        sentence = ngettext(
            "{n} image has no alternative text: {names}.",
            "{n} images have no alternative text: {names}.",
            len(silent),
        )
        yield Finding(
            "message.image-no-alt",
            Severity.WARNING,
            sentence.format(n=number(len(silent)), names=_names(silent)),
            _("Many mail programs hide images at first, and blind people hear nothing at all."),
            _('Add alt="…" with what it says, or alt="" when it only decorates.'),
            where,
        )
    if lost:
        sentence = ngettext(
            "{n} image cannot be loaded by anybody: {names}.",
            "{n} images cannot be loaded by anybody: {names}.",
            len(lost),
        )
        yield Finding(
            "message.image-unreachable",
            Severity.ERROR,
            sentence.format(n=number(len(lost)), names=_names(lost)),
            _("People would see an empty frame."),
            _("Put it into the campaign folder and name it relative to that, or give its https:// address."),
            where,
        )


def _names(sources: dict[str, None]) -> str:
    return ", ".join(f"“{_short(source)}”" for source in list(sources)[:_SHOWN])


def _short(source: str) -> str:
    # The id of an inline image ends in a hash and the domain; its beginning is the file's name.
    if source.startswith("cid:"):
        return source.removeprefix("cid:").partition("@")[0].rpartition(".")[0]
    return source[:60]
