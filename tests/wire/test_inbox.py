"""Where a sender delivers: what is noted of each attempt, and what it gets for an answer."""

import asyncio
import itertools
import socket
import ssl
import time

import pytest
import trustme

from hookproof.wire import inbox as inboxes
from hookproof.wire.arrivals import OK, Answer
from hookproof.wire.client import Endpoint, send
from hookproof.wire.inbox import Inbox
from tests.wire.open_inbox import placed, post, until, with_inbox


def test_serves_a_file_at_an_unguessable_path():
    async def use(inbox):
        path = inbox.serve("photo.jpg", Answer(200, b"content", "image/jpeg"))
        asked_before = path.asked.is_set()
        got = await send(Endpoint(path.url), "GET", (), b"", within_s=2)
        stranger = await send(Endpoint(path.url.replace(path.url.split("/")[3], "x" * 22)), "GET", (), b"", within_s=2)
        return path, asked_before, got, stranger

    path, asked_before, got, stranger = with_inbox(use)

    assert path.url.endswith("/photo.jpg") and len(path.url.split("/")[3]) >= 20
    assert (got.status, got.body, dict(got.headers)[b"Content-Type"]) == (200, b"content", b"image/jpeg")
    assert path.asked.is_set() and not asked_before
    assert stranger.status == 404


def test_a_silent_path_says_nothing_until_it_is_let_go():
    async def use(inbox):
        path = inbox.serve("photo.jpg", Answer(end="silent"))
        waiting = asyncio.ensure_future(send(Endpoint(path.url), "GET", (), b"", within_s=5))
        await asyncio.wait_for(path.asked.wait(), 2)
        inbox.drop_connections()
        return await waiting

    assert with_inbox(use).outcome == "closed"


def test_what_is_not_http_is_dropped():
    async def use(inbox):
        url = inbox.serve("x", Answer()).url
        endpoint = Endpoint(url)
        reader, writer = await asyncio.open_connection(endpoint.host, endpoint.port)
        writer.write(b"\x16\x03\x01\x00\xff\xff nonsense\r\n\r\n")
        data = await asyncio.wait_for(reader.read(), 2)
        writer.close()
        return data

    assert b"200" not in with_inbox(use)


async def _over(arrival):
    """The attempt, once the inbox has noted how it ended."""
    await until(lambda: arrival.over)
    return arrival


async def _talk(url, *parts):
    """Write raw bytes to where a URL leads; returns all that comes back until the other side closes."""
    endpoint = Endpoint(url)
    reader, writer = await asyncio.open_connection(endpoint.host, endpoint.port)
    try:
        for part in parts:
            writer.write(part % {b"path": endpoint.target})
            await writer.drain()
        return await asyncio.wait_for(reader.read(), 2)
    finally:
        writer.close()
        await writer.wait_closed()


@pytest.mark.parametrize(
    "answer, came, noted",
    [
        (Answer(202, b"taken"), "answered", "answered"),
        (Answer(500, b"x" * 100_000), "answered", "answered"),
        (Answer(end="silent"), "timeout", "abandoned"),
        (Answer(end="reset"), "reset", "broken"),
        (Answer(end="close"), "closed", "broken"),
        (Answer(end="half"), "closed", "broken"),
        (Answer(end="garbage"), "garbled", "broken"),
    ],
    ids=str,
)
def test_an_attempt_ends_as_its_answer_says(answer, came, noted):
    async def use(inbox):
        url, arrivals = placed(inbox, answer)
        got = await post(url, within_s=0.3 if answer.end == "silent" else 2)
        return got, await _over(arrivals[0]), arrivals

    got, arrival, arrivals = with_inbox(use)

    assert (got.outcome, arrival.outcome, arrival.answer) == (came, noted, answer), got.detail
    assert (got.status, got.body) == ((answer.status, answer.body) if came == "answered" else (None, b""))
    assert len(arrivals) == 1 and 0 <= arrival.began_s <= arrival.at_s <= arrival.ended_s


def test_half_an_answer_ends_inside_its_status_line():
    async def use(inbox):
        url, _ = placed(inbox, Answer(200, b"ok", end="half"))
        return await _talk(url, b"POST %(path)b HTTP/1.1\r\nHost: x\r\nContent-Length: 0\r\n\r\n")

    assert with_inbox(use) == b"HTTP/"


def test_an_answer_may_take_its_time():
    async def use(inbox):
        url, arrivals = placed(inbox, OK.after(0.1))
        return await post(url), await _over(arrivals[0])

    got, arrival = with_inbox(use)

    assert got.status == 200 and got.head_s >= 0.09
    assert 0.09 <= arrival.open_s < 1


