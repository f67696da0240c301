"""A campaign on screen, for the tests of its steps."""

from __future__ import annotations

from pathlib import Path

from smtpdesk.desk import Desk
from smtpdesk.desktop.pages.campaign.page import Page
from smtpdesk.desktop.shell.window import MainWindow
from smtpdesk.recipients import Pasted
from tests.desktop.conftest import QtLoop

PEOPLE = (
    "email,first_name,last_name,shop\nmarta@example.com,Marta,Lindqvist,Harbour Street\n"
    "jude@example.com,Jude,Okafor,Mill Lane\ninês@@example,Inês,Duarte,Mill Lane\ntom@example.com,Tom,Greenfinch,\n"
)
HTML = "<h1>Hello {{ first_name }}</h1>\n<p>See you at {{ shop }}.</p>\n"


def make(qloop: QtLoop, desk: Desk, html: str = HTML, subject: str = "For {{ first_name }}", **edits: object) -> Path:
    """A campaign for three people and one row that is set aside; ``edits`` go into campaign.toml."""
    from dataclasses import replace

    qloop.run(desk.lists.import_list(Pasted(PEOPLE), "Customers"))
    folder = qloop.run(desk.campaigns.create("Autumn", list_name="Customers"))
    draft = qloop.run(desk.campaigns.load(folder))
    campaign = replace(draft.campaign, subject=subject, from_header="Ana <ana@example.com>", **edits)  # type: ignore[arg-type]
    qloop.run(desk.campaigns.save(replace(draft, campaign=campaign, html=html)))
    return folder


def show(qloop: QtLoop, window: MainWindow, folder: Path, step: str = "message") -> Page:
    """Open the campaign in the window and wait until its people are read."""
    window.go("campaign", folder=folder, step=step)
    qloop.until(lambda: isinstance(window.page("campaign"), Page) and window.current() == "campaign")
    page = window.page("campaign")
    assert isinstance(page, Page)
    qloop.until(lambda: page._pages.currentIndex() != 0 and page.editing.is_open(), "it is open")
    qloop.until(lambda: page.editing.draft.folder == folder and page.editing.people is not None, "people are read")
    qloop.until(lambda: page.step() == {"recipients": 0, "message": 1, "check": 2, "send": 3}[step], "the step")
    qloop.settle()
    return page


def rendered(qloop: QtLoop, page: Page) -> None:
    """Wait until the preview shows what is written."""
    preview = page.message.preview
    qloop.until(lambda: not preview._busy and not preview._timer.isActive(), "the preview is up to date")
