"""The sandbox server, spoken to over real sockets with the standard library's client."""

from __future__ import annotations

import smtplib
import socket
import ssl
import sys
import threading
from collections.abc import Iterator
from pathlib import Path

import pytest

from smtpdesk.base.errors import InputError, RelayUnusable
from smtpdesk.base.secret import Secret
from smtpdesk.sandbox.behaviour import BEHAVIOUR_FILE, Behaviour, Verdict, load_behaviour, save_behaviour
from smtpdesk.sandbox.certificate import CERTIFICATE_FILE, server_context
from smtpdesk.sandbox.inbox import Inbox
from smtpdesk.sandbox.mailbag import INDEX_FILE, Mailbag
from smtpdesk.sandbox.server import SIZE_LIMIT, SandboxServer
from tests.servers.proc import wait_until

MESSAGE = b"From: Ana <ana@example.com>\r\nTo: Ben <ben@example.com>\r\nSubject: Hello\r\n\r\nHi Ben\r\n"


@pytest.fixture
def bag(tmp_path: Path) -> Path:
    return tmp_path / "sandbox"


@pytest.fixture
def server(bag: Path) -> Iterator[SandboxServer]:
    with SandboxServer(bag) as running:
        yield running


def client(server: SandboxServer) -> smtplib.SMTP:
    return smtplib.SMTP("127.0.0.1", server.port, local_hostname="client.example", timeout=20)


def send(server: SandboxServer, recipient: str = "ben@example.com", message: bytes = MESSAGE) -> tuple[int, str]:
    """One message on a connection of its own: the first answer that is no success, or the answer to the body."""
    with client(server) as link:
        link.ehlo()
        for answer in (link.mail("ana@example.com"), link.rcpt(recipient)):
            if answer[0] != 250:
                return answer[0], answer[1].decode()
        code, text = link.data(message)
        return code, text.decode()


def first_with(verdict: Verdict, behaviour: Behaviour) -> str:
    return next(
        address
        for address in (f"person{n}@example.com" for n in range(10_000))
        if behaviour.verdict(address) is verdict
    )


def test_a_message_is_kept_byte_for_byte_with_its_envelope(server: SandboxServer, bag: Path) -> None:
    raw = MESSAGE + b".starts with a dot\r\n..\r\n\xff\x00 trailing blanks  \r\n\r\n"
    with client(server) as link:
        link.ehlo()
        link.mail("bounce@example.com")
        link.rcpt("ben@example.com")
        link.rcpt("cem@example.com")
        code, text = link.data(raw)
    assert (code, text[:5]) == (250, b"2.0.0")
    inbox = Inbox(bag)
    [item] = inbox.messages()
    assert inbox.read(item.file) == raw
    assert (item.sender, item.recipients) == ("bounce@example.com", ("ben@example.com", "cem@example.com"))
    assert (item.subject, item.size) == ("Hello", len(raw))


def test_it_announces_what_it_can_and_no_sign_in_without_users(server: SandboxServer) -> None:
    with client(server) as link:
        link.ehlo()
        assert link.esmtp_features == {"size": str(SIZE_LIMIT), "8bitmime": "", "smtputf8": ""}


def test_international_addresses_are_taken(server: SandboxServer, bag: Path) -> None:
    with client(server) as link:
        link.ehlo()
        link.mail("ana@example.com", ["SMTPUTF8", "BODY=8BITMIME"])
        link.command_encoding = "utf-8"
        assert link.rcpt("jürgen@example.com")[0] == 250
        link.data(MESSAGE)
    assert Inbox(bag).messages()[0].recipients == ("jürgen@example.com",)


def test_a_message_over_the_announced_size_is_refused(server: SandboxServer) -> None:
    with client(server) as link:
        link.ehlo()
        assert link.mail("ana@example.com", [f"SIZE={SIZE_LIMIT + 1}"])[0] == 552


def test_a_refused_share_is_refused_every_time(bag: Path) -> None:
    behaviour = Behaviour(reject=0.5)
    with SandboxServer(bag, behaviour=behaviour) as server:
        recipient = first_with(Verdict.REJECT, behaviour)
        for _attempt in range(2):
            code, text = send(server, recipient)
            assert (code, text[:5]) == (550, "5.1.1")
        assert send(server, first_with(Verdict.ACCEPT, behaviour))[0] == 250


