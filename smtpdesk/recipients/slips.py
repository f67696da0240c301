"""Common slips of the keyboard in addresses, and the address that was probably meant. Never applied, only suggested."""

from __future__ import annotations

import re
import unicodedata

from smtpdesk.domain.address import AddressError, parse_address

#: Domains at which nobody has a mailbox, one slip away from one where millions have.
MISSPELT_DOMAINS: dict[str, str] = {
    wrong: right
    for right, wrongs in {
        "gmail.com": "gmial.com gmai.com gmal.com gmil.com gamil.com gnail.com gmaill.com gmali.com gmaul.com "
        "gmeil.com gimail.com ggmail.com gmaik.com gmail.cm gmail.co gmail.om",
        "googlemail.com": "googlemial.com googlmail.com goglemail.com",
        "hotmail.com": "hotmial.com hotmai.com hotmal.com hotmil.com hotamil.com hotnail.com hotmaill.com hotmali.com "
        "homtail.com htomail.com hotmail.cm hotmail.co hotmail.om",
        "outlook.com": "outlok.com outloo.com otlook.com outllok.com oultook.com outlool.com outlook.cm outlook.co",
        "yahoo.com": "yaho.com yahooo.com yhoo.com yaoo.com yhaoo.com yahoo.cm yahoo.om",
        "icloud.com": "iclod.com icoud.com icluod.com iclould.com icloud.cm icloud.co icloud.om",
    }.items()
    for wrong in wrongs.split()
}
#: Endings that are no top-level domain (none of them is in the root zone), and the one that was meant.
MISSPELT_ENDINGS: dict[str, str] = {
    wrong: right
    for right, wrongs in {"com": "con cmo ocm vom xom comm ccom coom cpm", "net": "nte nett", "org": "ogr orgg"}.items()
    for wrong in wrongs.split()
}
#: No address with a slip in it is longer than this many characters.
_LONGEST = 500
#: What people type instead, and what they mean; tried one after the other.
_REPAIRS: tuple[tuple[re.Pattern[str], str], ...] = (
    (re.compile(r"\s*[(\[{]\s*(?:at|bei|arroba)\s*[)\]}]\s*", re.IGNORECASE), "@"),
    (re.compile(r"\s*[(\[{]\s*(?:dot|punkt|punto|point)\s*[)\]}]\s*", re.IGNORECASE), "."),
    (re.compile(r"\A(?:e-?mail|mailto)\s*:\s*", re.IGNORECASE), ""),
    (re.compile(r"\A[\s'\"<(\[.,;:]+|[\s'\">)\].,;:]+\Z"), ""),
    (re.compile(r"@{2,}"), "@"),
    (re.compile(r"\.*\s*@\s*\.*"), "@"),
    (re.compile(r"(?<=@)([^@,;]+)[,;](?=[a-z]{2,}\Z)", re.IGNORECASE), r"\1."),
    (re.compile(r"\s*\.[\s.]*"), "."),
    (re.compile(r"[\u200b\u00ad]+"), ""),
    (re.compile(r"[\r\n\t]+"), " "),
    (re.compile(r"\A.*\s(?=\S+@)"), ""),
    (re.compile(r"(?<=@)(\S+)\s.*\Z"), r"\1"),
    (re.compile(r"@(gmail|hotmail|outlook|yahoo|icloud)\Z", re.IGNORECASE), r"@\1.com"),
)


def mended(text: str) -> str:
    """The valid address that was probably meant by ``text``, or "" when there is none or nothing to mend."""
    if len(text) > _LONGEST:
        return ""
    repaired = unicodedata.normalize("NFKC", text)
    for pattern, replacement in _REPAIRS:
        repaired = pattern.sub(replacement, repaired)
    try:
        address = parse_address(repaired)
    except AddressError:
        return ""
    better = right_domain(address)
    return better if better != text else ""


def right_domain(address: str) -> str:
    """A valid address with a known slip in its domain mended; unchanged when there is none."""
    local, _at, domain = address.rpartition("@")
    name, _dot, ending = domain.rpartition(".")
    domain = f"{name}.{MISSPELT_ENDINGS.get(ending, ending)}"
    return f"{local}@{MISSPELT_DOMAINS.get(domain, domain)}"
