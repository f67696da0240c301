"""How the steps of a dialogue are called: the one table for tests of profiles, measurements, logs and errors."""

from __future__ import annotations

from smtpdesk.base.i18n import _
from smtpdesk.domain.delivery import Stage
from smtpdesk.smtp.probe_steps import StepKey

#: The command that a step consists of (RFC 5321 section 4.1, RFC 3207), for those who know it by that.
_COMMANDS: dict[str, str] = {
    StepKey.RESOLVE: "DNS",
    StepKey.TLS: "TLS",
    StepKey.EHLO: "EHLO",
    StepKey.STARTTLS: "STARTTLS",
    StepKey.EHLO_AGAIN: "EHLO",
    StepKey.AUTH: "AUTH",
    StepKey.MAIL: "MAIL FROM",
    StepKey.RCPT: "RCPT TO",
    StepKey.RSET: "RSET",
    StepKey.QUIT: "QUIT",
    Stage.DATA: "DATA",
}


def step_name(step: str) -> str:
    """A step of a test or a stage of the dialogue, in plain words; what it was given where nothing is known."""
    names: dict[str, str] = {
        StepKey.RESOLVE: _("Find the server"),
        StepKey.CONNECT: _("Connect"),
        StepKey.TLS: _("Encrypt"),
        StepKey.GREETING: _("Greeting"),
        StepKey.EHLO: _("Introduce ourselves"),
        StepKey.STARTTLS: _("Encrypt"),
        StepKey.CERTIFICATE: _("Certificate"),
        StepKey.EHLO_AGAIN: _("Introduce again"),
        StepKey.AUTH: _("Sign in"),
        StepKey.MAIL: _("Sender"),
        StepKey.RCPT: _("Recipient"),
        StepKey.RSET: _("Tidy up"),
        StepKey.MESSAGE: _("Message"),
        StepKey.QUIT: _("Say goodbye"),
        StepKey.AROUND: _("Other ports"),
        Stage.DATA: _("Data"),
        Stage.BODY: _("Message"),
        Stage.RENDER: _("Build"),
    }
    return names.get(step, str(step))


def step_command(step: str) -> str:
    """The protocol's word for it; "" where there is none, or where it says nothing more."""
    return _COMMANDS.get(step, "")


def step_title(step: str) -> str:
    """``Recipient (RCPT TO)``: both, where there is room."""
    name, command = step_name(step), step_command(step)
    if not command or command.casefold() == name.casefold():
        return name
    return _("{step} ({command})").format(step=name, command=command)
