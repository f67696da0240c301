from __future__ import annotations

from collections.abc import AsyncIterator
from pathlib import Path

import pytest

from smtpdesk.base.errors import Cancelled, InputError
from smtpdesk.desk import Desk
from smtpdesk.desk.trust import DomainReport, State, Trust
from smtpdesk.dns.resolver import VARIABLE
from smtpdesk.domain.finding import Severity
from smtpdesk.domain.profile import Identity, Profile, Relay
from smtpdesk.vault import Vault
from smtpdesk.vault.stores import MemoryStore
from tests.servers.names import NameServer, silent_names
from tests.servers.zones import public_key


@pytest.fixture
async def desk(workspace: Path, names: NameServer, monkeypatch: pytest.MonkeyPatch) -> AsyncIterator[Desk]:
    monkeypatch.setenv(VARIABLE, names.address)
    opened = await Desk.open(workspace)
    yield opened
    await opened.close()


def profile(
    sender: str, provider: str = "", host: str = "smtp.provider.test", envelope: str = "", ehlo: str = ""
) -> Profile:
    return Profile("office", Relay(host, 587), Identity(f"Ana <{sender}>", envelope, ehlo), provider=provider)


def states(report: DomainReport) -> dict[str, State]:
    return {one.id: one.state for one in report.checks}


def row(report: DomainReport, id: str) -> tuple[str, State]:
    check = report.check(id)
    assert check is not None
    return check.code, check.state


async def test_a_well_kept_domain_is_trusted(desk: Desk) -> None:
    report = await desk.domain.look(
        profile("ana@good.test", "local-postfix", "mx.good.test"), selectors=["desk1"], blocklists=True
    )
    assert set(states(report).values()) == {State.OK}
    assert report.trust is Trust.TRUSTED
    assert report.headline == "good.test is trusted"
    assert report.findings == ()
    assert [one.text for one in report.spf.terms][2] == "include:_spf.provider.test"


async def test_a_domain_alone_can_be_looked_at(desk: Desk) -> None:
    report = await desk.domain.look("ana@Hosted.test", selectors=["s1"])
    assert report.domain == "hosted.test"
    assert row(report, "spf") == ("spf.valid", State.OK)
    assert row(report, "dmarc") == ("dmarc.watching", State.ADVICE)
    assert row(report, "gmail") == ("rules.gmail-met", State.OK)
    assert row(report, "blocklists") == ("blocklists.not-asked", State.SKIPPED)
    assert report.trust is Trust.TRUSTED


async def test_without_a_selector_the_person_is_asked_for_one(desk: Desk) -> None:
    report = await desk.domain.look("good.test")
    assert row(report, "dkim") == ("dkim.selector-unknown", State.OPEN)
    assert row(report, "gmail") == ("rules.gmail-open", State.OPEN)
    assert report.trust is Trust.OPEN


async def test_selectors_are_taken_from_pasted_headers(desk: Desk) -> None:
    headers = "Return-Path: <b@good.test>\nDKIM-Signature: v=1; d=good.test; s=desk1; b=x\n\nDear Ana"
    report = await desk.domain.look("good.test", headers=headers)
    assert row(report, "dkim") == ("dkim.good", State.OK)
    assert row(report, "alignment")[1] is State.OK


@pytest.mark.parametrize(
    ("domain", "code"),
    [
        ("several.test", "spf.several"), ("many.test", "spf.lookups"), ("void.test", "spf.voids"),
        ("loop.test", "spf.loop"), ("syntax.test", "spf.syntax"), ("lostinclude.test", "spf.missing"),
        ("any.test", "spf.everybody"), ("bare.test", "spf.missing"), ("crowd.test", "spf.names"),
    ],
)  # fmt: skip
async def test_a_broken_spf_record_is_named_and_mended(desk: Desk, domain: str, code: str) -> None:
    report = await desk.domain.look(domain)
    assert row(report, "spf") == (code, State.MEND)
    check = report.check("spf")
    assert check is not None
    assert "{" not in check.sentence + check.advice
    assert report.trust is Trust.NEEDS_WORK
    gmail = report.check("gmail")
    assert gmail is not None
    assert "SPF" in gmail.sentence


async def test_two_records_become_one(desk: Desk) -> None:
    check = (await desk.domain.look("several.test")).check("spf")
    assert check is not None
    (record,) = check.records
    assert record.value == "v=spf1 include:_spf.provider.test mx -all"
    assert len(record.replaces) == 2


