"""One recipient, or one receiver, keeps the mail from nobody else; and a list that is all wrong is asked about."""

from __future__ import annotations

from pathlib import Path

import pytest

from tests.scenarios.campaigns import Program, done, make_campaign, people
from tests.servers.scripted import ScriptedServer, drop, say

DENIED = "550 5.7.1 Relaying denied"
SPF = "550 5.7.1 Message rejected due to SPF policy of sender domain"
FIVE = [
    {"Email": address, "First name": name, "Order": "1"}
    for name, address in [
        ("Eins", "eins@post.test"),
        ("Zwei", "zwei@webgarten.test"),
        ("Drei", "drei@post.test"),
        ("Vier", "vier@mail.test"),
        ("Fuenf", "fuenf@mail.test"),
    ]
]


@pytest.fixture
def program(workspace: Path) -> Program:
    return Program(workspace)


def reached(server: ScriptedServer) -> set[str]:
    """Who has got the message; everybody once."""
    got = [address for message in server.taken for address in message.recipients]
    assert len(got) == len(set(got))
    return set(got)


@pytest.mark.parametrize("who", ["person1@", "person20@", "person60@"])
@pytest.mark.parametrize("words", [DENIED, "553 5.7.1 Sender address rejected: not owned by user ana"])
def test_a_refusal_of_one_recipient_that_blames_the_account_is_that_ones(
    program: Program, scripted: ScriptedServer, tmp_path: Path, who: str, words: str
) -> None:
    program.profile(scripted.port)
    folder = make_campaign(tmp_path / "spring", people(60))
    scripted.on("rcpt", say(words), match=who)
    ran = program.send(folder)
    assert (ran.status, done(ran)["state"], done(ran)["accepted"], done(ran)["rejected"]) == (1, "done", 59, 1), ran
    assert len(reached(scripted)) == 59
    row = next(item for item in program.report(folder).values() if item["state"] == "rejected")
    assert (row["address"].partition("@")[0] + "@", row["cause"]) == (who, "recipient.refused-alone")


def test_a_server_that_denies_everybody_stops_the_profile_soon(
    program: Program, scripted: ScriptedServer, tmp_path: Path
) -> None:
    program.profile(scripted.port, "--max-connections", "1")
    folder = make_campaign(tmp_path / "spring", people(60))
    scripted.on("rcpt", say(DENIED))
    ran = program.send(folder)
    assert (ran.status, done(ran)["state"], done(ran)["note"]) == (4, "paused", "profile.relay-denied"), ran
    assert (done(ran)["rejected"], scripted.count("rcpt") <= 20) == (0, True)


def test_what_stopped_a_profile_comes_after_the_others_the_next_time(
    program: Program, scripted: ScriptedServer, tmp_path: Path
) -> None:
    program.profile(scripted.port, "--max-connections", "1")
    folder = make_campaign(tmp_path / "spring", people(30))
    scripted.on("rcpt", say(DENIED))
    assert done(program.send(folder))["state"] == "paused"
    asked = scripted.count("rcpt")
    scripted.forget("rcpt")
    ran = program.send(folder)
    assert (ran.status, done(ran)["accepted"]) == (0, 30), ran
    first = scripted.taken[0].recipients[0]
    assert first == f"person{asked + 1}@example.net", "those that were refused come last"


def test_a_receiver_that_refuses_the_senders_domain_keeps_only_its_own_people_waiting(
    program: Program, scripted: ScriptedServer, tmp_path: Path
) -> None:
    program.profile(scripted.port)
    folder = make_campaign(tmp_path / "poison", FIVE)
    scripted.on("rcpt", say(SPF), match="zwei@")
    ran = program.send(folder)
    assert (ran.status, done(ran)["state"], done(ran)["note"]) == (1, "paused", "profile.domain-authentication"), ran
    assert reached(scripted) == {row["Email"] for row in FIVE} - {"zwei@webgarten.test"}
    zwei = program.report(folder)["zwei@webgarten.test"]
    assert (zwei["state"], zwei["cause"]) == ("pending", "profile.domain-authentication")
    scripted.forget("rcpt")
    again = program.send(folder)
    assert (again.status, done(again)["accepted"]) == (0, 5), again
    assert len(reached(scripted)) == 5


