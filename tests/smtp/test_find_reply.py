"""The reply in what a person pasted: bounces, log lines, messages of programs, and anything else without a fall."""

from __future__ import annotations

import pytest
from hypothesis import example, given, settings
from hypothesis import strategies as st

from smtpdesk.domain.delivery import Reply, Stage
from smtpdesk.smtp.find_reply import find_reply, likely_stage
from smtpdesk.smtp.status_codes import basic_parts, enhanced_parts
from tests.smtp.test_replies import REAL, REGISTRY

_POSTFIX_BOUNCE = """\
This is the mail system at host mail.example.com.

I'm sorry to have to inform you that your message could not
be delivered to one or more recipients. It's attached below.

<ana@example.net>: host mx.example.net[192.0.2.9]
    said: 554 5.7.1 Service unavailable; Client host [192.0.2.1] blocked
    using zen.spamhaus.org; https://www.spamhaus.org/query/ip/192.0.2.1 (in reply
    to RCPT TO command)

Reporting-MTA: dns; mail.example.com
Arrival-Date: Sat, 25 May 2019 10:00:00 +0200 (CEST)

Final-Recipient: rfc822; ana@example.net
Action: failed
Status: 5.7.1
"""
_REPORT = """\
Reporting-MTA: dns; host550.example.com
Final-Recipient: rfc822; ana@gmx.example
Action: failed
Status: 5.0.0
Remote-MTA: dns; mx00.gmx.example
Diagnostic-Code: smtp; 554-Transaction failed 554-Reject due to policy
    restrictions. 554 For explanation visit
    https://www.gmx.example/mail/senderguidelines?ip=192.0.2.220&c=hi

Subject: 550 new things for you
"""
_EXIM_BOUNCE = """\
A message that you sent could not be delivered to one or more of its
recipients. This is a permanent error. The following address(es) failed:

  ana@example.org
    host mx.example.org [192.0.2.161]
    SMTP error from remote mail server after pipelined end of data:
    550 5.7.1 Unfortunately, messages from [192.0.2.116] weren't sent.
Reporting-MTA: dns; panel.example.com
"""
_POSTFIX_LOG = (
    "Aug 21 16:39:13 mail postfix/smtp[1885]: 7356ABD12E: to=<ana@example.com>, relay=mx.example.com[192.0.2.33]:25, "
    "delay=2.1, delays=1/0.08/0.72/0.3, dsn=5.1.1, status=bounced (host mx.example.com[192.0.2.33] said: 550 5.1.1 "
    "<ana@example.com>: Recipient address rejected: User unknown (in reply to RCPT TO command))"
)
_EXIM_LOG = (
    "2023-03-24 10:02:24 1pfdJV-004eVE-9X ** ana@example.com R=dnslookup T=remote_smtp H=mx.example.com [192.0.2.93]: "
    "SMTP error from remote mail server after RCPT TO:<ana@example.com>: 550 5.1.1 User unknown"
)
FOUND = [
    ("550 5.1.1 User unknown", None, Reply(550, "User unknown", "5.1.1")),
    ("  > 421 4.7.0 Try again later", None, Reply(421, "Try again later", "4.7.0")),
    ("450", None, Reply(450, "")),
    ("550-5.1.1 No\r\n550-5.1.1 such\r\n550 5.1.1 user", None, Reply(550, "No\nsuch\nuser", "5.1.1")),
    ("5.7.1 refused by local policy (MBL-R)", None, Reply(550, "refused by local policy (MBL-R)", "5.7.1")),
    ("dsn=4.4.1, status=deferred (connect to mx[192.0.2.1]:25: timed out)", None, Reply(450, "", "4.4.1")),
    (
        "<ana@x>: host mx[192.0.2.7] refused to talk to me: 554 IP=192.0.2.1 - A problem occurred.",
        Stage.GREETING,
        Reply(554, "IP=192.0.2.1 - A problem occurred."),
    ),
    (
        "NOQUEUE: reject: RCPT from out.example[192.0.2.2]: 450 4.7.1 Try later; from=<a@example> to=<b@example>",
        Stage.RCPT,
        Reply(450, "Try later", "4.7.1"),
    ),
    ("Remote host said: 554-Transaction failed\n554 Sorry", None, Reply(554, "Transaction failed\nSorry")),
    ("Error: Invalid login: 535 5.7.8 Permission denied", Stage.AUTH, Reply(535, "Permission denied", "5.7.8")),
    ("smtplib.SMTPDataError: (554, b'Message rejected')", Stage.BODY, Reply(554, "Message rejected")),
    ("Error SMTP (451): (Please try later).", None, Reply(451, "(Please try later).")),
    (
        'Expected response code 250 but got code "550", with message "550 5.4.6 Unusual sending activity detected.\n"',
        None,
        Reply(550, "Unusual sending activity detected.", "5.4.6"),
    ),
    ("   ----- Transcript -----\n>>> DATA\n<<< 550 No such user\n", None, Reply(550, "No such user")),
    (_POSTFIX_LOG, Stage.RCPT, Reply(550, "<ana@example.com>: Recipient address rejected: User unknown", "5.1.1")),
    (_EXIM_LOG, Stage.RCPT, Reply(550, "User unknown", "5.1.1")),
    (
        _EXIM_BOUNCE,
        Stage.BODY,
        Reply(550, "Unfortunately, messages from [192.0.2.116] weren't sent.", "5.7.1"),
    ),
    (
        _POSTFIX_BOUNCE,
        Stage.RCPT,
        Reply(
            554,
            "Service unavailable; Client host [192.0.2.1] blocked\nusing zen.spamhaus.org; "
            "https://www.spamhaus.org/query/ip/192.0.2.1",
            "5.7.1",
        ),
    ),
    (
        _REPORT,
        None,
        Reply(
            554,
            "Transaction failed\nReject due to policy\nrestrictions.\nFor explanation visit\n"
            "https://www.gmx.example/mail/senderguidelines?ip=192.0.2.220&c=hi",
        ),
    ),
]


