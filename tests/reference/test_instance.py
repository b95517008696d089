"""Files, settings, the simulator and the inspector of the reference platform."""

import json

import anyio
import httpx
import pytest

from tests.reference.reference_calls import HOOK, register, trigger, using
from tests.reference.virtual_time import BASE, TOKEN, Receiver


def test_a_file_is_there_for_a_day():
    async def test(client, router, platform):
        receiver = await register(client, platform, router)
        await trigger(client, "image")
        media = json.loads(receiver.bodies[0])["data"]["message"]["media"]
        assert media["url"].startswith(f"{BASE}/media/")
        for wait_s, status in ((0, 200), (3_660, 200), (82_000, 200), (1_000, 404)):
            await anyio.sleep(wait_s)
            answer = await client.get(media["url"], headers={"Authorization": ""})
            assert answer.status_code == status, wait_s
            if status == 200:
                assert answer.headers["content-type"] == media["mime_type"]
                assert len(answer.content) == media["file_size"]
        assert (await client.get("/media/nothing/photo.jpg")).status_code == 404

    using(test)


def test_messages_are_numbered_upwards_also_after_a_restart(tmp_path):
    async def number_some(client, router, platform):
        receiver = await register(client, platform, router)
        for kind in ("message", "sent", "message_image", "chat_update", "message"):
            await trigger(client, kind)
        payloads = [json.loads(body) for body in receiver.bodies]
        return [each["messageNumber"] for payload in payloads for each in payload.get("messages", [])]

    options = {"name": "chatapi", "database": f"{tmp_path}/platform.db"}
    first, second = using(number_some, **options), using(number_some, **options)
    assert first + second == list(range(first[0], first[0] + 6))


def test_settings_are_read_back_and_the_rest_stays():
    async def test(client, router, platform):
        client.params = {"token": TOKEN}
        before = (await client.get("/settings")).json()
        assert before == {"webhookUrl": None, **dict.fromkeys(platform.switches, False)}
        for name in platform.switches:
            assert (await client.post("/settings", json={name: True})).is_success
            before[name] = True
            assert (await client.get("/settings")).json() == before
        assert (await client.post("/settings", json={"parallelHooks": False, "guaranteedHooks": 1})).status_code == 400
        assert (await client.get("/settings")).json() == before, "all or nothing"
        assert (await client.post("/webhook", json={"webhookUrl": HOOK})).is_success
        assert (await client.get("/webhook")).json() == {"webhookUrl": HOOK}
        assert (await client.get("/settings")).json() == before | {"webhookUrl": HOOK}
        await client.post("/webhook", json={"webhookUrl": None})
        assert (await client.get("/webhook")).json() == {"webhookUrl": None}

    using(test, "chatapi")


def test_switches_decide_what_is_delivered():
    async def test(client, router, platform):
        receiver = await register(client, platform, router)
        switches = platform.provider.fields.platform.switches
        await client.post("/settings", params={"token": TOKEN}, json=dict.fromkeys(switches, False))
        for kinds in switches.values():
            for kind in kinds:
                await trigger(client, kind)
        assert receiver.count == 0
        await trigger(client, "message")
        for name, kinds in switches.items():
            await client.post("/settings", params={"token": TOKEN}, json={name: True})
            for kind in kinds:
                await trigger(client, kind)
        assert receiver.count == 1 + sum(map(len, switches.values()))

    using(test, "chatapi")


def test_a_video_is_nowhere_unless_videos_are_uploaded():
    async def test(client, router, platform):
        receiver = await register(client, platform, router)
        await trigger(client, "message_video")
        await client.post("/settings", params={"token": TOKEN}, json={"videoUploadOn": False})
        await trigger(client, "message_video")
        await trigger(client, "message_image")
        urls = [json.loads(body)["messages"][0]["body"] for body in receiver.bodies]
        assert [bool(url) for url in urls] == [True, False, True]

    using(test, "chatapi")


def test_another_address_takes_the_place_of_the_one_there_is():
    async def test(client, router, platform):
        old, new = await register(client, platform, router, 500), Receiver(router, url="http://127.0.0.1:7002/")
        await trigger(client, "message")
        await client.post("/settings", params={"token": TOKEN}, json={"webhookUrl": new.url})
        await trigger(client, "message")
        await anyio.sleep(80_000)
        assert (old.count, new.count) == (1, 1)

    using(test, "chatapi")


