"""Jinja's sandbox, set up for messages: what a template may use, where it may look, and how errors name the place."""

from __future__ import annotations

import functools
from collections.abc import Callable, Mapping, MutableMapping
from pathlib import Path
from typing import Any

from jinja2 import StrictUndefined, Template
from jinja2.exceptions import TemplateNotFound, UndefinedError
from jinja2.loaders import BaseLoader
from jinja2.runtime import Context
from jinja2.sandbox import ImmutableSandboxedEnvironment

from smtpdesk.base.errors import InputError
from smtpdesk.message import filters, guards
from smtpdesk.message.budget import Budget, bounded, weigh
from smtpdesk.message.instrument import SPEND, WEIGH, CountingGenerator
from smtpdesk.message.paths import read_text

#: Changes a source between reading and compiling: (name, source) to the Jinja source.
Prepare = Callable[[str, str], str]


class MissingField(UndefinedError):
    """A template asks for a field that the row does not have."""

    def __init__(self, message: str, name: str, of_row: bool) -> None:
        super().__init__(message)
        self.name = name
        #: False when it is an attribute of something, as in ``{{ shop.town }}``.
        self.of_row = of_row


class StrictField(StrictUndefined):
    """Fails with the name of the field, so that the error can say which one is meant."""

    __slots__ = ()

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        if self._undefined_name is not None and self._undefined_exception is UndefinedError:
            of_row = self._undefined_hint is None and not isinstance(self._undefined_obj, str | Mapping)
            self._undefined_exception = functools.partial(  # type: ignore[assignment]
                MissingField, name=str(self._undefined_name), of_row=of_row
            )


class FolderLoader(BaseLoader):
    """Finds ``{% include %}``, ``{% extends %}`` and ``{% import %}`` inside the campaign folder only."""

    def __init__(self, folder: Path, prepare: Prepare) -> None:
        self._folder = folder
        self._prepare = prepare

    def get_source(self, environment: Any, template: str) -> tuple[str, str | None, Callable[[], bool] | None]:
        """The prepared source of one file.

        Raises:
            TemplateNotFound: there is no such file (``ignore missing`` relies on it).
            InputError: it is outside of the folder, or not UTF-8.
        """
        try:
            source = read_text(self._folder, template)
        except InputError as error:
            if error.code == "message.file-missing":
                raise TemplateNotFound(template) from error
            raise
        return self._prepare(template, source), template, None


class MessageEnvironment(ImmutableSandboxedEnvironment):
    """One environment for HTML (values are escaped), one for text and headers (they are not).

    Not for use by several threads at once: the budget belongs to the rendering under way.
    """

    code_generator_class = CountingGenerator
    intercepted_binops = guards.OPERATORS

    def __init__(
        self, folder: Path, *, html: bool, prepare: Prepare, finalize: Callable[[Any], Any] | None = None
    ) -> None:
        super().__init__(
            autoescape=html,
            undefined=StrictField,
            finalize=finalize,
            loader=FolderLoader(folder, prepare),
            auto_reload=False,
            keep_trailing_newline=True,
            extensions=["jinja2.ext.loopcontrols"],
        )
        self.budget = Budget()
        self.concat = lambda pieces: bounded(pieces, self.budget)  # type: ignore[method-assign]
        self.globals.pop("lipsum", None)  # different each time
        guards.guard_filters(self.filters, self.budget.step)
        self.filters.update(filters.FILTERS)
        self.filters[WEIGH] = self._weighed
        self.filters[SPEND] = self._spent

    def make_globals(self, d: MutableMapping[str, Any] | None) -> MutableMapping[str, Any]:
        """What every template can use, as a plain dict: Jinja's ChainMap makes each rendering twice as slow."""
        return {**self.globals, **(d or {})}

    @property
    def step(self) -> bool:
        """Counts one step; compiled templates read it in every turn of a loop."""
        return self.budget.step()

    def is_safe_attribute(self, obj: Any, attr: str, value: Any) -> bool:
        """Jinja's own judgement, and a few methods less."""
        return attr not in guards.UNWANTED and super().is_safe_attribute(obj, attr, value)

    def call_binop(self, context: Context, operator: str, left: Any, right: Any) -> Any:
        """An operator of the template, if its result is not too large."""
        guards.binary(operator, left, right)
        return super().call_binop(context, operator, left, right)

    def call(self, context: Context, function: Any, /, *args: Any, **kwargs: Any) -> Any:
        """A call in the template, if its result is not too large."""
        self.budget.step()
        guards.method(function, args, kwargs)
        return super().call(context, function, *args, **kwargs)

    def pieces(self, template: Template, values: dict[str, Any]) -> list[str]:
        """The text a template makes out of the values, in pieces: static ones are the very constants of its code.

        Raises:
            Exception: whatever the template causes; :mod:`smtpdesk.message.failures` turns it into an InputError.
        """
        self.budget.start()
        spend = self.budget.spend
        kept = []
        for piece in template.root_render_func(template.new_context(values)):
            if len(piece) > 1000:
                spend(len(piece))
            kept.append(piece)
        return kept

    def _weighed(self, value: Any) -> Any:
        weigh(value)
        return value

    def _spent(self, value: Any) -> Any:
        self.budget.spend(len(value) if isinstance(value, str) else weigh(value))
        return value
