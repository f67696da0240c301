"""A value from a spreadsheet adds no header and no recipient, reaches no other file, and a template always ends."""

from __future__ import annotations

import tracemalloc
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Any

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from smtpdesk.base.errors import InputError
from smtpdesk.message import Composer, RowError, guards
from smtpdesk.message.budget import MAX_STEPS, Budget, TooMuch
from smtpdesk.message.environment import MessageEnvironment
from tests.message.making import FROM, Made, parsed, row

INJECTIONS = [
    "Bob\r\nBcc: everyone@x.example",
    "Bob\nBcc: everyone@x.example",
    "Bob\rBcc: everyone@x.example",
    "Bob\x0bBcc: x@x.example",
    "Bob\x85Bcc: x@x.example",
    "Bob\u2028Bcc: x@x.example",
    "Bob\x00",
    "\n",
]


@pytest.mark.parametrize("value", INJECTIONS)
@pytest.mark.parametrize(
    "setting",
    [
        {"subject": "Hi {{ v }}"},
        {"to_name": "{{ v }}"},
        {"reply_to": "{{ v }} <a@x.example>"},
        {"unsubscribe": "https://x.example/{{ v }}"},
        {"unsubscribe": "{{ v }}"},
        {"headers": {"X-Who": "{{ v }}"}},
    ],
    ids=lambda setting: next(iter(setting)),
)
def test_a_control_character_in_a_header_stops_this_row(made: Made, setting: dict[str, object], value: str) -> None:
    with pytest.raises(RowError) as caught:
        made.build({"v": value}, **setting)
    assert caught.value.code == "message.control-character"
    assert (caught.value.line, caught.value.address) == (7, "bo@x.example")