def test_an_answer_may_come_a_byte_at_a_time():
    async def use(inbox):
        url, arrivals = placed(inbox, Answer(204, drip_s=0.002))
        return await post(url), await _over(arrivals[0])

    got, arrival = with_inbox(use)

    assert (got.status, arrival.outcome) == (204, "answered")
    assert arrival.open_s >= 0.001 * len("HTTP/1.1 204 \r\n\r\n")


@pytest.mark.parametrize(
    "answer", [Answer(end="silent"), OK.after(5), Answer(200, b"x" * 99, drip_s=0.05)], ids=["silent", "late", "drip"]
)
def test_who_hangs_up_first_has_given_up(answer):
    async def use(inbox):
        url, arrivals = placed(inbox, answer)
        begun = time.monotonic()
        await post(url, within_s=0.1)
        return await _over(arrivals[0]), time.monotonic() - begun

    arrival, took_s = with_inbox(use)

    assert arrival.outcome == "abandoned" and 0 < arrival.open_s < 1 and took_s < 2
    assert "given up after" in str(arrival)


def test_headers_of_an_answer_are_sent_as_they_are():
    answers = [Answer(307, headers=(("Location", "/b?c=d"),)), Answer(503, b"no", headers=(("Retry-After", "3"),))]

    async def use(inbox):
        url, _ = placed(inbox, *answers)
        return [await post(url) for _ in answers]

    moved, busy = with_inbox(use)

    assert (moved.status, dict(moved.headers)[b"Location"]) == (307, b"/b?c=d")
    assert (busy.status, dict(busy.headers)[b"Retry-After"], busy.body) == (503, b"3", b"no")


def test_an_answer_without_content_has_none():
    async def use(inbox):
        url, arrivals = placed(inbox, Answer(204, b"never sent"))
        return await post(url), await _over(arrivals[0])

    got, arrival = with_inbox(use)

    assert (got.outcome, got.status, got.body, arrival.outcome) == ("answered", 204, b"", "answered")
    assert b"content-length" not in {name.lower() for name, _ in got.headers}


def test_a_head_is_answered_without_a_body():
    async def use(inbox):
        url, arrivals = placed(inbox, Answer(200, b"four"))
        raw = await _talk(url, b"HEAD %(path)b HTTP/1.1\r\nHost: x\r\nConnection: close\r\n\r\n")
        return raw, await _over(arrivals[0])

    raw, arrival = with_inbox(use)

    assert raw.startswith(b"HTTP/1.1 200") and raw.endswith(b"\r\n\r\n")
    assert (arrival.method, arrival.outcome) == ("HEAD", "answered")


def test_one_connection_serves_one_request_after_another():
    request = b"POST %(path)b HTTP/1.1\r\nHost: x\r\nContent-Length: 3\r\n"

    async def use(inbox):
        url, arrivals = placed(inbox, Answer(500, b"no"), Answer(200, b"ok"))
        raw = await _talk(url, request + b"\r\none", request + b"Connection: close\r\n\r\ntwo")
        return raw, arrivals

    raw, arrivals = with_inbox(use)

    assert raw.count(b"HTTP/1.1 ") == 2 and raw.index(b"500") < raw.index(b"200") and raw.endswith(b"ok")
    assert [arrival.body for arrival in arrivals] == [b"one", b"two"]
    assert [arrival.n for arrival in arrivals] == [1, 2]
    assert all(arrival.head.startswith(b"POST /") and b"\r\n\r\n" not in arrival.head for arrival in arrivals)
    assert b"Connection" not in arrivals[0].head and arrivals[1].head.endswith(b"Connection: close")


def test_who_asks_before_the_body_is_told_to_go_on():
    async def use(inbox):
        url, arrivals = placed(inbox)
        return await post(url, b"the body", expect=True), arrivals

    got, arrivals = with_inbox(use)

    assert got.status == 200
    assert [what for _, what, _ in got.timeline] == ["connect", "sent", "received", "sent", "received", "end"]
    assert [arrival.body for arrival in arrivals] == [b"the body"]


def test_a_chunked_request_is_read_whole():
    body = bytes(range(256)) * 40

    async def use(inbox):
        url, arrivals = placed(inbox)
        return await post(url, body, chunk=777), arrivals

    got, arrivals = with_inbox(use)

    assert got.status == 200 and arrivals[0].body == body
    assert arrivals[0].header("transfer-encoding") == "chunked"


def test_a_body_that_is_too_large_gets_no_answer(monkeypatch):
    monkeypatch.setattr(inboxes, "BODY_CAP", 1000)

    async def use(inbox):
        url, arrivals = placed(inbox)
        return await post(url, b"x" * 1001), await post(url, b"x" * 1000), arrivals

    too_large, large, arrivals = with_inbox(use)

    assert too_large.status is None and large.status == 200
    assert [len(arrival.body) for arrival in arrivals] == [1000]


