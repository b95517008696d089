"""A query counts what others have written; an error is no verdict, and no password is ever shown."""

import asyncio
import contextlib
import sqlite3
import threading
import time

import pytest
import sqlalchemy

from hookproof.observers import parse
from hookproof.observers.sql_observer import THREADS, SqlObserver, _split, secrets, shown
from hookproof.verdict import Inconclusive, Reason

COUNT = "SELECT count(*) FROM effects WHERE id = :event_id"


@pytest.fixture
def file(tmp_path):
    path = tmp_path / "effects.db"
    with contextlib.closing(sqlite3.connect(path)) as database:
        database.execute("PRAGMA journal_mode = WAL")
        database.execute("CREATE TABLE effects (id TEXT, number INTEGER)")
    return path


def _observer(file, query=COUNT, **options):
    return SqlObserver(sqlalchemy.make_url(f"sqlite:///{file}"), query, **options)


def _failure(observer, event_id="evt_1"):
    with pytest.raises(Inconclusive) as stopped:
        asyncio.run(observer.count(event_id))
    assert stopped.value.reason is Reason.NO_OBSERVER
    assert "\n" not in str(stopped.value)
    return str(stopped.value)


@pytest.mark.parametrize("query", [COUNT, COUNT.lower() + " ;", f" \nWITH found AS ({COUNT}) SELECT * FROM found"])
def test_sees_what_was_written_since(file, query):
    observer = parse(f"sql+sqlite:///{file}#{query}")

    async def main():
        found = [await observer.count("evt_1")]
        with contextlib.closing(sqlite3.connect(file)) as database:
            for _ in range(2):
                database.execute("INSERT INTO effects VALUES ('evt_1', 1)")
                database.commit()
                found += await asyncio.gather(*(observer.count("evt_1") for _ in range(10)))
        return found

    assert asyncio.run(main()) == [0] + [1] * 10 + [2] * 10


def test_an_id_is_a_value_and_not_sql(file):
    assert asyncio.run(_observer(file).count("' OR 1=1 --")) == 0


@pytest.mark.parametrize(
    "query", ["SELECT 2.0, 9 WHERE 1 OR :event_id", "SELECT 2 UNION ALL SELECT 9 + length(:event_id)"]
)
def test_the_first_column_of_the_first_row_counts(file, query):
    assert asyncio.run(_observer(file, query).count("evt_1")) == 2


@pytest.mark.parametrize(
    "query",
    [
        "SELECT 1 FROM effects WHERE id = :event_id",
        "SELECT sum(number) FROM effects WHERE id = :event_id",
        "SELECT 'many' || :event_id",
        "SELECT 1.5 WHERE 1 OR :event_id",
        "SELECT 9e999 WHERE 1 OR :event_id",
    ],
)
def test_what_is_no_number_is_no_verdict(file, query):
    assert "did not answer with a number" in _failure(_observer(file, query))


@pytest.mark.parametrize(
    "query, why",
    [
        ("SELECT -1 WHERE 1 OR :event_id", "fewer than none"),
        ("SELECT count(*) FROM nowhere WHERE id = :event_id", "no such table: nowhere"),
        ("SELECT count(* FROM effects WHERE id = :event_id", "syntax error"),
        ("SELECT 1; SELECT :event_id", "one statement"),
    ],
)
def test_what_cannot_be_a_count_is_no_verdict(file, query, why):
    assert why in _failure(_observer(file, query))


def test_nothing_is_committed(file):
    _failure(_observer(file, "WITH one AS (SELECT 1) INSERT INTO effects SELECT :event_id, * FROM one"))

    assert asyncio.run(_observer(file).count("evt_1")) == 0


def test_a_file_that_is_not_there_is_not_created(tmp_path):
    assert "no such file" in _failure(_observer(tmp_path / "effects.db"))
    assert not list(tmp_path.iterdir())


