"""One connection of the engine: a socket that never blocks, with TLS in memory where the target wants it."""

from __future__ import annotations

import errno
import socket
import ssl
from dataclasses import dataclass, field
from typing import Any

from hookproof.load.engine.framing import Body, GarbledError, Head, end_of_head, read_head
from hookproof.load.engine.tally_writer import DueAttempt
from hookproof.load.engine.unpatched import original
from hookproof.wire.client import HEAD_CAP, INFORMATIONAL_CAP

READ_SIZE = 65536
_KNOWN: dict[bytes, Head] = {}
"""Answers' heads that were read before, by their bytes: a server sends few different ones."""


def _remember(raw: bytes, head: Head) -> None:
    if len(_KNOWN) >= 256:
        _KNOWN.clear()
    _KNOWN[raw] = head


OWN_TROUBLE = frozenset({errno.EMFILE, errno.ENFILE, errno.ENOBUFS, errno.ENOMEM, errno.EADDRNOTAVAIL})
"""Errors of the operating system that say that this machine has no descriptor, memory or port left."""


class OwnTroubleError(OSError):
    """This machine has no descriptor, port or memory left, which is never the target's fault."""


@dataclass(frozen=True)
class Address:
    """Where a target listens, resolved once.

    sockaddr  what `socket.connect` takes
    name      the host's name, which the certificate has to be good for
    tls       None for plain HTTP
    """

    family: int
    sockaddr: Any
    name: str = ""
    tls: ssl.SSLContext | None = field(default=None, repr=False, compare=False)


class Connection:
    """What the engine knows of one connection.

    attempt        the attempt that it serves; None while idle
    ready          it is connected, and the TLS handshake is over
    reused         it served an attempt before
    since          when it became idle; before it is ready, when it was opened
    rest           bytes of the request that the kernel has not taken yet
    head           the beginning of an answer's head, until that is complete
    body           the answer's body, once the head is complete
    informational  how many 1xx answers came before the answer
    keep           the other side will keep the connection open after this answer
    """

    __slots__ = (
        "_incoming",
        "_outgoing",
        "attempt",
        "body",
        "descriptor",
        "head",
        "informational",
        "keep",
        "ready",
        "recv",
        "rest",
        "reused",
        "send",
        "sent_at",
        "since",
        "sock",
        "status",
        "tls",
    )  # fmt: skip

    def __init__(self, address: Address) -> None:
        try:
            self.sock = original("socket", "socket")(address.family, socket.SOCK_STREAM)
        except OSError as error:
            raise OwnTroubleError(error.errno, error.strerror) from None
        self.sock.setblocking(False)
        self.sock.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
        self.descriptor: int = self.sock.fileno()
        self.recv, self.send = self.sock.recv, self.sock.send
        self.attempt: DueAttempt | None = None
        self.ready = self.reused = False
        self.rest = self.head = b""
        self.body: Body | None = None
        self.status = self.informational = 0
        self.keep = False
        self.sent_at = self.since = 0.0
        self.tls: Any = None
        if address.tls is not None:
            self._incoming, self._outgoing = ssl.MemoryBIO(), ssl.MemoryBIO()
            self.tls = address.tls.wrap_bio(self._incoming, self._outgoing, server_hostname=address.name)

    def connect(self, address: Address) -> None:
        """Begin to connect. Raises OSError if that fails at once, OwnTroubleError if we are the cause."""
        code = self.sock.connect_ex(address.sockaddr)
        if code in OWN_TROUBLE:
            raise OwnTroubleError(code, "no port left")
        if code not in (0, errno.EINPROGRESS):
            raise OSError(code, "not connected")

    @property
    def failure(self) -> int:
        """Why connecting failed, as errno; 0 if it did not."""
        code: int = self.sock.getsockopt(socket.SOL_SOCKET, socket.SO_ERROR)
        return code

    def write(self, data: bytes) -> None:
        """Send `data`; what the kernel does not take now is kept in `rest`. Raises OSError."""
        if self.tls is not None:
            self.tls.write(data)
            data = self._outgoing.read()
        try:
            count = self.send(data)
        except BlockingIOError:
            count = 0
        if count != len(data):
            self.rest = data[count:]

    def flush(self) -> None:
        """Send more of `rest`. Raises OSError."""
        try:
            self.rest = self.rest[self.send(self.rest) :]
        except BlockingIOError:
            return

    def shake_hands(self, data: bytes = b"") -> bool:
        """Continue the TLS handshake with received bytes. Returns whether it is over. Raises OSError."""
        self._incoming.write(data)
        try:
            self.tls.do_handshake()
            return True
        except ssl.SSLWantReadError:
            return False
        finally:
            pending = self.rest + self._outgoing.read()
            self.rest = pending
            if pending:
                self.flush()

    def decrypt(self, data: bytes) -> bytes:
        """Decrypt received bytes. Raises OSError."""
        self._incoming.write(data)
        found = []
        try:
            while piece := self.tls.read(READ_SIZE):
                found.append(piece)
        except ssl.SSLWantReadError:
            pass
        return b"".join(found)

    def take_in(self, data: bytes) -> bool:
        """Read more of an answer. Returns whether it is whole, and `status` and `keep` are set. Raises GarbledError."""
        body = self.body
        if body is None and not self.head:  # the usual case: a whole answer at once, with a head that is known
            raw, _, rest = data.partition(b"\r\n\r\n")
            known = _KNOWN.get(raw)
            if known is not None and known.length == len(rest):
                self.status, self.keep = known.status, known.keep
                return True
        while body is None:
            data = self.head + data
            at, begin = end_of_head(data)
            if at < 0 or at > HEAD_CAP:
                if len(data) > HEAD_CAP:
                    raise GarbledError("a head without end")
                self.head = data
                return False
            head = read_head(data[:at])
            if head.status >= 200 and data[at:begin] == b"\r\n\r\n":
                _remember(data[:at], head)
            data, self.head = data[begin:], b""
            if head.status >= 200:
                self.status, self.keep = head.status, head.keep
                body = self.body = Body(head.length)
            else:
                self.informational += 1
                if self.informational > INFORMATIONAL_CAP:
                    raise GarbledError("informational answers without end")
        if body.feed(data):
            self.keep = False  # more came than was announced
        if body.done:
            self.body, self.informational = None, 0
        return body.done

    def ends_here(self) -> bool:
        """The other side closed the connection. Returns whether that completes an answer."""
        return self.body is not None and self.body.close()

    @property
    def begun(self) -> bool:
        """Whether any part of an answer has come."""
        return bool(self.body or self.head or self.informational)
