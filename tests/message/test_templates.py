from __future__ import annotations

from dataclasses import replace

import pytest

from smtpdesk.base.errors import InputError
from smtpdesk.message import Composer, RowError
from tests.message.making import FROM, Made, body, parsed, row


def test_values_are_escaped_in_html_and_only_there(made: Made) -> None:
    made.put("message.html", "<p>{{ who }}</p>{% include 'part.txt' %}")
    made.put("message.txt", "{{ who }} {% include 'part.html' %}")
    made.put("part.txt", "[{{ who }}]")
    made.put("part.html", "({{ who }})")
    message = made.message({"who": "<b>&Bo"}, html="message.html", subject="{{ who }}")
    assert body(message, "html") == "<p>&lt;b&gt;&amp;Bo</p>[&lt;b&gt;&amp;Bo]\n"
    assert body(message, "plain") == "<b>&Bo (<b>&Bo)\n"
    assert message["Subject"] == "<b>&Bo"


def test_a_missing_field_is_told_with_file_line_row_and_the_nearest_name(made: Made) -> None:
    made.put("message.txt", "Hello\n\n{{ frist_name }}\n")
    with pytest.raises(RowError) as caught:
        made.build({"first_name": "Bo", "shop": ""})
    error = caught.value
    assert error.code == "message.missing-field"
    assert (error.where, error.file, error.template_line) == ("message.txt:3", "message.txt", 3)
    assert (error.line, error.address) == (7, "bo@x.example")
    assert "frist_name" in error.sentence
    assert "first_name" in error.hint
    assert error.as_dict()["row"] == "7"


def test_a_missing_field_far_from_all_names_lists_them(made: Made) -> None:
    made.put("message.txt", "{{ colour }}")
    with pytest.raises(RowError) as caught:
        made.build({"town": "x", "shop": "y"})
    assert "shop, town" in caught.value.hint


@pytest.mark.parametrize(
    "source",
    [
        "{{ first_nam }}",
        "{% if first_nam %}x{% endif %}",
        "{{ first_nam | upper }}",
        "{% for x in first_nam %}{% endfor %}",
    ],
)
def test_a_missing_field_is_an_error_wherever_it_is_used(made: Made, source: str) -> None:
    made.put("message.txt", source)
    with pytest.raises(RowError) as caught:
        made.build({"first_name": "Bo"})
    assert caught.value.code == "message.missing-field"


def test_a_missing_field_in_an_included_file_is_told_with_that_file(made: Made) -> None:
    made.put("message.txt", "{% include 'parts/end.txt' %}")
    made.put("parts/end.txt", "\n{{ nope }}")
    with pytest.raises(RowError) as caught:
        made.build({})
    assert caught.value.where == "parts/end.txt:2"


def test_a_missing_field_in_a_setting_is_told_with_its_line(made: Made) -> None:
    made.put("campaign.toml", 'name = "x"\n\nsubject = "{{ nope }}"\n[headers]\nX-A = "{{ nope }}"\n')
    with pytest.raises(RowError) as caught:
        made.build({}, subject="{{ nope }}")
    assert caught.value.where == "campaign.toml:3"
    with pytest.raises(RowError) as caught:
        made.build({}, headers={"X-A": "{{ nope }}"})
    assert caught.value.where == "campaign.toml:5"


def test_an_empty_field_and_one_the_row_lacks_are_empty(made: Made) -> None:
    made.put("message.txt", "[{{ shop }}][{{ town }}]")
    composer = made.composer(fields=["shop", "town"])
    raw = composer.build(row({"shop": ""}), message_id="<1@x.example>", date=0)
    assert body(parsed(raw), "plain") == "[][]\n"


def test_the_address_is_always_there_as_email(made: Made) -> None:
    made.put("message.txt", "{{ email }}")
    assert body(made.message({}), "plain") == "bo@x.example\n"
    assert body(made.message({"email": "Bo@x.example"}), "plain") == "Bo@x.example\n"


@pytest.mark.parametrize(
    ("source", "where"),
    [
        ("a\n{{ first_name }\n", "message.txt:2"),
        ("a\n\n{% if x %}\n", "message.txt:3"),
        ("{% nonsense %}", "message.txt:1"),
        ("{{ x | nonsense }}", "message.txt:1"),
        ("\n{{ 'x' ~ }}", "message.txt:2"),
        ("{% for a in x %}" * 25 + "{% endfor %}" * 25, ""),
    ],
)
def test_mistakes_in_templates_stop_the_compiling_with_their_line(made: Made, source: str, where: str) -> None:
    made.put("message.txt", source)
    with pytest.raises(InputError) as caught:
        made.composer()
    assert not isinstance(caught.value, RowError)
    assert caught.value.where.startswith(where)
    assert caught.value.code in ("message.template-syntax", "message.template-failed")


