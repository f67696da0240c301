"""Writing the message: the editor, the preview in all its views, and a template with a slip in it."""

from __future__ import annotations

from smtpdesk.desktop.pages.campaign.page import Page
from smtpdesk.desktop.preview.message_preview import FILES, HEADERS, SOURCE, TEXT
from tests.desktop import hands
from tests.desktop.screens_data import CAMPAIGN, CUSTOMERS, RELAY, with_lists, with_profiles
from tests.desktop.screens_stage import FIRST_PAGE, WIDE, Stage, scene


async def sample(stage: Stage, step: str = "message") -> Page:
    """The sample campaign, at a step."""
    folder = await stage.desk.campaigns.create_sample()
    page = await stage.show("campaign", Page, folder=folder, step=step)
    if step == "message":
        await stage.until(lambda: page.message.preview.view.back() is not None, "the preview")
        await stage.until(page.message.preview.view.mail.isVisible, "the preview", FIRST_PAGE)
    return page


@scene("campaign-message-1-starters")
async def starters(stage: Stage) -> None:
    await with_lists(stage.desk, stage.folder)
    await with_profiles(stage.desk)
    folder = await stage.desk.campaigns.create(CAMPAIGN, list_name=CUSTOMERS, profile=RELAY)
    page = await stage.show("campaign", Page, folder=folder, step="message")
    await stage.until(lambda: page.message.editor.starters.isVisible())


@scene("campaign-message-2-html", fresh=True)
async def html(stage: Stage) -> None:
    await sample(stage)


@scene("campaign-message-3-phone", fresh=True, sizes=(WIDE,))
async def phone(stage: Stage) -> None:
    page = await sample(stage)
    preview = page.message.preview
    before = preview.view.back()
    preview.show_index(2)
    hands.press(preview, "Phone")
    await stage.until(lambda: preview.view.back() not in (None, before), "another person's message")


@scene("campaign-message-4-text", sizes=(WIDE,))
async def text(stage: Stage) -> None:
    (await sample(stage)).message.preview.view.show_tab(TEXT)


@scene("campaign-message-5-headers")
async def headers(stage: Stage) -> None:
    (await sample(stage)).message.preview.view.show_tab(HEADERS)


@scene("campaign-message-6-source", sizes=(WIDE,))
async def source(stage: Stage) -> None:
    (await sample(stage)).message.preview.view.show_tab(SOURCE)


@scene("campaign-message-7-attachments", sizes=(WIDE,))
async def attachments(stage: Stage) -> None:
    (await sample(stage)).message.preview.view.show_tab(FILES)


@scene("campaign-message-8-more-lines", fresh=True, sizes=(WIDE,), modes=("light",))
async def more_lines(stage: Stage) -> None:
    (await sample(stage)).message.editor.envelope.show_more(True)


@scene("campaign-message-9-own-text", sizes=(WIDE,), fresh=True)
async def own_text(stage: Stage) -> None:
    page = await sample(stage)
    hands.press(page.message.editor, "Plain text")


@scene("campaign-message-a-slip")
async def slip(stage: Stage) -> None:
    page = await sample(stage)
    editor = page.message.editor.editor
    editor.setPlainText(editor.toPlainText().replace("{{ favourite", "{{ favorite", 1))
    await stage.until(page.message.preview.view.problem.isVisible, "the problem")


@scene("campaign-message-b-search", sizes=(WIDE,))
async def search(stage: Stage) -> None:
    page = await sample(stage)
    page.message.preview.picker.open_search()
    stage.subject = await stage.until(lambda: page.message.preview.picker.popup, "the search")


@scene("campaign-message-c-conflict", sizes=(WIDE,), modes=("light",), fresh=True)
async def conflict(stage: Stage) -> None:
    page = await sample(stage)
    draft = page.editing.draft
    (draft.folder / draft.campaign.html).write_text("<p>Written elsewhere</p>", "utf-8")
    hands.fill(page.message.editor, "Subject", "Written here")
    await stage.until(page.message.conflict.isVisible, "the conflict")  # as soon as the change is saved by itself


mirrored = html.mirrored()
