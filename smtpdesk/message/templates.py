"""All templates of a campaign, compiled: message files, and the settings of campaign.toml that may hold fields."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from pathlib import Path
from typing import Any

from jinja2 import Template, nodes
from markupsafe import escape

from smtpdesk.base.errors import InputError
from smtpdesk.message import keys, markdown
from smtpdesk.message.environment import MessageEnvironment
from smtpdesk.message.errors import place
from smtpdesk.message.failures import Place, from_exception, plain_place
from smtpdesk.message.paths import CAMPAIGN_FILE, read_text, relative

#: Names that mean something else to Jinja than a field.
_NO_FIELDS = frozenset({"self", "super", "loop", "caller", "varargs", "kwargs"})
#: Longer values are counted against what one rendering may put out.
_SHORT = 1000


class Piece:
    """One source of the campaign, compiled. Text without any Jinja in it costs nothing to render.

    Attributes:
        file: where it stands. ``source``: as it was compiled. ``dynamic``: whether it depends on the row.
        tree: the syntax tree, to look at; ``at``: places in it as the "where" of an error.
    """

    def __init__(self, environment: MessageEnvironment, source: str, file: str, at: Place, name: str | None) -> None:
        self.environment = environment
        self.source = source
        self.file = file
        self.at = at
        self.name = name
        self._constant: list[str] = []
        self._template: Template | None = None
        self._form: _Form | None = None
        try:
            self.tree: nodes.Template = environment.parse(source, name)
            if _is_constant(self.tree):
                self._constant = ["".join(_data(self.tree))]
            else:
                code = environment.compile(source, name, name)
                self._template = Template.from_code(environment, code, environment.make_globals(None))
                self._form = _Form.of(self.tree, environment)
        except Exception as error:
            raise from_exception(error, at) from error

    @property
    def dynamic(self) -> bool:
        """Whether it may differ from row to row."""
        return self._template is not None

    def render(self, values: dict[str, Any]) -> str:
        """Its text for the values of one row.

        Raises:
            InputError: a field is missing, the template fails or would never end.
        """
        return "".join(self.pieces(values))

    def pieces(self, values: dict[str, Any]) -> list[str]:
        """Its text in pieces; escaped values are ``Markup``, everything else is static.

        Raises:
            InputError: as :meth:`render`.
        """
        if self._template is None:
            return self._constant
        filled = self._form.filled(values) if self._form else None
        if filled is not None:
            return filled
        try:
            return self.environment.pieces(self._template, values)
        except Exception as error:
            raise from_exception(error, self.at, values) from error


class _Form:
    """A template of text and fields alone: filled in here, ten times as fast as by way of Jinja's contexts.

    Whatever is not a short text (a missing field, a mistake) is left to Jinja, which says what is wrong.
    """

    def __init__(self, text: list[str], gaps: list[tuple[int, str]], convert: Callable[[Any], str] | None) -> None:
        self._text = text
        self._gaps = gaps
        self._convert = convert

    @classmethod
    def of(cls, tree: nodes.Template, environment: MessageEnvironment) -> _Form | None:
        """The form of a template; None when there is more in it."""
        text: list[str] = []
        gaps: list[tuple[int, str]] = []
        for node in tree.body:
            if not isinstance(node, nodes.Output):
                return None
            for child in node.nodes:
                if isinstance(child, nodes.TemplateData):
                    if text and gaps[-1:] != [(len(text) - 1, text[-1])]:
                        text[-1] += child.data
                    else:
                        text.append(child.data)
                elif isinstance(child, nodes.Name) and child.name not in _NO_FIELDS:
                    gaps.append((len(text), child.name))
                    text.append(child.name)
                else:
                    return None
        if environment.finalize is not None:
            return None if environment.autoescape else cls(text, gaps, environment.finalize)
        return cls(text, gaps, escape if environment.autoescape else None)

    def filled(self, values: dict[str, Any]) -> list[str] | None:
        """The text with the values; None when that is a matter for Jinja."""
        made = self._text.copy()
        convert = self._convert
        try:
            for place, name in self._gaps:
                value = values[name]
                if type(value) is not str or len(value) > _SHORT:
                    return None
                made[place] = value if convert is None else convert(value)
        except (KeyError, InputError, UnicodeError):
            return None
        return made


class TemplateFolder:
    """Makes pieces out of message files and settings of one campaign folder.

    Args:
        folder: the campaign folder. ``prepare_html``: changes HTML sources before they are compiled (images).
    """

    def __init__(self, folder: Path, prepare_html: Callable[[str, str], str] | None = None) -> None:
        self._folder = folder
        self._prepare_html = prepare_html or (lambda _name, source: source)
        self._main = ""
        self._converted: dict[str, markdown.Converted] = {}
        self.html = MessageEnvironment(folder, html=True, prepare=self._prepared)
        self.text = MessageEnvironment(folder, html=False, prepare=lambda _name, source: source)
        try:
            self._settings = read_text(folder, CAMPAIGN_FILE)
        except InputError:
            self._settings = ""  # a campaign that is not saved yet: only the line numbers are missing

    def message_file(self, name: str, *, html: bool, setting: str) -> Piece:
        """A message file as a piece.

        Raises:
            InputError: it cannot be read, is outside of the folder, or its template has a mistake.
        """
        name = relative(name, self.where(setting))
        source = read_text(self._folder, name, self.where(setting))
        if not html:
            return Piece(self.text, source, name, self._at(name), name)
        if markdown.is_markdown(name):
            Piece(self.text, source, name, self._at(name), name)  # its mistakes, told with the lines of the .md file
        self._main = name
        return Piece(self.html, self._prepared(name, source), name, self._at(name), name)

    def setting(self, key: str, source: str, table: str = "") -> Piece:
        """A setting of campaign.toml as a piece.

        Raises:
            InputError: its template has a mistake.
        """
        line = keys.line_of(self._settings, key, table)
        return Piece(self.text, source, CAMPAIGN_FILE, plain_place(CAMPAIGN_FILE, line), None)

    def url_setting(self, key: str, source: str, finalize: Callable[[Any], Any] | None) -> Piece:
        """A setting that is a web address; ``finalize`` is applied to every field in it.

        Raises:
            InputError: its template has a mistake.
        """
        environment = MessageEnvironment(self._folder, html=False, prepare=lambda _name, text: text, finalize=finalize)
        at = plain_place(CAMPAIGN_FILE, keys.line_of(self._settings, key))
        return Piece(environment, source, CAMPAIGN_FILE, at, None)

    def where(self, key: str, table: str = "") -> str:
        """``campaign.toml:7``, the place of a setting."""
        return place(CAMPAIGN_FILE, keys.line_of(self._settings, key, table))

    def _prepared(self, name: str, source: str) -> str:
        if markdown.is_markdown(name):
            converted = markdown.to_html(source, whole=name == self._main)
            self._converted[name] = converted
            source = converted.source
        return self._prepare_html(name, source)

    def _at(self, main: str) -> Place:
        def at(name: str | None, line: int) -> str:
            file = name or main
            converted = self._converted.get(file)
            return place(file, converted.line(line) if converted else line)

        return at


def _is_constant(tree: nodes.Template) -> bool:
    return all(
        isinstance(node, nodes.Output) and all(isinstance(child, nodes.TemplateData) for child in node.nodes)
        for node in tree.body
    )


def _data(tree: nodes.Template) -> Sequence[str]:
    return [data.data for data in tree.find_all(nodes.TemplateData)]
