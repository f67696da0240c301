"""``smtpdesk suppression`` as people script it: add, remove, list, and files that come back as they went."""

from __future__ import annotations

import csv
from pathlib import Path

import pytest

from tests.scenarios.campaigns import Program


@pytest.fixture
def program(workspace: Path) -> Program:
    return Program(workspace)


def listed(program: Program) -> dict[str, dict[str, str]]:
    ran = program("suppression", "list", "--json")
    assert ran.status == 0, ran
    return {item["target"]: item for item in ran.json}


def test_add_list_and_remove_addresses_and_domains(program: Program) -> None:
    added = program(
        "suppression", "add", "Ana@Example.COM", "BÜCHER.example", "@other.example", "--reason", "asked", "--json"
    )
    assert (added.status, added.json[-1]) == (0, {"event": "added", "new": 3, "known": 0}), added
    found = listed(program)
    assert set(found) == {"ana@example.com", "@xn--bcher-kva.example", "@other.example"}
    assert found["@other.example"]["kind"] == "domain"
    assert found["ana@example.com"]["reason"] == "asked"
    assert "ana@example.com" in program("suppression", "list").stdout
    assert program("suppression", "remove", "ANA@example.com", "xn--bcher-kva.example").status == 0
    assert set(listed(program)) == {"@other.example"}
    assert program("suppression", "remove", "ana@example.com").status == 1


def test_nothing_is_added_when_one_is_wrong(program: Program) -> None:
    ran = program("suppression", "add", "ana@example.com", "no@@where", "--json")
    assert (ran.status, ran.json[-1]["code"]) == (2, "suppression.target"), ran
    assert listed(program) == {}


def test_an_export_comes_back_the_same(program: Program, tmp_path: Path) -> None:
    for target, reason in (
        ("ana@example.com", "=1+1"),
        ("+tag@example.com", 'she said "stop",\nin two lines; really'),
        ("'quoted@example.com", "'quoted"),
        ("example.org", "'=quoted formula"),
        ("xn--bcher-kva.example", "größer"),
    ):
        assert program("suppression", "add", target, "--reason", reason).status == 0
    before = listed(program)
    first, second = tmp_path / "a.csv", tmp_path / "b.csv"
    assert program("suppression", "export", first).status == 0
    with first.open(encoding="utf-8-sig", newline="") as stream:
        rows = list(csv.reader(stream))
    assert rows[0] == ["address", "reason", "since"]
    assert len(rows) == 6
    assert program("suppression", "remove", *before).status == 0
    ran = program("suppression", "import", first, "--json")
    assert (ran.status, ran.json[-1]) == (0, {"event": "imported", "new": 5, "known": 0, "bad": 0}), ran
    assert {key: item["reason"] for key, item in listed(program).items()} == {
        key: item["reason"] for key, item in before.items()
    }
    assert program("suppression", "export", second).status == 0
    assert second.read_bytes() == first.read_bytes()


@pytest.mark.parametrize(
    ("content", "targets", "bad"),
    [
        ("ana@example.com\nexample.org\n", {"ana@example.com", "@example.org"}, []),
        ("E-Mail\nana@example.com\n\nnobody\n", {"ana@example.com"}, [4]),
        ("Name;E-Mail-Adresse;Grund\nAna;ana@example.com;bounced\nTom;;\n", {"ana@example.com"}, [3]),
        ("\ufeffaddress\treason\nANA@example.com\tx\nana@example.com\ty\n", {"ana@example.com"}, []),
        ("wrong@@example.com\nana@example.com\n", {"ana@example.com"}, [1]),
        ('name,email\n"a\nb",ana@example.com\nc,no\n', {"ana@example.com"}, [4]),
        ("", set(), []),
    ],
)
def test_files_of_other_programs(
    program: Program, tmp_path: Path, content: str, targets: set[str], bad: list[int]
) -> None:
    file = tmp_path / "others.csv"
    file.write_text(content, encoding="utf-8")
    ran = program("suppression", "import", file, "--json")
    assert [item["line"] for item in ran.json if item["event"] == "bad-row"] == bad, ran
    assert ran.status == (1 if bad else 0), ran
    assert set(listed(program)) == targets


@pytest.mark.parametrize(
    ("name", "raw"), [("gone.csv", None), ("binary.csv", b"a\0b"), ("utf16.csv", "ana@example.com\n".encode("utf-16"))]
)
def test_what_cannot_be_read_is_said(program: Program, tmp_path: Path, name: str, raw: bytes | None) -> None:
    file = tmp_path / name
    if raw is not None:
        file.write_bytes(raw)
    ran = program("suppression", "import", file, "--json")
    if name == "utf16.csv":
        assert (ran.status, set(listed(program))) == (0, {"ana@example.com"}), ran
    else:
        assert (ran.status, ran.json[-1]["code"]) == (2, "suppression.file"), ran
