"""Words from elsewhere are shown as words on every page: nothing of them is mark-up, a shortcut, or endless."""

from __future__ import annotations

import smtplib
from dataclasses import replace
from email.message import EmailMessage
from pathlib import Path

import pytest
from PySide6.QtCore import QPoint, Qt
from PySide6.QtWidgets import QApplication, QLabel, QMenu, QWidget
from pytestqt.qtbot import QtBot

from smtpdesk.base.errors import InputError
from smtpdesk.desk import Desk
from smtpdesk.desktop.components import Badge, Button, Column, Elide, PagedModel, Tabs, text
from smtpdesk.desktop.components.plain import (
    CELL,
    TIP,
    entry,
    no_shortcut,
    one_line,
    paragraph,
    set_tip,
    set_title,
    unmarked,
)
from smtpdesk.desktop.pages.explain.page import Page as ExplainPage
from smtpdesk.desktop.pages.sending.page import PEOPLE as BY_PERSON
from smtpdesk.desktop.pages.sending.page import TIME
from smtpdesk.desktop.pages.sending.page import Page as SendingPage
from smtpdesk.desktop.preview.headers_view import HeadersView
from smtpdesk.desktop.shell.window import MainWindow
from smtpdesk.domain.delivery import Blame, Outcome, OutcomeKind, Reply, RunState, Stage
from smtpdesk.domain.profile import Identity, Profile, Relay
from smtpdesk.domain.recipient import Recipient
from smtpdesk.recipients import Pasted
from smtpdesk.sandbox import Behaviour, SandboxServer
from smtpdesk.store import Workspace
from tests.desktop.campaigns import show
from tests.desktop.conftest import QtLoop
from tests.desktop.marked_up import EVIL, complaints, guessed_rich
from tests.desktop.sending_ledger import Run, new_run

_PROFILE = "<img src=zero> & <b>x"
_CELL = EVIL.replace('"', "'")


@pytest.mark.parametrize(
    "words",
    [
        EVIL, "<b>x</b>", "  \t<IMG SRC=x>", "a < b", "<?xml version='1.0'?>", "&lt;b&gt;", "<!-- x -->", "<qt>x</qt>",
        "plain\n<b>x</b>", "</p>", "<svg/onload=x>", "&#60;b&#62;", "x <a href='file:///etc/passwd'>y</a>",
    ],
)  # fmt: skip
def test_no_tool_tip_is_mark_up_and_none_loses_a_letter(words: str, qapp: QApplication) -> None:
    made = unmarked(words)
    assert not guessed_rich(made)
    assert made.replace("\u2060", "") == paragraph(words)


def test_a_tool_tip_on_screen_is_plain(qtbot: QtBot) -> None:
    from smtpdesk.desktop.components.plain import show_tip

    widget = QWidget()
    qtbot.addWidget(widget)
    widget.show()
    show_tip(QPoint(5, 5), EVIL, widget)
    tips = [each for each in QApplication.topLevelWidgets() if each.inherits("QTipLabel")]
    assert tips and isinstance(tips[0], QLabel)
    assert not guessed_rich(tips[0].text())


def test_words_are_cut_before_they_are_laid_out(qtbot: QtBot) -> None:
    long = "x" * 1_000_000
    assert len(one_line(long)) == CELL
    assert len(unmarked(long)) == TIP
    assert unmarked("\n" * 5_000).count("\n") < 60
    label, wide = text(long, wrap=True), Elide(long)
    for each in (label, wide):
        qtbot.addWidget(each)
    assert len(label.text()) < 30_000
    assert len(wide.text()) <= TIP
    model = PagedModel([Column("a", long, 80, lambda row: row, badge=lambda row: Badge(row))], lambda ids: [long] * 1)
    model.set_ids([1])
    for role in (Qt.ItemDataRole.DisplayRole, Qt.ItemDataRole.ToolTipRole, Qt.ItemDataRole.AccessibleTextRole):
        assert len(model.index(0, 0).data(role)) <= TIP
    assert len(model.headerData(0, Qt.Orientation.Horizontal)) <= CELL


