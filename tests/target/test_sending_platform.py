"""A platform seen over a run: told where to deliver, made to emit, and whose attempt is whose."""

import json
from dataclasses import replace

import pytest

from hookproof.verdict import Inconclusive, Reason
from hookproof.wire.arrivals import OK, Answer
from hookproof.wire.client import Endpoint, send
from tests.sender.scripted_sender import ITEM, TOKEN

FAILING = Answer(500)


async def _deliver(url, body, method="POST", headers=()):
    raw = body if isinstance(body, bytes) else json.dumps(body).encode()
    return await send(Endpoint(url), method, headers, raw, within_s=2)


async def _registered(platform):
    endpoint = platform.make_endpoint()
    await platform.register(endpoint, ITEM)
    return endpoint


# -- registration


def test_the_documented_call_registers(use):
    async def work(platform, scripted):
        endpoint = await _registered(platform)
        return endpoint, scripted.calls[0]

    endpoint, (method, target, headers, payload) = use(work)

    assert (method, target, headers["authorization"]) == ("POST", "/webhooks", f"Bearer {TOKEN}")
    assert payload["url"] == endpoint.url and payload["events"] == ["incoming_message"]
    assert set(payload) == {"url", "description", "events"} and "{" not in payload["description"]
    assert endpoint.registration.status == 201


@pytest.mark.parametrize(
    "names, register, more",
    [
        (["waping"], "endpoints", {}),
        (["pingback"], "subscriptions", {"verify_token": "pingback_verify"}),
        (["whatsable"], "endpoints", {}),
    ],
    ids=lambda value: "".join(value) if isinstance(value, list) else None,
)
def test_register_is_called_where_it_is_given(use, names, register, more):
    async def work(platform, scripted):
        endpoint = await _registered(platform)
        return platform.fields.events, endpoint, scripted.calls

    events, endpoint, ((method, target, headers, payload),) = use(work, *names, register=register)

    assert (method, target, headers["authorization"]) == ("POST", f"/{register}", f"Bearer {TOKEN}")
    assert payload == {"url": endpoint.url, "events": events, **more}


def test_the_only_address_is_set_along_with_the_settings_of_a_regime(use):
    async def work(platform, scripted):
        platform.settings = dict(platform.fields.settings)
        platform.main = await _registered(platform)
        for regime in ("sequential:suites/x.py::test_y", "usual", "single_attempt"):
            await platform._begin(regime)
        return platform.main.url, [payload for *_, payload in scripted.calls]

    url, (first, sequential, usual, single) = use(work, "chatapi")

    assert first == usual and first["webhookUrl"] == url and first["guaranteedHooks"] is first["parallelHooks"] is True
    assert sequential == {**first, "parallelHooks": False} and single == {**first, "guaranteedHooks": False}


def test_a_regime_changes_nothing_where_there_are_no_settings(use):
    async def work(platform, scripted):
        platform.main = await _registered(platform)
        await platform._begin("burst")
        return len(scripted.calls)

    assert use(work) == 1


@pytest.mark.parametrize("name", ["secret", "signing_secret", "webhookSecret"])
def test_a_secret_in_the_answer_is_a_key_and_never_shown(use, tmp_path, name):
    async def work(platform, _):
        await _registered(platform)
        return [key.reveal() for key in platform.keys]

    says = {"data": [{name: "whsec_of_this_endpoint"}], "secret_hint": "not this one", "secrets": 7}

    assert use(work, says=says)[1:] == [b"whsec_of_this_endpoint"]
    assert "whsec_of_this_endpoint" not in (tmp_path / "run.jsonl").read_text()


@pytest.mark.parametrize("says", [{}, {"secret": "short"}, {"secret": None}, {"secret": "schlüssel"}])
def test_what_is_no_secret_is_no_key(use, says):
    async def work(platform, _):
        await _registered(platform)
        return len(platform.keys)

    assert use(work, says=says) == 1


def test_an_answer_nested_out_of_all_reason_is_no_trouble(use):
    async def work(platform, scripted):
        scripted.answer = lambda *_: (201, nested)
        return (await platform.register(platform.make_endpoint(), ITEM)).status, len(platform.keys)

    nested = []
    for _ in range(900):
        nested = [nested]

    assert use(work) == (201, 1)


# -- events


