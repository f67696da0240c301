"""Colours for HTML with Jinja in it."""

from __future__ import annotations

import re

from PySide6.QtGui import QSyntaxHighlighter, QTextCharFormat, QTextDocument

from smtpdesk.desktop.theme import look

_RULES = (
    (re.compile(r"</?[a-zA-Z][\w-]*|/?>"), "synTag", None),
    (re.compile(r"\b[a-zA-Z-]+(?==[\"'])"), "synAttr", None),
    (re.compile(r"\"[^\"]*\"|'[^'<>]*'(?=[\s/>])"), "synStr", None),
    (re.compile(r"<!--(?:[^-<]|-(?!->)|<(?!!--))*+-->"), "synCom", None),
    (re.compile(r"\{#(?:[^#{]|#(?!\})|\{(?!#))*+#\}"), "synCom", None),
    (re.compile(r"\{\{(?:[^{}]|\}(?!\})|\{(?!\{))*+\}\}|\{%(?:[^%{]|%(?!\})|\{(?!%))*+%\}"), "synJinja", "synJinjaBg"),
)
_COMMENT = 1
#: Characters of one line that are coloured.
_LONGEST = 20_000


class JinjaHtml(QSyntaxHighlighter):
    """Tags, attributes, strings, comments (over several lines), and Jinja on a tinted ground."""

    def __init__(self, document: QTextDocument) -> None:
        super().__init__(document)
        look.changed.connect(self.rehighlight)

    @staticmethod
    def _format(token: str, ground: str | None = None) -> QTextCharFormat:
        form = QTextCharFormat()
        form.setForeground(look.color(token))
        if ground:
            form.setBackground(look.color(ground))
        return form

    def highlightBlock(self, line: str) -> None:
        """One line; an open ``<!--`` carries over."""
        for pattern, token, ground in _RULES:
            form = self._format(token, ground)
            for match in pattern.finditer(line, 0, _LONGEST):
                self.setFormat(match.start(), match.end() - match.start(), form)
        self._comments(line)

    def _comments(self, line: str) -> None:
        self.setCurrentBlockState(0)
        start = 0 if self.previousBlockState() == _COMMENT else line.rfind("<!--")
        if start < 0:
            return
        end = line.find("-->", start)
        if end < 0:
            self.setCurrentBlockState(_COMMENT)
            self.setFormat(start, len(line) - start, self._format("synCom"))
        elif self.previousBlockState() == _COMMENT:
            self.setFormat(0, end + 3, self._format("synCom"))
