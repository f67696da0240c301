from __future__ import annotations

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from markupsafe import Markup, escape

from smtpdesk.message.outline import outline
from smtpdesk.message.plaintext import html_to_text
from smtpdesk.message.textmaker import TextMaker


@pytest.mark.parametrize(
    ("html", "text"),
    [
        ("<p>One</p><p>Two</p>", "One\n\nTwo"),
        (
            'See <a href="https://x.example/a?b=1&amp;c=2">this page</a>.',
            "See this page (https://x.example/a?b=1&c=2).",
        ),
        ('<a href="https://x.example/a">https://x.example/a</a>', "https://x.example/a"),
        ('<a href="https://x.example/">x.example</a>', "x.example"),
        ('<a href="mailto:a@x.example">a@x.example</a>', "a@x.example"),
        ('<a href="mailto:a@x.example">Write <b>us</b></a>', "Write us (a@x.example)"),
        ('<a href="#top">Up</a><a name="x"></a>', "Up"),
        ('<a href="https://x.example"><img src="a.png" alt="Shop"></a>', "Shop (https://x.example)"),
        ('a<img src="a.png" alt="Logo">b<img src="b.png">c', "a Logo bc"),
        ("<title>T</title><style>p{}</style><script>x</script><p>Seen</p>", "Seen"),
        ('<div style="display:none">Hidden</div>Seen', "Seen"),
        ("<table><tr><td>One</td></tr><tr><td>Two</td></tr></table>", "One\n\nTwo"),
        ('<table role="presentation"><tr><td>One</td><td>Two</td></tr></table>', "One\n\nTwo"),
        ("<ul><li>a</li><li>b</li></ul>", "  * a\n  * b"),
        ("", ""),
        ("<!-- nothing -->", ""),
        ("&lt;b&gt; &amp;amp; &amp;copy=1", "<b> &amp; &copy=1"),
    ],
)
def test_html_in_words(html: str, text: str) -> None:
    assert html_to_text(html) == text


def test_a_table_of_data_keeps_its_columns() -> None:
    text = html_to_text("<table><tr><th>Wine</th><th>Price</th></tr><tr><td>Amber</td><td>12</td></tr></table>")
    assert [line.split() for line in text.splitlines()] == [["Wine", "Price"], ["Amber", "12"]]


SOURCES = [
    ["<p>Hi ", None, ",</p><p>welcome to ", None, "</p>"],
    ["<table role=presentation><tr><td>", None, "</td><td>x</td></tr></table>"],
    ["<table><tr><th>a</th></tr><tr><td>", None, "</td><td>right</td></tr></table>"],
    ['<a href="https://x.example/', None, '">', None, "</a> end"],
    ['<a href="', None, '">', None, "</a> ", None],
    ["<b>", None, "</b>", None, "<i>", None, "</i>"],
    ["<pre>", None, "</pre>"],
    ["<ul><li>", None, "</li><li>", None, "</li></ul>"],
    ['<img alt="', None, '" src="x">'],
    ['<p style="', None, '">x</p>', None],
    ["<", None, ">x</p>"],
    ["<p>", None, "&", None, ";</p>"],
    ["<!-- ", None, " --> <p>", None, "</p>"],
]
VALUES = st.lists(
    st.sampled_from(
        ["", "Bo", "Ana Pérez", " ", " x", "a  b", "a\nb", "<b>", "&", "O'Neil \"x\"", "漢字", "p", "#", "#x", "amp",
         "mailto:a@x.example", "https://x.example/", "display:none", "a\u00a0b", "\u200c", "&copy",
         "\ufdd10\ufdd2", "\ufdd0", "\x01", "&nbsp;"]
    )
    | st.text(max_size=6),
    min_size=3,
    max_size=3,
)  # fmt: skip


@settings(max_examples=60, deadline=None, suppress_health_check=[HealthCheck.too_slow])
@given(st.sampled_from(SOURCES), st.lists(VALUES, min_size=1, max_size=6))
def test_remembered_layouts_give_the_text_of_a_new_one(source: list[str | None], rows: list[list[str]]) -> None:
    maker = TextMaker()
    for values in rows:
        left = iter(values)
        pieces = [piece if piece is not None else escape(next(left)) for piece in source]
        pieces = [piece for piece in pieces if piece or isinstance(piece, Markup)]
        assert maker.text(pieces) == html_to_text("".join(pieces))


def test_rows_of_the_same_shape_are_laid_out_once() -> None:
    maker = TextMaker()
    for name in ("Ana", "Bo", "Zoë O'Neil"):
        assert maker.text(["<p>Hi ", escape(name), "</p>"]) == f"Hi {name}"
    assert len(maker._known) == 1


def test_html_nested_too_deep_still_gives_its_words() -> None:
    assert html_to_text("<div>" * 2_000 + "deep" + "</div>" * 2_000) == "deep"


ODD_HTML = [
    "<p>",
    "</p>",
    "<table>",
    "<tr>",
    "<td>",
    "</table>",
    "<th>",
    "<a",
    "href='x'>",
    "</a>",
    "<img",
    "alt=x>",
    "<ul>",
    "<li>",
    "<ol",
    "start=x>",
    "<pre>",
    "<br>",
    "<!--",
    "-->",
    "<",
    ">",
    "&",
    "&#0;",
    "&#xd800;",
    "\x00",
    "x",
    "<svg>",
    "<title>",
    "<td",
    "colspan=99999999>",
    "<?xml",
    "encoding='x'?>",
    "<![CDATA[",
    "<p",
    "style='display:none'>",
]


@settings(max_examples=100, deadline=None, suppress_health_check=[HealthCheck.too_slow])
@given(
    st.lists(
        st.sampled_from(ODD_HTML),
        max_size=25,
    ).map("".join)
)  # fmt: skip
def test_nothing_in_html_makes_its_text_or_its_outline_fail(html: str) -> None:
    assert isinstance(html_to_text(html), str)
    assert isinstance(outline(html).text, str)
