"""The preview shows a message and lets nothing happen, proved with a real server that counts who knocks."""

from __future__ import annotations

import base64
import socket
import threading
from collections.abc import Iterator
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any

import pytest
from PySide6.QtCore import QPoint, Qt
from PySide6.QtGui import QColor, QDesktopServices
from PySide6.QtTest import QTest
from PySide6.QtWidgets import QDialog

from smtpdesk.base.errors import InputError
from smtpdesk.desktop.preview import MessagePreview, engine, mail_view, schemes
from smtpdesk.desktop.preview.clean import Cleaned, clean
from smtpdesk.desktop.preview.engine import PlainBrowser
from smtpdesk.desktop.preview.guard import is_public
from smtpdesk.desktop.preview.mail_view import MailView
from smtpdesk.desktop.preview.message_preview import FILES, HEADERS, SOURCE, TEXT
from smtpdesk.message import RowError, read_back
from tests.desktop.conftest import QtLoop
from tests.desktop.hands import words

schemes.register()

PIXEL = bytes.fromhex(
    "89504e470d0a1a0a0000000d4948445200000001000000010802000000907753de0000000c49444154789c63"
    "f8ffff3f0005fe02fe0def46b80000000049454e44ae426082"
)


class Knocked:
    """A web server on loopback, and what reached it: every connection, even one that never asks for anything."""

    def __init__(self) -> None:
        self.asked: list[str] = []
        self.headers: list[dict[str, str]] = []
        self.connections = 0
        self.redirect = ""
        outer = self

        class Handler(BaseHTTPRequestHandler):
            def do_GET(self) -> None:
                outer.asked.append(self.path)
                outer.headers.append({name.lower(): value for name, value in self.headers.items()})
                if outer.redirect and self.path == "/moved.png":
                    self.send_response(302)
                    self.send_header("Location", outer.redirect)
                    self.end_headers()
                    return
                self.send_response(200)
                self.send_header("Content-Type", "image/png")
                self.send_header("Set-Cookie", "seen=1")
                self.end_headers()
                self.wfile.write(PIXEL)

            def log_message(self, format: str, *args: object) -> None:
                pass

        class Server(ThreadingHTTPServer):
            daemon_threads = True

            def get_request(self) -> tuple[socket.socket, object]:
                outer.connections += 1
                return super().get_request()

        self._server = Server(("127.0.0.1", 0), Handler)
        self.port = self._server.server_address[1]
        self._thread = threading.Thread(target=self._server.serve_forever, args=(0.05,))
        self._thread.start()

    def url(self, path: str) -> str:
        return f"http://127.0.0.1:{self.port}{path}"

    def close(self) -> None:
        self._server.shutdown()
        self._server.server_close()
        self._thread.join()


@pytest.fixture
def server() -> Iterator[Knocked]:
    made = Knocked()
    yield made
    made.close()


@pytest.fixture
def other() -> Iterator[Knocked]:
    made = Knocked()
    yield made
    made.close()


class Shown:
    """A mail view on screen, and a way to wait for it."""

    def __init__(self, qloop: QtLoop, view: MailView) -> None:
        self.qloop, self.view, self.count = qloop, view, 0
        view.shown.connect(self._one)
        view.resize(420, 320)
        view.show()

    def _one(self) -> None:
        self.count += 1

    def mail(self, html: str, inline: dict[str, tuple[str, bytes]] | None = None) -> None:
        before = self.count
        self.view.show_mail(html, inline or {})
        self.qloop.until(lambda: self.count > before, "the message is loaded")

    def blocked(self) -> list[str]:
        web = self.view.view()
        assert web is not None
        assert not isinstance(web, PlainBrowser)
        return web.guard.blocked

    def colour(self, x: int, y: int) -> QColor:
        return self.view.grab().toImage().pixelColor(QPoint(x, y))


@pytest.fixture
def shown(qloop: QtLoop) -> Iterator[Shown]:
    view = MailView()
    yield Shown(qloop, view)
    view.hide()
    view.deleteLater()
    qloop.settle()


