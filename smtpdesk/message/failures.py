"""Whatever a template can raise, as one InputError that names file, line and what to do."""

from __future__ import annotations

import difflib
from collections.abc import Callable, Iterable
from types import TracebackType

from jinja2 import Template
from jinja2.exceptions import SecurityError, TemplateNotFound, TemplateSyntaxError

from smtpdesk.base.errors import InputError
from smtpdesk.base.i18n import _
from smtpdesk.message.budget import TooMuch
from smtpdesk.message.environment import MissingField
from smtpdesk.message.errors import place

#: A place in a Jinja source, as (file or None for a setting, line), to the "where" of an error.
Place = Callable[[str | None, int], str]


def from_exception(error: Exception, at: Place, fields: Iterable[str] = ()) -> InputError:
    """The error for an exception that a template caused while it was compiled or rendered."""
    if isinstance(error, InputError):
        return error
    if isinstance(error, TemplateSyntaxError):
        return _syntax(error, at)
    where = _where(error.__traceback__, at)
    if isinstance(error, MissingField):
        return _missing(error, where, fields)
    if isinstance(error, TemplateNotFound):
        return InputError(
            "message.file-missing",
            _("The file “{name}”, which the message includes, is not in the campaign folder.").format(name=error.name),
            _("Put it there, or correct its name."),
            where,
        )
    if isinstance(error, TooMuch | RecursionError | MemoryError):
        return InputError(
            "message.template-endless",
            _("The message would never be finished: its template repeats too much."),
            _("Look for loops in loops, for macros or includes that use themselves, and for huge multiplications."),
            where,
        )
    if isinstance(error, SecurityError):
        return InputError(
            "message.template-unsafe",
            _("The template asks for something that messages may not use: {reason}").format(reason=error),
            "",
            where,
        )
    return InputError(
        "message.template-failed",
        _("The template cannot be worked out here: {reason}.").format(reason=str(error).rstrip(".")),
        _("Look at the value of the field in this row, and at the expression in the template."),
        where,
    )


def _syntax(error: TemplateSyntaxError, at: Place) -> InputError:
    return InputError(
        "message.template-syntax",
        _("The template has a mistake in its {{{{ }}}} or {{% %}} parts: {reason}.").format(
            reason=(error.message or "").rstrip(".")
        ),
        _("Each {{ needs its }}, each {% if %} its {% endif %}, each {% for %} its {% endfor %}."),
        at(error.name, error.lineno),
    )


def _missing(error: MissingField, where: str, fields: Iterable[str]) -> InputError:
    if not error.of_row:
        sentence = _("There is no “{name}” in this value.").format(name=error.name)
        return InputError("message.missing-field", sentence, str(error), where)
    known = sorted(fields)
    near = difflib.get_close_matches(error.name.lower(), known, 1, 0.6)
    if near:
        hint = _("Did you mean “{name}”?").format(name=near[0])
    elif error.name == "unsubscribe_url":
        hint = _("Give the campaign an unsubscribe address; the message can then show it.")
    else:
        hint = _("The fields are: {names}.").format(names=", ".join(known[:30]))
    sentence = _("There is no field “{name}” in the list.").format(name=error.name)
    return InputError("message.missing-field", sentence, hint, where)


def _where(trace: TracebackType | None, at: Place) -> str:
    """The innermost place in a template that the traceback went through."""
    found = ""
    while trace is not None:
        template = trace.tb_frame.f_globals.get("__jinja_template__")
        if isinstance(template, Template):
            found = at(template.name, template.get_corresponding_lineno(trace.tb_lineno))
        trace = trace.tb_next
    return found or at(None, 0)


def plain_place(file: str, first_line: int = 1) -> Place:
    """Places for a source that stands in ``file`` from ``first_line`` on (0: the line is not known)."""

    def at(name: str | None, line: int) -> str:
        if name is not None:
            return place(name, line)
        return place(file, first_line + max(line, 1) - 1 if first_line else 0)

    return at
