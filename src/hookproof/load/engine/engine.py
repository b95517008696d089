"""Sends each attempt when it is due, over connections that stay open, and counts how every attempt ended.

One thread and one poller. The engine never waits for the target: an attempt that is due is sent at once, or queued for
a free connection, and has one deadline, counted from when it was due. This is the fast path: attributes are bound to
local names, and one function serves several needs, because a delivery must cost about 25 us of one core, signature
included. `make bench` prints that figure as "us each", beside other tools.
"""

from __future__ import annotations

import contextlib
import heapq
import math
import time
from collections import deque
from collections.abc import Iterable, Iterator
from dataclasses import dataclass, field
from typing import NamedTuple

from hookproof.load.engine.connection import READ_SIZE, Connection, OwnTroubleError
from hookproof.load.engine.engine_settings import EngineSettings
from hookproof.load.engine.framing import GarbledError
from hookproof.load.engine.tally import Fate, Tally
from hookproof.load.engine.tally_writer import DueAttempt, TallyWriter
from hookproof.load.engine.unpatched import original, poller

READABLE, WRITABLE = 1, 4
LOOK_S = 0.05
"""Longest wait of the engine, in seconds, before it looks whether it is to stop."""
SCAN_S = 0.01
"""Shortest time, in seconds, between two searches for attempts that are past their deadline."""
STALE_S = 1.5
"""Longest time, in seconds, that a connection may be idle and still be used: most servers close after two or more.

For a server that is seen to close sooner, half the shortest idle time after which it closed counts instead; that limit
doubles with each slot until it is STALE_S again."""
HASTY_S = 0.0005
"""A server that closes connections after twice this idle time, in seconds, or less gets a new one for each attempt."""
RACE_S = 0.02
"""A kept connection that ends within this many seconds after a request, without a byte of an answer, may have been
closing when the request was sent: if it had rested so long, or the server is seen to close that soon."""
SEEN_S = 5.0
"""How long, in seconds, a server that closed a connection soon after its answer is taken as one that does."""
DIALS = 16
"""How many connections are opened at most before the engine looks again for answers that came in."""
PRECISE_BELOW = 4000
"""Below this rate, in attempts a second, each attempt is waited for to the microsecond."""
BATCH_S = 0.0005
"""At higher rates than PRECISE_BELOW, the time in seconds whose attempts and answers are dealt with together."""
clock = time.perf_counter
_NOTHING = (math.inf, 0)
"""Stands for a delivery after the last one: it is never due."""


class Retry(NamedTuple):
    """An attempt that is planned after a failed one: when it is due, on the engine's clock."""

    due: float
    serial: int
    earlier: int