def test_a_trigger_asks_for_a_kind_and_a_text_of_ours(use):
    async def work(platform, scripted):
        triggers = [platform.make_trigger(), platform.make_trigger("image", "Look at that")]
        for trigger in triggers:
            await platform.emit(trigger, ITEM)
        return triggers, scripted.calls

    (plain, image), calls = use(work)

    assert [payload for *_, payload in calls] == [{"kind": each.kind, "text": each.text} for each in (plain, image)]
    assert (plain.kind, image.kind) == ("text", "image") and image.text == f"Look at that {image.token}"
    assert plain.token != image.token and all(len(each.token) > 10 for each in (plain, image))
    assert plain.call.status == 202 and calls[0][2]["authorization"] == f"Bearer {TOKEN}"


def test_a_refused_trigger_is_no_verdict(use):
    async def work(platform, _):
        with pytest.raises(Inconclusive, match=r"the platform does not emit it: .+ 404") as stopped:
            await platform.emit(platform.make_trigger("hologram"), ITEM)
        return stopped.value.reason

    assert use(work) is Reason.NOT_TRIGGERED


# -- whose attempt is whose


def test_an_attempt_is_of_the_event_whose_token_stands_in_it(use):
    async def work(platform, _):
        endpoint, one, other = platform.make_endpoint(), platform.make_trigger(), platform.make_trigger()
        await _deliver(endpoint.url, {"event_id": "1", "data": {"text": f"said: {other.text}!"}})
        await _deliver(endpoint.url, {"event_id": "2", one.token: True, "data": one.text})
        await _deliver(endpoint.url, b"not JSON, but " + one.token.encode())
        return endpoint, one, other

    endpoint, one, other = use(work)

    assert [trigger for trigger, _ in endpoint.arrivals] == [other, one, one]
    assert [arrival.ids for _, arrival in endpoint.arrivals] == [("1",), ("2",), ()]
    assert endpoint.of(one) == [arrival for _, arrival in endpoint.arrivals[1:]]
    assert one.claimed and endpoint.arrivals[2][1].payload is None


def test_a_token_is_found_however_the_text_is_escaped(use):
    async def work(platform, _):
        endpoint, trigger = platform.make_endpoint(), platform.make_trigger()
        escaped = "".join(f"\\u{ord(character):04x}" for character in trigger.text)
        await _deliver(endpoint.url, b'{"event_id": "1", "text": "' + escaped.encode() + b'"}')
        return len(endpoint.of(trigger))

    assert use(work) == 1


def test_a_retry_without_the_text_is_known_by_its_ids(use):
    async def work(platform, _):
        endpoint, trigger = platform.make_endpoint(), platform.make_trigger()
        for body in ({"event_id": "e", "text": trigger.text}, {"event_id": "e"}, {"event_id": "f"}):
            await _deliver(endpoint.url, body)
        return endpoint, trigger

    endpoint, trigger = use(work)

    assert [whose is trigger for whose, _ in endpoint.arrivals] == [True, True, False]


def test_one_event_without_a_text_at_a_time(use):
    async def work(platform, _):
        endpoint, trigger = platform.make_endpoint(), platform.make_trigger("location")
        async with platform.alone_with(trigger):
            for id_ in ("first", "first", "second"):
                await _deliver(endpoint.url, {"event_id": id_})
        return endpoint, trigger

    endpoint, trigger = use(work)

    assert [whose for whose, _ in endpoint.arrivals] == [trigger, trigger, None]


def test_a_stranger_is_nobodys_and_acknowledged(use):
    async def work(platform, _):
        endpoint, trigger = platform.make_endpoint(), platform.make_trigger()
        trigger.scripts[endpoint.url] = [FAILING]
        return await _deliver(endpoint.url, {"event_id": "x"}), endpoint

    got, endpoint = use(work)

    assert got.status == 200 and endpoint.arrivals[0][0] is None and endpoint.arrivals[0][1].answer is OK


def test_each_place_answers_by_its_own_script_the_last_again_and_again(use):
    async def work(platform, _):
        trigger, endpoints = platform.make_trigger(), [platform.make_endpoint() for _ in range(3)]
        trigger.scripts = {endpoints[0].url: [FAILING, Answer(429), Answer(204)], endpoints[1].url: [Answer(302)]}
        body = {"event_id": "e", "text": trigger.text}
        return [[(await _deliver(endpoint.url, body)).status for _ in range(4)] for endpoint in endpoints]

    assert use(work) == [[500, 429, 204, 204], [302] * 4, [200] * 4]


def test_an_only_address_answers_by_one_script_wherever_it_is(use):
    async def work(platform, _):
        trigger, (first, second) = platform.make_trigger(), [platform.make_endpoint() for _ in range(2)]
        trigger.scripts[""] = [FAILING, Answer(503), OK]
        body = {"messages": [{"id": "m", "body": trigger.text}]}
        return [(await _deliver(endpoint.url, body)).status for endpoint in (first, second, first)]

    assert use(work, "chatapi") == [500, 503, 200]