@pytest.mark.parametrize(
    ("stage", "words"),
    [
        ("rcpt", SPF),
        ("body", "550 5.7.26 Unauthenticated email is not accepted due to domain's DMARC policy"),
        ("body", "550 5.7.1 Your email was rejected due to having a domain present in the Spamhaus DBL"),
    ],
)
def test_the_rest_of_a_refusing_domain_waits_untried(
    program: Program, scripted: ScriptedServer, tmp_path: Path, stage: str, words: str
) -> None:
    program.profile(scripted.port, "--max-connections", "1")
    rows = [*people(20, "refuses.test"), *people(20, "takes.test")]
    folder = make_campaign(tmp_path / "spring", rows)
    scripted.on(stage, say(words), match="refuses.test")
    ran = program.send(folder)
    assert (done(ran)["accepted"], done(ran)["state"]) == (20, "paused"), ran
    report = program.report(folder).values()
    assert 1 <= sum(item["attempts"] for item in report if "refuses" in item["address"]) <= 3
    assert {item["state"] for item in report} == {"pending", "accepted"}


def test_the_people_of_a_refusing_domain_can_be_left_out(
    program: Program, scripted: ScriptedServer, tmp_path: Path
) -> None:
    program.profile(scripted.port, "--max-connections", "1")
    folder = make_campaign(tmp_path / "spring", [*people(9, "refuses.test"), *people(5, "takes.test")])
    scripted.on("rcpt", say(SPF), match="refuses.test")
    ran = program.send(folder)
    assert done(ran)["note"] == "profile.domain-authentication", ran
    left = program("leave-out", done(ran)["run"], "--json")
    assert (left.status, done(left)["state"], done(left)["cancelled"], done(left)["accepted"]) == (1, "done", 9, 5), (
        left
    )
    scripted.forget("rcpt")
    again = program("retry", done(ran)["run"], "--only", "cancelled", "--json")
    assert (again.status, done(again)["accepted"]) == (0, 14), again
    assert len(reached(scripted)) == 14


def test_several_receivers_that_refuse_the_senders_domain_stop_the_profile(
    program: Program, scripted: ScriptedServer, tmp_path: Path
) -> None:
    program.profile(scripted.port, "--max-connections", "1")
    rows = [row for number in range(30) for row in people(1, f"domain{number}.test")]
    folder = make_campaign(tmp_path / "spring", rows)
    scripted.on("rcpt", say(SPF))
    ran = program.send(folder)
    assert (done(ran)["state"], done(ran)["note"]) == ("paused", "profile.domain-authentication"), ran
    assert scripted.count("rcpt") <= 6


def test_a_list_that_is_all_wrong_is_asked_about_and_a_person_may_go_on(
    program: Program, scripted: ScriptedServer, tmp_path: Path
) -> None:
    program.profile(scripted.port)
    folder = make_campaign(tmp_path / "spring", people(200))
    scripted.on("rcpt", say("550 5.1.1 No such user"))
    ran = program.send(folder)
    assert (done(ran)["state"], done(ran)["note"]) == ("paused", "run.many-refused"), ran
    assert 50 <= done(ran)["rejected"] <= 100
    again = program.send(folder)
    assert (done(again)["state"], done(again)["rejected"]) == ("done", 200), again


def test_a_list_with_a_fifth_of_old_addresses_is_not_asked_about(
    program: Program, scripted: ScriptedServer, tmp_path: Path
) -> None:
    program.profile(scripted.port)
    folder = make_campaign(tmp_path / "spring", people(150))
    scripted.on("rcpt", say("550 5.1.1 No such user"), match="5@")
    scripted.on("rcpt", say("550 5.1.1 No such user"), match="7@")
    ran = program.send(folder)
    assert (done(ran)["state"], done(ran)["rejected"]) == ("done", 30), ran


def test_a_server_that_cuts_every_body_is_asked_about(
    program: Program, scripted: ScriptedServer, tmp_path: Path
) -> None:
    program.profile(scripted.port, "--max-connections", "2")
    folder = make_campaign(tmp_path / "spring", people(60))
    scripted.on("body", drop())
    ran = program.send(folder)
    assert (done(ran)["state"], done(ran)["note"]) == ("paused", "run.many-cut"), ran
    assert done(ran)["uncertain"] <= 20


@pytest.mark.parametrize("limit", [1, 4])
def test_no_connection_carries_more_than_the_profile_allows(
    program: Program, scripted: ScriptedServer, tmp_path: Path, limit: int
) -> None:
    program.profile(scripted.port, "--max-connections", "1", "--per-connection", str(limit))
    folder = make_campaign(tmp_path / "spring", people(40))
    ran = program.send(folder)
    assert (ran.status, done(ran)["accepted"]) == (0, 40), ran
    assert scripted.connections >= 40 / limit
