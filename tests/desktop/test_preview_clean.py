"""The HTML of a message is parsed and written anew: what could act is gone, what can be seen stays."""

from __future__ import annotations

import asyncio
import time

import pytest

from smtpdesk.desktop.preview import css
from smtpdesk.desktop.preview.clean import TooMuch, clean
from smtpdesk.desktop.preview.guard import fine_sites, is_public, site


@pytest.mark.parametrize(
    "hostile",
    [
        '<link rel="preconnect" href="http://x.example">',
        "<LINK REL=preconnect HREF=//x.example>",
        "<link\nrel=dns-prefetch\thref=http://x.example/>",
        '<svg><style><p><link rel="preconnect" href="http://x.example"></style></svg>',
        "<svg><style/><link rel=preconnect href=http://x.example></svg>",
        "<svg><title><p><link rel=preconnect href=http://x.example></title></svg>",
        "<svg><textarea><p><link rel=preconnect href=http://x.example></textarea></svg>",
        "<math><annotation-xml encoding=text/html><link rel=preconnect href=http://x.example></annotation-xml></math>",
        "<!--><link rel=preconnect href=http://x.example>-->",
        "<![CDATA[><link rel=preconnect href=http://x.example>]]>",
        "<noscript><link rel=preconnect href=http://x.example></noscript>",
        "<template><link rel=preconnect href=http://x.example></template>",
        '<iframe srcdoc="&lt;link rel=preconnect href=http://x.example&gt;"></iframe>',
        '<p title="</p><link rel=preconnect href=http://x.example>">text</p>',
        "<base href=http://x.example/>",
        '<meta http-equiv="refresh" content="0;url=http://x.example">',
        "<script src=http://x.example/a.js></script>",
        "<script>fetch('http://x.example')</script>",
        "<object data=http://x.example></object><embed src=http://x.example>",
        '<form action="http://x.example"><button formaction="http://x.example">go</button></form>',
        '<a ping="http://x.example" attributionsrc="http://x.example">link</a>',
    ],
)
def test_nothing_of_what_could_open_a_connection_is_left(hostile: str) -> None:
    kept = clean(f"<body><p>before</p>{hostile}</body>").html.lower()
    assert "before" in kept
    # Inside an attribute's value or as text the words may stand; as a tag, an address or an action they may not.
    for word in ("<link", "<base", "<script", "<iframe", "<object", "<embed", "http-equiv", "srcdoc", "ping="):
        assert word not in kept
    assert "action" not in kept


def test_handlers_are_dropped_and_values_cannot_break_out() -> None:
    kept = clean("""<p onclick="x()" title='"><link rel=preconnect href=//x>'>hi</p>""").html
    assert "onclick" not in kept
    assert kept == '<p title="&quot;&gt;&lt;link rel=preconnect href=//x&gt;">hi</p>'


def test_an_ordinary_mail_keeps_its_shape() -> None:
    mail = (
        "<!DOCTYPE html><html><head><title>News</title><style>p > b { color: red }</style></head>"
        '<body bgcolor="#fff"><table width="100%"><tr><td>A &amp; B<br>'
        '<img src="cid:logo" alt=""></td></tr></table></body></html>'
    )
    kept = clean(mail).html
    assert kept == mail.replace("<title>News</title>", "")


def test_outlook_comments_around_a_style_sheet_do_not_break_it() -> None:
    kept = clean("<style><!-- p { color: red } --></style>").html
    assert "p { color: red }" in kept
    assert "<!--" not in kept


def test_a_tag_hidden_in_a_style_sheet_becomes_a_css_escape_and_a_range_stays() -> None:
    sheet = '@media (width <= 600px) { a { background: url("data:image/svg+xml,<svg/>") } }'
    assert css.defused(sheet) == sheet.replace("<svg", "\\3c svg")


