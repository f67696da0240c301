"""The profiles page, with a real desk and a server that really answers."""

from __future__ import annotations

import sys
import threading
from collections.abc import Iterator
from pathlib import Path

import pytest
from PySide6.QtCore import QItemSelectionModel, Qt
from PySide6.QtGui import QGuiApplication
from PySide6.QtTest import QTest
from PySide6.QtWidgets import QApplication, QDialog, QLineEdit, QWidget

from smtpdesk.base.secret import Secret
from smtpdesk.desk import Desk
from smtpdesk.desktop.components import Button
from smtpdesk.desktop.pages.profiles.page import Page, from_preset
from smtpdesk.desktop.pages.profiles.provider_rows import ProviderRow
from smtpdesk.desktop.shell.window import MainWindow
from smtpdesk.domain.profile import DomainLimit, Identity, Limits, Profile, Relay, Security
from tests.desktop.conftest import QtLoop
from tests.desktop.looking import becomes, cut, nameless
from tests.servers.certificates import Authority
from tests.servers.scripted import ScriptedServer, hold, say
from tests.servers.secret_service import SecretService

PASSWORD = "correct horse battery"


def _dialog() -> QDialog | None:
    shown = [item for item in QApplication.topLevelWidgets() if isinstance(item, QDialog) and item.isVisible()]
    return shown[0] if shown else None


def _press(root: QWidget, label: str) -> None:
    found = [item for item in root.findChildren(Button) if item.text().strip() == label and item.isVisibleTo(root)]
    found[0].click()


def _open(window: MainWindow, qloop: QtLoop, name: str = "") -> Page:
    window.go("profiles", name=name)
    qloop.until(lambda: isinstance(window.page("profiles"), Page) and window.current() == "profiles")
    page = window.page("profiles")
    assert isinstance(page, Page)
    qloop.until(lambda: page.list.names() and (not name or page.form.profile().name == name))
    return page


def _begin(window: MainWindow, qloop: QtLoop, provider: str = "other") -> Page:
    page = _open(window, qloop)
    page._begin_new(provider)
    qloop.settle()
    return page


def _type(line: QLineEdit, words: str) -> None:
    line.setText(words)
    line.textEdited.emit(words)


def _names(desk: Desk, qloop: QtLoop) -> list[str]:
    return [row.profile.name for row in qloop.run(desk.profiles.all())]


@pytest.fixture
def server(ca: Authority) -> Iterator[ScriptedServer]:
    with ScriptedServer(tls=ca.trusted(), users={"ana": PASSWORD}, require_auth=True) as running:
        yield running


def _profile(server: ScriptedServer, ca: Authority, **changes: object) -> Profile:
    values: dict[str, object] = {
        "name": "office",
        "relay": Relay("127.0.0.1", server.port, Security.TLS, ca_file=str(ca.ca_file)),
        "identity": Identity("Ana <ana@example.com>"),
        "username": "ana",
    }
    return Profile(**{**values, **changes})  # type: ignore[arg-type]


# -- the form --------------------------------------------------------------------------------------------------------


def test_a_new_profile_is_typed_and_saved(window: MainWindow, desk: Desk, qloop: QtLoop) -> None:
    page = _begin(window, qloop)
    form = page.form
    assert page.frame._unsaved.isVisible()
    _type(form._name, "office")
    _type(form._host, "smtp.example.com")
    _type(form._port, "465")
    assert form.security.message() == "Port 465 normally goes with TLS."
    form.set_security(Security.TLS)
    assert form.security.message() == ""
    _type(form._username, "ana")
    form._password.set_text(PASSWORD)
    form._password.edited.emit(PASSWORD)
    _type(form._sender, "Ana <ana@example.com>")
    page.frame.save.click()
    qloop.until(lambda: not page._dirty())
    saved = qloop.run(desk.profiles.get("office"))
    assert saved.relay == Relay("smtp.example.com", 465, Security.TLS)
    assert qloop.run(desk.profiles.has_secret(saved))
    assert page.list.names()[0] == "office"
    assert form._password.text() == ""


