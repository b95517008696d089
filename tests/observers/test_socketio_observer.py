"""What is heard from a real Socket.IO server is counted; what may not have been heard is no verdict."""

import asyncio
import contextlib
import socket
import time

import pytest
import socketio
import trustme
import uvicorn

from hookproof.observers import Watch, parse
from hookproof.observers.packets import packet_class
from hookproof.observers.scalars import NODES, Scalars
from hookproof.observers.socketio_observer import Server, SocketioObserver
from hookproof.verdict import Inconclusive, Reason
from tests.scripted import Scripted, hangs


class Platform:
    """A Socket.IO server on loopback that can go away and come back on the same port."""

    def __init__(self, tls=None, **options):
        self.options, self.queries, self.tls = options, [], tls or {}
        with socket.create_server(("127.0.0.1", 0)) as free:
            self.port = free.getsockname()[1]

    @property
    def url(self):
        return f"socketio{'s' if self.tls else ''}://127.0.0.1:{self.port}/"

    async def open(self):
        self.sio = socketio.AsyncServer(async_mode="asgi", namespaces="*", **self.options)
        self.sio.on("connect", self._welcome, namespace="*")
        app = socketio.ASGIApp(self.sio)
        config = uvicorn.Config(
            app, port=self.port, log_config=None, ws="wsproto", **self.tls, timeout_graceful_shutdown=0
        )
        self.server = uvicorn.Server(config)
        self.serving = asyncio.ensure_future(self.server.serve())
        await _until(lambda: self.server.started)

    async def _welcome(self, namespace, sid, environ, auth=None):
        self.queries.append(environ.get("QUERY_STRING", ""))

    async def close(self):
        self.server.should_exit = True
        await self.sio.shutdown()
        await self.serving

    async def emit(self, *payload, event="new_message", namespace="/"):
        await self.sio.emit(event, payload, namespace=namespace)
        await asyncio.sleep(0.02)


@contextlib.asynccontextmanager
async def _listening(query="", **options):
    platform = Platform(**options)
    await platform.open()
    observer = parse(platform.url + query)
    try:
        await observer.start()
        yield platform, observer
    finally:
        await observer.stop()
        await platform.close()


async def _until(holds, within_s=5.0):
    async with asyncio.timeout(within_s):
        while not holds():  # noqa: ASYNC110
            await asyncio.sleep(0.01)


async def _reason(observer, event_id):
    with pytest.raises(Inconclusive) as stopped:
        await observer.count(event_id)
    return stopped.value.reason


@pytest.mark.parametrize("transports", [["websocket", "polling"], ["polling"]], ids=["websocket", "polling"])
def test_every_event_that_carries_the_id_is_one_effect(transports):
    async def main():
        async with _listening(transports=transports) as (platform, observer):
            await platform.emit({"message": {"ids": ["evt_1", "evt_1"]}}, {"more": "evt_1"})
            await platform.emit({"id": "evt_1"}, event="another")
            await platform.emit({"id": 17, "text": "not evt_1"})
            await platform.emit(b"bytes", "evt_2")
            return [await observer.count(id_) for id_ in ("evt_1", "17", "evt_2", "hookproof-never-sent")]

    assert asyncio.run(main()) == [1, 1, 1, 0]


def test_a_burst_is_counted_whole_by_polling():
    async def main():
        async with _listening(transports=["polling"]) as (platform, observer):
            await asyncio.gather(*(platform.sio.emit("new_message", {"id": f"evt_{n}"}) for n in range(300)))
            await _until(lambda: observer._seen.count("evt_299"), 3)
            return [await observer.count(f"evt_{n}") for n in range(300)]

    assert asyncio.run(main()) == [1] * 300


def test_event_namespace_and_query_are_the_servers():
    async def main():
        async with _listening("?event=ack&namespace=/agents&token=a%20b") as (platform, observer):
            await platform.emit({"id": "m1", "status": "read"}, event="ack", namespace="/agents")
            await platform.emit({"id": "m1", "status": "read"}, event="ack")
            return await observer.count("m1:read"), platform.queries[0]

    found, query = asyncio.run(main())
    assert found == 1
    assert "token=a+b" in query
    assert "namespace" not in query


@pytest.fixture
def tls(tmp_path):
    authority = trustme.CA()
    authority.cert_pem.write_to_path(tmp_path / "authority.pem")
    authority.issue_cert("127.0.0.1").private_key_and_cert_chain_pem.write_to_path(tmp_path / "server.pem")
    return tmp_path


