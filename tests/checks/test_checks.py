from __future__ import annotations

import inspect

import pytest

from smtpdesk.base.errors import Cancelled
from smtpdesk.checks import all_checks, run_checks
from smtpdesk.domain.finding import Finding, Severity
from smtpdesk.domain.profile import Profile, Relay
from smtpdesk.domain.recipient import Recipient, RowState
from tests.checks.making import Checked


def test_every_check_has_a_place_a_title_and_looks_at_a_context() -> None:
    checks = all_checks()
    assert len(checks) >= 10
    assert len({check.ORDER for check in checks}) == len(checks)
    for check in checks:
        assert check.title().strip()
        assert list(inspect.signature(check.check).parameters) == ["context"]
        assert inspect.getdoc(check)


def test_a_good_campaign_has_no_findings(checked: Checked) -> None:
    assert checked.findings() == {}


def test_the_rows_are_walked_and_the_campaign_compiled_once(checked: Checked) -> None:
    checked.findings()
    assert (checked.read, checked.compiled) == (1, 1)


def test_the_worst_comes_first(checked: Checked) -> None:
    checked.suppressed = {"p0@x.example"}
    checked.rows.append(Recipient("", {}, 9, RowState.EMPTY, "no address"))
    checked.put("message.html", "{{ nope }}")
    severities = [finding.severity for finding in run_checks(checked.context())]
    assert severities == [Severity.ERROR, Severity.WARNING, Severity.INFO]


def test_nobody_to_send_to(checked: Checked) -> None:
    checked.rows = []
    assert checked.findings()["recipients.none"].severity is Severity.ERROR


def test_everybody_suppressed_is_nobody_to_send_to(checked: Checked) -> None:
    checked.suppressed = {"p0@x.example", "p1@x.example"}
    found = checked.findings()
    assert found["recipients.suppressed"].count == 2
    assert "recipients.none" in found


def test_rows_set_aside_are_named(checked: Checked) -> None:
    checked.rows += [Recipient(f"x{n}", {}, 10 + n, RowState.INVALID, "has no @") for n in range(13)]
    checked.rows.append(Recipient("p0@x.example", {}, 40, RowState.DUPLICATE, "as in row 2"))
    found = checked.findings()
    invalid = found["recipients.invalid"]
    assert invalid.title == "13 rows have no address that can be mailed."
    assert invalid.consequence == "They are set aside and will not be mailed. Your file is untouched."
    assert (invalid.count, invalid.rows[0].line, invalid.rows[0].detail) == (13, 10, "has no @")
    assert found["recipients.duplicate"].title == "1 row repeats an address that is there already."


def test_what_was_seen_while_reading_is_passed_on(checked: Checked) -> None:
    checked.shape_findings = [Finding("recipients.encoding", Severity.INFO, "Read as Windows-1252.")]
    assert "recipients.encoding" in checked.findings()


def test_at_most_a_thousand_rows_are_kept_but_all_are_counted(checked: Checked) -> None:
    checked.people(1_200, first_name="")
    finding = checked.findings()["message.empty-field"]
    assert (len(finding.rows), finding.count) == (1_000, 1_200)
    assert "1,200 people" in finding.title


@pytest.mark.parametrize("value", ["", "nobody"])
def test_no_sender(checked: Checked, value: str) -> None:
    checked.profiles = [Profile("sandbox", Relay("127.0.0.1", 25))]
    found = checked.findings(from_header=value)
    assert found["message.bad-from"].severity is Severity.ERROR
    assert "campaign.toml" in found["message.bad-from"].where


def test_the_sender_of_the_profile_will_do(checked: Checked) -> None:
    context = checked.context(from_header="")
    good = checked.context().compile
    context.compile = good
    assert run_checks(context) == []


def test_profiles_that_are_not_there(checked: Checked) -> None:
    found = checked.findings(profiles=("sandbox", "office"))
    assert "office" in found["profile.missing"].title
    checked.profiles = []
    assert "profile.none" in checked.findings(profiles=())


def test_a_mistake_in_the_template_is_one_finding_with_its_place(checked: Checked) -> None:
    checked.put("message.html", "a\n{{ first_name }\n")
    found = checked.findings()
    assert list(found) == ["message.template-syntax"]
    assert found["message.template-syntax"].where == "message.html:2"


def test_no_message_at_all(checked: Checked) -> None:
    assert checked.findings(html="")["message.empty"].severity is Severity.ERROR


def test_a_missing_field_is_one_finding_with_all_rows(checked: Checked) -> None:
    checked.put("message.html", "<p>\n{{ frist_name }}</p>")
    finding = checked.findings()["message.missing-field"]
    assert (finding.severity, finding.count, finding.where) == (Severity.ERROR, 2, "message.html:2")
    assert [row.line for row in finding.rows] == [2, 3]
    assert "first_name" in finding.advice