async def test_a_provider_that_is_missing_from_the_record_is_put_into_it(desk: Desk) -> None:
    report = await desk.domain.look(profile("ana@good.test", "fastmail", "smtp.fastmail.com"))
    assert row(report, "spf") == ("spf.relay-missing", State.MEND)
    check = report.check("spf")
    assert check is not None
    assert check.records[0].value == (
        "v=spf1 ip4:192.0.2.10 ip6:2001:db8::10 include:_spf.provider.test include:spf.messagingengine.com -all"
    )
    assert check.records[0].host == "good.test"


async def test_a_server_of_ones_own_is_judged_by_its_address(desk: Desk) -> None:
    own = profile("ana@good.test", "local-postfix", "smtp.provider.test")
    report = await desk.domain.look(own, addresses=["192.0.2.77"])
    assert row(report, "spf") == ("spf.relay-missing", State.MEND)
    assert row(report, "reverse") == ("reverse.missing", State.MEND)
    spf, reverse = report.check("spf"), report.check("reverse")
    assert spf is not None
    assert reverse is not None
    assert "ip4:192.0.2.77" in spf.records[0].value
    assert reverse.records[0].zone == "77.2.0.192.in-addr.arpa. IN PTR smtp.provider.test."


async def test_a_greeting_that_leads_elsewhere_is_told(desk: Desk) -> None:
    own = profile("ana@good.test", "local-postfix", "mx.good.test", ehlo="mail.elsewhere.test")
    assert row(await desk.domain.look(own), "reverse") == ("reverse.greeting", State.ADVICE)


async def test_a_relay_that_may_send_from_elsewhere_is_not_condemned(desk: Desk) -> None:
    report = await desk.domain.look(profile("ana@neutral.test", "other"))
    assert row(report, "spf") == ("spf.relay-perhaps-missing", State.OPEN)
    passing = await desk.domain.look(profile("ana@hosted.test", "other"))
    assert row(passing, "spf") == ("spf.good", State.OK)


async def test_the_envelope_is_what_spf_is_about(desk: Desk) -> None:
    other = profile("ana@good.test", "other", envelope="bounce@hosted.test")
    report = await desk.domain.look(other)
    assert row(report, "spf") == ("spf.good", State.OK)
    assert report.envelope == "hosted.test"
    assert row(report, "alignment") == ("alignment.open", State.OPEN)
    signed_elsewhere = await desk.domain.look(other, headers="DKIM-Signature: v=1; d=hosted.test; s=s1; b=x\n\n")
    assert row(signed_elsewhere, "alignment") == ("alignment.none", State.MEND)


async def test_a_policy_is_asked_for_where_there_is_none(desk: Desk) -> None:
    check = (await desk.domain.look("neutral.test")).check("dmarc")
    assert check is not None
    assert (check.code, check.state) == ("dmarc.missing", State.MEND)
    assert check.records[0].zone == '_dmarc.neutral.test. IN TXT "v=DMARC1; p=none; rua=mailto:dmarc@neutral.test"'


@pytest.mark.parametrize(
    ("selector", "code", "state"),
    [
        ("revoked", "dkim.revoked", State.MEND),
        ("short", "dkim.short", State.MEND),
        ("weak", "dkim.weak", State.ADVICE),
        ("testing", "dkim.testing", State.MEND),
        ("twice", "dkim.broken", State.MEND),
        ("no", "dkim.missing", State.MEND),
    ],
)
async def test_a_key_is_judged(desk: Desk, selector: str, code: str, state: State) -> None:
    assert row(await desk.domain.look("keys.test", selectors=[selector]), "dkim") == (code, state)


