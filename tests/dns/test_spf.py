from __future__ import annotations

import asyncio
import contextlib

import pytest
from hypothesis import given
from hypothesis import strategies as st

from smtpdesk.dns import (
    Known,
    Problem,
    Resolver,
    Result,
    SpfSyntaxError,
    Verdict,
    as_address,
    check_host,
    merged,
    read_spf,
    survey,
    unreadable,
)
from smtpdesk.dns.spf_macros import MacroValues, expand
from tests.servers.names import NameServer


async def verdict(names: NameServer, address: str, domain: str, local: str = "ana") -> Verdict:
    host = as_address(address)
    assert host is not None
    async with Resolver(names.address) as lookup:
        return await check_host(lookup, host, domain, local)


EVALUATED = [
    ("192.0.2.10", "good.test", Result.PASS),
    ("2001:db8::10", "good.test", Result.PASS),
    ("::ffff:192.0.2.10", "good.test", Result.PASS),
    ("198.51.100.7", "good.test", Result.PASS),
    ("203.0.113.7", "good.test", Result.PASS),
    ("192.0.2.11", "good.test", Result.FAIL),
    ("192.0.2.11", "hosted.test", Result.SOFTFAIL),
    ("192.0.2.11", "neutral.test", Result.NEUTRAL),
    ("192.0.2.11", "any.test", Result.PASS),
    ("192.0.2.11", "bare.test", Result.NONE),
    ("192.0.2.11", "nowhere.test", Result.NONE),
    ("192.0.2.11", "test", Result.NONE),
    ("192.0.2.3", "long.test", Result.PASS),
    ("198.51.100.7", "redirected.test", Result.PASS),
    ("192.0.2.11", "redirected.test", Result.SOFTFAIL),
    ("192.0.2.7", "macros.test", Result.PASS),
    ("192.0.2.8", "macros.test", Result.FAIL),
    ("192.0.2.7", "local.test", Result.PASS),
    ("192.0.2.10", "pointer.test", Result.PASS),
    ("2001:db8::10", "pointer.test", Result.PASS),
    ("198.51.100.8", "pointer.test", Result.FAIL),
    ("192.0.2.10", "validated.test", Result.PASS),
    ("198.51.100.8", "validated.test", Result.FAIL),
    ("198.51.100.200", "prefixes.test", Result.PASS),
    ("192.0.2.15", "prefixes.test", Result.PASS),
    ("192.0.2.16", "prefixes.test", Result.FAIL),
    ("198.51.100.7", "xn--bcher-kva.test", Result.PASS),
    ("192.0.2.1", "twovoid.test", Result.PASS),
    ("192.0.2.99", "ten.test", Result.FAIL),
]
ERRORS = [
    ("several.test", Problem.SEVERAL),
    ("loop.test", Problem.LOOP),
    ("many.test", Problem.LOOKUPS),
    ("void.test", Problem.VOIDS),
    ("syntax.test", Problem.SYNTAX),
    ("lostredirect.test", Problem.MISSING),
    ("lostinclude.test", Problem.MISSING),
    ("crowd.test", Problem.NAMES),
]


@pytest.mark.parametrize(("address", "domain", "result"), EVALUATED)
async def test_an_address_is_judged_as_the_rfc_says(
    names: NameServer, address: str, domain: str, result: Result
) -> None:
    assert (await verdict(names, address, domain)).result is result


@pytest.mark.parametrize(("domain", "problem"), ERRORS)
async def test_a_broken_record_is_a_permanent_error(names: NameServer, domain: str, problem: Problem) -> None:
    ended = await verdict(names, "192.0.2.99", domain)
    assert (ended.result, ended.problem) == (Result.PERMERROR, problem)


async def test_a_name_server_in_trouble_is_a_passing_error(names: NameServer) -> None:
    ended = await verdict(names, "192.0.2.1", "broken.test")
    assert (ended.result, ended.problem, ended.about) == (Result.TEMPERROR, Problem.UNKNOWN, "sub.servfail.test")


async def test_the_way_to_the_term_that_matched_is_told(names: NameServer) -> None:
    passed = await verdict(names, "203.0.113.7", "good.test")
    assert passed.path == ("include:_spf.provider.test", "include:_b.provider.test", "ip4:203.0.113.0/24")
    assert passed.lookups == 2


async def test_a_relay_that_matches_early_passes_where_others_meet_the_limit(names: NameServer) -> None:
    assert (await verdict(names, "192.0.2.56", "many.test")).result is Result.PASS


