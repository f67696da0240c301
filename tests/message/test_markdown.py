from __future__ import annotations

import pytest

from smtpdesk.base.errors import InputError
from smtpdesk.message import RowError
from tests.message.making import PNG, Made, body


def html_of(made: Made, source: str, fields: dict[str, str] | None = None) -> str:
    made.put("message.md", source)
    html = body(made.message(fields, html="message.md", text=""), "html")
    assert html.startswith("<!doctype html>")
    return html.partition(">\n<")[2].partition("\n<body")[2].partition(">\n")[2].removesuffix("</body>\n</html>\n")


def test_markdown_becomes_html_and_values_stay_text(made: Made) -> None:
    html = html_of(made, "# Hi {{ who }}\n\nThis is *{{ who }}*.", {"who": "*<b>*_x_"})
    assert html == "<h1>Hi *&lt;b&gt;*_x_</h1>\n<p>This is <em>*&lt;b&gt;*_x_</em>.</p>\n"


def test_jinja_is_not_touched_by_markdown(made: Made) -> None:
    source = (
        '{{ a | fallback("x * y * z") }} [go](https://x.example/{{ a | urlencode }}?b={{ "1" }}) `{{ a }}` {# *note* #}'
    )
    html = html_of(made, source, {"a": ""})
    assert html.rstrip() == '<p>x * y * z <a href="https://x.example/?b=1">go</a> <code></code> </p>'


def test_statements_on_lines_of_their_own_make_no_paragraphs(made: Made) -> None:
    source = (
        "{% if vip %}\nDear **{{ n }}**\n{% else %}\nHello\n{% endif %}\n\n"
        "- one\n{% for x in ['two', 'three'] %}\n- {{ x }}\n{% endfor %}\n"
    )
    assert "<p>Dear <strong>Bo</strong></p>" in html_of(made, source, {"vip": "1", "n": "Bo"})
    html = html_of(made, source, {"vip": "", "n": "Bo"})
    assert "<p>Hello</p>" in html
    assert "Dear" not in html
    assert [html.count(f"<li>{word}</li>") for word in ("one", "two", "three")] == [1, 1, 1]
    assert "<p></p>" not in html


def test_raw_parts_are_shown_as_they_are(made: Made) -> None:
    assert html_of(made, "{% raw %}{{ not *this* }}{% endraw %}") == "<p>{{ not *this* }}</p>\n"


def test_tables_and_images_work(made: Made) -> None:
    made.put("images/a.png", PNG)
    html = html_of(made, "![Logo](images/a.png)\n\n| a | b |\n|---|---|\n| {{ x }} | 2 |\n", {"x": "1|2"})
    assert 'src="cid:' in html
    assert "<td>1|2</td>" in html


def test_a_text_is_made_of_it(made: Made) -> None:
    made.put("message.md", "Hi {{ n }}, see [the page](https://x.example).\n\n- a\n- b\n")
    assert body(made.message({"n": "<Bo>"}, html="message.md", text=""), "plain") == (
        "Hi <Bo>, see the page (https://x.example).\n\n  * a\n  * b\n"
    )


def test_mistakes_are_told_with_the_line_of_the_markdown(made: Made) -> None:
    made.put("message.md", "# Hi\n\n* a\n* {{ x }\n")
    with pytest.raises(InputError) as caught:
        made.composer(html="message.md")
    assert caught.value.where == "message.md:4"


def test_a_missing_field_is_told_with_the_line_of_the_markdown(made: Made) -> None:
    made.put("message.md", "# Hi\n\nwords\nmore\nwords {{ there }}\n\n\n\nThen {{ nope }}\n")
    with pytest.raises(RowError) as caught:
        made.build({"there": "x"}, html="message.md")
    assert caught.value.where == "message.md:9"