@pytest.fixture
def trusting(qloop: QtLoop) -> Iterator[Shown]:
    """A view that takes loopback for the internet, so that loading can be seen at all."""
    view = MailView(reachable=lambda address: address == "127.0.0.1")
    yield Shown(qloop, view)
    view.hide()
    view.deleteLater()
    qloop.settle()


def hostile(server: Knocked) -> str:
    u = server.url
    return f"""<!DOCTYPE html><html><head>
      <link rel="preconnect" href="{u("")}"><link rel="stylesheet" href="{u("/sheet.css")}">
      <link rel="preload" as="image" href="{u("/preload.png")}"><base href="{u("/")}">
      <meta http-equiv="refresh" content="0;url={u("/refresh")}">
      <style>@import url({u("/import.css")}); @font-face {{ font-family: F; src: url({u("/font.woff")}) }}
        body {{ background: url({u("/background.png")}); font-family: F }}</style></head>
      <body onload="location='{u("/onload")}'"><svg><style><p><link rel=preconnect href="{u("")}"></style></svg>
      <img src="{u("/picture.png")}"><img srcset="{u("/set.png")} 1x"><iframe src="{u("/frame")}"></iframe>
      <iframe srcdoc='<link rel=preconnect href="{u("")}"><img src="{u("/srcdoc.png")}">'></iframe>
      <object data="{u("/object")}"></object><embed src="{u("/embed")}">
      <video src="{u("/video.mp4")}" autoplay></video>
      <audio src="{u("/sound.mp3")}" autoplay></audio><input type="image" src="{u("/input.png")}">
      <svg><image href="{u("/svg.png")}"/></svg><img src="file:///etc/hostname">
      <img src="{u("/x")}" onerror="fetch('{u("/e")}')">
      <script>document.title = "ran"; fetch("{u("/script")}"); new Image().src = "{u("/script.png")}";</script>
      <p>hello</p></body></html>"""


def test_nothing_leaves_the_computer_before_it_is_asked_for(shown: Shown, server: Knocked) -> None:
    shown.mail(hostile(server))
    shown.mail("<p>and a second message, so that the first had all its time</p>")
    assert (server.connections, server.asked) == (0, [])
    web = shown.view.view()
    assert web is not None
    assert not isinstance(web, PlainBrowser)
    assert web.page().profile().isOffTheRecord()
    assert web.page().title() != "ran"


def test_the_engine_itself_is_refused_what_the_cleaning_left(shown: Shown, server: Knocked) -> None:
    shown.mail(f'<img src="{server.url("/a.png")}"><p style="background:url({server.url("/b.png")})">x</p>')
    assert server.connections == 0
    assert shown.view.load_button.isVisible()


def test_the_guard_alone_refuses_everything_even_without_the_policy(
    shown: Shown, server: Knocked, monkeypatch: pytest.MonkeyPatch
) -> None:
    from smtpdesk.desktop.preview import web

    monkeypatch.setattr(web, "_POLICY", "")
    shown.mail(hostile(server))
    shown.mail("<p>next</p>")
    assert server.connections == 0
    assert {server.url(f"/{name}.png") for name in ("picture", "set", "background", "svg")} <= set(shown.blocked())


def test_pictures_load_when_asked_and_nothing_but_pictures(trusting: Shown, server: Knocked) -> None:
    trusting.mail(hostile(server))
    assert server.connections == 0
    assert trusting.view.load_button.isVisible()
    trusting.view.load_button.click()
    trusting.qloop.until(lambda: "/picture.png" in server.asked and "/set.png" in server.asked, "pictures are loaded")
    trusting.mail("<p>next</p>")
    assert {path for path in server.asked if not path.endswith(".png")} <= {"/x"}
    assert "/preload.png" not in server.asked
    assert "/script.png" not in server.asked
    assert "/srcdoc.png" not in server.asked
    assert not trusting.view.load_button.isVisible()
    for headers in server.headers:
        assert "cookie" not in headers
        assert not headers.get("referer")