def test_a_field_that_some_rows_lack_names_those(checked: Checked) -> None:
    checked.put("message.html", "{% if first_name == 'Cy' %}{{ town }}{% endif %}x")
    checked.rows.append(Recipient("cy@x.example", {"first_name": "Cy"}, 99))
    finding = checked.findings()["message.missing-field"]
    assert (finding.count, finding.rows[0].line, finding.rows[0].address) == (1, 99, "cy@x.example")


def test_an_empty_field_says_what_people_would_read(checked: Checked) -> None:
    checked.put("message.html", "<p>You bought it at {{ shop }}, and we kept it.</p>")
    checked.people(12, shop=" ")
    checked.rows.append(Recipient("full@x.example", {"shop": "Graz"}, 99))
    finding = checked.findings()["message.empty-field"]
    assert finding.title == "“shop” is empty for 12 people."
    assert finding.consequence == "They would read “You bought it at , and we kept it.”."
    assert '{{ shop | fallback("…") }}' in finding.advice
    assert (finding.severity, finding.where) == (Severity.WARNING, "message.html:1")


def test_an_empty_field_with_a_fallback_or_a_condition_is_fine(checked: Checked) -> None:
    checked.put("message.html", '{{ shop | fallback("us") }}{% if shop %}{{ shop }}{% endif %}{{ shop or "x" }}')
    checked.people(3, shop="")
    assert checked.findings() == {}


def test_a_field_that_only_ever_shows_its_fallback(checked: Checked) -> None:
    checked.put("message.html", 'Hi {{ frist_name | fallback("friend") }}')
    assert "frist_name" in checked.findings()["message.only-fallback"].title


def test_attachments_that_are_missing_name_their_rows(checked: Checked) -> None:
    checked.put("invoices/1.pdf", "x")
    checked.rows = [Recipient(f"p{n}@x.example", {"first_name": "Bo", "n": str(n)}, n) for n in (1, 2, 3)]
    finding = checked.findings(attachments=("invoices/{{ n }}.pdf",))["message.attachment-missing"]
    assert (finding.severity, finding.count) == (Severity.ERROR, 2)
    assert [row.line for row in finding.rows] == [2, 3]
    assert "invoices/2.pdf" in finding.rows[0].detail


def test_values_that_cannot_stand_in_a_header_name_their_rows(checked: Checked) -> None:
    checked.rows.append(Recipient("x@x.example", {"first_name": "Bo\nBcc: y@x.example"}, 99))
    finding = checked.findings(subject="Hi {{ first_name }}")["message.control-character"]
    assert [row.line for row in finding.rows] == [99]


def test_a_template_without_end_is_told_soon(checked: Checked) -> None:
    checked.put("message.html", "{% for a in range(99999) %}{% for b in range(99999) %}{% endfor %}{% endfor %}")
    checked.people(500, first_name="x")
    finding = checked.findings()["message.template-endless"]
    assert finding.count == 3


def test_subjects_that_are_empty_or_long(checked: Checked) -> None:
    assert checked.findings(subject="")["message.no-subject"].count == 2
    checked.rows.append(Recipient("x@x.example", {"first_name": "Bo" * 90}, 99))
    finding = checked.findings(subject="Hi {{ first_name }}")["message.long-subject"]
    assert [row.line for row in finding.rows] == [99]


@pytest.mark.parametrize(
    "mark", ["[[name]]", "%NAME%", "{name}", "<<name>>", "*|FNAME|*", "${name}", "%%name%%", "{{ name }}"]
)
def test_placeholders_of_other_programs(checked: Checked, mark: str) -> None:
    raw = f"{{% raw %}}{mark}{{% endraw %}}".replace("<", "&lt;").replace(">", "&gt;")
    checked.put("message.html", f"<style>a {{color:red}}</style><p>Dear {raw}, hello</p>")
    finding = checked.findings()["message.placeholder"]
    assert (finding.severity, mark in finding.title) == (Severity.WARNING, True)
    plain = mark if not mark.startswith("{{") else f"{{% raw %}}{mark}{{% endraw %}}"
    checked.put("message.html", "x")
    assert "message.placeholder" in checked.findings(subject=f"Hi {plain}")


@pytest.mark.parametrize(
    "text", ["50% of 100%", "a {b c} d", "{{ first_name }}", "[1] [[2]]", "x << y >> z", "«Wort»", "100 %", "{}"]
)
def test_what_only_looks_like_a_placeholder_is_left_alone(checked: Checked, text: str) -> None:
    checked.put("message.html", f"<p>{text.replace('<<', '&lt;&lt;').replace('>>', '&gt;&gt;')}</p>")
    assert "message.placeholder" not in checked.findings()


