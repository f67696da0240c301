"""A server that swallows mail and offers PIPELINING and CHUNKING (RFC 3030), which smtp-sink does not.

``python -m tests.bench.chunking_sink`` prints the port on which it listens.
"""

from __future__ import annotations

import asyncio

_OFFERS = b"250-sink.example\r\n250-PIPELINING\r\n250-CHUNKING\r\n250-8BITMIME\r\n250 ENHANCEDSTATUSCODES\r\n"
_GOOD = {
    b"MAIL": b"250 2.1.0 sender ok\r\n",
    b"RCPT": b"250 2.1.5 recipient ok\r\n",
    b"RSET": b"250 2.0.0 forgotten\r\n",
    b"DATA": b"354 go on\r\n",
    b"EHLO": _OFFERS,
    b"HELO": b"250 sink.example\r\n",
    b"QUIT": b"221 2.0.0 bye\r\n",
}
_TAKEN = b"250 2.0.0 taken\r\n"


async def _talk(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
    try:
        writer.write(b"220 sink.example ESMTP\r\n")
        while line := await reader.readline():
            verb = line[:4].upper()
            if verb == b"BDAT":
                await reader.readexactly(int(line.split()[1]))
            writer.write(_TAKEN if verb == b"BDAT" else _GOOD.get(verb, b"502 5.5.1 not here\r\n"))
            if verb == b"DATA":
                await reader.readuntil(b"\r\n.\r\n")
                writer.write(_TAKEN)
            if verb == b"QUIT":
                break
            await writer.drain()
    except (ConnectionError, asyncio.IncompleteReadError):
        pass
    finally:
        writer.close()


async def serve() -> None:
    """Listen on a free port, print it, and take mail until the process is ended."""
    server = await asyncio.start_server(_talk, "127.0.0.1", 0, limit=2**20)
    print(server.sockets[0].getsockname()[1], flush=True)
    await server.serve_forever()


if __name__ == "__main__":
    asyncio.run(serve())