def test_pictures_of_this_computer_and_its_network_never_load(shown: Shown, server: Knocked) -> None:
    shown.mail(f'<img src="{server.url("/a.png")}"><img src="http://localhost:{server.port}/b.png">')
    before = shown.count
    shown.view.load_pictures()
    shown.qloop.until(lambda: shown.count > before, "shown again")
    shown.mail("<p>next</p>")
    assert server.connections == 0
    assert server.url("/a.png") in shown.blocked()


def test_a_redirect_to_this_computers_network_ends_there(qloop: QtLoop, server: Knocked, other: Knocked) -> None:
    server.redirect = f"http://127.0.0.2:{other.port}/secret.png"
    other_seen = other.connections
    view = MailView(reachable=lambda address: address == "127.0.0.1")
    shown = Shown(qloop, view)
    try:
        shown.mail(f'<img src="{server.url("/moved.png")}">')
        view.load_pictures()
        qloop.until(lambda: "/moved.png" in server.asked, "the redirect is given")
        qloop.until(lambda: any("secret" in address for address in shown.blocked()), "and refused")
        assert other.connections == other_seen
    finally:
        view.hide()
        view.deleteLater()
        qloop.settle()


def test_a_redirect_to_another_public_site_is_looked_up_and_followed(
    trusting: Shown, server: Knocked, other: Knocked
) -> None:
    server.redirect = other.url("/elsewhere.png")
    trusting.mail(f'<img src="{server.url("/moved.png")}">')
    trusting.view.load_pictures()
    trusting.qloop.until(lambda: "/elsewhere.png" in other.asked, "the picture behind the redirect")


def test_once_asked_for_the_next_persons_pictures_load_too_until_they_are_forgotten(
    trusting: Shown, server: Knocked
) -> None:
    trusting.mail(f'<img src="{server.url("/first.png")}">')
    trusting.view.load_pictures()
    trusting.qloop.until(lambda: "/first.png" in server.asked)
    trusting.view.show_mail(f'<img src="{server.url("/second.png")}">', {})
    trusting.qloop.until(lambda: "/second.png" in server.asked)
    trusting.view.forget_pictures()
    trusting.mail(f'<img src="{server.url("/third.png")}">')
    trusting.mail("<p>next</p>")
    assert "/third.png" not in server.asked


def test_a_picture_inside_the_message_is_shown(shown: Shown) -> None:
    red = (
        b'<svg xmlns="http://www.w3.org/2000/svg" width="400" height="300"><rect width="400" height="300" '
        b'fill="#ff0000"/></svg>'
    )
    shown.mail('<body style="margin:0"><img src="cid:logo%40x"></body>', {"logo@x": ("image/svg+xml", red)})
    shown.qloop.until(lambda: shown.colour(100, 100) == QColor("#ff0000"), "the picture is painted")


def test_dark_colours_of_the_message_show_in_dark_mode_only(shown: Shown) -> None:
    shown.mail(
        "<style>body { background: #00ff00 } @media (prefers-color-scheme: dark) { body { background: #0000ff } }"
        "</style><p>x</p>"
    )
    shown.qloop.until(lambda: shown.colour(200, 200) == QColor("#00ff00"), "light")
    shown.view.set_dark(True)
    shown.qloop.until(lambda: shown.colour(200, 200) == QColor("#0000ff"), "dark")
    assert shown.view.knows_dark()


def test_a_message_without_dark_colours_stays_readable_in_dark_mode(shown: Shown) -> None:
    shown.mail("<p>black words on nothing</p>")
    shown.view.set_dark(True)
    shown.qloop.until(lambda: shown.colour(200, 200) == QColor("#ffffff"), "the light ground")
    assert "no colours for dark mode" in words(shown.view)
    shown.mail("<style>@media (prefers-color-scheme: dark) { p { color: white } }</style><p>x</p>")
    shown.qloop.until(lambda: shown.colour(200, 200).lightnessF() < 0.2, "the dark ground")
    assert "no colours for dark mode" not in words(shown.view)


