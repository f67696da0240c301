"""``smtpdesk profile test``: the steps of a test, why it failed and what mends it, as words or JSON lines."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path
from typing import Annotated

import typer
from rich.table import Table

from smtpdesk.base.i18n import _
from smtpdesk.cli.console import foreign
from smtpdesk.cli.options import JsonOption, WorkspaceOption
from smtpdesk.cli.profile_editing import NameArgument
from smtpdesk.cli.profile_json import diagnosis_dict, extensions_dict, mend_dict, step_dict, tried_dict
from smtpdesk.cli.running import notes, on_desk, output, say_json
from smtpdesk.desk import Desk
from smtpdesk.desk.diagnosis import Diagnosis, Mend
from smtpdesk.desk.fix_trail import FixTrail
from smtpdesk.desk.mends import command, security_words
from smtpdesk.domain.profile import Profile
from smtpdesk.smtp.probe import ProbeStep
from smtpdesk.smtp.step_words import step_title
from smtpdesk.smtp.survey import Tried

#: Columns of the longest name of a step.
_NAME = 26
_MARKS = {"ok": "[green]✓[/]", "warn": "[yellow]![/]", "failed": "[red]✗[/]", "skipped": "[dim]·[/]"}


def test(
    name: NameArgument,
    to: Annotated[
        str, typer.Option(metavar="ADDRESS", help="Send one real message there, at the end of the test.")
    ] = "",
    transcript: Annotated[
        Path | None,
        typer.Option(
            metavar="FILE", help="Show the dialogue and write it to this file (-: only show it); secrets are masked."
        ),
    ] = None,
    mend: Annotated[
        bool, typer.Option("--mend", help="When it fails and can be mended: change the profile and test again.")
    ] = False,
    yes: Annotated[
        bool, typer.Option("--yes", help="With --mend: also trust a certificate or a name that you have compared.")
    ] = False,
    try_everything: Annotated[
        bool, typer.Option("--try-everything", help="Try the likely ports and encryptions, recommend the safest.")
    ] = False,
    as_json: JsonOption = False,
    workspace: WorkspaceOption = None,
) -> None:
    """Connect, greet, secure, sign in, try sender and recipient; sends nothing without --to.

    The dialogue is shown when it fails, or with --transcript.
    """

    async def work(desk: Desk) -> int:
        profile = await desk.profiles.get(name)
        if try_everything:
            return await _try_everything(desk, profile, mend=mend, as_json=as_json)
        shown = _Shown(as_json, transcript)
        found = await shown.run(desk, profile, to)
        if found is not None and mend:
            found = await _fix(desk, profile, found, shown, to, yes=yes)
        if as_json:
            stage = found.step if found else ""
            say_json({"event": "done", "profile": name, "ok": found is None, "stage": stage, "sent": shown.sent})
        elif found is None:
            sent = _("One message was sent.") if shown.sent else _("Nothing was sent.")
            notes.print("[green]✓[/] " + _("This profile works.") + " " + sent)
        return 0 if found is None else 4

    on_desk(workspace, work, as_json=as_json)


async def _fix(
    desk: Desk, profile: Profile, found: Diagnosis | None, shown: _Shown, to: str, *, yes: bool
) -> Diagnosis | None:
    """Try one fix after the other; the profile is changed only when it works in the end."""
    name, trail = profile.name, FixTrail()
    fix = desk.profiles.next_fix(trail, profile, found)
    while fix is not None and (yes or not fix.risky):
        notes.print("[yellow]→[/] " + foreign(_("{what}: it is tried.").format(what=fix.label)))
        profile, last = trail.take(profile, fix), fix
        found = await shown.run(desk, profile, to, trusted_host=profile.relay.host)
        fix = desk.profiles.next_fix(trail, profile, found)
        if found is None:
            await _apply(desk, name, last)
            await desk.profiles.remember_test(profile, shown.steps)
    if fix is not None:
        notes.print(_("Add --yes once you have compared it."))
    if found is not None and trail.before is not None:
        notes.print(_("That did not help, so the profile is as it was."))
    return found


async def _apply(desk: Desk, name: str, mend: Mend) -> Profile:
    # Its host is the provider's own, or one that the person has compared.
    await desk.profiles.save(mend.profile, was=name, trusted_host=mend.profile.relay.host)
    notes.print("[yellow]→[/] " + foreign(_("{what}: the profile is changed.").format(what=mend.label)))
    return mend.profile


class _Shown:
    """Tests, shown as they go."""

    def __init__(self, as_json: bool, transcript: Path | None) -> None:
        self._as_json, self._file = as_json, transcript
        self._lines: list[str] = []
        self._explained = False
        self.sent = False
        #: Of the last test.
        self.steps: list[ProbeStep] = []

    async def run(self, desk: Desk, profile: Profile, to: str, *, trusted_host: str = "") -> Diagnosis | None:
        """One test; returns why it failed, None when it did not. ``trusted_host`` may have the stored secret."""
        self.steps = steps = []
        try:
            async for step in desk.profiles.test(profile, to=to, send=bool(to), trusted_host=trusted_host):
                steps.append(step)
                self._lines += map(str, step.lines)
                if self._as_json:
                    say_json(step_dict(step))
                else:
                    _show_step(step, dialogue=self._file is not None)
        finally:
            if self._file is not None and str(self._file) != "-":
                self._file.write_text("".join(f"{line}\n" for line in self._lines), encoding="utf-8")
        self.sent = any(step.step == "message" and step.state == "ok" for step in steps)
        found, offer = desk.profiles.diagnose(profile, steps), desk.profiles.offer(profile, steps)
        offered = next((step for step in reversed(steps) if step.extensions), None)
        if self._as_json:
            if offered is not None:
                say_json(extensions_dict(offered, offer, profile))
            if found is not None:
                say_json(diagnosis_dict(found, profile))
            return found
        self._tell(profile, offered, offer)
        if found is not None:
            if self._file is None:
                _show_dialogue(steps)
            _show_diagnosis(found)
        return found

    def _tell(self, profile: Profile, offered: ProbeStep | None, offer: Mend | None) -> None:
        """What the server offers, once for all tests of a command, and the limits that it states."""
        if offered is not None and not self._explained:
            self._explained = True
            _show_extensions(offered)
        if offer is not None:
            words = _("{why} To keep to it: {command}")
            line = words.format(why=offer.why, command=command(profile.name, offer, profile))
            output.print(f"  [cyan]i[/] {foreign(line)}")


def _show_step(step: ProbeStep, *, dialogue: bool) -> None:
    name = step_title(step.step)
    if step.state == "skipped":
        output.print(f"{_MARKS['skipped']} [dim]{foreign(name)} {foreign(step.detail)}[/]".rstrip())
        return
    output.print(
        f"{_MARKS[step.state]} {foreign(name):{_NAME}} {foreign(step.detail)} [dim]{step.seconds * 1000:,.0f} ms[/]"
    )
    for one in step.tried if len(step.tried) > 1 else ():
        words = _("connected") if one.ok else _("given up") if one.abandoned else one.reason
        output.print(f"    [dim]{foreign(one.address)}: {foreign(words)} {one.seconds * 1000:,.0f} ms[/]")
    if dialogue:
        for line in step.lines:
            output.print(f"    [dim]{foreign(str(line))}[/]")


def _show_dialogue(steps: Sequence[ProbeStep]) -> None:
    lines = [line for step in steps for line in step.lines]
    if lines:
        output.print(_("The dialogue:"))
    for line in lines:
        output.print(f"    [dim]{foreign(str(line))}[/]")


def _show_extensions(step: ProbeStep) -> None:
    table = Table(box=None, show_header=False, pad_edge=False)
    for one in step.extensions:
        table.add_row(f"  {foreign(one.keyword)}", foreign(one.sentence))
    output.print(table)


def _show_diagnosis(found: Diagnosis) -> None:
    output.print(f"[bold red]{foreign(found.title)}[/] [dim]({foreign(found.cause)})[/]")
    for line in (found.explanation, found.evidence):
        if line:
            output.print(f"  {foreign(line)}")
    output.print(f"  [bold]{foreign(found.advice)}[/]")
    if found.mend is not None:
        words = _("Mend: {what}. {why} (--mend does it and tests again)")
        output.print("  " + foreign(words.format(what=found.mend.label, why=found.mend.why)))


async def _try_everything(desk: Desk, profile: Profile, *, mend: bool, as_json: bool) -> int:
    tried: list[Tried] = []
    async for one in desk.profiles.try_everything(profile):
        tried.append(one)
        if as_json:
            say_json(tried_dict(one))
    found = await desk.profiles.recommend(profile, tried)
    if as_json:
        best = tried_dict(found.tried) if found.tried else None
        change = mend_dict(found.mend, profile) if found.mend else None
        say_json({"event": "done", "profile": profile.name, "ok": found.tried is not None, "best": best,
                  "mend": change, "sentence": found.sentence})  # fmt: skip
    else:
        tried.sort(key=lambda one: (not one.ok, one.relay.host, one.relay.port))
        table = Table(_("Server"), _("Port"), _("Encryption"), "", _("What it said"), box=None, header_style="bold")
        for one in tried:
            table.add_row(
                *(foreign(one.relay.host), str(one.relay.port), security_words(one.relay.security)),
                *(_MARKS["ok" if one.ok else "failed"], foreign(one.detail)),
            )
        output.print(table)
        output.print(f"[bold]{foreign(found.sentence)}[/]")
    works = found.tried is not None and (found.step is None or found.step.state != "failed")
    if mend and works and found.mend is not None:
        await _apply(desk, profile.name, found.mend)
    return 0 if works else 4