def test_what_cannot_be_right_is_said_at_its_field(window: MainWindow, desk: Desk, qloop: QtLoop) -> None:
    page = _begin(window, qloop)
    form = page.form
    _type(form._name, "")
    _type(form._host, "ana@example.com")
    _type(form._port, "99999")
    _type(form._sender, "nobody")
    form._password.set_text(PASSWORD)
    page.frame.save.click()
    qloop.settle()
    assert form.name.message() == "Give it a name that you will recognise."
    assert "smtp.example.com" in form.host.message()
    assert form.port.message() == "1 to 65535"
    assert form.from_field.message().startswith("Write it as")
    assert form.username.message().startswith("A password alone")
    assert _names(desk, qloop) == ["sandbox"]
    assert cut(page) == []


def test_a_name_that_is_taken_is_refused(window: MainWindow, desk: Desk, qloop: QtLoop) -> None:
    qloop.run(desk.profiles.save(Profile("office", Relay("smtp.example.com", 587))))
    page = _begin(window, qloop)
    _type(page.form._name, "office")
    _type(page.form._host, "smtp.example.org")
    page.frame.save.click()
    qloop.settle()
    assert page.form.name.message() == "Another profile has this name."
    assert qloop.run(desk.profiles.get("office")).relay.host == "smtp.example.com"


def test_a_password_in_the_clear_needs_leave(window: MainWindow, desk: Desk, qloop: QtLoop) -> None:
    page = _begin(window, qloop)
    form = page.form
    _type(form._name, "old host")
    _type(form._host, "smtp.example.com")
    form.set_security(Security.NONE)
    assert form.plain.isHidden()
    _type(form._username, "ana")
    assert not form.plain.isHidden()
    page.frame.save.click()
    qloop.settle()
    assert form.plain.message() == "Choose an encryption, or allow it here."
    form._plain.setChecked(True)
    page.frame.save.click()
    qloop.until(lambda: not page._dirty())
    assert qloop.run(desk.profiles.get("old host")).relay.allow_plain_password


def test_limits_are_read_and_written_in_words(window: MainWindow, desk: Desk, qloop: QtLoop) -> None:
    wanted = Limits(3, 30, 60.0, 10_000, 30, 500, 100, 10_485_760, (DomainLimit("gmail.com", 20, 60.0),), 2)
    qloop.run(desk.profiles.save(Profile("office", Relay("smtp.example.com", 587), limits=wanted)))
    page = _open(window, qloop, "office")
    limits = page.form.limits
    assert not limits.is_open()
    assert (limits.line("rate").text(), limits.line("max_size").text()) == ("30/min", "10MB")
    assert limits.line("per_domain").text() == "gmail.com=20/min"
    assert page.form.profile().limits == wanted
    _press(page.form, "Limits")
    qloop.settle()
    assert cut(page) == [] and nameless(page) == []
    _type(limits.line("hourly"), "400")
    page.frame.save.click()
    qloop.until(lambda: not page._dirty())
    assert qloop.run(desk.profiles.get("office")).limits.hourly == 400


def test_a_limit_that_is_none_is_refused_at_its_field(window: MainWindow, desk: Desk, qloop: QtLoop) -> None:
    qloop.run(desk.profiles.save(Profile("office", Relay("smtp.example.com", 587))))
    page = _open(window, qloop, "office")
    _type(page.form.limits.line("rate"), "fast")
    _type(page.form.limits.line("max_size"), "big")
    page.frame.save.click()
    qloop.settle()
    assert page.form.limits.fields["rate"].message() == "Write it like 14/s, 30/min or 500/h."
    assert page.form.limits.fields["max_size"].message() == "Write it like 10MB or 900KB."
    assert page.form.limits.is_open()
    assert cut(page) == []


def test_without_a_keyring_the_page_says_where_passwords_go(window: MainWindow, desk: Desk, qloop: QtLoop) -> None:
    page = _begin(window, qloop)
    status = qloop.run(desk.profiles.vault_status())
    assert not status.usable
    qloop.until(page.form._session.isVisible, "the choice")
    page.form._session.click()
    assert status.reason and page.form.password.message().startswith(status.reason)


