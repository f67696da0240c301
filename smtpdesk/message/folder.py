"""A campaign folder: campaign.toml read with a helping hand, and written without touching what it does not own."""

from __future__ import annotations

import re
import tomllib
from collections.abc import Collection, Mapping
from dataclasses import replace
from pathlib import Path
from typing import Any

import tomlkit
from tomlkit.exceptions import TOMLKitError

from smtpdesk.base.errors import InputError
from smtpdesk.base.i18n import _
from smtpdesk.domain.campaign import Campaign, RetryPlan
from smtpdesk.message import keys
from smtpdesk.message.durations import format_duration
from smtpdesk.message.errors import place
from smtpdesk.message.paths import CAMPAIGN_FILE, read_text, relative, write_atomically
from smtpdesk.message.schedule_table import schedule_table, unchanged
from smtpdesk.message.toml_words import reason

#: Taken when campaign.toml names no message file.
USUAL_HTML = ("message.html", "message.md")
USUAL_TEXT = "message.txt"

_AT = re.compile(r"\(at line (\d+), column (\d+)\)")


def load_campaign(folder: Path) -> Campaign:
    """Read ``campaign.toml`` of a campaign folder.

    When it names neither ``html`` nor ``text``, message.html or message.md, and message.txt are taken if they exist.

    Raises:
        InputError: ``campaign.missing``, ``campaign.syntax``, ``campaign.unknown-key``, ``campaign.wrong-type``,
            ``campaign.bad-duration``, ``message.outside-folder`` and those of a schedule; ``where`` holds file, line
            and, if known, column.
    """
    if not (folder / CAMPAIGN_FILE).is_file():
        raise InputError(
            "campaign.missing",
            _("There is no campaign.toml in “{folder}”.").format(folder=folder),
            _("Choose the folder of a campaign, or make a new campaign."),
        )
    source = read_text(folder, CAMPAIGN_FILE)
    table = _parse(source)
    keys.refuse_unknown(source, table, keys.ORDER)
    values: dict[str, Any] = {"name": folder.resolve().name}
    for key, value in table.items():
        values.update(_value(source, key, value))
    campaign = Campaign(**values)
    _refuse_outside(source, campaign)
    return _with_usual_files(folder, campaign)


def load_frozen(folder: Path) -> Campaign:
    """Read the copy of a campaign that a run sends.

    Raises:
        InputError: ``run.message-gone``: the copy was removed; and those of :func:`load_campaign`.
    """
    if not (folder / CAMPAIGN_FILE).is_file():
        raise InputError(
            "run.message-gone",
            _("The copy of the message that this run sends is missing from the workspace."),
            _("Stop this run and send the campaign again: whoever has this very message already is left out."),
        )
    return load_campaign(folder)


def save_campaign(folder: Path, campaign: Campaign) -> None:
    """Write ``campaign.toml``: comments, order and spelling of what did not change stay as they are.

    The file is replaced in one step, so that a crash leaves the old one or the new one.

    Raises:
        InputError: ``campaign.syntax`` when the file there cannot be read, ``message.outside-folder``.
        OSError: the folder cannot be written.
    """
    _refuse_outside("", campaign)
    path = folder / CAMPAIGN_FILE
    source = read_text(folder, CAMPAIGN_FILE) if path.is_file() else ""
    old = _parse(source)
    try:
        document = tomlkit.parse(source)
        for key, value in _as_table(campaign).items():
            _put(document, old, key, value)
        text = tomlkit.dumps(document)
    except TOMLKitError as error:
        raise InputError(
            "campaign.syntax",
            _("campaign.toml cannot be read: {reason}.").format(reason=reason(str(error))),
            _("Texts stand in quotation marks, and each setting on a line of its own."),
            CAMPAIGN_FILE,
        ) from error
    write_atomically(path, text.encode("utf-8"))


