"""A web view that shows one message and can do nothing else. Imported only when the first message is shown."""

from __future__ import annotations

import itertools
from collections.abc import Mapping
from typing import Any

from PySide6.QtCore import QBuffer, QByteArray, QEvent, QIODevice, QObject, Qt, QUrl, Signal
from PySide6.QtGui import QColor
from PySide6.QtWebEngineCore import (
    QWebEngineDownloadRequest,
    QWebEngineNewWindowRequest,
    QWebEnginePage,
    QWebEngineProfile,
    QWebEngineSettings,
    QWebEngineUrlRequestInfo,
    QWebEngineUrlRequestInterceptor,
    QWebEngineUrlRequestJob,
    QWebEngineUrlSchemeHandler,
)
from PySide6.QtWebEngineWidgets import QWebEngineView
from PySide6.QtWidgets import QApplication, QWidget

from smtpdesk.desktop.preview.guard import site
from smtpdesk.desktop.preview.schemes import CID, MAIL

_OWN_SCHEMES = frozenset({MAIL.decode(), CID.decode(), "data", "about"})
_LINKS = ("http", "https", "mailto", "tel")
_OFF = (
    "JavascriptEnabled", "JavascriptCanOpenWindows", "JavascriptCanAccessClipboard", "LocalStorageEnabled",
    "LocalContentCanAccessRemoteUrls", "LocalContentCanAccessFileUrls", "HyperlinkAuditingEnabled", "PluginsEnabled",
    "FullScreenSupportEnabled", "ScreenCaptureEnabled", "WebGLEnabled", "AutoLoadIconsForPage", "DnsPrefetchEnabled",
    "PdfViewerEnabled", "NavigateOnDropEnabled", "ErrorPageEnabled", "AllowRunningInsecureContent",
    "AllowGeolocationOnInsecureOrigins",
)  # fmt: skip

#: The second wall behind the guard; the web engine itself refuses what the policy does not name.
_POLICY = (
    "default-src 'none'; style-src 'unsafe-inline'; font-src data:; form-action 'none'; base-uri 'none'; "
    "frame-src 'none'; img-src cid: data:"
)


class Guard(QWebEngineUrlRequestInterceptor):
    """Blocks every request, but pictures of sites that were looked up and found to be public.

    ``blocked``: what was refused, for the tests. ``missed``: addresses of pictures that were refused although
    pictures may be loaded, because their site was not looked up yet (a redirect leads there).
    """

    missed_one = Signal()

    def __init__(self, parent: QObject) -> None:
        super().__init__(parent)
        self.sites: set[tuple[str, int]] = set()
        self.open = False
        self.blocked: list[str] = []
        self.missed: set[str] = set()

    def interceptRequest(self, info: QWebEngineUrlRequestInfo) -> None:
        """Decide about one request, redirects included."""
        url = info.requestUrl()
        if url.scheme() in _OWN_SCHEMES:
            return
        picture = info.resourceType() == QWebEngineUrlRequestInfo.ResourceType.ResourceTypeImage
        address = url.toString(QUrl.ComponentFormattingOption.FullyEncoded)
        place = site(address)
        if self.open and picture and place is not None and info.requestMethod().data() == b"GET":
            if place in self.sites:
                info.setHttpHeader(QByteArray(b"Referer"), QByteArray(b""))
                return
            self.missed.add(address)
            self.missed_one.emit()
        self.blocked.append(address)
        info.block(True)


class _Server(QWebEngineUrlSchemeHandler):
    """Serves the message and the pictures inside it."""

    def __init__(self, parent: QObject) -> None:
        super().__init__(parent)
        self.html = b""
        self.inline: dict[str, tuple[str, bytes]] = {}
        self.pictures = False

    def requestStarted(self, job: QWebEngineUrlRequestJob) -> None:
        """Answer one request from memory."""
        url = job.requestUrl()
        if url.scheme() == CID.decode():
            wanted = QUrl.fromPercentEncoding(QByteArray(url.path().encode()))
            part = self.inline.get(wanted)
            if part is None or not part[0].startswith("image/"):
                job.fail(QWebEngineUrlRequestJob.Error.UrlNotFound)
                return
            kind, data = part
        else:
            kind, data = "text/html;charset=utf-8", self.html
            policy = _POLICY + (" http: https:" if self.pictures else "")
            headers: Any = {QByteArray(b"Content-Security-Policy"): [QByteArray(policy.encode())]}  # a QMultiMap
            job.setAdditionalResponseHeaders(headers)
        buffer = QBuffer(job)
        buffer.setData(QByteArray(data))
        buffer.open(QIODevice.OpenModeFlag.ReadOnly)
        job.reply(QByteArray(kind.encode()), buffer)


