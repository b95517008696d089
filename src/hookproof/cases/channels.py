"""Other places: ids of channels that are not there, and bodies that belong to another endpoint or provider."""

from __future__ import annotations

import uuid

from hookproof import specs
from hookproof.events import Maker
from hookproof.model import Case, Delivery
from hookproof.pointers import identify


def unknown_channels(maker: Maker) -> dict[str, str]:
    """Ids that no channel has."""
    if "channel" not in maker.surface.features:
        return {}
    seed = maker.token(16).encode().hex()
    return {"a UUID": str(uuid.UUID(seed)), "a number": str(maker.number()), "a word": f"nobody-{maker.token(6)}"}


def odd_channels(maker: Maker) -> dict[str, str]:
    """What anybody can put where a channel's id stands; percent-encoded."""
    if "channel" not in maker.surface.features:
        return {}
    return {
        "letters": "abc",
        "zero": "0",
        "a negative number": "-1",
        "a number beyond 64 bits": "9" * 30,
        "a fraction": "1e400",
        "2000 digits": "7" * 2000,
        "a quote": "1%27%20OR%20%271%27=%271",
        "NUL": "%00",
        "a step upwards": "..%2f..%2fwhatsapp",
        "bytes that are not UTF-8": "%ff%fe",
        "emoji": "%F0%9F%91%8B",
        "a percent sign": "%25",
    }


def missing_channels(maker: Maker) -> dict[str, str]:
    """The path without the id, with and without its last slash."""
    return {"with a slash": "/", "without a slash": ""} if "channel" in maker.surface.features else {}


def _foreign(own: Maker, surface: specs.Surface) -> Case:
    other = Maker(surface, secret=None, run=own.token(16))

    def foreign(delivery: Delivery) -> Delivery:
        payload = other.payload(plain=True)
        ids = tuple(dict.fromkeys(named.id for named in identify(payload, surface.identities)))
        body = own.writing.write(payload)
        made = Delivery(body, own.headers, ids, ids, writing=own.writing, signer=own.signer)
        return made.signed(label=f"an event of {surface.provider.name}, {surface.title}")

    return foreign


def events_of_other_surfaces(maker: Maker) -> dict[str, Case]:
    """Bodies that belong to another endpoint of the same provider."""
    here = maker.surface
    surfaces = here.provider.surfaces({**here.parameters, "surfaces": ""}) if "path" in here.features else []
    return {
        f"of {other.title}": _foreign(maker, other)
        for other in surfaces
        if other.name != here.name and other.path != here.path and other.writing.is_json and here.writing.is_json
    }


def events_of_other_providers(maker: Maker) -> dict[str, Case]:
    """Bodies of providers whose documents are easily taken for these."""
    found = {}
    for name in maker.surface.fields.foreign:
        provider, _, surface = name.partition("/")
        others = {each.name: each for each in specs.load(provider).surfaces({})}
        found[name] = _foreign(maker, others[surface])
    return found
