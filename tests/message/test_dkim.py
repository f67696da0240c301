"""Signatures, checked by two other programs: dkimpy for any content, OpenDKIM for what it can."""

from __future__ import annotations

import base64
import logging
import pickle
import re
import shutil
import subprocess
import traceback
from pathlib import Path

import dkim
import dns.zone
import pytest
from cryptography.hazmat.primitives import serialization
from cryptography.hazmat.primitives.asymmetric import ec, rsa
from hypothesis import given
from hypothesis import strategies as st

from smtpdesk.base.errors import InputError
from smtpdesk.base.secret import Secret
from smtpdesk.message import DkimKey, SignedComposer, Signer, dkim_name, record
from smtpdesk.message.dkim import SIGNED
from tests.message.making import row
from tests.message.test_round_trip import BODY, HEADER, SPEEDY, campaign_folder

NAME = dkim_name("Example.com", "Desk1")
KEYS = {"rsa": DkimKey.make("rsa"), "ed25519": DkimKey.make("ed25519")}
AT = 1_700_000_000.0
OPENDKIM = shutil.which("opendkim") or shutil.which("/usr/sbin/opendkim")
LETTER = (
    b"From: Ana <ana@example.com>\r\nTo:  bo@x.example\r\nSubject: spring\r\n is \t here  \r\n"
    b"Date: Tue, 14 Nov 2023 22:13:20 +0000\r\nMIME-Version: 1.0\r\n\r\nGood morning\r\n"
)
both = pytest.mark.parametrize("kind", ["rsa", "ed25519"])


def verified(raw: bytes, key: DkimKey) -> bool:
    """What dkimpy says; it asks for the record by its host name."""
    published = record(key, NAME.domain, NAME.selector)

    def ask(name: bytes, timeout: int = 5) -> bytes:
        assert name.decode().rstrip(".") == published.host
        return published.value.encode()

    return bool(dkim.verify(raw, dnsfunc=ask))


def sign(raw: bytes, kind: str = "rsa") -> bytes:
    return Signer(KEYS[kind], NAME).sign(raw, AT)


def pem(key: rsa.RSAPrivateKey | ec.EllipticCurvePrivateKey, pkcs8: bool = True, password: bytes = b"") -> Secret:
    form = serialization.PrivateFormat.PKCS8 if pkcs8 else serialization.PrivateFormat.TraditionalOpenSSL
    lock = serialization.BestAvailableEncryption(password) if password else serialization.NoEncryption()
    return Secret(key.private_bytes(serialization.Encoding.PEM, form, lock).decode())


MADE = campaign_folder()
LEAVE = "https://example.com/leave/{{ email }}"


@SPEEDY
@given(st.sampled_from(["rsa", "ed25519"]), HEADER, HEADER, BODY, st.sampled_from(["", LEAVE]))
def test_every_message_of_the_composer_verifies(kind: str, subject: str, name: str, text: str, leave: str) -> None:
    composer = SignedComposer(MADE.composer(unsubscribe=leave), Signer(KEYS[kind], NAME))
    fields = {"s": subject, "n": name, "t": text}
    raw = composer.build(row(fields), message_id="<1@example.com>", date=AT)
    assert verified(raw, KEYS[kind])
    assert raw.isascii()
    assert max(map(len, raw.partition(b"\r\nFrom:")[0].split(b"\r\n"))) <= 78


@both
@given(st.binary(max_size=60) | st.text(st.sampled_from(" \t\r\nab"), max_size=40).map(str.encode))
def test_any_body_on_a_line_of_its_own_verifies(kind: str, body: bytes) -> None:
    body = re.sub(rb"\r\n|\r|\n", b"\r\n", body) + b"\r\n"
    assert verified(sign(LETTER + body, kind), KEYS[kind])


