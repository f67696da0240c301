"""Finds a server's reply in what a person pasted: an SMTP line, a bounce message, a line of a mail server's log.

Pure text work that never raises. The forms that are understood, most telling first:

* ``Diagnostic-Code: smtp; 550 5.1.1 …`` of a delivery report (RFC 3464, section 2.3.6), folded or not;
* ``host mx.example.com[192.0.2.1] said: 550 …`` and ``refused to talk to me: 554 …`` (Postfix, bounces and log);
* ``SMTP error from remote mail server after RCPT TO:<…>: 550 …`` (Exim, on the same line or the next);
* ``Remote host said: 550 …`` and ``<<< 550 …`` (qmail, Sendmail), ``S: 550`` (transcripts);
* ``(550, b'5.7.1 …')`` (Python) and ``Expected response code 250 but got code "550", with message "…"`` (PHP);
* a line that begins with a reply code, alone or with ``550-`` lines that belong together;
* ``NOQUEUE: reject: … 450 4.7.1 …`` and any other reply code followed by an enhanced one;
* ``Status: 5.1.1`` or ``dsn=5.1.1`` alone, when nothing else says more.
"""

from __future__ import annotations

import html
import re
from collections.abc import Iterator
from dataclasses import dataclass

from smtpdesk.domain.delivery import Reply, Stage
from smtpdesk.smtp.replies import enhanced_code

#: More of a paste than this is not looked at; bounces carry whole messages behind the report.
LONGEST = 64_000
#: A reply is not longer; what follows is the rest of a bounce.
_LONGEST_REPLY = 2_000

_CODE = r"(?P<code>[245]\d\d)(?![\d.:])"
_ENHANCED = r"#?[245]\.\d{1,3}\.\d{1,3}"
#: Words before a reply, in the order of how sure they make us. The reply goes to the end of the paragraph.
_LEADS = tuple(
    re.compile(pattern, re.IGNORECASE | re.MULTILINE)
    for pattern in (
        rf"^[ \t]*diagnostic-code:\s*(?:(?:smtp;|x-[\w-]+;)\s*)?{_CODE}",
        rf"\b(?:said|refused to talk to me):\s+{_CODE}",
        rf"smtp error from remote (?:mail server|mailer)[^\n]{{0,400}}?:\s+{_CODE}",
        rf"remote (?:host|server) (?:said|replied|returned)[:\s'\"]+{_CODE}",
        rf"^[ \t]*<<<\s*{_CODE}",
        rf"but got code \W{{0,4}}{_CODE}\W{{0,6}}(?:with message\W{{0,6}}(?=[245]\d\d))?",
        rf"\(\s*{_CODE}\s*,\s*b?['\"]",
        rf"^[ \t>*]*(?:S|server(?: -> client)?|<-|<~\*?|<\*\*)[:\s]+{_CODE}",
        r"\b(?:reject|response|responded|reply|error|status|smtpstatus|returned)\b"
        rf"[^\n]{{0,120}}?[:=\s\"'(]{_CODE}(?=[ \-]|\):?\s)",
        rf"^[ \t>]*{_CODE}(?=[ \-]|\s*$)",
        rf"(?<![\d.\w]){_CODE}(?=[ \-]{_ENHANCED})",
    )
)
_STATUS = re.compile(
    r"(?:^[ \t]*status:[ \t]*|\bdsn=)(?P<enhanced>[245]\.\d{1,3}\.\d{1,3})", re.IGNORECASE | re.MULTILINE
)
_BARE_ENHANCED = re.compile(r"(?<![\d.])(?P<enhanced>[45]\.\d{1,3}\.\d{1,3})(?![\d.])")
#: What ends a reply within its paragraph: Postfix's own remark, the next header, the log's tail, a closing quote.
_END = re.compile(
    r"\(in\s+reply\s+to\b|\n[ \t]*\n|\n(?=[A-Z][A-Za-z-]{2,30}:(?:\s|$))|;\s+from=<|\n-{2,}|\\r\\n\"|['\"]\)|"
    r"\n(?=[ \t]*(?:RCPT TO|MAIL FROM|DATA|QUIT|RSET|>>>))"
)
_IN_REPLY = re.compile(r"in\s+reply\s+to\s+(?:the\s+)?(?P<what>end\s+of\s+data|[A-Z]+)", re.IGNORECASE)
_AFTER = re.compile(
    r"(?:after|in response to|error from remote mail server after|responding to)\s+(?:pipelined |sending )*"
    r"(?P<what>end\s+of\s+data|initial connection|RCPT|MAIL|DATA|EHLO|HELO|STARTTLS|AUTH)",
    re.IGNORECASE,
)
_REJECT = re.compile(r"\breject: (?P<what>RCPT|MAIL|DATA|EHLO|HELO|CONNECT|END-OF-MESSAGE|AUTH)\b", re.IGNORECASE)
_SIGN_IN = re.compile(
    r"auth(?:entication|orization)?\b.{0,30}(?:fail|error|unsuccess)|SMTPAuthenticationError|EAUTH|Invalid login|"
    r"AUTH (?:LOGIN|PLAIN|CRAM)|credentials",
    re.IGNORECASE,
)
_STAGES = {
    "end of data": Stage.BODY,
    "end-of-message": Stage.BODY,
    "data": Stage.DATA,
    "rcpt": Stage.RCPT,
    "mail": Stage.MAIL,
    "ehlo": Stage.EHLO,
    "helo": Stage.EHLO,
    "connect": Stage.GREETING,
    "initial connection": Stage.GREETING,
    "starttls": Stage.STARTTLS,
    "auth": Stage.AUTH,
}
#: What Python's smtplib calls it.
_PYTHON = {
    "SMTPAuthenticationError": Stage.AUTH,
    "SMTPSenderRefused": Stage.MAIL,
    "SMTPRecipientsRefused": Stage.RCPT,
    "SMTPDataError": Stage.BODY,
}
_AUTH_CODES = {432, 454, 534, 535, 538}
#: The lines of a multi-line reply repeat the code, and often the enhanced one.
_PREFIX = re.compile(r"^[ \t>]*[245]\d\d(?:[ -]|$)")
_FOLDED = re.compile(r"[ \t]+")
#: What may stand between a code and its words in a message of a program.
_OPENING = " \t\n\"':)"
#: Numbers that are a year, a port or a size much more often than a reply.
_DATE_LINE = re.compile(r"^[ \t]*(?:date|received|subject|from|to|message-id):", re.IGNORECASE)


