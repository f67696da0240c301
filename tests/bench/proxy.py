"""Distance: ``python -m tests.bench.proxy PORT SECONDS`` passes bytes to PORT, each piece so many seconds later.

It prints the port on which it listens. Both ways take that long, so a round trip takes twice as much; how much is on
the way at a time is not limited, as on a fast line over a long distance.
"""

from __future__ import annotations

import asyncio
import contextlib
import sys
import time

_AT_ONCE = 262_144
#: The event loop sleeps for whole milliseconds: it wakes so much earlier (seconds), and then looks again and again.
_EARLY = 0.0015
#: A piece (empty: the end) and the moment when it is to arrive.
_Road = asyncio.Queue[tuple[float, bytes]]


async def _enter(reader: asyncio.StreamReader, road: _Road, seconds: float) -> None:
    while True:
        try:
            piece = await reader.read(_AT_ONCE)
        except ConnectionError:
            piece = b""
        road.put_nowait((time.monotonic() + seconds, piece))
        if not piece:
            return


async def _leave(road: _Road, writer: asyncio.StreamWriter) -> None:
    while True:
        moment, piece = await road.get()
        await asyncio.sleep(moment - time.monotonic() - _EARLY)
        while time.monotonic() < moment:  # noqa: ASYNC110 - only the clock can tell
            await asyncio.sleep(0)
        if not piece:
            writer.close()
            return
        writer.write(piece)


async def _one_way(reader: asyncio.StreamReader, writer: asyncio.StreamWriter, seconds: float) -> None:
    road: _Road = asyncio.Queue()
    await asyncio.gather(_enter(reader, road, seconds), _leave(road, writer))


async def serve(target: int, seconds: float) -> None:
    """Listen on a free port, print it, and pass on what comes until the process is ended."""

    async def connected(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        far_reader, far_writer = await asyncio.open_connection("127.0.0.1", target)
        with contextlib.suppress(ConnectionError):
            await asyncio.gather(_one_way(reader, far_writer, seconds), _one_way(far_reader, writer, seconds))

    server = await asyncio.start_server(connected, "127.0.0.1", 0)
    print(server.sockets[0].getsockname()[1], flush=True)
    await server.serve_forever()


if __name__ == "__main__":
    asyncio.run(serve(int(sys.argv[1]), float(sys.argv[2])))