def test_a_message_with_attachment_and_image_verifies(tmp_path: Path) -> None:
    MADE.put("attachments/price list.bin", bytes(range(256)) * 40)
    composer = MADE.composer(attachments=("attachments/price list.bin",), reply_to="x@example.com")
    raw = SignedComposer(composer, Signer(KEYS["rsa"], NAME)).build(
        row({"s": "s", "n": "n", "t": "t  \t "}), message_id="<1@example.com>", date=AT
    )
    assert verified(raw, KEYS["rsa"])


@both
def test_blanks_and_case_that_change_on_the_way_do_no_harm_and_words_do(kind: str) -> None:
    raw = sign(LETTER, kind)
    changed = raw.replace(b"To:  bo", b"TO: bo").replace(b" is \t here  ", b"\tis here").replace(b"Good ", b"Good\t ")
    assert changed != raw
    assert verified(changed + b"\r\n \r\n", KEYS[kind])
    for before, after in ((b"Good", b"Bad"), (b"spring", b"summer"), (b"22:13:20", b"22:13:21")):
        assert not verified(raw.replace(before, after), KEYS[kind])


def test_nobody_can_add_another_sender() -> None:
    raw = sign(LETTER)
    top, _, letter = raw.partition(b"From: Ana")
    assert not verified(top + b"From: Eve <eve@evil.example>\r\nFrom: Ana" + letter, KEYS["rsa"])
    assert not verified(raw.replace(b"MIME-V", b"From: Eve <eve@evil.example>\r\nMIME-V"), KEYS["rsa"])


@both
def test_fields_that_stand_twice_are_signed_from_the_last_one_up(kind: str) -> None:
    raw = sign(b"Subject: first\r\nFROM: other@example.com\r\n" + LETTER, kind)
    assert raw.partition(b"\r\nSubject")[0].count(b"subject") == 2
    assert verified(raw, KEYS[kind])
    assert not verified(raw.replace(b"Subject: first", b"Subject: 1st"), KEYS[kind])


def test_what_a_reader_must_trust_is_signed() -> None:
    composer = MADE.composer(unsubscribe=LEAVE, reply_to="x@example.com", html="", text="message.txt")
    raw = SignedComposer(composer, Signer(KEYS["rsa"], NAME)).build(
        row({"s": "s", "n": "n", "t": "t"}), message_id="<1@example.com>", date=AT
    )
    names = re.sub(rb"\s", b"", re.findall(rb"h=([^;]*);", raw)[0]).split(b":")
    assert names == [b"from", *SIGNED]
    assert b"t=%d;" % AT in raw
    assert b" d=example.com; s=desk1;" in raw


def test_the_same_message_and_second_give_the_same_bytes() -> None:
    for kind in KEYS:
        assert sign(LETTER, kind) == sign(LETTER, kind)


@pytest.mark.skipif(OPENDKIM is None, reason="opendkim is not installed")
def test_opendkim_verifies_it_and_refuses_it_when_it_was_changed(tmp_path: Path) -> None:
    composer = MADE.composer(unsubscribe=LEAVE)
    composed = composer.build(
        row({"s": "Grüße", "n": "Bo, Jr.", "t": "é  \t\r\n.\r\n\r\n"}), message_id="<1@x.example>", date=AT
    )
    twice = sign(b"Subject: first\r\n" + LETTER)
    published = record(KEYS["rsa"], NAME.domain, NAME.selector)
    (tmp_path / "keys").write_text(f"{published.host} {published.value}\n")
    (tmp_path / "conf").write_text(f"Mode v\nTestPublicKeys {tmp_path}/keys\nSyslog no\nRequireSafeKeys no\n")
    letters = {"composed": sign(composed), "twice": twice, "changed": twice.replace(b"morning", b"evening")}
    for name, raw in letters.items():
        (tmp_path / name).write_bytes(raw)
    assert OPENDKIM is not None
    files = ",".join(str(tmp_path / name) for name in letters)
    ran = subprocess.run(
        [OPENDKIM, "-x", tmp_path / "conf", "-v", "-t", files], capture_output=True, text=True, timeout=60, check=False
    )
    said = ran.stdout + ran.stderr
    for name in letters:
        word = "failed" if name == "changed" else "succeeded"
        assert re.search(rf"/{name}: verification \(s=desk1,? d=example\.com, 2048-bit key.*\) {word}", said), said


