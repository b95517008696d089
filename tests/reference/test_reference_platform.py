"""The reference platform's API, its events and its files, for every provider."""

import json

import anyio
import httpx
import pytest

from hookproof.delivery.pointers import identify, leaves
from hookproof.delivery.secret import Secret
from hookproof.delivery.signature import KeyedSigner
from hookproof.reference.addresses import complaint
from hookproof.reference.reference_platform import COLLECTIONS
from tests.conftest import KEY
from tests.reference.reference_calls import HOOK, echo, register, register_path, trigger, using
from tests.reference.virtual_time import BASE, TOKEN, Receiver

EVERY = [
    ("whatsable", {}), ("whatsable", {"payload": "flat"}), ("waping", {}), ("waping", {"signature.algorithm": "none"}),
    ("chatapi", {}), ("pingback", {}), ("pingback", {"signatures": "platform"}),
    ("pingback", {"surfaces": "telegram"}), ("pingback", {"surfaces": "email_multipart", "email": "multipart"}),
]  # fmt: skip


@pytest.mark.parametrize("name, given", EVERY)
def test_every_kind_is_delivered_as_it_is_documented(name, given):
    async def test(client, router, platform):
        receiver = await register(client, platform, router)
        for surface in platform.surfaces.values():
            for kind in surface.kinds("kind"):
                before = receiver.count
                event = await trigger(client, kind, surface=surface.name)
                assert receiver.count == before + 1, kind
                _fits(receiver.requests[-1], surface, kind, event)

    using(test, name, given)


def _fits(request, surface, kind, event):
    payload = surface.writing.read(request.content)
    ids = [one.id for one in identify(payload, surface.identities)]
    assert not ids or event == ids[0]
    assert request.headers["content-type"] == surface.writing.content_type
    wrote = any(value == "{{text}}" for _, value in leaves(surface.events[kind].payload))
    assert wrote <= ("héllo" in [value for _, value in leaves(payload)])
    if surface.scheme:
        signer = KeyedSigner(surface.scheme, Secret(KEY))
        assert signer.matches(request.content, request.headers[surface.scheme.header])
    else:
        assert not [header for header in request.headers if "signature" in header or "secret" in header]


def test_an_event_that_there_is_not_is_refused():
    async def test(client, router, platform):
        for body in (
            {"kind": "hologram"},
            {"kind": 7},
            {},
            {"kind": "text", "text": 7},
            {"kind": "text", "text": "\ud800"},
        ):
            answer = await client.post("/trigger", content=json.dumps(body))
            assert answer.status_code in (400, 404), body

    using(test)


NO_TOKEN = [
    {}, {"Authorization": "Bearer wrong"}, {"Authorization": TOKEN}, {"Authorization": f"Basic {TOKEN}"},
    {"Authorization": "Bearer "}, {"Authorization": f"Bearer {TOKEN}x"}, {"Authorization": f"Bearer {TOKEN[:-1]}"},
    {"X-Api-Key": TOKEN}, {"Cookie": f"token={TOKEN}"},
]  # fmt: skip


@pytest.mark.parametrize("name", ["whatsable", "waping", "chatapi", "pingback"])
def test_nothing_but_the_trigger_and_files_is_there_without_the_token(name):
    async def test(client, router, platform):
        for route in platform.routes():
            if route.path in ("/trigger", "/restart", "/media/{token}/{name}"):
                continue
            for method in route.methods - {"HEAD"}:
                for headers in NO_TOKEN:
                    request = httpx.Request(method, BASE + route.path.replace("{id}", "1"), headers=headers)
                    answer = await client.send(request)
                    assert answer.status_code == 401, (route.path, headers)
                    assert answer.json()["error"]["message"]
                    assert ("www-authenticate" in answer.headers) == (name != "chatapi")
        assert not platform.store.endpoints()

    using(test, name)


def test_a_token_in_the_query_counts_once_and_only_there():
    async def test(client, router, platform):
        found = [
            (await client.get(f"/settings{query}")).status_code
            for query in (f"?token={TOKEN}", "", "?token=", "?token=x", f"?token={TOKEN}&token=x", f"?Token={TOKEN}")
        ]
        assert found == [200, 401, 401, 401, 401, 401]

    using(test, "chatapi")


