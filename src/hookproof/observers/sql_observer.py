"""Effects counted by a query in the receiver's database. Nothing is ever committed there."""

from __future__ import annotations

import asyncio
import concurrent.futures
import re
import threading
from collections.abc import Callable
from decimal import Decimal
from pathlib import Path
from typing import Any

import sqlalchemy
from sqlalchemy.exc import ArgumentError, DBAPIError, NoSuchModuleError, SQLAlchemyError

from hookproof.observers.observer import Observer, first_line
from hookproof.verdict import Inconclusive, Reason

FORM = "sql+URL#SELECT count(*) … :event_id, like sql+sqlite:///x.db#SELECT count(*) FROM effects WHERE id = :event_id"
WITHIN_S = 5.0
"""Seconds that one query may take."""
AT_ONCE = 4
"""Queries at the same time."""
THREADS = 8
"""Queries under way, those included that nobody waits for any longer: beyond this many, none is started."""


class SqlObserver(Observer):
    """A query whose first column of the first row is the number of effects."""

    form = "sql"

    def __init__(self, url: sqlalchemy.URL, query: str, within_s: float = WITHIN_S) -> None:
        """Raises SQLAlchemyError, ImportError, TypeError or ValueError when the URL names nothing usable."""
        self._url, self._query, self._within_s = url, sqlalchemy.text(query), within_s
        self._engine = sqlalchemy.create_engine(url, poolclass=sqlalchemy.NullPool)
        self._at_once = asyncio.Semaphore(AT_ONCE)
        self._threads = threading.Semaphore(THREADS)
        self.hide = secrets(url)

    @classmethod
    def parse(cls, text: str) -> SqlObserver:
        """Raises ValueError saying what to type instead; never shows the URL, which may hold a password."""
        url_text, query = _split(text)
        try:
            url = sqlalchemy.make_url(url_text)
            asynchronous = url.get_dialect().is_async
        except NoSuchModuleError:
            name = url_text.partition(":")[0]
            raise ValueError(f"--effects sql: SQLAlchemy knows no {name!r}; install its dialect, or: {FORM}") from None
        except (SQLAlchemyError, ImportError, ValueError):
            raise ValueError(f"--effects sql: not a database's URL as SQLAlchemy writes it: {FORM}") from None
        if asynchronous:
            text = f"{url.drivername} is an asynchronous driver; name a plain one, like postgresql+psycopg"
            raise ValueError(f"--effects sql: {text}: {FORM}")
        if url.get_backend_name() == "sqlite" and url.database in (None, "", ":memory:"):
            raise ValueError(f"--effects sql: nobody else sees a database in memory; name its file: {FORM}")
        _check(query)
        try:
            return cls(url, query)
        except ImportError as error:
            missing = error.name or url.drivername
            text = f"{url.drivername} needs the Python module {missing}; install the driver that brings it"
            raise ValueError(f"--effects sql: {text}") from None
        except (ArgumentError, TypeError, ValueError):
            raise ValueError(f"--effects sql: {url.drivername} cannot use this URL: {FORM}") from None

    async def count(self, event_id: str) -> int:
        async with self._at_once:
            try:
                found = await self._in_thread(lambda: self._read(event_id))
            except TimeoutError:
                raise self._unknown(f"did not answer in {self._within_s:g} s") from None
            except DBAPIError as error:
                raise self._unknown(f"failed: {self._line(error.orig or error)}") from None
            except (SQLAlchemyError, OSError, ValueError, TypeError, LookupError, RuntimeError) as error:
                raise self._unknown(f"failed: {self._line(error)}") from None
        if isinstance(found, bool) or not isinstance(found, (int, float, Decimal)) or found != found // 1:
            raise self._unknown(f"did not answer with a number: {first_line(repr(found), self.hide)}")
        if found < 0:
            raise self._unknown(f"answered {found:g}; effects cannot be fewer than none")
        return int(found)

    def _read(self, event_id: str) -> Any:
        """A new connection each time, so that nothing written meanwhile can be hidden from it; never commits."""
        file, sqlite = self._url.database or "", self._url.get_backend_name() == "sqlite"
        if sqlite and not file.startswith("file:") and not Path(file).exists():
            raise FileNotFoundError(f"{file}: no such file")  # connecting would create it
        with self._engine.connect() as connection:
            if sqlite:  # whose driver takes WITH … INSERT for a query, and commits it
                connection.exec_driver_sql("PRAGMA query_only = ON")
            row = connection.execute(self._query, {"event_id": event_id}).first()
            return row[0] if row else None

    async def _in_thread(self, work: Callable[[], Any]) -> Any:
        """Like asyncio.to_thread, but a query that hangs keeps neither other work nor the process's end waiting."""
        if not self._threads.acquire(blocking=False):
            raise self._unknown("was not asked: earlier queries still hang")
        future: concurrent.futures.Future[Any] = concurrent.futures.Future()
        future.set_running_or_notify_cancel()

        def run() -> None:
            try:
                future.set_result(work())
            except BaseException as error:  # raised again where the query was asked for
                future.set_exception(error)
            finally:
                self._threads.release()

        threading.Thread(target=run, name="hookproof-sql", daemon=True).start()
        return await asyncio.wait_for(asyncio.wrap_future(future), self._within_s)

    def _line(self, error: BaseException) -> str:
        return first_line(str(error), self.hide) or type(error).__name__

    def _unknown(self, what: str) -> Inconclusive:
        return Inconclusive(Reason.NO_OBSERVER, f"the observer's query at {shown(self._url)} {what}")


def shown(url: sqlalchemy.URL) -> str:
    """A database's URL as it may be shown."""
    return url.set(query={}).render_as_string(hide_password=True)


def secrets(url: sqlalchemy.URL) -> list[str]:
    """What of a URL must not be shown: the password, and parameters, where some drivers take one."""
    values = [text for value in url.query.values() for text in ((value,) if isinstance(value, str) else value)]
    return [text for text in (str(url.password or ""), *values) if len(text) > 2]


def _split(text: str) -> tuple[str, str]:
    """URL and query. A `#` may be part of either: the query begins where SELECT or WITH follows one."""
    text = text[len("sql+") :]
    start = re.search(r"#\s*(?=(?:select|with)\b)", text, re.IGNORECASE)
    if start:
        return text[: start.start()], text[start.end() :].strip().rstrip("; \n\t")
    if "#" not in text:
        raise ValueError(f"--effects sql: put a # and the query after the URL: {FORM}")
    raise ValueError(f"--effects sql: the query must begin with SELECT or WITH: {FORM}")


def _check(query: str) -> None:
    """Raises ValueError unless :event_id is what the query has to be given, and all of it."""
    wanted = set(sqlalchemy.text(query).compile().params)
    if "event_id" not in wanted:
        raise ValueError(f"--effects sql: put :event_id where the id belongs: {FORM}")
    if others := sorted(wanted - {"event_id"}):
        raise ValueError(f"--effects sql: only :event_id has a value; write \\:{others[0]} for a plain colon: {FORM}")