@pytest.mark.parametrize(("text", "stage", "reply"), FOUND, ids=[text[:40] for text, _stage, _reply in FOUND])
def test_the_reply_is_found_in_what_people_paste(text: str, stage: Stage | None, reply: Reply) -> None:
    found = find_reply(text)
    assert found is not None
    assert (found.stage, found.reply) == (stage, reply)


@pytest.mark.parametrize(
    "text",
    [
        "",
        "   \n",
        "Dear Ana, thank you!",
        "invoice 550 of 2024",
        "192.0.2.550",
        "tel. 0511 450 99",
        "12:45:550",
        "999 x",
    ],
)
def test_no_reply_is_read_into_other_words(text: str) -> None:
    assert find_reply(text) is None


def test_every_real_reply_is_found_again_alone_and_in_a_bounce() -> None:
    for line, _cause in REAL:
        _stage, code, words = line.split(" ", 2)
        for text in (
            f"{code} {words}",
            f"<ana@example.com>: host mx[192.0.2.1] said: {code} {words} (in reply to RCPT TO)",
        ):
            found = find_reply(text)
            assert found is not None, text
            assert found.reply.code == int(code), text


@settings(max_examples=60, deadline=None)
@given(st.text(max_size=400) | st.text(alphabet="2455.-: \n\r'\"(),bsaidhostrplyDC;<>", max_size=300))
@example("Diagnostic-Code: smtp; 550")
@example("said: 550\n")
@example("550-" * 5000)
@example("error " * 9000 + "550 ")
def test_nothing_that_is_pasted_makes_it_fall(text: str) -> None:
    found = find_reply(text)
    if found is not None:
        assert 200 <= found.reply.code <= 599
        assert isinstance(likely_stage(found.reply), Stage)


def test_every_registered_code_has_a_sentence_for_each_of_its_numbers() -> None:
    for code, (_rfc, classes) in REGISTRY.items():
        for digit in classes:
            parts = enhanced_parts(f"{digit}.{code}")
            assert len(parts) == 3, code
            assert all(part.means.endswith(".") for part in parts)
            assert "RFC" in parts[2].source or "IANA" in parts[2].source


def test_the_basic_codes_of_the_standards_have_a_sentence() -> None:
    standard = {211, 214, 220, 221, 235, 250, 251, 252, 334, 354, 421, 432, 450, 451, 452, 454, 455}
    standard |= {500, 501, 502, 503, 504, 521, 530, 534, 535, 538, 550, 551, 552, 553, 554, 555, 556}
    for code in standard:
        first = basic_parts(code)[0]
        assert (first.shown, bool(first.source)) == (str(code), True)
    assert [part.shown for part in basic_parts(587)] == ["5··"]
    assert basic_parts(0) == basic_parts(999) == enhanced_parts("") == enhanced_parts("5.7") == ()
    assert [part.shown for part in enhanced_parts("5.7.515")] == ["5.·.·", "·.7.·"]
