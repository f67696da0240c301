from __future__ import annotations

import asyncio
from collections.abc import Awaitable, Callable
from typing import TypeVar

import pytest
from hypothesis import given
from hypothesis import strategies as st

from smtpdesk.base.errors import InputError
from smtpdesk.dns import (
    LISTS,
    DmarcState,
    ExtraState,
    KeyState,
    Listing,
    Lookup,
    MxState,
    Resolver,
    ReverseState,
    Signature,
    aligned,
    as_address,
    as_domain,
    ask_list,
    bimi,
    find_dmarc,
    mail_hosts,
    mta_sts,
    organisation,
    published_key,
    read_dmarc,
    read_headers,
    read_key,
    readable,
    reverse_of,
    tls_reports,
)
from tests.servers.names import NameServer
from tests.servers.zones import public_key

T = TypeVar("T")


async def looked(names: NameServer, question: Callable[[Lookup], Awaitable[T]]) -> T:
    async with Resolver(names.address) as lookup:
        return await question(lookup)


# -- DKIM ----------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("domain", "selector", "state", "bits"),
    [
        ("good.test", "desk1", KeyState.GOOD, 2048),
        ("keys.test", "revoked", KeyState.REVOKED, 0),
        ("keys.test", "short", KeyState.SHORT, 512),
        ("keys.test", "weak", KeyState.WEAK, 1024),
        ("keys.test", "spaced", KeyState.GOOD, 2048),
        ("keys.test", "twice", KeyState.BROKEN, 0),
        ("keys.test", "rubbish", KeyState.BROKEN, 0),
        ("keys.test", "edward", KeyState.GOOD, 256),
        ("keys.test", "sha1", KeyState.BROKEN, 0),
        ("keys.test", "other", KeyState.BROKEN, 0),
        ("keys.test", "nowhere", KeyState.MISSING, 0),
        ("hosted.test", "gone", KeyState.MISSING, 0),
        ("sub.servfail.test", "x", KeyState.UNKNOWN, 0),
        ("keys.test", "x" * 70, KeyState.MISSING, 0),
    ],
)
async def test_a_published_key_is_judged(
    names: NameServer, domain: str, selector: str, state: KeyState, bits: int
) -> None:
    key = await looked(names, lambda lookup: published_key(lookup, domain, selector))
    assert (key.state, key.bits) == (state, bits)


async def test_a_key_behind_an_alias_is_the_providers(names: NameServer) -> None:
    key = await looked(names, lambda lookup: published_key(lookup, "hosted.test", "s1"))
    assert (key.state, key.alias, key.public) == (KeyState.GOOD, "s1.keys.provider.test", public_key(2048))


async def test_a_testing_flag_is_seen(names: NameServer) -> None:
    key = await looked(names, lambda lookup: published_key(lookup, "keys.test", "testing"))
    assert key.testing
    assert key.usable


@given(st.text(max_size=120))
def test_any_text_in_place_of_a_key_or_a_policy_is_judged(text: str) -> None:
    assert read_key(text).state in KeyState
    assert read_key(f"v=DKIM1; p={text}").state in KeyState
    assert read_dmarc(text, "a.test", "a.test").state in DmarcState
    assert read_dmarc(f"v=DMARC1; p=none; {text}", "a.test", "a.test").percent <= 100
    assert len(read_headers(text).signatures) >= 0


# -- headers -------------------------------------------------------------------------------------------------------


def test_selectors_are_found_in_pasted_headers() -> None:
    pasted = """

Return-Path: <bounces+7@mail.Provider.test>
Received: from x (y [192.0.2.1])
DKIM-Signature: v=1; a=rsa-sha256; c=relaxed/relaxed; d=good.test;
\ts=Desk1; t=1; h=from:to; bh=abc=; b=dGVz
\tdA==
DKIM-Signature: v=1; a=rsa-sha256; d=provider.test; s=k1; h=from; bh=x; b=y
DKIM-Signature: nonsense
From: Ana <ana@good.test>

DKIM-Signature: v=1; d=body.test; s=no
"""
    found = read_headers(pasted)
    assert found.signatures == (Signature("good.test", "desk1"), Signature("provider.test", "k1"))
    assert found.envelope == "mail.provider.test"


def test_headers_without_a_signature_name_nobody() -> None:
    assert read_headers("Subject: hello\n\nDKIM-Signature: v=1; d=a.test; s=b").signatures == ()


# -- DMARC and alignment -------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("domain", "state", "found_at", "policy"),
    [
        ("good.test", DmarcState.FOUND, "good.test", "quarantine"),
        ("news.good.test", DmarcState.FOUND, "good.test", "quarantine"),
        ("shop.co.uk", DmarcState.FOUND, "shop.co.uk", "reject"),
        ("news.shop.co.uk", DmarcState.FOUND, "shop.co.uk", "none"),
        ("a.mid.shop.co.uk", DmarcState.FOUND, "mid.shop.co.uk", "quarantine"),
        ("other.co.uk", DmarcState.MISSING, "", ""),
        ("bare.test", DmarcState.MISSING, "", ""),
        ("twice.test", DmarcState.SEVERAL, "twice.test", ""),
        ("nopolicy.test", DmarcState.BROKEN, "nopolicy.test", ""),
        ("reportonly.test", DmarcState.FOUND, "reportonly.test", "none"),
        ("servfail.test", DmarcState.UNKNOWN, "servfail.test", ""),
    ],
)
async def test_the_policy_is_that_of_the_domain_or_of_one_above(
    names: NameServer, domain: str, state: DmarcState, found_at: str, policy: str
) -> None:
    dmarc = await looked(names, lambda lookup: find_dmarc(lookup, domain))
    assert (dmarc.state, dmarc.found_at, dmarc.policy) == (state, found_at, policy)


