from __future__ import annotations

import asyncio
import socket

import pytest

from smtpdesk.base.errors import InputError
from smtpdesk.dns import Answer, Kind, Resolver, Trouble, name_server
from smtpdesk.dns.resolver import VARIABLE
from tests.servers.names import NameServer, silent_names
from tests.servers.proc import free_port


async def ask(server: str, *questions: tuple[str, str], patience: float = 5.0) -> list[Answer]:
    async with Resolver(server, patience) as lookup:
        return list(await asyncio.gather(*(lookup.ask(*question) for question in questions)))


async def test_strings_of_a_txt_record_are_joined(names: NameServer) -> None:
    (answer,) = await ask(names.address, ("long.test", "TXT"))
    assert answer == Answer(Kind.FOUND, ("v=spf1 ip4:192.0.2.1 ip4:192.0.2.2 ip4:192.0.2.3 -all",))


async def test_addresses_mail_hosts_and_names_come_as_text(names: NameServer) -> None:
    asked = ("mx.good.test", "A"), ("mx.good.test", "AAAA"), ("good.test", "MX"), ("10.2.0.192.in-addr.arpa", "PTR")
    answers = await ask(names.address, *asked)
    assert [answer.values for answer in answers] == [
        ("192.0.2.10",), ("2001:db8::10",), ("10 mx.good.test",), ("mx.good.test",),
    ]  # fmt: skip


async def test_a_name_that_does_not_exist_and_one_without_such_records_are_told_apart(names: NameServer) -> None:
    no_name, no_record = await ask(names.address, ("nowhere.test", "A"), ("bare.test", "TXT"))
    assert (no_name.kind, no_name.no_name) == (Kind.NONE, True)
    assert (no_record.kind, no_record.no_name) == (Kind.NONE, False)


async def test_where_an_alias_led_is_told(names: NameServer) -> None:
    (answer,) = await ask(names.address, ("s1._domainkey.hosted.test", "TXT"))
    assert answer.kind is Kind.FOUND
    assert answer.alias == "s1.keys.provider.test"


async def test_a_broken_zone_is_no_proof_that_there_is_nothing(names: NameServer) -> None:
    (answer,) = await ask(names.address, ("servfail.test", "TXT"))
    assert answer == Answer(Kind.UNKNOWN, trouble=Trouble.SERVER)


async def test_a_server_that_never_answers_is_waited_for_only_so_long() -> None:
    with silent_names() as silent:
        (answer,) = await ask(silent.address, ("good.test", "TXT"), patience=0.2)
    assert answer == Answer(Kind.UNKNOWN, trouble=Trouble.TIMEOUT)


async def test_a_port_where_nobody_listens_is_no_answer() -> None:
    (answer,) = await ask(f"127.0.0.1:{free_port()}", ("good.test", "TXT"), patience=0.2)
    assert answer.unknown


async def test_after_many_questions_in_vain_the_rest_is_not_asked() -> None:
    with silent_names() as silent:
        async with Resolver(silent.address, 0.2) as lookup:
            first = await asyncio.gather(*(lookup.ask(f"{n}.test", "A") for n in range(8)))
            later = await lookup.ask("good.test", "A")
    assert {answer.trouble for answer in first} == {Trouble.TIMEOUT}
    assert later.trouble is Trouble.NETWORK


async def test_a_server_without_a_way_to_it_is_no_network() -> None:
    # An address that no packet can be sent to, from a socket: "invalid argument" or "unreachable", at once.
    (answer,) = await ask("255.255.255.255", ("good.test", "TXT"), patience=0.5)
    assert answer.trouble in (Trouble.NETWORK, Trouble.TIMEOUT)


async def test_a_name_that_dns_cannot_hold_is_not_asked_for(names: NameServer) -> None:
    answers = await ask(names.address, (f"{'x' * 64}.test", "A"), ("a..test", "A"), ("bücher.test", "A"), ("", "A"))
    assert {answer.trouble for answer in answers} == {Trouble.NAME}


async def test_the_same_question_is_asked_once() -> None:
    with socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as server:
        server.bind(("127.0.0.1", 0))
        server.setblocking(False)
        async with Resolver(f"127.0.0.1:{server.getsockname()[1]}", 0.2) as lookup:
            await asyncio.gather(*(lookup.ask(name, "A") for name in ("good.test", "GOOD.test", "good.test.")))
            await lookup.ask("good.test", "A")
        heard = 0
        with pytest.raises(BlockingIOError):
            while server.recv(512):
                heard += 1
    assert heard <= 2, "more than a question and its repetition"


async def test_one_who_is_cancelled_does_not_take_the_answer_from_another(names: NameServer) -> None:
    async with Resolver(names.address) as lookup:
        one = asyncio.create_task(lookup.ask("good.test", "MX"))
        other = asyncio.create_task(lookup.ask("good.test", "MX"))
        await asyncio.sleep(0)
        one.cancel()
        assert (await other).values == ("10 mx.good.test",)
        with pytest.raises(asyncio.CancelledError):
            await one


async def test_closing_ends_what_is_under_way() -> None:
    with silent_names() as silent:
        lookup = Resolver(silent.address, 60)
        waiting = asyncio.create_task(lookup.ask("good.test", "A"))
        await asyncio.sleep(0)
        await lookup.close()
        with pytest.raises(asyncio.CancelledError):
            await waiting


def test_a_name_server_is_an_address_and_perhaps_a_port() -> None:
    assert name_server("192.0.2.1") == ("192.0.2.1", 53)
    assert name_server(" 127.0.0.1:5353 ") == ("127.0.0.1", 5353)
    assert name_server("[::1]:5353") == ("::1", 5353)
    assert name_server("2001:db8::1") == ("2001:db8::1", 53)


@pytest.mark.parametrize(
    "text", ["ns.example.com", "127.0.0.1:", "127.0.0.1:0", "127.0.0.1:70000", "[::1]5353x", ":53"]
)
def test_what_is_no_name_server_is_refused(text: str, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv(VARIABLE, text)
    with pytest.raises(InputError) as refused:
        Resolver()
    assert refused.value.code == "dns.server"


async def test_the_variable_names_the_server(names: NameServer, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv(VARIABLE, names.address)
    assert (await ask("", ("good.test", "MX")))[0].values == ("10 mx.good.test",)
