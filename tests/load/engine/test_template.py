"""Deliveries made at memory speed are what the slow way makes: signed, identified, and no two the same."""

import time
from datetime import UTC, datetime

import pytest

from hookproof.delivery import placed
from hookproof.delivery.pointers import get, identify
from hookproof.delivery.secret import Secret
from hookproof.load.engine.template import Contents, templates, usable_kinds
from hookproof.providers.events import Maker
from hookproof.wire.client import Endpoint
from tests.conftest import KEY, every_surface, secret_for
from tests.providers.signed_providers import GIVEN, SCHEMES, written


def made_of(surface, count=24, run="run"):
    maker = Maker(surface, secret=secret_for(surface), run=run, now=lambda: datetime(2026, 2, 3, 4, 5, 6, tzinfo=UTC))
    url = "http://127.0.0.1:8080" + surface.path
    return maker, Contents(tuple(templates(maker, Endpoint(url), usable_kinds(maker), count)))


COUNTED = [surface for surface in every_surface() if usable_kinds(Maker(surface, secret=secret_for(surface)))]
"""Surfaces that owe an effect for some event; nothing is counted under load on others."""


@pytest.mark.parametrize("surface", COUNTED, ids=lambda surface: f"{surface.subject}-{surface.name}")
def test_each_request_is_a_genuine_delivery_of_its_own(surface):
    maker, made = made_of(surface)
    send = made.requests()
    for serial in (0, 1, 23, 24, 4_999_999):
        head, body = send(serial).split(b"\r\n\r\n", 1)
        lines = dict(line.split(b": ", 1) for line in head.split(b"\r\n")[1:])
        named = identify(surface.writing.read(body), surface.identities, tuple(lines.items()))
        assert [one.id for one in named] == [made.event_id(serial)]
        assert int(lines[b"Content-Length"]) == len(body)
        assert b"Connection" not in lines
        if maker.signer:
            told = {name.lower().decode(): value.decode("latin-1") for name, value in lines.items()}
            signer, scheme = maker.signer.received(told.items(), body), maker.signer.scheme
            payload = surface.writing.read(body) if scheme.place else None
            for item in placed.items(payload, scheme) if scheme.place else [""]:
                value = get(payload, item + scheme.place) if scheme.place else told[scheme.header.lower()]
                assert signer.matches(body, value, item)


@pytest.mark.parametrize("surface", COUNTED, ids=lambda surface: f"{surface.subject}-{surface.name}")
def test_no_two_deliveries_have_the_same_id_in_one_run_or_in_two(surface):
    _, one = made_of(surface)
    _, other = made_of(surface, run="another")
    ids = [made.event_id(serial) for made in (one, other) for serial in range(3000)]

    assert len(set(ids)) == len(ids)


def test_contents_are_the_same_in_every_process(provider):
    surface = provider.surfaces({})[0]
    (_, one), (_, other) = made_of(surface), made_of(surface)

    assert [one.requests()(serial) for serial in range(50)] == [other.requests()(serial) for serial in range(50)]


def test_a_fresh_connection_for_each_delivery_is_announced(provider):
    maker = Maker(provider.surfaces({})[0], secret=Secret(KEY))
    (made,) = templates(maker, Endpoint("http://127.0.0.1/"), usable_kinds(maker), 1, reuse=False)

    assert b"\r\nConnection: close\r\n" in made.request(1)


@pytest.mark.parametrize("name", SCHEMES)
def test_however_a_provider_signs_what_is_sent_is_signed_now(tmp_path, name):
    *said, secret = SCHEMES[name]
    (surface,) = written(tmp_path / "scheme", *said).surfaces(GIVEN.get(name, {}))
    url = "http://127.0.0.1:8080/hook"
    maker = Maker(surface, secret=Secret(secret), url=url)
    template = next(templates(maker, Endpoint(url), ["made"], 1))
    scheme = maker.signer.scheme
    for serial in (7, 123_456):
        head, body = template.request(serial).split(b"\r\n\r\n", 1)
        told = [line.decode("latin-1").split(": ", 1) for line in head.split(b"\r\n")[1:]]
        named = [(key.lower(), value) for key, value in told]
        signer = maker.signer.received(named, body)
        items = placed.items(surface.writing.read(body), scheme) if scheme.place else [""]
        value = dict(named).get(scheme.header) or placed.signature_in(surface.writing.read(body), scheme)
        assert signer.matches(body, value, items[0]) and int(dict(named)["content-length"]) == len(body)
        assert not scheme.timestamped or abs(scheme.instant(signer.scheme.stamp.timestamp) - time.time()) < 60