# -- challenges


def _meta(url, token="pingback_verify"):
    return f"{url}?hub.mode=subscribe&hub.challenge=11%2F58&hub.verify_token={token}"


def test_metas_challenge_is_answered_and_no_delivery(use):
    async def work(platform, _):
        endpoint = platform.make_endpoint()
        return await _deliver(_meta(endpoint.url), b"", "GET"), await _deliver(endpoint.url, {"a": 1}), endpoint

    proved, delivered, endpoint = use(work, "pingback")

    assert (proved.status, proved.body) == (200, b"11/58")
    assert dict(proved.headers)[b"Content-Type"].startswith(b"text/plain")
    assert delivered.status == 200 and [len(endpoint.challenges), len(endpoint.arrivals)] == [1, 1]


def test_a_challenge_is_refused_where_a_check_wants_that(use):
    async def work(platform, _):
        endpoint = platform.make_endpoint(refuses_challenges=True)
        return await _deliver(_meta(endpoint.url), b"", "GET"), endpoint

    got, endpoint = use(work, "pingback")

    assert (got.status, b"11" in got.body, len(endpoint.challenges), endpoint.arrivals) == (403, False, 1, [])


def test_a_get_handshake_echoes_its_text(use):
    async def work(platform, _):
        endpoint = platform.make_endpoint()
        return await _deliver(f"{endpoint.url}?proof=a%20b&token=t", b"", "GET"), endpoint

    got, endpoint = use(work, "waping", {"handshake": "get", "handshake.field": "proof"}, register="endpoints")

    assert (got.status, got.body, len(endpoint.challenges)) == (200, b"a b", 1)


def test_a_post_handshake_echoes_its_text_in_json(use):
    async def work(platform, _):
        endpoint = platform.make_endpoint()
        asked = {"type": "verification", "proof": "été 7", "token": "t"}
        return await _deliver(endpoint.url, asked), await _deliver(endpoint.url, {"type": "message.received"}), endpoint

    got, event, endpoint = use(work, "waping", {"handshake": "post", "handshake.field": "proof"}, register="endpoints")

    assert (got.status, json.loads(got.body)) == (200, {"proof": "été 7"})
    assert dict(got.headers)[b"Content-Type"] == b"application/json"
    assert event.status == 200 and (len(endpoint.challenges), len(endpoint.arrivals)) == (1, 1)


def test_where_no_handshake_is_documented_everything_is_a_delivery(use):
    async def work(platform, _):
        endpoint = platform.make_endpoint()
        await _deliver(f"{endpoint.url}?challenge=x", b"", "GET")
        return len(endpoint.challenges), len(endpoint.arrivals)

    assert use(work, "waping", register="endpoints") == (0, 1)


# -- evidence


def test_an_attempt_is_written_once_and_when_it_is_over(use, lines):
    async def work(platform, _):
        endpoint, trigger = platform.make_endpoint(), platform.make_trigger()
        trigger.scripts[endpoint.url] = [Answer(503, b"no", headers=(("Retry-After", "3"),))]
        await _deliver(endpoint.url, {"text": trigger.text}, headers=((b"X-Sign", b"s"),))
        ((_, arrival),) = endpoint.arrivals
        for _ in range(2):
            platform.record(arrival, ITEM, "attempt 1")
        platform.record(replace(arrival, n=99, outcome="open"), ITEM, "attempt 2")
        return arrival

    arrival = use(work)
    (line,) = lines()

    assert (line["n"], line["label"], line["id"], line["url"]) == (arrival.n, "attempt 1", ITEM.id, arrival.url)
    assert (line["outcome"], line["status"], line["line"]) == ("answered", 503, str(arrival))
    assert ["X-Sign", "s"] in line["request"]["headers"] and arrival.body.decode() == line["request"]["body"]["text"]
    assert line["response"] == {"headers": [["Retry-After", "3"]], "body": {"size": 2, "text": "no"}}


def test_an_attempt_without_an_answer_has_no_status(use, lines):
    async def work(platform, _):
        endpoint, trigger = platform.make_endpoint(), platform.make_trigger()
        trigger.scripts[endpoint.url] = [Answer(end="reset")]
        await _deliver(endpoint.url, {"text": trigger.text})
        platform.record(endpoint.of(trigger)[0], ITEM, "attempt 1")

    use(work)

    assert [(line["outcome"], line["status"], line["response"]) for line in lines()] == [("broken", None, None)]