def test_dark_mode_is_answered_in_the_style_sheet() -> None:
    mail = "<style>@media (prefers-color-scheme: dark) { p { color: white } }</style><p>x</p>"
    assert "(min-width: 0px)" in clean(mail, dark=True).html
    assert "(max-width: 0px)" in clean(mail, dark=False).html
    assert clean(mail).knows_dark
    assert not clean("<p>x</p>").knows_dark
    assert not clean("<style>/* (prefers-color-scheme: dark) */</style>").knows_dark


def test_a_declared_colour_scheme_is_narrowed_to_the_one_shown() -> None:
    mail = '<meta name="color-scheme" content="light dark"><style>:root { color-scheme: light dark }</style>'
    dark, light = clean(mail, dark=True).html, clean(mail, dark=False).html
    assert 'content="dark"' in dark
    assert "color-scheme: dark" in dark
    assert 'content="light"' in light
    assert "color-scheme: light" in light


def test_pictures_of_the_internet_are_counted_once_each() -> None:
    mail = """
      <img src="https://a.example/1.png"><img src="https://a.example/1.png"><img src="cid:logo">
      <img srcset="http://a.example/2.png 1x, http://a.example/3.png 2x" src="data:image/gif;base64,R0">
      <td background="http://a.example/4.png"><p style="background:url('http://a.example/5.png')">
      <style>@import url(http://a.example/x.css); @font-face { src: url(http://a.example/f.woff) }
        /* url(http://a.example/no.png) */ div { background: url("http://a.example/6.png") }</style>
      <svg><image href="http://a.example/7.png"/></svg><a href="http://a.example/page">page</a>
    """
    assert sorted(address[-5] for address in clean(mail).pictures) == list("1234567")


@pytest.mark.parametrize(
    "address",
    [
        "127.0.0.1", "10.1.2.3", "192.168.1.1", "172.16.0.1", "169.254.169.254", "0.0.0.0", "100.64.0.1", "224.0.0.1",
        "255.255.255.255", "::1", "fe80::1", "fe80::1%eth0", "fc00::1", "::ffff:127.0.0.1", "64:ff9b::7f00:1",
        "2002:7f00:1::", "2001:0:4136:e378:8000:63bf:3fff:fdd2", "ff02::1", "nonsense",
    ],
)  # fmt: skip
def test_addresses_of_this_computer_and_its_network_are_not_public(address: str) -> None:
    assert not is_public(address)


@pytest.mark.parametrize("address", ["93.184.216.34", "8.8.8.8", "2606:2800:220:1:248:1893:25c8:1946"])
def test_addresses_of_the_internet_are_public(address: str) -> None:
    assert is_public(address)


def test_a_site_is_host_and_port_of_http_and_https_only() -> None:
    assert site("https://A.example/x.png") == ("a.example", 443)
    assert site("http://a.example:8080/x.png") == ("a.example", 8080)
    assert site("ftp://a.example/x.png") is None
    assert site("http://a.example:99999/") is None
    assert site("file:///etc/passwd") is None


def test_names_that_stand_for_this_computer_are_refused_however_they_are_written() -> None:
    names = ["http://localhost/a.png", "http://2130706433/a.png", "http://127.1/a.png", "http://[::1]/a.png"]
    assert asyncio.run(fine_sites(names)) == set()


HOSTILE = [
    "<a ", "<!--", "<!-- -->", "<!", "<?", "</", "</a ", "<a b=", "<a b='", '<a b="', "<a/", "<", "&", "&#", "&#9",
    "&#x9", "<style>", "<script>", "<title>", "<textarea>", "<style>url(", "<p style='", "<svg><style/>",
    "<img srcset='a,", "<table><tr><td>", "\x00<b>", "<a b=c ", "<!doctype html ",
]  # fmt: skip
SHEETS = [
    "url(", "url( ", 'url("', "url('", "url(x ", "@import ", "@font-face{", "@font-face ", "/*", "*/", "( ", "<",
    "<!--",
    "color-scheme: ", "color-scheme:light ", "(prefers-color-scheme:", "url(  \t",
]  # fmt: skip


