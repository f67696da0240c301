"""Reads an autoconfig file (``config-v1.1.xml``), in which a domain says how mail programs reach it. Pure; asks nobody.

Form: https://wiki.mozilla.org/Thunderbird:Autoconfiguration:ConfigFileFormat
"""

from __future__ import annotations

import re
from dataclasses import dataclass

from lxml import etree  # type: ignore[import-untyped]

from smtpdesk.domain.profile import OAUTH2, PASSWORD, Relay, Security

#: No honest file is longer.
MOST = 262_144
_SECURITY = {"SSL": Security.TLS, "STARTTLS": Security.STARTTLS, "plain": Security.NONE}
_WAYS = {"OAuth2", "password-cleartext", "password-encrypted", "plain", "secure"}
#: A name, not an address: no honest domain sends its people to a number.
_HOST = re.compile(r"(?=.{1,253}\Z)(?!.*\.\d+\Z)[a-z0-9](?:[a-z0-9-]{0,62})(?:\.[a-z0-9][a-z0-9-]{0,62})+\Z")
_USER = re.compile(r"[^\x00-\x1f\x7f]{0,200}\Z")


class NoAutoconfig(ValueError):
    """The file is no autoconfig file, or names no server to send through."""


@dataclass(frozen=True, slots=True)
class Server:
    """A server to send through. ``username`` "": no sign-in; ``ways``: PASSWORD and OAUTH2 in the file's order."""

    relay: Relay
    username: str
    ways: tuple[str, ...]


def read_autoconfig(raw: bytes, address: str) -> tuple[Server, ...]:
    """The servers to send through, in the order of the file.

    Args:
        raw: the file. It is a stranger's: no entity is resolved, nothing is fetched, and a long one is refused.
        address: fills the placeholders.

    Raises:
        NoAutoconfig: it is none, or names none.
    """
    if len(raw) > MOST:
        raise NoAutoconfig("too long")
    parser = etree.XMLParser(
        resolve_entities=False, no_network=True, load_dtd=False, dtd_validation=False, huge_tree=False, recover=False
    )
    try:
        root = etree.fromstring(raw, parser)
    except (etree.XMLSyntaxError, ValueError) as error:
        raise NoAutoconfig("no XML") from error
    # Any document type may declare entities; a file of this form has no need of one.
    if root.getroottree().docinfo.doctype or root.tag != "clientConfig":
        raise NoAutoconfig("another kind of file")
    found = tuple(
        server
        for element in root.iterfind("emailProvider/outgoingServer")
        if element.get("type") == "smtp" and (server := _server(element, address)) is not None
    )
    if not found:
        raise NoAutoconfig("no server to send through")
    return found


def _server(element: etree._Element, address: str) -> Server | None:
    host = _filled(_word(element, "hostname"), address).lower().rstrip(".")
    port, security = _word(element, "port"), _SECURITY.get(_word(element, "socketType"))
    user = _filled(_word(element, "username"), address)
    if security is None or not _HOST.match(host) or not _USER.match(user):
        return None
    if not (port.isascii() and port.isdigit() and len(port) < 6 and 1 <= int(port) <= 65535):
        return None
    methods = [(one.text or "").strip() for one in element.iterfind("authentication")]
    wanted = [OAUTH2 if method == "OAuth2" else PASSWORD for method in methods if method in _WAYS]
    ways = tuple(dict.fromkeys(wanted))
    if methods and not ways and "none" not in methods and "client-IP-address" not in methods:
        return None  # a sign-in that we do not have, such as Kerberos
    return Server(Relay(host, int(port), security), user if ways else "", ways)


def _word(element: etree._Element, name: str) -> str:
    return (element.findtext(name) or "").strip()


def _filled(text: str, address: str) -> str:
    local, _at, domain = address.rpartition("@")
    for name, value in (("EMAILADDRESS", address), ("EMAILLOCALPART", local), ("EMAILDOMAIN", domain)):
        text = text.replace(f"%{name}%", value)
    return text
