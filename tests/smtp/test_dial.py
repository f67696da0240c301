"""Reaching a host by one of its addresses, and what its EHLO and its certificate say."""

from __future__ import annotations

import asyncio
import gc
import socket
import warnings

import pytest

from smtpdesk.domain.profile import Profile, Relay, Security
from smtpdesk.smtp.certificate import Certificate
from smtpdesk.smtp.dial import NoAddressAnswers, dial
from smtpdesk.smtp.extensions import explained, stated
from smtpdesk.smtp.failures import StageFailed
from smtpdesk.smtp.steps import Steps, Timeouts
from smtpdesk.smtp.tls import fingerprint, normal_pin
from smtpdesk.smtp.transcript import Transcript
from tests.desk.places import black_hole, own_address
from tests.servers.certificates import Authority
from tests.servers.scripted import ScriptedServer

V4 = socket.AF_INET


def test_an_address_that_swallows_everything_does_not_keep_the_next_one_waiting() -> None:
    dead = own_address()

    async def run(server: ScriptedServer) -> None:
        places = [(V4, (dead, 2525)), (V4, (server.host, server.port))]
        for thorough in (False, True):
            sock, tried = await dial(places, 30.0, thorough=thorough)
            assert sock.getpeername() == (server.host, server.port)
            sock.close()
            assert [(one.address, one.ok, one.abandoned) for one in tried] == [
                *((dead, False, True), (server.host, True, False))
            ]

    with ScriptedServer() as server, black_hole(dead, 2525):
        asyncio.run(asyncio.wait_for(run(server), 20))


def test_where_nobody_answers_the_most_telling_reason_is_given() -> None:
    dead, refusing = own_address(), own_address()

    async def run() -> NoAddressAnswers:
        with pytest.raises(NoAddressAnswers) as caught:
            await dial([(V4, (dead, 2525)), (V4, (refusing, 2525))], 0.3)
        return caught.value

    with black_hole(dead, 2525):
        error = asyncio.run(run())
    assert isinstance(error.__cause__, ConnectionRefusedError)
    assert [one.reason for one in error.tried] == ["timed out", "Connection refused"]


def test_dialling_that_is_given_up_leaves_no_socket_open() -> None:
    dead = own_address()

    async def run() -> None:
        dialling = asyncio.create_task(dial([(V4, (dead, 2525)), (V4, (dead, 2525))], 30.0, thorough=True))
        await asyncio.sleep(0)
        await asyncio.sleep(0)
        dialling.cancel()
        await asyncio.wait({dialling})
        assert dialling.cancelled()
        assert asyncio.all_tasks() == {asyncio.current_task()}

    with warnings.catch_warnings(), black_hole(dead, 2525):
        warnings.simplefilter("error", ResourceWarning)
        asyncio.run(run())
        gc.collect()


def test_a_pinned_certificate_is_trusted_whatever_its_name_and_no_other_is(ca: Authority) -> None:
    async def shown(relay: Relay) -> str:
        steps = Steps(Profile("x", relay), None, Transcript(), Timeouts(5.0, 5.0, 5.0, 5.0))
        try:
            await steps.connect()
            inside = steps.client.get_transport_info("ssl_object")
            return fingerprint(inside.getpeercert(binary_form=True))
        finally:
            await steps.close()

    with ScriptedServer(tls=ca.wrong_name()) as server, ScriptedServer(tls=ca.wrong_name()) as other:
        # Any pin that is not the certificate's is refused in the handshake; the words tell which one was shown.
        wrong = Relay(server.host, server.port, Security.TLS, pinned_sha256="ab" * 32)
        with pytest.raises(StageFailed) as caught:
            asyncio.run(shown(wrong))
        assert caught.value.failure == "tls-pin"
        pin = caught.value.outcome.reply.text.rpartition(" ")[2]
        right = Relay(server.host, server.port, Security.TLS, pinned_sha256=pin)
        assert asyncio.run(shown(right)) == pin
        with pytest.raises(StageFailed):
            asyncio.run(shown(Relay(other.host, other.port, Security.TLS, pinned_sha256=pin)))


def test_a_fingerprint_is_taken_as_people_paste_it() -> None:
    assert normal_pin(" AB:CD:\n01:02 ") == "abcd0102"


@pytest.mark.parametrize(
    ("offered", "size", "messages"),
    [
        ({"size": "10485760", "limits": "RCPTMAX=50 MAILMAX=7"}, 10485760, 7),
        ({"size": "0"}, None, None),
        ({"size": "", "limits": "mailmax=x"}, None, None),
        ({"size": "lots", "limits": ""}, None, None),
        ({}, None, None),
    ],
)
def test_what_a_server_states_is_read_and_nothing_is_guessed(
    offered: dict[str, str], size: int | None, messages: int | None
) -> None:
    found = stated(offered)
    assert (found.max_size, found.per_connection) == (size, messages)
    assert all(one.sentence for one in explained({**offered, "x-odd": "1"}))


@pytest.mark.parametrize(
    ("name", "host", "fits"),
    [
        ("mail.example.com", "MAIL.example.com.", True),
        ("*.example.com", "mail.example.com", True),
        ("*.example.com", "example.com", False),
        ("*.example.com", "a.b.example.com", False),
    ],
)
def test_a_certificate_covers_its_names(name: str, host: str, fits: bool) -> None:
    one = Certificate((name,), "", "", 0.0, 1.0, "", (), False, "TLSv1.3", True, 0.5)
    assert one.covers(host) is fits
