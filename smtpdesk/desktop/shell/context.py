"""What a page is, and what the window lends it.

A page is a package ``smtpdesk/desktop/pages/<name>/`` whose ``page.py`` holds::

    PAGE = PageInfo(id="lists", title=lambda: _("Lists"), icon="table", order=20)

    class Page(QWidget):
        def __init__(self, context: AppContext) -> None: ...      # builds its widgets; nothing slow, no awaiting

        async def opened(self, **args: Any) -> None: ...          # optional; each time it comes on show
        async def may_leave(self) -> bool: ...                    # optional; ask about unsaved changes; False stays
        def closed(self) -> None: ...                             # optional; each time it goes off show, and at the end

The window finds pages by walking the folder; there is no list to edit. A page is made when it is first shown and
kept. ``opened`` runs as a task: when the person leaves the page before it ended, it is cancelled. A
:class:`DeskError` that escapes from it becomes a toast; anything else goes to the log and is told in a calm sentence.

A page may have ``follower`` with ``follow(run_id)``: at its start the window hands it the runs that are being sent
already. For its own background work a page keeps a :class:`~smtpdesk.desktop.components.Tasks` and cancels it in
``closed``.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, Protocol

from PySide6.QtWidgets import QWidget

if TYPE_CHECKING:
    from smtpdesk.desk import Desk
    from smtpdesk.desktop.theme import Theme

#: Words on a toast's button and what it does.
Action = tuple[str, Callable[[], object]]


@dataclass(frozen=True, slots=True)
class PageInfo:
    """How a page stands in the rail.

    Attributes:
        id: stable, what ``context.go(id)`` takes.
        title: called at run time, so that it comes in the person's language.
        icon: a Lucide name.
        order: from top to bottom; Ctrl+1, Ctrl+2 … follow it.
        in_rail: False for pages reached only from others (one campaign, one run).
        bottom: stands at the foot of the rail.
        under: the page whose entry in the rail is marked while a page outside the rail is on show.
    """

    id: str
    title: Callable[[], str]
    icon: str
    order: int = 50
    in_rail: bool = True
    bottom: bool = False
    under: str = ""


@dataclass(frozen=True, slots=True)
class Sending:
    """The card at the foot of the rail.

    Attributes:
        name: the campaign's name. ``share``: 0 to 1. ``left``: words such as "24 min left" or "Paused".
        run_id: what a click hands to the activity page: ``go("sending", run_id=…)``.
        color: token of its bar; "accent" while sending, "warnFill" when paused, "badFill" when stuck.
    """

    name: str
    share: float
    left: str
    run_id: str = ""
    color: str = "accent"


class Window(Protocol):
    """The part of the main window that pages reach through the context."""

    def go(self, page: str, **args: Any) -> None:
        """See :meth:`AppContext.go`."""

    def toast(self, sentence: str, action: Action | None = None, tone: str = "ok") -> None:
        """See :meth:`AppContext.toast`."""

    def set_sending(self, sending: Sending | None) -> None:
        """See :meth:`AppContext.set_sending`."""

    def set_count(self, page: str, count: int | None) -> None:
        """See :meth:`AppContext.set_count`."""

    def widget(self) -> QWidget:
        """The window itself, as parent of dialogs."""


@dataclass(frozen=True, slots=True)
class AppContext:
    """Handed to every page.

    Attributes:
        desk: what a person can do; all coroutines.
        theme: the look; pages rarely need more than the components.
        shell: the window behind the methods below.
    """

    desk: Desk
    theme: Theme
    shell: Window

    def go(self, page: str, **args: Any) -> None:
        """Show another page and hand ``args`` to its ``opened``. The present page may refuse (``may_leave``)."""
        self.shell.go(page, **args)

    def toast(self, sentence: str, action: Action | None = None, tone: str = "ok") -> None:
        """A note at the bottom of the sheet for six seconds; ``tone`` ok or bad."""
        self.shell.toast(sentence, action, tone)

    def set_sending(self, sending: Sending | None) -> None:
        """Show, change or (None) hide the card of what is being sent."""
        self.shell.set_sending(sending)

    def set_count(self, page: str, count: int | None) -> None:
        """The quiet number at a page's entry in the rail."""
        self.shell.set_count(page, count)

    @property
    def window(self) -> QWidget:
        """The main window, as parent of dialogs."""
        return self.shell.widget()
