"""Other places: ids of channels that are not there, and bodies that belong to another endpoint or provider."""

from __future__ import annotations

import uuid

from hookproof import providers
from hookproof.delivery.model import Case, Delivery
from hookproof.delivery.pointers import identify
from hookproof.providers import filled
from hookproof.providers.events import Maker


def _path(maker: Maker, channel: str) -> str:
    """The endpoint's path for a channel, which is put in as it stands there."""
    path = maker.surface.fields.path
    for name in maker.surface.fields.needs:
        path = path.replace(f"{{{name}}}", channel)
    return filled(path, maker.surface.parameters)


def _to_channel(maker: Maker, channel: str) -> Case:
    return lambda delivery: delivery.to(_path(maker, channel), f"to the channel {channel[:40]!r}")


def own_channels(maker: Maker) -> dict[str, Case]:
    """The channels that the user named for this endpoint: each may get the very same event."""

    def own(channel: str) -> Case:
        return lambda delivery: delivery.to(_path(maker, channel), delivery.label, genuine=True)

    needs = maker.surface.fields.needs
    return {name: own(name) for name in maker.surface.parameters[needs[0]].split(",")} if needs else {}


def unknown_channels(maker: Maker) -> dict[str, Case]:
    """Ids that no channel has."""
    if "channel" not in maker.surface.features:
        return {}
    seed = maker.token(16).encode().hex()
    ids = {"a UUID": str(uuid.UUID(seed)), "a number": str(maker.number()), "a word": f"nobody-{maker.token(6)}"}
    return {name: _to_channel(maker, id_) for name, id_ in ids.items()}


def odd_channels(maker: Maker) -> dict[str, Case]:
    """What anybody can put where a channel's id stands; percent-encoded."""
    if "channel" not in maker.surface.features:
        return {}
    ids = {
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
    return {name: _to_channel(maker, id_) for name, id_ in ids.items()}


def missing_channels(maker: Maker) -> dict[str, Case]:
    """The path without the id, with and without its last slash."""
    if "channel" not in maker.surface.features:
        return {}
    bare = _path(maker, "").rstrip("/")
    return {
        "with a slash": lambda delivery: delivery.to(f"{bare}/", "to no channel"),
        "without a slash": lambda delivery: delivery.to(bare, "to no channel"),
    }


def _foreign(own: Maker, surface: providers.Surface) -> Case:
    other = Maker(surface, secret=None, run=own.token(16))

    def foreign(delivery: Delivery) -> Delivery:
        payload = other.payload(plain=True)
        ids = tuple(dict.fromkeys(named.id for named in identify(payload, surface.identities)))
        body = own.writing.write(payload)
        label = f"an event of {surface.provider.name}, {surface.title}"
        return Delivery(body, own.headers, ids, ids, label=label, writing=own.writing, signer=own.signer).signed(label)

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
        others = {each.name: each for each in providers.load(provider).surfaces({})}
        found[name] = _foreign(maker, others[surface])
    return found