def test_changes_can_be_thrown_away(window: MainWindow, desk: Desk, qloop: QtLoop) -> None:
    qloop.run(desk.profiles.save(Profile("office", Relay("smtp.example.com", 587))))
    page = _open(window, qloop, "office")
    _type(page.form._host, "smtp.example.org")
    assert page._dirty()
    page.frame.discard.click()
    qloop.until(lambda: page.form.profile().relay.host == "smtp.example.com")
    assert not page._dirty()


def test_another_profile_is_shown_only_after_asking(window: MainWindow, desk: Desk, qloop: QtLoop) -> None:
    for name in ("one", "two"):
        qloop.run(desk.profiles.save(Profile(name, Relay("smtp.example.com", 587))))
    page = _open(window, qloop, "one")
    _type(page.form._host, "smtp.example.org")
    page.list.picked.emit("two")
    dialog = qloop.run(becomes(_dialog))
    assert nameless(dialog) == []
    _press(dialog, "Save")
    qloop.until(lambda: page.form.profile().name == "two")
    assert qloop.run(desk.profiles.get("one")).relay.host == "smtp.example.org"


def test_a_renamed_profile_keeps_its_password(window: MainWindow, desk: Desk, qloop: QtLoop) -> None:
    profile = Profile("office", Relay("smtp.example.com", 587), username="ana")
    qloop.run(desk.profiles.save(profile, Secret(PASSWORD), session_only=True))
    page = _open(window, qloop, "office")
    _type(page.form._name, "agency")
    page.frame.save.click()
    qloop.until(lambda: "agency" in page.list.names())
    assert _names(desk, qloop) == ["agency", "sandbox"]
    assert qloop.run(desk.profiles.has_secret(qloop.run(desk.profiles.get("agency"))))


def test_a_profile_is_removed_after_asking(window: MainWindow, desk: Desk, qloop: QtLoop) -> None:
    qloop.run(desk.profiles.save(Profile("office", Relay("smtp.example.com", 587))))
    page = _open(window, qloop, "office")
    page.frame.remove.click()
    _press(qloop.run(becomes(_dialog)), "Remove")
    qloop.until(lambda: page.list.names() == ["sandbox"])
    assert _names(desk, qloop) == ["sandbox"]


# -- presets ---------------------------------------------------------------------------------------------------------


def test_a_preset_fills_in_what_is_known(window: MainWindow, desk: Desk, qloop: QtLoop) -> None:
    page = _open(window, qloop)
    window.go("profiles", add=True)
    qloop.until(lambda: page.frame.is_choosing())
    assert nameless(page) == []
    page.frame.chooser._search.setText("google")
    card = next(item for item in page.frame.chooser.findChildren(Button) if item.accessibleName().startswith("Gmail"))
    card.click()
    qloop.settle()
    known = next(item for item in desk.profiles.presets() if item.id == "gmail")
    assert page.form.profile().relay == known.endpoints[0]
    assert page.form.profile().provider == "gmail"
    assert page.form.profile().limits == known.limits
    assert page.form.hint.isVisible()
    assert cut(page) == []


def _choosing(window: MainWindow, qloop: QtLoop) -> Page:
    page = _open(window, qloop)
    window.go("profiles", add=True)
    qloop.until(lambda: page.frame.is_choosing())
    return page


def test_an_address_finds_the_provider_and_fills_in_the_form(window: MainWindow, qloop: QtLoop) -> None:
    page = _choosing(window, qloop)
    chooser = page.frame.chooser
    QTest.keyClicks(chooser._search, "ana@gmx.co.uk")
    assert chooser.rows.names() == ["GMX"]
    assert chooser._said.sentence() == "Found by your address. Enter takes it."
    QTest.keyClick(chooser._search, Qt.Key.Key_Return)
    qloop.settle()
    made = page.form.profile()
    assert (made.relay.host, made.username, made.identity.from_header) == (
        *("mail.gmx.com", "ana@gmx.co.uk"),
        "ana@gmx.co.uk",
    )
    assert not page.form.server.is_open()
    assert cut(page) == [] and nameless(page) == []


