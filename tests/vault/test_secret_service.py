"""The vault with a real Secret Service: kept, overwritten, locked, hung, gone."""

from __future__ import annotations

import sys
import textwrap

import psutil
import pytest

from tests.servers.proc import Ran
from tests.servers.secret_service import SecretService

pytestmark = [pytest.mark.keyring, pytest.mark.skipif(sys.platform != "linux", reason="the Secret Service is Linux's")]

HEAD = """
import asyncio, sys
from smtpdesk.base.errors import VaultError
from smtpdesk.base.secret import Secret
from smtpdesk.vault import Vault, open_vault

async def code(call):
    try:
        await call
    except VaultError as error:
        return error.code
    return "ok"

async def main():
"""


def run(service: SecretService, body: str) -> Ran:
    """A program of its own, as the window and the worker are, that sees this keyring."""
    script = HEAD + textwrap.indent(textwrap.dedent(body), "    ") + "\nasyncio.run(main())\n"
    ran = service.run([sys.executable, "-c", script])
    assert ran.status == 0, str(ran)
    return ran


def daemon() -> psutil.Process:
    return next(child for child in psutil.Process().children() if child.name().startswith("gnome-keyring"))


def test_a_password_is_kept_for_other_processes_and_workspaces_are_apart(keyring_service: SecretService) -> None:
    run(
        keyring_service,
        """
        await open_vault("one").put("profile:office", Secret("first"))
        await open_vault("one").put("profile:office", Secret("pässwörd"))
        await open_vault("two").put("profile:office", Secret("other"))
        """,
    )
    said = run(
        keyring_service,
        """
        one, two = open_vault("one"), open_vault("two")
        print((await one.get("profile:office")).reveal(), (await two.get("profile:office")).reveal())
        print(await one.get("profile:nobody"))
        await one.delete("profile:office")
        await one.delete("profile:office")
        print(await one.get("profile:office"), (await two.get("profile:office")).reveal())
        status = await one.status()
        print(status.usable, status.name)
        """,
    )
    assert said.lines == ["pässwörd other", "None", "None other", "True Secret Service"]


def test_a_long_token_is_kept_in_parts_and_leaves_none_behind(keyring_service: SecretService) -> None:
    said = run(
        keyring_service,
        """
        import keyring
        from smtpdesk.vault.parts import PART
        vault, asked = open_vault("one"), []
        long = "".join(chr(97 + n % 26) for n in range(2 * PART + 7))
        real = keyring.get_keyring().set_password
        def noted(service, name, value):
            asked.append((name, len(value)))
            real(service, name, value)
        keyring.get_keyring().set_password = noted
        await vault.put("oauth:office", Secret(long))
        whole = await open_vault("one").get("oauth:office")
        print(max(length for _name, length in asked) <= PART, whole.reveal() == long)
        await vault.renew("oauth:office", Secret("short"))
        kept = [keyring.get_password("SMTPDesk", name) for name, _length in asked]
        print((await open_vault("one").get("oauth:office")).reveal(), [one for one in kept if one])
        await vault.put("oauth:office", Secret(long))
        await vault.delete("oauth:office")
        print(await vault.get("oauth:office"), {keyring.get_password("SMTPDesk", name) for name, _length in asked})
        """,
    )
    assert said.lines == ["True True", "short ['short', 'short']", "None {None}"], said


