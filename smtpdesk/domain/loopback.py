"""Whether a host is this computer. One answer for all: a password may cross such a connection in the clear."""

from __future__ import annotations

import ipaddress


def is_loopback_address(address: str) -> bool:
    """True for an IP address of the loopback interface: 127.0.0.0/8, ::1, and the former written as IPv6."""
    try:
        found = ipaddress.ip_address(address.partition("%")[0])
    except ValueError:
        return False
    mapped = found.ipv4_mapped if isinstance(found, ipaddress.IPv6Address) else None
    return (mapped or found).is_loopback


def is_loopback(host: str) -> bool:
    """True when ``host`` means this computer: a loopback address, ``localhost`` or a name under it (RFC 6761).

    A name only claims it. Whoever relies on it asks for the address that answered too, with
    :func:`is_loopback_address`: ``127.evil.example`` is somebody's name, and a hosts file can lead localhost elsewhere.
    """
    plain = host.strip().removeprefix("[").removesuffix("]")
    if is_loopback_address(plain):
        return True
    labels = plain.lower().removesuffix(".").split(".")
    return labels[-1] == "localhost" and all(labels)
