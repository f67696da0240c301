from __future__ import annotations

from collections.abc import Iterator
from email.message import EmailMessage, Message

import pytest

from smtpdesk.base.errors import InputError
from smtpdesk.message import Composer, RowError, message_id, needs_smtputf8, read_back
from tests.message.making import DATE, FROM, ID, PNG, Made, body, parsed, row


def shape(message: Message) -> object:
    """Types of the parts, nested as they are."""
    kind = message.get_content_type()
    parts = message.get_payload()
    return (kind, [shape(part) for part in parts]) if isinstance(parts, list) else kind


def test_a_text_message_is_one_part(made: Made) -> None:
    message = made.message({})
    assert shape(message) == "text/plain"
    assert list(message.keys())[:5] == ["From", "To", "Subject", "Date", "Message-ID"]
    assert message["From"].addresses[0].display_name == "Ana Pérez"
    assert message["To"].addresses[0].addr_spec == "bo@x.example"
    assert message["Date"].datetime.isoformat() == "2027-01-15T08:00:00+00:00"
    assert message["Message-ID"] == ID
    assert message["MIME-Version"] == "1.0"
    assert "Auto-Submitted" not in message


def test_html_gets_a_text_made_from_it(made: Made) -> None:
    made.put("message.html", '<p>Hi {{ n }}, <a href="https://x.example/a">look</a></p>')
    message = made.message({"n": "Bo"}, html="message.html", text="")
    assert shape(message) == ("multipart/alternative", ["text/plain", "text/html"])
    assert body(message, "plain") == "Hi Bo, look (https://x.example/a)\n"


def test_images_and_attachments_nest_as_mail_programs_expect(made: Made) -> None:
    made.put("images/logo.png", PNG)
    made.put("attachments/terms.pdf", b"%PDF-1.4")
    made.put("message.html", '<img alt="" src="images/logo.png">x')
    message = made.message({}, html="message.html", attachments=("terms.pdf",))
    assert shape(message) == (
        "multipart/mixed",
        [
            ("multipart/alternative", ["text/plain", ("multipart/related", ["text/html", "image/png"])]),
            "application/pdf",
        ],
    )
    assert [part.get_filename() for part in message.iter_attachments()] == ["terms.pdf"]


def test_html_that_shows_nothing_to_read_goes_without_a_text(made: Made) -> None:
    made.put("a.png", PNG)
    made.put("message.html", '<img alt="" src="a.png">')
    assert shape(made.message({}, html="message.html", text="")) == ("multipart/related", ["text/html", "image/png"])


@pytest.mark.parametrize(
    "written",
    ["images/my%20logo.png", "images/my logo.png", "cid:my logo.png", "./images/my logo.png", "images/my logo.png?x=1"],
)
def test_every_spelling_of_an_image_shows_the_file(made: Made, written: str) -> None:
    made.put("images/my logo.png", PNG)
    made.put("message.html", f"<p><img alt='a' width=1 src='{written}'>")
    back = read_back(made.build({}, html="message.html"))
    ((cid, (kind, data)),) = back.inline.items()
    assert (kind, data) == ("image/png", PNG)
    assert f'src="cid:{cid}"' in (back.html or "")


def test_images_elsewhere_stay_as_they_are(made: Made) -> None:
    addresses = ("https://x.example/a.png", "data:image/png;base64,AA==", "//x.example/a.png")
    source = "".join(f'<img src="{address}">' for address in addresses) + '<a href="images/a.png">x</a>'
    made.put("message.html", source)
    assert body(made.message({}, html="message.html"), "html") == source + "\n"


def test_a_background_image_is_sent_along(made: Made) -> None:
    made.put("bg.png", PNG)
    made.put("message.html", '<table><tr><td background="bg.png">x</td></tr></table>')
    assert len(read_back(made.build({}, html="message.html")).inline) == 1


def test_an_image_of_each_row_is_found_by_its_name(made: Made) -> None:
    for name in ("a", "b"):
        made.put(f"shops/{name}.png", PNG + name.encode())
    made.put("message.html", '<img alt="" src="shops/{{ shop }}.png"> x')
    composer = made.composer(html="message.html")
    for name in ("a", "b", "a"):
        back = read_back(composer.build(row({"shop": name}), message_id=ID, date=DATE))
        assert [data for _kind, data in back.inline.values()] == [PNG + name.encode()]
    with pytest.raises(RowError) as caught:
        composer.build(row({"shop": "c"}), message_id=ID, date=DATE)
    assert (caught.value.code, caught.value.line) == ("message.image-missing", 7)


def test_only_the_images_that_a_row_shows_are_sent(made: Made) -> None:
    made.put("a.png", PNG)
    made.put("message.html", '{% if vip %}<img alt="" src="a.png">{% endif %}x')
    assert read_back(made.build({"vip": "1"}, html="message.html")).inline
    assert not read_back(made.build({"vip": ""}, html="message.html")).inline