def test_a_phone_is_375_wide_and_a_narrow_desktop_is_zoomed_out(shown: Shown) -> None:
    shown.view.resize(600, 320)
    shown.mail("<style>@media (max-width: 400px) { body { background: #ff0000 } }</style><p>x</p>")
    web = shown.view.view()
    assert web is not None
    assert not isinstance(web, PlainBrowser)
    assert web.zoomFactor() == pytest.approx(600 / 680, abs=0.01)
    shown.view.set_phone(True)
    assert web.width() == 375
    shown.qloop.until(lambda: shown.colour(300, 200) == QColor("#ff0000"), "the phone's layout")


def test_a_link_is_shown_before_it_opens_and_opens_outside(
    shown: Shown, qloop: QtLoop, monkeypatch: pytest.MonkeyPatch, server: Knocked
) -> None:
    opened: list[str] = []
    monkeypatch.setattr(QDesktopServices, "openUrl", lambda url: opened.append(url.toString()))
    page = f'<a href="{server.url("/page")}" style="position:fixed;inset:0;background:#00ff00">everywhere</a>'
    shown.mail(page)
    qloop.until(lambda: shown.colour(200, 200) == QColor("#00ff00"), "painted")
    web = shown.view.view()
    assert web is not None
    QTest.mouseClick(web.focusProxy(), Qt.MouseButton.LeftButton, pos=QPoint(200, 200))
    qloop.until(lambda: shown.view.findChildren(QDialog), "the question")
    dialog = shown.view.window().findChildren(QDialog)[0]
    assert not opened
    dialog.finish("yes")
    qloop.until(lambda: opened == [server.url("/page")], "opened outside")
    assert server.connections == 0


def test_the_page_cannot_be_led_away(shown: Shown, server: Knocked) -> None:
    shown.mail("<p>x</p>")
    web = shown.view.view()
    assert web is not None
    assert not isinstance(web, PlainBrowser)
    here = web.url()
    web.page().runJavaScript(f"location = '{server.url('/js')}'")
    web.load(server.url("/load"))
    shown.mail("<p>next</p>")
    assert server.connections == 0
    assert here.scheme() == web.url().scheme() == "mailpreview"


def test_a_message_of_seven_megabytes_is_shown(shown: Shown) -> None:
    picture = base64.b64encode(PIXEL + bytes(5_000_000)).decode()
    shown.mail(f'<body style="background:#00ff00"><img src="data:image/png;base64,{picture}"></body>')
    shown.qloop.until(lambda: shown.colour(200, 200) == QColor("#00ff00"), "painted")


def test_without_the_web_engine_a_plain_view_shows_the_message_and_says_so(
    qloop: QtLoop, monkeypatch: pytest.MonkeyPatch, server: Knocked
) -> None:
    def missing() -> None:
        raise ImportError("no libQt6WebEngineCore.so.6")

    monkeypatch.setattr(engine, "register_schemes", missing)
    view = MailView()
    view.resize(400, 300)
    view.show()
    view.show_mail(f'<p>hello</p><img src="{server.url("/a.png")}"><img src="cid:x">', {"x": ("image/png", PIXEL)})
    plain = view.view()
    assert isinstance(plain, PlainBrowser)
    qloop.until(lambda: "hello" in plain.toPlainText(), "its words")
    assert view._notice_box.isVisible()
    assert not view.load_button.isVisible()
    assert server.connections == 0
    view.deleteLater()
    qloop.settle()


def test_an_engine_that_dies_is_started_again_and_at_last_replaced(shown: Shown) -> None:
    shown.mail("<p>hello</p>")
    for _death in range(2):
        web, before = shown.view.view(), shown.count
        assert web is not None
        assert not isinstance(web, PlainBrowser)
        web.died.emit()
        shown.qloop.until(lambda before=before: shown.count > before, "the message is shown again")
        assert shown.view.view() is not web
        assert "started again" in shown.view._notice.sentence()
    last = shown.view.view()
    assert last is not None
    assert not isinstance(last, PlainBrowser)
    last.died.emit()
    shown.qloop.until(lambda: isinstance(shown.view.view(), PlainBrowser), "the plain view")
    plain = shown.view.view()
    assert isinstance(plain, PlainBrowser)
    shown.qloop.until(lambda: "hello" in plain.toPlainText(), "its words")