def test_an_address_of_ones_own_domain_goes_along_with_the_choice(window: MainWindow, qloop: QtLoop) -> None:
    page = _choosing(window, qloop)
    chooser = page.frame.chooser
    chooser._search.setText("ana@northlight.example")
    assert "northlight.example" in chooser._said.sentence()
    QTest.keyClick(chooser._search, Qt.Key.Key_Return)
    assert page.frame.is_choosing(), "nothing is guessed"
    row = next(item for item in chooser.findChildren(ProviderRow) if item.provider.id == "google-workspace")
    row.click()
    assert page.form.profile().username == "ana@northlight.example"


def test_providers_are_found_by_other_words_and_with_the_keyboard(window: MainWindow, qloop: QtLoop) -> None:
    page = _choosing(window, qloop)
    chooser = page.frame.chooser
    assert len(chooser.rows.names()) == 28
    assert cut(chooser) == []
    QTest.keyClick(chooser._search, Qt.Key.Key_Down)
    focused = QApplication.focusWidget()
    assert isinstance(focused, ProviderRow) and focused.provider.id == "gmail"
    for key in (Qt.Key.Key_Right, Qt.Key.Key_Down, Qt.Key.Key_Left):
        QTest.keyClick(QApplication.focusWidget(), key)
    focused = QApplication.focusWidget()
    assert isinstance(focused, ProviderRow) and focused.provider.name == chooser.rows.names()[chooser.rows._columns]
    QTest.keyClick(focused, Qt.Key.Key_Up)
    QTest.keyClick(QApplication.focusWidget(), Qt.Key.Key_Up)
    assert QApplication.focusWidget() is chooser._search
    QTest.keyClicks(chooser._search, "sendinblue")
    assert chooser.rows.names() == ["Brevo"]
    QTest.keyClick(chooser._search, Qt.Key.Key_Return)
    assert page.form.profile().provider == "brevo"


def test_providers_are_compared_side_by_side(window: MainWindow, qloop: QtLoop) -> None:
    page = _choosing(window, qloop)
    compare = page.frame.chooser.compare
    _press(page.frame.chooser, "Compare")
    qloop.settle()
    assert len(compare.names()) == 28
    assert cut(page) == [] and nameless(page) == []
    for row in (2, 7):
        compare.table.selectionModel().select(
            compare.table.model().index(row, 0),
            QItemSelectionModel.SelectionFlag.Select | QItemSelectionModel.SelectionFlag.Rows,
        )
    _press(compare, "Only the selected")
    assert compare.names() == ["Microsoft 365", "Zoho Mail"]
    texts = [compare.table.model().index(1, column).data() for column in range(7)]
    assert texts[1] == "50 an hour; by account" and texts[-1] == "Forbidden"
    compare.table.selectRow(1)
    _press(compare, "Use this provider")
    assert page.form.profile().provider == "zoho"


def test_the_form_asks_only_what_the_provider_needs(window: MainWindow, qloop: QtLoop) -> None:
    page = _begin(window, qloop, "sendgrid")
    form = page.form
    assert not form.username.isVisible() and not form.host.isVisible()
    assert form.password._label.sentence() == "API key"
    assert "User name: apikey" in form.server._line.sentence()
    _press(form, "Change")
    assert form.username.isVisible() and form.host.isVisible()
    page._begin_new("local-postfix")
    assert form.host.isVisible() and not form.username.isVisible() and not form.password.isVisible()
    form.show_advanced(True)
    assert form.username.isVisible()
    form.show_advanced(False)
    page._begin_new("gmail")
    _type(form._username, "ana@gmail.com")
    assert form._sender.text() == "ana@gmail.com"
    _type(form._sender, "Ana <ana@gmail.com>")
    _type(form._username, "bea@gmail.com")
    assert form._sender.text() == "Ana <ana@gmail.com>"


