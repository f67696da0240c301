"""Before the button is pressed: what is about to happen, a test, and a run that is not finished."""

from __future__ import annotations

from dataclasses import replace

from PySide6.QtWidgets import QWidget

from smtpdesk.desktop.pages.campaign.page import Page
from smtpdesk.desktop.pages.campaign.test_send import TestPanel
from smtpdesk.domain.profile import Identity, Profile, Relay, Security
from smtpdesk.domain.schedule import Schedule
from smtpdesk.domain.schedule_text import parse_start
from tests.desktop import hands
from tests.desktop.scenes.campaign_check import written
from tests.desktop.scenes.campaign_message import sample
from tests.desktop.screens_data import SENDER
from tests.desktop.screens_stage import WIDE, Stage, scene
from tests.desktop.sending_ledger import ACCEPTED, Run
from tests.servers.scripted import ScriptedServer, say

_SUBJECT = "{{ first_name }}, your seat at the autumn tasting"


async def _ready(page: Page, stage: Stage) -> None:
    await stage.until(lambda: page.send.send_button.isVisible() and page.send.send_button.isEnabled(), "the button")


@scene("campaign-send-1-ready")
async def ready(stage: Stage) -> None:
    page = await stage.show("campaign", Page, folder=await written(stage, _SUBJECT), step="send")
    await _ready(page, stage)


@scene("campaign-send-2-sandbox", sizes=(WIDE,))
async def sandbox(stage: Stage) -> None:
    await _ready(await sample(stage, "send"), stage)


async def _test(stage: Stage, server: ScriptedServer) -> None:
    """The dialog of a test, once the server has said something."""
    relay = Profile("Office mailbox", Relay("localhost", server.port, Security.NONE), Identity(SENDER))
    await stage.desk.profiles.save(relay)
    folder = await stage.desk.campaigns.create_sample()
    toml = folder / "campaign.toml"
    toml.write_text(toml.read_text("utf-8").replace('["sandbox"]', '["Office mailbox"]'), "utf-8")
    page = await stage.show("campaign", Page, folder=folder, step="send")
    await _ready(page, stage)
    page.start_test()
    dialog: QWidget = await stage.until(hands.dialog, "the dialog")
    panel = next(hands.seen(dialog, TestPanel))
    hands.fill(panel, "To", "me@northlight.example")
    hands.press(panel, "Send the test")
    await stage.until(panel.outcome.isVisible, "the outcome")
    stage.subject = dialog


@scene("campaign-send-3-test-sent", sizes=(WIDE,))
async def test_sent(stage: Stage) -> None:
    await _test(stage, stage.keep(ScriptedServer()))


@scene("campaign-send-4-test-refused", sizes=(WIDE,))
async def test_refused(stage: Stage) -> None:
    server = stage.keep(ScriptedServer())
    server.on("rcpt", say("550 5.1.1 The email account that you tried to reach does not exist."))
    await _test(stage, server)


@scene("campaign-send-5-unfinished", sizes=(WIDE,))
async def unfinished(stage: Stage) -> None:
    """An earlier version of the message was paused half-way; the send button asks what is meant."""
    folder = await written(stage, _SUBJECT)
    run = await stage.desk.sending.plan(folder)
    await stage.desk.sending.pause(run.id)
    Run(stage.store, run.id, run.profiles[0]).attempt([ACCEPTED] * 1486)
    html = folder / "message.html"
    html.write_text(html.read_text("utf-8").replace("kept", "saved"), "utf-8")
    page = await stage.show("campaign", Page, folder=folder, step="send")
    await _ready(page, stage)
    hands.click(page.send.send_button)
    stage.subject = await stage.until(hands.dialog, "the question")


@scene("campaign-send-6-later")
async def later(stage: Stage) -> None:
    """Not now: on weekdays, in the hours of an office elsewhere."""
    page = await stage.show("campaign", Page, folder=await written(stage, _SUBJECT), step="send")
    await _ready(page, stage)
    hands.press(page.send, "Later")
    fields = page.send.when.fields
    fields.timezone.setCurrentIndex(fields.timezone.findData("Europe/Berlin"))
    fields.only_hours.setChecked(True)
    for day in ("Saturday", "Sunday"):
        hands.press(fields, day)
    await _ready(page, stage)


@scene("campaign-send-7-told", sizes=(WIDE,))
async def told(stage: Stage) -> None:
    """A time was chosen earlier: a sentence tells it."""
    folder = await written(stage, _SUBJECT)
    draft = await stage.desk.campaigns.load(folder)
    start = parse_start("2040-12-03 09:00", "Europe/Berlin")
    schedule = Schedule(start, (540, 1020), (0, 1, 2, 3, 4), "Europe/Berlin")
    await stage.desk.campaigns.save(replace(draft, campaign=replace(draft.campaign, schedule=schedule)))
    await _ready(await stage.show("campaign", Page, folder=folder, step="send"), stage)


@scene("campaign-send-8-sent-before")
async def sent_before(stage: Stage) -> None:
    """The message was changed after most people had it: whom does it go to?"""
    folder = await written(stage, _SUBJECT)
    run = await stage.desk.sending.plan(folder)
    Run(stage.store, run.id, run.profiles[0]).attempt([ACCEPTED] * 1486)
    await stage.desk.sending.stop(run.id)
    html = folder / "message.html"
    html.write_text(html.read_text("utf-8").replace("kept", "saved"), "utf-8")
    page = await stage.show("campaign", Page, folder=folder, step="send")
    await _ready(page, stage)
    await stage.until(page.send.whom.isVisible, "the choice")
