"""Encodings: marks, UTF-8 by trial, guesses that say so, and refusals that name the line."""

from __future__ import annotations

import codecs
from pathlib import Path

import pytest

from smtpdesk.base.errors import InputError
from smtpdesk.recipients import Choices, look, read
from smtpdesk.recipients.guess import guess
from tests.recipients.helpers import SPREADSHEETS, everyone, file

WESTERN = ["Jürgen", "François", "Íñigo Núñez", "Søren Ærø"]

#: Names as people of different languages have them, in the encodings their programs wrote.
SAMPLES = {
    "cp1252 de": "Jürgen;Köln\nRenée;Düsseldorf\nMüller & Söhne;Straße 5 – €\n",
    "cp1252 fr": "Hélène;Orléans\nFrançois;Besançon\nNoël;Angoulême\n",
    "cp1252 es": "José Núñez\nÍñigo Peña\n",
    "cp1252 mixed": "Renée Müller\nJosé Ñandú\nBjörk Guðmundsdóttir\nÅsa Ødegård\nJoão\n",
    "cp1252 one": "Jürgen\n",
    "cp1252 signs": "O’Brien – “x”\n",
    "cp1250 pl": "Łukasz Żak;Łódź\nPaweł;Gdańsk\nŚwiętosława Wójcik;Częstochowa\n",
    "cp1250 cs": "Jiří Dvořák\nTomáš Černý\nZdeněk Růžička\n",
    "cp1250 hu": "Szűcs Ödön\nGyőri Ágnes\n",
    "cp1254 tr": "Ayşe Yılmaz\nGüneş Çağlar\n",
    "cp1257 lt": "Žydrūnas Šimkus\nEglė Čepaitė\n",
    "mac_roman de": "Jürgen;Köln\nRenée;Düsseldorf\n",
    "cp850 de": "Jürgen;Köln\nRenée;Düsseldorf\n",
    "cp852 pl": "Łukasz Żak;Łódź\nPaweł;Gdańsk\n",
    "cp1251 ru": "Иван;Москва\nОльга;Санкт-Петербург\n",
    "koi8_r ru": "Иван;Москва\nОльга;Санкт-Петербург\n",
    "cp1253 el": "Γιώργος\nΕλένη Παπαδοπούλου\n",
    "cp1255 he": "יעל כהן\nדוד לוי\n",
    "cp1256 ar": "محمد علي\nفاطمة\n",
    "cp932 ja": "メール;名前\n田中愛子\n佐藤 健\n",
    "gb18030 zh": "邮箱;姓名\n王小明\n李华\n",
    "big5 zh": "電子郵件;姓名\n陳大文\n林志玲\n",
    "euc_kr ko": "이메일;이름\n김민수\n이영희\n",
}


@pytest.mark.parametrize("sample", SAMPLES)
def test_an_encoding_is_guessed_from_a_few_names(sample: str) -> None:
    content = SAMPLES[sample].encode(sample.split()[0])
    assert content.decode(guess(content)) == SAMPLES[sample]


@pytest.mark.parametrize("name", ["utf8", "cp1252", "mac_roman", "cp850", "utf16"])
def test_the_same_list_is_read_from_every_encoding(name: str) -> None:
    rows = everyone(SPREADSHEETS / f"western-{name}.csv")
    assert [row.fields["vorname"] for row in rows] == WESTERN
    assert rows[0].fields["strasse"] == "Größe Gasse 5, Hof"
    assert rows[2].fields["strasse"] == 'sagt "hallo"'
    assert [row.line for row in rows] == [2, 3, 4, 5]


@pytest.mark.parametrize("name", ["western-cp1252", "polish-cp1250", "russian-cp1251", "western-cp850"])
def test_a_guess_says_that_it_is_one(name: str) -> None:
    shape = look(SPREADSHEETS / f"{name}.csv").shape
    assert shape.encoding == name.split("-")[1]
    (finding,) = [finding for finding in shape.findings if finding.code == "recipients.encoding-guessed"]
    assert shape.encoding in finding.title


def test_other_alphabets_keep_their_letters_in_field_names() -> None:
    shape = look(SPREADSHEETS / "russian-cp1251.csv").shape
    assert (shape.columns, shape.address_column) == (("почта", "имя", "город"), "почта")


