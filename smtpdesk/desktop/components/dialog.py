"""Dialogs that never block: awaited, never ``exec()`` (that would kill every other coroutine of the window).

::

    if await confirm(self, _("Remove “{name}”?").format(name=name), _("…"), _("Remove"), danger=True):
        ...
    name = await ask_text(self, _("New list"), _("Name"), "customers")       # None when cancelled
    picked = await choose(self, title, body, [("pause", _("Pause and close")), ("keep", _("Keep sending"))])
"""

from __future__ import annotations

import asyncio
from collections.abc import Callable, Sequence

from PySide6.QtCore import Qt
from PySide6.QtWidgets import QDialog, QLineEdit, QWidget

from smtpdesk.base.i18n import _
from smtpdesk.desktop.components.buttons import Button, button
from smtpdesk.desktop.components.field import Field
from smtpdesk.desktop.components.layout import hbox, rule, vbox
from smtpdesk.desktop.components.plain import set_title
from smtpdesk.desktop.components.text import text
from smtpdesk.desktop.theme import FocusRing


class Dialog(QDialog):
    """A window-modal dialog around any content.

    ``Dialog(parent, title, content, width=520)``, then ``add_button(label, result, kind)``; the result of
    ``await dialog.answer()`` is the pressed button's ``result``, or None for Escape and the close box.
    """

    def __init__(self, parent: QWidget, title: str, content: QWidget, width: int = 460) -> None:
        super().__init__(parent.window())
        set_title(self, title)
        self.setWindowModality(Qt.WindowModality.WindowModal)
        self.setMinimumWidth(width)
        self._result: object | None = None
        self._future: asyncio.Future[object | None] | None = None
        self.content = content
        self._buttons = hbox(None, gap=8, margins=(24, 12, 24, 14))
        head = vbox(text(title, "section", wrap=True), content, gap=8, margins=(24, 20, 24, 18))
        column = vbox((head, 1), rule(), self._buttons, gap=0)
        self.setLayout(column)
        self._ring = FocusRing(self)
        self.finished.connect(self._finish)

    def add_button(self, label: str, result: object, kind: str = "", check: Callable[[], bool] | None = None) -> Button:
        """Put a button at the end. ``check`` may refuse by returning False (after showing what is wrong)."""

        def press() -> None:
            if check is None or check():
                self.finish(result)

        made = button(label, kind, clicked=press)
        made.setDefault(kind == "primary")
        self._buttons.addWidget(made)
        return made

    def finish(self, result: object) -> None:
        """Close with a result."""
        self._result = result
        self.accept()

    async def answer(self) -> object | None:
        """Open, and wait for the person. A cancelled task closes the dialog."""
        self._future = asyncio.get_running_loop().create_future()
        self.open()
        try:
            return await self._future
        finally:
            if self._future.cancelled():
                self.close()
            self.deleteLater()  # not on close: the caller still reads the fields

    def _finish(self, _code: int) -> None:
        if self._future is not None and not self._future.done():
            self._future.set_result(self._result)

    def focusNextPrevChild(self, forward: bool) -> bool:
        """Tab was pressed: buttons show their focus from here on."""
        self._ring.tabbed()
        return super().focusNextPrevChild(forward)


async def choose(
    parent: QWidget, title: str, body: str, options: Sequence[tuple[str, str]], primary: str = "", danger: str = ""
) -> str | None:
    """Let the person pick one of (key, label); None when they close the dialog. The first button comes first."""
    words = text(body, "body", "2", wrap=True)
    words.setMinimumWidth(412)
    dialog = Dialog(parent, title, words)
    words.setMinimumHeight(words.heightForWidth(412))
    for key, label in options:
        kind = "primary" if key == primary else "danger" if key == danger else ""
        made = dialog.add_button(label, key, kind)
        if key == primary:
            made.setFocus()
    answer = await dialog.answer()
    return str(answer) if answer is not None else None


async def confirm(parent: QWidget, title: str, body: str, yes: str, no: str = "", danger: bool = False) -> bool:
    """Ask before a deed that ``yes`` names ("Remove"); Escape means no; so does Enter when it is dangerous."""
    options = [("no", no or _("Cancel")), ("yes", yes)]
    picked = await choose(parent, title, body, options, "" if danger else "yes", "yes" if danger else "")
    return picked == "yes"


async def ask_text(
    parent: QWidget,
    title: str,
    label: str,
    value: str = "",
    yes: str = "",
    check: Callable[[str], str] | None = None,
    help: str = "",
) -> str | None:
    """Ask for one line. ``check(text)`` returns a sentence when it will not do, "" when it will."""
    line = QLineEdit(value)
    line.selectAll()
    field = Field(label, line, help)
    dialog = Dialog(parent, title, field)

    def acceptable() -> bool:
        words = line.text().strip()
        problem = check(words) if check else ("" if words else _("Type something here."))
        field.set_error(problem)
        return not problem

    dialog.add_button(_("Cancel"), None)
    done = dialog.add_button(yes or _("OK"), True, "primary", acceptable)
    line.returnPressed.connect(done.click)
    line.setFocus()
    return line.text().strip() if await dialog.answer() else None
