"""Clients that are slow on purpose: python -m chaos.slow KIND HOW_MANY PORT, until it is ended."""

import asyncio
import contextlib
import itertools
import socket
import sys

PAGE = "/roadmaps/ai-engineer-2026/"
HEAD = f"GET {PAGE} HTTP/1.1\r\nHost: localhost\r\n"
PAUSE = 0.5
TIMES = 20
"""With so many pages, 2.5 MB, there is more to send than the system takes for somebody who reads nothing."""


async def headers(port: int) -> None:
    """One more line every while, and never the last."""
    _, writer = await asyncio.open_connection("localhost", port)
    writer.write(HEAD.encode())
    for number in itertools.count():
        writer.write(f"X-{number}: x\r\n".encode())
        await writer.drain()
        await asyncio.sleep(PAUSE)


async def body(port: int) -> None:
    """A form that comes letter by letter, with a cookie, for which somebody would be looked up."""
    _, writer = await asyncio.open_connection("localhost", port)
    kind = "Content-Type: application/x-www-form-urlencoded\r\nContent-Length: 100000\r\n"
    cookie = f"Cookie: session={'x' * 32}; csrf={'x' * 32}\r\n"
    writer.write(f"POST /theme/ HTTP/1.1\r\nHost: localhost\r\n{kind}{cookie}\r\ntheme=".encode())
    while True:
        writer.write(b"x")
        await writer.drain()
        await asyncio.sleep(PAUSE)


async def reader(port: int) -> None:
    """Asks for a lot, and takes a few bytes every while."""
    with socket.socket() as narrow:
        narrow.setsockopt(socket.SOL_SOCKET, socket.SO_RCVBUF, 2048)
        narrow.setblocking(False)
        await asyncio.get_running_loop().sock_connect(narrow, ("127.0.0.1", port))
        answers, writer = await asyncio.open_connection(sock=narrow, limit=64)
        writer.write(f"{HEAD}\r\n".encode() * TIMES)
        while await answers.read(16):
            await asyncio.sleep(PAUSE)


async def idle(port: int) -> None:
    """Says nothing at all."""
    answers, _ = await asyncio.open_connection("localhost", port)
    await answers.read()


KINDS = {each.__name__: each for each in (headers, body, reader, idle)}


async def again(kind: str, port: int) -> None:
    """Whoever is thrown out is back at once."""
    while True:
        with contextlib.suppress(OSError):
            await KINDS[kind](port)
        await asyncio.sleep(0.1)


async def main(kind: str, how_many: int, port: int) -> None:
    await asyncio.gather(*(again(kind, port) for _ in range(how_many)))


if __name__ == "__main__":
    asyncio.run(main(sys.argv[1], int(sys.argv[2]), int(sys.argv[3])))
