"""A file of profiles: refused with its line when it is wrong; a password never follows a profile to another server."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path

import pytest

from smtpdesk.base.errors import InputError
from smtpdesk.base.secret import Secret
from smtpdesk.desk import Desk
from smtpdesk.desk.profile_file import read
from smtpdesk.desk.profile_rules import check_import
from smtpdesk.domain.profile import OAUTH2, Dkim, Profile, Relay, Security

HEAD = 'format = 1\n\n[[profile]]\nname = "a"\nhost = "mail.example.com"\nport = 465\nsecurity = "tls"\n'


@pytest.mark.parametrize(
    ("text", "code", "where"),
    [
        (HEAD + 'password = "secret"\n', "profiles.unknown-key", "8"),
        (HEAD + "\n[profile.limits]\nhoury = 5\n", "profiles.unknown-key", "10"),
        (HEAD + '[[profile]]\nname = "b"\nusrname = "x"\n', "profiles.unknown-key", "10"),
        ("formats = 1\n", "profiles.unknown-key", "1"),
        (HEAD.replace("465", '"465"'), "profiles.bad-value", "6"),
        (HEAD.replace('"tls"', '"ssl"'), "profiles.bad-value", "7"),
        (HEAD + '[profile.limits]\nrate = "fast"\n', "profiles.bad-value", "9"),
        (HEAD + '[profile.dkim]\ndomain = "example.com"\n', "profiles.bad-value", "8"),
        (HEAD.replace("port = 465\n", ""), "profiles.missing-key", "3"),
        (HEAD.replace("465", "99999"), "profile.port", "3"),
        (HEAD.replace('"a"', '"../a"'), "profile.name", "3"),
        (HEAD + HEAD[11:], "profiles.twice", "3"),
        (HEAD + 'provider = "sandbox"\n', "profile.built-in", "3"),
        (HEAD.replace("format = 1", "format = 2"), "profiles.format", "1"),
        (HEAD + "username = \n", "profiles.unreadable", "8:12"),
        ("", "profiles.none", ""),
    ],
)
def test_a_file_that_is_wrong_is_refused_with_its_line(tmp_path: Path, text: str, code: str, where: str) -> None:
    file = tmp_path / "wrong.toml"
    file.write_text(text, encoding="utf-8")
    with pytest.raises(InputError) as raised:
        for one in read(file):
            check_import(one, {}, replaces=False)
    error = raised.value
    assert (error.code, error.where) == (code, f"wrong.toml:{where}" if where else "wrong.toml")
    assert "secret" not in str(error)


async def test_an_import_brings_no_password_to_another_server(workspace: Path, tmp_path: Path) -> None:
    desk = await Desk.open(workspace)
    try:
        made = Profile("office", Relay("mail.example.com", 465, Security.TLS), username="ana")
        signs = Profile("team", Relay("smtp.office365.com", 587), username="ana@a.test", provider="microsoft365",
                        sign_in=OAUTH2, dkim=Dkim("a.test", "desk1"))  # fmt: skip
        await desk.profiles.save(made, Secret("correct horse"), session_only=True)
        await desk.profiles.save(signs, Secret("refresh token"), session_only=True)
        file = tmp_path / "profiles.toml"
        text = await desk.profiles.export()
        assert not any(secret in text for secret in ("correct horse", "refresh token"))
        file.write_text(text, encoding="utf-8")
        same = await desk.profiles.import_file(file, replaces=True)
        assert [one.profile for one in same] == [made, signs] and all(one.replaced for one in same)
        assert [[need.kind for need in one.needs] for one in same] == [[], ["dkim"]]
        assert await desk.profiles.has_secret(made)
        file.write_text(text.replace("mail.example.com", "mail.evil.example"), encoding="utf-8")
        moved = (await desk.profiles.import_file(file, replaces=True))[0]
        assert [need.kind for need in moved.needs] == ["password"]
        assert not await desk.profiles.has_secret(replace(made, relay=moved.profile.relay))
    finally:
        await desk.close()