def test_a_deferred_recipient_is_taken_at_the_second_try_and_deferred_again_next_time(bag: Path) -> None:
    behaviour = Behaviour(defer=0.5)
    with SandboxServer(bag, behaviour=behaviour) as server:
        recipient = first_with(Verdict.DEFER, behaviour)
        code, text = send(server, recipient)
        assert (code, text[:5]) == (451, "4.7.1")
        assert [send(server, recipient)[0] for _attempt in range(3)] == [250, 451, 250]


def test_a_busy_server_says_421_hangs_up_and_takes_the_message_next_time(bag: Path) -> None:
    behaviour = Behaviour(busy=0.5)
    with SandboxServer(bag, behaviour=behaviour) as server:
        recipient = first_with(Verdict.BUSY, behaviour)
        link = client(server)
        link.ehlo()
        link.mail("ana@example.com")
        assert link.rcpt(recipient)[0] == 421
        with pytest.raises(smtplib.SMTPServerDisconnected):
            link.noop()
        assert send(server, recipient)[0] == 250


def test_who_is_refused_depends_on_the_address_alone_and_the_share_is_kept() -> None:
    behaviour = Behaviour(reject=0.1, defer=0.2, busy=0.05)
    verdicts = [behaviour.verdict(f"person{n}@example.com") for n in range(4000)]
    assert verdicts == [behaviour.verdict(f"PERSON{n}@example.com") for n in range(4000)]
    shares = {verdict: verdicts.count(verdict) / 4000 for verdict in Verdict}
    assert shares[Verdict.REJECT] == pytest.approx(0.1, abs=0.02)
    assert shares[Verdict.DEFER] == pytest.approx(0.2, abs=0.02)
    assert shares[Verdict.BUSY] == pytest.approx(0.05, abs=0.02)


def test_shares_that_cannot_be_are_refused() -> None:
    for wrong in ({"reject": 1.5}, {"defer": -0.1}, {"reject": 0.6, "defer": 0.6}, {"delay": -1.0}):
        with pytest.raises(InputError):
            Behaviour(**wrong)


def test_a_changed_behaviour_is_taken_over_by_a_running_sandbox(server: SandboxServer, bag: Path) -> None:
    assert send(server)[0] == 250
    save_behaviour(bag, Behaviour(reject=1))
    assert send(server)[0] == 550
    (bag / BEHAVIOUR_FILE).write_text("{ half", encoding="utf-8")
    assert send(server)[0] == 550, "what cannot be read changes nothing"
    (bag / BEHAVIOUR_FILE).write_text('{"reject": 0, "from-the-future": true}', encoding="utf-8")
    assert send(server)[0] == 250
    (bag / BEHAVIOUR_FILE).unlink()
    assert load_behaviour(bag) == Behaviour()


def test_a_delay_comes_before_the_answer_and_holds_up_nobody_else(bag: Path) -> None:
    with SandboxServer(bag, behaviour=Behaviour(delay=30)) as server:
        slow = client(server)
        slow.ehlo()
        slow.mail("ana@example.com")
        slow.rcpt("ben@example.com")
        slow.putcmd("data")
        assert slow.getreply()[0] == 354
        slow.send(MESSAGE + b".\r\n")
        with client(server) as other:  # answered while the first one waits
            assert other.noop()[0] == 250
        assert Inbox(bag).count() == 0
        slow.close()


def test_only_people_with_the_password_may_send_when_there_are_users(bag: Path) -> None:
    users = {"ana": Secret("correct horse")}
    with SandboxServer(bag, users=users) as server:
        assert send(server)[0] == 530
        with client(server) as link:
            link.ehlo()
            assert link.esmtp_features["auth"].split() == ["LOGIN", "PLAIN"]
            for name, password in (("ana", "wrong"), ("ben", "correct horse")):
                with pytest.raises(smtplib.SMTPAuthenticationError) as refused:
                    link.login(name, password)
                assert refused.value.smtp_code == 535
            link.login("ana", "correct horse")
            assert link.sendmail("ana@example.com", ["ben@example.com"], MESSAGE) == {}


def trusting(bag: Path) -> ssl.SSLContext:
    context = ssl.create_default_context(cafile=str(bag / CERTIFICATE_FILE))
    # What newer Pythons ask for by default.
    context.verify_flags |= ssl.VERIFY_X509_STRICT | ssl.VERIFY_X509_PARTIAL_CHAIN
    return context


