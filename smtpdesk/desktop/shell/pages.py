"""Finding the pages and keeping them: made when first shown, told when they come and go."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any, Protocol, cast

from PySide6.QtWidgets import QWidget

from smtpdesk.base.registry import members
from smtpdesk.desktop.components import NavRail, RailItem
from smtpdesk.desktop.shell.context import AppContext, PageInfo


class PageModule(Protocol):
    """What ``page.py`` of a page package holds."""

    PAGE: PageInfo
    Page: Callable[[AppContext], QWidget]


def find_pages() -> list[PageModule]:
    """The page modules of all packages in ``smtpdesk/desktop/pages``, in the order of the rail."""
    found: list[PageModule] = []
    for package in members("smtpdesk.desktop.pages"):
        page = next((module for module in members(package.__name__) if module.__name__.endswith(".page")), None)
        if page is not None:
            found.append(cast(PageModule, page))
    return sorted(found, key=lambda module: (module.PAGE.bottom, module.PAGE.order, module.PAGE.id))


def rail_items(pages: list[PageModule]) -> list[RailItem]:
    """The entries of the rail."""
    shown = [module.PAGE for module in pages if module.PAGE.in_rail]
    return [RailItem(info.id, info.title(), info.icon, info.bottom) for info in shown]


def mark(rail: NavRail, info: PageInfo) -> None:
    """Mark a page's own entry, or that of the page it stands under."""
    rail.set_current(info.id if info.in_rail else info.under)


async def opened(page: QWidget, args: dict[str, Any]) -> None:
    """Tell a page that it is on show, if it wants to know."""
    hook = getattr(page, "opened", None)
    if hook is not None:
        await hook(**args)


async def may_leave(page: QWidget) -> bool:
    """Ask a page whether it may be left, if it wants to be asked."""
    hook = getattr(page, "may_leave", None)
    return bool(await hook()) if hook is not None else True


def closed(page: QWidget) -> None:
    """Tell a page that it went off show."""
    hook = getattr(page, "closed", None)
    if hook is not None:
        hook()