# -- keys -----------------------------------------------------------------------------------------------------------


@both
def test_a_key_comes_back_from_the_vault_and_fits_into_every_keyring(kind: str) -> None:
    kept = KEYS[kind].secret()
    assert len(kept.reveal().encode("utf-16-le")) <= 2560  # the Windows Credential Manager's limit
    again = DkimKey.read(kept)
    assert again.public == KEYS[kind].public
    assert again.sign(b"d" * 32) == KEYS[kind].sign(b"d" * 32)


@pytest.mark.parametrize("pkcs8", [True, False])
def test_a_pem_file_is_read_in_both_forms_and_as_bare_base64(pkcs8: bool) -> None:
    made = rsa.generate_private_key(65537, 2048)
    text = pem(made, pkcs8)
    key = DkimKey.from_pem(Secret("some words of openssl\n" + text.reveal().replace("\n", "\r\n")))
    assert (key.algorithm, key.bits, key.findings()) == ("rsa", 2048, ())
    assert DkimKey.read(text).public == key.public
    bare = "".join(line for line in text.reveal().splitlines() if "-----" not in line)
    assert DkimKey.read(Secret(bare)).public == key.public


def test_short_keys_are_refused_and_middling_ones_get_a_finding() -> None:
    middling = DkimKey.from_pem(pem(rsa.generate_private_key(65537, 1024)))
    assert [finding.code for finding in middling.findings()] == ["dkim.key-weak"]
    assert verified(Signer(middling, NAME).sign(LETTER, AT), middling)
    assert [finding.code for finding in KEYS["ed25519"].findings()] == ["dkim.ed25519-alone"]
    with pytest.raises(InputError) as caught:
        DkimKey.from_pem(Secret(SHORT))
    assert caught.value.code in {"dkim.key-short", "dkim.key-unreadable"}  # the library may refuse it first


def test_what_is_no_private_key_is_told_apart() -> None:
    made = rsa.generate_private_key(65537, 1024)
    public = made.public_key().public_bytes(serialization.Encoding.PEM, serialization.PublicFormat.SubjectPublicKeyInfo)
    wrong = {
        "dkim.key-public": Secret(public.decode()),
        "dkim.key-encrypted": pem(made, password=b"open sesame"),
        "dkim.key-kind": pem(ec.generate_private_key(ec.SECP256R1())),
        "dkim.key-unreadable": Secret("-----BEGIN PRIVATE KEY-----\nMIIEvQ==\n-----END PRIVATE KEY-----\n"),
    }
    for code, text in wrong.items():
        with pytest.raises(InputError) as caught:
            DkimKey.from_pem(text)
        assert caught.value.code == code
    assert code_of(lambda: DkimKey.from_pem(pem(made, False, b"open sesame"))) == "dkim.key-encrypted"
    for text in ("", "hunter2", "rsa:AQAB:AA==:AA==", "rsa:AQAB:Aw==:BQ==", "ed25519:AA==", "AAAA"):
        assert code_of(lambda text=text: DkimKey.read(Secret(text))) == "dkim.key-unreadable"
    assert code_of(lambda: DkimKey.make("dsa")) == "dkim.algorithm"


def test_the_private_key_shows_itself_nowhere(caplog: pytest.LogCaptureFixture) -> None:
    secrets = []
    for key in KEYS.values():
        kept = key.secret().reveal()
        secrets += kept.split(":")[1:]
        assert not any(secret in text for secret in secrets for text in (repr(key), str(key), f"{vars_of(key)}"))
        with pytest.raises(TypeError):
            pickle.dumps(key)
        with pytest.raises(InputError) as caught:
            DkimKey.read(Secret(kept[:-9]))
        told = "".join(traceback.format_exception(caught.value))
        logging.getLogger("smtpdesk").error("it failed: %r", caught.value, exc_info=caught.value)
        assert not any(secret[:20] in told + caplog.text for secret in secrets if len(secret) >= 20)


