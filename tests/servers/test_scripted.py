from __future__ import annotations

import smtplib
import socket
import ssl
import threading

import pytest

from tests.servers.certificates import Authority
from tests.servers.scripted import ScriptedServer, accept_then_drop, drop, hang, hold, say, trickle

MESSAGE = b"Subject: x\r\n\r\nline\r\n.dot\r\n"


def send(server: ScriptedServer, to: str = "a@example.net") -> None:
    with smtplib.SMTP(server.host, server.port, timeout=20) as client:
        client.sendmail("from@example.com", [to], MESSAGE)


def test_it_takes_mail_like_any_server(scripted: ScriptedServer) -> None:
    send(scripted)
    (taken,) = scripted.accepted()
    assert (taken.sender, taken.recipients, taken.raw) == ("from@example.com", ("a@example.net",), MESSAGE)
    assert scripted.connections == 1
    assert [heard.stage for heard in scripted.heard] == ["ehlo", "mail", "rcpt", "data", "body", "quit"]


def test_the_first_answer_only(scripted: ScriptedServer) -> None:
    scripted.on("rcpt", say("450 4.2.1 later"), times=1)
    with pytest.raises(smtplib.SMTPRecipientsRefused):
        send(scripted)
    send(scripted)
    assert len(scripted.accepted()) == 1


def test_only_the_matching_recipient(scripted: ScriptedServer) -> None:
    scripted.on("rcpt", say("550 5.1.1 unknown"), match="bad@")
    send(scripted, "good@example.net")
    with pytest.raises(smtplib.SMTPRecipientsRefused):
        send(scripted, "bad@example.net")


def test_hanging_up_after_the_final_dot_keeps_the_message(scripted: ScriptedServer) -> None:
    scripted.on("body", drop(reset=True))
    with pytest.raises(smtplib.SMTPServerDisconnected):
        send(scripted)
    assert len(scripted.taken) == 1
    assert scripted.accepted() == []


def test_answering_and_then_hanging_up(scripted: ScriptedServer) -> None:
    scripted.on("body", accept_then_drop(), after=1)
    with smtplib.SMTP(scripted.host, scripted.port) as client:
        client.sendmail("from@example.com", ["a@example.net"], MESSAGE)
        client.sendmail("from@example.com", ["b@example.net"], MESSAGE)
        with pytest.raises(smtplib.SMTPServerDisconnected):
            client.noop()
    assert len(scripted.accepted()) == 2


def test_hanging_is_not_answering(scripted: ScriptedServer) -> None:
    scripted.on("mail", hang())
    with socket.create_connection((scripted.host, scripted.port), timeout=20) as link:
        reader = link.makefile("rb")
        assert reader.readline().startswith(b"220")
        link.sendall(b"MAIL FROM:<a@b.example>\r\n")
        scripted.wait(lambda server: server.count("mail") == 1)
        link.settimeout(0.05)
        with pytest.raises(TimeoutError):
            link.recv(1)


def test_holding_until_the_test_lets_go(scripted: ScriptedServer) -> None:
    gate = threading.Event()
    scripted.on("body", hold(gate))
    sender = threading.Thread(target=send, args=(scripted,))
    sender.start()
    scripted.wait(lambda server: server.taken)
    assert sender.is_alive()
    gate.set()
    sender.join(20)
    assert scripted.count("quit") == 1


def test_a_reply_byte_by_byte_is_still_a_reply(scripted: ScriptedServer) -> None:
    scripted.on("ehlo", trickle())
    send(scripted)
    assert len(scripted.accepted()) == 1


def test_bytes_go_out_as_they_are(scripted: ScriptedServer) -> None:
    scripted.on("greeting", say(b"220 one\r\n220 two too many\r\n"))
    with socket.create_connection((scripted.host, scripted.port), timeout=20) as link:
        reader = link.makefile("rb")
        assert [reader.readline(), reader.readline()] == [b"220 one\r\n", b"220 two too many\r\n"]