def test_messages_can_be_asked_for():
    async def test(client, router, platform):
        receiver = await register(client, platform, router)
        for kind in ("message", "sent", "message_image"):
            await trigger(client, kind)
        found = (await client.get("/messages", params={"token": TOKEN})).json()["messages"]
        assert found == [each for body in receiver.bodies for each in json.loads(body).get("messages", [])]
        assert len(found) == 2

    using(test, "chatapi")


@pytest.mark.parametrize("answer, status", [(200, 200), (500, 500), (httpx.ConnectError("gone"), None)], ids=str)
def test_the_simulator_sends_one_of_three_samples_and_tells_what_came_of_it(answer, status):
    async def test(client, router, platform):
        receiver = await register(client, platform, router)
        elsewhere = Receiver(router, answer, url="http://127.0.0.1:7002/")
        client.params = {"token": TOKEN}
        for number, kind in enumerate(("message", "delivered", "viewed"), 1):
            told = await client.post("/simulator", json={"type": kind, "webhookUrl": elsewhere.url})
            assert (told.status_code, told.json()["status"]) == (200, status)
            assert elsewhere.count == number
        assert b'"messages"' in elsewhere.bodies[0] and b'"viewed"' in elsewhere.bodies[2]
        assert (await client.post("/simulator", json={"type": "message"})).json()["status"] == 200
        await anyio.sleep(1000)
        assert (receiver.count, elsewhere.count) == (1, 3), "never repeated"
        for wrong in ({"type": "sent"}, {}, {"type": "message", "webhookUrl": "http://10.0.0.1/"}):
            assert (await client.post("/simulator", json=wrong)).status_code == 400

    using(test, "chatapi")


def test_the_simulator_is_for_paid_instances():
    async def test(client, router, platform):
        receiver = await register(client, platform, router)
        answer = await client.post("/simulator", params={"token": TOKEN}, json={"type": "message"})
        assert (answer.status_code, receiver.count) == (402, 0)

    using(test, "chatapi", {"paid": "no"})


def test_the_inspector_takes_the_place_of_the_address_and_gives_it_back():
    async def test(client, router, platform):
        receiver = await register(client, platform, router)
        client.params = {"token": TOKEN}
        for _ in range(2):
            assert (await client.post("/inspector", json={"on": True})).is_success
        assert (await client.get("/webhook")).json()["webhookUrl"].startswith(f"{BASE}/inspector/")
        await trigger(client, "message", "inspected")
        (seen,) = (await client.get("/inspector")).json()["requests"]
        assert seen["method"] == "POST" and seen["headers"]["Content-Type"] == "application/json"
        assert "inspected" in seen["body"] and receiver.count == 0
        for _ in range(2):
            assert (await client.post("/inspector", json={"on": False})).is_success
        assert (await client.get("/webhook")).json() == {"webhookUrl": HOOK}
        await trigger(client, "message")
        assert receiver.count == 1

    using(test, "chatapi")


def test_a_restart_gives_the_address_back(tmp_path):
    async def start(client, router, platform):
        await register(client, platform, router)
        await client.post("/inspector", params={"token": TOKEN}, json={"on": True})

    async def look(client, router, platform):
        client.params = {"token": TOKEN}
        found = (await client.get("/settings")).json()["webhookUrl"]
        await client.post("/inspector", json={"on": False})
        return found, (await client.get("/settings")).json()["webhookUrl"]

    options = {"name": "chatapi", "database": f"{tmp_path}/platform.db"}
    using(start, **options)
    assert using(look, **options) == (HOOK, HOOK)


@pytest.mark.parametrize(
    "answer, word", [(500, "500"), (httpx.ConnectError("no"), "ConnectError"), (200, None)], ids=str
)
def test_the_inspector_says_on_which_side_it_failed(answer, word):
    async def test(client, router, platform):
        await register(client, platform, router, answer)
        await trigger(client, "message")
        failing = (await client.get("/inspector", params={"token": TOKEN})).json()["failing"]
        assert failing is None if word is None else failing.startswith("the endpoint") and word in failing

    using(test, "chatapi")
