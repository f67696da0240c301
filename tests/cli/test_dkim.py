"""Keys from the command line, and a run whose messages arrive with signatures that verify."""

from __future__ import annotations

import asyncio
import sys
from pathlib import Path

import dkim
import pytest
from cryptography.hazmat.primitives import serialization
from cryptography.hazmat.primitives.asymmetric import rsa
from typer.testing import CliRunner

from smtpdesk.base.errors import DeskError
from smtpdesk.base.secret import Secret
from smtpdesk.cli.main import app
from smtpdesk.desk import Desk
from smtpdesk.desk.dkim import DkimShown
from smtpdesk.desk.runs import ChecksFailed
from smtpdesk.domain.profile import Identity, Profile, Relay, Security
from smtpdesk.message import DkimKey
from smtpdesk.vault import Vault, memory_vault
from tests.scenarios.campaigns import Program, done, make_campaign, people
from tests.servers.secret_service import SecretService
from tests.servers.sink import missing, running_sink

PEM = (
    rsa.generate_private_key(65537, 2048)
    .private_bytes(serialization.Encoding.PEM, serialization.PrivateFormat.PKCS8, serialization.NoEncryption())
    .decode()
)
#: A piece of the key that is in every form of it that is kept or sent; none of it may be found elsewhere.
PIECES = [DkimKey.from_pem(Secret(PEM)).secret().reveal().split(":")[2][:40], PEM.splitlines()[5][:40]]
PROFILE = Profile("office", Relay("127.0.0.1", 25, Security.NONE), Identity("Ana Pérez <ana@example.com>"))


def verifies(raw: bytes, shown: DkimShown | dict[str, str]) -> bool:
    host, value = (
        (shown["host"], shown["value"]) if isinstance(shown, dict) else (shown.record.host, shown.record.value)  # type: ignore[union-attr]
    )

    def ask(name: bytes, timeout: int = 5) -> bytes:
        assert name.decode().rstrip(".") == host
        return value.encode()

    return bool(dkim.verify(raw, dnsfunc=ask))


def test_every_command_has_help_and_an_example() -> None:
    for command in ("make", "import", "record", "remove"):
        shown = CliRunner().invoke(app, ["dkim", command, "--help"])
        assert shown.exit_code == 0, command
        assert "Example:" in shown.output, command
        assert "--json" in shown.output, command
    assert "Many receivers cannot check ed25519" in " ".join(
        CliRunner().invoke(app, ["dkim", "make", "--help"], env={"COLUMNS": "200"}).output.replace("│", " ").split()
    )


@pytest.mark.skipif(bool(missing()), reason=missing())
@pytest.mark.keyring
@pytest.mark.skipif(sys.platform != "linux", reason="the Secret Service is Linux's")
def test_a_run_with_a_key_in_the_keyring_arrives_signed(
    keyring_service: SecretService, workspace: Path, tmp_path: Path
) -> None:
    program = Program(workspace, keyring_service.env)
    folder = make_campaign(tmp_path / "c", people(3))
    with running_sink() as sink:
        program.profile(sink.port)
        imported = program("dkim", "import", "office", "--key-stdin", "--selector", "mail", "--json", input=PEM)
        assert imported.status == 0, imported
        (said,) = imported.json
        assert (said["host"], said["algorithm"], said["bits"]) == ("mail._domainkey.example.com", "rsa", 2048)
        ran = program.send(folder)
        assert ran.status == 0, ran
        assert done(ran)["accepted"] == 3
        sink.wait(3)
        kept = sink.stored()
    assert sorted(message.recipients[0] for message in kept) == sorted(row["Email"] for row in people(3))
    for message in kept:
        assert verifies(message.raw, said), message.raw
    rendered = program("render", folder, "--row", "1")
    assert rendered.stdout.startswith("DKIM-Signature: v=1; a=rsa-sha256;"), rendered
    files = [file for file in workspace.rglob("*") if file.is_file()]
    assert any("logs" in file.parts for file in files)
    leaked = [file for file in files for piece in PIECES if piece.encode() in file.read_bytes()]
    assert not leaked
    assert not any(piece in text for piece in PIECES for text in (str(imported), str(ran), str(rendered)))


# -- the desk, in this process --------------------------------------------------------------------------------------


async def opened(workspace: Path, vault: Vault, *names: str) -> Desk:
    desk = await Desk.open(workspace, vault=vault)
    for name in names:
        await desk.profiles.save(Profile(name, PROFILE.relay, PROFILE.identity))
    return desk


async def code(call: object) -> str:
    with pytest.raises(DeskError) as caught:
        await call  # type: ignore[misc]
    return caught.value.code


def test_without_a_keyring_the_key_comes_from_the_environment_or_a_mounted_file(
    workspace: Path, tmp_path: Path, caplog: pytest.LogCaptureFixture
) -> None:
    async def imported(environ: dict[str, str]) -> DkimShown:
        desk = await opened(workspace, Vault(environ=environ), "office")
        try:
            shown = await desk.dkim.import_key("office", "", "mail", Secret(PEM))
            assert await desk.dkim.signer(await desk.profiles.get("office")) is not None
            return shown
        finally:
            await desk.close()

    with pytest.raises(DeskError) as caught:
        asyncio.run(imported({}))
    assert caught.value.code == "vault.absent"
    assert "SMTPDESK_PASSWORD_EXAMPLE_COM_MAIL" in caught.value.hint
    shown = asyncio.run(imported({"SMTPDESK_PASSWORD_EXAMPLE_COM_MAIL": PEM}))
    (tmp_path / "mail._domainkey.example.com").write_text(PEM)
    assert asyncio.run(imported({"SMTPDESK_SECRETS_DIR": str(tmp_path)})) == shown
    told = caplog.text + repr(caught.value) + repr(shown)
    assert not any(piece in told for piece in PIECES)


