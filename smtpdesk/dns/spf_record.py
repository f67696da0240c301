"""The text of an SPF record: its mechanisms and modifiers (RFC 7208 sections 4.5, 4.6.1, 5, 6 and 12)."""

from __future__ import annotations

import ipaddress
import re
from dataclasses import dataclass

_TERM = re.compile(r"(?P<qualifier>[+\-~?]?)(?P<name>[A-Za-z][A-Za-z0-9_.-]*)(?P<rest>.*)\Z", re.DOTALL)
_MODIFIER = re.compile(r"(?P<name>[A-Za-z][A-Za-z0-9_.-]*)=(?P<value>.*)\Z", re.DOTALL)
_EXPAND = r"%(?:\{[slodiphcrtvSLODIPHCRTV][0-9]*r?[.\-+,/_=]*\}|[%_-])"
_MACRO_STRING = re.compile(rf"(?:{_EXPAND}|[\x21-\x24\x26-\x7e])*\Z")
#: A domain-spec ends in a macro, or in a top-level label that is no number (section 7.1).
_DOMAIN_END = re.compile(
    rf"(?:.*(?:{_EXPAND})|.*\.(?=[A-Za-z0-9-]*[A-Za-z-])[A-Za-z0-9](?:[A-Za-z0-9-]*[A-Za-z0-9])?\.?)\Z"
)
_PREFIXES = re.compile(r"(?P<spec>.*?)(?:/(?P<four>\d{1,2}))?(?://(?P<six>\d{1,3}))?\Z", re.DOTALL)
#: Mechanisms and modifiers that cost one of the ten look-ups (section 4.6.4).
ASKING = frozenset({"include", "a", "mx", "ptr", "exists", "redirect"})
_NEEDS_DOMAIN, _MAY_NAME = frozenset({"include", "exists"}), frozenset({"a", "mx"})

Network = ipaddress.IPv4Network | ipaddress.IPv6Network


class SpfSyntaxError(ValueError):
    """A record that no receiver evaluates; ``term`` is the part that is wrong."""

    def __init__(self, term: str) -> None:
        super().__init__(term)
        self.term = term


@dataclass(frozen=True, slots=True)
class Mechanism:
    """One mechanism.

    Attributes:
        text: as written. ``qualifier``: ``+ - ~ ?``. ``name``: in lower case.
        spec: the domain-spec with its macros, "" for the domain itself.
        network: of ``ip4`` and ``ip6``. ``four``, ``six``: length of the prefix for ``a`` and ``mx``.
    """

    text: str
    qualifier: str
    name: str
    spec: str = ""
    network: Network | None = None
    four: int = 32
    six: int = 128


@dataclass(frozen=True, slots=True)
class SpfRecord:
    """A record that can be evaluated; ``redirect`` is a domain-spec, "" when there is none."""

    text: str
    mechanisms: tuple[Mechanism, ...]
    redirect: str = ""

    @property
    def ends(self) -> Mechanism | None:
        """The ``all`` behind which nothing is looked at."""
        return next((one for one in self.mechanisms if one.name == "all"), None)


def is_spf(text: str) -> bool:
    """Whether a TXT record is SPF's (section 4.5)."""
    return re.match(r"v=spf1(?: |\Z)", text, re.IGNORECASE) is not None


def read_spf(text: str) -> SpfRecord:
    """Read a record.

    Raises:
        SpfSyntaxError: it is a permanent error for every receiver (section 2.6.7).
    """
    if not is_spf(text):
        raise SpfSyntaxError(text[:80])
    mechanisms: list[Mechanism] = []
    modifiers: dict[str, str] = {}
    for term in filter(None, text[6:].split(" ")):
        modifier = _MODIFIER.match(term)
        if modifier is None:
            mechanisms.append(_mechanism(term))
            continue
        name, value = modifier["name"].lower(), modifier["value"]
        if name in ("redirect", "exp"):
            if name in modifiers or not _is_domain_spec(value):
                raise SpfSyntaxError(term)
            modifiers[name] = value
        elif not _MACRO_STRING.match(value):
            raise SpfSyntaxError(term)
    return SpfRecord(text, tuple(mechanisms), modifiers.get("redirect", ""))


def _is_domain_spec(text: str) -> bool:
    return bool(_MACRO_STRING.match(text) and _DOMAIN_END.match(text))


def _mechanism(term: str) -> Mechanism:
    parts = _TERM.match(term)
    if parts is None:
        raise SpfSyntaxError(term)
    qualifier, rest = parts["qualifier"] or "+", parts["rest"]
    name = parts["name"].lower()
    if name == "all":
        if rest:
            raise SpfSyntaxError(term)
        return Mechanism(term, qualifier, name)
    if name in ("ip4", "ip6"):
        return Mechanism(term, qualifier, name, network=_network(name, rest, term))
    if name in _NEEDS_DOMAIN or name == "ptr":
        if (rest and not (rest.startswith(":") and _is_domain_spec(rest[1:]))) or (not rest and name != "ptr"):
            raise SpfSyntaxError(term)
        return Mechanism(term, qualifier, name, rest[1:])
    if name in _MAY_NAME:
        return _naming(term, qualifier, name, rest)
    raise SpfSyntaxError(term)


def _naming(term: str, qualifier: str, name: str, rest: str) -> Mechanism:
    """``a`` and ``mx``: ``a``, ``a:example.com``, ``a/24``, ``a:example.com/24//64`` (sections 5.3, 5.4)."""
    parts = _PREFIXES.match(rest)
    if parts is None:
        raise SpfSyntaxError(term)
    spec = parts["spec"]
    four, six = _prefix(parts["four"], 32, term), _prefix(parts["six"], 128, term)
    if spec and not (spec.startswith(":") and _is_domain_spec(spec[1:])):
        raise SpfSyntaxError(term)
    return Mechanism(term, qualifier, name, spec[1:], four=four, six=six)


def _prefix(text: str | None, most: int, term: str) -> int:
    """A length without leading zeros; absent means the whole address."""
    if text is None:
        return most
    if int(text) > most or (text != "0" and text.startswith("0")):
        raise SpfSyntaxError(term)
    return int(text)


def _network(name: str, rest: str, term: str) -> Network:
    address, slash, prefix = rest[1:].partition("/")
    most = 32 if name == "ip4" else 128
    if not rest.startswith(":") or (slash and not (prefix.isascii() and prefix.isdigit())) or "%" in address:
        raise SpfSyntaxError(term)
    length = _prefix(prefix if slash else None, most, term)
    try:
        if name == "ip4":
            return ipaddress.IPv4Network((address, length), strict=False)
        return ipaddress.IPv6Network((address, length), strict=False)
    except ValueError:
        raise SpfSyntaxError(term) from None