def _seconds(text: str) -> float:
    began = time.thread_time()
    clean(text)
    return time.thread_time() - began


@pytest.mark.parametrize("piece", [*HOSTILE, *(f"<style>{sheet}" for sheet in SHEETS)])
@pytest.mark.parametrize("attribute", [False, True])
def test_cleaning_takes_as_long_as_there_is_text_and_no_longer(piece: str, attribute: bool) -> None:
    """Four times the text in processor time: four times as long, where a quadratic pattern takes sixteen times."""
    first, _style, repeated = piece.rpartition("<style>") if piece.startswith("<style>") else ("", "", piece)
    head = "<style>" if piece.startswith("<style>") else ""
    if attribute:
        head, repeated = '<p style="', (repeated or piece).replace('"', "'")

    def text(length: int) -> str:
        return head + first + (repeated or piece) * (length // len(repeated or piece))

    assert any(_seconds(text(160_000)) < 9 * max(_seconds(text(40_000)), 0.02) for _again in range(3))


def test_a_number_of_thousands_of_digits_is_a_character_that_does_not_exist() -> None:
    nines = "9" * 6000
    made = clean(f"<p title='&#{nines};'>&#{'0' * 6000}65;&#{nines};</p>").html
    assert made == '<p title="\ufffd">A\ufffd</p>'


@pytest.mark.parametrize(
    ("html", "kept"),
    [
        ("<p>a<!-- b --!>c</p>", "<p>ac</p>"),
        ("a<!-->b<!--->c", "abc"),
        ("a<!-- never closed <p>b</p>", "a"),
        ("a <3 b < c", "a &lt;3 b &lt; c"),
        ("<P CLASS=x>b</P >", '<p class="x">b</p>'),
        ("<a href='1' href='2'>b</a>", '<a href="1">b</a>'),
        ("a<b c='never closed>d", "a"),
        ("<br/>a<img src=x/>", '<br/>a<img src="x/">'),
        ("a</>b</ c>d", "abd"),
        ("<style>a > b { c: 'd' }</STYLE >e", "<style>a > b { c: 'd' }</style>e"),
        ("<title><p>a</title>b", "b"),
    ],
)
def test_what_is_written_follows_the_standard(html: str, kept: str) -> None:
    assert clean(html).html == kept


def test_cleaning_ends_when_nobody_wants_it() -> None:
    asked: list[int] = []

    def unwanted() -> bool:
        asked.append(1)
        return len(asked) > 2

    with pytest.raises(TooMuch):
        clean("<p>x</p>" * 50_000, unwanted=unwanted)
    assert len(asked) == 3


def test_cleaning_ends_when_it_takes_too_long_or_is_too_large(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("smtpdesk.desktop.preview.clean.PATIENCE", -1.0)
    with pytest.raises(TooMuch):
        clean("<p>x</p>" * 50_000)
    monkeypatch.setattr("smtpdesk.desktop.preview.clean.LONGEST", 10)
    with pytest.raises(TooMuch):
        clean("<p>x</p><p>x</p>")


@pytest.mark.parametrize(
    ("sheet", "found"),
    [
        ("a{background:url(http://x.example/a.png)}", ["http://x.example/a.png"]),
        ("a{b:url( 'http://x.example/a b.png' )}", ["http://x.example/a b.png"]),
        (
            'a{b:URL("http://x.example/)a.png")} c{d:url(http://y.example)}',
            ["http://x.example/)a.png", "http://y.example"],
        ),
        ("a{b:url('never closed} c{d:url(http://y.example)}", ["http://y.example"]),
    ],
)
def test_addresses_of_pictures_in_a_sheet(sheet: str, found: list[str]) -> None:
    assert css.pictures(sheet) == found
