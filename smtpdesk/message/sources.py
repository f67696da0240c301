"""Everything a campaign's messages are made of, compiled: message files, what they include, settings, images."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path

from jinja2 import meta, nodes
from jinja2.exceptions import TemplateNotFound

from smtpdesk.base.errors import InputError
from smtpdesk.base.i18n import _
from smtpdesk.domain.campaign import Campaign
from smtpdesk.message.environment import MessageEnvironment
from smtpdesk.message.failures import Place, from_exception
from smtpdesk.message.fixed import own_headers
from smtpdesk.message.images import InlineImages
from smtpdesk.message.paths import CAMPAIGN_FILE, relative
from smtpdesk.message.templates import Piece, TemplateFolder
from smtpdesk.message.unsubscribe import Unsubscribe


@dataclass(frozen=True, slots=True)
class Unit:
    """One source with its syntax tree: a message file, a file it includes, or a setting."""

    file: str
    tree: nodes.Template
    at: Place
    #: Names that the sources which include this one give it.
    given: frozenset[str]


class Sources:
    """The sources of one campaign.

    Args:
        campaign: its settings. ``folder``: where its files are.
        domain: what the ids of inline images end with.

    Raises:
        InputError: a file is missing, outside of the folder or not UTF-8; a template has a mistake.
    """

    def __init__(self, campaign: Campaign, folder: Path, domain: str) -> None:
        if not campaign.html and not campaign.text:
            raise _nothing_to_send()
        self.images = InlineImages(folder, domain)
        self.templates = templates = TemplateFolder(folder, self.images.prepare)
        self.html = templates.message_file(campaign.html, html=True, setting="html") if campaign.html else None
        self.text = templates.message_file(campaign.text, html=False, setting="text") if campaign.text else None
        self.subject = templates.setting("subject", campaign.subject)
        self.to_name = templates.setting("to_name", campaign.to_name)
        self.reply_to = templates.setting("reply_to", campaign.reply_to)
        self.unsubscribe = Unsubscribe(templates, campaign.unsubscribe)
        self.headers = own_headers(templates, campaign.headers)
        self.attachments = [templates.setting("attachments", name) for name in campaign.attachments]
        #: Whether a template names a file to include only row by row.
        self.includes_anything = False
        self.units = [unit for piece in self.pieces for unit in self._units(piece)]

    @property
    def pieces(self) -> list[Piece]:
        """Every source that may hold fields, without what they include."""
        files = [piece for piece in (self.html, self.text) if piece is not None]
        settings = [self.subject, self.to_name, self.reply_to, self.unsubscribe.piece]
        return [*files, *settings, *(piece for _name, piece in self.headers), *self.attachments]

    @property
    def template_files(self) -> frozenset[str]:
        """The message files and all they include, relative to the folder."""
        return frozenset(unit.file for unit in self.units if unit.file != CAMPAIGN_FILE)

    def _units(self, piece: Piece) -> list[Unit]:
        found = {piece.file: Unit(piece.file, piece.tree, piece.at, frozenset())}
        waiting = [found[piece.file]]
        while waiting:
            unit = waiting.pop()
            given = unit.given | assigned(unit.tree)
            for name in meta.find_referenced_templates(unit.tree):
                if name is None:
                    self.includes_anything = True
                elif relative(name, unit.at(None, 0)) not in found:
                    included = self._included(piece.environment, name, unit, given)
                    if included is not None:
                        found[included.file] = included
                        waiting.append(included)
        return list(found.values())

    def _included(self, environment: MessageEnvironment, name: str, unit: Unit, given: frozenset[str]) -> Unit | None:
        try:
            environment.get_template(name)  # compiled now, so that its mistakes are told before anything is sent
            source = environment.loader.get_source(environment, name)[0] if environment.loader else ""
            return Unit(relative(name), environment.parse(source, name), unit.at, given)
        except TemplateNotFound as error:
            if _may_be_missing(unit.tree, name):
                return None
            raise from_exception(error, lambda _name, _line: unit.at(unit.file, _line_of(unit.tree, name))) from error
        except Exception as error:  # a source can make Jinja and Python's compiler raise anything
            raise from_exception(error, unit.at) from error


def assigned(tree: nodes.Template) -> frozenset[str]:
    """Names that a template gives a value itself: set, loop variables, macros, imports."""
    names = {node.name for node in tree.find_all(nodes.Name) if node.ctx in ("store", "param")}
    names |= {node.name for node in tree.find_all(nodes.Macro)}
    names |= {node.target for node in tree.find_all(nodes.Import)}
    for node in tree.find_all(nodes.FromImport):
        names |= {name if isinstance(name, str) else name[1] for name in node.names}
    return frozenset(names)


_Mention = nodes.Include | nodes.Extends | nodes.Import | nodes.FromImport
_MENTIONS: tuple[type[_Mention], ...] = (nodes.Include, nodes.Extends, nodes.Import, nodes.FromImport)


_SEVERAL: tuple[type[nodes.Tuple | nodes.List], ...] = (nodes.Tuple, nodes.List)


def _mentions(tree: nodes.Template, name: str) -> list[_Mention]:
    return [node for node in tree.find_all(_MENTIONS) if any(c.value == name for c in node.find_all(nodes.Const))]


def _may_be_missing(tree: nodes.Template, name: str) -> bool:
    """Whether every mention says ``ignore missing`` or names other files to take instead."""
    return all(
        isinstance(node, nodes.Include) and bool(node.ignore_missing or any(node.find_all(_SEVERAL)))
        for node in _mentions(tree, name)
    )


def _line_of(tree: nodes.Template, name: str) -> int:
    return next((node.lineno for node in _mentions(tree, name)), 0)


def _nothing_to_send() -> InputError:
    return InputError(
        "message.empty",
        _("The campaign has no message."),
        _("Write one in message.html, message.md or message.txt."),
        CAMPAIGN_FILE,
    )
