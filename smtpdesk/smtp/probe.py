"""The test of a profile, step by step: where does it stop, why, and what did the server say?"""

from __future__ import annotations

import asyncio
import time
from collections.abc import AsyncIterator, Awaitable, Callable
from dataclasses import dataclass

import aiosmtplib

from smtpdesk.base.i18n import _
from smtpdesk.base.secret import Secret
from smtpdesk.domain.address import split_mailbox
from smtpdesk.domain.delivery import Meaning, Outcome, Reply, Stage
from smtpdesk.domain.profile import Profile, Security
from smtpdesk.smtp.failures import StageFailed, classify, failed, refused
from smtpdesk.smtp.steps import Steps, Timeouts
from smtpdesk.smtp.transcript import Transcript, TranscriptLine


@dataclass(frozen=True, slots=True)
class ProbeStep:
    """One finished step of a test.

    ``state`` is ``"ok"``, ``"failed"`` or ``"skipped"``; ``detail`` is one line for people; ``seconds`` how long it
    took; ``lines`` the part of the transcript that belongs to it. A failed step carries the meaning and the reply.
    """

    stage: Stage
    state: str
    detail: str
    seconds: float = 0.0
    meaning: Meaning | None = None
    reply: Reply | None = None
    lines: tuple[TranscriptLine, ...] = ()


def planned_stages(profile: Profile) -> list[Stage]:
    """The stages that a test of this profile goes through, in order."""
    stages = [Stage.RESOLVE, Stage.CONNECT, Stage.EHLO]
    if profile.relay.security is Security.STARTTLS:
        stages.append(Stage.STARTTLS)
    if profile.username:
        stages.append(Stage.AUTH)
    return [*stages, Stage.MAIL, Stage.RCPT]


async def probe(
    profile: Profile, secret: Secret | None, *, to: str = "", timeouts: Timeouts | None = None
) -> AsyncIterator[ProbeStep]:
    """Test a profile; yields a step as it ends. Nothing is sent: after RCPT comes RSET and QUIT.

    Args:
        profile: what to test; need not be saved.
        secret: its password.
        to: recipient to try in RCPT; the profile's own From address when empty.
        timeouts: how long to wait; a test is less patient than sending.

    After a failed step the remaining stages are yielded as skipped.
    """
    transcript = Transcript()
    steps = Steps(profile, secret, transcript, timeouts or Timeouts(15.0, 30.0, 30.0, 60.0))
    stages = planned_stages(profile)
    try:
        for index, stage in enumerate(stages):
            step = await _run(stage, _action(stage, steps, to), transcript)
            yield step
            if step.state == "failed":
                for later in stages[index + 1 :]:
                    yield ProbeStep(later, "skipped", "")
                return
    finally:
        await asyncio.shield(steps.close())


def _action(stage: Stage, steps: Steps, to: str) -> Callable[[], Awaitable[str]]:
    sender = steps.profile.identity.envelope_sender or _address(steps.profile.identity.from_header)
    plain: dict[Stage, Callable[[], Awaitable[str]]] = {
        Stage.RESOLVE: steps.resolve,
        Stage.CONNECT: steps.connect,
        Stage.EHLO: steps.ehlo,
        Stage.STARTTLS: steps.starttls,
        Stage.AUTH: steps.auth,
        Stage.MAIL: lambda: _command(steps, Stage.MAIL, f"MAIL FROM:<{sender}>"),
        Stage.RCPT: lambda: _recipient(steps, to or sender),
    }
    return plain[stage]


def _address(mailbox: str) -> str:
    return split_mailbox(mailbox)[1] if mailbox else ""


async def _recipient(steps: Steps, to: str) -> str:
    detail = await _command(steps, Stage.RCPT, f"RCPT TO:<{to}>")
    try:
        await steps.client.execute_command(b"RSET")
    except (aiosmtplib.SMTPException, OSError) as error:
        steps.transcript.noticed(str(error))
    return detail


async def _command(steps: Steps, stage: Stage, line: str) -> str:
    if "<>" in line and stage is Stage.RCPT:
        return _("No address to try; nothing was asked.")
    try:
        response = await steps.client.execute_command(line.encode())
    except (aiosmtplib.SMTPException, OSError) as error:
        raise failed(stage, classify(error)) from error
    if response.code >= 300:
        raise refused(stage, response.code, response.message, steps.profile.provider)
    return response.message


async def _run(stage: Stage, action: Callable[[], Awaitable[str]], transcript: Transcript) -> ProbeStep:
    seen = len(transcript.lines)
    began = time.monotonic()
    try:
        detail = await action()
    except StageFailed as error:
        seconds = time.monotonic() - began
        lines = transcript.since(seen)
        return ProbeStep(
            error.stage if error.stage is not Stage.GREETING else stage,
            "failed",
            error.meaning.title,
            seconds,
            error.meaning,
            _reply(error.outcome),
            lines,
        )
    return ProbeStep(
        stage, "ok", detail.splitlines()[0] if detail else "", time.monotonic() - began, lines=transcript.since(seen)
    )


def _reply(outcome: Outcome) -> Reply | None:
    return outcome.reply if outcome.reply.code or outcome.reply.text else None
