from __future__ import annotations

import smtplib

import pytest

from tests.servers.certificates import Authority
from tests.servers.postfix import Postfix

pytestmark = pytest.mark.postfix

MESSAGE = (
    b"Received: from before\r\nSubject: =?utf-8?q?Spr=C3=BCche?=\r\n\r\nline\r\n.dot\r\n\r\nGr\xc3\xbc\xc3\x9fe\r\n"
)


def signed_in(postfix: Postfix, ca: Authority) -> smtplib.SMTP:
    client = smtplib.SMTP(postfix.host, postfix.port)
    client.starttls(context=ca.client())
    client.login("ana", "correct horse")
    return client


def test_what_was_sent_is_what_was_stored(postfix: Postfix, ca: Authority) -> None:
    with signed_in(postfix, ca) as client:
        client.sendmail("from@example.com", ["to@example.net"], MESSAGE, ["BODY=8BITMIME"])
    (stored,) = postfix.wait(1)
    assert stored.raw == MESSAGE
    assert (stored.sender, stored.recipient) == ("from@example.com", "to@example.net")
    assert b"with ESMTPSA" in stored.trace
    assert stored.header("subject") == ["=?utf-8?q?Spr=C3=BCche?="]


def test_implicit_tls_takes_the_same_sign_in(postfix: Postfix, ca: Authority) -> None:
    with smtplib.SMTP_SSL(postfix.host, postfix.tls_port, context=ca.client()) as client:
        client.login("ana", "correct horse")
        client.sendmail("from@example.com", ["to@example.net"], MESSAGE)
    assert len(postfix.wait(1)) == 1


def test_the_open_port_offers_neither_tls_nor_sign_in(postfix: Postfix) -> None:
    with smtplib.SMTP(postfix.host, postfix.open_port) as client:
        client.ehlo()
        assert not client.has_extn("starttls")
        assert not client.has_extn("auth")
        client.sendmail("from@example.com", ["to@example.net"], MESSAGE)
    assert len(postfix.wait(1)) == 1


def test_nobody_sends_without_signing_in(postfix: Postfix, ca: Authority) -> None:
    with smtplib.SMTP(postfix.host, postfix.port) as client:
        client.ehlo()
        assert not client.has_extn("auth"), "AUTH in the clear"
        client.starttls(context=ca.client())
        client.ehlo()
        assert client.has_extn("auth")
        client.mail("from@example.com")
        assert client.rcpt("to@example.net")[0] == 530
    assert postfix.wait(0) == []


def test_a_wrong_password_is_told_from_a_right_one(postfix: Postfix, ca: Authority) -> None:
    with smtplib.SMTP(postfix.host, postfix.port) as client:
        client.starttls(context=ca.client())
        with pytest.raises(smtplib.SMTPAuthenticationError) as refused:
            client.login("ana", "wrong")
        assert refused.value.smtp_code == 535
        assert client.login("ana", "correct horse")[0] == 235


def test_a_recipient_is_refused_and_accepted_again_within_one_connection(postfix: Postfix, ca: Authority) -> None:
    with signed_in(postfix, ca) as client:
        client.mail("from@example.com")
        postfix.refuse("Gone@example.net", "550 5.1.1 No such user")
        postfix.refuse("busy@example.net", "451 4.7.1 Try again later")
        gone, busy = client.rcpt("gone@example.net"), client.rcpt("busy@example.net")
        postfix.accept("busy@example.net")
        again = client.rcpt("busy@example.net")
    assert gone[0] == 550
    assert b"5.1.1" in gone[1]
    assert b"No such user" in gone[1]
    assert busy[0] == 451
    assert again[0] == 250
    assert [asked.user for asked in postfix.policy.asked] == ["ana@localhost"] * 3


def test_each_recipient_of_one_message_gets_a_copy(postfix: Postfix, ca: Authority) -> None:
    with signed_in(postfix, ca) as client:
        client.sendmail("from@example.com", ["a@example.net", "b@example.net"], MESSAGE)
    assert {stored.recipient for stored in postfix.wait(2)} == {"a@example.net", "b@example.net"}
