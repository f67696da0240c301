"""The keys of campaign.toml: what each is called, what it may hold, and where a problem with it stands."""

from __future__ import annotations

import difflib
import re
from collections.abc import Iterable, Mapping
from datetime import date
from typing import Any

from smtpdesk.base.errors import InputError
from smtpdesk.base.i18n import _
from smtpdesk.domain.campaign import RetryPlan
from smtpdesk.domain.schedule import Schedule
from smtpdesk.message.durations import parse_duration
from smtpdesk.message.errors import place
from smtpdesk.message.paths import CAMPAIGN_FILE
from smtpdesk.message.schedule_table import KEYS, read_schedule

#: Key in the file -> attribute of :class:`~smtpdesk.domain.campaign.Campaign`; one sentence or file name each.
TEXT_KEYS = {
    "name": "name",
    "from": "from_header",
    "reply_to": "reply_to",
    "to_name": "to_name",
    "subject": "subject",
    "recipients": "recipients",
    "sheet": "sheet",
    "address_column": "address_column",
    "html": "html",
    "text": "text",
    "unsubscribe": "unsubscribe",
}
#: Keys that hold a list of texts.
LIST_KEYS = {"profiles": "profiles", "attachments": "attachments"}
HEADERS = "headers"
RETRY = "retry"
SCHEDULE = "schedule"
#: The order in which a new file is written.
ORDER = (
    "name", "profiles", "from", "reply_to", "to_name", "subject", "recipients", "sheet", "address_column",
    "html", "text", "attachments", "unsubscribe", HEADERS, RETRY,
    SCHEDULE,
)  # fmt: skip
RETRY_KEYS = ("delays", "give_up_after")


def line_of(source: str, key: str, table: str = "") -> int:
    """The 1-based line where a key or ``[table]`` stands in the source, 0 when it is not found."""
    inside = ""
    quoted = rf"""["']?{re.escape(key)}["']?"""
    for number, line in enumerate(source.splitlines(), 1):
        name, closed, _rest = line.strip().removeprefix("[").partition("]")
        if line.lstrip().startswith("[") and closed and name.strip() and "[" not in name:
            inside = name.strip().strip("\"'")
            if not table and inside == key:
                return number
        elif inside == table and re.match(rf"\s*{quoted}\s*[=.]", line):
            return number
    return 0


def refuse_unknown(source: str, found: Iterable[str], known: Iterable[str], table: str = "") -> None:
    """Stop at a key that nothing reads: a typing mistake would otherwise be silently ignored.

    Raises:
        InputError: ``campaign.unknown-key`` with the line and the nearest known key.
    """
    choices = list(known)
    for key in found:
        if key in choices:
            continue
        near = difflib.get_close_matches(key.lower().replace("-", "_"), choices, 1, 0.6)
        hint = _("Did you mean “{name}”?").format(name=near[0]) if near else _known_keys(choices)
        raise InputError(
            "campaign.unknown-key",
            _("“{key}” is not a setting of a campaign.").format(key=f"{table}.{key}" if table else key),
            hint,
            place(CAMPAIGN_FILE, line_of(source, key, table)),
        )


def _known_keys(choices: list[str]) -> str:
    return _("The settings are: {names}.").format(names=", ".join(choices))


def text_value(source: str, key: str, value: Any, table: str = "") -> str:
    """A value that must be one text.

    Raises:
        InputError: ``campaign.wrong-type``.
    """
    if not isinstance(value, str):
        raise _wrong(source, key, table, _("It must be one text in quotation marks."))
    return value


def list_value(source: str, key: str, value: Any, table: str = "") -> tuple[str, ...]:
    """A value that must be a list of texts; a single text stands for a list of one.

    Raises:
        InputError: ``campaign.wrong-type``.
    """
    if isinstance(value, str):
        return (value,)
    if not isinstance(value, list) or not all(isinstance(item, str) for item in value):
        raise _wrong(source, key, table, _('It must be a list of texts, for example ["one", "two"].'))
    return tuple(value)


def table_value(source: str, key: str, value: Any) -> Mapping[str, Any]:
    """A value that must be a table, ``[key]``.

    Raises:
        InputError: ``campaign.wrong-type``.
    """
    if not isinstance(value, Mapping):
        raise _wrong(source, key, "", _("It must be a section of its own, [{key}].").format(key=key))
    return value


def headers_value(source: str, value: Any) -> dict[str, str]:
    """The ``[headers]`` table; numbers and true/false are taken as they are written.

    Raises:
        InputError: ``campaign.wrong-type``.
    """
    headers: dict[str, str] = {}
    for name, content in table_value(source, HEADERS, value).items():
        if isinstance(content, bool):
            headers[name] = "true" if content else "false"
        elif isinstance(content, int | float | str):
            headers[name] = str(content)
        else:
            raise _wrong(source, name, HEADERS, _("It must be one text in quotation marks."))
    return headers


def retry_value(source: str, value: Any) -> RetryPlan:
    """The ``[retry]`` table: ``delays = ["15s", "1m"]`` and ``give_up_after = "24h"``.

    Raises:
        InputError: ``campaign.unknown-key``, ``campaign.wrong-type``, ``campaign.bad-duration``.
    """
    table = table_value(source, RETRY, value)
    refuse_unknown(source, table, RETRY_KEYS, RETRY)
    plan = RetryPlan()
    delays, give_up = plan.delays, plan.give_up_after
    if "delays" in table:
        spans = list_value(source, "delays", table["delays"], RETRY)
        delays = tuple(_duration(source, "delays", span) for span in spans) or delays
    if "give_up_after" in table:
        give_up = _duration(source, "give_up_after", text_value(source, "give_up_after", table["give_up_after"], RETRY))
    return RetryPlan(delays, give_up)


def schedule_value(source: str, value: Any) -> Schedule:
    """The ``[schedule]`` table: ``start``, ``hours``, ``weekdays``, ``timezone`` and ``grace``.

    Raises:
        InputError: ``campaign.unknown-key``, ``campaign.wrong-type``, and those of :func:`read_schedule`.
    """
    table = table_value(source, SCHEDULE, value)
    refuse_unknown(source, table, KEYS, SCHEDULE)
    for key, content in table.items():
        if key == "start" and isinstance(content, date):  # of TOML; a datetime is a date
            continue
        if key == "weekdays":
            list_value(source, key, content, SCHEDULE)
        else:
            text_value(source, key, content, SCHEDULE)
    return read_schedule(table, lambda key: place(CAMPAIGN_FILE, line_of(source, key, SCHEDULE)))


def _duration(source: str, key: str, span: str) -> float:
    try:
        return parse_duration(span)
    except ValueError:
        raise InputError(
            "campaign.bad-duration",
            _("“{span}” is not a span of time.").format(span=span),
            _("Write it like 15s, 5m, 2h or 1d."),
            place(CAMPAIGN_FILE, line_of(source, key, RETRY)),
        ) from None


def _wrong(source: str, key: str, table: str, hint: str) -> InputError:
    return InputError(
        "campaign.wrong-type",
        _("“{key}” does not hold what it should.").format(key=f"{table}.{key}" if table else key),
        hint,
        place(CAMPAIGN_FILE, line_of(source, key, table)),
    )
