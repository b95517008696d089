"""Reference receivers side by side: paths, challenges, effects over HTTP and as Socket.IO events, restarts."""

import asyncio
import contextlib
import itertools

import pytest

from hookproof import observers, providers
from hookproof.delivery.secret import Secret
from hookproof.providers.challenge import Challenge
from hookproof.providers.events import Maker
from hookproof.reference.receiver import ReferenceReceiver
from hookproof.reference.reference_site import Site
from hookproof.reference.serving import served
from hookproof.wire.client import Endpoint, send
from tests.conftest import KEY, secret_for


def _keys(surfaces):
    return [(surface, secret_for(surface) if surface.scheme else None) for surface in surfaces]


@contextlib.contextmanager
def _site(name, given=None, **options):
    surfaces = providers.load(name).surfaces(given or {})
    site = Site(_keys(surfaces), **options)
    with contextlib.closing(site), served(site.app()) as base:
        yield site, base, {one.name: one for one in surfaces}


async def _post(base, delivery, surface):
    endpoint = Endpoint(base + (surface.path or "/hook"))
    return (await send(endpoint, "POST", delivery.headers, delivery.body, within_s=5)).status


async def _get(url):
    return await send(Endpoint(url), "GET", (), b"", within_s=5)


async def _count(base, event_id):
    return await observers.parse(f"{base}/effects/{{event_id}}").count(event_id)


async def _until(ask, wanted):
    async with asyncio.timeout(5):
        while await ask() != wanted:  # noqa: ASYNC110
            await asyncio.sleep(0.01)


EVERYTHING = [("pingback", {"signatures": "platform", "email": email}) for email in ("json", "form", "multipart")]
EVERYTHING += [("chatapi", {}), ("waping", {}), ("whatsable", {}), ("whatsable", {"payload": "flat"})]


@pytest.mark.parametrize("name, given", EVERYTHING)
def test_every_kind_of_event_is_acknowledged_and_acted_on_once(name, given):
    async def use(base, surface):
        maker = Maker(surface, secret=secret_for(surface) if surface.scheme else None, run="test")
        for kind in surface.events:
            made = maker.make(kind)
            assert [await _post(base, made, surface) for _ in range(2)] == [200, 200], f"{surface.subject} {kind}"
            for id_ in made.event_ids:
                await _until(lambda id_=id_: _count(base, id_), 1)

    with _site(name, given) as (_, base, surfaces):
        for surface in surfaces.values():
            asyncio.run(use(base, surface))


def test_what_was_not_signed_is_refused():
    with _site("pingback", {"signatures": "platform"}) as (_, base, surfaces):
        forged = Maker(surfaces["telegram"], secret=Secret(b"another"), run="test").make()
        assert asyncio.run(_post(base, forged, surfaces["telegram"])) == 401


def test_a_channel_that_nobody_set_up_is_not_there():
    with _site("pingback", {"channels.telegram": "7,8"}) as (_, base, surfaces):
        surface = surfaces["telegram"]
        made = Maker(surface, secret=None, run="test").make()
        url = surface.fields.path.replace("{channels.telegram}", "%s")
        found = [
            asyncio.run(send(Endpoint(base + url % channel), "POST", made.headers, made.body, within_s=5)).status
            for channel in ("7", "8", "9", "123")
        ]

    assert found == [200, 200, 404, 404]


CHALLENGED = [("pingback", "whatsapp", {}), ("pingback", "x", {"crc": "x"})]
CHALLENGED += [("waping", "events", {"handshake": how, "handshake.token": "t"}) for how in ("get", "post")]


@pytest.mark.parametrize("name, chosen, given", CHALLENGED)
def test_a_challenge_is_answered_and_a_wrong_one_is_not(name, chosen, given):
    with _site(name, given) as (_, base, surfaces):
        surface = surfaces[chosen]
        signer = Maker(surface, secret=secret_for(surface) if surface.scheme else None).signer
        key = KEY if surface.scheme else b""
        challenge = Challenge(surface.challenges[0], surface.parameters, key, signer)
        url = base + (surface.path or "/hook")

        def ask(change=list):
            asked = challenge.ask(url, "1158201444", change)
            return asyncio.run(send(Endpoint(asked.url or url), asked.method, asked.headers, asked.body, within_s=5))

        right, wrong = ask(), ask(lambda pairs: [])

    assert (right.status, challenge.said(right.body)) == (200, challenge.expected("1158201444"))
    assert wrong.status >= 400 and b"1158201444" not in wrong.body


def test_a_site_says_once_for_each_message_what_is_new():
    async def use(site, base, surfaces):
        observer = observers.parse(site.observer(base))
        await observer.start()
        try:
            for surface in surfaces.values():
                maker = Maker(surface, secret=None, run="test")
                made = maker.make(plain=True)
                observer.expect(made.event_id)
                assert [await _post(base, made, surface) for _ in range(3)] == [200] * 3
                await _until(lambda made=made: observer.count(made.event_id), 1)
                await asyncio.sleep(0.05)
                assert await observer.count(made.event_id) == 1
        finally:
            await observer.stop()

    with _site("pingback") as (site, base, surfaces):
        assert site.observer(base).startswith("socketio://127.0.0.1:") and site.emits == "new_message"
        asyncio.run(use(site, base, surfaces))


def test_where_no_event_is_documented_effects_are_asked_for():
    with _site("waping", {"signature.algorithm": "none"}) as (site, base, _):
        assert site.observer(base) == f"{base}/effects/{{event_id}}"
        assert asyncio.run(_get(f"{base}/socket.io/?EIO=4&transport=polling")).status == 404


class Forgetful(ReferenceReceiver):
    """Keeps what it has seen in its process only."""

    def __init__(self, *given):
        super().__init__(*given)
        self.seen, self.restarts = set(), itertools.count()

    def accept(self, id_, body):
        if id_ not in self.seen:
            self.seen.add(id_)
            self.count(id_)

    def forget(self):
        self.seen.clear()


@pytest.mark.parametrize("receiver, effects", [(ReferenceReceiver, 1), (Forgetful, 2)])
def test_a_restart_takes_what_only_the_process_knew(receiver, effects):
    async def use(base, surface):
        made = Maker(surface, secret=None, run="test").make()
        await _post(base, made, surface)
        await _until(lambda: _count(base, made.event_id), 1)
        assert (await _get(f"{base}/restart")).status == 200
        await _post(base, made, surface)
        await _until(lambda: _count(base, made.event_id), effects)

    with _site("chatapi", receiver=receiver) as (_, base, surfaces):
        asyncio.run(use(base, surfaces["hooks"]))


def test_a_database_outlives_the_site(tmp_path):
    surfaces = providers.load("pingback").surfaces({"surfaces": "whatsapp,email"})
    made = [Maker(surface, secret=None, run="test").make() for surface in surfaces]
    for _ in range(2):
        with _site("pingback", {"surfaces": "whatsapp,email"}, database=str(tmp_path / "effects.db")) as (_, base, _):
            for one, surface in zip(made, surfaces, strict=True):
                assert asyncio.run(_post(base, one, surface)) == 200
                asyncio.run(_until(lambda one=one, base=base: _count(base, one.event_id), 1))

    assert {path.name for path in tmp_path.iterdir()} == {"effects.db.whatsapp", "effects.db.email"}
