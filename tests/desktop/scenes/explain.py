"""What does this error mean: nothing yet, a plain answer, misleading ones, a whole bounce, and no answer at all."""

from __future__ import annotations

from smtpdesk.desktop.pages.explain.page import Page
from tests.desktop.screens_stage import WIDE, Stage, scene

_BOUNCE = """\
This is the mail system at host mail.example.com.

I'm sorry to have to inform you that your message could not
be delivered to one or more recipients.

<ana.lindgren@example.net>: host mx1.example.net[192.0.2.9] said: 450 4.7.1
    <ana.lindgren@example.net>: Recipient address rejected: Greylisted, see
    http://postgrey.schweikert.ch/help/example.net.html (in reply to RCPT TO
    command)

Reporting-MTA: dns; mail.example.com
"""


async def _paste(stage: Stage, said: str) -> Page:
    page = await stage.show("explain", Page)
    before = page.reads
    page.set_text(said)
    await stage.until(lambda: page.reads > before, "the explanation")
    return page


@scene("explain-1-empty")
async def empty(stage: Stage) -> None:
    await stage.show("explain", Page)


@scene("explain-2-recognised")
async def recognised(stage: Stage) -> None:
    await _paste(
        stage, "550 5.1.1 <ana@example.com>: Recipient address rejected: User unknown in virtual mailbox table"
    )


@scene("explain-3-misleading")
async def misleading(stage: Stage) -> None:
    await _paste(
        stage,
        "550-5.7.26 Unauthenticated email from example.com is not accepted due to domain's\n"
        "550-5.7.26 DMARC policy. Please contact the administrator of example.com domain.\n"
        "550 5.7.26 https://support.google.com/mail/?p=DmarcRejection x12-20020a - gsmtp",
    )


@scene("explain-4-not-recognised")
async def not_recognised(stage: Stage) -> None:
    await _paste(stage, "Dear Sir or Madam,\n\nyour message could not be delivered.")


@scene("explain-5-bounce", sizes=(WIDE,))
async def bounce(stage: Stage) -> None:
    await _paste(stage, _BOUNCE)


mirrored = misleading.mirrored()
