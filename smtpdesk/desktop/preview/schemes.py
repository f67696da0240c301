"""What the web engine needs to know before it starts. Cheap: nothing of it is loaded until a mail is shown."""

from __future__ import annotations

from PySide6.QtCore import QCoreApplication, Qt

#: The scheme under which a message is served to the web view; ``setHtml`` would fail above two megabytes.
MAIL = b"mailpreview"
#: Pictures that travel inside the message (RFC 2392).
CID = b"cid"

_done = False


def register() -> None:
    """Call before the QApplication is made; later calls do nothing."""
    if QCoreApplication.instance() is None:
        QCoreApplication.setAttribute(Qt.ApplicationAttribute.AA_ShareOpenGLContexts)


def register_schemes() -> None:
    """Tell the web engine our two schemes, just before its first use (it ignores what comes later).

    Raises:
        ImportError: this computer has no web engine, or :func:`register` was not called in time.
    """
    global _done  # the engine keeps schemes for the whole process
    if _done:
        return
    from PySide6.QtWebEngineCore import QWebEngineUrlScheme

    for name in (MAIL, CID):
        scheme = QWebEngineUrlScheme(name)
        scheme.setSyntax(QWebEngineUrlScheme.Syntax.Path)
        flags = QWebEngineUrlScheme.Flag.SecureScheme
        if name == CID:
            flags |= QWebEngineUrlScheme.Flag.ContentSecurityPolicyIgnored
        scheme.setFlags(flags)
        QWebEngineUrlScheme.registerScheme(scheme)
    _done = True
