"""The reference's attempts, retries and queues, over days of virtual time."""

import contextlib
import time
from datetime import UTC, datetime
from email.utils import format_datetime

import anyio
import httpx
import pytest
import respx

from hookproof.reference.store import ACKNOWLEDGED, DROPPED, GIVEN_UP, UNDER_WAY, WAITING
from tests.reference.virtual_time import (
    EPOCH,
    Drip,
    Receiver,
    after,
    emit,
    make,
    now,
    register,
    running,
    tried,
    virtually,
)

LADDER = (5, 30, 120, 600, 1800, 7200, 21600, 43200)
DAY_S = 24 * 3600


def test_the_documented_steps_last_for_three_days_and_a_moment_of_ours():
    begun = time.perf_counter()
    receiver, states = tried(500, schedule=LADDER)

    expected = [*LADDER, 43200, 43200, 43200, 43200]
    assert len(receiver.gaps) in (11, 12)
    assert all(0.9 * step <= gap <= 1.1 * step for gap, step in zip(receiver.gaps, expected, strict=False))
    assert 2.4 * DAY_S < receiver.times[-1] <= 3 * DAY_S
    assert states == [GIVEN_UP]
    assert time.perf_counter() - begun < 5


def test_pauses_grow_by_a_factor():
    receiver, states = tried(503, base_s=1, factor=3, attempts=6)

    assert receiver.count == 6
    assert all(0.9 * 3**n <= gap <= 1.1 * 3**n for n, gap in enumerate(receiver.gaps))
    assert states == [GIVEN_UP]


def test_no_pause_is_longer_than_it_may_be():
    receiver, _ = tried(503, base_s=1, attempts=8, longest_s=4)

    assert [round(gap) for gap in receiver.gaps] == [1, 2, 4, 4, 4, 4, 4]


def test_pauses_differ_so_that_those_who_failed_together_do_not_come_back_together():
    receiver, _ = tried(503, count=10, attempts=2)

    assert len(set(receiver.times[10:])) == 10


@pytest.mark.parametrize(
    "failure",
    [
        400, 401, 404, 410, 429, 500, 502, 503, 504, 301, 302, 304, 307, 308,
        httpx.ConnectError("refused"), httpx.ConnectTimeout("silent"), httpx.ReadTimeout("silent"),
        httpx.ReadError("reset"), httpx.RemoteProtocolError("half"), OSError("no network"), after(11), after(9_000),
        httpx.Response(200, stream=Drip(1000, 1.0)),
    ],
    ids=str,
)  # fmt: skip
def test_whatever_is_no_acknowledgement_is_followed_by_another_attempt(failure):
    receiver, states = tried(failure, 200, wait_s=60)

    assert receiver.count == 2
    assert states == [ACKNOWLEDGED]


@pytest.mark.parametrize("answer", [200, 201, 202, 204, 299, after(8.5), httpx.Response(200, stream=Drip(8, 1.0))])
def test_an_acknowledgement_in_time_is_the_end(answer):
    receiver, states = tried(answer)

    assert receiver.count == 1
    assert states == [ACKNOWLEDGED]


def test_the_deadline_is_for_the_whole_exchange():
    """Each byte is in time, all of them are not: the sender is free again after ten seconds."""
    receiver, _ = tried(httpx.Response(200, stream=Drip(1000, 1.0)), 200, wait_s=60)

    assert 10 + 4.5 <= receiver.gaps[0] <= 10 + 5.5


@pytest.mark.filterwarnings("ignore::pytest.PytestUnraisableExceptionWarning")  # httpx leaves its iterators open
def test_of_an_answer_without_end_no_more_is_read_than_anybody_looks_at():
    class Endless(httpx.AsyncByteStream):
        given = 0

        def __aiter__(self):
            return self

        async def __anext__(self):
            Endless.given += 4096
            return b"." * 4096

    _, states = tried(httpx.Response(200, stream=Endless()), wait_s=60)

    assert states == [ACKNOWLEDGED]
    assert Endless.given < 200_000


@pytest.mark.parametrize("status", [301, 302, 303, 307, 308])
def test_a_redirect_is_not_followed(status):
    async def main():
        with respx.mock(assert_all_called=False) as router:
            elsewhere = Receiver(router, url="http://127.0.0.1:7002/", methods=("GET", "POST"))
            receiver = Receiver(router, httpx.Response(status, headers={"Location": elsewhere.url}), 200)
            platform = make()
            register(platform, receiver)
            async with running(platform):
                emit(platform)
                await anyio.sleep(100)
            return receiver, elsewhere, platform.store.states()

    receiver, elsewhere, states = virtually(main)
    assert (receiver.count, elsewhere.count, states) == (2, 0, [ACKNOWLEDGED])


