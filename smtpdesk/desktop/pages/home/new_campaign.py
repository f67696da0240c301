"""The dialog that begins a campaign."""

from __future__ import annotations

from dataclasses import dataclass

from PySide6.QtWidgets import QComboBox, QLineEdit, QWidget

from smtpdesk.base.i18n import _
from smtpdesk.desk import Desk
from smtpdesk.desktop.components import Dialog, Field, box, vbox
from smtpdesk.domain.profile import SANDBOX


@dataclass(frozen=True, slots=True)
class NewCampaign:
    """What the person chose."""

    name: str
    template: str
    list_name: str
    profile: str


def _combo(items: list[tuple[str, str]]) -> QComboBox:
    combo = QComboBox()
    for key, label in items:
        combo.addItem(label, key)
    return combo


async def ask_new_campaign(parent: QWidget, desk: Desk, list_name: str = "") -> NewCampaign | None:
    """Ask for name, starting message, list and profile; None when cancelled."""
    lists = await desk.lists.all()
    rows = await desk.profiles.all()
    own = [(row.profile.name, row.profile.name) for row in rows if row.profile.provider != SANDBOX]
    sandbox = [(row.profile.name, _("Sandbox (delivers nothing)")) for row in rows if row.profile.provider == SANDBOX]
    templates = _combo([("", _("An empty message")), *((item.id, item.name) for item in desk.campaigns.templates())])
    people = _combo([*((info.name, f"{info.name} ({info.ready:,})") for info in lists), ("", _("Choose later"))])
    people.setCurrentIndex(max(0, people.findData(list_name)) if list_name else 0)
    profiles = _combo([*own, *sandbox])
    if templates.count() > 1:
        templates.setCurrentIndex(1)
    name = QLineEdit()
    name.setPlaceholderText(_("Spring sale"))
    named = Field(_("Name"), name, _("For you; recipients do not see it."))
    column = vbox(
        named,
        Field(_("Recipients"), people),
        Field(_("Start from"), templates),
        Field(_("Send with"), profiles),
        gap=12,
    )
    dialog = Dialog(parent, _("New campaign"), box(column), 440)

    def fits() -> bool:
        named.set_error("" if name.text().strip() else _("Give it a name."))
        return bool(name.text().strip())

    dialog.add_button(_("Cancel"), None)
    create = dialog.add_button(_("Create"), True, "primary", fits)
    name.returnPressed.connect(create.click)
    name.setFocus()
    if not await dialog.answer():
        return None
    return NewCampaign(
        name.text().strip(),
        str(templates.currentData() or ""),
        str(people.currentData() or ""),
        str(profiles.currentData() or SANDBOX),
    )