# -- the record -----------------------------------------------------------------------------------------------------


@both
def test_the_record_and_its_zone_text_say_the_same(kind: str) -> None:
    published = record(KEYS[kind], "example.com", "desk1")
    assert published.host == "desk1._domainkey.example.com"
    assert published.value.startswith(f"v=DKIM1; k={kind}; p=")
    zone = dns.zone.from_text(
        "@ 60 IN SOA a. b. 1 1 1 1 1\n@ 60 IN NS a.\n$TTL 60\n" + published.zone + "\n", origin="example.com."
    )
    (text,) = zone.find_rdataset("desk1._domainkey", "TXT")
    assert max(map(len, text.strings)) <= 255
    assert b"".join(text.strings).decode() == published.value


def test_the_example_key_of_rfc_8463_has_its_public_half() -> None:
    key = DkimKey.read(Secret("ed25519:nWGxne/9WmC6hEr0kuwsxERJxWl7MmkZcDusAxyuf2A="))
    assert record(key, "football.example.com", "brisbane").value == (
        "v=DKIM1; k=ed25519; p=11qYAYKxCrfVS/7TyWQHOg7hcvPapiMlrwIaaPcHURo="
    )


def test_names_are_put_into_their_form_or_refused() -> None:
    assert dkim_name(" Bücher.EXAMPLE ", "S1.Mail_2").domain == "xn--bcher-kva.example"
    assert dkim_name("example.com", "S1.Mail_2").selector == "s1.mail_2"
    for domain in ("", "example", "a b.example", "x@y.example", "-a.example", "a\r\nb.example"):
        assert code_of(lambda domain=domain: dkim_name(domain, "s")) == "dkim.domain"
    for selector in ("", "a b", "-a", "a..b", "a;b", "é", "x" * 64, ".".join(["x" * 60] * 4)):
        assert code_of(lambda selector=selector: dkim_name("example.com", selector)) == "dkim.selector"


def test_a_very_long_tail_of_empty_lines_counts_for_nothing() -> None:
    raw = sign(LETTER + b"\r\n" * 300_000)  # minutes, were each line a copy
    assert raw.partition(b"\r\nFrom")[0] == sign(LETTER).partition(b"\r\nFrom")[0]


def code_of(call: object) -> str:
    with pytest.raises(InputError) as caught:
        call()  # type: ignore[operator]
    return caught.value.code


def vars_of(key: DkimKey) -> list[object]:
    return [getattr(key, name) for name in key.__slots__]


def _short() -> str:
    """A PKCS#1 key of 512 bits, by hand: the library makes none so short."""
    p = 0xFFFFFFFFFFFFFFFFFFFFFFFFFFFFFFFFFFFFFFFFFFFFFFFFFFFFFFFFFFFFFF43
    q = 0xFFFFFFFFFFFFFFFFFFFFFFFFFFFFFFFFFFFFFFFFFFFFFFFFFFFFFFFFFFFFFDD5
    d = pow(65537, -1, (p - 1) * (q - 1))
    numbers = (0, p * q, 65537, d, p, q, d % (p - 1), d % (q - 1), pow(q, -1, p))
    raw = b"".join(b"\x02" + _length(value) for value in map(_octets, numbers))
    text = base64.b64encode(b"\x30\x82" + len(raw).to_bytes(2, "big") + raw).decode()
    return f"-----BEGIN RSA PRIVATE KEY-----\n{text}\n-----END RSA PRIVATE KEY-----\n"


def _octets(number: int) -> bytes:
    return number.to_bytes(number.bit_length() // 8 + 1, "big")


def _length(value: bytes) -> bytes:
    return bytes([len(value)]) + value if len(value) < 128 else b"\x81" + bytes([len(value)]) + value


SHORT = _short()