def _parse(source: str) -> dict[str, Any]:
    try:
        return tomllib.loads(source)
    except tomllib.TOMLDecodeError as error:
        found = _AT.search(str(error))
        raise InputError(
            "campaign.syntax",
            _("campaign.toml cannot be read: {reason}.").format(reason=reason(str(error))),
            _("Texts stand in quotation marks, and each setting on a line of its own."),
            f"{CAMPAIGN_FILE}:{found[1]}:{found[2]}" if found else CAMPAIGN_FILE,
        ) from error
    except (ValueError, RecursionError) as error:
        # What the parser lets through of Python: a number of thousands of digits, brackets nested a thousand deep.
        raise InputError(
            "campaign.syntax",
            _("campaign.toml cannot be read: {reason}.").format(
                reason=_("it is nested too deep or holds a huge number")
            ),
            _("Texts stand in quotation marks, and each setting on a line of its own."),
            CAMPAIGN_FILE,
        ) from error


def _value(source: str, key: str, value: Any) -> dict[str, Any]:
    if key == keys.HEADERS:
        return {"headers": keys.headers_value(source, value)}
    if key == keys.RETRY:
        return {"retry": keys.retry_value(source, value)}
    if key == keys.SCHEDULE:
        return {"schedule": keys.schedule_value(source, value)}
    if key in keys.LIST_KEYS:
        return {keys.LIST_KEYS[key]: keys.list_value(source, key, value)}
    return {keys.TEXT_KEYS[key]: keys.text_value(source, key, value)}


def _refuse_outside(source: str, campaign: Campaign) -> None:
    named = [("html", campaign.html), ("text", campaign.text)]
    if not campaign.list_name:
        named.append(("recipients", campaign.recipients))
    # A name with a template in it is looked at once it is rendered, row by row.
    named += [("attachments", name) for name in campaign.attachments if "{" not in name]
    for key, name in named:
        if name:
            relative(name, place(CAMPAIGN_FILE, keys.line_of(source, key)))


def _with_usual_files(folder: Path, campaign: Campaign) -> Campaign:
    if campaign.html or campaign.text:
        return campaign
    html = next((name for name in USUAL_HTML if (folder / name).is_file()), "")
    text = USUAL_TEXT if (folder / USUAL_TEXT).is_file() else ""
    return replace(campaign, html=html, text=text)


def _as_table(campaign: Campaign) -> dict[str, Any]:
    table: dict[str, Any] = {key: getattr(campaign, attribute) for key, attribute in keys.TEXT_KEYS.items()}
    table |= {key: list(getattr(campaign, attribute)) for key, attribute in keys.LIST_KEYS.items()}
    table[keys.HEADERS] = dict(campaign.headers)
    plan = campaign.retry
    retry = {
        "delays": [format_duration(seconds) for seconds in plan.delays],
        "give_up_after": format_duration(plan.give_up_after),
    }
    table[keys.RETRY] = {} if plan == RetryPlan() else retry
    table[keys.SCHEDULE] = schedule_table(campaign.schedule)
    return {key: table[key] for key in keys.ORDER}


def _put(document: tomlkit.TOMLDocument, old: Mapping[str, Any], key: str, value: Any) -> None:
    """Change one setting, but only where what the file means changes."""
    keep: set[str] = set()
    if key == keys.HEADERS:
        before: Any = keys.headers_value("", old.get(key, {}))
    elif key == keys.RETRY:
        same = keys.retry_value("", old.get(key, {})) == keys.retry_value("", value)
        before = value if same else None
    elif key == keys.SCHEDULE:
        found, wanted = keys.schedule_value("", old.get(key, {})), keys.schedule_value("", value)
        before, keep = value if found == wanted else None, unchanged(found, wanted)
    elif key in keys.LIST_KEYS:
        before = list(keys.list_value("", key, old.get(key, [])))
    else:
        before = old.get(key, "")
    if before == value:
        return
    if not value:
        document.remove(key)
    elif isinstance(value, dict):
        _put_table(document, key, value, keep)
    else:
        document[key] = value


def _put_table(document: tomlkit.TOMLDocument, key: str, value: Mapping[str, Any], keep: Collection[str]) -> None:
    """Write a section; what it says under the names to keep means the same already."""
    if key not in document:
        document[key] = tomlkit.table()
    section: Any = document[key]
    for name in [name for name in section if name not in value]:
        del section[name]
    for name, content in value.items():
        if name not in section or (name not in keep and str(section[name]) != str(content)):
            section[name] = content
