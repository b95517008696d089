"""What a platform must not forget: endpoints, deliveries and when they are due, files, settings. SQLite, no network."""

from __future__ import annotations

import json
import sqlite3
import weakref
from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any

WAITING, UNDER_WAY, ACKNOWLEDGED, GIVEN_UP, DROPPED = "waiting", "under way", "acknowledged", "given up", "dropped"
_TABLES = """
PRAGMA journal_mode = WAL;
PRAGMA synchronous = NORMAL;
CREATE TABLE IF NOT EXISTS endpoints (
  position INTEGER PRIMARY KEY AUTOINCREMENT, id TEXT UNIQUE, url TEXT, description TEXT, events TEXT, surface TEXT,
  enabled INTEGER, created_at REAL);
CREATE TABLE IF NOT EXISTS deliveries (
  number INTEGER PRIMARY KEY AUTOINCREMENT, endpoint TEXT, event TEXT, surface TEXT, kind TEXT, body BLOB,
  made REAL, due REAL, id TEXT, headers TEXT, attempt INTEGER DEFAULT 0, state TEXT DEFAULT 'waiting');
CREATE INDEX IF NOT EXISTS waiting ON deliveries (endpoint, state, due);
CREATE TABLE IF NOT EXISTS events (number INTEGER PRIMARY KEY AUTOINCREMENT, id TEXT, surface TEXT, body BLOB);
CREATE TABLE IF NOT EXISTS files (token TEXT PRIMARY KEY, type TEXT, content BLOB, until REAL);
CREATE TABLE IF NOT EXISTS numbers (name TEXT PRIMARY KEY, value INTEGER);
CREATE TABLE IF NOT EXISTS settings (name TEXT PRIMARY KEY, value TEXT);
CREATE TABLE IF NOT EXISTS inspected (number INTEGER PRIMARY KEY AUTOINCREMENT, request TEXT);
"""
_ENDPOINT = "id, url, description, events, surface, enabled, created_at"
_DELIVERY = "number, endpoint, event, surface, kind, body, made, due, id, headers, attempt"


@dataclass(frozen=True)
class StoredEndpoint:
    """An endpoint as it was registered; `surface` is empty where it takes the events of all."""

    id: str
    url: str
    description: str = ""
    events: tuple[str, ...] = ()
    surface: str = ""
    enabled: bool = True
    created_at: float = 0.0


@dataclass(frozen=True)
class Outgoing:
    """A delivery on its way. `attempt` counts those begun, the latest at `began`; times are Unix seconds.

    `id` is the delivery's own where a signature or a header says one; `headers` are those of its kind, equal in every
    attempt.
    """

    number: int
    endpoint: str
    event: str
    surface: str
    kind: str
    body: bytes
    made: float
    due: float
    id: str = ""
    headers: tuple[tuple[str, str], ...] = ()
    attempt: int = 0
    began: float = 0.0


