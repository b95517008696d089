"""Sends what is due when it is due, over connections that are kept, and accounts for every attempt.

One thread and one poller. Nothing here waits for the target: what is due is sent, or waits for a free connection, and
each attempt has one deadline, counted from when it was due.
"""

from __future__ import annotations

import contextlib
import heapq
import time
from collections import deque
from collections.abc import Iterable, Iterator
from dataclasses import dataclass, field

from hookproof.load.connection import READ_SIZE, Connection, Errand, OwnTroubleError
from hookproof.load.framing import GarbledError
from hookproof.load.ledger import Ledger
from hookproof.load.native import original, poller
from hookproof.load.sending import Sending
from hookproof.load.tally import Fate, Tally

READABLE, WRITABLE = 1, 4
LOOK_S = 0.05
"""How often the engine looks up from waiting, to see whether it is to stop."""
SCAN_S = 0.01
STALE_S = 1.5
"""How long a connection may have been idle and still be used: most servers close them after two seconds and more.
Of one that is seen to close them sooner, half the shortest rest that it allowed, forgotten slowly."""
HASTY_S = 0.0005
"""A server that closes sooner than that keeps no connection, whatever it says."""
RACE_S = 0.02
"""A kept connection that ends so soon after a request, without a byte, was being closed when it was sent."""
DIALS = 16
"""How many connections are opened at most before what has come is looked at again."""
PRECISE_BELOW = 4000
"""Fewer attempts a second are each waited for to the microsecond; of more, what comes in BATCH_S is done at once."""
BATCH_S = 0.0005
clock = time.perf_counter


