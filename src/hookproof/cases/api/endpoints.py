"""What an API is asked to register: URLs that are none, that lead inside, that are oddly written; and broken bodies.

In a URL, {scheme} and {inbox} stand for those of our inbox, and {token} for something unguessable.
"""

from __future__ import annotations

from typing import Any

from hookproof.cases.api.api_request import ApiRequest
from hookproof.cases.api.operations import OUR_NAME
from hookproof.providers.events import Maker

ABSENT = object()
"""Stands for the value of a member that is left out of the body."""


def _registers(maker: Maker) -> bool:
    platform = maker.surface.provider.fields.platform
    return bool(platform and platform.register and maker.surface.provider.operations)


def _single(maker: Maker) -> bool:
    platform = maker.surface.provider.fields.platform
    return bool(platform and platform.single)


def no_urls(maker: Maker) -> dict[str, Any]:
    """What no delivery can go to. An only address that is empty takes it back, so it is left out there."""
    if not _registers(maker):
        return {}
    empty = {} if _single(maker) else {"no URL": ABSENT, "null": None, "an empty text": "", "an empty object": {}}
    return {
        **empty,
        "true": True,
        "a number": 42,
        "words": "not a url {token}",
        "a path": "/hooks/{token}",
        "no host": "http://",
        "ftp": "ftp://{inbox}/{token}",
        "file": "file:///tmp/{token}",
        "javascript": "javascript:alert('{token}')",
        "data": "data:text/plain,{token}",
        "mailto": "mailto:{token}@example.invalid",
    }


def no_new_urls(maker: Maker) -> dict[str, Any]:
    """What no delivery can go to, as the new URL of an endpoint; a change may well say nothing of the URL."""
    left_out = ("no URL", "null")
    return {} if _single(maker) else {name: url for name, url in no_urls(maker).items() if name not in left_out}


def inner_new_urls(maker: Maker) -> dict[str, str]:
    """Addresses inside somebody's network, as the new URL of an endpoint: one of each sort."""
    wanted = ("link-local metadata", "10.0.0.0/8", "192.168.0.0/16", "metadata in IPv6")
    return {} if _single(maker) else {name: url for name, url in inner_urls(maker).items() if name in wanted}


def odd_urls(maker: Maker) -> dict[str, str]:
    """What a careful API does not take as it stands."""
    if not _registers(maker):
        return {}
    return {
        "user and password": "{scheme}://user:password@{inbox}/{token}",
        "a user": "{scheme}://user@{inbox}/{token}",
        "CR LF": "{scheme}://{inbox}/{token}\r\nX-Injected: 1",
        "LF": "{scheme}://{inbox}/{token}\nX-Injected: 1",
        "NUL": "{scheme}://{inbox}/{token}\0",
        "no host but a path": "{scheme}:///{token}",
        "a blank": "{scheme}://{inbox}/{token} and more",
        "10 kB": "{scheme}://{inbox}/{token}?" + "x" * 10_000,
        "port 99999": "{scheme}://127.0.0.1:99999/{token}",
    }


def inner_urls(maker: Maker) -> dict[str, str]:
    """Addresses inside somebody's network, also in spellings that only resolvers understand."""
    if not _registers(maker):
        return {}
    hosts = {
        "link-local metadata": "169.254.169.254",
        "10.0.0.0/8": "10.0.0.1",
        "172.16.0.0/12": "172.16.0.1",
        "192.168.0.0/16": "192.168.1.1",
        "unspecified": "0.0.0.0",
        "metadata in decimal": "2852039166",
        "metadata in hexadecimal": "0xa9fea9fe",
        "metadata in octal": "0251.0376.0251.0376",
        "metadata in IPv6": "[::ffff:169.254.169.254]",
        "10.0.0.1 in IPv6": "[::ffff:a00:1]",
        "unique local IPv6": "[fd00::1]",
        "link-local IPv6": "[fe80::1]",
        "a metadata name": "metadata.google.internal",
    }
    return {name: f"{{scheme}}://{host}/{{token}}" for name, host in hosts.items()}


def loopback_urls(maker: Maker) -> dict[str, str]:
    """Ways to the platform's own machine; an API that knows our inbox on loopback has to take some of them."""
    if not _registers(maker):
        return {}
    hosts = ("127.0.0.1", "localhost", "[::1]", "2130706433", "0x7f000001", "127.1", "[::ffff:127.0.0.1]")
    return {host: f"{{scheme}}://{host}/{{token}}" for host in hosts}


def url_forms(maker: Maker) -> dict[str, str]:
    """Good URLs that differ in what follows the host."""
    if not _registers(maker):
        return {}
    return {
        "a query": "{scheme}://{inbox}/{token}?tenant=7&source=hookproof",
        "an encoded path": "{scheme}://{inbox}/{token}/caf%C3%A9%20bar",
        "a path of 200 characters": "{scheme}://{inbox}/{token}/" + "deep/" * 40,
        "a slash at its end": "{scheme}://{inbox}/{token}/",
    }


