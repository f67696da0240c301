"""What goes in comes out, read by the standard library's parser; and the wire rules hold for everything."""

from __future__ import annotations

import base64
import re
import tempfile
from pathlib import Path

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from markupsafe import Markup, escape

from smtpdesk.domain.campaign import Campaign
from smtpdesk.message import read_back
from smtpdesk.message.encode import BodyEncoder, quoted_line
from smtpdesk.message.headers import encoded_words, mailbox, parameter, unstructured
from tests.message.making import Made, body, parsed, row

ANY = st.characters(exclude_categories=["Cs"])
BODY = st.text(ANY, max_size=400) | st.text(st.sampled_from("a =.\t\r\né漢😀<&\x00\x85\u2028"), max_size=300)
#: What may stand in a header: no control characters, no line ends of any kind.
HEADER = st.text(st.characters(exclude_categories=["Cs", "Cc", "Zl", "Zp"]), max_size=200)
SPEEDY = settings(
    max_examples=100, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture, HealthCheck.too_slow]
)


def campaign_folder() -> Made:
    folder = Path(tempfile.mkdtemp(prefix="smtpdesk-test-"))
    made = Made(folder, Campaign("c", subject="{{ s }}", to_name="{{ n }}", html="message.html", text="message.txt"))
    made.put("message.html", "<p>{{ t }}</p>")
    made.put("message.txt", "{{ t }}")
    return made


def normal(text: str) -> str:
    text = text.replace("\r\n", "\n").replace("\r", "\n")
    return text if text.endswith("\n") else text + "\n"


def assert_fit_for_the_wire(raw: bytes) -> None:
    lines = raw.split(b"\r\n")
    assert lines[-1] == b""
    assert max(map(len, lines)) <= 998
    assert b"\r" not in raw.replace(b"\r\n", b"")
    assert b"\n" not in raw.replace(b"\r\n", b"")
    assert b"\0" not in raw
    assert raw.isascii()


@SPEEDY
@given(BODY)
def test_any_text_comes_out_as_it_went_in(text: str) -> None:
    composer = MADE.composer(subject="s", to_name="")
    raw = composer.build(row({"t": text}), message_id="<1@x.example>", date=0)
    assert_fit_for_the_wire(raw)
    if text.strip():
        assert body(parsed(raw), "plain") == normal(text)
    assert normal(read_back(raw).html or "") == normal(f"<p>{escaped(text)}</p>")


@SPEEDY
@given(HEADER, HEADER)
def test_any_subject_and_name_come_out_as_they_went_in(subject: str, name: str) -> None:
    raw = MADE.build({"s": subject, "n": name, "t": "x"})
    assert_fit_for_the_wire(raw)
    message = parsed(raw)
    assert message["Subject"] == subject.strip(" ")
    assert message["To"].addresses[0].addr_spec == "bo@x.example"
    shown = dict(read_back(raw).headers)["To"]
    if name.strip():
        phrase = shown.removesuffix(" <bo@x.example>")
        assert same_words(phrase) == same_words(name) or same_words(phrase) == same_words(quoted(name))
    else:
        assert shown == "bo@x.example"
    assert len(message["To"].addresses) == 1
    assert set(message.keys()) == {"From", "To", "Subject", "Date", "Message-ID", "MIME-Version", "Content-Type"}


PIECE = st.text(st.sampled_from("ab .=-_\t\n\r\ré漢<"), max_size=12) | st.text(st.just("\n") | ANY, max_size=90)


@SPEEDY
@given(st.lists(PIECE | st.builds(Markup, PIECE) | st.just("漢" * 50), max_size=8), st.integers(0, 7))
def test_a_text_in_pieces_is_encoded_as_the_text_that_they_are_together(pieces: list[str], kept: int) -> None:
    encoder = BodyEncoder()
    encoder.encode_pieces(pieces[:kept])  # knows some of them already
    assert encoder.encode_pieces(pieces) == BodyEncoder().encode("".join(pieces))


@SPEEDY
@given(st.text(ANY, max_size=300) | st.text(st.sampled_from("ab .=-_\té"), max_size=200))
def test_both_encodings_keep_lines_short_and_lose_nothing(text: str) -> None:
    encoding, encoded = BodyEncoder().encode(text)
    lines = encoded.split(b"\r\n")
    assert max(map(len, lines)) <= (900 if encoding == b"7bit" else 76)
    message = parsed(b"Content-Type: text/plain\r\nContent-Transfer-Encoding: %s\r\n\r\n%s" % (encoding, encoded))
    payload = message.get_payload(decode=True)
    assert isinstance(payload, bytes)
    assert normal(payload.decode()) == normal(text)


