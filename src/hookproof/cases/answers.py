"""What an inbox answers to a sender's attempts, and which events it asks for, by name; see `Answer`."""

from __future__ import annotations

from hookproof.providers.events import TEXTS, Maker
from hookproof.wire.arrivals import OK, Answer

RETRY_AFTER_S = 3
"""Seconds that an answer asks a sender to wait before its next attempt."""


def failures(maker: Maker) -> dict[str, Answer]:
    """Answers that acknowledge nothing, so that a sender must try again. 410 is left out: it may mean never again."""
    statuses = (400, 401, 403, 404, 409, 422, 429, 500, 502, 503, 504)
    return {str(status): Answer(status, b"no", "text/plain") for status in statuses}


def gone(maker: Maker) -> dict[str, Answer]:
    """Answers by which an endpoint is documented to say that it wants nothing more, ever."""
    platform = maker.surface.provider.fields.platform
    return {str(status): Answer(status) for status in (platform.retry.gone if platform and platform.retry else ())}


def no_answers(maker: Maker) -> dict[str, Answer]:
    """Connections that end without a whole answer."""
    return {
        "a reset": Answer(end="reset"),
        "a closed connection": Answer(end="close"),
        "half a status line": Answer(200, end="half"),
        "no HTTP": Answer(end="garbage"),
    }


def redirects(maker: Maker) -> dict[str, int]:
    """Statuses that name another URL."""
    return {str(status): status for status in (301, 302, 303, 307, 308)}


def acknowledgements(maker: Maker) -> dict[str, Answer]:
    """What this provider's documents take as an acknowledgement."""
    good = maker.surface.acknowledges
    found = {str(status): Answer(status, b"ok") for status in (200, 201, 202, 204) if status in good}
    return {**found, "200 with a long body": Answer(200, b"x" * 20_000), "200 after a second": OK.after(1.0)}


def odd_acknowledgements(maker: Maker) -> dict[str, Answer]:
    """Acknowledgements whose body is of no use to anybody, so that it takes nothing away from the status."""
    said = {
        "emoji": Answer(200, "received \N{THUMBS UP SIGN}".encode()),
        "bytes that are no text": Answer(200, b"\xff\xfe\x80 ok"),
        "a NUL": Answer(200, b"ok\0ok"),
        "broken gzip": Answer(200, b"this is no gzip", headers=(("Content-Encoding", "gzip"),)),
        "no JSON where JSON is named": Answer(200, b"", "application/json"),
    }
    return {f"200 with {name}": answer for name, answer in said.items()}


def other_successes(maker: Maker) -> dict[str, Answer]:
    """Statuses of the class 2xx that this provider does not take as an acknowledgement."""
    good = maker.surface.acknowledges
    return {str(status): Answer(status, b"ok") for status in (201, 202, 204) if status not in good}


def retry_after(maker: Maker) -> dict[str, Answer]:
    """Failures that say when to come again. Not as a date: that depends on two clocks."""
    seconds = (("Retry-After", str(RETRY_AFTER_S)),)
    return {"503, in seconds": Answer(503, headers=seconds), "429, in seconds": Answer(429, headers=seconds)}


def endless_retry_after(maker: Maker) -> dict[str, Answer]:
    """Failures that ask for more time than a timer of 32 bits holds in milliseconds, or in seconds."""
    asked = {"thirty days": "2592000", "three thousand years": "99999999999"}
    return {name: Answer(503, headers=(("Retry-After", seconds),)) for name, seconds in asked.items()}


def event_kinds(maker: Maker) -> dict[str, str]:
    """Every documented kind of event."""
    return {kind: kind for kind in maker.kinds}


def switched_kinds(maker: Maker) -> dict[str, str]:
    """The kinds of event that a setting switches on and off."""
    platform = maker.surface.provider.fields.platform
    switches = platform.switches if platform else {}
    return {f"{setting}, {kind}": kind for setting, kinds in switches.items() for kind in kinds}


def texts(maker: Maker) -> dict[str, str]:
    """Texts that are easily mangled by a wrong encoding or escape."""
    chosen = ("latin with accents", "arabic", "han", "emoji", "quotes and slashes", "beyond the BMP")
    return {name: TEXTS[name] for name in chosen}


def undocumented_kinds(maker: Maker) -> dict[str, str]:
    """What happens to messages that an account sends, which is not among the documented kinds."""
    return {kind: kind for kind in ("sent", "delivered", "read", "failed") if kind not in maker.kinds}


def single_attempts(maker: Maker) -> dict[str, Answer]:
    """Failures of different sorts, none of which is to be followed by a second attempt."""
    return {
        "500": Answer(500),
        "404": Answer(404),
        "a reset": Answer(end="reset"),
        "a closed connection": Answer(end="close"),
    }