ALLOWED = [
    "http://127.0.0.1/", "http://127.0.0.1:8000/x?y=1", "http://[::1]:80/", "http://localhost:9/", "https://example.org/a",
    "https://sub.example.org:8443/%41?b=c#d", "http://8.8.8.8/", "https://bücher.example/", "https://[2606:4700::1111]/",
    "HTTPS://EXAMPLE.ORG/", "https://example.org./", "https://a_b.example.org/", "https://3com.example/",
]  # fmt: skip
REFUSED = [
    None, 7, True, [], {}, "", " ", "example.org", "/path", "//example.org/", "ftp://example.org/", "file:///etc/passwd",
    "javascript:alert(1)", "data:,x", "gopher://127.0.0.1/", "http:/127.0.0.1", "http://", "http:///x", "https://:80/",
    "http://user@example.org/", "http://user:word@example.org/", "http://@example.org/", "http://example.org:0/",
    "http://example.org:99999/", "http://example.org:x/", "http://exa mple.org/", "http://example.org/\r\nX: y",
    "http://example.org/\x00", "http://example.org/\t", " http://example.org/", "http://example.org\\@127.0.0.1/",
    "http://10.0.0.1/", "http://172.16.0.1/", "http://192.168.1.1/", "http://169.254.169.254/latest/meta-data/",
    "http://0.0.0.0/", "http://0/", "http://127.1/", "http://2130706433/", "http://0x7f000001/", "http://0x7f.1/",
    "http://017700000001/", "http://0177.0.0.1/", "http://127.0.0.1./", "http://127.000.000.001/", "http://１２７.0.0.1/",
    "http://127。0。0。1/", "http://[::]/", "http://[::ffff:10.0.0.1]/", "http://[::ffff:127.0.0.1]/",
    "http://[::ffff:7f00:1]/", "http://[::127.0.0.1]/", "http://[64:ff9b::a00:1]/", "http://[2002:a00:1::]/",
    "http://[fe80::1]/", "http://[fe80::1%25eth0]/", "http://[fc00::1]/", "http://[ff02::1]/", "http://[::1", "http://[x]/",
    "http://224.0.0.1/", "http://255.255.255.255/", "http://100.64.0.1/", "http://metadata.google.internal/",
    "http://printer.local/", "http://a..b/", "http://-a.example/", "http://%31%32%37.0.0.1/", "http://\ud800.example/",
    "http://" + "a" * 64 + ".example/", "https://example.org/" + "a" * 2048,
]  # fmt: skip


@pytest.mark.parametrize("url", ALLOWED)
def test_a_url_that_is_delivered_to(url):
    assert not complaint(url, production=False)


@pytest.mark.parametrize("url", REFUSED, ids=lambda url: ascii(url)[:60])
def test_a_url_that_is_not(url):
    assert complaint(url, production=False)


@pytest.mark.parametrize("url", [url for url in ALLOWED if "127" in url or "::1]" in url or "localhost" in url])
def test_nothing_of_its_own_is_delivered_to_in_production(url):
    assert complaint(url.replace("http://", "https://"), production=True)
    assert complaint("http://example.org/", production=True)
    assert not complaint("https://example.org/", production=True)


@pytest.mark.parametrize("name", ["whatsable", "waping", "chatapi", "pingback"])
def test_a_url_that_is_not_is_not_registered(name):
    async def test(client, router, platform):
        member = "webhookUrl" if platform.provider.fields.platform.single else "url"
        wrong = [url for url in REFUSED if not (member == "webhookUrl" and url in (None, ""))]
        for url in wrong:
            body = json.dumps({member: url})
            answer = await client.post(register_path(platform), params={"token": TOKEN}, content=body)
            assert answer.status_code == 400, (url, answer.text)
        assert not platform.store.endpoints()

    using(test, name)


@pytest.mark.parametrize("mode, status", [("development", 201), ("production", 400)])
def test_plain_http_is_for_development(mode, status):
    async def test(client, router, platform):
        assert (await client.post("/webhooks", json={"url": "http://example.org/"})).status_code == status
        assert (await client.post("/webhooks", json={"url": "https://example.org/"})).status_code == 201

    using(test, mode=mode)