def texts_beyond_ascii(maker: Maker) -> dict[str, dict[str, str]]:
    """Descriptions that people write, each as the member of a registration that holds the description."""
    platform = maker.surface.provider.fields.platform
    body = platform.register.body if platform and platform.register else {}
    names = [name for name, value in body.items() if value == "{name}"]
    texts = {
        "umlauts": "Größe – Überprüfung",
        "Cyrillic": "Рабочий адрес",
        "emoji": "prod 🚀",
        "Arabic": "نقطة النهاية",
    }
    return {script: dict.fromkeys(names, text) for script, text in texts.items()}


def wrong_types(maker: Maker) -> dict[str, dict[str, Any]]:
    """Members of a registration with values of types that the document does not allow."""
    platform = maker.surface.provider.fields.platform
    if platform is None or platform.register is None or not _registers(maker):
        return {}
    names = [*platform.register.body, *platform.settings]
    values = {
        "null": None, "a number": 5, "true": True, "a text": "banana", "a list": [], "a list of lists": [[1]],
        "an object": {"a": {"b": 1}}, "a huge number": 10**40, "a surrogate": "\ud800", "NUL": "a\0b",
    }  # fmt: skip
    return {f"{name}: {what}": {name: value} for name in names for what, value in values.items()}


def broken_requests(maker: Maker) -> dict[str, ApiRequest]:
    """Registrations whose body is no JSON object."""
    provider = maker.surface.provider
    platform = provider.fields.platform
    if platform is None or platform.register is None or not _registers(maker):
        return {}
    operation = provider.operations[platform.register.operation]
    return {
        name: ApiRequest(
            operation, provider.openapi, raw=raw, media_type=media_type, has_body=True, valid=False,
            label=f"register by {raw[:30]!r}",
        )
        for name, (raw, media_type) in _BROKEN_BODIES.items()
    }  # fmt: skip


_JSON = "application/json"
_BROKEN_BODIES = {
    "nothing": (b"", _JSON),
    "no JSON": (b"not json", _JSON),
    "a cut-off object": (b'{"url": "http', _JSON),
    "null": (b"null", _JSON),
    "a list": (b"[]", _JSON),
    "a number": (b"5", _JSON),
    "a text": (b'"url"', _JSON),
    "true": (b"true", _JSON),
    "an object in a list": (b'[{"url": null}]', _JSON),
    "bytes that are not UTF-8": (b'{"url": "\xff\xfe"}', _JSON),
    "50 000 nested lists": (b"[" * 50_000, _JSON),
    "a number of 5000 digits": (b'{"url": ' + b"9" * 5000 + b"}", _JSON),
    "NaN": (b'{"url": NaN}', _JSON),
    "a form": (b"url=nothing", "application/x-www-form-urlencoded"),
    "another charset": (b'{"url": 5}', "application/json; charset=utf-7"),
    "no media type": (b'{"url": 5}', ""),
    "XML": (b"<url/>", "application/xml"),
}
"""Bodies that are no JSON object, with the media type of each."""


def empty_registrations(maker: Maker) -> dict[str, ApiRequest]:
    """Registrations whose body is no JSON object, where nothing can be registered without one."""
    return {} if _single(maker) else broken_requests(maker)


def unknown_ids(maker: Maker) -> dict[str, list[ApiRequest]]:
    """Every request about one endpoint, each with an id that no endpoint has."""
    if not _registers(maker) or _single(maker):
        return {}
    return {name: _about_one(maker, id_) for name, id_ in _unknown_ids(maker).items()}


def unknown_ids_to_change(maker: Maker) -> dict[str, list[ApiRequest]]:
    """The requests about an endpoint that is not there which may not succeed: all but those that delete."""
    return {
        name: [request for request in requests if request.operation.method != "DELETE"]
        for name, requests in unknown_ids(maker).items()
    }


def _about_one(maker: Maker, id_: str) -> list[ApiRequest]:
    """A request to every operation about one endpoint, by its id."""
    provider = maker.surface.provider
    found = []
    for operation in provider.operations.values():
        if "{id}" in operation.path:
            changes = operation.method in ("PATCH", "PUT")
            body = {"description": OUR_NAME} if changes else None
            label = f"{operation.id} on {id_[:40]}"
            found.append(
                ApiRequest(operation, provider.openapi, {"id": id_}, body, has_body=changes, label=label, valid=False)
            )
    return found


def _unknown_ids(maker: Maker) -> dict[str, str]:
    """Ids of nothing, as they stand in a path."""
    return {
        "a number": str(maker.number()),
        "a word": f"nobody-{maker.token(6)}",
        "a UUID": "00000000-0000-4000-8000-000000000000",
        "a negative number": "-1",
        "a number beyond 64 bits": "9" * 30,
        "a quote": "1%27%20OR%20%271%27=%271",
        "NUL": "%00",
        "bytes that are not UTF-8": "%ff%fe",
        "a step upwards": "..%2f..%2fetc",
        "2000 characters": "x" * 2000,
        "emoji": "%F0%9F%91%8B",
    }