@dataclass(frozen=True, slots=True)
class FoundReply:
    """A reply that was found. ``stage`` is None when the text does not tell; ``certain`` when words led to it."""

    stage: Stage | None
    reply: Reply
    certain: bool = True


def find_reply(text: str) -> FoundReply | None:
    """The reply that ``text`` is about, and at which stage it came as far as it says so; None without any.

    Never raises, whatever is in the text.
    """
    text = _plain(text[:LONGEST])
    for number, lead in enumerate(_LEADS):
        for found in lead.finditer(text):
            if number >= 8 and _DATE_LINE.match(text[text.rfind("\n", 0, found.start()) + 1 : found.end()]):
                continue
            reply = _reply(int(found["code"]), text[found.end() :])
            return FoundReply(_stage(text, found.start(), reply), reply, number < 8)
    for pattern in (_STATUS, _BARE_ENHANCED):
        status = pattern.search(text)
        if status is not None:
            return _only_enhanced(text, status)
    return None


def _plain(text: str) -> str:
    """Line ends as ``\\n``, entities and soft signs of copied web pages undone."""
    text = text.replace("\r\n", "\n").replace("\r", "\n").replace("\u00a0", " ").replace("\ufeff", "")
    return html.unescape(text) if "&" in text else text


def _only_enhanced(text: str, status: re.Match[str]) -> FoundReply:
    code = status["enhanced"]
    reply = Reply(
        450 if code[0] == "4" else 550, _words(text[status.end() :], 0) if status.re is _BARE_ENHANCED else "", code
    )
    return FoundReply(_stage(text, status.start(), reply), reply, certain=False)


def _reply(code: int, rest: str) -> Reply:
    words = _words(rest, code)
    enhanced = enhanced_code(words)
    if enhanced:
        words = "\n".join(_without(line, enhanced) for line in words.split("\n"))
    return Reply(code, words.strip(), enhanced)


def _without(line: str, enhanced: str) -> str:
    return line.lstrip().removeprefix("#").removeprefix(enhanced).lstrip()


def _words(rest: str, code: int) -> str:
    """The words of a reply: up to where it ends, its lines without what they repeat."""
    rest = rest[:_LONGEST_REPLY]
    end = _END.search(rest)
    words = rest[: end.start()] if end else rest
    if words.startswith("-"):  # a report may have joined the lines of a reply into one
        words = re.sub(rf"\s{code}(?=[ -])", f"\n{code}", words)
    lines = "\n".join(_lines(words)).lstrip(_OPENING).rstrip().rstrip("\"'").rstrip()
    return _PREFIX.sub("", lines).strip()


def _lines(words: str) -> Iterator[str]:
    several = words.startswith("-")
    for number, line in enumerate(words.replace("\\r\\n", "\n").replace("\\n", "\n").split("\n")):
        if number == 0:
            yield line.removeprefix("-").strip()
        elif _PREFIX.match(line):
            yield _PREFIX.sub("", line).strip()
        elif line[:1] in " \t" or not several:
            folded = _FOLDED.sub(" ", line).strip()
            if not folded:
                return
            yield folded
        else:
            return


def _stage(text: str, at: int, reply: Reply) -> Stage | None:
    """What the text says about when the reply came."""
    near = text[max(0, at - 600) : at + _LONGEST_REPLY]
    for pattern in (_IN_REPLY, _REJECT, _AFTER):
        found = pattern.search(near)
        if found is not None:
            stage = _STAGES.get(" ".join(found["what"].lower().split()))
            if stage is not None:
                return stage
    if "refused to talk to me" in near:
        return Stage.GREETING
    if reply.code in _AUTH_CODES and (reply.code in {534, 535, 538} or _SIGN_IN.search(near)):
        return Stage.AUTH
    return next((stage for name, stage in _PYTHON.items() if name in near), None) if reply.code >= 400 else None


def likely_stage(reply: Reply) -> Stage:
    """At which stage a reply most often comes, for one that was pasted alone."""
    if reply.code in {235, 534, 535, 538} or reply.enhanced[2:] in {"7.8", "7.9", "7.11", "7.12", "7.13", "7.139"}:
        return Stage.AUTH
    if reply.code in {530, 421} or reply.enhanced[2:] in {"1.7", "1.8"}:
        return Stage.MAIL
    if reply.code in {354} or reply.enhanced[2:4] in {"6.", "7."} or reply.enhanced[2:] in {"2.3", "3.4"}:
        return Stage.BODY
    if reply.code in {220, 521}:
        return Stage.GREETING
    return Stage.RCPT