def test_a_request_that_never_ends_is_no_attempt():
    async def use(inbox):
        url, arrivals = placed(inbox)
        await post(url, b"half of it", keep=0.5, hang_up=True)
        return await post(url), arrivals

    got, arrivals = with_inbox(use)

    assert got.status == 200 and len(arrivals) == 1


def test_headers_are_kept_as_they_came():
    headers = ((b"X-Sign", b"one"), (b"x-sIGN", b"two"), (b"User-Agent", b"a  b"))

    async def use(inbox):
        url, arrivals = placed(inbox)
        await post(f"{url}?a=%20b&c", headers=headers)
        return url, arrivals[0]

    url, arrival = with_inbox(use)

    assert [pair for pair in arrival.headers if pair[0].lower() in (b"x-sign", b"user-agent")] == list(headers)
    assert b"X-Sign: one\r\nx-sIGN: two\r\n" in arrival.head
    assert arrival.url == f"{url}?a=%20b&c" and arrival.target == arrival.url.removeprefix(url.rpartition("/")[0])


def test_what_nobody_placed_is_not_found():
    async def use(inbox):
        url, arrivals = placed(inbox)
        return [await post(one) for one in (f"{url}x", url[:-1], url.rpartition("/")[0] + "/")], arrivals

    found, arrivals = with_inbox(use)

    assert [got.status for got in found] == [404, 404, 404] and not arrivals


def test_every_place_is_another_one():
    async def use(inbox):
        return [placed(inbox)[0] for _ in range(20)]

    urls = with_inbox(use)

    assert len(set(urls)) == 20 and all(len(url.rpartition("/")[2]) >= 20 for url in urls)
    assert all(url.rpartition("/")[2].isalnum() for url in urls)


def test_a_shut_door_refuses_connections_until_it_is_open_again():
    async def use(inbox):
        listener = await inbox.listener()
        url, arrivals = placed(inbox, listener=listener)
        found = [await post(url)]
        for step in (listener.shut, listener.open, listener.shut, listener.open):
            await step()
            found.append(await post(url))
        other, _ = placed(inbox)
        return url, other, found, arrivals

    url, other, found, arrivals = with_inbox(use)

    assert [got.outcome for got in found] == ["answered", "refused", "answered", "refused", "answered"]
    assert len(arrivals) == 3 and {arrival.url for arrival in arrivals} == {url}
    assert Endpoint(url).port != Endpoint(other).port


def test_nobody_else_takes_the_port_of_a_shut_door():
    async def use(inbox):
        listener = await inbox.listener()
        await listener.shut()
        with socket.socket() as other, pytest.raises(OSError):
            other.bind(("127.0.0.1", listener.port))

    with_inbox(use)


def test_a_certificate_that_nobody_vouches_for_is_seen_before_any_request():
    authority = trustme.CA()
    ours, theirs = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER), ssl.create_default_context()
    authority.issue_cert("127.0.0.1").configure_cert(ours)
    authority.configure_trust(theirs)

    async def use(inbox):
        url, arrivals = placed(inbox, listener=await inbox.listener(ours))
        wary = await post(url)
        before = len(arrivals)
        return wary, before, await send(Endpoint(url, theirs), "POST", (), b"{}", within_s=2), arrivals

    wary, before, trusting, arrivals = with_inbox(use)

    assert (wary.outcome, before) == ("tls", 0)
    assert trusting.status == 200 and arrivals[0].tls == "TLSv1.3" and arrivals[0].url.startswith("https://")


def test_a_public_url_is_what_places_are_called_by():
    async def use(inbox):
        public = Inbox(public_url="https://hooks.example.org/in/")
        return public.public, inbox.public, public.add_url(lambda arrival: OK)

    public, private, url = with_inbox(use)

    assert public and not private and url.startswith("https://hooks.example.org/in/")


def test_numbers_go_on_over_all_places():
    async def use(inbox):
        inbox.numbers = itertools.count(7)
        first, came = placed(inbox)
        second, also = placed(inbox, listener=await inbox.listener())
        for url in (first, second, first):
            await post(url)
        return came + also

    assert sorted(arrival.n for arrival in with_inbox(use)) == [7, 8, 9]


def test_stopping_ends_what_is_open():
    async def main():
        inbox = Inbox()
        await inbox.start()
        url, arrivals = placed(inbox, Answer(end="silent"))
        waiting = asyncio.ensure_future(post(url, within_s=5))
        await until(lambda: arrivals)
        await inbox.stop()
        return (await waiting).outcome, arrivals[0].outcome, (await post(url)).outcome

    assert asyncio.run(main()) == ("closed", "abandoned", "refused")
