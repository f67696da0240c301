from __future__ import annotations

from pathlib import Path

from smtpdesk.dns.resolver import VARIABLE
from tests.servers.names import NameServer, silent_names
from tests.servers.proc import run_cli


def test_a_domain_with_two_spf_records_is_told_and_mended(workspace: Path, names: NameServer) -> None:
    ran = run_cli(["domain", "several.test"], workspace, env={VARIABLE: names.address})
    assert ran.status == 1, ran
    assert 'several.test. IN TXT "v=spf1 include:_spf.provider.test mx -all"' in ran.stdout
    assert "several.test needs work" in ran.stderr


def test_a_profile_whose_domain_is_well_kept_ends_with_nought(
    workspace: Path, names: NameServer, tmp_path: Path
) -> None:
    env = {VARIABLE: names.address}
    made = ["profile", "add", "office", "--host", "mx.good.test", "--port", "25", "--security", "none"]
    assert run_cli([*made, "--from", "Ana <ana@good.test>"], workspace, env=env).status == 0
    headers = tmp_path / "received.eml"
    headers.write_text("Return-Path: <ana@good.test>\nDKIM-Signature: v=1; d=good.test; s=desk1; b=x\n\nDear all\n")
    ran = run_cli(["domain", "office", "--headers-file", headers, "--json"], workspace, env=env)
    assert ran.status == 0, ran
    done = ran.json[-1]
    assert (done["event"], done["profile"], done["trust"]) == ("done", "office", "trusted")
    assert done["spf_lookups"] == 2
    assert {"depth": 1, "term": "include:_b.provider.test  (1)"} in done["spf"]
    assert {line["check"]: line["state"] for line in ran.json[:-1]}["dkim"] == "ok"


def test_no_answer_is_said_once_with_the_variable_that_names_another_server(workspace: Path) -> None:
    with silent_names() as silent:
        env = {VARIABLE: silent.address, "SMTPDESK_ANSWER_TIMEOUT": "0.2"}
        ran = run_cli(["domain", "good.test"], workspace, env=env)
    assert ran.status == 1, ran
    assert (ran.stdout.count("try again in a moment"), ran.stdout.count("no network")) == (1, 1)
    assert f"{VARIABLE}=192.0.2.1" in ran.stdout


def test_wrong_usage_is_told_apart(workspace: Path, names: NameServer) -> None:
    assert run_cli(["domain", "no domain"], workspace, env={VARIABLE: names.address}).status == 2
    ran = run_cli(["domain", "good.test", "--json"], workspace, env={VARIABLE: "nonsense"})
    assert (ran.status, ran.json[-1]["code"]) == (2, "dns.server")