@pytest.mark.parametrize(
    ("mark", "codec", "shown"),
    [
        (codecs.BOM_UTF8, "utf-8", "utf-8"),
        (codecs.BOM_UTF16_LE, "utf-16-le", "utf-16"),
        (codecs.BOM_UTF16_BE, "utf-16-be", "utf-16"),
        (codecs.BOM_UTF32_LE, "utf-32-le", "utf-32"),
        (codecs.BOM_UTF32_BE, "utf-32-be", "utf-32"),
        (b"", "utf-16-le", "utf-16-le"),
        (b"", "utf-16-be", "utf-16-be"),
    ],
)
def test_marks_and_wide_encodings_are_recognised(mark: bytes, codec: str, shown: str, tmp_path: Path) -> None:
    content = mark + "email,name\nana@example.com,Zoë\n".encode(codec)
    path = file(tmp_path, content)
    shape = look(path).shape
    assert (shape.encoding, shape.columns) == (shown, ("email", "name"))
    assert [(row.fields["name"], row.line) for row in everyone(path)] == [("Zoë", 2)]


def test_a_mark_does_not_become_part_of_the_first_heading_when_the_encoding_is_chosen(tmp_path: Path) -> None:
    path = file(tmp_path, codecs.BOM_UTF8 + b"email\nana@example.com\n")
    assert look(path, Choices(encoding="UTF-8")).shape.labels == ("email",)


def test_plain_utf8_is_read_without_a_word(tmp_path: Path) -> None:
    shape = look(file(tmp_path, "email,name\nana@example.com,Zoë\n")).shape
    assert (shape.encoding, shape.findings) == ("utf-8", ())


def test_an_encoding_is_shown_under_its_own_name_whatever_the_spelling(tmp_path: Path) -> None:
    assert look(SPREADSHEETS / "western-mac_roman.csv").shape.encoding == "mac-roman"
    path = file(tmp_path, "email\nana@example.com\n")
    assert look(path, Choices(encoding="Latin1")).shape.encoding == "iso8859-1"


def test_an_encoding_can_be_chosen(tmp_path: Path) -> None:
    path = file(tmp_path, "email,name\nana@example.com,Žofie\n".encode("cp1250"))
    assert everyone(path, Choices(encoding="cp1250"))[0].fields["name"] == "Žofie"
    assert look(path, Choices(encoding="cp1250")).shape.findings == ()


@pytest.mark.parametrize("name", ["klingon-8", "base64", ""])
def test_an_encoding_that_does_not_exist_is_refused(name: str, tmp_path: Path) -> None:
    path = file(tmp_path, "email\nana@example.com\n")
    if not name:
        assert look(path, Choices(encoding=name)).shape.encoding == "utf-8"
        return
    with pytest.raises(InputError) as caught:
        look(path, Choices(encoding=name))
    assert caught.value.code == "recipients.unknown-encoding"


def test_a_chosen_encoding_that_does_not_fit_is_refused_at_its_line(tmp_path: Path) -> None:
    path = file(tmp_path, "email,name\nana@example.com,Ana\nbo@example.com,Zoë\n".encode("cp1252"))
    with pytest.raises(InputError) as caught:
        everyone(path, Choices(encoding="utf-8"))
    assert caught.value.code == "recipients.encoding"
    assert caught.value.where == f"{path}:3:18"


def test_one_bad_line_in_a_utf8_file_does_not_garble_all_the_others(tmp_path: Path) -> None:
    good = "".join(f"p{number}@example.com,Zoë\n" for number in range(20))
    path = file(tmp_path, b"email,name\n" + good.encode() + b"bo@example.com,Ren\xe9\n" + good.encode())
    with pytest.raises(InputError) as caught:
        read(path)
    assert caught.value.code == "recipients.mixed-encoding"
    assert caught.value.where == f"{path}:22:19"


def test_an_encoding_that_shows_only_far_down_is_found_when_all_is_read(tmp_path: Path) -> None:
    many = b"".join(b"person%06d@example.com,Somebody Withaname\n" % number for number in range(40_000))
    path = file(tmp_path, b"email,name\n" + many + "ana@example.de,Jürgen\n".encode("cp1252"))
    assert path.stat().st_size > 1 << 20
    reading = read(path)
    assert reading.shape.encoding == "cp1252"
    assert [chunk[-1].fields["name"] for chunk in reading.chunks()][-1] == "Jürgen"
