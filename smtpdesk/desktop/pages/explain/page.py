"""The page: what was pasted at one side, what it means at the other, live while the person types."""

from __future__ import annotations

from functools import partial

from PySide6.QtCore import QTimer
from PySide6.QtGui import QTextCursor
from PySide6.QtWidgets import QComboBox, QPlainTextEdit, QStackedWidget, QWidget

from smtpdesk.base.errors import InputError
from smtpdesk.base.i18n import _
from smtpdesk.desk.replies import Explained
from smtpdesk.desktop.components import (
    EmptyState,
    Field,
    Tasks,
    TopBar,
    box,
    button,
    hbox,
    rule,
    scroll,
    text,
    vbox,
)
from smtpdesk.desktop.pages.explain.answer import Answer
from smtpdesk.desktop.shell.context import AppContext, PageInfo
from smtpdesk.desktop.theme import look
from smtpdesk.domain.delivery import Stage
from smtpdesk.domain.profile import SANDBOX

PAGE = PageInfo(
    id="explain", title=lambda: _("What does this error mean?"), icon="message-circle-question-mark", order=96,
    in_rail=False, under="help",
)  # fmt: skip

#: Milliseconds of quiet before the text is read: not at every key, but before anybody would wait.
QUIET = 120
_WIDTH = 372
#: Answers to try the page with, the misleading ones of large providers first.
EXAMPLES = (
    "550 5.7.26 Unauthenticated email from example.com is not accepted due to domain's DMARC policy.",
    "421 4.7.0 [TSS04] Messages from 192.0.2.1 temporarily deferred due to unexpected volume or user complaints",
    "550 5.1.1 <ana@example.com>: Recipient address rejected: User unknown",
)


