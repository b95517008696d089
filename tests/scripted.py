"""A TCP server that says exactly the bytes of a script, well-behaved or not, on a free loopback port."""

import contextlib
import socket
import struct
import threading
import time

OK = b"HTTP/1.1 200 OK\r\nContent-Length: 2\r\n\r\nok"


class Scripted:
    """Runs `script(connection, head, body)` for each connection; remembers what came in."""

    def __init__(self, script, context=None):
        self.script, self.context = script, context
        self.received = []

    def __enter__(self):
        self._listener = socket.create_server(("127.0.0.1", 0), backlog=64)
        self.port = self._listener.getsockname()[1]
        self._threads = [threading.Thread(target=self._accept, daemon=True)]
        self._threads[0].start()
        return self

    def __exit__(self, *_):
        self._listener.close()

    @property
    def url(self):
        return f"{'https' if self.context else 'http'}://127.0.0.1:{self.port}/hook"

    def _accept(self):
        while True:
            try:
                connection, _ = self._listener.accept()
            except OSError:
                return
            threading.Thread(target=self._serve, args=(connection,), daemon=True).start()

    def _serve(self, connection):
        with contextlib.suppress(OSError), connection:
            connection.settimeout(5)
            if not self.context:
                return self.script(self, connection)
            with self.context.wrap_socket(connection, server_side=True, do_handshake_on_connect=False) as secured:
                secured.do_handshake()
                self.script(self, secured)
        return None


def read_request(server, connection):
    """Read head and body as Content-Length or chunks say; remember both."""
    raw = b""
    while b"\r\n\r\n" not in raw:
        part = connection.recv(65536)
        if not part:
            server.received.append(raw)
            return raw
        raw += part
    head, _, body = raw.partition(b"\r\n\r\n")
    fields = {k.strip().lower(): v.strip() for k, _, v in (line.partition(b":") for line in head.split(b"\r\n")[1:])}
    wanted = int(fields.get(b"content-length", 0))
    while len(body) < wanted or (b"transfer-encoding" in fields and not body.endswith(b"0\r\n\r\n")):
        part = connection.recv(65536)
        if not part:
            break
        body += part
    server.received.append(head + b"\r\n\r\n" + body)
    return head


def answers(*parts, pause=0.0):
    """Read the request, then send the parts with pauses between them."""

    def script(server, connection):
        read_request(server, connection)
        for part in parts:
            connection.sendall(part)
            time.sleep(pause)

    return script


def forever(first, part, pause=0.0):
    """Read the request, then never stop sending."""

    def script(server, connection):
        read_request(server, connection)
        connection.sendall(first)
        while True:
            connection.sendall(part)
            time.sleep(pause)

    return script


def resets(server, connection):
    read_request(server, connection)
    connection.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, struct.pack("ii", 1, 0))
    connection.close()


def hangs(server, connection):
    read_request(server, connection)
    time.sleep(5)


def refuses_early(server, connection):
    """Answer before the body has come, then close."""
    connection.recv(1024)
    connection.sendall(b"HTTP/1.1 413 Too Large\r\nContent-Length: 0\r\nConnection: close\r\n\r\n")
    time.sleep(0.1)


def continues(server, connection):
    """Ask for the body only after the head."""
    head = connection.recv(65536)
    server.received.append(head)
    connection.sendall(b"HTTP/1.1 100 Continue\r\n\r\n")
    server.received.append(connection.recv(65536))
    connection.sendall(OK)
