"""Calls to a platform: where the token goes, what is sent, what is written down."""

import socket
from dataclasses import replace
from urllib.parse import parse_qs, urlsplit

import pytest

from hookproof.delivery.secret import Secret
from hookproof.verdict import Inconclusive, Reason
from tests.sender.scripted_sender import ITEM, TOKEN


def test_a_bearer_token_goes_into_a_header(use):
    async def work(platform, scripted):
        await platform.operate(platform.fields.listing, ITEM)
        return scripted.calls

    ((method, target, headers, payload),) = use(work)

    assert (method, target, payload) == ("GET", "/webhooks", None)
    assert headers["authorization"] == f"Bearer {TOKEN}" and "content-type" not in headers


def test_a_query_token_goes_into_the_url(use):
    async def work(platform, scripted):
        made = await platform.operate(platform.fields.read, ITEM)
        return made, scripted.calls

    made, ((_, target, headers, _),) = use(work, "chatapi")

    assert parse_qs(urlsplit(target).query) == {"token": [TOKEN]} and "authorization" not in headers
    assert urlsplit(made.url).path == "/settings" and made.delivery.label == "Read the settings of the instance"


def test_a_key_may_have_a_header_of_its_own(use):
    async def work(platform, scripted):
        operation = platform.surface.provider.operations["listEndpoints"]
        await platform.operate(replace(operation, security={"type": "apiKey", "in": "header", "name": "X-Key"}), ITEM)
        await platform.operate(replace(operation, security=None), ITEM)
        return [headers for *_, headers, _ in scripted.calls]

    named, open_ = use(work)

    assert named["x-key"] == TOKEN and "authorization" not in named
    assert not {"x-key", "authorization"} & set(open_)


def test_without_a_token_nothing_is_added_and_another_may_be_given(use):
    async def work(platform, scripted):
        await platform.operate(platform.fields.listing, ITEM)
        await platform.operate(platform.fields.listing, ITEM, token=Secret(b"another"))
        return platform.bearer, [headers.get("authorization") for *_, headers, _ in scripted.calls]

    assert use(work, token="") == ((), [None, "Bearer another"])


def test_ids_are_put_into_paths_and_bodies_are_json(use):
    async def work(platform, scripted):
        await platform.operate(platform.fields.change, ITEM, more={"enabled": False}, id="a7")
        await platform.operate(platform.fields.remove, ITEM, id=8)
        return scripted.calls

    changed, removed = use(work)

    assert changed[:2] == ("PATCH", "/webhooks/a7") and changed[3] == {"enabled": False}
    assert changed[2]["content-type"] == "application/json"
    assert removed[:2] == ("DELETE", "/webhooks/8") and removed[3] is None


def test_a_call_may_send_any_bytes_with_a_type_of_its_own(use):
    async def work(platform, scripted):
        await platform.call("POST", f"{platform.base}/x", ITEM, raw=b"[]", headers=((b"content-TYPE", b"text/plain"),))
        return scripted.calls[0]

    _, _, headers, payload = use(work)

    assert (headers["content-type"], payload) == ("text/plain", [])


def test_calls_are_numbered_and_written_without_the_token(use, lines, tmp_path):
    async def work(platform, _):
        return [(await platform.operate(platform.fields.read, ITEM)).n for _ in range(2)]

    assert use(work, "chatapi") == [line["n"] for line in lines()] == [1, 2]
    assert lines()[0]["id"] == ITEM.id
    text = (tmp_path / "run.jsonl").read_text()
    assert "token=$HOOKPROOF_SECRET" in text and "odd" not in text


def test_nobody_listening_is_no_verdict(use, lines):
    with socket.socket() as free:
        free.bind(("127.0.0.1", 0))
        base = f"http://127.0.0.1:{free.getsockname()[1]}"

    async def work(platform, _):
        found = []
        for call in (platform.operate(platform.fields.listing, ITEM), platform.emit(platform.make_trigger(), ITEM)):
            with pytest.raises(Inconclusive) as stopped:
                await call
            found.append(stopped.value.reason)
        return found

    assert use(work, base=base) == [Reason.TARGET_UNREACHABLE] * 2
    assert [line["outcome"] for line in lines()] == ["refused", "refused"]