def test_controls_and_turns_are_no_part_of_a_line(qapp: QApplication) -> None:
    assert one_line("a\x00b\x1b[31m\nc\u2028d\u202ee") == "a b [31m c d\ufffde"
    assert paragraph("a\r\nb\x07\tc") == "a\nb c".replace(" c", " \tc")


def test_an_ampersand_is_an_ampersand(qtbot: QtBot) -> None:
    made = Button("Marks & Sons")
    made.setText("Salt & Pepper")
    tabs = Tabs(["A & B"])
    tabs.set_label(0, "C & D")
    menu = QMenu()
    action = entry(menu, "One & two\tx", behind="3 & 4")
    for each in (made, tabs, menu):
        qtbot.addWidget(each)
    assert made.text() == "Salt & Pepper"
    assert super(Button, made).text() == "Salt && Pepper"
    assert action.text() == "One && two x\t3 && 4"
    assert no_shortcut("a && b") == "a &&&& b"
    assert not complaints(tabs)
    title = QWidget()
    qtbot.addWidget(title)
    set_title(title, "list [*] & more")
    assert "[*][*]" in title.windowTitle()
    set_tip(title, EVIL)
    assert not complaints(title)


def test_headers_of_a_message_are_words(qtbot: QtBot) -> None:
    view = HeadersView()
    qtbot.addWidget(view)
    view.set([("Subject", EVIL), (EVIL, "x" * 1_000_000)])
    assert not complaints(view)
    assert len(view.toPlainText()) < 30_000


def test_the_walk_finds_what_is_wrong(qtbot: QtBot) -> None:
    bad = QWidget()
    qtbot.addWidget(bad)
    QLabel(EVIL, bad)
    bad.setToolTip("<b>x</b>")
    assert len(complaints(bad)) >= 2


# --- every page ------------------------------------------------------------------------------------------------
def _profile(name: str) -> Profile:
    return Profile(name, Relay("127.0.0.1", 2525), Identity("Ana <ana@example.com>"))


def _rows() -> list[tuple[Recipient, str]]:
    return [
        (Recipient(f"p{number}@example.com", {"email": f"p{number}@example.com", "first_name": _CELL}, number), "")
        for number in range(1, 9)
    ]


def _outcome(kind: OutcomeKind, blame: Blame, cause: str) -> Outcome:
    return Outcome(kind, Stage.RCPT, blame, Reply(550, EVIL, "5.1.1"), cause, seconds=0.1)


def _run(store: Workspace) -> Run:
    run = new_run(store, 8, campaign=EVIL, profiles=(_PROFILE,), rows=_rows())
    run.attempt([_outcome(OutcomeKind.REJECTED, Blame.RECIPIENT, "recipient.unknown")] * 3)
    run.attempt([_outcome(OutcomeKind.DEFERRED, Blame.RECIPIENT, "recipient.greylisted")] * 2)
    run.attempt([_outcome(OutcomeKind.REJECTED, Blame.MESSAGE, "message.spam")])
    run.state(RunState.PAUSED, "profile.password")
    return run


def _page(qloop: QtLoop, window: MainWindow, page_id: str, /, **args: object) -> QWidget:
    window.go(page_id, **args)
    qloop.until(lambda: window.current() == page_id and window.page(page_id) is not None, page_id)
    qloop.settle(20)
    page = window.page(page_id)
    assert page is not None
    return page


def test_a_run_shows_only_words(qloop: QtLoop, desk: Desk, window: MainWindow) -> None:
    qloop.run(desk.profiles.save(_profile(_PROFILE)))
    with Workspace.open(desk.folder) as store:
        run = _run(store)
        page = _page(qloop, window, "sending", run=run.id)
        assert isinstance(page, SendingPage)
        qloop.until(lambda: len(page.causes.panels()) >= 3, "the causes")
        for panel in page.causes.panels():
            panel.open_up()
        qloop.settle(20)
        assert not complaints(window)
        page.show_view(TIME)
        qloop.until(lambda: page.log.model.rowCount() >= 6, "the log")
        page.log.table.selectRow(0)
        qloop.settle(20)
        page.show_view(BY_PERSON)
        qloop.until(lambda: page.people.model.rowCount() >= 6, "people")
        page.people.table.selectRow(0)
        qloop.settle(20)
        assert not complaints(window)
        for name, args in (("activity", {}), ("performance", {"run": run.id, "profile": _PROFILE}), ("campaigns", {})):
            _page(qloop, window, name, **args)
            assert not complaints(window), name