def test_cleaning_is_done_beside_the_window_and_only_the_last_message_is_shown(
    shown: Shown, monkeypatch: pytest.MonkeyPatch
) -> None:
    threads: list[threading.Thread] = []

    def noted(*given: Any) -> Cleaned:
        threads.append(threading.current_thread())
        return clean(*given)

    monkeypatch.setattr(mail_view, "clean", noted)
    for number in range(5):
        shown.view.show_mail(f"<p>{number}</p>" * 20_000, {})
    shown.mail("<p>the last</p>")
    assert shown.view._cleaned.html == "<p>the last</p>"
    assert threads
    assert threading.main_thread() not in threads


def test_html_that_is_too_much_is_not_shown_but_said(shown: Shown, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("smtpdesk.desktop.preview.clean.LONGEST", 1000)
    shown.mail("<p>x</p>" * 500)
    assert "too large" in shown.view._notice.sentence()
    assert shown.view._notice_box.isVisible()
    shown.mail("<p>small</p>")
    assert not shown.view._notice_box.isVisible()


RAW = (
    b"From: Ana <ana@example.com>\r\nTo: b@example.com\r\nSubject: =?utf-8?q?Caf=C3=A9?=\r\nMIME-Version: 1.0\r\n"
    b'Content-Type: multipart/mixed; boundary="m"\r\n\r\n'
    b'--m\r\nContent-Type: multipart/alternative; boundary="a"\r\n\r\n'
    b"--a\r\nContent-Type: text/plain; charset=utf-8\r\n\r\nplain words\r\n--a\r\nContent-Type: text/html\r\n\r\n"
    b"<p>html words</p>\r\n--a--\r\n--m\r\nContent-Type: application/pdf\r\n"
    b'Content-Disposition: attachment; filename="terms.pdf"\r\n'
    b"Content-Transfer-Encoding: base64\r\n\r\nJVBERi0=\r\n--m--\r\n"
)


@pytest.fixture
def preview(qloop: QtLoop) -> Iterator[MessagePreview]:
    made = MessagePreview()
    made.resize(640, 480)
    made.show()
    yield made
    made.hide()
    made.deleteLater()
    qloop.settle()


def test_every_tab_shows_what_the_bytes_say(preview: MessagePreview, qloop: QtLoop) -> None:
    preview.show_message(RAW, read_back(RAW))
    assert preview._subject.text() == "Café"
    preview.show_tab(TEXT)
    assert preview._text.toPlainText().strip() == "plain words"
    preview.show_tab(HEADERS)
    shown = preview._headers.toPlainText()
    assert "Café" in shown
    preview.show_tab(SOURCE)
    assert "JVBERi0=" in preview._source.toPlainText()
    preview.show_tab(FILES)
    assert preview._files.isVisible()
    assert preview._tabs._group.button(FILES).text() == "Attachments 1"


def test_a_problem_stands_in_place_with_the_way_to_its_line(preview: MessagePreview, qloop: QtLoop) -> None:
    jumps: list[tuple[str, int]] = []
    preview.jump.connect(lambda file, line: jumps.append((file, line)))
    error = RowError.of(
        InputError(
            "message.missing-field", "There is no field “shoop” in the list.", "Did you mean “shop”?", "message.html:9"
        ),
        214,
        "marta@example.com",
    )
    preview.show_problem(error)
    assert preview.problem.isVisible()
    assert preview.back() is None
    preview.problem._jump.click()
    assert jumps == [("message.html", 9)]
    assert "row 214" in preview.problem._where.text()
    preview.show_message(RAW, read_back(RAW))
    assert not preview.problem.isVisible()


def test_the_default_rule_about_addresses_is_the_strict_one(qloop: QtLoop) -> None:
    view = MailView()
    assert view._reachable is is_public
    view.deleteLater()


def test_views_may_go_while_they_still_load(qloop: QtLoop) -> None:
    for number in range(6):
        view = MailView()
        view.resize(300, 200)
        view.show()
        view.show_mail(f"<p>{number}</p>" * 2000, {})
        qloop.settle(1 + number)
        view.hide()
        view.deleteLater()
        qloop.settle(1)