class _Page(QWebEnginePage):
    link_clicked = Signal(QUrl)

    def __init__(self, profile: QWebEngineProfile, parent: QObject) -> None:
        super().__init__(profile, parent)
        self.newWindowRequested.connect(self._new_window)

    def _new_window(self, request: QWebEngineNewWindowRequest) -> None:
        self._report(request.requestedUrl())

    def _report(self, url: QUrl) -> None:
        if url.scheme() in _LINKS:
            self.link_clicked.emit(url)

    def javaScriptConsoleMessage(
        self, level: QWebEnginePage.JavaScriptConsoleMessageLevel, message: str, lineNumber: int, sourceID: str
    ) -> None:
        """What the engine refuses is no news to anybody."""

    def acceptNavigationRequest(self, url: QUrl | str, kind: QWebEnginePage.NavigationType, isMainFrame: bool) -> bool:
        """Only the message itself is ever shown; a clicked link is reported."""
        target = QUrl(url)
        if target.scheme() == MAIL.decode():
            return True
        if kind == QWebEnginePage.NavigationType.NavigationTypeLinkClicked:
            self._report(target)
        return False


class WebView(QWebEngineView):
    """Shows cleaned HTML (see :mod:`smtpdesk.desktop.preview.clean`).

    ``link_clicked(str)``, ``link_hovered(str)``; ``shown(bool)`` when a message is loaded; ``died()`` when the engine
    is lost. ``guard`` decides about requests.
    """

    link_clicked = Signal(str)
    link_hovered = Signal(str)
    shown = Signal(bool)
    died = Signal()
    _number = itertools.count(1)

    def __init__(self, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self._profile = QWebEngineProfile(QApplication.instance())  # without a name: nothing is written to disk
        self.guard = Guard(self._profile)
        self._server = _Server(self._profile)
        self._set_up_profile()
        page = _Page(self._profile, self)
        self.setPage(page)
        for name in _OFF:
            page.settings().setAttribute(getattr(QWebEngineSettings.WebAttribute, name), False)
        page.link_clicked.connect(lambda url: self.link_clicked.emit(url.toString()))
        page.linkHovered.connect(self.link_hovered)
        page.loadFinished.connect(self.shown)
        page.renderProcessTerminated.connect(lambda *_: self.died.emit())
        self.setContextMenuPolicy(Qt.ContextMenuPolicy.NoContextMenu)
        self.setAcceptDrops(False)
        profile = self._profile
        self.destroyed.connect(lambda: profile.deleteLater())

    def _set_up_profile(self) -> None:
        profile = self._profile
        profile.setUrlRequestInterceptor(self.guard)
        for name in (MAIL, CID):
            profile.installUrlSchemeHandler(QByteArray(name), self._server)
        profile.setHttpCacheType(QWebEngineProfile.HttpCacheType.NoCache)
        profile.setPersistentCookiesPolicy(QWebEngineProfile.PersistentCookiesPolicy.NoPersistentCookies)
        profile.setPersistentPermissionsPolicy(QWebEngineProfile.PersistentPermissionsPolicy.AskEveryTime)
        profile.setSpellCheckEnabled(False)
        profile.cookieStore().setCookieFilter(lambda _request: False)
        profile.downloadRequested.connect(self._no_download)

    @staticmethod
    def _no_download(request: QWebEngineDownloadRequest) -> None:
        request.cancel()

    def show_html(self, html: str, inline: Mapping[str, tuple[str, bytes]], pictures: bool, ground: QColor) -> None:
        """Show a message; ``inline``: content id to (type, data); ``pictures``: those of the guard's sites may load."""
        self._server.html = html.encode("utf-8", "replace")
        self._server.inline = dict(inline)
        self._server.pictures = self.guard.open = pictures
        self.guard.missed.clear()
        self.page().setBackgroundColor(ground)
        self.load(QUrl(f"{MAIL.decode()}:{next(self._number)}"))

    def changeEvent(self, event: QEvent) -> None:
        """The view is no part of the style sheet."""
        if event.type() != QEvent.Type.StyleChange:
            super().changeEvent(event)