@SPEEDY
@given(st.text(st.characters(exclude_categories=["Cs", "Cc", "Zl", "Zp"]), min_size=1, max_size=120))
def test_any_file_name_comes_out_as_it_went_in(name: str) -> None:
    raw = b"Content-Disposition: attachment" + parameter("filename", name) + b"\r\n\r\n"
    assert max(map(len, raw.split(b"\r\n"))) <= 78
    # The parser of the default policy strips blanks around names; files do not have them there either.
    assert (parsed(raw).get_filename() or "").strip() == name.strip()


def same_words(text: str) -> str:
    """Readers make one blank of several within a name."""
    return " ".join(text.split())


def quoted(name: str) -> str:
    return '"' + name.strip().replace("\\", "\\\\").replace('"', '\\"') + '"'


def escaped(text: str) -> str:
    return str(escape(text))


def test_lines_with_a_dot_are_left_alone() -> None:
    raw = MADE.build({"s": "x", "n": "", "t": ".\n..\n.hidden\nplain"})
    assert b"\r\n.\r\n..\r\n.hidden\r\nplain\r\n" in raw


def test_plain_text_travels_as_it_is_and_other_text_in_the_shorter_encoding() -> None:
    encoder = BodyEncoder()
    assert encoder.encode("plain = text\n") == (b"7bit", b"plain = text\r\n")
    assert encoder.encode("mostly plain text, one é\n")[0] == b"quoted-printable"
    assert encoder.encode("すべて日本語のテキスト\n")[0] == b"base64"
    assert encoder.encode("x" * 900)[0] == b"7bit"
    assert encoder.encode("x" * 901)[0] == b"quoted-printable", "Haraka breaks lines of more than 990"
    assert encoder.encode("short\n" + "é" * 460)[0] != b"8bit"
    assert encoder.encode("--=_looks like a boundary")[0] == b"quoted-printable"


def test_a_blank_at_the_end_of_a_full_line_does_not_make_it_too_long() -> None:
    for length in range(70, 80):
        for blank in (b" ", b"\t"):
            line = quoted_line(b"a" * length + blank)
            assert max(map(len, line.split(b"\r\n"))) <= 76, length


def test_long_headers_are_folded_between_words() -> None:
    value = " ".join(["word"] * 60)
    folded = unstructured("Subject", value)
    assert max(len(line) for line in (b"Subject: " + folded).split(b"\r\n")) <= 78
    assert folded.replace(b"\r\n", b"").decode() == value


def test_encoded_words_keep_to_the_limits_of_their_rfc() -> None:
    encoded = b"Subject: " + encoded_words("é漢😀" * 40, len("Subject: "))
    for line in encoded.split(b"\r\n"):
        assert len(line) <= 76
    for word in re.findall(rb"=\?utf-8\?b\?([^?]*)\?=", encoded):
        base64.b64decode(word).decode("utf-8")  # no character is cut in two


def test_a_name_that_needs_quotes_gets_them() -> None:
    assert mailbox("To", "O'Brien, Pat", "p@x.example") == b'"O\'Brien, Pat" <p@x.example>'
    assert mailbox("To", 'Say "hi"', "p@x.example") == b'"Say \\"hi\\"" <p@x.example>'
    assert mailbox("To", "Pat", "p@x.example") == b"Pat <p@x.example>"
    assert mailbox("To", "", "p@x.example") == b"p@x.example"


#: What RFC 5322 allows in a name without quotes, and servers put into quotes nevertheless.
SPECIALS = "!#$%&'*+/=?^`{|}~.,;:@<>()[]\\\""


@pytest.mark.parametrize("header", ["From", "To", "Reply-To"])
@pytest.mark.parametrize("special", SPECIALS)
def test_a_name_with_anything_but_letters_and_digits_is_in_quotes(header: str, special: str) -> None:
    """A server that quotes it on the way breaks the signature over the header."""
    for name in (f"Pat{special}s", f"{special}Pat", f"Pat{special} x", special):
        value = mailbox(header, name, "p@x.example")
        assert value.startswith(b'"') and value.endswith(b'" <p@x.example>'), value
        (address,) = parsed(header.encode() + b": " + value + b"\r\n\r\n")[header].addresses
        assert address.display_name == name


def test_the_same_inputs_give_the_same_bytes() -> None:
    fields = {"s": "é", "n": "b", "t": "<c>"}
    first = MADE.build(fields)
    composer = MADE.composer()
    composer.build(row({"s": "other", "n": "", "t": "row"}), message_id="<2@x.example>", date=1)
    second = composer.build(row(fields), message_id="<1@example.com>", date=1_800_000_000.0)
    assert first == second


MADE = campaign_folder()
