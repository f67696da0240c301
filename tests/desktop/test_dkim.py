"""The part of a profile that is about signing: a key made, imported, copied and taken away by a person."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest
from cryptography.hazmat.primitives import serialization
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey
from PySide6.QtGui import QGuiApplication
from PySide6.QtWidgets import QDialog, QLineEdit, QScrollArea

from smtpdesk.desk import Desk
from smtpdesk.desktop.pages.profiles.page import Page
from smtpdesk.desktop.shell.window import MainWindow
from smtpdesk.domain.profile import Identity, Profile, Relay
from smtpdesk.vault import memory_vault
from tests.desktop import hands
from tests.desktop.conftest import QtLoop
from tests.desktop.looking import cut, nameless

OFFICE = Profile("office", Relay("mail.example.com", 587), Identity("Ana <ana@example.com>"))


@pytest.fixture
def desk(qloop: QtLoop, tmp_path: Path) -> Iterator[Desk]:
    opened = qloop.run(Desk.open(tmp_path / "workspace", vault=memory_vault()))
    qloop.run(opened.profiles.save(OFFICE))
    yield opened
    qloop.run(opened.close())


def page_of(window: MainWindow, qloop: QtLoop) -> Page:
    window.go("profiles", name="office")
    qloop.until(lambda: isinstance(window.page("profiles"), Page) and window.current() == "profiles")
    page = window.page("profiles")
    assert isinstance(page, Page)
    qloop.until(lambda: page.form.profile().name == "office")
    to_section(page, qloop)
    return page


def to_section(page: Page, qloop: QtLoop) -> None:
    """Scroll down, as a person does who looks for it."""
    around = page.frame.dkim.parentWidget()
    while not isinstance(around, QScrollArea):
        around = around.parentWidget()
    qloop.settle()
    around.verticalScrollBar().setValue(around.verticalScrollBar().maximum())
    qloop.settle()


def asked(qloop: QtLoop) -> QDialog:
    qloop.until(hands.dialog, "a dialog")
    found = hands.dialog()
    assert found is not None
    return found


def copied() -> str:
    return QGuiApplication.clipboard().text()


def test_a_key_is_made_its_record_copied_and_the_key_taken_away(window: MainWindow, desk: Desk, qloop: QtLoop) -> None:
    page = page_of(window, qloop)
    section = page.frame.dkim
    hands.press(section, "Make a key")
    dialog = asked(qloop)
    assert cut(dialog) == []
    hands.press(dialog, "Ed25519")
    assert "Many receivers cannot check Ed25519" in hands.words(dialog)
    hands.press(dialog, "RSA")
    hands.fill(dialog, "Domain", "no domain")
    hands.press(dialog, "Make the key")
    assert "is no domain to sign for" in hands.words(dialog)
    hands.fill(dialog, "Domain", "Example.com")
    hands.press(dialog, "Make the key")
    qloop.until(lambda: section.record_shown()[0], "the record")
    qloop.until(lambda: section._copy_zone.visibleRegion().boundingRect().height() > 20, "the end of the section")
    assert section._value.verticalScrollBar().maximum() == 0  # the whole value can be read
    record = qloop.run(desk.dkim.record("office"))
    assert section.record_shown() == (record.host, record.value)
    assert "Signs for example.com with RSA, 2048 bits" in hands.words(section)
    assert (cut(section), nameless(section)) == ([], [])
    for name, words in (("host name", record.host), ("value", record.value), ("zone file", record.zone)):
        hands.press(section, f"Copy {'the' if name != 'zone file' else 'as'} {name}")
        assert copied() == words
    assert not page._dirty()
    page.form._name.setText("work")
    page.form._name.textEdited.emit("work")
    page.frame.save.click()
    qloop.until(lambda: not page._dirty())
    saved = qloop.run(desk.profiles.get("work"))
    assert saved.dkim is not None
    to_section(page, qloop)
    hands.press(section, "Stop signing")
    dialog = asked(qloop)
    assert cut(dialog) == []
    hands.press(dialog, "Remove")
    qloop.until(lambda: section.record_shown() == ("", ""))
    assert qloop.run(desk.profiles.get("work")).dkim is None
    assert not page._dirty()


def test_a_key_file_is_imported_and_what_is_no_key_is_told(
    window: MainWindow, desk: Desk, qloop: QtLoop, tmp_path: Path
) -> None:
    page = page_of(window, qloop)
    section = page.frame.dkim
    (tmp_path / "no.pem").write_text("nothing of the kind")
    pem = Ed25519PrivateKey.generate().private_bytes(
        serialization.Encoding.PEM, serialization.PrivateFormat.PKCS8, serialization.NoEncryption()
    )
    (tmp_path / "key.pem").write_bytes(pem)
    for file in ("no.pem", "key.pem"):
        hands.press(section, "Import a key")
        hands.name_file(asked(qloop), tmp_path / file)
        qloop.until(lambda: (found := hands.dialog()) and hands.named(found, QLineEdit, "Selector"))
        dialog = asked(qloop)
        hands.press(dialog, "Import")
        assert "The selector is missing" in hands.words(dialog)
        hands.fill(dialog, "Selector", "mail")
        hands.press(dialog, "Import")
        if file == "no.pem":
            qloop.until(lambda: "This is no private key" in hands.words(page.frame))
            to_section(page, qloop)
    qloop.until(lambda: section.record_shown()[0] == "mail._domainkey.example.com")
    assert "Many receivers cannot check" in hands.words(page.frame) or section._advice.sentence().startswith("Many")
    assert section.record_shown()[1].startswith("v=DKIM1; k=ed25519; p=")


def test_a_profile_must_be_saved_first_and_a_key_that_is_gone_is_told(
    window: MainWindow, desk: Desk, qloop: QtLoop
) -> None:
    page = page_of(window, qloop)
    section = page.frame.dkim
    page._begin_new("other")
    qloop.settle()
    assert not section._make.isEnabled()
    assert section._first.isVisibleTo(section)
    shown = qloop.run(desk.dkim.make("office", algorithm="ed25519"))
    qloop.run(desk.dkim._vault.delete(shown.dkim.secret_ref))
    page._discard()
    qloop.settle()
    window.go("profiles", name="office")
    qloop.until(lambda: "is not on this computer" in section._advice.sentence())
    assert section._make.isVisibleTo(section)
    assert section._remove.isVisibleTo(section)
