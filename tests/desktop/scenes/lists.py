"""Lists: none yet, an import, the table, what was set aside, whom never to mail, and a file that cannot be read."""

from __future__ import annotations

from smtpdesk.desktop.pages.lists.page import Page
from smtpdesk.desktop.pages.lists.searching import ASIDE
from tests.desktop import hands
from tests.desktop.screens_data import CAMPAIGN, CUSTOMERS, customers, person, with_lists
from tests.desktop.screens_stage import WIDE, Stage, scene


async def _full(stage: Stage, show: str = "", never: bool = False) -> Page:
    await with_lists(stage.desk, stage.folder)
    unwanted = [person(3)[2], person(11)[2], "@company-3.example"]
    await stage.desk.lists.suppress(unwanted[:1], "Asked us to stop", "Newsletter 10/2026")
    await stage.desk.lists.suppress(unwanted[1:2], f"Rejected while sending “{CAMPAIGN}”", "c0ffee01-1")
    await stage.desk.lists.suppress(unwanted[2:], "The company has closed")
    page = await stage.show("lists", Page, name=CUSTOMERS, show=show, never=never)
    await stage.until(lambda: never or page.table.model.rowCount() > 0, "the rows")
    return page


@scene("lists-1-empty")
async def empty(stage: Stage) -> None:
    await stage.show("lists", Page)


@scene("lists-2-import")
async def preview(stage: Stage) -> None:
    page = await stage.show("lists", Page, file=customers(stage.folder / f"{CUSTOMERS}.csv"))
    await stage.until(page.panel.import_button.isEnabled, "the first rows")


@scene("lists-3-import-again", sizes=(WIDE,))
async def again(stage: Stage) -> None:
    await with_lists(stage.desk, stage.folder)
    page = await stage.show("lists", Page, file=stage.folder / "Wholesale.csv")
    await stage.until(page.panel.import_button.isEnabled, "the first rows")


@scene("lists-4-table")
async def table(stage: Stage) -> None:
    await _full(stage)


@scene("lists-5-set-aside")
async def set_aside(stage: Stage) -> None:
    page = await _full(stage, show=ASIDE)
    await stage.until(lambda: page.table.query().filter == ASIDE)


@scene("lists-6-nothing-found", sizes=(WIDE,))
async def nothing(stage: Stage) -> None:
    page = await _full(stage)
    page.table.search.setText("zzz")
    await stage.until(lambda: "zzz" in hands.words(page.table))


@scene("lists-7-never-mail")
async def never(stage: Stage) -> None:
    await _full(stage, never=True)


@scene("lists-9-never-mail-import")
async def never_import(stage: Stage) -> None:
    """Some rows of the file named nobody."""
    file = stage.folder / "unsubscribed.csv"
    file.write_text("Email\nana@example.com\n" + "nobody\nsee other sheet\n" * 4, encoding="utf-8")
    page = await _full(stage, never=True)
    await page.never.import_file(file)


@scene("lists-8-never-mail-empty", sizes=(WIDE,))
async def never_empty(stage: Stage) -> None:
    await stage.show("lists", Page, never=True)


@scene("lists-9-unreadable")
async def unreadable(stage: Stage) -> None:
    broken = stage.folder / "Customers of the old shop.xlsx"
    broken.write_bytes(b"PK\x03\x04 this was a workbook once")
    page = await stage.show("lists", Page, file=broken)
    await stage.until(page.panel.error.isVisible, "the reason")


mirrored = table.mirrored()