async def test_details_of_a_policy_are_read(names: NameServer) -> None:
    shop = await looked(names, lambda lookup: find_dmarc(lookup, "shop.co.uk"))
    assert (shop.percent, shop.enforced, shop.subdomains) == (50, False, "none")
    assert shop.unasked == ("silent.test",), "reports.test agreed to get the reports, silent.test did not"
    mid = await looked(names, lambda lookup: find_dmarc(lookup, "mid.shop.co.uk"))
    assert (mid.strict_spf, mid.strict_dkim, mid.enforced) == (True, True, True)
    assert not (await looked(names, lambda lookup: find_dmarc(lookup, "testing.test"))).enforced


def test_domains_align_when_they_are_of_one_organisation() -> None:
    assert aligned("news.shop.co.uk", "bounce.shop.co.uk")
    assert not aligned("shop.co.uk", "other.co.uk")
    assert not aligned("news.shop.co.uk", "shop.co.uk", strict=True)
    assert aligned("shop.co.uk", "shop.co.uk", strict=True)
    assert not aligned("shop.co.uk", "")
    assert organisation("a.b.xn--bcher-kva.test") == "xn--bcher-kva.test"
    assert organisation("co.uk") == "co.uk"


def test_a_domain_with_other_letters_is_asked_for_in_ascii() -> None:
    assert as_domain(" Bücher.test. ") == "xn--bcher-kva.test"
    assert readable("xn--bcher-kva.test") == "bücher.test"
    assert readable("xn--zzzzzz--.test") == "xn--zzzzzz--.test"
    with pytest.raises(InputError):
        as_domain("no domain")


# -- the rest ------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("domain", "state"),
    [
        ("good.test", MxState.GOOD),
        ("nullmx.test", MxState.NULL),
        ("bare.test", MxState.ADDRESS_ONLY),
        ("lost.test", MxState.BROKEN),
        ("nowhere.test", MxState.MISSING),
        ("servfail.test", MxState.UNKNOWN),
    ],
)
async def test_where_mail_goes_is_known(names: NameServer, domain: str, state: MxState) -> None:
    assert (await looked(names, lambda lookup: mail_hosts(lookup, domain))).state is state


@pytest.mark.parametrize(
    ("address", "state", "name"),
    [
        ("192.0.2.10", ReverseState.GOOD, "mx.good.test"),
        ("2001:db8::10", ReverseState.GOOD, "mx.good.test"),
        ("198.51.100.7", ReverseState.GENERIC, "198-51-100-7.dyn.provider.test"),
        ("198.51.100.8", ReverseState.UNCONFIRMED, "mail.elsewhere.test"),
        ("198.51.100.9", ReverseState.MISSING, ""),
    ],
)
async def test_the_name_of_an_address_leads_back_to_it(
    names: NameServer, address: str, state: ReverseState, name: str
) -> None:
    host = as_address(address)
    assert host is not None
    found = await looked(names, lambda lookup: reverse_of(lookup, host))
    assert (found.state, found.name) == (state, name)


@pytest.mark.parametrize(
    ("address", "state"),
    [
        ("192.0.2.99", Listing.LISTED),
        ("192.0.2.98", Listing.REFUSED),
        ("192.0.2.97", Listing.DYNAMIC),
        ("192.0.2.96", Listing.REFUSED),
        ("192.0.2.1", Listing.CLEAR),
        ("2001:db8::1", Listing.CLEAR),
    ],
)
async def test_a_blocklist_is_understood(names: NameServer, address: str, state: Listing) -> None:
    host = as_address(address)
    assert host is not None
    found = await looked(names, lambda lookup: ask_list(lookup, LISTS[0], host))
    assert found.state is state
    assert bool(found.why) is (state is Listing.LISTED), "the list's own words"


async def test_a_domain_can_be_listed_too(names: NameServer) -> None:
    (domains,) = [one for one in LISTS if one.domains]
    assert (await looked(names, lambda lookup: ask_list(lookup, domains, "spammy.test"))).state is Listing.LISTED
    assert (await looked(names, lambda lookup: ask_list(lookup, domains, "good.test"))).state is Listing.CLEAR


async def test_the_records_beside_are_found(names: NameServer) -> None:
    for question in (mta_sts, tls_reports, bimi):
        assert (await looked(names, lambda lookup, ask=question: ask(lookup, "good.test"))).state is ExtraState.FOUND
        assert (await looked(names, lambda lookup, ask=question: ask(lookup, "bare.test"))).state is ExtraState.MISSING
        assert (
            await looked(names, lambda lookup, ask=question: ask(lookup, "servfail.test"))
        ).state is ExtraState.UNKNOWN


def test_nothing_is_asked_of_a_name_that_is_too_long() -> None:
    class Nobody:
        async def ask(self, name: str, kind: str) -> object:
            raise AssertionError(name)

    long = ".".join(["x" * 60] * 4) + ".test"
    assert asyncio.run(mta_sts(Nobody(), long)).state is ExtraState.MISSING  # type: ignore[arg-type]