def test_what_was_registered_is_listed_changed_and_removed():
    async def test(client, router, platform):
        body = {"url": HOOK, "description": "mine", "events": ["incoming_message"]}
        made = await client.post("/webhooks", json=body)
        assert made.status_code == 201
        assert made.json() == made.json() | body | {"enabled": True}
        assert (await client.get("/webhooks")).json() == {"webhooks": [made.json()]}
        place = f"/webhooks/{made.json()['id']}"
        changed = await client.patch(place, json={"description": "ours", "enabled": False})
        assert changed.json() == made.json() | {"description": "ours", "enabled": False}
        assert (await client.get("/webhooks")).json() == {"webhooks": [changed.json()]}
        assert KEY.decode() not in made.text + changed.text and "secret" not in made.text
        assert (await client.delete(place)).status_code == 204
        assert (await client.get("/webhooks")).json() == {"webhooks": []}
        for call in (client.delete(place), client.patch(place, json={}), client.post(f"{place}/test")):
            assert (await call).status_code == 404

    using(test)


def test_a_url_is_registered_once():
    async def test(client, router, platform):
        assert (await client.post("/webhooks", json={"url": HOOK})).status_code == 201
        again = await client.post("/webhooks", json={"url": HOOK})
        assert again.status_code == 400
        assert again.json() == {"error": {"code": "ERROR_CODE_BAD_REQUEST", "message": "Same webhook exist"}}
        other = await client.post("/webhooks", json={"url": f"{HOOK}2"})
        assert other.status_code == 201
        assert (await client.patch(f"/webhooks/{other.json()['id']}", json={"url": HOOK})).status_code == 400
        assert len((await client.get("/webhooks")).json()["webhooks"]) == 2

    using(test)


NASTY = [None, True, 0, -1.5, 10**400, "", "x", "\ud800", "\x00", [], [None], [[[]]], {}, {"$ne": 1}, "a" * 5000]


@pytest.mark.filterwarnings("ignore::pytest.PytestUnraisableExceptionWarning")  # httpx leaves its iterators open
@pytest.mark.parametrize("name", ["whatsable", "waping", "chatapi", "pingback"])
def test_a_wrong_type_breaks_nothing(name):
    async def test(client, router, platform):
        Receiver(router, echo, url=HOOK, methods=("GET", "POST"))
        members = ["url", "description", "events", "enabled", "surface", "verify_token", "webhookUrl", "type", "on"]
        bodies = [{member: value} for member in [*members, *platform.switches] for value in NASTY]
        bodies += [{"url": f"{HOOK}{n}", **body} for n, body in enumerate(bodies)]
        raws = [
            b"",
            b"{",
            b"[" * 100_000,
            b"\xff",
            b"null",
            b"7",
            b'"x"',
            b"[]",
            b"9" * 10_000,
            b'{"url": NaN}',
            b" " * 2**21,
        ]
        for raw in [*raws, *(json.dumps(body).encode() for body in bodies)]:
            for route in platform.routes():
                for method in route.methods & {"POST", "PATCH"}:
                    url = route.path.replace("{id}", "wh_1")
                    answer = await client.request(method, url, params={"token": TOKEN}, content=raw)
                    assert answer.status_code < 500, (raw[:80], answer.text)

    using(test, name, timeout_s=1)


@pytest.mark.parametrize("events, status", [
    (["incoming_message"], 201), ([], 201), (["incoming_message"] * 2, 201), (["message_sent"], 400), ([7], 400),
    ("incoming_message", 400), ({}, 400), (None, 400), (["incoming_message", "x"], 400),
])  # fmt: skip
def test_an_endpoint_asks_for_events_that_there_are(events, status):
    async def test(client, router, platform):
        assert (await client.post("/webhooks", json={"url": HOOK, "events": events})).status_code == status

    using(test)