@settings(max_examples=80, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(st.text(st.sampled_from('\r\n\t :;,<>@"\\()=?.aé%&Bcc'), max_size=40))
def test_no_value_adds_a_header_or_a_recipient(made: Made, value: str) -> None:
    settings_ = {
        "subject": "{{ v }}",
        "to_name": "{{ v }}",
        "unsubscribe": "mailto:l@x.example?subject={{ v }}",
        "headers": {"X-Who": "{{ v }}"},
    }
    try:
        raw = made.build({"v": value}, **settings_)
    except RowError as error:
        assert error.code == "message.control-character"
        return
    message = parsed(raw)
    allowed = {
        "From", "To", "Subject", "Date", "Message-ID", "List-Unsubscribe", "X-Who",
        "MIME-Version", "Content-Type", "Content-Transfer-Encoding",
    }  # fmt: skip
    assert set(message.keys()) <= allowed
    assert len(message.keys()) == len(set(message.keys()))
    assert [address.addr_spec for address in message["To"].addresses] == ["bo@x.example"]
    leave = str(message["List-Unsubscribe"])
    assert leave.count("<") == leave.count(">") == leave.count("?") == 1
    assert "&" not in leave


@pytest.mark.parametrize(
    "address", ["a@x.example\r\nBcc: b@x.example", "a@x.example, b@x.example", "a b@x.example", ""]
)
def test_an_address_that_is_none_stops_the_row(made: Made, address: str) -> None:
    with pytest.raises(RowError) as caught:
        made.build({}, address=address)
    assert caught.value.code == "message.bad-address"


def test_a_value_cannot_add_an_address_to_reply_to(made: Made) -> None:
    with pytest.raises(RowError) as caught:
        made.build({"v": "a@x.example, b@x.example"}, reply_to="{{ v }}")
    assert caught.value.code == "message.bad-address"
    assert parsed(made.build({}, reply_to="a@x.example, B <b@x.example>"))["Reply-To"].addresses[1].display_name == "B"


@pytest.mark.parametrize(
    ("name", "code"),
    [
        ("Bcc", "message.header-reserved"),
        ("from", "message.header-reserved"),
        ("Content-Type", "message.header-reserved"),
        ("X Y", "message.header-name"),
        ("X:Y", "message.header-name"),
        ("X\r\nBcc", "message.header-name"),
    ],
)
def test_own_headers_that_would_clash_are_refused(made: Made, name: str, code: str) -> None:
    with pytest.raises(InputError) as caught:
        made.composer(headers={name: "v"})
    assert caught.value.code == code


def test_the_same_own_header_in_two_spellings_is_refused(made: Made) -> None:
    with pytest.raises(InputError) as caught:
        made.composer(headers={"X-A": "1", "x-a": "2"})
    assert caught.value.code == "message.header-twice"


@pytest.mark.parametrize(
    "value", ["../secret.txt", "/etc/passwd", "a/../../secret.txt", "..\\secret.txt", "C:\\x", "a\0b", "out/x"]
)
def test_a_value_cannot_attach_a_file_from_elsewhere(made: Made, value: str) -> None:
    (made.folder.parent / "secret.txt").write_text("secret")
    (made.folder / "out").symlink_to(made.folder.parent)
    (made.folder.parent / "x").write_text("secret")
    with pytest.raises(RowError) as caught:
        made.build({"v": value}, attachments=("{{ v }}",))
    assert caught.value.code == "message.outside-folder"
    assert caught.value.line == 7


@pytest.mark.parametrize("name", ["../secret.txt", "/etc/passwd", "link.txt", "loop"])
@pytest.mark.parametrize("setting", ["text", "html", "attachments"])
def test_no_setting_reaches_outside_the_folder(made: Made, setting: str, name: str) -> None:
    (made.folder.parent / "secret.txt").write_text("secret")
    (made.folder / "link.txt").symlink_to("../secret.txt")
    (made.folder / "loop").symlink_to("loop")
    with pytest.raises(InputError) as caught:
        made.composer(**{setting: (name,) if setting == "attachments" else name})
    assert caught.value.code == "message.outside-folder"


@pytest.mark.parametrize(
    "source",
    [
        '{% include "../secret.txt" %}',
        "{% include v %}",
        '{% extends "/etc/passwd" %}',
        '{% from "link.txt" import x %}',
    ],
)
def test_no_include_reaches_outside_the_folder(made: Made, source: str) -> None:
    (made.folder.parent / "secret.txt").write_text("secret")
    (made.folder / "link.txt").symlink_to("../secret.txt")
    made.put("message.txt", source)
    with pytest.raises(InputError) as caught:
        made.build({"v": "../secret.txt"})
    assert caught.value.code == "message.outside-folder"


def test_no_image_reaches_outside_the_folder(made: Made) -> None:
    (made.folder.parent / "secret.png").write_bytes(b"x")
    made.put("message.html", '<p>\n<img src="../secret.png"></p>')
    with pytest.raises(InputError) as caught:
        made.composer(html="message.html")
    assert (caught.value.code, caught.value.where) == ("message.outside-folder", "message.html:2")


def endless() -> dict[str, str]:
    """The templates of endless.txt by what they are; ↵ stands for a line end."""
    text = Path(__file__).with_name("endless.txt").read_text(encoding="utf-8")
    pairs = (line.partition(" | ") for line in text.splitlines() if not line.startswith("#"))
    return {name: source.replace("↵", "\n") for name, _bar, source in pairs}


ENDLESS = endless()


@pytest.mark.parametrize("name", ENDLESS)
def test_a_template_that_would_never_end_is_stopped(made: Made, name: str) -> None:
    made.put("message.txt", ENDLESS[name])
    with pytest.raises(InputError) as caught:
        made.build({"v": "xyz"})
    assert caught.value.code == "message.template-endless"
    assert caught.value.where.startswith("message.txt:")


@pytest.mark.parametrize(
    "name", [name for name in ENDLESS if "large" in name or "text that doubles" in name or "many" in name]
)
def test_a_template_that_grows_is_stopped_before_memory_runs_out(made: Made, name: str) -> None:
    made.put("message.txt", ENDLESS[name])
    tracemalloc.start()
    try:
        with pytest.raises(InputError):
            made.build({"v": "xyz"})
        _now, peak = tracemalloc.get_traced_memory()
    finally:
        tracemalloc.stop()
    assert peak < 100_000_000


@pytest.mark.parametrize(
    "source",
    [
        "{{ ''.__class__.__mro__ }}",
        "{{ v['__class__'] }}",
        "{{ v | attr('__class__') }}",
        "{{ '{0.__class__}'.format(v) }}",
        "{{ self._TemplateReference__context }}",
        "{% set x = [] %}{{ x.append(1) }}",
        "{{ cycler.__init__.__globals__ }}",
        "{{ v.encode().ljust(10 ** 9) }}",
        "{{ (1).to_bytes(10 ** 9, 'big') }}",
    ],
)
def test_the_sandbox_holds(made: Made, source: str) -> None:
    made.put("message.txt", source)
    with pytest.raises(RowError) as caught:
        made.build({"v": "x"})
    assert caught.value.code in ("message.template-unsafe", "message.missing-field")


def test_ordinary_templates_stay_within_the_bounds(made: Made) -> None:
    made.put(
        "message.txt",
        "{% macro line(x) %}{{ x | upper | truncate(20) | center(30) }}{% endmacro %}"
        "{% for i in range(500) %}{% for w in v.split(',') if w %}{{ line(w ~ i) }}\n{% endfor %}{% endfor %}"
        "{{ '%05.2f' | format(3.14159) }} {{ '-' * 70 }} {{ ['a', v] | join(', ') }} {{ 7 ** 2 }}"
        "{{ '{:>8}'.format(v) }}",
    )
    raw = made.build({"v": "one,two,,three"})
    assert raw.count(b"ONE4") >= 100
    assert b"03.14" in raw


def test_a_compiled_campaign_does_not_read_the_folder_outside_later(tmp_path: Path, made: Made) -> None:
    made.put("images/a.png", b"x")
    made.put("message.html", '<img src="images/{{ v }}.png" alt="">')
    composer = Composer.compile(made.campaign, made.folder, from_header=FROM)
    assert composer.build(row({"v": "a"}), message_id="<1@x.example>", date=0)
    with pytest.raises(RowError) as caught:
        made.build({"v": "../../secret"}, html="message.html")
    assert caught.value.code == "message.outside-folder"


class _Counted(list[int]):
    """A list that counts how many of its items were copied by adding it to another one."""

    copied = 0

    def __radd__(self, other: list[int]) -> list[int]:
        _Counted.copied += len(other)
        return [*other, *self]


@pytest.mark.parametrize(
    ("source", "made"),
    [
        ("{{ a | sum(start=[]) | length }}", "60000"),
        ("{{ a | sum(start=[1]) | length }}", "60001"),
        ("{{ ([(1, 2)] * 30000) | sum(start=()) | length }}", "60000"),
        ("{{ ([{'k': [1]}] * 30000) | sum(attribute='k', start=[]) | length }}", "30000"),
        ("{{ [1, 2, 3] | sum }}", "6"),
        ("{{ [{'k': 2}, {'k': 3}] | sum(attribute='k', start=1) }}", "6"),
    ],
)
def test_a_sum_puts_lists_together_in_one_go(source: str, made: str) -> None:
    _Counted.copied = 0
    with TemporaryDirectory() as folder:
        environment = MessageEnvironment(Path(folder), html=False, prepare=lambda _name, text: text)
        values = {"a": [_Counted([1, 2, 3]) for _item in range(20_000)]}
        assert environment.from_string(source).render(values) == made
    assert _Counted.copied == 0


@pytest.mark.parametrize("source", ["{{ [1] | sum(start=[]) }}", "{{ [[1], (2,)] | sum(start=[]) }}"])
def test_a_sum_of_what_cannot_be_added_is_an_error_of_the_template(made: Made, source: str) -> None:
    made.put("message.txt", source)
    with pytest.raises(InputError) as caught:
        made.build({})
    assert caught.value.code == "message.template-failed"


def test_filters_outside_of_loops_are_counted_too(made: Made) -> None:
    """As many calls as there are steps; each is one, wherever it stands."""
    budget = Budget()
    filters: dict[str, Any] = {name: lambda value: value for name in guards._SLOW_FILTERS + guards._GROWING_FILTERS}
    filters |= dict.fromkeys(("format", "replace", "join"), lambda value: value)
    guards.guard_filters(filters, budget.step)
    with pytest.raises(TooMuch):
        for _call in range(MAX_STEPS):
            filters["batch"]([1])