def test_starttls_with_the_kept_certificate_and_a_password(bag: Path) -> None:
    users = {"ana": Secret("pw")}
    with SandboxServer(bag, tls_context=server_context(bag), users=users) as server, client(server) as link:
        link.ehlo()
        assert "auth" not in link.esmtp_features, "no password in the clear"
        link.starttls(context=trusting(bag))
        link.ehlo()
        link.login("ana", "pw")
        assert link.sendmail("ana@example.com", ["ben@example.com"], MESSAGE) == {}
    assert Inbox(bag).count() == 1


def test_tls_from_the_first_byte(bag: Path) -> None:
    context = server_context(bag, "localhost")
    users = {"ana": Secret("pw")}
    with (
        SandboxServer(bag, tls_context=context, users=users, implicit_tls=True) as server,
        smtplib.SMTP_SSL("localhost", server.port, timeout=20, context=trusting(bag)) as link,
    ):
        link.login("ana", "pw")
        assert link.sendmail("ana@example.com", ["ben@example.com"], MESSAGE) == {}


def test_the_certificate_is_kept_and_made_anew_only_for_another_name(bag: Path) -> None:
    server_context(bag)
    first = (bag / CERTIFICATE_FILE).read_bytes()
    server_context(bag, "localhost")
    assert (bag / CERTIFICATE_FILE).read_bytes() == first
    server_context(bag, "mail.sandbox.example")
    assert (bag / CERTIFICATE_FILE).read_bytes() != first
    if sys.platform != "win32":
        assert (bag / "certificate.key").stat().st_mode & 0o077 == 0


@pytest.mark.skipif(not Path("/dev/full").exists(), reason="no /dev/full here")
def test_a_full_disk_is_an_answer_and_not_an_end(server: SandboxServer, bag: Path) -> None:
    index = bag / INDEX_FILE
    index.symlink_to("/dev/full")
    code, text = send(server)
    assert (code, text[:5]) == (452, "4.3.1")
    assert list(bag.glob("*.eml")) == [], "nothing half-kept"
    index.unlink()
    assert send(server)[0] == 250
    assert [item.subject for item in Inbox(bag).messages()] == ["Hello"]


def test_many_connections_at_once_lose_nothing(server: SandboxServer, bag: Path) -> None:
    def deliver(worker: int) -> None:
        with client(server) as link:
            for n in range(25):
                link.sendmail("ana@example.com", [f"p{worker}-{n}@example.com"], MESSAGE)

    threads = [threading.Thread(target=deliver, args=(worker,)) for worker in range(8)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join(60)
    recipients = {item.recipients for item in Inbox(bag).messages()}
    assert recipients == {(f"p{worker}-{n}@example.com",) for worker in range(8) for n in range(25)}


def test_clients_that_vanish_leave_the_server_working(server: SandboxServer) -> None:
    for rudeness in (
        b"",
        b"EHLO a\r\nMAIL FR",
        b"EHLO a\r\nMAIL FROM:<a@example.com>\r\nRCPT TO:<b@c.example>\r\nDATA\r\nhalf",
    ):
        link = socket.create_connection(("127.0.0.1", server.port), timeout=10)
        link.sendall(rudeness)
        link.close()
    with socket.create_connection(("127.0.0.1", server.port), timeout=10) as link:
        link.sendall(b"\xff\xfe\r\n" + b"x" * 5000 + b"\r\nQUIT\r\n")
        while link.recv(4096):
            pass
    assert send(server)[0] == 250
    wait_until(lambda: server.idle_for() > 0, 10, "all connections closed")


def test_stopping_hangs_up_on_open_connections(bag: Path) -> None:
    server = SandboxServer(bag)
    server.start()
    with socket.create_connection(("127.0.0.1", server.port), timeout=10) as link:
        link.recv(512)
        assert server.idle_for() == 0
        server.stop()
        assert link.recv(512) == b""
    server.stop()


def test_a_taken_port_is_said_so(server: SandboxServer, bag: Path) -> None:
    with pytest.raises(RelayUnusable) as refused:
        SandboxServer(bag, port=server.port).start()
    assert refused.value.code == "sandbox.port"


def test_names_sort_by_time_and_never_collide_even_between_processes(bag: Path) -> None:
    one, other = Mailbag(bag), Mailbag(bag)
    names = [one.keep(MESSAGE, "a@example.com", ["b@example.com"]) for _n in range(300)]
    others = [other.keep(MESSAGE, "a@example.com", ["b@example.com"]) for _n in range(300)]
    assert names == sorted(names)
    assert len({*names, *others}) == 600 == Inbox(bag).count()