def test_an_endpoint_is_told_of_what_it_asked_for():
    async def test(client, router, platform):
        receivers = {}
        for number, names in enumerate((["message.received"], ["session.qr", "message.sent"], [])):
            url = f"http://127.0.0.1:800{number}/"
            receivers[number] = Receiver(router, url=url)
            assert (await client.post("/endpoints", json={"url": url, "events": names})).status_code == 201
        for kind in platform.surface.kinds("kind"):
            await trigger(client, kind)
        counts = [receiver.count for receiver in receivers.values()]
        received = [kind for kind in platform.surface.kinds("kind") if kind.startswith("message.received")]
        assert counts == [len(received), 2, len(platform.surface.kinds("kind"))]

    using(test, "waping")


def test_a_disabled_endpoint_gets_nothing_until_it_is_enabled():
    async def test(client, router, platform):
        receiver = await register(client, platform, router)
        place = f"/webhooks/{platform.store.endpoints()[0].id}"
        await client.patch(place, json={"enabled": False})
        await trigger(client, "text", "first")
        await client.patch(place, json={"enabled": True})
        await anyio.sleep(1000)
        await trigger(client, "text", "second")
        (body,) = receiver.bodies
        assert b"second" in body

    using(test)


def test_a_sample_goes_to_one_endpoint():
    async def test(client, router, platform):
        receiver = await register(client, platform, router)
        other = Receiver(router, url="http://127.0.0.1:7002/")
        await client.post("/webhooks", json={"url": other.url})
        answer = await client.post(f"/webhooks/{platform.store.endpoints()[0].id}/test")
        await anyio.sleep(1)
        assert answer.status_code == 202
        assert (receiver.count, other.count) == (1, 0)
        _fits(receiver.requests[0], platform.surface, "location", answer.json()["event"])

    using(test)


@pytest.mark.parametrize("name, given", [("pingback", {}), ("waping", {"handshake": "get", "handshake.token": "mine"})])
def test_nothing_is_delivered_before_the_challenge_is_answered(name, given):
    async def test(client, router, platform):
        receiver = await register(client, platform, router)
        Receiver(router, 200, url="http://127.0.0.1:7002/", methods=("GET", "POST"))
        await trigger(client, platform.surface.plain)
        asked = [call.request for call in router.calls if call.request.method == "GET"]
        assert len(asked) == 1
        assert "mine" in asked[0].url.params.values()
        assert receiver.count == 1
        return dict(asked[0].url.params)

    def field(params):
        return params.get("hub.challenge") or params["challenge"]

    first, second = (using(test, name, given) for _ in range(2))
    assert field(first) != field(second), "nobody can guess it"
    if name == "pingback":
        assert set(first) == {"hub.mode", "hub.challenge", "hub.verify_token"}
        assert (first["hub.mode"], first["hub.verify_token"]) == ("subscribe", "mine")


@pytest.mark.parametrize("answer", [
    200, 403, 500, httpx.Response(200, text="another text"), httpx.Response(200, text="1"), httpx.ConnectError("gone"),
    httpx.Response(302, headers={"Location": HOOK}),
], ids=str)  # fmt: skip
def test_who_does_not_answer_the_challenge_is_not_registered(answer):
    async def test(client, router, platform):
        Receiver(router, answer, url=HOOK, methods=("GET",))
        receiver = Receiver(router, url=HOOK)
        refused = await client.post(COLLECTIONS[1], json={"url": HOOK, "verify_token": "mine"})
        assert refused.status_code == 400
        await trigger(client, "text")
        assert (receiver.count, platform.store.endpoints()) == (0, [])

    using(test, "pingback")


def test_a_challenge_may_be_a_body():
    async def answer(request):
        return httpx.Response(200, json={"proof": json.loads(request.content)["proof"]})

    async def test(client, router, platform):
        receiver = Receiver(router, answer, 200, url=HOOK)
        assert (await client.post(COLLECTIONS[0], json={"url": HOOK})).status_code == 201
        assert json.loads(receiver.bodies[0])["type"] == "verification"
        assert platform.signer(platform.surface).matches(
            receiver.bodies[0], receiver.requests[0].headers["x-wap-signature"]
        )

    using(test, "waping", {"handshake": "post", "handshake.field": "proof"})