def test_a_region_changes_the_host(window: MainWindow, desk: Desk, qloop: QtLoop) -> None:
    page = _begin(window, qloop, "mailgun")
    known = next(item for item in desk.profiles.presets() if item.id == "mailgun")
    region = page.form.hint._region
    region.setCurrentIndex(1)
    region.activated.emit(1)
    assert page.form.profile().relay.host == known.regions[1].endpoints[0].host
    assert page.form.profile().relay.host != known.endpoints[0].host


def test_every_preset_makes_a_profile_that_the_form_keeps(window: MainWindow, desk: Desk, qloop: QtLoop) -> None:
    page = _open(window, qloop)
    for provider in desk.profiles.presets():
        if provider.kind != "sandbox":
            made = from_preset("new", provider)
            page.form.load(made, provider)
            assert page.form.profile() == made


# -- the test --------------------------------------------------------------------------------------------------------


def test_a_test_goes_step_by_step_and_is_remembered(
    window: MainWindow, desk: Desk, qloop: QtLoop, server: ScriptedServer, ca: Authority
) -> None:
    qloop.run(desk.profiles.save(_profile(server, ca), Secret(PASSWORD), session_only=True))
    page = _open(window, qloop, "office")
    page.test.wanted.emit()
    qloop.until(lambda: page.test.verdict() == "Works")
    assert set(page.test.steps().values()) == {"ok"}
    assert server.taken == []
    transcript = page.test.transcript.view.toPlainText()
    assert "MAIL FROM" in transcript
    assert PASSWORD not in transcript
    assert "********" in transcript
    _press(page.test.transcript, "Copy")
    assert PASSWORD not in QGuiApplication.clipboard().text()
    assert "RCPT TO" in QGuiApplication.clipboard().text()
    row = next(row for row in qloop.run(desk.profiles.all()) if row.profile.name == "office")
    assert row.test_ok
    qloop.settle()
    assert cut(page) == []
    assert nameless(page) == []


def test_a_wrong_password_stops_at_sign_in_with_the_servers_words(
    window: MainWindow, desk: Desk, qloop: QtLoop, server: ScriptedServer, ca: Authority
) -> None:
    qloop.run(desk.profiles.save(_profile(server, ca), Secret("wrong one"), session_only=True))
    page = _open(window, qloop, "office")
    page.test.wanted.emit()
    qloop.until(lambda: page.test.verdict() == "Stopped at “Sign in”")
    steps = page.test.steps()
    assert (steps["auth"], steps["mail"], steps["rcpt"]) == ("bad", "skip", "skip")
    assert "535" in page.test.transcript.view.toPlainText()
    assert "wrong one" not in page.test.transcript.view.toPlainText()
    qloop.settle()
    assert cut(page) == []


def test_the_recipient_that_was_asked_about_is_named(
    window: MainWindow, desk: Desk, qloop: QtLoop, server: ScriptedServer, ca: Authority
) -> None:
    server.on("rcpt", say("550 5.1.1 no such user here"))
    qloop.run(desk.profiles.save(_profile(server, ca), Secret(PASSWORD), session_only=True))
    page = _open(window, qloop, "office")
    page.test.to.setText("bea@example.org")
    page.test.wanted.emit()
    qloop.until(lambda: page.test.verdict() == "Stopped at “Recipient”")
    assert "RCPT TO:<bea@example.org>" in page.test.transcript.view.toPlainText()


def test_an_unsaved_profile_can_be_tested(
    window: MainWindow, desk: Desk, qloop: QtLoop, server: ScriptedServer, ca: Authority
) -> None:
    page = _begin(window, qloop)
    page.form.load(_profile(server, ca))
    page.form._password.set_text(PASSWORD)
    page.test.wanted.emit()
    qloop.until(lambda: page.test.verdict() == "Works")
    assert _names(desk, qloop) == ["sandbox"]


def test_a_test_is_cancelled(
    window: MainWindow, desk: Desk, qloop: QtLoop, server: ScriptedServer, ca: Authority
) -> None:
    gate = threading.Event()
    server.on("mail", hold(gate))
    qloop.run(desk.profiles.save(_profile(server, ca), Secret(PASSWORD), session_only=True))
    page = _open(window, qloop, "office")
    page.test.wanted.emit()
    qloop.until(lambda: page.test.steps().get("mail") == "run")
    _press(page.test, "Cancel")
    qloop.until(lambda: page.test.verdict() == "Cancelled")
    assert page.test.steps()["mail"] == "skip"
    assert page.test._test.isVisible()
    gate.set()


