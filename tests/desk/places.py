"""A made-up internet on this computer: names that lead to an address of the loopback network of their own.

Each test has an address in 127/8 for itself, so that servers can stand on the real ports (25, 465, 587) at once with
whatever else runs here.
"""

from __future__ import annotations

import contextlib
import itertools
import os
import socket
from collections.abc import Iterator, Sequence

import pytest

from smtpdesk.smtp.dial import Place

_NUMBERS = itertools.count(1)
HOST = "mail.shop.example"


def own_address() -> str:
    """An address of this computer that nobody else uses; ports below 1024 on it need root."""
    number = os.getpid() * 64 + next(_NUMBERS) % 64
    return f"127.{100 + number // 65536 % 100}.{number // 256 % 256}.{number % 254 + 1}"


class Names:
    """Looks names up: those that are known lead to one address each; all others are unknown."""

    def __init__(self, address: str, *names: str) -> None:
        self.known: dict[str, list[str]] = {name: [address] for name in (HOST, *names)}

    async def __call__(self, host: str, port: int) -> Sequence[Place]:
        if host not in self.known:
            raise socket.gaierror(socket.EAI_NONAME, "Name or service not known")
        return [_place(address, port) for address in self.known[host]]


def _place(address: str, port: int) -> Place:
    if ":" in address:
        return socket.AF_INET6, (address, port, 0, 0)
    return socket.AF_INET, (address, port)


def needs_real_ports() -> None:
    """Skip where ports below 1024 are not ours to open."""
    if os.geteuid() != 0:
        pytest.skip("servers on ports below 1024 need root")


@contextlib.contextmanager
def black_hole(address: str, port: int) -> Iterator[None]:
    """A port that swallows every packet, as behind a firewall: its queue is full and nobody takes from it."""
    listener = socket.socket()
    listener.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
    listener.bind((address, port))
    listener.listen(0)
    waiting = []
    try:
        for _number in range(4):
            one = socket.socket()
            one.setblocking(False)
            one.connect_ex((address, port))
            waiting.append(one)
        yield
    finally:
        for one in [*waiting, listener]:
            one.close()