@dataclass(repr=False)
class Engine:
    """One stage in one process. `tally` can be read while it runs; its two switches may be thrown by other threads.

    stopping    no more arrivals; what is under way is still waited for
    abandoning  end at once; what is under way counts as abandoned
    """

    sending: Sending
    tally: Tally = field(default_factory=Tally)
    stopping: bool = False
    abandoning: bool = False

    def __post_init__(self) -> None:
        self._poller = poller()
        self._select, self._pause = original("select", "select"), original("time", "sleep")
        self._all: dict[int, Connection] = {}
        self._idle: deque[Connection] = deque()
        self._waiting: deque[Errand] = deque()
        self._later: list[tuple[float, int, int]] = []
        self._open = self._busy = self._dialling = 0
        self._woke = self._held_back_at = self._reached_at = 0.0
        self._started = self._end = 0.0
        self._stale_s = STALE_S
        how = self.sending
        self._request, self._rotate = how.request, how.rotate
        self._ledger = Ledger(self.tally, how.acknowledges, how.deadline_s, how.workers)

    def warm_up(self) -> None:
        """Open connections before the first attempt is due; returns when all are ready, or after two seconds."""
        for _ in range(self.sending.warm):
            self._connect()
        end = clock() + 2.0
        while len(self._idle) < self._open and clock() < end:
            self._serve(self._poller.poll(0.01))

    def run(self, due: Iterable[tuple[float, int]], *, duration_s: float, started: float = 0.0) -> Tally:
        """Send all of `due` (seconds since the start, serial number) and see every attempt to its end.

        `started` is on `time.perf_counter`'s clock, now if not given. Returns when everything has ended. No retry is
        begun after `duration_s`.
        """
        self._started = started or clock()
        self._end = self._started + duration_s
        self._ledger.begin(self._started)
        try:
            self._loop(iter(due))
        finally:
            self._ledger.close(self.sending.worker)
            for connection in list(self._all.values()):
                self._close(connection)
            self._poller.close()
        return self.tally

    # -- the loop -----------------------------------------------------------------------------------------------

    def _loop(self, arrivals: Iterator[tuple[float, int]]) -> None:
        begin, next_scan, ledger = self._started, 0.0, self._ledger
        upcoming = next(arrivals, None)
        while True:
            now = clock()
            if now >= ledger.turns_at:
                ledger.turn(now)
                self._stale_s = min(STALE_S, 2 * self._stale_s)
            if self.stopping or self.abandoning:
                upcoming = None
                self._later.clear()
            if self.abandoning:
                self._abandon()
            while upcoming is not None and (due := begin + upcoming[0]) <= now:
                self._take_up(due, upcoming[1], 0, now)
                upcoming = next(arrivals, None)
            while self._later and self._later[0][0] <= now:
                at, serial, number = heapq.heappop(self._later)
                self._take_up(at, serial, number, now)
            if self._waiting:
                self._dial(now)
            if now >= next_scan:
                self._scan(now)
                next_scan = now + max(SCAN_S, 1e-5 * self._open)
            wake = begin + upcoming[0] if upcoming else now + LOOK_S
            if self._later:
                wake = min(wake, self._later[0][0])
            elif upcoming is None and not self._busy and not self._waiting:
                return
            self._wait(min(wake, next_scan if self._busy or self._waiting else wake) - clock())

    def _wait(self, seconds: float) -> None:
        """Wait for the target, but no longer than that."""
        if seconds <= 0:
            events = self._poller.poll(0)
        elif self._ledger.rate >= PRECISE_BELOW:
            self._pause(BATCH_S)
            events = self._poller.poll(0)
        elif seconds < 0.001 and self._ledger.rate < PRECISE_BELOW and self._poller.fileno() >= 0:
            ready, _, _ = self._select([self._poller.fileno()], [], [], seconds)
            events = self._poller.poll(0) if ready else []
        else:
            events = self._poller.poll(min(seconds, LOOK_S))
        self._woke = clock()
        self._serve(events)

    def _serve(self, events: list[tuple[int, int]]) -> None:
        connections = self._all
        for descriptor, mask in events:
            connection = connections.get(descriptor)
            if connection is None:
                continue
            if mask == READABLE:  # the usual
                self._readable(connection)
                continue
            if mask & WRITABLE:
                self._writable(connection)
            if mask & ~WRITABLE and descriptor in connections:
                self._readable(connection)

    # -- what is due --------------------------------------------------------------------------------------------

    def _take_up(self, due: float, serial: int, number: int, now: float) -> None:
        """The time of one attempt has come: send it, or let it wait for a connection."""
        errand = self._ledger.due(due, serial, number, now)
        idle = self._idle
        while idle:
            connection = idle.popleft() if self._rotate else idle.pop()
            if now - connection.since < self._stale_s or self._rotate:
                connection.reused = True
                self._send(connection, errand, now)
                return
            self._close(connection)
        if self._open >= self.sending.connections:
            self.tally.waited += 1
        self._waiting.append(errand)

    def _dial(self, now: float) -> None:
        """Open connections for what waits, unless we are late ourselves: a handshake costs more than a delivery."""
        wanted = min(len(self._waiting) - self._dialling, self.sending.connections - self._open)
        late_s = now - self._woke
        allowed = DIALS if late_s < 0.001 else 1 if late_s < 0.005 or not self._busy else 0
        if wanted > allowed:
            self._held_back_at = now
        for _ in range(min(wanted, allowed)):
            self._connect()

    def _send(self, connection: Connection, errand: Errand, now: float) -> None:
        due, serial, _, slot, taken = errand
        self._ledger.sent(slot, (taken if self._held_back_at < due else now) - due)
        connection.errand = errand
        connection.sent_at = now
        self._busy += 1
        try:
            connection.write(self._request(serial))
        except OSError:
            self._lose(connection, now)
            return
        if connection.rest:
            self._poller.modify(connection.descriptor, READABLE | WRITABLE)

    def _connect(self) -> None:
        """Open one more connection; it serves what has waited longest once it is there."""
        if self._open >= self.sending.room:
            self._give_up(Fate.OWN)
            return
        try:
            connection = Connection(self.sending.address)
        except OwnTroubleError:
            self._give_up(Fate.OWN)
            return
        self._all[connection.descriptor] = connection
        self._open += 1
        self._dialling += 1
        connection.since = clock()
        self.tally.opened += 1
        try:
            connection.connect(self.sending.address)
            self._poller.register(connection.descriptor, READABLE | WRITABLE)
        except OSError as error:
            self._fail(connection, Fate.OWN if isinstance(error, OwnTroubleError) else Fate.REFUSED)

    def _give_up(self, fate: Fate) -> None:
        """There was no connection to be had: what has waited longest ends."""
        if self._waiting:
            self._end_unsent(self._waiting.popleft(), fate)

    # -- what comes back ----------------------------------------------------------------------------------------

    def _writable(self, connection: Connection) -> None:
        try:
            if not connection.ready:
                self._connected(connection)
            elif connection.rest:
                connection.flush()
        except OSError:
            self._lose(connection, clock())
            return
        if connection.ready and not connection.rest and connection.descriptor in self._all:
            self._poller.modify(connection.descriptor, READABLE)

    def _connected(self, connection: Connection, data: bytes = b"") -> None:
        """The connection is there, or its TLS handshake goes on."""
        if connection.failure:
            self._fail(connection, Fate.REFUSED)
            return
        if connection.tls is not None and not connection.shake_hands(data):
            if not connection.rest:
                self._poller.modify(connection.descriptor, READABLE)
            return
        connection.ready = True
        self._dialling -= 1
        self._reached_at = clock()
        self._release(connection, self._reached_at)

    def _readable(self, connection: Connection) -> None:
        try:
            data = connection.recv(READ_SIZE)
            if data and connection.tls is not None:
                if not connection.ready:
                    self._connected(connection, data)
                    return
                data = connection.opened(data)
                if not data:
                    return
        except BlockingIOError:
            return
        except OSError:
            data = b""
        if not data:
            self._lose(connection, clock())
        elif connection.errand is None or not connection.ready:
            self._close(connection)  # nobody asked
        else:
            try:
                whole = connection.take_in(data)
            except GarbledError:
                self._fail(connection, Fate.GARBLED)
                return
            if whole:
                self._answered(connection)

    def _answered(self, connection: Connection) -> None:
        errand = connection.errand
        assert errand is not None
        now = clock()
        if fate := self._ledger.answered(errand, connection.status, connection.sent_at, now):
            self._end_errand(errand, fate)
        self._busy -= 1
        connection.errand = None
        connection.reused = True
        if connection.keep and self.sending.reuse and self._stale_s > HASTY_S:
            self._release(connection, now)
        else:
            self._close(connection)

    # -- how attempts end ---------------------------------------------------------------------------------------

    def _release(self, connection: Connection, now: float) -> None:
        """A connection is free: it serves what has waited longest, or rests."""
        connection.since = now
        if self._waiting:
            self._send(connection, self._waiting.popleft(), now)
        else:
            self._idle.append(connection)

    def _lose(self, connection: Connection, now: float) -> None:
        """The other side closed or reset a connection."""
        if not connection.ready:
            self._fail(connection, Fate.REFUSED)
        elif connection.errand is None:
            self._stale_s = min(self._stale_s, (now - connection.since) / 2)
            self._close(connection)
        elif connection.ends_here():
            self._answered(connection)
        elif self._raced(connection, now):
            self._stale_s = min(self._stale_s, (connection.sent_at - connection.since) / 2)
            self._fail(connection, Fate.RACED)
        else:
            self._fail(connection, Fate.RESET)

    def _raced(self, connection: Connection, now: float) -> bool:
        """Whether the server was giving the connection up just when it was used again; or it broke on the request.

        Nobody can tell these apart: such an attempt counts neither for nor against the target.
        """
        return connection.reused and not connection.begun and now - connection.sent_at < RACE_S

    def _fail(self, connection: Connection, fate: Fate) -> None:
        errand, dialling = connection.errand, not connection.ready
        self._close(connection)
        if dialling:
            self._give_up(fate)
        elif errand is not None:
            self._reached_at = clock()
            self._busy -= 1
            self._end_errand(errand, fate)

    def _end_unsent(self, errand: Errand, fate: Fate) -> None:
        due, _, _, slot, taken = errand
        self._ledger.unsent(slot, (taken if self._held_back_at < due else clock()) - due)
        self._end_errand(errand, fate)

    def _end_errand(self, errand: Errand, fate: Fate) -> None:
        """An attempt was not acknowledged: count it, and plan the next one if there is one."""
        _, serial, number, _, _ = errand
        if not self._ledger.failed(errand, fate) or self.stopping:
            return
        step = number + (self.sending.standing[serial] if self.sending.standing else 0)
        if step < len(self.sending.retries):
            at = clock() + self.sending.retries[step]
            if at < self._end:
                heapq.heappush(self._later, (at, serial, number + 1))

    def _abandon(self) -> None:
        """Let go of everything that is under way."""
        while self._waiting:
            self._end_unsent(self._waiting.popleft(), Fate.OWN)
        for connection in list(self._all.values()):
            if connection.errand is not None:
                self._fail(connection, Fate.ABANDONED)

    def _close(self, connection: Connection) -> None:
        if self._all.pop(connection.descriptor, None) is None:
            return
        self._open -= 1
        if not connection.ready:
            self._dialling -= 1
        elif connection.errand is None:
            with contextlib.suppress(ValueError):
                self._idle.remove(connection)
        connection.errand = None
        connection.sock.close()

    def _scan(self, now: float) -> None:
        """Cut what is past its deadline."""
        latest = now - self.sending.deadline_s
        for connection in list(self._all.values()) if self._busy or self._dialling else ():
            errand = connection.errand
            if errand is not None and errand[0] <= latest:
                self._fail(connection, Fate.TIMED_OUT)
            elif not connection.ready and connection.since <= latest:
                self._fail(connection, Fate.REFUSED)
        shut = 0 < self._open == self._dialling and self._reached_at <= latest
        fate = Fate.REFUSED if shut else Fate.UNSENT
        while self._waiting and self._waiting[0][0] <= latest:
            self._end_unsent(self._waiting.popleft(), fate)
