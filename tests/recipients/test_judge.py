"""Cells of the address column: what is an address, why something is none, and what was probably meant."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from smtpdesk.domain.address import parse_address
from smtpdesk.domain.recipient import RowState
from smtpdesk.recipients.judge import PLAIN, is_address, judge


@pytest.mark.parametrize(
    ("cell", "address"),
    [
        ("ana@example.com", "ana@example.com"),
        (" ana@example.com\u00a0", "ana@example.com"),
        ("Ana@EXAMPLE.com", "Ana@example.com"),
        ("Ana <ana@example.com>", "ana@example.com"),
        ("Pérez, Ana <ana@example.com>", "ana@example.com"),
        ('"Pérez, Ana" < ana@example.com >', "ana@example.com"),
        ("Ana <ana@example.com>;", "ana@example.com"),
        ("ana@example.com <ana@example.com>", "ana@example.com"),
        ("mailto:ana@example.com", "ana@example.com"),
        ("o'neil+news@example.co.uk", "o'neil+news@example.co.uk"),
        ("ana@müller.example", "ana@xn--mller-kva.example"),
        ("jörg@müller.example", "jörg@xn--mller-kva.example"),
        ("ana@example.com.", "ana@example.com"),
    ],
)
def test_a_cell_with_one_address_is_ready(cell: str, address: str) -> None:
    assert judge(cell) == (address, RowState.READY, "")
    assert is_address(cell)


@pytest.mark.parametrize(
    ("cell", "sentence"),
    [
        ("ana", "There is no @ sign."),
        ("ana@@example.com", "There are two @ signs."),
        ("@example.com", "There is nothing before the @ sign."),
        ("ana@", "There is nothing after the @ sign."),
        ("ana@localhost", "What stands after the @ sign has no dot"),
        ("ana@-example.com", "What stands after the @ sign is not the name of a domain."),
        ("ana@192.0.2.1", "What stands after the @ sign is not the name of a domain."),
        (".ana@example.com", "Before the @ sign is a dot or a character in a place where it cannot be."),
        ("an a@example.com", "There is a space inside the address."),
        ("ana\t@example.com", "There is a line break or another invisible character inside the address."),
        (f"{'a' * 65}@example.com", "The part before the @ sign has more than 64 characters."),
        (f"{'a' * 60}@{'b.' * 95}example.com", "The address has more than 254 characters."),
        ("Ana <>", "There is no address between < and >."),
        ('=HYPERLINK("mailto:ana@example.com")', "Before the @ sign is a dot or a character"),
    ],
)
def test_what_is_no_address_says_why_and_stays_as_it_was(cell: str, sentence: str) -> None:
    address, state, reason = judge(cell)
    assert (address, state) == (cell, RowState.INVALID)
    assert reason.startswith(sentence)


@pytest.mark.parametrize(
    "cell",
    [
        "ana@example.com; bo@example.com",
        "ana@example.com, bo@example.com",
        "ana@example.com bo@example.com",
        "ana@example.com\nbo@example.com",
        "ana@example.com/bo@example.com",
        "Ana <ana@example.com>, Bo <bo@example.com>",
        "ana@example.com <bo@example.com>",
    ],
)
def test_several_addresses_in_one_cell_are_set_aside(cell: str) -> None:
    verdict = judge(cell)
    assert verdict.state is RowState.INVALID
    assert verdict.reason == "There are several addresses in one cell. Give each a row of its own."
    assert not is_address(cell)


@pytest.mark.parametrize("cell", ["", " ", "\u00a0", "\u200b", "\n"])
def test_an_empty_cell_is_no_mistake_but_no_address_either(cell: str) -> None:
    assert judge(cell) == ("", RowState.EMPTY, "There is no address in this row.")


@pytest.mark.parametrize(
    ("cell", "meant"),
    [
        ("ana@gmial.com", "ana@gmail.com"),
        ("ana@hotmial.com", "ana@hotmail.com"),
        ("ana@example.con", "ana@example.com"),
        ("ana@gmial.con", "ana@gmail.com"),
        ("ana@example,com", "ana@example.com"),
        ("ana@example.com,", "ana@example.com"),
        ("ana.@example.com", "ana@example.com"),
        ("ana@.example.com", "ana@example.com"),
        ("ana@example..com", "ana@example.com"),
        ("ana..p@example.com", "ana.p@example.com"),
        ("ana@@example.com", "ana@example.com"),
        ("ana @ example.com", "ana@example.com"),
        ("ana (at) example (dot) com", "ana@example.com"),
        ("ana[at]example.com", "ana@example.com"),
        ("'ana@example.com'", "ana@example.com"),
        ("e-mail: ana@example.com", "ana@example.com"),
        ("Ana Pérez ana@example.com", "ana@example.com"),
        ("ana@example.com (work)", "ana@example.com"),
        ("ana@gmail", "ana@gmail.com"),
        ("ana＠example.com", "ana@example.com"),
    ],
)
def test_common_slips_are_set_aside_with_what_was_meant(cell: str, meant: str) -> None:
    verdict = judge(cell)
    assert verdict.state is RowState.INVALID
    assert verdict.reason.endswith(f" Did you mean {meant}?")


@pytest.mark.parametrize("cell", ["ana@b@example.com", "nobody", "n/a", "-", "ana@-example.com", "ana@example.com\nbo"])
def test_a_suggestion_is_an_address_or_is_not_made(cell: str) -> None:
    meant = judge(cell).reason.partition("Did you mean ")[2].rstrip("?")
    assert not meant or judge(meant).state is RowState.READY


@pytest.mark.parametrize("domain", ["gmail.com", "mail.com", "gmx.com", "ymail.com", "hotmail.fr", "a.co", "a.cm"])
def test_domains_that_only_look_like_slips_are_left_alone(domain: str) -> None:
    assert judge(f"ana@{domain}").state is RowState.READY


_ATOM = st.text(st.sampled_from("abzAZ019_+-"), min_size=1, max_size=30)
_LABEL = st.text(st.sampled_from("abz019-"), min_size=1, max_size=65)


@given(st.lists(_ATOM, min_size=1, max_size=4), st.lists(_LABEL, min_size=1, max_size=5), _LABEL | st.just("com"))
def test_what_needs_no_second_look_is_what_a_second_look_would_give(
    atoms: list[str], labels: list[str], ending: str
) -> None:
    text = f"{'.'.join(atoms)}@{'.'.join(labels)}.{ending}"
    assert PLAIN.fullmatch(text) is None or parse_address(text) == text


@given(st.text(st.one_of(st.sampled_from(list("@.,;:<>\"'() ")), st.characters()), max_size=40))
def test_no_cell_makes_the_judge_fail(cell: str) -> None:
    verdict = judge(cell)
    assert (verdict.state is RowState.READY) == (verdict.reason == "")
    if verdict.state is RowState.READY:
        assert parse_address(verdict.address) == verdict.address
