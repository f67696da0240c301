"""The command line as people script against it: names, exit statuses, JSON lines, words instead of tracebacks."""

from __future__ import annotations

import json
from pathlib import Path

import pytest

from smtpdesk.base.paths import STATE_VARIABLE, state_folder
from smtpdesk.base.starting import importing
from smtpdesk.cli.commands.demo import _for_a_while
from smtpdesk.cli.main import app
from tests.scenarios.campaigns import Program, make_campaign, people
from tests.servers.proc import run_cli


@pytest.fixture
def program(workspace: Path) -> Program:
    return Program(workspace)


def test_every_command_of_the_contract_is_there_with_help_and_an_example() -> None:
    wanted = [
        *("demo", "sandbox", "check", "render", "send", "report", "retry"),
        *("profile add", "profile list", "profile show", "profile remove", "profile test"),
        *("list import", "list show", "list remove"),
    ]
    from typer.testing import CliRunner

    for command in wanted:
        shown = CliRunner().invoke(app, [*command.split(), "--help"])
        assert shown.exit_code == 0, command
        assert "Example:" in shown.output, command
        assert "--workspace" in shown.output, command


def test_wrong_usage_ends_with_2(program: Program, tmp_path: Path) -> None:
    assert program("send").status == 2
    assert program("nonsense").status == 2
    missing = program("check", tmp_path / "nowhere", "--json")
    assert missing.status == 2
    assert missing.json[-1]["code"] == "campaign.missing"
    assert "Traceback" not in missing.stdout + missing.stderr


def test_an_error_in_campaign_toml_names_line_and_column(program: Program, tmp_path: Path) -> None:
    folder = make_campaign(tmp_path / "c", people(1))
    (folder / "campaign.toml").write_text('name = "x"\nsubject = "unfinished\n', encoding="utf-8")
    ran = program("check", folder, "--json")
    assert ran.status == 2
    assert "campaign.toml:2" in ran.json[-1]["where"], ran


def test_a_missing_field_is_found_before_anything_is_sent(program: Program, tmp_path: Path) -> None:
    folder = make_campaign(tmp_path / "c", people(3), html="<p>Hello {{ frist_name }}</p>", profile="sandbox")
    ran = program("send", folder, "--yes", "--json")
    assert ran.status == 3, ran
    finding = next(item for item in ran.json if item["event"] == "finding" and item["severity"] == "error")
    assert "frist_name" in finding["title"] + finding["consequence"] + finding["advice"]
    assert "message.html" in finding["where"]
    assert program("report", folder).status != 0, "there is no run"


def test_profiles_are_added_shown_listed_and_removed(program: Program) -> None:
    program.profile(2525, "--rate", "30/min", "--daily", "500", "--max-connections", "3")
    shown = program("profile", "show", "office", "--json").json[-1]
    assert (shown["host"], shown["port"], shown["rate"], shown["daily"]) == ("127.0.0.1", 2525, "30/min", 500)
    assert {item["name"] for item in program("profile", "list", "--json").json} == {"office", "sandbox"}
    assert program("profile", "remove", "office").status == 0
    assert program("profile", "show", "office").status == 2
    assert program("profile", "remove", "sandbox").status == 2


def test_presets_fill_in_server_port_and_limits(program: Program) -> None:
    added = program("profile", "add", "m365", "--provider", "microsoft365", "--username", "ana@example.com")
    assert added.status == 0, added
    shown = program("profile", "show", "m365", "--json").json[-1]
    assert (shown["host"], shown["port"], shown["security"]) == ("smtp.office365.com", 587, "starttls")
    assert (shown["max_connections"], shown["rate"]) == (3, "30/min")


def test_without_a_keyring_the_password_is_refused_with_a_way_on(program: Program) -> None:
    ran = program(
        *("profile", "add", "office", "--host", "mail.example.com", "--username", "ana", "--password-stdin"),
        input="geheim-123\n",
    )
    assert ran.status == 2, ran
    assert "SMTPDESK_PASSWORD" in ran.stderr
    assert "geheim-123" not in ran.stdout + ran.stderr
    assert program("profile", "show", "office").status == 2, "nothing was saved"