@pytest.mark.parametrize(
    ("domain", "lookups", "voids"),
    [("good.test", 2, 0), ("many.test", 11, 0), ("ten.test", 10, 0), ("void.test", 3, 3), ("redirected.test", 2, 0)],
)
async def test_the_tree_counts_every_term(names: NameServer, domain: str, lookups: int, voids: int) -> None:
    async with Resolver(names.address) as lookup:
        tree = await survey(lookup, domain)
    assert (tree.lookups, tree.voids) == (lookups, voids)


@pytest.mark.parametrize(("domain", "problem"), [*ERRORS, ("broken.test", Problem.UNKNOWN)])
async def test_the_tree_says_what_is_wrong(names: NameServer, domain: str, problem: Problem) -> None:
    async with Resolver(names.address) as lookup:
        tree = await survey(lookup, domain)
    found = tree.problem or (tree.first_problem() or (None,))[0]
    assert found is problem


async def test_an_include_is_found_at_any_depth(names: NameServer) -> None:
    async with Resolver(names.address) as lookup:
        tree = await survey(lookup, "good.test")
        redirected = await survey(lookup, "redirected.test")
    assert tree.includes("_spf.provider.test")
    assert tree.includes("_b.provider.test")
    assert not tree.includes("provider.test")
    assert redirected.includes("_spf.provider.test")


def test_a_hostile_tree_ends() -> None:
    records = {(f"n{n}.test", "TXT"): (f"v=spf1 include:n{n + 1}.test include:n{n + 2}.test",) for n in range(60)}

    async def look() -> int:
        return len(list((await survey(Known(records), "n0.test")).nodes()))

    assert asyncio.run(look()) < 200


@pytest.mark.parametrize(
    "record",
    [
        "v=spf1", "V=SPF1 -ALL", "v=spf1 a mx ptr ?all", "v=spf1 a/24 mx//64 a:example.com/24//64",
        "v=spf1 ip4:192.0.2.0/24 ip6:2001:db8::/32", "v=spf1 exists:%{i}._spf.%{d} exp=why.%{d} x-note=%{d}",
        "v=spf1 redirect=_spf.example.com", "v=spf1  a   mx ", "v=spf1 include:%{d}", "v=spf1 ip6:::1",
        "v=spf1 a:under_score.example.com", "v=spf1 -include:example.com.",
    ],
)  # fmt: skip
def test_a_valid_record_is_read(record: str) -> None:
    assert read_spf(record).text == record


@pytest.mark.parametrize(
    "record",
    [
        "v=spf10 -all", "v=spf1-all", "v=spf1 all:x.test", "v=spf1 include", "v=spf1 include:", "v=spf1 ip4:192.0.2",
        "v=spf1 ip4", "v=spf1 ip4:192.0.2.1/33", "v=spf1 ip4:192.0.2.1/08", "v=spf1 ip6:192.0.2.1", "v=spf1 a/33",
        "v=spf1 a:", "v=spf1 a:example.com/", "v=spf1 exists", "v=spf1 foo:bar.test", "v=spf1 %all",
        "v=spf1 redirect=a.test redirect=b.test", "v=spf1 redirect=", "v=spf1 exists:%{z}.test", "v=spf1 a:b.1",
        "v=spf1 x=%", "v=spf1 ip6:fe80::1%eth0", "v=spf1 ip4:192.0.2.1,192.0.2.2", "v=spf1 include:a.test,b.tést",
    ],
)  # fmt: skip
def test_an_invalid_record_is_refused(record: str) -> None:
    with pytest.raises(SpfSyntaxError):
        read_spf(record)


PIECES = st.sampled_from(
    ["v=spf1", " ", "a", "mx", "all", "ip4:", "ip6:", "include:", "redirect=", "exp=", "%{", "}", "%{ir}", "/", "//64",
     "192.0.2.1", "::1", "example.com", "~", "-", "+", "?", "%", "x=", "ptr", "exists:", "é", "\x00", "0", "\t", "²"]
)  # fmt: skip


