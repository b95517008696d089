"""Whose endpoint is that? Asked of reference sites, and of servers that say the same to everything."""

import asyncio
import contextlib
import socket

import pytest

from hookproof import providers
from hookproof.delivery.secret import Secret
from hookproof.plugin.command import probe
from hookproof.reference.reference_site import Site
from hookproof.reference.serving import served
from tests.conftest import KEY
from tests.scripted import OK, Scripted, answers, read_request

PROVIDERS = tuple(providers.load(name) for name in providers.names())
_BY_PAIRS = {"discord", "sendgrid"}
"""Their secrets are private keys, and no text of ours is one."""
_ASKED = [provider.name for provider in PROVIDERS if not provider.has_paths and provider.name not in _BY_PAIRS]
NOT_FOUND = b"HTTP/1.1 404 Not Found\r\nContent-Length: 0\r\n\r\n"


@contextlib.contextmanager
def _site(name, given=None):
    surfaces = providers.load(name).surfaces(given or {})
    site = Site([(surface, Secret(KEY) if surface.scheme else None) for surface in surfaces])
    with contextlib.closing(site), served(site.app()) as base:
        yield base if surfaces[0].path else f"{base}/hook"


def _find(target, asked=None, key=KEY):
    return asyncio.run(probe.find(target, PROVIDERS, asked or {}, Secret(key) if key else None))


@pytest.mark.parametrize("slash", ["", "/"])
def test_finds_the_surfaces_that_are_there(slash):
    with _site("pingback", {"surfaces": "whatsapp,email"}) as base:
        found = _find(base + slash)

    assert (found.provider.name, found.surfaces) == ("pingback", ["whatsapp", "email"])
    assert found.lines == ["found of pingback: whatsapp, email",
                           "not there, so not judged: instagram (404), telegram (404), x (404)"]  # fmt: skip


def test_finds_all_of_them_and_has_nothing_to_say_of_others():
    with _site("pingback") as base:
        found = _find(base)

    assert found.surfaces == ["whatsapp", "instagram", "telegram", "x", "email"]
    assert len(found.lines) == 1


def test_a_channel_that_was_named_is_asked_for():
    with _site("pingback", {"channels.telegram": "77", "surfaces": "telegram"}) as base:
        assert _find(base, {"channels.telegram": "77"}).surfaces == ["telegram"]


def test_a_surface_that_refuses_is_there_all_the_same():
    with _site("pingback", {"signatures": "platform", "surfaces": "whatsapp"}) as base:
        assert _find(base).surfaces == ["whatsapp"]


@pytest.mark.parametrize(
    "name, given",
    [("waping", {}), ("chatapi", {}), ("line", {}), ("github", {}), ("shopify", {}), ("whatsable", {}),
     ("whatsable", {"payload": "flat"}), ("waping", {"signature.encoding": "base64"})],
)  # fmt: skip
def test_finds_whose_endpoint_it_is(name, given):
    with _site(name, given) as target:
        found = _find(target, given)

    assert (found.provider.name, found.surfaces) == (name, [])
    assert f"deliveries of {name}, and of no other" in found.lines[0]


def test_without_a_secret_only_what_is_unsigned_is_asked():
    with _site("waping") as signed, _site("chatapi") as unsigned:
        assert _find(signed, key=b"").provider is None
        assert _find(unsigned, key=b"").provider.name == "chatapi"


def test_who_takes_everything_is_nobody_in_particular():
    with Scripted(answers(OK)) as server:
        found = _find(server.url)

    assert found.provider is None
    assert found.lines == [f"the endpoint acknowledges deliveries of {', '.join(_ASKED)} alike"]


def test_who_takes_nothing_is_nobody_in_particular():
    with Scripted(answers(NOT_FOUND)) as server:
        found = _find(server.url)

    assert found.provider is None
    assert found.lines == ["no documented path answers, and no provider's delivery is acknowledged"]


def test_a_page_for_every_path_is_no_surface():
    def script(server, connection):
        head = read_request(server, connection)
        connection.sendall(OK if b"/webhooks/" in head.split(b"\r\n")[0] else NOT_FOUND)

    with Scripted(script) as server:
        assert _find(server.url).provider is None


def test_nobody_is_there():
    with socket.create_server(("127.0.0.1", 0)) as free:
        port = free.getsockname()[1]
    with pytest.raises(probe.NobodyThere):
        _find(f"http://127.0.0.1:{port}/hook")
    with pytest.raises(probe.NobodyThere):
        _find("http://no-such-host.invalid/")


def test_a_target_that_speaks_no_http_is_no_surface():
    with Scripted(answers(b"SSH-2.0-nonsense\r\n\r\n")) as server:
        assert _find(server.url).provider is None


def test_every_request_is_one_that_its_provider_documents():
    with Scripted(answers(NOT_FOUND)) as server:
        _find(server.url)
    bodies = [raw.partition(b"\r\n\r\n")[2] for raw in server.received]

    assert len(bodies) == 6 + len(_ASKED), "five surfaces and a path that is not there, then the endpoints"
    assert all(body.startswith((b"{", b"[")) or b"=" in body for body in bodies), "JSON, or a form"
    assert all(raw.startswith(b"POST /hook") for raw in server.received)