def test_a_mistake_in_an_included_file_stops_the_compiling(made: Made) -> None:
    made.put("message.txt", "{% if false %}{% include 'part.txt' %}{% endif %}")
    made.put("part.txt", "\n{{ x }\n")
    with pytest.raises(InputError) as caught:
        made.composer()
    assert (caught.value.code, caught.value.where) == ("message.template-syntax", "part.txt:2")


def test_an_included_file_that_is_missing_stops_the_compiling_unless_it_may_be(made: Made) -> None:
    made.put("message.txt", "\n{% include 'nope.txt' %}")
    with pytest.raises(InputError) as caught:
        made.composer()
    assert (caught.value.code, caught.value.where) == ("message.file-missing", "message.txt:2")
    made.put("message.txt", "x{% include 'nope.txt' ignore missing %}{% include ['nope.txt', 'yes.txt'] %}")
    made.put("yes.txt", "yes")
    assert body(made.message({}), "plain") == "xyes\n"


def test_extends_blocks_macros_and_imports_work(made: Made) -> None:
    made.put("base.html", "<h1>{% block title %}None{% endblock %}</h1>{% block main %}{% endblock %}")
    made.put("macros.html", '{% macro button(to, label) %}<a href="{{ to }}">{{ label }}</a>{% endmacro %}')
    made.put(
        "message.html",
        "{% extends 'base.html' %}{% from 'macros.html' import button %}"
        "{% block title %}{{ super() }} {{ who }}{% endblock %}"
        "{% block main %}{{ button('https://x.example', who) }}{% endblock %}",
    )
    message = made.message({"who": "<Bo>"}, html="message.html", text="")
    assert body(message, "html") == '<h1>None &lt;Bo&gt;</h1><a href="https://x.example">&lt;Bo&gt;</a>\n'


@pytest.mark.parametrize(
    ("source", "shown"),
    [
        ("{{ name | fallback('friend') }}", "Bo"),
        ("{{ blank | fallback('friend') }}", "friend"),
        ("{{ spaces | fallback('friend') }}", "friend"),
        ("{{ nowhere | fallback('friend') }}", "friend"),
        ("{{ blank | default('x') }}", ""),
        ("{{ blank | default('x', true) }}", "x"),
        ("{{ day | date }}", "November 24, 2026"),
        ("{{ day | date('full') }}", "Tuesday, November 24, 2026"),
        ("{{ day | date(locale='de') }}", "24. November 2026"),
        ("{{ day | date('EEEE', 'fr') }}", "mardi"),
        ("{{ stamp | date('short', 'en_GB') }}", "24/11/2026"),
        ("{{ blank | date }}{{ blank | money('EUR') }}{{ blank | number }}{{ blank | time }}", ""),
        ("{{ hour | time(locale='de') }}", "18:30"),
        ("{{ amount | money('EUR', 'de') }}", "1.234,50\u00a0€"),
        ("{{ amount | money('USD', 'en_US') }}", "$1,234.50"),
        ("{{ amount | money('JPY', 'ja') }}", "￥1,234"),
        ("{{ amount | number(locale='en_IN') }}", "1,234.5"),
        ("{{ amount | number(2, 'en') }}", "1,234.50"),
        ("{{ amount | number(0, 'de') }}", "1.234"),
        ("{{ name | urlencode }}{{ odd | urlencode }}", "Boa%26b%20c%2F"),
    ],
)
def test_filters(made: Made, source: str, shown: str) -> None:
    made.put("message.txt", source)
    fields = {
        "name": "Bo", "blank": "", "spaces": "  ", "day": "2026-11-24", "stamp": "2026-11-24 18:30:00",
        "hour": "18:30", "amount": "1234.5", "odd": "a&b c/",
    }  # fmt: skip
    assert body(made.message(fields), "plain").rstrip("\n") == shown


@pytest.mark.parametrize(
    "source",
    ["{{ v | date }}", "{{ v | money('EUR') }}", "{{ v | number }}", "{{ v | time }}", "{{ 1 | money('XXQ') }}"],
)
@pytest.mark.parametrize("value", ["03.04.2026", "1.234,50", "many", "NaN", "1e999999"])
def test_a_value_that_could_be_misread_is_an_error_in_its_row(made: Made, source: str, value: str) -> None:
    made.put("message.txt", source)
    with pytest.raises(RowError) as caught:
        made.build({"v": value})
    assert caught.value.code == "message.template-failed"
    assert caught.value.where == "message.txt:1"


def test_line_breaks_of_a_cell_can_be_kept_in_html(made: Made) -> None:
    made.put("message.html", "{{ place | br }}")
    assert body(made.message({"place": "A <1>\nB"}, html="message.html"), "html") == "A &lt;1&gt;<br>\nB\n"


@pytest.mark.parametrize(
    "source", ["{{ 1 / 0 }}", "{{ v + 1 }}", "{{ v.nope }}", "{{ v.nope() }}", "{{ v | int(0) | list }}"]
)
def test_whatever_fails_in_a_template_names_the_place_and_the_row(made: Made, source: str) -> None:
    made.put("message.txt", "\n" + source)
    with pytest.raises(RowError) as caught:
        made.build({"v": "x"})
    assert caught.value.where == "message.txt:2"
    assert caught.value.line == 7