@given(st.one_of(st.text(max_size=80), st.lists(PIECES, max_size=12).map(lambda parts: "v=spf1 " + "".join(parts))))
def test_any_text_is_read_or_refused_and_evaluated(text: str) -> None:
    with contextlib.suppress(SpfSyntaxError):
        read_spf(text)
    address = as_address("192.0.2.1")
    assert address is not None
    lookup = Known({("x.test", "TXT"): (text,), ("example.com", "A"): ("192.0.2.1",)})
    assert asyncio.run(check_host(lookup, address, "x.test")).result in Result
    assert asyncio.run(survey(lookup, "x.test")).lookups >= 0
    assert merged([text], ["include:x.test"]).startswith("v=spf1 ")


#: RFC 7208 section 7.4.
EXAMPLES = [
    ("%{s}", "strong-bad@email.example.com"), ("%{o}", "email.example.com"), ("%{d}", "email.example.com"),
    ("%{d4}", "email.example.com"), ("%{d3}", "email.example.com"), ("%{d2}", "example.com"), ("%{d1}", "com"),
    ("%{dr}", "com.example.email"), ("%{d2r}", "example.email"), ("%{l}", "strong-bad"), ("%{l-}", "strong.bad"),
    ("%{lr}", "strong-bad"), ("%{lr-}", "bad.strong"), ("%{l1r-}", "strong"),
    ("%{ir}.%{v}._spf.%{d2}", "3.2.0.192.in-addr._spf.example.com"),
    ("%{lr-}.lp._spf.%{d2}", "bad.strong.lp._spf.example.com"),
    ("%{lr-}.lp.%{ir}.%{v}._spf.%{d2}", "bad.strong.lp.3.2.0.192.in-addr._spf.example.com"),
    ("%{ir}.%{v}.%{l1r-}.lp._spf.%{d2}", "3.2.0.192.in-addr.strong.lp._spf.example.com"),
    ("%{d2}.trusted-domains.example.net", "example.com.trusted-domains.example.net"), ("a%%b%_c%-", "a%b c%20"),
]  # fmt: skip


@pytest.mark.parametrize(("spec", "expanded"), EXAMPLES)
def test_macros_are_those_of_the_rfc(spec: str, expanded: str) -> None:
    address = as_address("192.0.2.3")
    assert address is not None
    assert expand(spec, "email.example.com", MacroValues("strong-bad", "email.example.com", address)) == expanded


def test_an_ipv6_address_is_written_in_nibbles_and_long_names_lose_labels_on_the_left() -> None:
    address = as_address("2001:db8::cb01")
    assert address is not None
    values = MacroValues("x" * 60, "example.com", address)
    assert expand("%{ir}.%{v}._spf.%{d2}", "email.example.com", values) == (
        "1.0.b.c.0.0.0.0.0.0.0.0.0.0.0.0.0.0.0.0.0.0.0.0.8.b.d.0.1.0.0.2.ip6._spf.example.com"
    )
    long = expand(f"{'a.' * 100}%{{l}}.{'b' * 60}.end.example.com", "example.com", values)
    assert len(long) <= 253
    assert long.endswith("end.example.com")


@pytest.mark.parametrize(
    ("records", "wanted", "result"),
    [
        ([], ["include:p.test"], "v=spf1 include:p.test ~all"),
        (["v=spf1 mx -all"], ["include:p.test"], "v=spf1 mx include:p.test -all"),
        (["v=spf1 include:a.test mx ?all"], ["include:p.test"], "v=spf1 include:a.test include:p.test mx ?all"),
        (["v=spf1 include:P.test -all"], ["include:p.test"], "v=spf1 include:P.test -all"),
        (["v=spf1 mx -all", "v=spf1 a mx ~all"], ["include:p.test"], "v=spf1 a mx include:p.test -all"),
        (["v=spf1 +all"], ["ip4:192.0.2.1"], "v=spf1 ip4:192.0.2.1 ~all"),
        (["v=spf1 redirect=_spf.a.test"], ["include:p.test"], "v=spf1 include:p.test redirect=_spf.a.test"),
        (["v=spf1 -all include:late.test"], ["include:late.test"], "v=spf1 include:late.test -all"),
        (["v=spf1 ipv4:192.0.2.1 a -all"], [], "v=spf1 a -all"),
    ],
)
def test_one_record_takes_the_place_of_all(records: list[str], wanted: list[str], result: str) -> None:
    assert merged(records, wanted) == result


def test_terms_that_nobody_understands_are_named() -> None:
    assert unreadable(["v=spf1 ipv4:192.0.2.1 a include:x,y -all", "google-site=1"]) == (
        "ipv4:192.0.2.1",
        "include:x,y",
    )