async def test_the_key_that_signs_here_is_compared_with_the_published_one(
    workspace: Path, names: NameServer, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv(VARIABLE, names.address)
    desk = await Desk.open(workspace, vault=Vault(store=MemoryStore()))
    try:
        await desk.profiles.save(profile("ana@good.test", "other"))
        made = await desk.dkim.make("office", "good.test", "desk1")
        check = (await desk.domain.look("office")).check("dkim")
        assert check is not None
        assert (check.code, check.state) == ("dkim.other-key", State.MEND)
        assert made.record is not None
        assert check.records[0].value == made.record.value
        assert check.records[0].replaces == (f"v=DKIM1; k=rsa; p={public_key(2048)}",)
    finally:
        await desk.close()


async def test_a_domain_with_other_letters_is_shown_in_them(desk: Desk) -> None:
    report = await desk.domain.look(profile("ana@bücher.test", "other"))
    assert (report.domain, report.shown) == ("xn--bcher-kva.test", "bücher.test")
    assert row(report, "spf") == ("spf.good", State.OK)


async def test_an_address_at_a_mailbox_provider_gets_no_records(desk: Desk) -> None:
    foreign = await desk.domain.look(profile("ana@gmail.com", "other"))
    assert row(foreign, "sender") == ("sender.foreign", State.MEND)
    assert all(not one.records for one in foreign.checks)
    own = await desk.domain.look(profile("ana@gmail.com", "gmail", "smtp.gmail.com"))
    assert row(own, "sender") == ("sender.mailbox", State.ADVICE)


async def test_blocklists_are_asked_only_when_wanted(desk: Desk) -> None:
    own = profile("ana@good.test", "local-postfix", "mx.good.test")
    listed = await desk.domain.look(own, addresses=["192.0.2.99"], blocklists=True)
    assert row(listed, "blocklists") == ("blocklists.listed", State.MEND)
    refused = await desk.domain.look(own, addresses=["192.0.2.98"], blocklists=True)
    assert row(refused, "blocklists")[1] is State.OK, "the others answer"
    assert any("does not answer" in line for line in refused.check("blocklists").details)  # type: ignore[union-attr]
    dynamic = await desk.domain.look(own, addresses=["192.0.2.97"], blocklists=True)
    assert row(dynamic, "blocklists") == ("blocklists.dynamic", State.MEND)


async def test_a_domain_that_does_not_exist_is_told_instead_of_what_it_lacks(desk: Desk) -> None:
    report = await desk.domain.look("news.nowhere.test")
    assert states(report) == {"presence": State.MEND}
    assert report.checks[0].sentence == "There is no domain nowhere.test."


async def test_a_name_server_of_a_closed_network_proves_nothing(desk: Desk) -> None:
    report = await desk.domain.look("example.com", selectors=["x"])
    assert {report.check(id).state for id in ("spf", "dkim", "dmarc", "mx")} == {State.UNKNOWN}  # type: ignore[union-attr]
    assert report.trust is Trust.UNASKED


async def test_a_broken_zone_is_told_calmly(desk: Desk) -> None:
    report = await desk.domain.look("servfail.test", selectors=["x"])
    for id in ("spf", "dkim", "dmarc", "alignment", "mx", "gmail"):
        assert states(report)[id] is State.UNKNOWN
    assert report.trust is Trust.UNASKED
    assert "could not be asked" in report.headline


async def test_no_network_is_told_calmly(desk: Desk, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("SMTPDESK_ANSWER_TIMEOUT", "0.2")
    with silent_names() as silent:
        monkeypatch.setenv(VARIABLE, silent.address)
        report = await desk.domain.look(profile("ana@good.test", "other"), selectors=["x"], blocklists=True)
    assert report.trust is Trust.UNASKED
    assert all(not one.records for one in report.checks)


async def test_a_look_can_be_cancelled(desk: Desk, monkeypatch: pytest.MonkeyPatch) -> None:
    with silent_names() as silent:
        monkeypatch.setenv(VARIABLE, silent.address)
        with pytest.raises(Cancelled):
            await desk.domain.look("good.test", cancelled=lambda: True)


async def test_progress_is_told_to_the_end(desk: Desk) -> None:
    told: list[tuple[int, int]] = []
    await desk.domain.look("good.test", progress=lambda done, total: told.append((done, total)))
    assert [done for done, _total in told] == list(range(1, told[-1][1] + 1))


async def test_findings_carry_severity_and_place(desk: Desk) -> None:
    report = await desk.domain.look("several.test")
    found = {one.code: one for one in report.findings}
    assert found["spf.several"].severity is Severity.ERROR
    assert found["spf.several"].where == "several.test"
    assert found["dkim.selector-unknown"].severity is Severity.INFO


@pytest.mark.parametrize(
    ("what", "code"), [("no domain", "domain.name"), ("", "domain.name"), ("sandbox", "domain.sandbox")]
)
async def test_what_is_no_domain_is_refused(desk: Desk, what: str, code: str) -> None:
    with pytest.raises(InputError) as refused:
        await desk.domain.look(what)
    assert refused.value.code == code


async def test_a_profile_without_a_sender_and_a_bad_address_are_refused(desk: Desk) -> None:
    with pytest.raises(InputError) as refused:
        await desk.domain.look(Profile("office", Relay("smtp.provider.test", 587)))
    assert refused.value.code == "domain.no-sender"
    with pytest.raises(InputError) as bad:
        await desk.domain.look("good.test", addresses=["192.0.2"])
    assert bad.value.code == "domain.address"
