"""The page: asks name servers about the sender of one profile, and shows a row a check."""

from __future__ import annotations

import asyncio
from typing import Any

from PySide6.QtWidgets import QStackedWidget, QWidget

from smtpdesk.base.errors import DeskError
from smtpdesk.base.i18n import _
from smtpdesk.desk.trust import DomainReport, Trust
from smtpdesk.desktop.components import (
    Banner,
    Card,
    EmptyState,
    Tasks,
    TopBar,
    box,
    button,
    clear,
    hbox,
    rule,
    scroll,
    vbox,
)
from smtpdesk.desktop.pages.domain.check_row import CheckRow
from smtpdesk.desktop.pages.domain.known_form import KnownForm
from smtpdesk.desktop.pages.profiles.words import shown_name
from smtpdesk.desktop.shell.context import AppContext, PageInfo
from smtpdesk.dns import SpfNode

PAGE = PageInfo(
    id="domain", title=lambda: _("Sending domain"), icon="shield-check", order=36, in_rail=False, under="profiles"
)
_FORM_WIDTH = 284
_TONES = {Trust.TRUSTED: "ok", Trust.NEEDS_WORK: "bad", Trust.OPEN: "unsure", Trust.UNASKED: "unsure"}


class Page(QWidget):
    """``opened(profile="office")`` looks at once: who comes here has asked for it."""

    def __init__(self, context: AppContext) -> None:
        super().__init__()
        self._context, self._desk = context, context.desk
        self._tasks = Tasks(self, self._told)
        self._profile = ""
        self._looking: asyncio.Task[Any] | None = None
        #: What is on show.
        self.report: DomainReport | None = None
        self.rows: list[CheckRow] = []
        self._build()

    def _build(self) -> None:
        self.back = button(_("Back to the profile"), "", "arrow-left", clicked=self._go_back)
        self.again = button(_("Look again"), "", "refresh-cw", clicked=self._start)
        self.stop = button(_("Cancel"), "", "x", clicked=self._cancel)
        self._bar = TopBar(_("Sending domain"), right=[self.back, self.again, self.stop])
        self.banner = Banner()
        self.form = KnownForm()
        self.form.setFixedWidth(_FORM_WIDTH)
        self.form.wanted.connect(self._start)
        self.form.sandbox_wanted.connect(lambda: self._tasks.spawn(self._take_from_sandbox()))
        self._list = vbox(gap=0)
        self._card = Card(box(self._list))
        self._card.hide()
        column = vbox(self.banner, self._card, None, gap=13)
        content = box(hbox((column, 1), self.form, gap=16, margins=(24, 16, 24, 18)))
        words = _("Save the profile with its sender first; then its domain can be looked at.")
        self._stack = QStackedWidget()
        self._stack.addWidget(scroll(content, _("Sending domain")))
        self._stack.addWidget(EmptyState(_("No profile yet"), words, "shield-check"))
        self.setLayout(vbox(self._bar, (self._stack, 1), gap=0))
        self._show_looking(False)

    # -- coming and going -----------------------------------------------------------------------------------------
    async def opened(self, profile: str = "") -> None:
        """Look at the sender of a profile; without one, at the former one."""
        if profile and profile != self._profile:
            self._profile, self.report = profile, None
            self.form.clear()
            self._clear_rows()
        self._stack.setCurrentIndex(0 if self._profile else 1)
        self._bar.set_sub(shown_name(self._profile))
        if self._profile and self.report is None:
            self._start()

    def closed(self) -> None:
        """Ask no more."""
        self._tasks.cancel()

    def _go_back(self) -> None:
        self._context.go("profiles", name=self._profile)

    def _told(self, error: DeskError) -> None:
        self._clear_rows()
        self.banner.set_error(error)
        if error.code == "domain.address":
            self.form.addresses.set_error(error.sentence)

    # -- looking --------------------------------------------------------------------------------------------------
    def _start(self) -> None:
        self._cancel()
        self.form.addresses.set_error("")
        self._looking = self._tasks.spawn(self._look())

    def _cancel(self) -> None:
        if self._looking is not None:
            self._looking.cancel()

    async def _look(self) -> None:
        self._show_looking(True)
        self.banner.set("accent", _("Asking name servers …"), _("Nothing else is asked, and nothing is sent."))
        try:
            report = await self._desk.domain.look(
                self._profile,
                blocklists=self.form.lists.isChecked(),
                selectors=self.form.selectors_named(),
                headers=self.form.headers_pasted(),
                addresses=self.form.addresses_named(),
            )
            self.show_report(report)
        except asyncio.CancelledError:
            self.banner.set("accent", _("Cancelled."), "")
            raise
        finally:
            if self._looking is asyncio.current_task():
                self._looking = None
                self._show_looking(False)

    def _show_looking(self, looking: bool) -> None:
        self.again.setVisible(not looking)
        self.stop.setVisible(looking)

    async def _take_from_sandbox(self) -> None:
        kept = await self._desk.sandbox.inbox()
        if not kept:
            self._context.toast(_("The sandbox is empty: send a test message there first."), tone="bad")
            return
        raw = await self._desk.sandbox.read(kept[0].file)
        self.form.set_headers(raw.partition(b"\r\n\r\n")[0].decode("utf-8", "replace").replace("\r\n", "\n"))
        self._start()

    # -- showing --------------------------------------------------------------------------------------------------
    def show_report(self, report: DomainReport) -> None:
        """Show what was found out."""
        self.report = report
        through = _("{profile}, through {relay}").format(profile=shown_name(report.profile), relay=report.relay)
        self._bar.set_sub(through if report.profile and report.relay else shown_name(report.profile))
        self.banner.set(_TONES[report.trust], report.headline, _advice(report))
        self._clear_rows()
        for check in report.checks:
            if self.rows:
                self._list.addWidget(rule())
            tree = spf_text(report.spf) if check.id == "spf" else ""
            fold = (_("SPF and what it includes"), tree) if tree else None
            row = CheckRow(check, self._copied, fold)
            self.rows.append(row)
            self._list.addWidget(row)
        self._card.show()

    def _clear_rows(self) -> None:
        self.rows.clear()
        clear(self._list)
        self._card.hide()

    def _copied(self, _words: str) -> None:
        self._context.toast(_("Copied"))


def _advice(report: DomainReport) -> str:
    if report.trust is Trust.UNASKED:
        return report.unanswered
    return " ".join(filter(None, (_what_to_do(report), report.unanswered)))


def _what_to_do(report: DomainReport) -> str:
    if report.trust is Trust.NEEDS_WORK and not any(check.records for check in report.checks):
        return _("What is wrong, and how to mend it, stands below.")
    return {
        Trust.TRUSTED: _("Gmail, Yahoo and Microsoft find what they want of those who send to many people."),
        Trust.NEEDS_WORK: _(
            "Publish the records below where your domain is managed. It may take hours until everybody sees them."
        ),
        Trust.OPEN: _("Tell what only you know, at the side, and look again."),
    }.get(report.trust, "")


def spf_text(node: SpfNode, depth: int = 0) -> str:
    """The tree of an SPF record, a line a term, with the look-ups that it costs."""
    lines = []
    for term in node.terms:
        trouble = term.problem or (term.node.problem if term.node else None)
        cost = f"   {term.lookups}" if term.lookups else ""
        lines.append("    " * depth + term.text + cost + (f"   ← {trouble}" if trouble else ""))
        if term.node is not None and term.node.terms:
            lines.append(spf_text(term.node, depth + 1))
    return "\n".join(lines)