class Page(QWidget):
    """``opened(text="550 …", stage="rcpt", profile="office")`` explains that; without it, what was there stays."""

    def __init__(self, context: AppContext) -> None:
        super().__init__()
        self._context = context
        self._tasks = Tasks(self)
        self._stage: Stage | None = None
        #: The profile whose answer it is, "" where the text came from elsewhere.
        self._profile = ""
        #: What is on show; None when nothing was recognised.
        self.found: Explained | None = None
        self._seen = ""
        #: How often a text was read to its end.
        self.reads = 0
        self._typing = QTimer(self, singleShot=True, interval=QUIET)
        self._typing.timeout.connect(self._read)
        self.edit = _paste_field()
        self.edit.textChanged.connect(self._typed)
        self.provider = QComboBox()
        self.provider.currentIndexChanged.connect(lambda _index: self._read())
        self.answer = Answer()
        self.answer.domain_wanted.connect(lambda: self._tasks.spawn(self._to_domain()))
        self.stack = QStackedWidget()
        for shown in (self._first(), _unknown(), scroll(self.answer, _("What it means"))):
            self.stack.addWidget(shown)
        bar = TopBar(
            _("What does this error mean?"),
            _("Nothing leaves this computer."),
            right=[button(_("What errors mean"), "", "book-open", clicked=self._topic)],
        )
        self.setLayout(vbox(bar, (hbox(self._side(), rule("v"), (self.stack, 1), gap=0), 1), gap=0))

    def _side(self) -> QWidget:
        self.clear_button = button(_("Clear"), "quiet", "x", "small", clicked=self.edit.clear)
        self.paste_button = button(_("Paste"), "quiet", "clipboard-paste", "small", clicked=self._paste)
        label = text(_("The server's answer, or a whole bounce message"), "body", "2")
        label.setBuddy(self.edit)
        side = box(
            vbox(
                label,
                (self.edit, 1),
                hbox(self.paste_button, None, self.clear_button),
                8,
                Field(_("Whose server said it"), self.provider, _("Some answers mean something else at one provider.")),
                gap=6,
                margins=(24, 18, 20, 18),
            )
        )
        side.setFixedWidth(_WIDTH)
        return side

    def _first(self) -> QWidget:
        """What stands there before anything was pasted: what to do, and three answers to try it with."""
        tries = [button(_short(each), "link", clicked=partial(self.set_text, each)) for each in EXAMPLES]
        body = _("Any line with an error number, a line of a log, or the mail that came back. For example:")
        column = box(vbox(*(hbox(None, each, None) for each in tries), gap=2))
        return EmptyState(_("Paste what the server said"), body, "message-circle-question-mark", column)

    # -- coming and going -----------------------------------------------------------------------------------------
    async def opened(self, text: str = "", stage: str = "", profile: str = "") -> None:
        """Explain ``text``; without it, the pasted text stays and waits for more."""
        if not self.provider.count():
            self._fill_providers()
        if text:
            await self._choose_provider_of(profile)
            self.set_text(text)
            self._stage, self._profile = Stage(stage) if stage in set(Stage) else None, profile
        elif self.edit.toPlainText() != self._seen:  # the person left before it was read
            self._read()
        self.edit.setFocus()

    def closed(self) -> None:
        """Nothing is read while nobody looks."""
        self._typing.stop()
        self._tasks.cancel()

    def _fill_providers(self) -> None:
        self.provider.blockSignals(True)
        self.provider.addItem(_("Not known"), "")
        for one in self._context.desk.replies.providers():
            self.provider.addItem(one.name, one.id)
        self.provider.blockSignals(False)

    async def _choose_provider_of(self, profile: str) -> None:
        known = ""
        if profile:
            try:
                known = (await self._context.desk.profiles.get(profile)).provider
            except InputError:  # the profile was removed since; the answer can be explained without it
                known = ""
        self.provider.setCurrentIndex(max(0, self.provider.findData(known)))

    def _topic(self) -> None:
        self._context.go("help", topic="what-errors-mean")

    async def _to_domain(self) -> None:
        """To the domain of the profile whose answer it is, else of one that the text fits, else of the only one."""
        rows = await self._context.desk.profiles.all()
        own = {row.profile.name: row.profile for row in rows if row.profile.provider != SANDBOX}
        senders = {name: one.identity.from_header.rpartition("@")[2].strip("> ").lower() for name, one in own.items()}
        fitting = [name for name, domain in senders.items() if domain and domain in self._seen.lower()]
        chosen = self._profile if self._profile in own else next(iter(fitting or (own if len(own) == 1 else ())), "")
        if chosen or not own:
            self._context.go("domain", profile=chosen)
        else:  # each of them leads to its own
            self._context.go("profiles")

    # -- reading --------------------------------------------------------------------------------------------------
    def set_text(self, said: str) -> None:
        """As if it had been pasted."""
        self.edit.setPlainText(said)
        self.edit.moveCursor(QTextCursor.MoveOperation.End)

    def _paste(self) -> None:
        self.edit.selectAll()
        self.edit.paste()
        self.edit.setFocus()

    def _typed(self) -> None:
        self._stage, self._profile = None, ""  # what was known about it held for the other text
        self._typing.start()

    def _read(self) -> None:
        self._typing.stop()
        self._tasks.cancel()
        self._tasks.spawn(self._explain(self.edit.toPlainText()))

    async def _explain(self, said: str) -> None:
        provider = str(self.provider.currentData() or "")
        found = await self._context.desk.replies.explain(said, provider, self._stage)
        self.found, self._seen = found, said
        self.reads += 1
        if found is not None:
            self.answer.set(found, self.provider.itemText(max(0, self.provider.findData(found.provider))))
        self.stack.setCurrentIndex(2 if found is not None else 1 if said.strip() else 0)


def _paste_field() -> QPlainTextEdit:
    edit = QPlainTextEdit()
    edit.setProperty("boxed", "true")
    edit.setFont(look.mono())
    edit.setTabChangesFocus(True)
    edit.setPlaceholderText("550 5.1.1 …")
    edit.setAccessibleName(_("The server's answer, or a whole bounce message"))
    return edit


def _unknown() -> EmptyState:
    return EmptyState(
        _("No answer of a mail server in this text yet"),
        _(
            "It has a number of three digits that begins with 4 or 5, such as 550 or 421. "
            "Paste the whole message that came back if you are not sure where it stands."
        ),
        "search",
    )


def _short(said: str) -> str:
    return said if len(said) <= 58 else said[:57] + "…"
