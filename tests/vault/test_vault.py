"""The vault without a keyring: what comes from outside, what stays in memory, and what is refused."""

from __future__ import annotations

import asyncio
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import keyring
import pytest
from keyring.backend import KeyringBackend
from keyring.backends import fail, null
from keyring.errors import InitError, KeyringLocked

from smtpdesk.base.errors import VaultError
from smtpdesk.base.secret import Secret
from smtpdesk.base.secret_variables import without_secrets
from smtpdesk.vault import Vault, memory_vault, open_vault
from smtpdesk.vault.outside import secret_file, variable_for
from smtpdesk.vault.patience import Queue
from smtpdesk.vault.stores import MemoryStore, choose

OFFICE = "profile:office"


def outside(**environ: str) -> Vault:
    """A vault on a computer without keyring (the backend that pytest is set to), with this environment."""
    return Vault(environ=environ)


async def test_a_secret_of_this_session_is_found_first_and_only_here() -> None:
    vault = outside(SMTPDESK_PASSWORD_OFFICE="from outside")
    vault.session(OFFICE, Secret("typed"))
    assert await vault.get(OFFICE) == Secret("typed")
    assert await outside(SMTPDESK_PASSWORD_OFFICE="from outside").get(OFFICE) == Secret("from outside")


async def test_deleting_ends_a_session_even_without_a_keyring() -> None:
    vault = outside()
    vault.session(OFFICE, Secret("typed"))
    await vault.delete(OFFICE)
    with pytest.raises(VaultError):
        await vault.get(OFFICE)


@pytest.mark.parametrize(
    ("ref", "variable"),
    [
        ("profile:office", "SMTPDESK_PASSWORD_OFFICE"),
        ("profile:My office-2", "SMTPDESK_PASSWORD_MY_OFFICE_2"),
        ("profile:Büro", "SMTPDESK_PASSWORD_B_RO"),
        ("profile:a:b", "SMTPDESK_PASSWORD_A_B"),
        ("bare", "SMTPDESK_PASSWORD_BARE"),
        ("oauth:My office", "SMTPDESK_REFRESH_TOKEN_MY_OFFICE"),
    ],
)
async def test_the_environment_names_a_profile_in_capitals(ref: str, variable: str) -> None:
    assert variable_for(ref) == variable
    assert await outside(**{variable: "pw"}).get(ref) == Secret("pw")


async def test_an_empty_variable_is_no_password() -> None:
    with pytest.raises(VaultError):
        await outside(SMTPDESK_PASSWORD_OFFICE="").get(OFFICE)


@pytest.mark.parametrize(
    ("content", "password"),
    [
        (b"pw", "pw"),
        (b"pw\n", "pw"),
        (b"pw\r\n", "pw"),
        (b"pw\n\n", "pw\n"),
        (b" pw \n", " pw "),
        ("pässwörd\n".encode(), "pässwörd"),
    ],
)
async def test_a_file_gives_its_text_less_one_line_break(tmp_path: Path, content: bytes, password: str) -> None:
    (tmp_path / "office").write_bytes(content)
    assert await outside(SMTPDESK_SECRETS_DIR=str(tmp_path)).get(OFFICE) == Secret(password)


async def test_a_file_that_cannot_be_read_is_said_so(tmp_path: Path) -> None:
    vault = outside(SMTPDESK_SECRETS_DIR=str(tmp_path))
    (tmp_path / "office").mkdir()
    (tmp_path / "binary").write_bytes(b"\xff\xfe\x00")
    (tmp_path / "huge").write_bytes(b"x" * 100_000)
    for name in ("office", "binary", "huge"):
        with pytest.raises(VaultError) as refused:
            await vault.get(f"profile:{name}")
        assert refused.value.code == "vault.file"
        assert str(tmp_path / name) in str(refused.value)


def test_a_profile_name_never_leads_out_of_the_secrets_folder(tmp_path: Path) -> None:
    environ = {"SMTPDESK_SECRETS_DIR": str(tmp_path)}
    for name in ("../outside", "/etc/hostname", "..", ".", "a/b", "a\\b", "C:x", "a\0b"):
        assert secret_file(f"profile:{name}", environ) is None
    assert secret_file("profile:My office", environ) == tmp_path / "My office"
    assert secret_file(OFFICE, {}) is None


@pytest.mark.skipif(sys.platform == "win32", reason="file modes")
async def test_files_others_can_read_are_pointed_out(tmp_path: Path) -> None:
    for name, mode in (("office", 0o600), ("shop", 0o644)):
        (tmp_path / name).write_text("pw")
        (tmp_path / name).chmod(mode)
    [hint] = (await outside(SMTPDESK_SECRETS_DIR=str(tmp_path)).status()).hints
    assert "shop" in hint
    assert "0600" in hint
    (tmp_path / "shop").chmod(0o600)
    assert (await outside(SMTPDESK_SECRETS_DIR=str(tmp_path)).status()).hints == ()


async def test_without_a_keyring_every_call_says_what_to_do_instead() -> None:
    vault = outside()
    for call in (vault.get(OFFICE), vault.put(OFFICE, Secret("hunter2"))):
        with pytest.raises(VaultError) as refused:
            await call
        assert refused.value.code == "vault.absent"
        assert "SMTPDESK_PASSWORD_OFFICE" in refused.value.hint
        assert "hunter2" not in repr(refused.value) + str(refused.value)
    await vault.delete(OFFICE)
    status = await vault.status()
    assert (status.usable, status.name) == (False, "")
    assert "SMTPDESK_PASSWORD_" in status.sentence


