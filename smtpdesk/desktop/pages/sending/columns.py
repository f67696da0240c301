"""The columns of the two big tables, and their rows as they go onto the clipboard."""

from __future__ import annotations

from collections.abc import Sequence

from smtpdesk.base.clock import local_minute, local_time
from smtpdesk.base.i18n import _
from smtpdesk.desktop.components import STATUS, Badge, Column
from smtpdesk.desktop.pages.sending import words
from smtpdesk.desktop.pages.sending.meanings import Meanings
from smtpdesk.domain.delivery import DeliveryState, LogRow, OutcomeKind, ReportRow


def log_columns(meanings: Meanings) -> list[Column]:
    """Time, person, what happened, step, codes, the server's words."""

    def result(row: LogRow) -> Badge:
        tone = words.TONES[row.kind.value]
        title = _("Accepted") if row.kind is OutcomeKind.ACCEPTED and not row.cause else meanings.of(row.cause).title
        return Badge(title, tone, STATUS[tone], plain=True)

    def reply(row: LogRow) -> str:
        return words.isolated(" ".join(row.text.split()) if row.code else "")

    return [
        Column("time", _("Time"), 84, lambda row: local_time(row.at), tone=lambda row: "text3"),
        Column("person", _("Person"), 226, lambda row: words.isolated(row.address)),
        Column("result", _("What happened"), 240, lambda row: "", badge=result, tip=lambda row: result(row).label),
        Column(
            "step",
            _("Step"),
            92,
            lambda row: words.stage(row.stage),
            tone=lambda row: "text2",
            tip=lambda row: words.stage_title(row.stage),
        ),
        Column("code", _("Code"), 66, lambda row: str(row.code or ""), tone=lambda row: "text2"),
        Column("status", _("Status"), 68, lambda row: row.enhanced, tone=lambda row: "text2"),
        Column("words", _("Server's words"), 120, reply, mono=True, tone=lambda row: "text2"),
    ]


def log_cells(row: LogRow, meanings: Meanings) -> Sequence[str]:
    """A line as it goes onto the clipboard."""
    return (
        local_time(row.at),
        row.address,
        words.outcome(row.kind),
        words.stage(row.stage),
        str(row.code or ""),
        row.enhanced,
        row.text if row.code else "",
        meanings.of(row.cause).title,
    )


def state_of(row: ReportRow) -> str:
    """A delivery's state in the words of the counts: a pending one that was tried is *deferred*."""
    return "deferred" if row.state is DeliveryState.PENDING and row.attempts else row.state.value


def people_columns(meanings: Meanings) -> list[Column]:
    """Line, person, state, what happened, tries, when, the server's words."""

    def badge(row: ReportRow) -> Badge:
        return Badge(*words.delivery_state(row.state, row.attempts))

    def result(row: ReportRow) -> str:
        if not row.cause:
            return ""
        return meanings.of(row.cause).title

    def reply(row: ReportRow) -> str:
        return words.isolated(words.quoted(row.code, row.enhanced, row.text, one_line=True) if row.attempts else "")

    def when(row: ReportRow) -> str:
        return words.moment(row.updated_at) if row.updated_at else ""

    return [
        Column("line", _("Line"), 76, lambda row: words.number(row.line), right=True, tone=lambda row: "text3"),
        Column("person", _("Person"), 226, lambda row: words.isolated(row.address)),
        Column("state", _("State"), 112, lambda row: "", badge=badge, tip=lambda row: badge(row).label),
        Column("result", _("What happened"), 224, result, tone=lambda row: "text2"),
        Column("tries", _("Tries"), 64, lambda row: str(row.attempts or ""), right=True, tone=lambda row: "text2"),
        Column("when", _("When"), 118, when, tone=lambda row: "text2"),
        Column("words", _("Server's words"), 120, reply, mono=True, tone=lambda row: "text2"),
    ]


def people_cells(row: ReportRow, meanings: Meanings) -> Sequence[str]:
    """A person as it goes onto the clipboard."""
    return (
        str(row.line),
        row.address,
        words.delivery_state(row.state, row.attempts)[0],
        meanings.of(row.cause).title if row.cause else "",
        str(row.attempts),
        local_minute(row.updated_at) if row.updated_at else "",
        words.quoted(row.code, row.enhanced, row.text),
    )