def _at(seconds):
    return format_datetime(datetime.fromtimestamp(EPOCH + seconds, UTC), usegmt=True)


@pytest.mark.parametrize(
    "status, value, least, most",
    [
        (503, "60", 60, 61),
        (429, "60", 60, 61),
        (503, _at(120), 119, 121),
        (503, "1", 4.5, 5.5),
        (503, _at(-500), 4.5, 5.5),
        (500, "60", 4.5, 5.5),
        (503, "-60", 4.5, 5.5),
        (503, "soon", 4.5, 5.5),
        (503, "٦٠", 4.5, 5.5),
        (503, "9" * 50, 3 * DAY_S, 3 * DAY_S + 1),
        (503, "Sun, 99 Foo 2027 99:99:99 GMT", 4.5, 5.5),
    ],
)
def test_who_asks_for_time_gets_it(status, value, least, most):
    answer = httpx.Response(status, headers=[(b"Retry-After", value.encode())])
    receiver, _ = tried(answer, 200)

    assert least <= receiver.gaps[0] <= most


def test_every_attempt_is_the_same_request():
    receiver, _ = tried(500, httpx.ConnectError("refused"), 503, 200, count=2)

    assert receiver.count == 5, "three failures for two events"
    one, other = sorted(set(receiver.bodies))
    assert one != other
    heads = {tuple(request.headers.items()) for request in receiver.requests if request.content == one}
    assert len(heads) == 1
    assert all(request.headers["x-webhook-signature"] for request in receiver.requests)
    assert {request.headers["content-type"] for request in receiver.requests} == {"application/json"}


def test_each_endpoint_gets_each_event():
    async def main():
        with respx.mock as router:
            receivers = [Receiver(router, url=f"http://127.0.0.1:700{n}/") for n in range(3)]
            platform = make()
            for receiver in receivers:
                register(platform, receiver)
            async with running(platform):
                for _ in range(4):
                    emit(platform)
                await anyio.sleep(1)
            return receivers

    first, *others = virtually(main)
    assert first.count == 4
    assert all(sorted(first.bodies) == sorted(other.bodies) for other in others)


@pytest.mark.parametrize("bad", [after(100), 500, httpx.ConnectError("gone")], ids=str)
def test_a_bad_endpoint_delays_no_other(bad):
    async def main():
        with respx.mock as router:
            slow, quick = Receiver(router, bad), Receiver(router, url="http://127.0.0.1:7002/")
            platform = make()
            register(platform, slow)
            register(platform, quick)
            async with running(platform):
                for _ in range(100):
                    emit(platform)
                await anyio.sleep(1)
            return slow, quick

    slow, quick = virtually(main)
    assert slow.count >= 25
    assert quick.count == 100 and quick.times[-1] == 0


def test_at_most_25_requests_are_open_to_an_endpoint():
    receiver, states = tried(after(2), count=60, wait_s=60)

    assert receiver.most_open == 25
    assert receiver.count == 60
    assert set(states) == {ACKNOWLEDGED}
    assert {round(moment) for moment in receiver.times} == {0, 2, 4}


def _instance(*answers, count=1, wait_s=300_000, **settings):
    """What the one address of an account saw, with these settings."""

    async def main():
        with respx.mock(assert_all_called=False) as router:
            receiver, platform = Receiver(router, *answers), make("chatapi", attempts=8)
            register(platform, receiver)
            for name, value in settings.items():
                platform.store.set(name, value)
            async with running(platform):
                for _ in range(count):
                    emit(platform)
                await anyio.sleep(wait_s)
            return receiver

    return virtually(main)


@pytest.mark.parametrize("answer", [500, 201, httpx.ConnectError("gone"), after(100)], ids=str)
def test_what_is_not_guaranteed_is_tried_once(answer):
    assert _instance(answer).count == 1


def test_what_is_guaranteed_is_tried_twenty_times_and_no_more():
    assert _instance(500, guaranteedHooks=True).count == 20
    assert _instance(201, 500, 200, guaranteedHooks=True).count == 3