def test_half_a_character_in_a_cell_is_an_error_in_its_row(made: Made) -> None:
    made.put("message.txt", "{{ v }}")
    with pytest.raises(RowError) as caught:
        made.build({"v": "a\ud83d"})
    assert caught.value.code == "message.not-text"


def test_a_campaign_without_a_message_or_with_a_lost_one_is_told(made: Made) -> None:
    for changes, code in (({"text": ""}, "message.empty"), ({"text": "nope.txt"}, "message.file-missing")):
        with pytest.raises(InputError) as caught:
            made.composer(**changes)
        assert caught.value.code == code


@pytest.mark.parametrize("value", ["", "nobody", "a@b@c", "x <>"])
def test_a_sender_that_is_no_address_is_told(made: Made, value: str) -> None:
    with pytest.raises(InputError) as caught:
        Composer.compile(made.campaign, made.folder, from_header=value)
    assert caught.value.code == "message.bad-from"


def test_fields_used_are_found_everywhere(made: Made) -> None:
    made.put(
        "message.html",
        "{{ a }}{% include 'part.html' %}{% set own = 1 %}{{ own }}{% for i in range(2) %}{{ loop.index }}{% endfor %}",
    )
    made.put("part.html", "{{ b }}{{ own }}")
    made.put("message.txt", "{% if c %}{{ c }}{% endif %}")
    made.put("attachments/x.txt", "x")
    composer = made.composer(
        html="message.html",
        subject="{{ d }}",
        to_name="{{ e }}",
        unsubscribe="https://x.example/{{ f }}",
        attachments=("{{ g }}.txt",),
        headers={"X-A": "{{ h }}"},
        reply_to="{{ i }}",
    )
    assert composer.fields_used == frozenset("abcdefghi")
    assert composer.files_used == {"message.html", "part.html", "message.txt"}


def test_uses_of_fields_say_what_people_would_read(made: Made) -> None:
    made.put(
        "message.html",
        "<p>We saw you at <b>{{ shop }}</b>, and we kept\n something for you.</p>"
        '<a href="https://x.example/{{ token }}">go</a>{% if town %}{{ town }}{% endif %}{{ name | fallback("x") }}',
    )
    uses = {use.name: use for use in made.composer(html="message.html").field_uses}
    assert (uses["shop"].before, uses["shop"].after) == ("We saw you at ", ", and we kept something for")
    assert (uses["shop"].where, uses["shop"].guarded) == ("message.html:1", False)
    assert (uses["token"].before, uses["token"].after) == ("", "")
    assert uses["town"].guarded
    assert uses["name"].guarded


def test_one_broken_row_does_not_spoil_the_next(made: Made) -> None:
    made.put("message.txt", "{% for i in range(n | int) %}x{% endfor %}")
    composer = made.composer()
    with pytest.raises(RowError):
        composer.build(row({"n": "9999999"}), message_id="<1@x.example>", date=0)
    assert b"\r\nxxx\r\n" in composer.build(row({"n": "3"}), message_id="<1@x.example>", date=0)


def test_a_template_that_sets_names_does_not_leak_them_into_the_next_row(made: Made) -> None:
    made.put("message.txt", "{% if a %}{% set b = a %}{% endif %}{{ b }}")
    composer = Composer.compile(replace(made.campaign), made.folder, from_header=FROM)
    composer.build(row({"a": "secret"}), message_id="<1@x.example>", date=0)
    with pytest.raises(RowError):
        composer.build(row({"a": ""}), message_id="<1@x.example>", date=0)


@pytest.mark.parametrize("value", ["Ana", "<b> & \"é\" 'x'", "", "x" * 2_000, "a b@ü/?", "1\n2"])
def test_a_template_of_fields_alone_says_the_same_as_by_way_of_jinja(made: Made, value: str) -> None:
    plain = "Dear {{ n }},\n{{n}}{% raw %}{{ n }}{% endraw %} and {{ email }}\n"
    by_jinja = plain + "{% if false %}{% endif %}"  # no form any more
    for name in ("message.html", "message.txt"):
        settings = {"html": "", "text": ""} | {name.partition(".")[2].replace("txt", "text"): name}
        shown = []
        for source in (plain, by_jinja):
            made.put(name, source)
            rendered = made.composer(subject="s", to_name="", **settings).render(row({"n": value}))
            shown.append((rendered.html, rendered.text))
        assert shown[0] == shown[1]
        assert "".join(shown[0][0] or shown[0][1] or "").count("{{ n }}") == 1


def test_a_field_called_self_is_not_mixed_up_with_the_one_of_jinja(made: Made) -> None:
    made.put("message.txt", "{{ self }}")
    rendered = made.composer(subject="s", to_name="", html="", text="message.txt").render(row({"self": "mine"}))
    assert "mine" not in (rendered.text or "")
