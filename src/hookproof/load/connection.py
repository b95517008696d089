"""One connection of the engine: a socket that never blocks, with TLS in memory where the target wants it."""

from __future__ import annotations

import errno
import socket
import ssl
from dataclasses import dataclass, field
from typing import Any, TypeAlias

from hookproof.load.framing import HEAD_CAP, INFORMATIONAL_CAP, Body, GarbledError, Head, end_of_head, read_head
from hookproof.load.native import original
from hookproof.load.tally import Slot

READ_SIZE = 65536
_KNOWN: dict[bytes, Head] = {}
"""Heads that have been read before: a server's are few."""


def _remember(raw: bytes, head: Head) -> None:
    if len(_KNOWN) >= 256:
        _KNOWN.clear()
    _KNOWN[raw] = head


OWN_TROUBLE = frozenset({errno.EMFILE, errno.ENFILE, errno.ENOBUFS, errno.ENOMEM, errno.EADDRNOTAVAIL})


class OwnTroubleError(OSError):
    """No descriptor, port or memory left here: never the target's fault."""


@dataclass(frozen=True)
class Address:
    """Where a target listens, resolved once. `tls` with `name`: the certificate has to be good for it."""

    family: int
    place: Any
    name: str = ""
    tls: ssl.SSLContext | None = field(default=None, repr=False, compare=False)


Errand: TypeAlias = tuple[float, int, int, Slot, float]
"""One attempt: when it was due on the engine's clock, whose, how many went before, its slot, when it was taken up."""


class Connection:
    """What the engine knows of one connection.

    errand     the attempt it serves; None while idle
    ready      connected, and through with the TLS handshake
    rest       bytes that the kernel has not taken yet
    head       the beginning of an answer's head; `body` once the head is complete
    """

    __slots__ = (
        "_incoming",
        "_outgoing",
        "body",
        "descriptor",
        "errand",
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
        self.errand: Errand | None = None
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
        code = self.sock.connect_ex(address.place)
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
        """Send; what does not fit now is kept in `rest`. Raises OSError."""
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
        """Go on with the TLS handshake; whether it is over. Raises OSError, of which ssl.SSLError is one."""
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

    def opened(self, data: bytes) -> bytes:
        """What received bytes say once TLS is taken off. Raises OSError."""
        self._incoming.write(data)
        found = []
        try:
            while piece := self.tls.read(READ_SIZE):
                found.append(piece)
        except ssl.SSLWantReadError:
            pass
        return b"".join(found)

    # -- the answer ---------------------------------------------------------------------------------------------

    def take_in(self, data: bytes) -> bool:
        """More of an answer; whether it is whole now, so that `status` and `keep` can be read. Raises GarbledError."""
        body = self.body
        if body is None and not self.head:  # the usual: an answer like others before it, whole and at once
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
        """The other side closed: whether that ends a whole answer."""
        return self.body is not None and self.body.close()

    @property
    def begun(self) -> bool:
        """Whether anything of an answer has come."""
        return bool(self.body or self.head or self.informational)