def test_without_parallel_requests_one_follows_the_other_in_order():
    receiver = _instance(500, after(3), count=5, guaranteedHooks=True)

    numbers = [int(body.partition(b'"messageNumber":')[2].partition(b",")[0]) for body in receiver.bodies]
    assert receiver.most_open == 1
    assert numbers[0] == numbers[1], "the one that failed keeps its place"
    assert numbers[1:] == list(range(numbers[0], numbers[0] + 5))


def test_with_parallel_requests_nobody_waits():
    assert _instance(after(3), count=10, parallelHooks=True).most_open == 10


@pytest.mark.parametrize("how", ["deleted", "disabled"])
def test_an_endpoint_that_is_gone_gets_nothing_more(how):
    async def main():
        with respx.mock as router:
            receiver, platform = Receiver(router, 500, 500, after(5, 500)), make()
            register(platform, receiver, "one")
            async with running(platform) as client:
                emit(platform)
                await anyio.sleep(12 if how == "deleted" else 18)  # between two attempts, and while one is open
                url = "/webhooks/one"
                if how == "deleted":
                    assert (await client.delete(url)).status_code == 204
                else:
                    assert (await client.patch(url, json={"enabled": False})).status_code == 200
                await anyio.sleep(80_000)
            return receiver, platform.store.states()

    receiver, states = virtually(main)
    assert receiver.count == (2 if how == "deleted" else 3)
    assert states == [DROPPED]


def test_a_restart_in_the_middle_loses_nothing_and_starts_nothing_anew(tmp_path):
    async def main():
        with respx.mock as router:
            receiver, counts = Receiver(router, 500), []
            for life in range(4):
                platform = make(database=f"{tmp_path}/platform.db", base_s=10, attempts=5)
                if not life:
                    register(platform, receiver)
                with contextlib.closing(platform):
                    async with running(platform):
                        if not life:
                            emit(platform)
                        await anyio.sleep(20 if life < 3 else 10_000)
                    counts.append((receiver.count, platform.store.states()))
            return receiver, counts

    receiver, counts = virtually(main)
    assert receiver.count == 5, counts
    assert len(set(receiver.bodies)) == 1
    assert all(0.9 * 10 * 2**n <= gap <= 1.1 * 10 * 2**n + 0.1 for n, gap in enumerate(receiver.gaps)), receiver.gaps
    assert counts[0] == (2, [WAITING])
    assert counts[-1] == (5, [GIVEN_UP])


def test_what_was_under_way_when_the_process_ended_is_attempted_again(tmp_path):
    async def main():
        with respx.mock as router:
            receiver = Receiver(router, after(5), 200)
            states = []
            for _ in range(2):
                platform = make(database=f"{tmp_path}/platform.db")
                register(platform, receiver)
                with contextlib.closing(platform):
                    async with running(platform):
                        if not states:
                            emit(platform)
                        await anyio.sleep(2)
                    states.append(platform.store.states())
            return receiver, states

    receiver, states = virtually(main)
    assert receiver.count == 2
    assert states == [[UNDER_WAY], [ACKNOWLEDGED]]
    assert len(set(receiver.bodies)) == 1


def test_a_restart_on_request_is_one():
    async def main():
        with respx.mock as router:
            receiver, platform = Receiver(router, 500, after(5), 200), make(base_s=10)
            register(platform, receiver)
            async with running(platform) as client:
                emit(platform)
                await anyio.sleep(5)
                await client.get("/restart")
                await anyio.sleep(8)  # the second attempt is under way
                await client.get("/restart")
                await anyio.sleep(1)
            return receiver, platform.store.states()

    receiver, states = virtually(main)
    assert receiver.count == 3
    assert 9 <= receiver.gaps[0] <= 11
    assert states == [ACKNOWLEDGED]


def test_a_name_that_leads_inside_is_not_delivered_to(monkeypatch):
    async def inside(host, port, **options):
        return [(2, 1, 6, "", ("10.0.0.1", port))]

    monkeypatch.setattr(anyio, "getaddrinfo", inside)

    async def main():
        with respx.mock(assert_all_called=False) as router:
            receiver, platform = Receiver(router, url="http://rebound.example/"), make()
            register(platform, receiver)
            async with running(platform):
                emit(platform)
                await anyio.sleep(100)
            return receiver, platform.failing

    receiver, failing = virtually(main)
    assert receiver.count == 0
    assert failing == "the endpoint: not a public address"


def test_time_is_the_clocks():
    async def main():
        begun = now()
        await anyio.sleep(DAY_S)
        return now() - begun

    assert virtually(main) == DAY_S