def test_a_missing_image_stops_the_compiling_with_its_line(made: Made) -> None:
    made.put("message.html", '<p>\n\n<img src="nope.png"></p>')
    with pytest.raises(InputError) as caught:
        made.composer(html="message.html")
    assert (caught.value.code, caught.value.where) == ("message.image-missing", "message.html:3")


def test_an_image_in_an_included_file_is_found(made: Made) -> None:
    made.put("a.png", PNG)
    made.put("foot.html", '<img alt="" src="a.png">')
    made.put("message.html", "x{% include 'foot.html' %}")
    composer = made.composer(html="message.html")
    assert read_back(composer.build(row(), message_id=ID, date=DATE)).inline
    assert "a.png" in composer.files_used


@pytest.mark.parametrize(
    "name", ["терміни.pdf", 'say "hi".pdf', "a" * 150 + ".pdf", "ü" * 80 + ".pdf", "plain name.pdf"]
)
def test_attachments_keep_their_names_and_bytes(made: Made, name: str) -> None:
    data = bytes(range(256)) * 5
    made.put(f"attachments/{name}", data)
    raw = made.build({}, attachments=(name,))
    (part,) = read_back(raw).parts
    assert (part.name, part.type, part.data, part.size) == (name, "application/pdf", data, len(data))
    assert max(len(line) for line in raw.split(b"\r\n")) <= 78


def test_each_row_gets_its_own_attachment(made: Made) -> None:
    for number in ("1", "2"):
        made.put(f"invoices/{number}.pdf", f"invoice {number}")
    made.put("terms.txt", "terms")
    composer = made.composer(attachments=("terms.txt", "invoices/{{ n }}.pdf", "{% if gift %}gift.txt{% endif %}"))
    back = read_back(composer.build(row({"n": "2", "gift": ""}), message_id=ID, date=DATE))
    assert [(part.name, part.data) for part in back.parts] == [("terms.txt", b"terms"), ("2.pdf", b"invoice 2")]
    with pytest.raises(RowError) as caught:
        composer.build(row({"n": "3", "gift": ""}), message_id=ID, date=DATE)
    assert (caught.value.code, caught.value.line) == ("message.attachment-missing", 7)
    assert "invoices/3.pdf" in caught.value.sentence


def test_a_missing_attachment_for_everyone_stops_the_compiling(made: Made) -> None:
    with pytest.raises(InputError) as caught:
        made.composer(attachments=("nope.pdf",))
    assert caught.value.code == "message.attachment-missing"


def test_an_attached_message_is_sent_as_plain_data(made: Made) -> None:
    made.put("old.eml", b"Subject: x\n\nbody\n")
    (part,) = read_back(made.build({}, attachments=("old.eml",))).parts
    assert (part.type, part.data) == ("application/octet-stream", b"Subject: x\n\nbody\n")


def test_a_body_that_looks_like_a_boundary_does_not_end_the_part(made: Made) -> None:
    made.put("message.html", "<p>{{ v }}</p>")
    made.put("message.txt", "{{ v }}\n")
    (boundary,) = (part for part in [made.message({"v": "x"}, html="message.html").get_boundary()] if part)
    text = f"--{boundary}\n--{boundary}--\nafter\n"
    message = made.message({"v": text}, html="message.html")
    assert shape(message) == ("multipart/alternative", ["text/plain", "text/html"])
    assert body(message, "plain") == text + "\n"


@pytest.mark.parametrize(
    ("source", "header", "one_click"),
    [
        (
            "mailto:l@x.example?subject=leave%20{{ email }}",
            "<mailto:l@x.example?subject=leave%20bo%2Bx@x.example>",
            False,
        ),
        ("https://x.example/u?e={{ email }}", "<https://x.example/u?e=bo%2Bx@x.example>", True),
        ("https://x.example/u/{{ token | urlencode }}", "<https://x.example/u/a%26b%2F%3E>", True),
        ("https://x.example/u/{{ token }}", "<https://x.example/u/a%26b%2F%3E>", True),
        ("{{ link }}", "<https://y.example/u?a=1&b=2>", True),
        ("http://x.example/u", "<http://x.example/u>", False),
        ("leave@x.example", "<mailto:leave@x.example>", False),
        ("https://x.example/ü", "<https://x.example/%C3%BC>", True),
        ("", None, False),
        ("{{ nothing }}", None, False),
    ],
)
def test_people_can_leave(made: Made, source: str, header: str | None, one_click: bool) -> None:
    fields = {"token": "a&b/>", "link": "https://y.example/u?a=1&b=2", "nothing": ""}
    raw = made.build(fields, address="bo+x@x.example", unsubscribe=source)
    message = parsed(raw)
    assert message["List-Unsubscribe"] == header
    assert message["List-Unsubscribe-Post"] == ("List-Unsubscribe=One-Click" if one_click else None)


def test_the_message_can_show_where_to_leave(made: Made) -> None:
    made.put("message.html", '<a href="{{ unsubscribe_url }}">leave</a>')
    html = body(made.message({}, html="message.html", unsubscribe="https://x.example/?a=1&e={{ email }}"), "html")
    assert html == '<a href="https://x.example/?a=1&amp;e=bo@x.example">leave</a>\n'
    with pytest.raises(RowError) as caught:
        made.build({}, html="message.html")
    assert (caught.value.code, "unsubscribe" in caught.value.hint) == ("message.missing-field", True)


