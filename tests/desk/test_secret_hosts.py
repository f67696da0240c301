"""A stored secret goes to the server that it was given for; a stranger's file or a slip leads it nowhere else."""

from __future__ import annotations

from collections.abc import AsyncIterator
from dataclasses import replace
from pathlib import Path

import pytest

from smtpdesk.base.errors import DeskError, InputError, StoreError, VaultError
from smtpdesk.base.secret import Secret
from smtpdesk.desk import Desk
from smtpdesk.desk.profile_import import UntrustedHosts
from smtpdesk.domain.oauth import Tokens
from smtpdesk.domain.profile import OAUTH2, Identity, Profile, Relay, Security
from smtpdesk.providers import token_hosts
from smtpdesk.vault import Vault
from smtpdesk.vault.stores import MemoryStore
from smtpdesk.worker.secret_hosts import may_keep_secret
from tests.servers.authorization import USER, Authorization
from tests.servers.dovecot import Dovecot

PASSWORD = Secret("correct-horse-battery")
OWN, EVIL = "mail.example.com", "mail.evil.example"


class Keyring(MemoryStore):
    """One that refuses to forget what it is told to."""

    stuck = ""

    def remove(self, name: str) -> None:
        if self.stuck and name.endswith(self.stuck):
            raise VaultError("vault.denied", "no")
        super().remove(name)


@pytest.fixture
def keyring() -> Keyring:
    return Keyring()


@pytest.fixture
def environ() -> dict[str, str]:
    return {}


@pytest.fixture
async def desk(workspace: Path, keyring: Keyring, environ: dict[str, str]) -> AsyncIterator[Desk]:
    made = await Desk.open(workspace, vault=Vault(store=keyring, environ=environ))
    yield made
    await made.close()


def made(name: str = "office", host: str = OWN, **more: object) -> Profile:
    relay = Relay(host, 465, Security.TLS)
    return replace(Profile(name, relay, Identity("ana@example.com"), "ana@example.com"), **more)  # type: ignore[arg-type]


async def secret(desk: Desk, profile: Profile, **more: str) -> object:
    """What a test of this profile, saved or not, would sign in with."""
    return await desk.profiles._signing.secret(profile, **more)


def file(folder: Path, *profiles: str) -> Path:
    found = folder / "profiles.toml"
    found.write_text("\n".join(f"[[profile]]\n{text}" for text in profiles), encoding="utf-8")
    return found


def toml(name: str, host: str, *more: str) -> str:
    return "\n".join((f'name = "{name}"', f'host = "{host}"', 'port = 465\nsecurity = "tls"', *more)) + "\n"


# -- a changed host -------------------------------------------------------------------------------------------------


async def test_a_password_stays_with_its_server(desk: Desk) -> None:
    await desk.profiles.save(made(), PASSWORD)
    assert not await desk.profiles.save(made(host="MAIL.example.com.")), "the same host, written otherwise"
    assert await secret(desk, made()) == PASSWORD
    elsewhere = made(host=EVIL)
    assert await secret(desk, elsewhere) is None, "what is typed and not saved gets nothing in its test"
    assert await secret(desk, elsewhere, trusted_host=EVIL) == PASSWORD
    assert await desk.profiles.save(elsewhere), "it says that the password is gone"
    assert await secret(desk, elsewhere) is None
    await desk.profiles.save(made())
    assert await secret(desk, made()) is None, "and it does not come back"


async def test_a_host_that_the_person_trusts_keeps_it(desk: Desk) -> None:
    await desk.profiles.save(made(), PASSWORD)
    assert not await desk.profiles.save(made(host=EVIL), trusted_host=EVIL)
    assert await secret(desk, made(host=EVIL)) == PASSWORD


async def test_servers_of_one_preset_share_it(desk: Desk) -> None:
    own = made(host="smtp.gmail.com", provider="gmail")
    assert may_keep_secret(made(host="smtp.gmial.com", provider="gmail"), own), "the preset's own, after a slip"
    assert not may_keep_secret(own, replace(own, relay=replace(own.relay, host="smtp.gmail.com.evil.example")))
    assert not may_keep_secret(own, replace(own, sign_in=OAUTH2, provider="outlook")), "a token is one provider's"


async def test_another_profile_of_that_name_gets_no_password_by_a_draft(desk: Desk) -> None:
    await desk.profiles.save(made(), PASSWORD)
    draft = made(host=EVIL)
    with pytest.raises(InputError) as raised:
        await desk.profiles.save(draft, Secret("other"), new=True)
    assert raised.value.code == "profile.exists"
    await desk.profiles.save(made("second", EVIL), Secret("second"))
    with pytest.raises(InputError):
        await desk.profiles.save(made(host=EVIL), was="second")
    assert await secret(desk, made()) == PASSWORD, "a rename that is refused overwrites nobody's password"


async def test_a_removed_profile_leaves_nothing_to_the_next_of_its_name(desk: Desk) -> None:
    await desk.profiles.save(made(), PASSWORD)
    await desk.profiles.save(made(username=""))
    await desk.profiles.remove("office")
    await desk.profiles.save(made(host=EVIL))
    assert await secret(desk, made(host=EVIL)) is None


async def test_a_rename_takes_it_along_and_only_what_is_kept(desk: Desk, environ: dict[str, str]) -> None:
    await desk.profiles.save(made(), PASSWORD)
    await desk.profiles.save(made("work"), was="office")
    assert await secret(desk, made("work")) == PASSWORD
    environ["SMTPDESK_PASSWORD_WORK"] = "from-outside"
    await desk.profiles.save(made("third"), was="work")
    assert await secret(desk, made("third")) == PASSWORD, "what the environment says is not written into the keyring"