def test_lists_and_a_campaign_show_only_words(qloop: QtLoop, desk: Desk, window: MainWindow, tmp_path: Path) -> None:
    heading = "<b>shop</b> & <img src=/dev/zero>"
    rows = "".join(f'"p{n}@example.com"\t"{_CELL}"\t"{_CELL}"\n' for n in range(4))
    pasted = Pasted(f'email\tfirst_name\t{heading}\n{rows}"<b>no address</b>"\tx\ty\n')
    qloop.run(desk.lists.import_list(pasted, "<b>People</b> & more"))
    qloop.run(desk.profiles.save(_profile(_PROFILE)))
    _page(qloop, window, "lists")
    qloop.settle(30)
    assert not complaints(window)
    folder = qloop.run(desk.campaigns.create("<img src=x> & <b>y<b>", list_name="<b>People</b> & more"))
    evil_file = folder / "<img src=zero> & <b>.pdf"
    evil_file.write_bytes(b"%PDF-1.4")
    draft = qloop.run(desk.campaigns.load(folder))
    campaign = replace(
        draft.campaign, subject=f"{EVIL} {{{{ first_name }}}}", from_header="Ana <ana@example.com>",
        attachments=(evil_file.name,), profiles=(_PROFILE,),
    )  # fmt: skip
    qloop.run(desk.campaigns.save(replace(draft, campaign=campaign, html=f"<p>{{{{ first_name }}}} {EVIL}</p>")))
    for step in ("recipients", "message", "check", "send"):
        show(qloop, window, folder, step)
        qloop.settle(60)
        assert not complaints(window), step


def test_the_other_pages_show_only_words(qloop: QtLoop, desk: Desk, window: MainWindow) -> None:
    qloop.run(desk.profiles.save(_profile(_PROFILE)))
    _page(qloop, window, "profiles", name=_PROFILE)
    assert not complaints(window)
    explain = _page(qloop, window, "explain")
    assert isinstance(explain, ExplainPage)
    before = explain.reads
    explain.set_text(f"550 5.1.1 {EVIL}: Recipient address rejected: User unknown {EVIL}")
    qloop.until(lambda: explain.reads > before, "the explanation")
    assert not complaints(window)
    for name in ("domain", "help", "settings"):
        _page(qloop, window, name)
        assert not complaints(window), name
    window.tell(InputError("x", EVIL, EVIL, EVIL))
    qloop.settle(10)
    assert not complaints(window)


def test_mail_in_the_sandbox_shows_only_words(qloop: QtLoop, desk: Desk, window: MainWindow) -> None:
    qloop.run(desk.sandbox.set_behaviour(Behaviour(reject=0.0, defer=0.0, delay=0.0)))
    message = EmailMessage()
    message["From"], message["To"], message["Subject"] = "a@example.com", "b@example.com", "<b>x</b> & <img src=zero>"
    message.set_content("x")
    message.add_attachment(b"x", maintype="text", subtype="plain", filename="<img src=zero> & <b>.txt")
    with SandboxServer(desk.sandbox.folder) as server:
        with smtplib.SMTP("127.0.0.1", server.port, timeout=10) as client:
            client.send_message(message)
        _page(qloop, window, "sandbox")
        qloop.settle(60)
        assert not complaints(window)


def test_a_list_with_a_cell_of_a_megabyte_is_shown_cut(qloop: QtLoop, desk: Desk, window: MainWindow) -> None:
    rows = "\n".join(f"p{number}@example.com\t{'<b>x</b> ' * 12_000}" for number in range(8))
    qloop.run(desk.lists.import_list(Pasted(f"email\tabout\n{rows}\n"), "Long"))
    _page(qloop, window, "lists")
    qloop.settle(30)
    assert not complaints(window)