def test_one_click_mends_the_encryption_and_tests_again(
    window: MainWindow, desk: Desk, qloop: QtLoop, server: ScriptedServer, ca: Authority
) -> None:
    page = _begin(window, qloop)
    page.form.load(_profile(server, ca))
    page.form._password.set_text(PASSWORD)
    page.form.set_security(Security.STARTTLS)
    page.test.wanted.emit()
    qloop.until(lambda: _shown(page.test, "Use TLS and test again"), "the mend")
    assert page.test.verdict() == "Stopped at “Greeting”"
    assert cut(page) == [] and nameless(page) == []
    _press(page.test, "Use TLS and test again")
    qloop.until(lambda: page.test.verdict() == "Works")
    assert page.form.security_value() is Security.TLS
    assert page.form.secret() is not None, "the typed password is still there"


def test_fixes_that_did_not_help_leave_the_fields_as_they_were(
    window: MainWindow, desk: Desk, qloop: QtLoop, ca: Authority
) -> None:
    with ScriptedServer(tls=ca.trusted(), starttls=True, users={"ana": "another"}) as server:
        page = _begin(window, qloop)
        page.form.load(_profile(server, ca))
        page.form._password.set_text(PASSWORD)
        page.test.wanted.emit()
        for label in ("Use STARTTLS and test again", "Use “ana@example.com” as user name and test again"):
            qloop.until(lambda label=label: _shown(page.test, label), label)
            _press(page.test, label)
        qloop.until(lambda: page.form.security_value() is Security.TLS, "the fields as they were")
        assert page.form.profile().username == "ana"
        assert page.form.secret() is not None, "the typed password is still there"
        assert [user for _how, user, _password in server.signed_in] == ["ana", "ana@example.com"]


def _shown(root: QWidget, label: str) -> bool:
    return any(item.text().strip() == label and item.isVisibleTo(root) for item in root.findChildren(Button))


def test_a_certificate_is_trusted_by_one_click_and_that_is_saved(
    window: MainWindow, desk: Desk, qloop: QtLoop, ca: Authority
) -> None:
    with ScriptedServer(tls=ca.unknown(), users={"ana": PASSWORD}) as server:
        qloop.run(desk.profiles.save(_profile(server, ca), Secret(PASSWORD), session_only=True))
        page = _open(window, qloop, "office")
        window.go("profiles", name="office", test=True)  # as "Test the profile" on another page does
        qloop.until(lambda: _shown(page.test, "Trust this certificate and test again"), "the mend")
        assert page.test.verdict() == "Stopped at “Certificate”"
        assert cut(page) == [] and nameless(page) == []
        _press(page.test, "Trust this certificate and test again")
        qloop.until(lambda: page.test.verdict() == "Works")
        assert page._dirty()
        page.frame.save.click()
        qloop.until(lambda: not page._dirty())
    saved = qloop.run(desk.profiles.get("office")).relay
    assert len(saved.pinned_sha256) == 64
    _type(page.form._host, "mail.elsewhere.example")
    assert page._entered().relay.pinned_sha256 == "", "it is trusted at that host alone"


def test_the_limits_that_a_server_states_are_taken_over_by_one_click(
    window: MainWindow, desk: Desk, qloop: QtLoop, ca: Authority
) -> None:
    offers = ("PIPELINING", "SIZE 10485760", "LIMITS MAILMAX=100")
    with ScriptedServer(tls=ca.trusted(), users={"ana": PASSWORD}, extensions=offers) as server:
        qloop.run(desk.profiles.save(_profile(server, ca), Secret(PASSWORD), session_only=True))
        page = _open(window, qloop, "office")
        page.test.wanted.emit()
        qloop.until(lambda: page.test.verdict() == "Works")
        _press(page.test, "Keep to these limits")
    assert (page.form.profile().limits.max_size, page.form.profile().limits.per_connection) == (10485760, 100)
    page.frame.save.click()
    qloop.until(lambda: not page._dirty())
    assert qloop.run(desk.profiles.get("office")).limits.per_connection == 100