def test_what_is_no_database_is_no_verdict(tmp_path):
    (tmp_path / "effects.db").write_text("no database " * 100)

    assert "not a database" in _failure(_observer(tmp_path / "effects.db"))


def test_an_id_the_driver_cannot_take_is_no_verdict(file):
    assert "failed" in _failure(_observer(file), "\ud800")


def test_a_locked_or_slow_database_is_given_up_and_delays_nothing_else(file):
    endless = "WITH RECURSIVE n(i) AS (SELECT 1 UNION ALL SELECT i + 1 FROM n WHERE i < 1000000) "
    observer = _observer(file, endless + "SELECT count(*) FROM n WHERE i = :event_id", within_s=0.05)
    begun = time.monotonic()

    assert "did not answer in 0.05 s" in _failure(observer)
    assert time.monotonic() - begun < 1
    _join()


def test_queries_that_hang_are_not_followed_by_more(file):
    observer, hold = _observer(file, within_s=0.02), threading.Event()
    observer._read = lambda event_id: hold.wait(5)

    async def main():
        found = await asyncio.gather(*(observer.count("evt_1") for _ in range(THREADS + 3)), return_exceptions=True)
        return [str(error) for error in found]

    told = asyncio.run(main())
    hold.set()
    _join()
    assert sum("did not answer" in text for text in told) == THREADS
    assert sum("still hang" in text for text in told) == 3


def _join():
    for thread in threading.enumerate():
        if thread.name == "hookproof-sql":
            thread.join(5)


def test_no_password_is_shown(file):
    observer = _observer(file)
    observer.hide = secrets(sqlalchemy.make_url("x://u:p%40ss%3Aword@h/x?sslpassword=hidden1"))

    def fail(event_id):
        raise OSError("cannot connect with p@ss:word or p%40ss%3Aword or hidden1")

    observer._read = fail
    told = _failure(observer)
    assert "ss:word" not in told.replace("%3A", ":")
    assert "hidden1" not in told
    assert "***" in told


@pytest.mark.parametrize(
    "text, remedy",
    [
        ("sql+sqlite:///x.db", "put a # and the query"),
        ("sql+sqlite:///x.db#", "SELECT or WITH"),
        ("sql+sqlite:///x.db#DELETE FROM effects WHERE id = :event_id", "SELECT or WITH"),
        ("sql+sqlite:///x.db#selected :event_id", "SELECT or WITH"),
        ("sql+sqlite:///x.db#SELECT count(*) FROM effects", "put :event_id"),
        ("sql+sqlite:///x.db#SELECT count(*) FROM effects WHERE id = '{event_id}'", "put :event_id"),
        (f"sql+sqlite:///x.db#{COUNT} AND status = :status", "only :event_id"),
        (f"sql+sqlite://#{COUNT}", "name its file"),
        (f"sql+#{COUNT}", "not a database's URL"),
        (f"sql+x.db#{COUNT}", "not a database's URL"),
        (f"sql+postgresql://u:secret@host:port/x#{COUNT}", "not a database's URL"),
        (f"sql+nosuch://u:secret@host/x#{COUNT}", "knows no 'nosuch'"),
        (f"sql+sqlite+aiosqlite:///x.db#{COUNT}", "asynchronous"),
        (f"sql+oracle+cx_oracle://u:secret@host/x#{COUNT}", "install the driver"),
    ],
)
def test_a_malformed_form_is_refused_with_the_remedy(text, remedy):
    with pytest.raises(ValueError, match=remedy) as refused:
        parse(text)
    assert "secret" not in str(refused.value)
    assert "\n" not in str(refused.value)


@pytest.mark.parametrize("url", ["x://u:p#ss@h/db", "x://u:p#ss@h/db?sslpassword=p#ss"])
def test_a_hash_may_be_part_of_the_password_and_of_the_query(url):
    assert _split(f"sql+{url}# select '#' ;") == (url, "select '#'")
    assert "p#ss" not in shown(sqlalchemy.make_url(url))
