"""What a hostile target does with a connection: each a script for `Scripted`, or makes one."""

from __future__ import annotations

import base64
import functools
import gzip
import os
import socket
import struct
import time
from collections.abc import Callable
from typing import Any

from tests.scripted import OK, Scripted, answers, read_request

Script = Callable[[Scripted, Any], Any]

CHUNKED = b"HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n"
LENGTH = b"HTTP/1.1 200 OK\r\nContent-Length: %d\r\n\r\n"
HINTS = b"HTTP/1.1 103 Early Hints\r\nLink: </x>\r\n\r\n"
CONTINUE = b"HTTP/1.1 100 Continue\r\n\r\n"
HEAD = b"HTTP/1.1 200 OK\r\n"
FOUND = b"HTTP/1.1 302 Found\r\nLocation: /hook\r\nContent-Length: 0\r\n\r\n"


def drips(first: bytes, rest: bytes, pause_s: float = 0.2) -> Script:
    """Send the first part at once, the rest a byte at a time."""
    return answers(first, *[rest[at : at + 1] for at in range(len(rest))], pause=pause_s)


def ends(*parts: bytes, reset: bool) -> Script:
    """Send the parts and end the connection before the answer is whole."""

    def script(server: Scripted, connection: Any) -> None:
        read_request(server, connection)
        for part in parts:
            connection.sendall(part)
        time.sleep(0.05)
        if reset:
            connection.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, struct.pack("ii", 1, 0))
        connection.close()

    return script


def at_once(*parts: bytes, reset: bool = False, stays_s: float = 0.0) -> Script:
    """Say something, or nothing, without reading."""

    def script(server: Scripted, connection: Any) -> None:
        for part in parts:
            connection.sendall(part)
        time.sleep(stays_s)
        if reset:
            connection.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, struct.pack("ii", 1, 0))

    return script


def closes_its_half(server: Scripted, connection: Any) -> None:
    """Nothing will be said, but everything is read."""
    connection.shutdown(socket.SHUT_WR)
    read_request(server, connection)
    time.sleep(0.1)


def reads_half(*, reset: bool) -> Script:
    """End the connection in the middle of the upload."""

    def script(server: Scripted, connection: Any) -> None:
        connection.recv(1024)
        if reset:
            connection.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, struct.pack("ii", 1, 0))
        connection.close()

    return script


def answers_without_reading(server: Scripted, connection: Any) -> None:
    connection.recv(100)
    connection.sendall(OK)
    time.sleep(0.3)


def says_keep_alive_and_closes(server: Scripted, connection: Any) -> None:
    read_request(server, connection)
    connection.sendall(b"HTTP/1.1 200 OK\r\nConnection: keep-alive\r\nContent-Length: 2\r\n\r\nok")


def breaks_every_second(server: Scripted, connection: Any) -> None:
    """A process that restarts: half of the connections die, the others are fine."""
    read_request(server, connection)
    if len(server.received) % 2:
        connection.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, struct.pack("ii", 1, 0))
        connection.close()
    else:
        connection.sendall(OK)


@functools.cache
def zeros(count: int, times: int = 1) -> bytes:
    raw = bytes(count)
    for _ in range(times):
        raw = gzip.compress(raw, 9)
    return raw


def zstd(blocks: int) -> bytes:
    """A Zstandard frame of so many blocks of 128 KiB of zeros each."""
    block = struct.pack("<I", (131072 << 3) | (1 << 1))[:3] + b"\0"
    return b"\x28\xb5\x2f\xfd\x00\x58" + block * blocks + struct.pack("<I", 1)[:3]


BROTLI = base64.b64decode(
    "y///PwAkAOKxQHLv//j//weABEAcFoDu/R////8AkACIwwLQvf/j//8fABIAcVgAuvd//P//A0ACIA4LQPf+j///fwBIAMRhAeje//H//w8ACY"
    "A4LADd+7/8//8DIAEQhwWge/8H"
)
"""64 MiB of zeros."""


def coded(name: bytes, body: bytes) -> Script:
    """A whole answer in some coding."""
    return answers(b"HTTP/1.1 200 OK\r\nContent-Encoding: %b\r\nContent-Length: %d\r\n\r\n" % (name, len(body)) + body)


# -- what needs more than a script --------------------------------------------------------------------------------


def breaks_tls(first: bytes) -> Script:
    """Reads the request, says this much, and then something that is no TLS."""

    def script(server: Scripted, connection: socket.socket) -> None:
        read_request(server, connection)
        if first:
            connection.sendall(first)
        os.write(connection.fileno(), b"\x17\x03\x03\x00\x20" + b"g" * 32)
        time.sleep(0.2)

    return script