def test_everything_is_tried_and_the_safest_is_taken_by_one_click(
    window: MainWindow, desk: Desk, qloop: QtLoop, server: ScriptedServer, ca: Authority, tmp_path: Path
) -> None:
    page = _begin(window, qloop)
    page.form.load(_profile(server, ca))
    page.form._password.set_text(PASSWORD)
    page.form.set_security(Security.NONE)
    page.test.everything.emit()
    qloop.until(lambda: page.test.verdict() == "1 works", "the end of it")
    qloop.settle()
    assert "TLS" in page.test.survey._banner.accessibleName()
    assert cut(page) == [] and nameless(page) == []
    assert len(page.test.survey.tried()) > 5
    _press(page.test.survey, "Use it and test")
    qloop.until(lambda: page.test.verdict() == "Works")
    page.test.transcript.write(tmp_path / "transcript.txt")
    kept = (tmp_path / "transcript.txt").read_text(encoding="utf-8")
    assert "RCPT TO" in kept and PASSWORD not in kept


def test_a_message_is_sent_only_to_somebody_who_is_named(
    window: MainWindow, desk: Desk, qloop: QtLoop, server: ScriptedServer, ca: Authority
) -> None:
    qloop.run(desk.profiles.save(_profile(server, ca), Secret(PASSWORD), session_only=True))
    page = _open(window, qloop, "office")
    assert not page.test.send.isEnabled()
    page.test.to.setText("bea@example.org")
    page.test.send.setChecked(True)
    page.test.wanted.emit()
    qloop.until(lambda: page.test.verdict() == "Works")
    assert [message.recipients for message in server.taken] == [("bea@example.org",)]
    page.test.to.setText("")
    assert not page.test.send.isChecked()


def test_a_draft_stays_when_another_page_asks_for_a_profile(window: MainWindow, desk: Desk, qloop: QtLoop) -> None:
    qloop.run(desk.profiles.save(Profile("office", Relay("smtp.example.com", 587))))
    page = _begin(window, qloop)
    _type(page.form._name, "draft")
    window.go("profiles", name="office")
    _press(qloop.run(becomes(_dialog)), "Cancel")
    qloop.settle(10)
    assert page.form.profile().name == "draft"
    window.go("profiles", name="office")
    _press(qloop.run(becomes(_dialog)), "Discard")
    qloop.until(lambda: page.form.profile().name == "office")


def test_without_an_account_the_first_thing_offered_is_to_connect_one(
    window: MainWindow, desk: Desk, qloop: QtLoop
) -> None:
    page = _open(window, qloop)
    assert cut(page) == []
    _press(page, "Connect your account")
    qloop.until(page.frame.is_choosing)
    page.frame.chooser._search.setText("ana@northlight.example")
    assert page.frame.chooser.rows.names()[0] == "My web host"
    page.frame.chooser._search.setText("")
    assert page.frame.chooser.rows.names()[0] != "My web host"
    qloop.run(desk.profiles.save(Profile("office", Relay("smtp.example.com", 587))))
    page = _open(window, qloop, "office")
    page.list.picked.emit("sandbox")
    qloop.until(page.frame.to_sandbox.isVisible)
    assert page.frame._connect.isHidden()


# -- the keyring -----------------------------------------------------------------------------------------------------


def test_without_a_keyring_a_password_is_for_this_session_unless_the_person_says_otherwise(
    window: MainWindow, desk: Desk, qloop: QtLoop
) -> None:
    page = _begin(window, qloop)
    form = page.form
    qloop.until(form._session.isVisible, "the choice")
    assert form.session_only()
    assert form.password.message() == "Used until the program is closed, and kept nowhere."
    _type(form._name, "office")
    _type(form._host, "smtp.example.com")
    _type(form._username, "ana")
    form._password.set_text(PASSWORD)
    form._password.edited.emit(PASSWORD)
    form._session.click()
    assert "“For this session only”" in form.password.message() and "SMTPDESK_" not in form.password.message()
    page.frame.save.click()
    qloop.until(page.frame.banner.isVisible, "the refusal")
    assert _names(desk, qloop) == ["sandbox"]
    form._session.click()
    page.frame.save.click()
    qloop.until(lambda: not page._dirty())
    assert qloop.run(desk.profiles.has_secret(qloop.run(desk.profiles.get("office"))))


