"""The whole job through the servers that people have, with STARTTLS and sign-in: each stores what the ledger says."""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path

import dkim
import pytest
from cryptography.hazmat.primitives import serialization
from cryptography.hazmat.primitives.asymmetric import rsa

from tests.scenarios.campaigns import Program, done, make_campaign, people
from tests.scenarios.foreign import need, with_sign_in
from tests.scenarios.settled import settled
from tests.servers.certificates import Authority
from tests.servers.foreign import KINDS, PASSWORD, ForeignServer, running

pytestmark = [pytest.mark.foreign, pytest.mark.timeout(240)]

PEM = (
    rsa.generate_private_key(65537, 2048)
    .private_bytes(serialization.Encoding.PEM, serialization.PrivateFormat.PKCS8, serialization.NoEncryption())
    .decode()
)

#: Of every 22 rows one is refused for good, and one for now.
COUNT = 440
BAD = {f"person{n}@example.net": "550 5.1.1 No such user here" for n in range(5, COUNT + 1, 22)}
LATE = {f"person{n}@example.net": "451 4.7.1 Greylisted, try again later" for n in range(11, COUNT + 1, 22)}


@pytest.fixture
def program(workspace: Path) -> Program:
    return Program(workspace, {"SMTPDESK_PASSWORD_OFFICE": PASSWORD})


@pytest.mark.parametrize("kind", KINDS, ids=lambda kind: kind.name)
def test_four_hundred_of_440_are_stored_once_and_the_others_say_why(
    kind: type[ForeignServer], program: Program, ca: Authority, tmp_path: Path
) -> None:
    need(kind)
    rules: Mapping[str, str] = {**BAD, **LATE}
    with running(kind, ca, rules) as server:
        with_sign_in(program, server, "--max-connections", "4")
        ran = program.send(make_campaign(tmp_path / "spring", people(COUNT)), "--patience", "0")
        whole = settled(program, server)
    assert ran.status == 1, ran
    last = done(ran)
    assert (last["accepted"], last["rejected"], last["deferred"]) == (400, 20, 20), ran
    assert last["total"] == COUNT
    assert {row.address for row in whole.rows if row.state.value == "rejected"} == set(BAD)
    assert {row.address for row in whole.rows if row.state.value == "pending"} == set(LATE)
    assert whole.stages() == {"rcpt"}
    assert {row.address for row in whole.troubles} == set(rules), "nobody else had any trouble"


#: Names and texts that one server or another has rewritten.
AWKWARD = {
    "an apostrophe": "Sean O'Brien",
    "only an apostrophe": "'",
    "a full stop": "Dr. Ana",
    "a comma": "Pérez, Ana",
    "quotes": 'Ana "Q" Q',
    "a backslash": "Ana\\",
    "brackets": "[Ana] (Sales)",
    "an address": "ana@example.com",
    "an ampersand": "R&D",
    "percent": "50% off!",
    "blanks": "Ana   Pérez",
    "looks encoded": "=?utf-8?q?x?=",
    "long": "x'" * 60,
    "long words": "Anastasia " * 12,
    "not Latin": "日本" * 30,
    "a line of 901": "x" * 901,
    "a line of 989": "x" * 989,
    "a line of 998": "x" * 998,
    "a line of 5000": "x" * 5000,
    "dots": ".\n..\n.a\n.",
    "From at the beginning": "From me\n>From you\nFrom",
    "trailing blanks": "a  \nb\t\n \n",
    "line ends": "a\r\nb\rc\n\nd",
    "a form feed": "a\x0cb",
    "a NUL": "a\x00b",
    "a boundary": "--=_x\n--\n--=_x--",
}


@pytest.mark.parametrize("kind", KINDS, ids=lambda kind: kind.name)
def test_what_a_server_hands_on_still_bears_a_valid_signature(
    kind: type[ForeignServer], program: Program, ca: Authority, tmp_path: Path
) -> None:
    """Not one octet that is signed may be rewritten on the way."""
    need(kind)
    rows = [
        {"Email": f"person{n}@example.net", "Name": " ".join(text.split())[:120].replace("\x00", ""), "Note": text}
        for n, text in enumerate(AWKWARD.values())
    ]
    rows.append({"Email": "o'brien+x=y@example.net", "Name": "Pat", "Note": "x"})
    folder = make_campaign(tmp_path / "spring", rows, html="<p>{{ note }}</p>")
    toml = (folder / "campaign.toml").read_text(encoding="utf-8")
    toml = toml.replace('from = "Ana Pérez <', "from = \"Ana's <").replace(
        'subject = "{{ first_name }}',
        'text = "message.txt"\nreply_to = "Bo\'s <bo@example.com>"\nsubject = "{{ name }}',
    )
    (folder / "campaign.toml").write_text(toml, encoding="utf-8")
    (folder / "message.txt").write_text("{{ note }}\n", encoding="utf-8")
    program.env["SMTPDESK_PASSWORD_EXAMPLE_COM_DESK1"] = PEM
    with running(kind, ca, {}) as server:
        with_sign_in(program, server)
        imported = program("dkim", "import", "office", "--key-stdin", "--selector", "desk1", "--json", input=PEM)
        assert imported.status == 0, imported
        (published,) = imported.json
        ran = program.send(folder)
        assert ran.status == 0, str(ran)
        kept = server.stored()
    assert sorted(message.recipients[0] for message in kept) == sorted(row["Email"] for row in rows)
    broken = [
        message
        for message in kept
        if not dkim.verify(message.raw, dnsfunc=lambda *_a, **_k: published["value"].encode())
    ]
    assert not broken, b"\n".join(message.raw[:2000] for message in broken)
