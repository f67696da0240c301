"""From a name to a connected socket: every address is tried, and a dead IPv6 does not keep IPv4 waiting (RFC 8305)."""

from __future__ import annotations

import asyncio
import ipaddress
import os
import socket
import time
from collections.abc import Awaitable, Callable, Sequence
from dataclasses import dataclass
from typing import Any

#: Seconds between the beginnings of two tries (RFC 8305 section 5 recommends 250 ms).
STAGGER = 0.25
#: Seconds that a test gives the other addresses once one has answered.
PATIENCE = 1.5

#: Address family and what ``connect`` takes, as getaddrinfo gives them.
Place = tuple[int, tuple[Any, ...]]
Resolver = Callable[[str, int], Awaitable[Sequence[Place]]]


async def look_up(host: str, port: int) -> list[Place]:
    """The addresses of a host, in the order of preference of this computer (RFC 6724).

    Raises:
        OSError: there is none (``socket.gaierror``).
        UnicodeError: the name cannot be one.
    """
    found = await asyncio.get_running_loop().getaddrinfo(host, port, type=socket.SOCK_STREAM)
    return list(dict.fromkeys((int(entry[0]), tuple(entry[4])) for entry in found))


@dataclass(frozen=True, slots=True)
class AddressTried:
    """What became of one address: ``error`` is None where it answered; ``seconds`` it took."""

    address: str
    seconds: float
    error: OSError | None = None
    #: Given up because another address had answered long before.
    abandoned: bool = False

    @property
    def ok(self) -> bool:
        """Whether it answered."""
        return self.error is None and not self.abandoned

    @property
    def reason(self) -> str:
        """The error in the system's words."""
        if isinstance(self.error, TimeoutError) and not self.error.errno:
            return "timed out"
        return os.strerror(self.error.errno) if self.error is not None and self.error.errno else str(self.error or "")

    @property
    def is_ipv6(self) -> bool:
        """Whether it is an IPv6 address."""
        return is_ipv6(self.address)


def is_ipv6(address: str) -> bool:
    """Whether a text is an IPv6 address, with or without a scope."""
    try:
        return ipaddress.ip_address(address.partition("%")[0]).version == 6
    except ValueError:
        return False


class NoAddressAnswers(OSError):
    """None of the addresses took the connection; ``tried`` says what each one did, ``__cause__`` the most telling."""

    def __init__(self, tried: Sequence[AddressTried]) -> None:
        super().__init__(", ".join(f"{one.address}: {one.error}" for one in tried))
        self.tried = tuple(tried)


async def dial(
    places: Sequence[Place], timeout: float, *, thorough: bool = False
) -> tuple[socket.socket, list[AddressTried]]:
    """Connect to the first address that answers; the next is tried when one fails or takes its time.

    Args:
        places: where, the preferred one first.
        timeout: seconds for each address.
        thorough: try all of them, for a test that shows each.

    Returns:
        The connected socket (not blocking), and what became of the addresses that were tried.

    Raises:
        NoAddressAnswers: with the most telling error as its cause.
    """
    race = _Race(places, timeout)
    try:
        await race.run(thorough)
        await race.end()
    except BaseException:
        await race.end(keep=False)
        raise
    if race.winner is None:
        tried = race.tried()
        raise NoAddressAnswers(tried) from min((one.error for one in tried if one.error), key=_telling)
    return race.winner, race.tried()


class _Race:
    """The tries of one dialling; the preferred address that answered first is the winner."""

    def __init__(self, places: Sequence[Place], timeout: float) -> None:
        self._places, self._timeout = list(places), timeout
        self._began: list[float] = []
        self._tasks: list[asyncio.Task[socket.socket]] = []
        self._took: dict[int, float] = {}
        self.winner: socket.socket | None = None

    async def run(self, thorough: bool) -> None:
        waiting = list(self._places)
        while waiting or self._pending():
            if waiting:
                self._start(waiting.pop(0))
                if thorough:
                    continue
            pending = self._pending()
            if pending:
                pause = STAGGER if waiting else None
                await asyncio.wait(pending, timeout=pause, return_when=asyncio.FIRST_COMPLETED)
            if any(self._answered(task) for task in self._tasks):
                break
        if thorough and self._pending():
            await asyncio.wait(self._pending(), timeout=PATIENCE)

    def _start(self, place: Place) -> None:
        number = len(self._tasks)
        self._began.append(time.monotonic())
        task = asyncio.get_running_loop().create_task(_connect(place, self._timeout))
        task.add_done_callback(lambda _task: self._took.__setitem__(number, time.monotonic() - self._began[number]))
        self._tasks.append(task)

    def _pending(self) -> list[asyncio.Task[socket.socket]]:
        return [task for task in self._tasks if not task.done()]

    @staticmethod
    def _answered(task: asyncio.Task[socket.socket]) -> bool:
        return task.done() and not task.cancelled() and task.exception() is None

    async def end(self, keep: bool = True) -> None:
        """Give up what is under way, and close every socket but the winner's."""
        for task in self._tasks:
            task.cancel()
        if self._tasks:
            await asyncio.wait(self._tasks)
        for task in self._tasks:
            if self._answered(task):
                if keep and self.winner is None:
                    self.winner = task.result()
                else:
                    task.result().close()

    def tried(self) -> list[AddressTried]:
        result = []
        for number, task in enumerate(self._tasks):
            address = str(self._places[number][1][0])
            took = self._took.get(number, time.monotonic() - self._began[number])
            error = None if task.cancelled() else task.exception()
            assert error is None or isinstance(error, OSError)
            result.append(AddressTried(address, took, error, abandoned=task.cancelled()))
        return result


async def _connect(place: Place, timeout: float) -> socket.socket:
    family, address = place
    sock = socket.socket(family, socket.SOCK_STREAM)
    try:
        sock.setblocking(False)
        async with asyncio.timeout(timeout):
            await asyncio.get_running_loop().sock_connect(sock, address)
    except BaseException:
        sock.close()
        raise
    return sock


def _telling(error: OSError) -> int:
    """A refusal says that a computer is there; that there is no way says the least."""
    if isinstance(error, ConnectionRefusedError):
        return 0
    return 1 if isinstance(error, TimeoutError) else 2