def test_with_a_keyring_a_typed_password_may_still_be_for_this_session_only(window: MainWindow, qloop: QtLoop) -> None:
    form = _begin(window, qloop).form
    qloop.until(form._session.isVisible, "what the vault said")
    form.set_keyring(True, "Kept here.")
    assert form._session.isHidden() and not form.session_only()
    form._password.set_text(PASSWORD)
    form._password.edited.emit(PASSWORD)
    assert form._session.isVisible() and form.password.message() == "Kept here."
    form._session.click()
    assert form.session_only() and form.password.message() == "Used until the program is closed, and kept nowhere."


def test_a_password_saved_for_this_session_is_not_said_to_be_in_the_keyring(
    window: MainWindow, desk: Desk, qloop: QtLoop
) -> None:
    page = _begin(window, qloop)
    form = page.form
    qloop.until(form._session.isVisible, "what the vault said")
    form.set_keyring(True, "Kept here.")
    page._knows_vault = True
    _type(form._name, "office")
    _type(form._host, "smtp.example.com")
    _type(form._username, "ana")
    form._password.set_text(PASSWORD)
    form._password.edited.emit(PASSWORD)
    form._session.click()
    page.frame.save.click()
    qloop.until(lambda: not page._dirty() and form._password.line.placeholderText(), "the dots")
    assert form.password.message() == "Used until the program is closed, and kept nowhere."


def test_the_built_in_profile_is_shown_as_a_word(window: MainWindow, qloop: QtLoop) -> None:
    page = _open(window, qloop)
    assert page.frame.title() == "Sandbox"
    assert page.list.names() == ["sandbox"]
    assert page.list._rows["sandbox"].accessibleName().startswith("Sandbox, ")


_SAVE = """
import asyncio, sys
from pathlib import Path
from smtpdesk.desk import Desk
from smtpdesk.desktop.main import application
from smtpdesk.desktop.shell.loop import event_loop
from smtpdesk.desktop.shell.window import MainWindow

async def main():
    await (await Desk.open(Path(sys.argv[1]))).close()  # a workspace that was used before
    desk = await Desk.open(Path(sys.argv[1]))
    window = MainWindow()
    window.show()
    await window.load(desk, "profiles")
    page = window.page("profiles")
    await page.opened()
    await page._look_at_vault()
    page._begin_new("other")
    page.form._name.setText("office"); page.form._host.setText("smtp.example.com"); page.form._username.setText("ana")
    page.form._password.set_text(sys.stdin.read())
    print(await page._save())
    print(page.form.password.message())
    window.shut()
    await desk.close()

with asyncio.Runner(loop_factory=lambda: event_loop(application(["test"]))) as runner:
    runner.run(main())
"""

_ASK = """
import asyncio, sys
from pathlib import Path
from smtpdesk.desk import Desk

async def main():
    desk = await Desk.open(Path(sys.argv[1]))
    print(await desk.profiles.has_secret(await desk.profiles.get("office")))
    await desk.close()

asyncio.run(main())
"""


def test_a_password_is_kept_in_the_real_keyring(keyring_service: SecretService, workspace: Path) -> None:
    saved = keyring_service.run([sys.executable, "-c", _SAVE, workspace], input=PASSWORD)
    assert saved.stdout.splitlines()[-2:] == ["True", "Kept in the system keyring, never in a file."], saved.stderr
    asked = keyring_service.run([sys.executable, "-c", _ASK, workspace])
    assert asked.stdout.strip() == "True", asked.stderr
    assert not [file for file in workspace.rglob("*") if file.is_file() and PASSWORD.encode() in file.read_bytes()]
