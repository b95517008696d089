"""What an inbox does where there is too little, or too much: sockets, memory, connections, noise."""

import asyncio
import errno
import socket

import pytest

from hookproof.wire import inbox as inboxes
from hookproof.wire.arrivals import Answer
from hookproof.wire.client import Endpoint
from tests.wire.open_inbox import placed, post, until, with_inbox


def test_a_machine_without_sockets_says_so(monkeypatch):
    def none_left(*_, **__):
        raise OSError(errno.EMFILE, "Too many open files")

    monkeypatch.setattr(socket, "create_server", none_left)

    with pytest.raises(OSError, match="Too many open files"):
        with_inbox(lambda inbox: None)


HEAD = b"POST %(path)b HTTP/1.1\r\nHost: x\r\nContent-Length: 99\r\n"


@pytest.mark.parametrize(
    "parts, noted",
    [
        ((HEAD,), "never finished"),
        ((HEAD + b"\r\n", b"half"), "never finished"),
        ((HEAD + b"Content-Length: 5\r\n\r\n",), "not HTTP"),
        ((HEAD + b"Transfer-Encoding: chunked\r\n\r\n1\r\nx",), "never finished"),
        ((b"POST /nowhere HTTP/1.1\r\nHost: x\r\n\r\n",), "to no URL of ours"),
        ((b"",), None),
    ],
)
def test_what_is_no_attempt_is_counted_by_what_is_wrong_with_it(parts, noted):
    async def use(inbox):
        url, arrivals = placed(inbox)
        endpoint = Endpoint(url)
        reader, writer = await asyncio.open_connection(endpoint.host, endpoint.port)
        for part in parts:
            writer.write(part % {b"path": endpoint.target})
        writer.write_eof()
        await asyncio.wait_for(reader.read(), 2)
        writer.close()
        return await post(url), arrivals, +inbox.odd

    got, arrivals, odd = with_inbox(use)

    assert got.status == 200 and len(arrivals) == 1
    assert dict(odd) == ({noted: 1} if noted else {})


def test_unfinished_bodies_are_held_up_to_a_limit_together(monkeypatch):
    monkeypatch.setattr(inboxes, "HELD_CAP", 1500)

    async def use(inbox):
        url, _ = placed(inbox)
        stalled = asyncio.ensure_future(post(url, b"x" * 2000, keep=0.5, within_s=1))
        await until(lambda: inbox.held == 1000)
        over = await post(url, b"x" * 600)
        stalled.cancel()
        await until(lambda: inbox.held == 0)
        return over, await post(url, b"x" * 600), inbox.held, dict(inbox.odd)

    over, after, held, odd = with_inbox(use)

    assert over.status is None and after.status == 200
    assert held == 0 and odd["too large"] == 1


def test_who_stalls_makes_room_for_who_comes(monkeypatch):
    monkeypatch.setattr(inboxes, "CONNECTION_CAP", 2)
    monkeypatch.setattr(inboxes, "STALLS_S", 0.05)

    async def use(inbox):
        url, _ = placed(inbox)
        endpoint = Endpoint(url)
        stalled = [await asyncio.open_connection(endpoint.host, endpoint.port) for _ in range(3)]
        await asyncio.sleep(0.1)
        got = await post(url)
        for _, writer in stalled:
            writer.close()
        return got, dict(inbox.odd)

    got, odd = with_inbox(use)

    assert got.status == 200 and odd["one connection too many"] == 1


def test_a_long_answer_goes_out_as_far_as_it_is_taken():
    async def use(inbox):
        url, arrivals = placed(inbox, Answer(200, long_bytes=300_000))
        whole = await post(url)
        return whole.status, arrivals[0].answered_bytes, arrivals[0].outcome

    assert with_inbox(use) == (200, 300_000, "answered")


def test_what_comes_behind_a_body_is_noted_unless_it_begins_a_request():
    async def use(inbox):
        url, arrivals = placed(inbox)
        host, path = url.removeprefix("http://").split("/")
        for after in (b'is left"}', b"POST /x HTTP/1.1\r\n"):
            reader, writer = await asyncio.open_connection(*host.split(":"))
            writer.write(
                f"POST /{path} HTTP/1.1\r\nHost: a\r\nContent-Length: 8\r\n\r\n".encode() + b'{"what":' + after
            )
            await reader.read(10)
            writer.close()
        return [arrival.behind for arrival in arrivals]

    assert with_inbox(use) == [b'is left"}', b""]