def test_a_secret_in_parts_that_is_cut_off_while_it_changes_is_the_old_or_the_new_one(
    keyring_service: SecretService,
) -> None:
    """At each call to the keyring, over changes between short and long ones; a missing entry is a lost secret."""
    said = run(
        keyring_service,
        """
        import gc
        import keyring
        from smtpdesk.vault.parts import PART
        backend = keyring.get_keyring()
        set_, delete = backend.set_password, backend.delete_password
        class Cut(BaseException):
            pass
        class Lease:
            left = 0
            def step(self, call):
                def stepped(*arguments):
                    if self.left == 0:
                        raise Cut
                    self.left -= 1
                    return call(*arguments)
                return stepped
        lease = Lease()
        def cutting(on):
            backend.set_password = lease.step(set_) if on else set_
            backend.delete_password = lease.step(delete) if on else delete
        def secret(letter, parts):
            return "".join(letter + str(n % 10) for n in range(parts * PART // 2))
        pairs = [(secret("o", 3), secret("n", 2)), (secret("o", 2), secret("n", 3)), (secret("o", 3), "short"),
                 ("short", secret("n", 3)), (secret("o", 2), secret("n", 2))]
        wrong, cuts = [], 0
        for old, new in pairs:
            for left in range(0, 12):
                vault = open_vault("cut")
                await vault.put("oauth:office", Secret(old))
                lease.left = left
                before = cuts
                cutting(True)
                try:
                    await vault.put("oauth:office", Secret(new))
                except Cut:
                    cuts += 1
                cutting(False)
                kept = await open_vault("cut").get("oauth:office")
                if kept is None or kept.reveal() not in (old, new):
                    wrong.append((len(old), len(new), left))
                await vault.put("oauth:office", Secret(new))
                if (await open_vault("cut").get("oauth:office")).reveal() != new:
                    wrong.append(("again", len(old), len(new), left))
                await vault.delete("oauth:office")
                gc.collect()  # each call has left a connection to the bus, which takes so many and no more
                if cuts == before:
                    break  # the change has no further call
        import secretstorage
        collection = secretstorage.get_default_collection(secretstorage.dbus_init())
        left_over = [item.get_label() for item in collection.get_all_items()]
        print(wrong, cuts > 20, left_over)
        """,
    )
    assert said.lines == ["[] True []"], said


def test_parts_of_an_older_version_are_read_and_replaced(keyring_service: SecretService) -> None:
    said = run(
        keyring_service,
        """
        import keyring
        for number, part in ((1, "abc"), (2, "def")):
            keyring.set_password("SMTPDesk", f"one/oauth:office\\x1fparts:{number}", part)
        keyring.set_password("SMTPDesk", "one/oauth:office", "\\x1fparts:2")
        vault = open_vault("one")
        print((await vault.get("oauth:office")).reveal())
        await vault.put("oauth:office", Secret("new"))
        print((await vault.get("oauth:office")).reveal(),
              [keyring.get_password("SMTPDesk", f"one/oauth:office\\x1fparts:{n}") for n in (1, 2)])
        """,
    )
    assert said.lines == ["abcdef", "new [None, None]"], said


def test_several_tasks_share_one_vault(keyring_service: SecretService) -> None:
    said = run(
        keyring_service,
        """
        vault = open_vault()
        await asyncio.gather(*(vault.put(f"profile:p{n}", Secret(f"pw{n}")) for n in range(12)))
        got = await asyncio.gather(*(vault.get(f"profile:p{n}") for n in range(12)))
        print([secret.reveal() for secret in got] == [f"pw{n}" for n in range(12)])
        """,
    )
    assert said.lines == ["True"]


def test_a_locked_keyring_is_said_so(keyring_service: SecretService) -> None:
    said = run(
        keyring_service,
        """
        import secretstorage
        vault = open_vault()
        await vault.put("profile:office", Secret("pw"))
        secretstorage.get_default_collection(secretstorage.dbus_init()).lock()
        print(await code(vault.get("profile:office")))
        print(await code(vault.put("profile:office", Secret("new"))))
        vault.session("profile:office", Secret("typed"))
        print((await vault.get("profile:office")).reveal())
        """,
    )
    assert said.lines == ["vault.locked", "vault.locked", "typed"]


def test_a_keyring_that_hangs_costs_its_time_and_keeps_no_program_from_ending(keyring_service: SecretService) -> None:
    service = daemon()
    service.suspend()
    try:
        said = run(
            keyring_service,
            """
            vault = Vault(read_patience=0.5, write_patience=0.5)
            print(await code(vault.get("profile:office")), await code(vault.put("profile:office", Secret("pw"))))
            vault.session("profile:office", Secret("typed"))
            print((await vault.get("profile:office")).reveal())
            """,
        )
    finally:
        service.resume()
    assert said.lines == ["vault.timeout vault.timeout", "typed"]


def test_a_keyring_that_was_killed_is_a_sentence_and_no_traceback(keyring_service: SecretService) -> None:
    service = daemon()
    said = run(
        keyring_service,
        f"""
        import os, signal
        vault = open_vault()
        await vault.put("profile:office", Secret("pw"))
        os.kill({service.pid}, signal.SIGKILL)
        print(await code(vault.get("profile:office")))
        """,
    )
    # The bus may start it again, locked; it may be gone.
    assert said.lines[0] in {"vault.locked", "vault.absent", "vault.denied"}
