"""Blame follows the stage first and the words second: every wording that is known, at every stage."""

from __future__ import annotations

import pytest

from smtpdesk.domain.delivery import Blame, Meaning, OutcomeKind, Reply, Stage
from smtpdesk.smtp.replies import explain, read_tables
from tests.smtp.test_replies import EXAMPLES, MEANINGS, NOTATION, REAL

#: Nobody was named yet, and nothing of the message was seen.
BEFORE_RCPT = (Stage.RESOLVE, Stage.CONNECT, Stage.GREETING, Stage.EHLO, Stage.STARTTLS, Stage.AUTH, Stage.MAIL)
AFTER_MAIL = (Stage.RCPT, Stage.DATA, Stage.BODY)
#: Verdicts on a user name and a password.
SIGN_IN = {
    *("profile.password", "profile.app-password", "profile.smtp-off", "profile.too-many-sign-ins"),
    *("profile.password-change", "profile.account-disabled", "profile.auth-mechanism", "profile.auth-later"),
    *("profile.auth-too-long", "profile.gmail-browser", "profile.gmail-app-password", "profile.microsoft-basic-auth"),
    *("profile.microsoft-password", "profile.sendgrid-key", "profile.mailgun-password", "profile.brevo-key"),
    *("profile.postmark-token", "profile.ses-credentials", "profile.sign-in-refused", "profile.no-auth-offered"),
}


def _known() -> list[tuple[str, int, str]]:
    """(provider, code, words) of every example of the book and of every real reply."""
    found = [NOTATION.fullmatch(line) for line in [*(line for _cause, line in EXAMPLES), *(line for line, _ in REAL)]]
    return [(one["provider"] or "", int(one["code"]), one["text"]) for one in found if one and one["code"]]


KNOWN = _known()
#: The default text of any "deny" of Exim's, and what other servers say to a connection that they do not want.
UNWELCOME = [
    "Administrative prohibition",
    "5.7.1 Message rejected as spam",
    "User unknown",
    "5.1.1 No such user here",
    "5.2.2 mailbox full",
    "Your message looks like spam",
    "virus found",
    "Envelope blocked",
    "This mailbox is disabled",
    "Greylisted, come back in five minutes",
    "message too large",
    "5.7.1 policy",
    "Host unknown",
    "",
]


def said(stage: Stage, code: int, words: str, provider: str = "") -> Meaning:
    return explain(stage, Reply(code, words), provider=provider)


def about_size(stage: Stage, found: Meaning) -> bool:
    """MAIL carries the size of the message (RFC 1870), the only thing of it that a server can judge by then."""
    return stage is Stage.MAIL and found.cause == "message.too-big"


@pytest.mark.parametrize("stage", BEFORE_RCPT)
def test_before_a_recipient_is_named_nobody_and_no_message_is_to_blame(stage: Stage) -> None:
    invented = [("", code, words) for words in UNWELCOME for code in (421, 450, 550, 552, 554)]
    for provider, code, words in [*KNOWN, *invented]:
        found = said(stage, code, words, provider)
        if about_size(stage, found):
            continue
        assert found.blame not in {Blame.RECIPIENT, Blame.MESSAGE}, (code, words, found.cause)
        assert found.kind is not OutcomeKind.REJECTED, (code, words, found.cause)
        assert found.kind is not OutcomeKind.UNCERTAIN, (code, words, found.cause)


def test_size_is_the_only_thing_of_a_message_that_is_judged_before_rcpt() -> None:
    early = {str(stage) for stage in BEFORE_RCPT}
    for _kind, table in read_tables():
        for match in table["match"]:
            if MEANINGS[table["id"]]["blame"] in {"recipient", "message"} and not match.get("failures"):
                assert table["id"] == "message.too-big" or not early & set(match.get("stages", ())), table["id"]
    assert said(Stage.MAIL, 552, "5.3.4 Message size exceeds fixed limit").cause == "message.too-big"
    assert said(Stage.MAIL, 552, "").blame is Blame.PROFILE, "552 without a word of a size may be anything"


