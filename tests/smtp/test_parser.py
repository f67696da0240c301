"""Replies come in whatever pieces the network makes of them."""

from __future__ import annotations

import itertools

from hypothesis import given, settings
from hypothesis import strategies as st

from smtpdesk.smtp.parser import ReplyParser

_TEXT = st.text(st.characters(min_codepoint=32, max_codepoint=126), max_size=12)
_REPLY = st.tuples(st.sampled_from([250, 354, 421, 550]), st.lists(_TEXT, min_size=1, max_size=3))


def wire(code: int, lines: list[str]) -> bytes:
    last = len(lines) - 1
    return b"".join(f"{code}{' ' if n == last else '-'}{line}\r\n".encode() for n, line in enumerate(lines))


@settings(max_examples=60, deadline=None)
@given(st.lists(_REPLY, min_size=1, max_size=8), st.lists(st.integers(0, 200), max_size=12))
def test_the_pieces_do_not_matter(replies: list[tuple[int, list[str]]], cuts: list[int]) -> None:
    stream = b"".join(wire(code, lines) for code, lines in replies)
    whole = ReplyParser().feed(stream)
    assert [reply.code for reply in whole] == [code for code, _lines in replies]
    parser = ReplyParser()
    edges = sorted({0, len(stream), *(cut for cut in cuts if cut < len(stream))})
    pieces = [stream[start:end] for start, end in itertools.pairwise(edges)]
    assert [reply for piece in pieces for reply in parser.feed(piece)] == whole
    assert parser.empty
    bytewise = ReplyParser()
    assert [reply for at in range(len(stream)) for reply in bytewise.feed(stream[at : at + 1])] == whole


def test_what_came_before_nonsense_still_counts() -> None:
    parser = ReplyParser()
    assert [reply.code for reply in parser.feed(b"250 ok\r\n550 no\r\nwhat?\r\n250 ok\r\n25")] == [250, 550]
    assert parser.fault is not None
    assert parser.fault.shown == "what?"
    assert not parser.empty


def test_equal_replies_are_equal_and_a_refusal_is_new_each_time() -> None:
    parser = ReplyParser()
    first, second, third, fourth = parser.feed(b"250 2.1.0 Ok\r\n" * 2 + b"550 5.1.1 no\r\n" * 2)
    assert first == second
    assert third == fourth
    assert third is not fourth, "who a refusal belongs to is told by its identity"
