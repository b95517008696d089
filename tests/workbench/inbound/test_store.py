"""The store: nothing that it has acknowledged is lost, the oldest go first, and it is one listener's alone."""

import sqlite3
import stat
import threading

import pytest

from hookproof.workbench.inbound.store import DeliveryStore, GivenAnswer, NewDelivery, StoreError


def _one(n, body=b"{}", **more):
    return NewDelivery(n, 1.5, "POST", "/a", ((b"A", b"\xe9"),), body, "200", **more)


def _kept(store, *found):
    over = threading.Semaphore(0)
    errors = []
    for one in found:
        store.keep(one, lambda error: (errors.append(error), over.release()))
    for _ in found:
        assert over.acquire(timeout=20)
    return errors


@pytest.fixture
def store(tmp_path):
    made = DeliveryStore(tmp_path / "a.sqlite", kept=100, disk=100_000)
    yield made
    made.close()


def _numbers(store):
    return [row[0] for row in store.reader().execute("SELECT n FROM deliveries ORDER BY n")]


def test_what_is_told_to_be_written_is_there_for_others(store):
    assert _kept(store, *[_one(n) for n in range(1, 60)]) == [None] * 59
    assert _numbers(store) == list(range(1, 60)) and store.counts.kept == 59


def test_the_oldest_go_first_and_are_counted(store):
    _kept(store, *[_one(n) for n in range(1, 131)])

    assert _numbers(store)[-1] == 130 and len(_numbers(store)) <= 100
    assert store.counts.dropped == 130 - len(_numbers(store))


def test_bytes_have_a_cap_too(store):
    _kept(store, *[_one(n, bytes(9000)) for n in range(1, 31)])

    assert store.counts.size <= 100_000 and _numbers(store)[-1] == 30


def test_it_goes_on_where_it_was(tmp_path):
    first = DeliveryStore(tmp_path / "a.sqlite")
    _kept(first, _one(1), _one(2))
    first.answered(GivenAnswer(2, "answered", "200", 200, ((b"B", b"c"),), b"ok", 0.5))
    first.delete([1])
    first.close()
    again = DeliveryStore(tmp_path / "a.sqlite")

    assert again.last == 2 and again.counts.kept == 1
    again.close()


def test_the_file_is_its_owners_and_one_listeners(store):
    assert stat.S_IMODE(store.path.stat().st_mode) == 0o600
    with pytest.raises(StoreError, match="another listener writes there"):
        DeliveryStore(store.path)


def test_what_is_no_store_is_refused_in_one_line(tmp_path):
    (tmp_path / "a").write_text("no database" * 100)
    with pytest.raises(StoreError, match="file is not a database; name another file"):
        DeliveryStore(tmp_path / "a")
    with pytest.raises(StoreError, match="name a file that can be written"):
        DeliveryStore(tmp_path)


def test_what_cannot_be_written_is_told_and_the_rest_goes_on(store):
    def broken(database):
        raise sqlite3.OperationalError("disk full")

    with pytest.raises(sqlite3.OperationalError):
        store.wait(broken)
    assert "disk full" in store.trouble
    assert _kept(store, _one(1)) == [None] and not store.trouble
