"""``smtpdesk explain``: what a server's reply, a line of a bounce or a whole bounce means. Needs no workspace."""

from __future__ import annotations

import sys
from typing import Annotated, Any

import typer

from smtpdesk.base.errors import InputError
from smtpdesk.base.i18n import _
from smtpdesk.cli.console import foreign
from smtpdesk.cli.options import JsonOption
from smtpdesk.cli.running import finish, guarded, output, say_json
from smtpdesk.desk.replies import Explained, again_words, explain_text, fault_words, misleading_words, stage_words
from smtpdesk.domain.delivery import OutcomeKind, Stage
from smtpdesk.providers import provider as provider_of
from smtpdesk.smtp.find_reply import LONGEST

#: What looks at a sending domain; a profile's name or the domain stands for the last word.
_DOMAIN = "smtpdesk domain PROFILE"
_COLOURS = {
    OutcomeKind.ACCEPTED: "green",
    OutcomeKind.DEFERRED: "yellow",
    OutcomeKind.REJECTED: "red",
    OutcomeKind.UNCERTAIN: "magenta",
}


def register(app: typer.Typer) -> None:
    """Add the command."""
    app.command("explain", epilog='Example: smtpdesk explain "550 5.7.26 This mail is unauthenticated"')(explain)


def explain(
    words: Annotated[
        list[str] | None,
        typer.Argument(metavar="[REPLY]", help="A reply, or a line with one in it. Standard input when left out."),
    ] = None,
    provider: Annotated[
        str, typer.Option("--provider", metavar="ID", help="The provider that said it (see provider list).")
    ] = "",
    stage: Annotated[
        Stage | None, typer.Option("--stage", help="Where it was said. Default: what the text tells.")
    ] = None,
    as_json: JsonOption = False,
) -> None:
    """What an error of a mail server means: what happened, whose fault it is, what to do."""

    async def work() -> int:
        if provider:
            provider_of(provider)
        text = " ".join(words) if words else sys.stdin.read(LONGEST)
        found = explain_text(text, provider, stage)
        if found is None:
            raise InputError(
                "explain.nothing",
                _("There is no reply of a mail server in this text."),
                _("Give the line that begins with a number such as 550 or 421, or the whole bounce message."),
            )
        if as_json:
            say_json(_as_json(found))
        else:
            _people(found)
        return 0

    finish(guarded(work, as_json=as_json))


def _people(found: Explained) -> None:
    meaning = found.meaning
    output.print(f"[bold {_COLOURS[meaning.kind]}]{foreign(meaning.title)}[/]")
    output.print(foreign(meaning.explanation))
    if meaning.advice:
        output.print(foreign(meaning.advice))
    if found.misleading:
        output.print(f"[dim]{foreign(misleading_words(found))}[/]")
    output.print()
    where = (
        stage_words(found.stage) if found.stage_known else _("{stage} (assumed)").format(stage=stage_words(found.stage))
    )
    facts = [
        (_("Whose fault"), fault_words(meaning.blame)),
        (_("Tried again"), again_words(found)),
        (_("It came"), where),
        (_("Provider"), provider_of(found.provider).name if found.provider else ""),
        *((part.shown, part.means) for part in (*found.basic, *found.enhanced)),
        (_("Known from"), found.source),
        (_("Server's words"), " ".join(found.reply.said.split())),
        (_("Your domain"), _("{command} looks at it").format(command=_DOMAIN) if found.about_domain else ""),
    ]
    for name, value in facts:
        if value:
            output.print(f"[dim]{foreign(name):15}[/] {foreign(value)}")


def _as_json(found: Explained) -> dict[str, Any]:
    meaning = found.meaning
    return {
        "event": "explained",
        "cause": meaning.cause,
        "outcome": meaning.kind,
        "blame": meaning.blame,
        "title": meaning.title,
        "explanation": meaning.explanation,
        "advice": meaning.advice,
        "retry_after": meaning.retry_after,
        "slower": found.slower,
        "misleading": found.misleading,
        "stage": found.stage,
        "stage_known": found.stage_known,
        "provider": found.provider,
        "code": found.reply.code,
        "enhanced": found.reply.enhanced,
        "text": found.reply.text,
        "parts": [{"part": part.shown, "means": part.means} for part in (*found.basic, *found.enhanced)],
        "source": found.source,
    }
