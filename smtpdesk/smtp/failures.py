"""What an exception of the network, of TLS or of aiosmtplib says about a connection."""

from __future__ import annotations

import errno
import os
import socket
import ssl
import time
from dataclasses import dataclass, replace

import aiosmtplib

from smtpdesk.domain.delivery import Meaning, Outcome, OutcomeKind, Reply, Stage
from smtpdesk.smtp.parser import make_reply, printable
from smtpdesk.smtp.replies import explain, explain_failure
from smtpdesk.smtp.tls import PinMismatch

#: OpenSSL's reason words for a peer that does not speak TLS at all, or another version of it.
_NOT_TLS = {"WRONG_VERSION_NUMBER", "HTTP_REQUEST", "UNEXPECTED_MESSAGE", "RECORD_LAYER_FAILURE"}
_TOO_OLD = {
    "UNSUPPORTED_PROTOCOL",
    "TLSV1_ALERT_PROTOCOL_VERSION",
    "NO_PROTOCOLS_AVAILABLE",
    "DH_KEY_TOO_SMALL",
    "VERSION_TOO_LOW",
}
#: No way to the address; the last one is said for IPv6 on a computer that has none.
_NO_WAY = {errno.ENETUNREACH, errno.EHOSTUNREACH, errno.ENETDOWN, errno.EADDRNOTAVAIL}
#: X509 verification results (openssl x509_vfy.h): expired, not yet valid, name and address mismatch.
_EXPIRED, _NOT_YET, _WRONG_NAME, _WRONG_IP = 10, 9, 62, 64


@dataclass(frozen=True, slots=True)
class Failure:
    """Why a stage failed: an id known to ``explain_failure``, and the detail a person may want to quote."""

    id: str
    detail: str


class InjectedError(aiosmtplib.SMTPException):
    """Words in the clear behind the answer to STARTTLS: they would count as part of the encrypted dialogue."""


class StageFailed(Exception):
    """A connection could not be made ready for mail. Carries the outcome to log and what it means.

    ``failure`` is the id of the :class:`Failure`; "" where the server refused in words. ``at``: when it was known
    (monotonic), before anybody looked up what it means.
    """

    def __init__(
        self, stage: Stage, outcome: Outcome, meaning: Meaning, failure: str = "", *, at: float | None = None
    ) -> None:
        super().__init__(f"{stage}: {meaning.cause}: {outcome.reply.code} {outcome.reply.text}")
        self.stage = stage
        self.outcome = outcome
        self.meaning = meaning
        self.failure = failure
        self.at = time.monotonic() if at is None else at


def refused(stage: Stage, code: int, text: str, provider: str = "") -> StageFailed:
    """The server answered a stage with a code that ends it."""
    at = time.monotonic()
    reply = make_reply(code, text)
    meaning = explain(stage, reply, provider=provider)
    return StageFailed(stage, outcome_of(stage, reply, meaning), meaning, at=at)


def failed(stage: Stage, failure: Failure) -> StageFailed:
    """A stage broke without an answer."""
    at = time.monotonic()
    meaning = explain_failure(stage, failure.id, failure.detail)
    outcome = outcome_of(stage, Reply(0, printable(failure.detail)), meaning)
    return StageFailed(stage, outcome, meaning, failure.id, at=at)


def outcome_of(stage: Stage, reply: Reply, meaning: Meaning, seconds: float = 0.0) -> Outcome:
    """The outcome that a reply and its meaning make."""
    return Outcome(meaning.kind, stage, meaning.blame, reply, meaning.cause, meaning.retry_after, seconds)


def accepted(reply: Reply, seconds: float) -> Outcome:
    """The server took the message over (RFC 5321 section 4.2.5: it is the server's responsibility now)."""
    return Outcome(OutcomeKind.ACCEPTED, Stage.BODY, reply=reply, cause="accepted", seconds=seconds)


