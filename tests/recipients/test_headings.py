"""Headings to field names that templates take."""

from __future__ import annotations

import keyword

import jinja2
import pytest
from hypothesis import given
from hypothesis import strategies as st

from smtpdesk.recipients.columns import heading_rank
from smtpdesk.recipients.headings import field_names


@pytest.mark.parametrize(
    ("label", "name"),
    [
        ("First name", "first_name"),
        ("E-Mail", "e_mail"),
        ("Straße & Nr.", "strasse_nr"),
        ("Größe", "grosse"),
        ("Łódź", "lodz"),
        ("Ærøskøbing", "aeroskobing"),
        ("naïve İstanbul", "naive_istanbul"),
        ("Nguyễn", "nguyen"),
        ("Имя", "имя"),
        ("й", "й"),
        ("名前", "名前"),
        ("हिन्दी", "हिन्दी"),
        ("اسم", "اسم"),
        ("2nd name", "column_2nd_name"),
        ("100 %", "column_100"),
        ("", "column_1"),
        ("  ", "column_1"),
        ("!!!", "column_1"),
        ("__", "column_1"),
        ("class", "class_"),
        ("From", "from_"),
        ("loop", "loop_"),
        ("None", "none_"),
        ("l·l", "l_l"),
    ],
)
def test_a_heading_becomes_a_name(label: str, name: str) -> None:
    assert field_names([label], None) == (name,)


def test_names_are_unique_in_the_order_of_the_file() -> None:
    labels = ["Name", "name", "NAME", "", "column_4"]
    assert field_names(labels, None) == ("name", "name_2", "name_3", "column_4", "column_4_2")


def test_email_is_kept_for_the_column_with_the_addresses() -> None:
    assert field_names(["Email", "Correo"], 1) == ("email_2", "correo")
    assert field_names(["Email", "Correo"], 0) == ("email", "correo")
    assert field_names(["", ""], 1) == ("column_1", "email")


@given(st.lists(st.text(max_size=20), min_size=1, max_size=6))
def test_any_headings_become_names_that_templates_take(labels: list[str]) -> None:
    names = field_names(labels, 0)
    assert len(set(names)) == len(labels)
    environment = jinja2.Environment(undefined=jinja2.StrictUndefined)
    for name in names:
        assert name.isidentifier()
        assert not keyword.iskeyword(name)
        assert environment.from_string("{{ " + name + " }}").render({name: "x"}) == "x"


@pytest.mark.parametrize(
    "label",
    [
        *("email", "E-Mail", "e-mail address", "E-Mail-Adresse", "Mail", "Adresse électronique", "Courriel"),
        *("Correo electrónico", "Endereço de e-mail", "Indirizzo e-mail", "E-mailadres", "E-post", "Sähköposti"),
        *("Adres e-mail", "E-mailová adresa", "E-mail cím", "Эл. почта", "Электронная почта", "メールアドレス"),
        *("电子邮件", "電子郵件", "이메일", "البريد الإلكتروني", 'דוא"ל', "Ηλεκτρονικό ταχυδρομείο"),
    ],
)
def test_headings_of_many_languages_say_that_addresses_are_under_them(label: str) -> None:
    assert heading_rank(label) == 3


@pytest.mark.parametrize(("label", "rank"), [("Work email", 2), ("Email 2", 1), ("CC email", 1), ("Name", 0), ("", 0)])
def test_other_headings_say_less(label: str, rank: int) -> None:
    assert heading_rank(label) == rank