@pytest.mark.skipif(bool(missing()), reason=missing())
def test_without_the_key_nothing_is_planned_and_a_planned_run_sends_nothing(workspace: Path, tmp_path: Path) -> None:
    folder = make_campaign(tmp_path / "c", people(2))
    vault = memory_vault()

    async def run(port: int) -> None:
        desk = await opened(workspace, vault)
        await desk.profiles.save(Profile("office", Relay("127.0.0.1", port, Security.NONE), PROFILE.identity))
        shown = await desk.dkim.make("office", algorithm="ed25519")
        planned = await desk.sending.plan(folder)
        await vault.delete(shown.dkim.secret_ref)
        with pytest.raises(ChecksFailed):
            await desk.sending.plan(folder, again=True)
        await desk.sending.resume(planned.id)
        last = await desk.sending.finished(planned.id)
        assert last is not None
        assert (last["event"], last["code"]) == ("failed", "dkim.no-key")
        await desk.close()

    with running_sink() as sink:
        asyncio.run(run(sink.port))
        assert sink.messages() == 0


def test_profiles_of_one_domain_share_a_key_until_the_last_one_gives_it_up(workspace: Path) -> None:
    vault = memory_vault()

    async def run() -> None:
        desk = await opened(workspace, vault, "office", "shop")
        first = await desk.dkim.make("office")
        assert first.dkim.domain == "example.com"
        second = await desk.dkim.make("shop")
        assert (second.dkim, second.record) == (first.dkim, first.record)
        assert (await desk.profiles.get("office")).dkim == first.dkim
        reference = first.dkim.secret_ref
        await desk.dkim.remove("office")
        assert await vault.get(reference) is not None
        await desk.profiles.save(Profile("till", PROFILE.relay, PROFILE.identity, dkim=first.dkim), was="shop")
        assert await vault.get(reference) is not None
        await desk.profiles.remove("till")
        assert await vault.get(reference) is None
        await desk.close()

    asyncio.run(run())


def test_a_key_is_never_overwritten_by_making_one_and_a_new_selector_replaces_it(workspace: Path) -> None:
    vault = memory_vault()

    async def run() -> None:
        desk = await opened(workspace, vault, "office")
        first = await desk.dkim.make("office", selector="one", algorithm="ed25519")
        assert [finding.code for finding in first.findings] == ["dkim.ed25519-alone"]
        assert await code(desk.dkim.make("office", selector="one")) == "dkim.exists"
        second = await desk.dkim.make("office", "Bücher.example", "two")
        assert second.dkim.domain == "xn--bcher-kva.example"
        assert await vault.get(first.dkim.secret_ref) is None
        assert await code(desk.dkim.make("sandbox")) == "profile.built-in"
        assert await code(desk.dkim.make("nobody")) == "profile.unknown"
        assert await code(desk.dkim.make("office", "no domain")) == "dkim.domain"
        await vault.delete(second.dkim.secret_ref)
        shown = await desk.dkim.show("office")
        assert shown is not None
        assert shown.record is None
        assert await code(desk.dkim.record("office")) == "dkim.no-key"
        await desk.dkim.remove("office")
        assert await desk.dkim.show("office") is None
        assert await code(desk.dkim.record("office")) == "dkim.none"
        assert await code(desk.dkim.remove("office")) == "dkim.none"
        await desk.close()

    asyncio.run(run())


@pytest.mark.skipif(bool(missing()), reason=missing())
def test_preview_and_test_message_carry_the_signature(workspace: Path, tmp_path: Path) -> None:
    folder = make_campaign(tmp_path / "c", people(2))
    vault = memory_vault()

    async def run(port: int) -> tuple[DkimShown, list[bytes], str]:
        desk = await opened(workspace, vault)
        await desk.profiles.save(Profile("office", Relay("127.0.0.1", port, Security.NONE), PROFILE.identity))
        shown = await desk.dkim.make("office", algorithm="ed25519")
        draft = await desk.campaigns.load(folder)
        first = await desk.campaigns.preview(draft, 0)
        sent = await desk.tests.send(folder, 1, "me@example.org")
        assert sent.outcome.reply is not None
        assert sent.outcome.reply.code == 250
        findings = (await desk.campaigns.check(folder)).findings
        assert "dkim.ed25519-alone" in [finding.code for finding in findings]
        await desk.dkim.make("office", "elsewhere.example")
        await vault.delete((await desk.profiles.get("office")).dkim.secret_ref)  # type: ignore[union-attr]
        codes = [finding.code for finding in (await desk.campaigns.check(folder)).findings]
        assert {"dkim.no-key", "dkim.not-aligned"} <= set(codes)
        second = await desk.campaigns.preview(draft, 0)
        assert await code(desk.tests.send(folder, 1, "me@example.org")) == "dkim.no-key"
        await desk.close()
        return shown, [first.raw, second.raw], second.unsigned

    with running_sink() as sink:
        shown, previews, unsigned = asyncio.run(run(sink.port))
        sink.wait(1)
        (message,) = sink.stored()
    assert verifies(message.raw, shown)
    assert verifies(previews[0], shown)
    assert b"DKIM-Signature" not in previews[1]
    assert "elsewhere.example" in unsigned