@pytest.mark.parametrize("stage", AFTER_MAIL)
def test_nobodys_password_is_wrong_after_mail(stage: Stage) -> None:
    for provider, code, words in KNOWN:
        assert said(stage, code, words, provider).cause not in SIGN_IN, (stage, code, words)


@pytest.mark.parametrize("stage", [Stage.GREETING, Stage.EHLO, Stage.STARTTLS])
def test_nobodys_password_is_wrong_before_it_was_given(stage: Stage) -> None:
    for provider, code, words in KNOWN:
        found = said(stage, code, words, provider).cause
        # Some servers keep a computer out at the door that gave wrong passwords before.
        assert found not in SIGN_IN - {"profile.too-many-sign-ins"}, (stage, code, words)


@pytest.mark.parametrize("stage", [Stage.DATA, Stage.BODY])
def test_a_password_or_an_encryption_is_not_asked_for_in_words_behind_a_message(stage: Stage) -> None:
    for words in (
        "Authentication required; Delivery restriction check failed",
        "5.7.1 TLS required for this recipient",
    ):
        if stage is Stage.BODY:
            assert said(stage, 550, words).blame is not Blame.PROFILE, words


@pytest.mark.parametrize(
    ("stage", "line", "cause"),
    [
        (Stage.GREETING, "550 Administrative prohibition", "relay.refuses"),
        (Stage.EHLO, "550 Administrative prohibition", "relay.refuses"),
        (Stage.AUTH, "550 Administrative prohibition", "profile.sign-in-refused"),
        (Stage.MAIL, "550 Administrative prohibition", "profile.mail-refused"),
        (Stage.RCPT, "550 Administrative prohibition", "recipient.policy"),
        (Stage.MAIL, "554 5.7.1 spam", "profile.mail-refused"),
        (Stage.MAIL, "550 5.1.1 User unknown", "profile.sender-refused"),
        (Stage.MAIL, "450 4.2.0 Greylisted", "relay.later"),
        (Stage.GREETING, "554 5.7.1 Client host blocked using bl.example", "relay.ip-listed"),
        # 503 to AUTH: the command, not the password.
        (Stage.AUTH, "503 AUTH command used when not advertised", "profile.no-auth-offered"),
        (Stage.AUTH, "503 5.5.1 Error: authentication not enabled", "profile.no-auth-offered"),
        (Stage.AUTH, "500 5.5.1 Invalid command", "profile.no-auth-offered"),
        (Stage.AUTH, "538 5.7.11 Encryption required", "profile.encryption-needed"),
        (Stage.AUTH, "535 Incorrect authentication data", "profile.password"),
        # A sender that cannot be verified, at RCPT too.
        (Stage.RCPT, "550 Sender verify failed", "profile.sender-refused"),
        (
            Stage.RCPT,
            "550 Verification failed for <a@b.example>\nNo Such User Here\nSender verify failed",
            "profile.sender-refused",
        ),
        (
            Stage.RCPT,
            "550 sender verify fail for <a@b.example>: all relevant MX records point to non-existent hosts",
            "profile.sender-refused",
        ),
        (Stage.RCPT, "550 Could not verify sender", "profile.sender-refused"),
        (Stage.RCPT, "451 Could not complete sender verify", "profile.sender-check-later"),
        (Stage.RCPT, "451 Could not complete recipient verify callout", "recipient.checking"),
        # Busy is busy.
        (Stage.RCPT, "451 4.2.1 Mailbox busy, try again later", "recipient.not-now"),
        (Stage.RCPT, "450 4.2.0 Mailbox temporarily locked; please retry later", "recipient.later"),
        (Stage.RCPT, "451 4.7.1 Server overloaded, try again later", "recipient.later"),
        (Stage.RCPT, "451 4.7.1 Try again later", "recipient.greylisted"),
        (Stage.RCPT, "535 5.7.8 Authentication failed", "profile.sign-in-needed"),
    ],
)
def test_what_servers_say_where_nobody_expects_it(stage: Stage, line: str, cause: str) -> None:
    code, words = line.split(" ", 1)
    assert said(stage, int(code), words).cause == cause