class Store:
    """One SQLite file, or memory. A write is done before the method returns."""

    def __init__(self, database: str = ":memory:") -> None:
        self._database = sqlite3.connect(database, check_same_thread=False, isolation_level=None)
        self._database.executescript(_TABLES)
        weakref.finalize(self, self._database.close)  # at the latest when nobody has the store any more

    def close(self) -> None:
        self._database.close()

    def _all(self, text: str, *values: Any) -> list[Any]:
        return self._database.execute(text, values).fetchall()

    def _one(self, text: str, *values: Any) -> Any:
        return self._database.execute(text, values).fetchone()

    def endpoints(self) -> list[StoredEndpoint]:
        """All of them, in the order in which they were registered."""
        return [_stored(row) for row in self._all(f"SELECT {_ENDPOINT} FROM endpoints ORDER BY position")]

    def endpoint(self, id_: str) -> StoredEndpoint | None:
        row = self._one(f"SELECT {_ENDPOINT} FROM endpoints WHERE id = ?", id_)
        return _stored(row) if row else None

    def keep(self, endpoint: StoredEndpoint) -> None:
        """Register it, or change what is registered under its id."""
        row = (endpoint.url, endpoint.description, json.dumps(endpoint.events), endpoint.surface, endpoint.enabled)
        self._one(
            "INSERT INTO endpoints (id, url, description, events, surface, enabled, created_at)"
            " VALUES (?, ?, ?, ?, ?, ?, ?) ON CONFLICT (id) DO UPDATE SET"
            " (url, description, events, surface, enabled) = (?, ?, ?, ?, ?)",
            endpoint.id, *row, endpoint.created_at, *row,
        )  # fmt: skip

    def remove(self, id_: str) -> None:
        """Forget an endpoint, and with it what is waiting for it."""
        self._one("DELETE FROM endpoints WHERE id = ?", id_)
        self.drop(id_)

    def drop(self, endpoint: str) -> None:
        """Deliver nothing more of what is waiting for it."""
        self._one("UPDATE deliveries SET state = ? WHERE endpoint = ? AND state = ?", DROPPED, endpoint, WAITING)

    def queue(self, outgoing: Outgoing) -> None:
        """Have it delivered when it is due; its number is given here."""
        self._one(
            "INSERT INTO deliveries (endpoint, event, surface, kind, body, made, due, id, headers)"
            " VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?)",
            outgoing.endpoint, outgoing.event, outgoing.surface, outgoing.kind, outgoing.body, outgoing.made,
            outgoing.due, outgoing.id, json.dumps(outgoing.headers),
        )  # fmt: skip

    def waiting(self, endpoint: str, most: int, *, by: str = "due, number") -> list[Outgoing]:
        """What is waiting for an endpoint, the first to be delivered first."""
        found = self._all(
            f"SELECT {_DELIVERY} FROM deliveries WHERE endpoint = ? AND state = ? ORDER BY {by} LIMIT ?",
            endpoint, WAITING, most,
        )  # fmt: skip
        return [_outgoing(row) for row in found]

    def begin(self, number: int) -> None:
        """Note before an attempt that it is made."""
        self._one("UPDATE deliveries SET state = ?, attempt = attempt + 1 WHERE number = ?", UNDER_WAY, number)

    def settle(self, number: int, state: str) -> None:
        self._one("UPDATE deliveries SET state = ? WHERE number = ?", state, number)

    def postpone(self, number: int, due: float) -> None:
        """Have it attempted again."""
        self._one("UPDATE deliveries SET state = ?, due = ? WHERE number = ?", WAITING, due, number)

    def reopen(self) -> list[Outgoing]:
        """What was under way when the process ended; it may or may not have arrived."""
        rows = self._all(f"SELECT {_DELIVERY} FROM deliveries WHERE state = ? ORDER BY number", UNDER_WAY)
        return [_outgoing(row) for row in rows]

    def states(self) -> list[str]:
        """The state of every delivery, oldest first."""
        return [state for (state,) in self._all("SELECT state FROM deliveries ORDER BY number")]

    def happened(self, id_: str, surface: str, body: bytes) -> None:
        """Remember an event, whoever is told of it."""
        self._one("INSERT INTO events (id, surface, body) VALUES (?, ?, ?)", id_, surface, body)

    def events(self, most: int = 1000) -> list[tuple[str, bytes]]:
        """Surface and body of the latest events, oldest first."""
        rows: list[tuple[str, bytes]] = self._all("SELECT surface, body FROM events ORDER BY number DESC LIMIT ?", most)
        return rows[::-1]

    def add_file(self, token: str, type_: str, content: bytes, until: float) -> None:
        self._one("INSERT INTO files VALUES (?, ?, ?, ?)", token, type_, content, until)

    def file(self, token: str) -> tuple[str, bytes, float] | None:
        """Type and content of a file, and until when it is there."""
        row: tuple[str, bytes, float] | None = self._one(
            "SELECT type, content, until FROM files WHERE token = ?", token
        )
        return row

    def next_number(self, name: str, first: int) -> int:
        """One more than the last time, whoever asked."""
        self._one("INSERT INTO numbers VALUES (?, ?) ON CONFLICT (name) DO UPDATE SET value = value + 1", name, first)
        value: int = self._one("SELECT value FROM numbers WHERE name = ?", name)[0]
        return value

    def settings(self) -> dict[str, Any]:
        return {name: json.loads(value) for name, value in self._all("SELECT name, value FROM settings")}

    def set(self, name: str, value: Any) -> None:
        self._one("INSERT OR REPLACE INTO settings VALUES (?, ?)", name, json.dumps(value))

    def inspect(self, request: dict[str, Any]) -> None:
        self._one("INSERT INTO inspected (request) VALUES (?)", json.dumps(request))

    def inspected(self) -> Iterator[dict[str, Any]]:
        return (json.loads(text) for (text,) in self._all("SELECT request FROM inspected ORDER BY number"))


def _outgoing(row: tuple[Any, ...]) -> Outgoing:
    told = dict(zip(_DELIVERY.split(", "), row, strict=True))
    headers = tuple((name, value) for name, value in json.loads(told.pop("headers")))
    return Outgoing(**told, headers=headers)


def _stored(row: tuple[Any, ...]) -> StoredEndpoint:
    id_, url, description, events, surface, enabled, created_at = row
    return StoredEndpoint(id_, url, description, tuple(json.loads(events)), surface, bool(enabled), created_at)