def uncertain(failure: Failure, seconds: float) -> Outcome:
    """The body left and no answer to it came, because of ``failure``."""
    kind = "late-answer" if failure.id == "timeout" else "hung-up-after-body"
    return replace(failed(Stage.BODY, Failure(kind, failure.detail)).outcome, retry_after=None, seconds=seconds)


def cut_short(failure: Failure, seconds: float) -> Outcome:
    """The connection broke before the end of the body had left: nobody can have taken the message."""
    found = failed(Stage.BODY, Failure("cut-short", failure.detail)).outcome
    return replace(found, seconds=seconds)


def classify(error: BaseException) -> Failure:
    """The failure behind an exception; the innermost cause counts, since libraries wrap it."""
    for inner in _chain(error):
        found = _classify_one(inner)
        if found is not None:
            return found
    return Failure("disconnected", str(error) or type(error).__name__)


def _chain(error: BaseException) -> list[BaseException]:
    chain = []
    current: BaseException | None = error
    while current is not None and current not in chain:
        chain.append(current)
        current = current.__cause__ or current.__context__
    return list(reversed(chain))


def _classify_one(error: BaseException) -> Failure | None:
    if isinstance(error, InjectedError):
        return Failure("injected", str(error))
    if isinstance(error, ssl.SSLError):
        return _tls(error)
    if isinstance(error, socket.gaierror):
        return Failure("dns", str(error.strerror or error))
    if isinstance(error, UnicodeError) and (
        "idna" in str(error) or "label" in str(error)
    ):  # Python 3.12 says the latter
        # Python encodes a host name before it asks for it; "a..b" or a label of 64 characters ends there.
        return Failure("dns", "not a valid host name")
    if isinstance(error, TimeoutError):
        return Failure("timeout", str(error) or "timed out")
    if isinstance(error, ConnectionRefusedError):
        return Failure("refused", os.strerror(errno.ECONNREFUSED))
    if isinstance(error, OSError) and error.errno in _NO_WAY:
        return Failure("unreachable", os.strerror(error.errno))
    if isinstance(error, (ConnectionResetError, ConnectionAbortedError, BrokenPipeError, EOFError)):
        return Failure("disconnected", str(error) or "connection closed")
    if isinstance(error, aiosmtplib.SMTPResponseException) and error.code == -1:
        return Failure(_language(str(error.message)), str(error.message))
    return None


def _language(said: str) -> str:
    """What speaks there instead of SMTP, told by its first words (RFC 9112, RFC 9051, RFC 1939; RFC 8446 alerts)."""
    first = said.partition("response line: ")[2].lstrip(" \r\n") or said
    begins = {
        "http": ("HTTP/1.", "<html", "<!doctype"),
        "imap": ("* OK", "* PREAUTH", "* BYE"),
        "pop3": ("+OK", "-ERR"),
        "tls-mismatch": ("\x15\x03", "\x16\x03"),
    }
    found = (kind for kind, words in begins.items() if first.lower().startswith(tuple(map(str.lower, words))))
    return next(found, "not-smtp")


def _certificate(error: ssl.SSLCertVerificationError) -> Failure:
    if error.verify_code in {_WRONG_NAME, _WRONG_IP}:
        return Failure("tls-name", error.verify_message)
    if error.verify_code in {_EXPIRED, _NOT_YET}:
        return Failure("tls-expired", error.verify_message)
    return Failure("tls-untrusted", error.verify_message)


def _tls(error: ssl.SSLError) -> Failure:
    if isinstance(error, PinMismatch):
        return Failure("tls-pin", str(error.strerror))
    if isinstance(error, ssl.SSLCertVerificationError):
        return _certificate(error)
    reason = (error.reason or "").upper()
    if reason in _NOT_TLS:
        return Failure("tls-mismatch", reason)
    if reason in _TOO_OLD:
        return Failure("tls-too-old", reason)
    if isinstance(error, ssl.SSLEOFError):
        return Failure("disconnected", "connection closed during the TLS handshake")
    return Failure("tls-failed", reason or str(error))
