"""Asks for whom a key signs, and under which name it is published."""

from __future__ import annotations

from dataclasses import dataclass

from PySide6.QtWidgets import QLineEdit, QWidget

from smtpdesk.base.errors import InputError
from smtpdesk.base.i18n import _
from smtpdesk.desktop.components import Dialog, Field, SegmentedControl, box, hbox, vbox
from smtpdesk.message import dkim_name

_ALGORITHMS = ("rsa", "ed25519")


@dataclass(frozen=True, slots=True)
class KeyWish:
    """What was asked for. ``selector`` may be empty; ``algorithm`` means nothing for a key that exists."""

    domain: str
    selector: str
    algorithm: str


class KeyForm(QWidget):
    """Domain, selector and, for a new key, its kind."""

    def __init__(self, domain: str, is_new: bool) -> None:
        super().__init__()
        self._domain, self._selector = QLineEdit(domain), QLineEdit()
        self._domain.setPlaceholderText("example.com")
        self._selector.setPlaceholderText(_("chosen for you") if is_new else "desk1")
        self.domain = Field(_("Domain"), self._domain, _("The part after the @ of your sender address."))
        known = _("The name under which the key is published: the part before “._domainkey”.")
        self.selector = Field(_("Selector"), self._selector, _("The key's name. Leave it empty.") if is_new else known)
        self._kind = SegmentedControl(["RSA", "Ed25519"], 0, _("Kind of key"), tall=True)
        self._kind.picked.connect(self._advise)
        self.kind = Field(_("Kind of key"), box(hbox(self._kind, None)), _("Every receiver can check it."))
        self.kind.setVisible(is_new)
        self._is_new = is_new
        self.setLayout(vbox(self.domain, self.selector, self.kind, gap=10))

    def _advise(self, *_args: object) -> None:
        if self.wish().algorithm == "rsa":
            self.kind.set_help(_("Every receiver can check it."))
        else:
            self.kind.set_warning(_("Many receivers cannot check Ed25519: to them the messages look unsigned."))

    def wish(self) -> KeyWish:
        """What the fields say."""
        return KeyWish(self._domain.text().strip(), self._selector.text().strip(), _ALGORITHMS[self._kind.current()])

    def acceptable(self) -> bool:
        """Mark what cannot be right; True when nothing is wrong."""
        wish = self.wish()
        self.domain.set_error("")
        self.selector.set_error("")
        if not wish.selector and not self._is_new:
            self.selector.set_error(_("The selector is missing: receivers look the key up by it."))
            return False
        try:
            dkim_name(wish.domain, wish.selector or "x")
        except InputError as error:
            field = self.domain if error.code == "dkim.domain" else self.selector
            field.set_error(f"{error.sentence} {error.hint}")
            return False
        return True


async def ask_for_key(parent: QWidget, domain: str, *, is_new: bool) -> KeyWish | None:
    """Ask; None when cancelled."""
    form = KeyForm(domain, is_new)
    dialog = Dialog(parent, _("Make a key") if is_new else _("Import a key"), form)
    dialog.add_button(_("Cancel"), None)
    done = dialog.add_button(_("Make the key") if is_new else _("Import"), True, "primary", form.acceptable)
    for line in form.findChildren(QLineEdit):
        line.returnPressed.connect(done.click)
    return form.wish() if await dialog.answer() else None
