"""A vendor that sends its reply a byte at a time, each soon enough, and never ends."""

import asyncio
import contextlib


@contextlib.asynccontextmanager
async def dripping(head: bytes, body: bytes, *, every: float):
    """Serve; ``head`` goes out at once, ``body`` again and again by single bytes."""
    gone = []  # bytes that each client got

    async def answer(reader, writer):
        number = len(gone)
        gone.append(0)
        with contextlib.suppress(ConnectionError, asyncio.IncompleteReadError):
            await reader.readuntil(b"\r\n\r\n")
            writer.write(head)
            while not writer.is_closing():
                for byte in body:
                    writer.write(bytes([byte]))
                    await writer.drain()
                    gone[number] += 1
                    await asyncio.sleep(every)

    server = await asyncio.start_server(answer, "127.0.0.1", 0)
    host, port = server.sockets[0].getsockname()
    try:
        yield f"http://{host}:{port}", gone
    finally:
        server.close()
