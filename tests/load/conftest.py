"""A server on loopback whose every connection is served by one function, and an engine that sends to it."""

import socket
import threading
from contextlib import contextmanager, suppress

import pytest

from hookproof.load.engine.connection import Address
from hookproof.load.engine.engine import Engine
from hookproof.load.engine.engine_settings import EngineSettings
from hookproof.load.engine.tally import Tally
from hookproof.load.schedule.schedule import constant

OK = b"HTTP/1.1 200 OK\r\nContent-Length: 2\r\n\r\nok"


def request(serial):
    body = b'{"id": "%08d"}' % serial
    return b"POST / HTTP/1.1\r\nHost: x\r\nContent-Length: %d\r\n\r\n%b" % (len(body), body)


def bodies(connection):
    """The bodies of the requests that come over a connection, until the other side closes."""
    size, data = len(request(0)), b""
    while True:
        while len(data) < size:
            piece = connection.recv(65536)
            if not piece:
                return
            data += piece
        yield data[:size]
        data = data[size:]


def answering(*answers):
    """Serves each request of a connection with these answers, the last one again and again."""

    def serve(connection):
        for at, _ in enumerate(bodies(connection)):
            connection.sendall(answers[min(at, len(answers) - 1)])

    return serve


def loose(connection):
    """Acknowledges whatever comes; delivers whole requests to nobody."""
    data = b""
    while piece := connection.recv(65536):
        data += piece
        while (end := data.find(b"\r\n\r\n")) >= 0:
            length = int(data[:end].lower().partition(b"content-length: ")[2].split(b"\r\n")[0])
            if len(data) < end + 4 + length:
                break
            data = data[end + 4 + length :]
            connection.sendall(OK)


@contextmanager
def served(serve, backlog=512):
    """The address of a server that runs `serve` on each connection, in a thread of its own."""
    listener = socket.create_server(("127.0.0.1", 0), backlog=backlog)
    taken = []

    def one(connection):
        with connection, suppress(OSError):
            serve(connection)

    def accept():
        while True:
            try:
                connection, _ = listener.accept()
            except OSError:
                return
            taken.append(connection)
            threading.Thread(target=one, args=(connection,), daemon=True).start()

    thread = threading.Thread(target=accept, daemon=True)
    thread.start()
    try:
        yield listener.getsockname()
    finally:
        listener.shutdown(socket.SHUT_RDWR)
        listener.close()
        thread.join(2)
        for connection in taken:
            connection.close()


def engine(place, **changes):
    given = {"deadline_s": 1.0, "acknowledges": frozenset(range(200, 300)), **changes}
    return Engine(EngineSettings(Address(socket.AF_INET, place), request, **given), Tally(slot_s=0.1))


@pytest.fixture
def sent():
    """Sends constantly to a server, and returns the tally."""

    def run(serve, rate=100, for_s=0.3, **changes):
        with served(serve) as place:
            return engine(place, **changes).run(constant(rate, for_s).due(0), duration_s=for_s)

    return run
