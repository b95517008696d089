"""What came, in one SQLite file: committed before it is acknowledged, many at a time; the oldest go first.

One thread writes. Whoever reads has a connection of its own. Each change of a row has a number, by which whoever
looks on asks for what is new since.
"""

from __future__ import annotations

import fcntl
import json
import os
import queue
import sqlite3
import threading
from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from hookproof.delivery.model import Headers

KEPT = 500_000
"""Deliveries that are kept at most."""
DISK = 1024 * 1024 * 1024
"""Bytes of headers, bodies and answers that are kept at most."""
_BATCH = 1000
_TABLES = """
CREATE TABLE IF NOT EXISTS deliveries (
    n INTEGER PRIMARY KEY, changed INTEGER NOT NULL, at REAL NOT NULL, method TEXT NOT NULL, target TEXT NOT NULL,
    headers TEXT NOT NULL, body BLOB NOT NULL, size INTEGER NOT NULL, weight INTEGER NOT NULL, note TEXT NOT NULL,
    series TEXT NOT NULL, attempt INTEGER NOT NULL, gap REAL, planned TEXT NOT NULL,
    outcome TEXT NOT NULL DEFAULT 'open', status INTEGER, said TEXT NOT NULL DEFAULT '', answer_headers TEXT,
    answer_body BLOB, elapsed REAL, forwarded TEXT,
    judged INTEGER NOT NULL DEFAULT 0, provider TEXT, kind TEXT NOT NULL DEFAULT '', ids TEXT NOT NULL DEFAULT '',
    signature TEXT, why TEXT, schema TEXT, complaint TEXT, opinion TEXT
);
CREATE INDEX IF NOT EXISTS by_change ON deliveries (changed);
CREATE INDEX IF NOT EXISTS by_series ON deliveries (series) WHERE series <> '';
CREATE INDEX IF NOT EXISTS unjudged ON deliveries (n) WHERE judged = 0;
CREATE TABLE IF NOT EXISTS gone (n INTEGER PRIMARY KEY, changed INTEGER NOT NULL);
CREATE INDEX IF NOT EXISTS gone_by_change ON gone (changed);
CREATE TABLE IF NOT EXISTS texts (name TEXT PRIMARY KEY, value TEXT NOT NULL);
CREATE TABLE IF NOT EXISTS told (name TEXT PRIMARY KEY, value INTEGER NOT NULL);
"""
_GONE_KEPT = 200_000
_ANSWER_KEPT = 256 * 1024
"""Bytes of an answer's body that are kept at most."""
_NEW = "changed, n, at, method, target, headers, body, size, note, series, attempt, gap, planned, weight"

Work = Callable[[sqlite3.Connection], None]


class StoreError(Exception):
    """A file that cannot be the store. Its text is one line."""


@dataclass(frozen=True)
class NewDelivery:
    """One delivery as it came, before anything was answered.

    `at`: Unix time in seconds. `note`: what is odd about it. `planned`: the answer it gets, in words.
    `series`: what all attempts of the delivery share; `gap`: seconds since the attempt before.
    """

    n: int
    at: float
    method: str
    target: str
    headers: Headers
    body: bytes
    planned: str
    note: str = ""
    series: str = ""
    attempt: int = 1
    gap: float | None = None

    def row(self) -> tuple[Any, ...]:
        head = texts(self.headers)
        return (self.n, self.at, self.method, self.target, head, self.body, len(self.body), self.note, self.series,
                self.attempt, self.gap, self.planned, len(head) + len(self.body))  # fmt: skip


@dataclass(frozen=True)
class GivenAnswer:
    """What became of a delivery. `said`: the answer in words; `forwarded`: what the receiver behind did, if one is."""

    n: int
    outcome: str
    said: str
    status: int | None = None
    headers: Headers = ()
    body: bytes = b""
    elapsed_s: float = 0.0
    forwarded: dict[str, Any] | None = None


def texts(headers: Headers) -> str:
    """Headers as they are kept."""
    return json.dumps([(name.decode("latin-1"), value.decode("latin-1")) for name, value in headers])


def headers_of(text: str | None) -> Headers:
    """Headers as they were."""
    return tuple((name.encode("latin-1"), value.encode("latin-1")) for name, value in json.loads(text or "[]"))


@dataclass
class _Waiting:
    """What is to be written, and whom to tell once it is."""

    work: Work
    done: Callable[[Exception | None], None] | None = None


