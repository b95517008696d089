import asyncio

from hookproof.arrivals import Answer
from hookproof.inbox import Inbox
from hookproof.wire import Endpoint, send


def _with_inbox(use):
    async def main():
        inbox = Inbox()
        await inbox.start()
        try:
            return await use(inbox)
        finally:
            await inbox.stop()

    return asyncio.run(main())


def test_serves_a_file_at_an_unguessable_path():
    async def use(inbox):
        path = inbox.serve("photo.jpg", Answer(200, b"content", "image/jpeg"))
        asked_before = path.asked.is_set()
        got = await send(Endpoint(path.url), "GET", (), b"", within_s=2)
        stranger = await send(Endpoint(path.url.replace(path.url.split("/")[3], "x" * 22)), "GET", (), b"", within_s=2)
        return path, asked_before, got, stranger

    path, asked_before, got, stranger = _with_inbox(use)

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

    assert _with_inbox(use).outcome == "closed"


def test_what_is_not_http_is_dropped():
    async def use(inbox):
        url = inbox.serve("x", Answer()).url
        endpoint = Endpoint(url)
        reader, writer = await asyncio.open_connection(endpoint.host, endpoint.port)
        writer.write(b"\x16\x03\x01\x00\xff\xff nonsense\r\n\r\n")
        data = await asyncio.wait_for(reader.read(), 2)
        writer.close()
        return data

    assert b"200" not in _with_inbox(use)