def test_tls_is_spoken_with_whom_we_trust(tls, monkeypatch):
    async def main():
        async with _listening(tls={"ssl_certfile": tls / "server.pem"}) as (platform, observer):
            await platform.emit({"id": "evt_1"})
            return await observer.count("evt_1")

    monkeypatch.setenv("SSL_CERT_FILE", str(tls / "authority.pem"))
    assert asyncio.run(main()) == 1
    monkeypatch.delenv("SSL_CERT_FILE")
    with pytest.raises(Inconclusive, match="certificate"):
        asyncio.run(main())


def test_a_watch_believes_what_is_heard():
    async def main():
        async with _listening() as (platform, observer):

            async def marker(number):
                await platform.sio.emit("new_message", {"id": (id_ := f"marker-{time.monotonic()}")})
                return id_

            await platform.emit({"id": "evt_1"})
            return await Watch(observer, marker, 0.1).counts(["evt_1", "evt_2"], 0)

    assert asyncio.run(main()) == [1, 0]


def test_refused_is_no_observer():
    async def main():
        observer = parse(Platform().url + "?token=very-secret")
        with pytest.raises(Inconclusive) as stopped:
            await observer.start()
        assert await _reason(observer, "evt_1") is Reason.NO_OBSERVER
        await observer.stop()
        return stopped.value

    refused = asyncio.run(main())
    assert refused.reason is Reason.NO_OBSERVER
    assert "Connect" in str(refused), refused
    assert "very-secret" not in str(refused)


def test_before_the_start_and_after_the_end_nothing_is_counted():
    async def main():
        async with _listening() as (platform, observer):
            assert await observer.count("evt_1") == 0
            await observer.stop()
            assert await _reason(observer, "evt_1") is Reason.NO_OBSERVER
        assert await _reason(parse(platform.url), "evt_1") is Reason.NO_OBSERVER

    asyncio.run(main())


def test_a_gap_makes_the_events_of_its_time_undecided_and_no_others():
    async def main():
        async with _listening() as (platform, observer):
            observer.expect("before")
            await platform.emit({"id": "before"})
            await platform.close()
            await _until(lambda: observer._down)
            assert await _reason(observer, "before") is Reason.NO_OBSERVER
            observer.expect("meanwhile")
            await platform.open()
            await _until(lambda: not observer._down)
            observer.expect("after")
            observer.expect("meanwhile")
            await platform.emit({"id": "after"})
            for id_ in ("before", "meanwhile", "never announced"):
                assert await _reason(observer, id_) is Reason.CONFLICTING_EVIDENCE
            return await observer.count("after")

    assert asyncio.run(main()) == 1


def test_comes_back_when_the_server_ended_the_connection():
    async def main():
        async with _listening() as (platform, observer):
            observer.expect("before")
            await platform.sio.disconnect(next(iter(platform.sio.manager.rooms["/"][None])))
            await _until(lambda: observer._blind and not observer._down)
            assert await _reason(observer, "before") is Reason.CONFLICTING_EVIDENCE
            observer.expect("after")
            await platform.emit({"id": "after"})
            return await observer.count("after")

    assert asyncio.run(main()) == 1


@pytest.mark.parametrize("payload", [[0] * (NODES + 1), int("9" * 200), "x" * (9 * 1024 * 1024)])
def test_what_is_too_large_to_look_at_is_no_verdict(payload):
    async def main():
        async with _listening() as (platform, observer):
            await platform.emit({"id": "evt_1", "text": payload})
            await _until(lambda: observer._blind and not observer._down)
            assert await _reason(observer, "evt_1") is Reason.CONFLICTING_EVIDENCE
            observer.expect("evt_2")
            await platform.emit({"id": "evt_2"})
            return await observer.count("evt_2")

    assert asyncio.run(main()) == 1


def test_a_server_that_refuses_the_namespace_is_no_observer():
    async def main():
        platform = Platform()

        async def refuse(namespace, sid, environ, auth=None):
            raise socketio.exceptions.ConnectionRefusedError("no")

        platform._welcome = refuse
        await platform.open()
        observer = parse(platform.url)
        with pytest.raises(Inconclusive) as stopped:
            await observer.start()
        await observer.stop()
        await platform.close()
        return stopped.value

    refused = asyncio.run(main())
    assert refused.reason is Reason.NO_OBSERVER
    assert str(refused).endswith("it refused the namespace /: no")