@pytest.mark.parametrize("source", ["javascript:alert(1)", "somewhere", "https://x.example/" + "a" * 990])
def test_an_address_to_leave_by_that_is_none_is_told(made: Made, source: str) -> None:
    with pytest.raises(RowError) as caught:
        made.build({}, unsubscribe=source)
    assert caught.value.code == "message.bad-unsubscribe"


def test_own_headers_may_hold_fields_and_are_left_out_when_empty(made: Made) -> None:
    message = made.message(
        {"shop": "Zoë's", "nothing": ""}, headers={"X-Shop": "{{ shop }}", "X-None": "{{ nothing }}", "X-A": "b"}
    )
    assert message["X-Shop"] == "Zoë's"
    assert message["X-A"] == "b"
    assert "X-None" not in message


def test_addresses_beyond_ascii(made: Made) -> None:
    assert needs_smtputf8("jörg@x.example")
    assert not needs_smtputf8("jorg@xn--bcher-kva.example")
    raw = made.build({}, address="jörg@x.example", to_name="Jörg")
    assert "<jörg@x.example>".encode() in raw
    composer = Composer.compile(made.campaign, made.folder, from_header="Bücher <info@bücher.example>")
    assert composer.from_address == "info@xn--bcher-kva.example"


def test_message_ids_are_the_same_on_every_attempt_and_differ_otherwise() -> None:
    first = message_id("run1", "Bo@x.example", "ana@example.com")
    assert first == message_id("run1", "bo@X.example", "ana@example.com")
    assert first.startswith("<") and first.endswith("@example.com>")
    others = {
        first,
        message_id("run2", "bo@x.example", "ana@example.com"),
        message_id("run1", "al@x.example", "ana@example.com"),
    }
    assert len(others) == 3


def test_compiling_reads_everything_that_is_the_same_for_all_only_once(made: Made) -> None:
    made.put("attachments/a.txt", "first")
    composer = made.composer(attachments=("a.txt",))
    made.put("attachments/a.txt", "second")
    made.put("message.txt", "changed")
    back = read_back(composer.build(row(), message_id=ID, date=DATE))
    assert (back.text, back.parts[0].data) == ("Good morning\n", b"first")


def test_reading_back_shows_what_is_in_the_bytes(made: Made) -> None:
    made.put("a.png", PNG)
    made.put("attachments/ü.txt", "x")
    made.put("message.html", '<p>é</p><img alt="" src="a.png">')
    raw = made.build({}, html="message.html", attachments=("ü.txt",), subject="Grüße")
    back = read_back(raw)
    assert back.subject == "Grüße"
    assert ("From", FROM) in back.headers
    assert back.html is not None
    assert back.html.startswith("<p>é</p>")
    assert back.text == "Good morning\n"
    assert [part.name for part in back.parts] == ["ü.txt"]
    assert [kind for kind, _data in back.inline.values()] == ["image/png"]
    assert (back.size, back.source.encode()) == (len(raw), raw)


def broken() -> Iterator[bytes]:
    yield b""
    yield b"\x00\xff\xfe"
    yield b"no colon here\r\n\r\nbody"
    yield b"Content-Type: multipart/mixed; boundary=x\r\n\r\nno parts"
    yield b"Content-Type: multipart/mixed\r\n\r\n--\r\n"
    yield b"Content-Type: text/html; charset=nonsense\r\n\r\n\xff<p>"
    yield b"Content-Type: text/plain\r\nContent-Transfer-Encoding: base64\r\n\r\n!!!"
    yield b"Content-Type: message/rfc822\r\n\r\nSubject: in\r\n\r\nbody"
    yield b"To: =?utf-8?b?////?= <@@>,,,;\r\nSubject: =?x?q?=ZZ?=\r\nDate: never\r\nMessage-ID: <\r\n\r\n"
    yield b"Content-Disposition: attachment; filename*0*=x'y; filename*=%%%\r\nContent-Type: ;;;=\r\n\r\nx"
    yield b"Content-ID: <<\r\nContent-Type: image/png\r\n\r\nx"


@pytest.mark.parametrize("raw", list(broken()))
def test_reading_back_survives_anything(raw: bytes) -> None:
    back = read_back(raw)
    assert back.size == len(raw)


def test_reading_back_shows_an_attached_message_as_a_file() -> None:
    inner = EmailMessage()
    inner["Subject"] = "in"
    inner.set_content("inner text")
    outer = EmailMessage()
    outer["Subject"] = "out"
    outer.set_content("outer text")
    outer.add_attachment(inner)
    back = read_back(outer.as_bytes())
    assert (back.subject, back.text) == ("out", "outer text\n")
    assert [part.type for part in back.parts] == ["message/rfc822"]
    assert b"inner text" in back.parts[0].data