@dataclass(repr=False)
class Engine:
    """Sends one stage, or one worker's share of it. `tally` may be read while the stage runs.

    Another thread may set `abandoning`: everything ends at once, and attempts under way count as abandoned.
    """

    settings: EngineSettings
    tally: Tally = field(default_factory=Tally)
    abandoning: bool = False

    def __post_init__(self) -> None:
        self._poller = poller()
        self._select, self._pause = original("select", "select"), original("time", "sleep")
        self._all: dict[int, Connection] = {}
        self._idle: deque[Connection] = deque()
        self._waiting: deque[DueAttempt] = deque()
        self._retries: list[Retry] = []
        self._open = self._busy = self._dialling = 0
        self._woke = self._held_back_at = self._reached_at = 0.0
        self._started = self._end = self._hasty_until = 0.0
        self._survived_s = -1.0
        self._stale_s = STALE_S
        settings = self.settings
        self._request, self._rotate = settings.request, settings.rotate
        self._writer = TallyWriter(self.tally, settings.acknowledges, settings.deadline_s, settings.workers)

    def warm_up(self) -> None:
        """Open the settings' `warm` connections. Returns when all are ready, or after two seconds."""
        for _ in range(self.settings.warm):
            self._connect()
        end = clock() + 2.0
        while len(self._idle) < self._open and clock() < end:
            self._serve(self._poller.poll(0.01))

    def run(self, due: Iterable[tuple[float, int]], *, duration_s: float, started: float = 0.0) -> Tally:
        """Send every (seconds since the start, serial number) of `due`, and return the tally once all attempts ended.

        `started` is on the clock of `time.perf_counter`; 0 means now. No retry becomes due after `duration_s`.
        """
        self._started = started or clock()
        self._end = self._started + duration_s
        self._writer.begin(self._started)
        try:
            self._loop(iter(due))
        finally:
            self._writer.close(self.settings.worker)
            for connection in list(self._all.values()):
                self._close(connection)
            self._poller.close()
        return self.tally

    def _loop(self, schedule: Iterator[tuple[float, int]]) -> None:
        begin, next_scan, writer, retries = self._started, 0.0, self._writer, self._retries
        at_s, serial = next(schedule, _NOTHING)
        while True:
            now = clock()
            if now >= writer.turns_at:
                writer.turn(now)
                self._stale_s = min(STALE_S, 2 * self._stale_s)
            if self.abandoning:
                at_s = math.inf
                retries.clear()
                self._abandon()
            while (due := begin + at_s) <= now:
                self._take_up(due, serial, 0, now)
                at_s, serial = next(schedule, _NOTHING)
            while retries and retries[0].due <= now:
                retry = heapq.heappop(retries)
                self._take_up(retry.due, retry.serial, retry.earlier, now)
            if self._waiting:
                self._dial(now)
            if now >= next_scan:
                self._scan(now)
                next_scan = now + max(SCAN_S, 1e-5 * self._open)
            wake = min(begin + at_s, now + LOOK_S)
            if retries:
                wake = min(wake, retries[0].due)
            elif at_s == math.inf and not self._busy and not self._waiting:
                return
            self._wait(min(wake, next_scan if self._busy or self._waiting else wake) - clock())

    def _wait(self, seconds: float) -> None:
        """Wait for answers, at most `seconds`, and deal with them."""
        if seconds <= 0:
            events = self._poller.poll(0)
        elif self._writer.rate >= PRECISE_BELOW:
            self._pause(BATCH_S)
            events = self._poller.poll(0)
        elif seconds < 0.001 and self._poller.fileno() >= 0:
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
            if mask == READABLE:  # the usual case
                self._readable(connection)
                continue
            if mask & WRITABLE:
                self._writable(connection)
            if mask & ~WRITABLE and descriptor in connections:
                self._readable(connection)

    def _take_up(self, due: float, serial: int, earlier: int, now: float) -> None:
        """Send an attempt that is due, or queue it for a connection."""
        attempt = self._writer.due(due, serial, earlier, now)
        idle = self._idle
        while idle:
            connection = idle.popleft() if self._rotate else idle.pop()
            if now - connection.since < self._stale_s or self._rotate:
                connection.reused = True
                self._send(connection, attempt, now)
                return
            self._close(connection)
        if self._open >= self.settings.connections:
            self.tally.waited += 1
        self._waiting.append(attempt)

    def _dial(self, now: float) -> None:
        """Open connections for queued attempts, but few while we are late: a handshake costs more than an attempt."""
        wanted = min(len(self._waiting) - self._dialling, self.settings.connections - self._open)
        late_s = now - self._woke
        allowed = DIALS if late_s < 0.001 else 1 if late_s < 0.005 or not self._busy else 0
        if wanted > allowed:
            self._held_back_at = now
        for _ in range(min(wanted, allowed)):
            self._connect()

    def _send(self, connection: Connection, attempt: DueAttempt, now: float) -> None:
        due = attempt.due
        self._writer.sent(attempt.slot, (attempt.taken_up if self._held_back_at < due else now) - due)
        connection.attempt = attempt
        connection.sent_at = now
        self._busy += 1
        try:
            connection.write(self._request(attempt.serial))
        except OSError:
            self._lose(connection, now)
            return
        if connection.rest:
            self._poller.modify(connection.descriptor, READABLE | WRITABLE)

    def _connect(self) -> None:
        """Open one more connection. When it is ready, it serves the attempt that has waited longest."""
        if self._open >= self.settings.room:
            self._give_up(Fate.OWN)
            return
        try:
            connection = Connection(self.settings.address)
        except OwnTroubleError:
            self._give_up(Fate.OWN)
            return
        self._all[connection.descriptor] = connection
        self._open += 1
        self._dialling += 1
        connection.since = clock()
        self.tally.opened += 1
        try:
            connection.connect(self.settings.address)
            self._poller.register(connection.descriptor, READABLE | WRITABLE)
        except OSError as error:
            self._fail(connection, Fate.OWN if isinstance(error, OwnTroubleError) else Fate.REFUSED)

    def _give_up(self, fate: Fate) -> None:
        """No connection could be opened: end the attempt that has waited longest."""
        if self._waiting:
            self._end_unsent(self._waiting.popleft(), fate)

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
        """Finish connecting, or continue the TLS handshake with received bytes."""
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
                data = connection.decrypt(data)
                if not data:
                    return
        except BlockingIOError:
            return
        except OSError:
            data = b""
        if not data:
            self._lose(connection, clock())
        elif connection.attempt is None or not connection.ready:
            self._close(connection)  # bytes that nobody asked for
        else:
            try:
                whole = connection.take_in(data)
            except GarbledError:
                self._fail(connection, Fate.GARBLED)
                return
            if whole:
                self._answered(connection)

    def _answered(self, connection: Connection) -> None:
        attempt = connection.attempt
        assert attempt is not None
        now = clock()
        if fate := self._writer.answered(attempt, connection.status, connection.sent_at, now):
            self._end_attempt(attempt, fate)
        self._busy -= 1
        connection.attempt = None
        if connection.reused:
            self._survived_s = max(self._survived_s, connection.sent_at - connection.since)
        connection.reused = True
        if connection.keep and self.settings.reuse and self._stale_s > HASTY_S:
            self._release(connection, now)
        else:
            self._close(connection)

    def _release(self, connection: Connection, now: float) -> None:
        """Give a free connection to the attempt that has waited longest, or put it aside as idle."""
        connection.since = now
        if self._waiting:
            self._send(connection, self._waiting.popleft(), now)
        else:
            self._idle.append(connection)

    def _lose(self, connection: Connection, now: float) -> None:
        """Deal with a connection that the other side closed or reset."""
        if not connection.ready:
            self._fail(connection, Fate.REFUSED)
        elif connection.attempt is None:
            self._stale_s = min(self._stale_s, (now - connection.since) / 2)
            self._hasty_until = now + SEEN_S if now - connection.since < 2 * RACE_S else self._hasty_until
            self._close(connection)
        elif connection.ends_here():
            self._answered(connection)
        elif self._raced(connection, now):
            self._stale_s = min(self._stale_s, (connection.sent_at - connection.since) / 2)
            self._fail(connection, Fate.RACED)
        else:
            self._fail(connection, Fate.RESET)

    def _raced(self, connection: Connection, now: float) -> bool:
        """Whether the server may have been closing the connection just when it was used again.

        Then nobody can tell whose failure it is. One can where others rested longer and were answered.
        """
        if not connection.reused or connection.begun or now - connection.sent_at >= RACE_S:
            return False
        keeps = self._survived_s >= 0 and now >= self._hasty_until
        return not keeps or connection.sent_at - connection.since >= max(RACE_S, 0.8 * self._survived_s)

    def _fail(self, connection: Connection, fate: Fate) -> None:
        attempt, dialling = connection.attempt, not connection.ready
        self._close(connection)
        if dialling:
            self._give_up(fate)
        elif attempt is not None:
            self._reached_at = clock()
            self._busy -= 1
            self._end_attempt(attempt, fate)

    def _end_unsent(self, attempt: DueAttempt, fate: Fate) -> None:
        due = attempt.due
        self._writer.unsent(attempt.slot, (attempt.taken_up if self._held_back_at < due else clock()) - due)
        self._end_attempt(attempt, fate)

    def _end_attempt(self, attempt: DueAttempt, fate: Fate) -> None:
        """Count an attempt that was not acknowledged, and plan the retry if there is to be one."""
        serial, failed_before = attempt.serial, self.settings.failed_before
        if not self._writer.failed(attempt, fate):
            return
        step = attempt.earlier + (failed_before[serial] if failed_before else 0)
        if step < len(self.settings.retries):
            due = clock() + self.settings.retries[step]
            if due < self._end:
                heapq.heappush(self._retries, Retry(due, serial, attempt.earlier + 1))

    def _abandon(self) -> None:
        """End every attempt that is under way or queued."""
        while self._waiting:
            self._end_unsent(self._waiting.popleft(), Fate.OWN)
        for connection in list(self._all.values()):
            if connection.attempt is not None:
                self._fail(connection, Fate.ABANDONED)

    def _close(self, connection: Connection) -> None:
        if self._all.pop(connection.descriptor, None) is None:
            return
        self._open -= 1
        if not connection.ready:
            self._dialling -= 1
        elif connection.attempt is None:
            with contextlib.suppress(ValueError):
                self._idle.remove(connection)
        connection.attempt = None
        connection.sock.close()

    def _scan(self, now: float) -> None:
        """End every attempt that is past its deadline."""
        latest = now - self.settings.deadline_s
        for connection in list(self._all.values()) if self._busy or self._dialling else ():
            attempt = connection.attempt
            if attempt is not None and attempt.due <= latest:
                self._fail(connection, Fate.TIMED_OUT)
            elif not connection.ready and connection.since <= latest:
                self._fail(connection, Fate.REFUSED)
        shut = 0 < self._open == self._dialling and self._reached_at <= latest
        fate = Fate.REFUSED if shut else Fate.UNSENT
        while self._waiting and self._waiting[0].due <= latest:
            self._end_unsent(self._waiting.popleft(), fate)