async def test_memory_keeps_scopes_apart_and_forgets() -> None:
    store = MemoryStore()
    one, other = Vault("one", store=store, environ={}), Vault("other", store=store, environ={})
    await one.put(OFFICE, Secret("1"))
    await other.put(OFFICE, Secret("2"))
    assert await one.get(OFFICE) == Secret("1")
    await one.delete(OFFICE)
    assert await one.get(OFFICE) is None
    assert await other.get(OFFICE) == Secret("2")
    assert (await memory_vault().status()).usable


async def test_keeping_a_password_ends_the_one_of_this_session() -> None:
    vault = memory_vault()
    vault.session(OFFICE, Secret("typed"))
    await vault.put(OFFICE, Secret("kept"))
    assert await vault.get(OFFICE) == Secret("kept")


async def test_a_changed_secret_is_kept_where_the_old_one_is() -> None:
    vault = memory_vault()
    vault.session("oauth:office", Secret("old"))
    await vault.renew("oauth:office", Secret("new"))
    assert await vault.get("oauth:office") == Secret("new")
    await vault.put("oauth:office", Secret("kept"))
    await vault.renew("oauth:office", Secret("newer"))
    vault._session.clear()
    assert await vault.get("oauth:office") == Secret("newer")
    given = Vault(store=MemoryStore(), environ={"SMTPDESK_REFRESH_TOKEN_OFFICE": "given"})
    assert await given.get("oauth:office") == Secret("given")
    await given.renew("oauth:office", Secret("changed"))
    assert await given.get("oauth:office") == Secret("changed"), "the variable's is worth nothing any more"


def test_a_worker_inherits_neither_password_nor_refresh_token() -> None:
    environ = {"SMTPDESK_REFRESH_TOKEN_OFFICE": "r", "SMTPDESK_PASSWORD_OFFICE": "p", "SMTPDESK_OAUTH_PORT": "1"}
    assert without_secrets(environ) == {"SMTPDESK_OAUTH_PORT": "1"}


async def test_no_secret_shows_in_a_repr() -> None:
    vault = memory_vault()
    vault.session(OFFICE, Secret("hunter2"))
    await vault.put("profile:shop", Secret("hunter2"))
    assert "hunter2" not in f"{vault!r}{vault}{await vault.get(OFFICE)!r}{await vault.status()!r}"


class Odd(KeyringBackend):
    """A backend as a platform might bring it: every call fails in its own way."""

    priority = 1.0

    def __init__(self, error: Exception) -> None:
        super().__init__()  # type: ignore[no-untyped-call]
        self.error = error

    def get_password(self, service: str, username: str) -> str | None:
        raise self.error

    def set_password(self, service: str, username: str, password: str) -> None:
        raise self.error

    def delete_password(self, service: str, username: str) -> None:
        raise self.error


@contextmanager
def backend(used: KeyringBackend) -> Iterator[None]:
    before = keyring.get_keyring()
    keyring.set_keyring(used)
    try:
        yield
    finally:
        keyring.set_keyring(before)


class SecretServiceNotAvailableException(Exception):
    pass


@pytest.mark.parametrize(
    ("error", "code"),
    [
        (KeyringLocked("hunter2"), "vault.locked"),
        (InitError("hunter2"), "vault.denied"),
        (SecretServiceNotAvailableException("hunter2"), "vault.absent"),
        (OSError(5, "hunter2"), "vault.denied"),
        (ZeroDivisionError("hunter2"), "vault.denied"),
    ],
)
async def test_whatever_a_backend_raises_becomes_one_of_ours_without_its_words(error: Exception, code: str) -> None:
    vault = outside()
    with backend(Odd(error)):
        for call in (vault.get(OFFICE), vault.put(OFFICE, Secret("hunter2")), vault.delete(OFFICE)):
            with pytest.raises(VaultError) as refused:
                await call
            assert refused.value.code == code
            assert "hunter2" not in repr(refused.value.as_dict())
        assert (await vault.status()).usable


def named(module: str) -> KeyringBackend:
    kind: type[Odd] = type("PlaintextKeyring", (Odd,), {"__module__": module})
    return kind(OSError())


def test_backends_that_lose_or_publish_secrets_are_refused() -> None:
    assert choose(null.Keyring()) is None  # type: ignore[no-untyped-call]
    assert choose(fail.Keyring()) is None  # type: ignore[no-untyped-call]
    assert choose(named("keyrings.alt.file")) is None
    assert choose(None) is None
    good = named("keyring.backends.Somewhere")
    assert choose(good) is good


async def test_a_backend_that_throws_passwords_away_is_not_used() -> None:
    with backend(null.Keyring()):  # type: ignore[no-untyped-call]
        assert not (await open_vault().status()).usable
        with pytest.raises(VaultError) as refused:
            await open_vault().put(OFFICE, Secret("pw"))
    assert refused.value.code == "vault.absent"


async def test_a_call_given_up_before_its_turn_is_never_made() -> None:
    import threading

    queue, open_gate, made = Queue("test"), threading.Event(), []
    first = asyncio.create_task(queue.run(lambda: open_gate.wait(20), 20))
    await asyncio.sleep(0)
    with pytest.raises(TimeoutError):
        await queue.run(lambda: made.append("late"), 0.05)
    open_gate.set()
    assert await first is True
    assert await queue.run(lambda: "next", 20) == "next"
    assert made == []


async def test_an_exception_reaches_the_one_who_waits() -> None:
    def work() -> None:
        raise LookupError("mine")

    with pytest.raises(LookupError, match="mine"):
        await Queue("test").run(work, 20)


def test_a_vault_works_in_one_event_loop_after_another() -> None:
    vault = memory_vault()
    asyncio.run(vault.put(OFFICE, Secret("pw")))
    assert asyncio.run(vault.get(OFFICE)) == Secret("pw")