def test_a_placeholder_in_a_persons_own_data_is_theirs(checked: Checked) -> None:
    checked.people(2, first_name="{Bo}")
    assert checked.findings() == {}


def test_messages_that_are_too_large(checked: Checked) -> None:
    checked.put("attachments/big.bin", b"x" * 9_000_000)
    finding = checked.findings(attachments=("big.bin",))["message.large"]
    assert (finding.severity, finding.count) == (Severity.WARNING, 2)
    assert "12." in finding.consequence
    checked.put("attachments/big.bin", b"x" * 20_000_000)
    assert checked.findings(attachments=("big.bin",))["message.too-large"].severity is Severity.ERROR


def test_html_that_gmail_cuts_off(checked: Checked) -> None:
    checked.put("message.html", "<p>x</p>" + "<!-- padding -->" * 7_000)
    assert "message.clipped" in checked.findings()


def test_no_way_to_leave_is_told_from_fifty_people_on(checked: Checked) -> None:
    checked.put("message.html", "x")
    checked.people(49)
    assert checked.findings(unsubscribe="") == {}
    checked.people(50)
    finding = checked.findings(unsubscribe="")["message.no-unsubscribe"]
    assert (finding.severity, finding.count) == (Severity.WARNING, 50)
    assert "Gmail" in finding.consequence
    assert checked.findings()["message.hidden-unsubscribe"].severity is Severity.INFO


def test_very_many_people_want_one_click(checked: Checked) -> None:
    checked.put("message.html", "<p>{{ unsubscribe_url }}</p>")
    checked.people(5_000)
    assert list(checked.findings(unsubscribe="mailto:leave@x.example")) == ["message.no-one-click"]
    assert checked.findings() == {}


@pytest.mark.parametrize(
    ("link", "code"),
    [
        ('<a href="">x</a>', "message.link-empty"),
        ('<a href="#">x</a>', "message.link-empty"),
        ("<a>x</a>", "message.link-empty"),
        ('<a href="http://localhost:8000/x">x</a>', "message.link-local"),
        ('<a href="https://192.168.1.7/x">x</a>', "message.link-local"),
        ('<a href="page.html">x</a>', "message.link-nowhere"),
        ('<a href="www.x.example">x</a>', "message.link-nowhere"),
        ('<a href="javascript:alert(1)">x</a>', "message.link-nowhere"),
        ('<a href="https://[x">x</a>', "message.link-nowhere"),
        ('<a href="https://www.example.com/">x</a>', "message.link-sample"),
        ('<a href="http://x.example">x</a>', "message.link-plain"),
    ],
)
def test_links_that_do_not_work(checked: Checked, link: str, code: str) -> None:
    checked.put("message.html", f"<p>Hi {link}</p>")
    finding = checked.findings()[code]
    assert finding.count == 1
    assert finding.severity is (Severity.INFO if code == "message.link-plain" else Severity.WARNING)


@pytest.mark.parametrize(
    "address", ["https://x.example/a", "mailto:a@x.example", "tel:+4312345", "#part", "sms:+4312345"]
)
def test_links_that_work(checked: Checked, address: str) -> None:
    checked.put("message.html", f'<p>Hi <a href="{address}">x</a><a name="part"></a></p>')
    assert checked.findings() == {}


def test_images_without_words_or_out_of_reach(checked: Checked) -> None:
    checked.put("a.png", b"x")
    checked.put("message.html", 'x<img src="a.png"><img src="a.png" alt=""><img alt="b" src="/srv/pictures/b.png">')
    found = checked.findings()
    assert found["message.image-no-alt"].title == "1 image has no alternative text: “a”."
    assert found["message.image-unreachable"].severity is Severity.ERROR
    assert "/srv/pictures/b.png" in found["message.image-unreachable"].title


def test_a_message_with_nothing_to_read(checked: Checked) -> None:
    checked.put("message.html", "<p>{{ first_name }}</p>")
    checked.rows.append(Recipient("x@x.example", {"first_name": ""}, 99))
    finding = checked.findings()["message.nothing-to-read"]
    assert (finding.severity, finding.count, finding.rows[0].line) == (Severity.ERROR, 1, 99)


def test_progress_is_told_and_grows(checked: Checked) -> None:
    checked.people(1_000, first_name="x")
    told: list[tuple[int, float | None]] = []
    run_checks(checked.context(), progress=lambda done, share: told.append((done, share)))
    assert told == sorted(told)
    assert len(told) > 3
    assert told[-1] == (1_000, 1.0)


def test_a_check_can_be_cancelled(checked: Checked) -> None:
    checked.people(1_000, first_name="x")
    with pytest.raises(Cancelled) as caught:
        run_checks(checked.context(), cancelled=lambda: True)
    assert caught.value.code == "checks.cancelled"