def test_pipelined_commands_are_answered_in_order(scripted: ScriptedServer) -> None:
    with socket.create_connection((scripted.host, scripted.port), timeout=20) as link:
        link.sendall(
            b"MAIL FROM:<a@b.example>\r\nRCPT TO:<c@d.example>\r\nBDAT 5\r\nhelloBDAT 2 LAST\r\n\r\nRSET\r\nQUIT\r\n"
        )
        said = link.makefile("rb").read().split(b"\r\n")
    assert [line[:3] for line in said] == [b"220", b"250", b"250", b"250", b"250", b"250", b"221", b""]
    assert scripted.taken[0].raw == b"hello\r\n"


def test_sign_in_after_starttls(ca: Authority) -> None:
    with ScriptedServer(tls=ca.trusted(), starttls=True, users={"ana": "pw"}, require_auth=True) as server:
        with smtplib.SMTP("localhost", server.port) as client:
            client.ehlo()
            assert not client.has_extn("auth")
            client.starttls(context=ca.client())
            client.login("ana", "pw")
            client.sendmail("from@example.com", ["a@example.net"], MESSAGE)
        assert server.signed_in == [("PLAIN", "ana", "pw")]
        with smtplib.SMTP("localhost", server.port) as client, pytest.raises(smtplib.SMTPSenderRefused):
            client.sendmail("from@example.com", ["a@example.net"], MESSAGE)


@pytest.mark.parametrize(
    ("wrong", "words"),
    [("wrong_name", "match"), ("expired", "expired"), ("unknown", "verify failed")],
)
def test_certificates_are_wrong_in_one_way_each(ca: Authority, wrong: str, words: str) -> None:
    with (
        ScriptedServer(tls=getattr(ca, wrong)()) as server,
        pytest.raises(ssl.SSLCertVerificationError, match=words),
    ):
        smtplib.SMTP_SSL("localhost", server.port, context=ca.client())


def test_stopping_ends_open_connections(ca: Authority) -> None:
    with ScriptedServer(tls=ca.trusted()) as server:
        client = smtplib.SMTP_SSL("localhost", server.port, context=ca.client(), timeout=20)
        assert server.open_now == 1
    with pytest.raises((smtplib.SMTPServerDisconnected, OSError)):
        client.noop()
    client.close()


def test_a_server_that_went_away_is_back_on_its_port(scripted: ScriptedServer) -> None:
    client = smtplib.SMTP(scripted.host, scripted.port, timeout=20)
    scripted.down()
    with pytest.raises((smtplib.SMTPServerDisconnected, OSError)):
        client.noop()
    with pytest.raises(ConnectionRefusedError):
        send(scripted)
    scripted.up()
    send(scripted)
    client.close()


def test_a_frozen_server_answers_when_it_thaws(scripted: ScriptedServer) -> None:
    scripted.freeze()
    sender = threading.Thread(target=send, args=(scripted,))
    sender.start()
    scripted.wait(lambda server: server.connections == 1)
    assert not scripted.heard
    scripted.freeze(False)
    sender.join(20)
    assert scripted.per_recipient() == {"a@example.net": 1}


def test_who_says_nothing_is_hung_up_on() -> None:
    with ScriptedServer(idle=0.05) as server, socket.create_connection((server.host, server.port), timeout=20) as link:
        assert link.makefile("rb").read().splitlines()[1].startswith(b"421 4.4.2")


def test_a_server_that_refuses_has_nothing_and_one_that_hangs_up_has_it(scripted: ScriptedServer) -> None:
    scripted.on("middle", drop(), times=1)
    scripted.on("body", say("554 5.6.0 no"), times=1)
    scripted.on("body", drop(), times=1)
    with pytest.raises(smtplib.SMTPServerDisconnected):
        send(scripted)
    with pytest.raises(smtplib.SMTPDataError):
        send(scripted)
    assert not scripted.per_recipient()
    with pytest.raises(smtplib.SMTPServerDisconnected):
        send(scripted)
    assert scripted.per_recipient() == {"a@example.net": 1}