@pytest.mark.parametrize("said", [b"", b"HTTP/1.1 404 Not Found\r\nContent-Length: 2\r\n\r\nno", b"\x00" * 100])
def test_what_is_no_socketio_server_is_no_observer(said):
    async def answer(reader, writer):
        await reader.read(100)
        writer.write(said)
        writer.close()

    async def main():
        server = await asyncio.start_server(answer, "127.0.0.1", 0)
        observer = parse(f"socketio://127.0.0.1:{server.sockets[0].getsockname()[1]}/")
        with pytest.raises(Inconclusive) as stopped:
            await observer.start()
        await observer.stop()
        server.close()
        return stopped.value.reason

    assert asyncio.run(main()) is Reason.NO_OBSERVER


def test_a_silent_server_is_given_up(monkeypatch):
    monkeypatch.setattr("hookproof.observers.socketio_observer.WITHIN_S", 0.05)

    async def main():
        observer = parse(f"socketio://127.0.0.1:{server.port}/")
        with pytest.raises(Inconclusive, match="did not answer within"):
            await observer.start()
        await observer.stop()

    with Scripted(hangs) as server:
        asyncio.run(main())


@pytest.mark.parametrize(
    "text",
    [
        "2{}",
        "2[]",
        "2[1]",
        "2" + "[" * 100_000,
        "0[]",
        "9",
        "x",
        "5999999999999-[]",
        '2["a",' + "9" * 101 + "]",
        b"\x01",
    ],
)
def test_a_packet_that_cannot_be_read_is_told(text):
    told = []
    found = packet_class(lambda: told.append("unreadable"), lambda: told.append("ended"))(encoded_packet=text)

    assert told == ["unreadable"]
    assert (found.packet_type, found.data) == (socketio.packet.ACK, [])


def test_attachments_are_counted_and_not_kept():
    found = packet_class(pytest.fail, pytest.fail)(encoded_packet='52-["new_message",{"_placeholder":true,"num":7}]')

    assert [found.add_attachment(b"x"), found.add_attachment(b"x")] == [False, True]
    assert found.attachments == []
    assert packet_class(pytest.fail, pytest.fail)(encoded_packet='50-["a"]').packet_type == socketio.packet.EVENT


def test_more_events_than_can_be_kept_are_no_verdict():
    async def main():
        observer = SocketioObserver(Server.parse("socketio://h:1/"), Scalars(payloads=1))
        observer._down = ""
        observer.expect("old")
        observer._hear("old")
        await asyncio.sleep(0.001)
        observer.expect("new")
        observer._hear("new")
        assert await _reason(observer, "old") is Reason.CONFLICTING_EVIDENCE
        return await observer.count("new")

    assert asyncio.run(main()) == 1


def test_where_to_connect_is_read_from_the_url():
    found = Server.parse("socketios://[::1]:8443/live/io/?event=ack&a=1&namespace=/x&b=%26")

    assert found.url == "https://[::1]:8443?a=1&b=%26"
    assert found.hide == ()
    assert SocketioObserver.parse("socketio://host/?token=very-secret").hide == ("very-secret",)
    assert (found.path, found.namespace, found.event) == ("live/io", "/x", "ack")
    assert Server.parse("socketio://host").path == "socket.io"


@pytest.mark.parametrize(
    "text, remedy",
    [
        ("socketio:", "socketio://HOST:PORT/"),
        ("socketio://", "socketio://HOST:PORT/"),
        ("socketio:///path", "socketio://HOST:PORT/"),
        ("socketio://host:port/", "socketio://HOST:PORT/"),
        ("socketio://[::1/", "socketio://HOST:PORT/"),
        ("socketio://user:secret@host/", r"\?token="),
        ("socketio://host/#new_message", r"\?token="),
        ("socketio://host/?event=", "names no event"),
        ("socketio://host/?event=disconnect", "names no event"),
        ("socketio://host/?namespace=agents", r"\?namespace=/agents"),
    ],
)
def test_a_malformed_form_is_refused_with_the_remedy(text, remedy):
    with pytest.raises(ValueError, match=remedy) as refused:
        parse(text)
    assert "secret" not in str(refused.value)
    assert "\n" not in str(refused.value)