@dataclass
class Counts:
    """How many deliveries and bytes are kept, and how many the oldest that had to go were."""

    kept: int = 0
    size: int = 0
    dropped: int = 0
    listeners: list[Callable[[], None]] = field(default_factory=list)


class DeliveryStore:
    """The file. Deliveries are numbered from 1, over all runs that use it."""

    def __init__(self, path: Path, *, kept: int = KEPT, disk: int = DISK) -> None:
        """Raises StoreError if the file is another listener's, or none of ours."""
        self.path, self._most, self._disk = path, kept, disk
        self.counts = Counts()
        self.trouble = ""
        self._lock = self._locked(path)
        try:
            self._writer = self._opened()
            self._change = self._most_of("changed")
            self.last = self._most_of("n")
            self._count()
        except sqlite3.Error as error:
            os.close(self._lock)
            raise StoreError(f"--store {path}: {error}; name another file") from None
        self._readers: list[sqlite3.Connection] = []
        self._queue: queue.SimpleQueue[_Waiting | None] = queue.SimpleQueue()
        self._thread = threading.Thread(target=self._write, name="store", daemon=True)
        self._thread.start()

    @staticmethod
    def _locked(path: Path) -> int:
        try:
            path.parent.mkdir(parents=True, exist_ok=True)
            found = os.open(path, os.O_RDWR | os.O_CREAT, 0o600)
        except OSError as error:
            raise StoreError(f"--store {path}: {error.strerror}; name a file that can be written") from None
        try:
            fcntl.flock(found, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except OSError:
            os.close(found)
            raise StoreError(f"--store {path}: another listener writes there; name another file") from None
        return found

    def _opened(self) -> sqlite3.Connection:
        made = sqlite3.connect(self.path, check_same_thread=False, isolation_level=None)
        try:
            made.execute("PRAGMA journal_mode = WAL")
            made.execute("PRAGMA synchronous = NORMAL")  # what a killed process wrote is the kernel's
            made.executescript(_TABLES)
        except sqlite3.Error:
            made.close()
            raise
        return made

    def _most_of(self, column: str) -> int:
        found = [
            self._writer.execute(f"SELECT max({column}) FROM {table}").fetchone() for table in ("deliveries", "gone")
        ]
        return max(int(row[0] or 0) for row in found)

    def _count(self) -> None:
        kept, size = self._writer.execute("SELECT count(*), coalesce(sum(weight), 0) FROM deliveries").fetchone()
        dropped = self._writer.execute("SELECT value FROM told WHERE name = 'dropped'").fetchone()
        self.counts.kept, self.counts.size, self.counts.dropped = kept, size, dropped[0] if dropped else 0

    def remembered(self, name: str, fresh: str) -> str:
        """A text that outlives the process: what is there by this name, or `fresh` from now on."""

        def work(database: sqlite3.Connection) -> None:
            database.execute("INSERT OR IGNORE INTO texts VALUES (?, ?)", (name, fresh))

        self.wait(work)
        return str(self._writer.execute("SELECT value FROM texts WHERE name = ?", (name,)).fetchone()[0])

    def reader(self) -> sqlite3.Connection:
        """A connection that only reads, for one thread; it is closed with the store."""
        made = sqlite3.connect(
            f"file:{self.path.absolute()}?mode=ro", uri=True, check_same_thread=False, isolation_level=None
        )
        made.row_factory = sqlite3.Row
        made.execute("PRAGMA query_only = 1")
        self._readers.append(made)
        return made

    # -- writing ------------------------------------------------------------------------------------------------------

    def keep(self, one: NewDelivery, done: Callable[[Exception | None], None]) -> None:
        """Write a delivery; `done` is called in another thread once it is committed, or with why it could not be."""
        row = one.row()

        def work(database: sqlite3.Connection) -> None:
            self._change += 1
            database.execute(f"INSERT INTO deliveries ({_NEW}) VALUES ({', '.join('?' * 14)})", (self._change, *row))
            self.counts.kept += 1
            self.counts.size += row[-1]

        self._queue.put(_Waiting(work, done))

    def answered(self, one: GivenAnswer) -> None:
        """Write what became of a delivery."""
        forwarded = json.dumps(one.forwarded) if one.forwarded else None
        body = one.body[:_ANSWER_KEPT]
        values = (
            one.outcome,
            one.status,
            one.said,
            texts(one.headers),
            body,
            one.elapsed_s,
            forwarded,
            len(body),
            one.n,
        )
        names = ("outcome", "status", "said", "answer_headers", "answer_body", "elapsed", "forwarded")
        self.counts.size += len(body)
        self._update(f"{' = ?, '.join(names)} = ?, weight = weight + ?", values)

    def judged(self, n: int, opinion: dict[str, Any]) -> None:
        """Write what is thought of a delivery."""
        names = ("provider", "kind", "signature", "why", "schema", "complaint")
        values = (*(opinion[name] for name in names), "\n".join(opinion["ids"]), json.dumps(opinion), n)
        self._update(f"judged = 1, {' = ?, '.join(names)} = ?, ids = ?, opinion = ?", values)

    def _update(self, what: str, values: Sequence[Any]) -> None:
        def work(database: sqlite3.Connection) -> None:
            self._change += 1
            *given, n = values
            database.execute(f"UPDATE deliveries SET {what}, changed = ? WHERE n = ?", (*given, self._change, n))

        self._queue.put(_Waiting(work))

    def delete(self, numbers: Iterable[int] | None) -> None:
        """Delete these deliveries, or all, and wait until they are gone."""
        chosen = None if numbers is None else list(numbers)

        def work(database: sqlite3.Connection) -> None:
            every = (row[0] for row in database.execute("SELECT n FROM deliveries").fetchall())
            self._remove(database, list(every) if chosen is None else chosen)

        self.wait(work)

    def wait(self, work: Work = lambda database: None) -> None:
        """Do this after everything that is to be written already, and wait for it. Raises what it raised."""
        over = threading.Event()
        found: list[Exception | None] = []

        def done(error: Exception | None) -> None:
            found.append(error)
            over.set()

        self._queue.put(_Waiting(work, done))
        over.wait()
        if found[0]:
            raise found[0]

    def close(self) -> None:
        """Write what is left, and let go of the file."""
        self._queue.put(None)
        self._thread.join()
        for one in (*self._readers, self._writer):
            one.close()
        os.close(self._lock)

    # -- the one thread that writes -----------------------------------------------------------------------------------

    def _write(self) -> None:
        while True:
            batch = self._next_batch()
            waiting = [one for one in batch if one]
            error = self._commit(waiting)
            for one in waiting:
                if one.done:
                    one.done(error)
            for tell in self.counts.listeners:
                tell()
            if None in batch:
                return

    def _next_batch(self) -> list[_Waiting | None]:
        batch = [self._queue.get()]
        while len(batch) < _BATCH and batch[-1]:
            try:
                batch.append(self._queue.get_nowait())
            except queue.Empty:
                break
        return batch

    def _commit(self, waiting: list[_Waiting]) -> Exception | None:
        """Write all of it as one transaction; what went wrong, if something did."""
        try:
            self._writer.execute("BEGIN IMMEDIATE")
            for one in waiting:
                one.work(self._writer)
            self._make_room()
            self._writer.execute("COMMIT")
        except (sqlite3.Error, ValueError, OverflowError) as error:
            self.trouble = f"the store could not be written: {error}: {self.path}"
            if self._writer.in_transaction:
                self._writer.execute("ROLLBACK")
            self._count()
            return error
        self.trouble = ""
        return None

    def _make_room(self) -> None:
        """Take the oldest away, a tenth of what may be kept at once where there is too much."""
        if self.counts.kept <= self._most and self.counts.size <= self._disk:
            return
        numbers, kept, size = [], self.counts.kept, self.counts.size
        for n, bytes_ in self._writer.execute("SELECT n, weight FROM deliveries ORDER BY n"):
            if kept <= max(1, self._most - self._most // 20) and size <= self._disk - self._disk // 20:
                break
            numbers.append(n)
            kept, size = kept - 1, size - bytes_
        self._remove(self._writer, numbers)
        self.counts.dropped += len(numbers)
        value = ("dropped", self.counts.dropped)
        self._writer.execute(
            "INSERT INTO told VALUES (?, ?) ON CONFLICT (name) DO UPDATE SET value = excluded.value", value
        )

    def _remove(self, database: sqlite3.Connection, numbers: Sequence[int]) -> None:
        for n in numbers:
            self._change += 1
            row = database.execute("DELETE FROM deliveries WHERE n = ? RETURNING weight", (n,)).fetchone()
            if row:
                self.counts.kept -= 1
                self.counts.size -= row[0]
                database.execute("INSERT OR REPLACE INTO gone VALUES (?, ?)", (n, self._change))
        database.execute("DELETE FROM gone WHERE changed < ?", (self._change - _GONE_KEPT,))
