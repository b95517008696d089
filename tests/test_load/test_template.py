"""Deliveries made at memory speed are what the slow way makes: signed, identified, and no two the same."""

from datetime import UTC, datetime

import pytest

from hookproof.events import Maker
from hookproof.load.template import Deck, templates, usable
from hookproof.model import Secret
from hookproof.wire import Endpoint
from tests.conftest import KEY, every_surface


def deck(surface, count=24, run="run"):
    maker = Maker(surface, secret=Secret(KEY), run=run, now=lambda: datetime(2026, 2, 3, 4, 5, 6, tzinfo=UTC))
    url = "http://127.0.0.1:8080" + surface.path
    return maker, Deck(tuple(templates(maker, Endpoint(url), usable(maker), count)))


@pytest.mark.parametrize("surface", list(every_surface()), ids=lambda surface: f"{surface.subject}-{surface.name}")
def test_each_request_is_a_genuine_delivery_of_its_own(surface):
    maker, made = deck(surface)
    send = made.sender()
    for serial in (0, 1, 23, 24, 4_999_999):
        head, body = send(serial).split(b"\r\n\r\n", 1)
        lines = dict(line.split(b": ", 1) for line in head.split(b"\r\n")[1:])
        again = maker.deliver(surface.writing.read(body), made.templates[serial % 24].kind)
        assert again.event_ids == (made.event_id(serial),)
        assert int(lines[b"Content-Length"]) == len(body)
        assert b"Connection" not in lines
        if maker.signer:
            signed = {name.lower(): value for name, value in lines.items()}[maker.signer.header.lower().encode()]
            assert maker.signer.matches(body, signed)


@pytest.mark.parametrize("surface", list(every_surface()), ids=lambda surface: f"{surface.subject}-{surface.name}")
def test_no_two_deliveries_have_the_same_id_in_one_run_or_in_two(surface):
    _, one = deck(surface)
    _, other = deck(surface, run="another")
    ids = [made.event_id(serial) for made in (one, other) for serial in range(3000)]

    assert len(set(ids)) == len(ids)


def test_the_deck_is_the_same_in_every_process(provider):
    surface = provider.surfaces({})[0]
    (_, one), (_, other) = deck(surface), deck(surface)

    assert [one.sender()(serial) for serial in range(50)] == [other.sender()(serial) for serial in range(50)]


def test_a_fresh_connection_for_each_delivery_is_announced(provider):
    maker = Maker(provider.surfaces({})[0], secret=Secret(KEY))
    (made,) = templates(maker, Endpoint("http://127.0.0.1/"), usable(maker), 1, reuse=False)

    assert b"\r\nConnection: close\r\n" in made.request(1)