# -- a file ---------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize("host", [EVIL, "smtp.gmail.com.evil.example", "127.0.0.1"])
@pytest.mark.parametrize("sign_in", ['sign_in = "oauth2"', ""])
async def test_a_file_that_names_a_provider_and_another_host_asks(
    desk: Desk, tmp_path: Path, host: str, sign_in: str
) -> None:
    came = file(tmp_path, toml("office", host, 'provider = "gmail"', 'username = "ana"', sign_in))
    with pytest.raises(UntrustedHosts) as raised:
        await desk.profiles.import_file(came)
    assert raised.value.code == "profile.foreign-host" and host in raised.value.hint
    assert [one.host for one in raised.value.questions] == [host]
    assert [row.profile.name for row in await desk.profiles.all()] == ["sandbox"]
    (done,) = await desk.profiles.import_file(came, trusted_hosts=[host])
    assert ("host" in [need.kind for need in done.needs]) == bool(sign_in)


async def test_a_password_from_outside_is_not_led_elsewhere_by_a_file(
    desk: Desk, tmp_path: Path, environ: dict[str, str]
) -> None:
    environ["SMTPDESK_PASSWORD_MY_OFFICE"] = "from-outside"
    came = file(tmp_path, toml("my-office", EVIL, 'username = "ana"'))
    with pytest.raises(UntrustedHosts) as raised:
        await desk.profiles.import_file(came)
    assert EVIL in raised.value.sentence
    assert await desk.profiles.import_file(came, trusted_hosts=[EVIL.upper()])


async def test_a_file_that_replaces_takes_no_secret_along(desk: Desk, tmp_path: Path) -> None:
    await desk.profiles.save(made(), PASSWORD)
    await desk.profiles.import_file(file(tmp_path, toml("office", EVIL, 'username = "ana"')), replaces=True)
    assert await secret(desk, made(host=EVIL, username="ana")) is None


@pytest.mark.parametrize("fault", ["keyring", "ledger"])
async def test_a_file_is_imported_whole_or_not_at_all(
    desk: Desk, tmp_path: Path, keyring: Keyring, fault: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    names = ("a", "b", "c", "d")
    for name in names:
        await desk.profiles.save(made(name), Secret(f"password-of-{name}"))
    before = await desk.profiles.all()
    came = file(tmp_path, *(toml(name, EVIL, 'username = "ana@example.com"') for name in names))
    if fault == "keyring":
        keyring.stuck = "profile:c"
    else:
        with desk._store._database.writing() as connection:
            connection.exec_driver_sql(
                "CREATE TRIGGER fault BEFORE UPDATE ON profiles WHEN NEW.name = 'c' "
                "BEGIN SELECT RAISE(ABORT, 'no'); END"
            )
    with pytest.raises((VaultError, StoreError, Exception)) as raised:
        await desk.profiles.import_file(came, replaces=True)
    assert not isinstance(raised.value, AssertionError)
    keyring.stuck = ""
    assert await desk.profiles.all() == before
    for name in names:
        assert await secret(desk, made(name)) == Secret(f"password-of-{name}")


# -- tokens ---------------------------------------------------------------------------------------------------------


def test_a_further_preset_does_not_widen_where_tokens_go(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    text = Path("resources/providers/gmail.toml").read_text(encoding="utf-8")
    (tmp_path / "x.toml").write_text(text.replace('id = "gmail"', 'id = "x"').replace("smtp.gmail.com", EVIL))
    monkeypatch.setenv("SMTPDESK_PROVIDERS_DIR", str(tmp_path))
    assert token_hosts("x") == frozenset()
    assert "smtp.gmail.com" in token_hosts("gmail")


async def test_a_token_goes_to_no_host_but_the_presets(
    workspace: Path, authorization: Authorization, dovecot: Dovecot
) -> None:
    """The same server by two names: one is the preset's, the other could be anybody's."""
    desk = await Desk.open(workspace)
    relay = Relay(dovecot.host, dovecot.port, Security.STARTTLS, str(dovecot.ca_file))
    good = Profile("office", relay, Identity(f"Ana <{USER}>"), USER, provider="office-mail")
    browser = authorization.in_background()
    try:
        await desk.profiles.save(good)
        good = await desk.profiles.sign_in("office", open_browser=browser, session_only=True)
        token = await secret(desk, good)
        assert token is not None and not isinstance(token, Secret)
        assert await ends(desk, good) == ""
        asked = authorization.said()["asked"].get("refresh_token", 0)
        foreign = replace(good, relay=replace(relay, host="localhost"))
        assert await ends(desk, foreign) == "profile.token-host", "a draft"
        await desk.profiles.save(foreign)
        assert await ends(desk, foreign) == "profile.token-host", "saved; both names are this computer's"
        assert authorization.said()["asked"].get("refresh_token", 0) == asked, "nor is a token made for it"
        await refused(token)
    finally:
        browser.close()
        await desk.close()


async def refused(tokens: Tokens) -> None:
    for host in ("localhost", "", "127.0.0.1.evil.example"):
        with pytest.raises(DeskError) as raised:
            await tokens.token(host)
        assert raised.value.code == "profile.token-host"


async def ends(desk: Desk, profile: Profile) -> str:
    """Why a test of this profile failed; "" when it did not."""
    steps = [step async for step in desk.profiles.test(profile)]
    return next((step.meaning.cause for step in steps if step.meaning), "")