def test_a_list_is_imported_with_its_set_aside_rows_named(program: Program, tmp_path: Path) -> None:
    file = tmp_path / "people.csv"
    file.write_text("Email;First name\na@example.com;Ana\nA@example.com;Again\nno-address;X\nb@example.com;Bo\n")
    ran = program("list", "import", file, "--name", "Customers", "--json")
    assert ran.status == 0, ran
    assert (ran.json[-1]["ready"], ran.json[-1]["set_aside"]) == (2, 2)
    aside = {item["line"]: item for item in ran.json if item["event"] == "row"}
    assert set(aside) == {3, 4}
    assert all(item["reason"] for item in aside.values())
    assert not program("list", "import", file, "--name", "Customers").stderr.startswith("\n")
    shown = program("list", "show", "Customers", "--json").json
    assert [item["line"] for item in shown if item["event"] == "row"] == [2, 3, 4, 5]
    wrote = program("list", "show", "Customers", "--set-aside", "--csv", tmp_path / "aside.csv", "--json")
    assert wrote.json == [{"event": "exported", "file": str(tmp_path / "aside.csv"), "rows": 2}]
    text = (tmp_path / "aside.csv").read_text(encoding="utf-8-sig").splitlines()
    assert text[0] == "Line,Reason,Email,First name"
    assert text[1].startswith("3,Same address as line 2") and text[1].endswith(",A@example.com,Again")
    assert program("list", "show", "Customers", "--csv", tmp_path / "all.csv").status == 2
    assert program("list", "remove", "Customers").status == 0
    assert program("list", "show", "Customers").status == 2


def test_render_gives_the_bytes_of_one_row_and_says_why_not(program: Program, tmp_path: Path) -> None:
    rows = [*people(2), {"Email": "nobody", "First name": "N", "Order": "3"}]
    folder = make_campaign(tmp_path / "c", rows, profile="sandbox")
    good = program("render", folder, "--row", "2")
    assert good.status == 0
    assert "To: person2@example.net" in good.stdout
    aside = program("render", folder, "--row", "3")
    assert aside.status == 2
    assert "set aside" in aside.stderr
    assert program("render", folder, "--row", "9").status == 2


def test_the_demo_ends_with_every_recipient_accepted(tmp_path: Path) -> None:
    env = {STATE_VARIABLE: str(tmp_path / "state")}
    ran = run_cli(["demo", "--headless", "--count", "25", "--json"], tmp_path / "demo", env=env)
    try:
        assert ran.status == 0, ran
        assert (ran.json[-1]["total"], ran.json[-1]["accepted"]) == (25, 25)
        (witness,) = (tmp_path / "state" / "runs").glob("*.json")
        assert json.loads(witness.read_text())["ended"] is True
    finally:
        from smtpdesk.sandbox import dismiss

        dismiss(tmp_path / "demo" / "sandbox")


def test_a_demo_without_a_workspace_leaves_nothing_in_the_state_folder() -> None:
    before = state_folder()
    with _for_a_while() as folder:
        assert folder in state_folder().parents
    assert state_folder() == before and not folder.exists()


def test_a_campaign_goes_to_a_list_of_the_workspace(program: Program, tmp_path: Path) -> None:
    file = tmp_path / "people.csv"
    file.write_text("Email,First name,Order\na@example.com,Ana,1\nb@example.com,Bo,2\n")
    assert program("list", "import", file, "--name", "Customers").status == 0
    folder = make_campaign(tmp_path / "c", people(1), profile="sandbox")
    text = (folder / "campaign.toml").read_text().replace('"recipients.csv"', '"list:Customers"')
    (folder / "campaign.toml").write_text(text)
    checked = program("check", folder, "--json")
    assert checked.status == 0, checked
    assert checked.json[-1]["ready"] == 2


def test_json_lines_are_json_even_when_words_are_not_ascii(program: Program, tmp_path: Path) -> None:
    rows = [{"Email": "jörg@example.com", "First name": "Jörg 美咲", "Order": "1"}]
    folder = make_campaign(tmp_path / "c", rows, profile="sandbox")
    ran = program("check", folder, "--json")
    for line in ran.lines:
        assert isinstance(json.loads(line), dict)


def test_ctrl_c_while_the_program_loads_is_no_traceback() -> None:
    with pytest.raises(SystemExit) as ended, importing():
        raise KeyboardInterrupt
    assert ended.value.code == 130
