"""The steps of a test of a profile: their names, their order, and the stage of the dialogue that each belongs to."""

from __future__ import annotations

from enum import StrEnum

from smtpdesk.domain.delivery import Stage
from smtpdesk.domain.profile import Profile, Security


class StepKey(StrEnum):
    """The steps of a test, in their order; where a stage of the dialogue comes twice, each has its own."""

    RESOLVE = "resolve"
    CONNECT = "connect"
    #: Implicit TLS, from the first byte.
    TLS = "tls"
    GREETING = "greeting"
    EHLO = "ehlo"
    STARTTLS = "starttls"
    CERTIFICATE = "certificate"
    EHLO_AGAIN = "ehlo-again"
    AUTH = "auth"
    MAIL = "mail"
    RCPT = "rcpt"
    RSET = "rset"
    #: One real message, with the person's leave.
    MESSAGE = "message"
    QUIT = "quit"
    #: After a failure: which other ports answer.
    AROUND = "around"


_STAGE = {
    StepKey.TLS: Stage.CONNECT,
    StepKey.CERTIFICATE: Stage.STARTTLS,
    StepKey.EHLO_AGAIN: Stage.EHLO,
    StepKey.RSET: Stage.RCPT,
    StepKey.MESSAGE: Stage.BODY,
    StepKey.AROUND: Stage.CONNECT,
}


def planned_steps(profile: Profile, *, message: bool = False) -> list[StepKey]:
    """The steps that a test of this profile goes through, in order; ``message``: with one real message."""
    security = profile.relay.security
    steps = [StepKey.RESOLVE, StepKey.CONNECT]
    if security is Security.TLS:
        steps += [StepKey.TLS, StepKey.CERTIFICATE]
    steps += [StepKey.GREETING, StepKey.EHLO]
    if security is Security.STARTTLS:
        steps += [StepKey.STARTTLS, StepKey.CERTIFICATE, StepKey.EHLO_AGAIN]
    if profile.username:
        steps.append(StepKey.AUTH)
    steps += [StepKey.MAIL, StepKey.RCPT, StepKey.RSET]
    return [*steps, *([StepKey.MESSAGE] if message else []), StepKey.QUIT]


def stage_of(key: StepKey) -> Stage:
    """The stage of the dialogue that a step is a part of."""
    return _STAGE.get(key) or Stage(key.value)
