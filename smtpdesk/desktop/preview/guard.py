"""Which requests of a message may leave this computer: none, until a person asks for its pictures.

Then pictures only, by GET, over http or https, and never from this computer or its own network: a message must not
be able to reach a router or a printer.
"""

from __future__ import annotations

import asyncio
import socket
from collections.abc import Callable, Iterable
from concurrent.futures import ThreadPoolExecutor
from ipaddress import IPv4Address, IPv6Address, IPv6Network, ip_address
from urllib.parse import urlsplit

#: Says whether pictures may be loaded from an address that a host name stands for.
Reachable = Callable[[str], bool]

_LOOK_UP_SECONDS = 6.0
_MOST_HOSTS = 40
_NAT64 = IPv6Network("64:ff9b::/96")


def is_public(address: str) -> bool:
    """Whether an IP address belongs to the internet, not to this computer or the network around it."""
    try:
        ip: IPv4Address | IPv6Address = ip_address(address.partition("%")[0])
    except ValueError:
        return False
    if isinstance(ip, IPv6Address):
        inner = ip.ipv4_mapped or ip.sixtofour
        if ip in _NAT64:
            inner = IPv4Address(int(ip) & 0xFFFFFFFF)
        if ip.teredo is not None:
            return False
        if inner is not None:
            return is_public(str(inner))
    return ip.is_global and not ip.is_multicast


def _host_is_fine(host: str, port: int, reachable: Reachable) -> bool:
    try:
        found = socket.getaddrinfo(host, port, type=socket.SOCK_STREAM)
    except (OSError, UnicodeError):
        return False
    return bool(found) and all(reachable(str(entry[4][0])) for entry in found)


def site(address: str) -> tuple[str, int] | None:
    """Host and port of an http(s) address; None for any other."""
    try:
        parts = urlsplit(address)
        if parts.scheme.lower() not in ("http", "https") or not parts.hostname:
            return None
        return parts.hostname.lower(), parts.port or (443 if parts.scheme.lower() == "https" else 80)
    except ValueError:
        return None


async def fine_sites(addresses: Iterable[str], reachable: Reachable = is_public) -> set[tuple[str, int]]:
    """Those sites of the addresses whose every IP address is ``reachable``; looked up on threads, with a time-out."""
    sites = list(dict.fromkeys(found for address in addresses if (found := site(address))))[:_MOST_HOSTS]
    loop = asyncio.get_running_loop()
    pool = ThreadPoolExecutor(8, thread_name_prefix="look-up")
    try:
        answers = [loop.run_in_executor(pool, _host_is_fine, host, port, reachable) for host, port in sites]
        if answers:
            await asyncio.wait(answers, timeout=_LOOK_UP_SECONDS)
        return {one for one, answer in zip(sites, answers, strict=True) if answer.done() and answer.result()}
    finally:
        pool.shutdown(wait=False, cancel_futures=True)
