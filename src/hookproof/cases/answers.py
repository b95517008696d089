"""What an inbox answers to a sender's attempts, by name; see `Answer`. None of it is known to the sender beforehand."""

from __future__ import annotations

from hookproof.arrivals import OK, Answer
from hookproof.events import TEXTS, Maker

RETRY_AFTER_S = 3


def failures(maker: Maker) -> dict[str, Answer]:
    """Answers that acknowledge nothing, so that a sender must try again. 410 is left out: it may mean never again."""
    statuses = (400, 401, 403, 404, 409, 422, 429, 500, 502, 503, 504)
    return {str(status): Answer(status, b"no", "text/plain") for status in statuses}


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
    good = maker.surface.provider.acknowledges
    found = {str(status): Answer(status, b"ok") for status in (200, 201, 202, 204) if status in good}
    return {**found, "200 with a long body": Answer(200, b"x" * 20_000), "200 after a second": OK.after(1.0)}


def other_successes(maker: Maker) -> dict[str, Answer]:
    """Statuses of the class 2xx that this provider does not take as an acknowledgement."""
    good = maker.surface.provider.acknowledges
    return {str(status): Answer(status, b"ok") for status in (201, 202, 204) if status not in good}


def retry_after(maker: Maker) -> dict[str, Answer]:
    """Failures that say when to come again. Not as a date: that depends on two clocks."""
    seconds = (("Retry-After", str(RETRY_AFTER_S)),)
    return {"503, in seconds": Answer(503, headers=seconds), "429, in seconds": Answer(429, headers=seconds)}


def event_kinds(maker: Maker) -> dict[str, str]:
    """Every documented kind of event."""
    return {kind: kind for kind in maker.kinds}


def switched_kinds(maker: Maker) -> dict[str, str]:
    """The kinds of event that a setting switches on and off."""
    platform = maker.surface.provider.fields.platform
    switches = platform.switches if platform else {}
    return {f"{setting}, {kind}": kind for setting, kinds in switches.items() for kind in kinds}


def texts(maker: Maker) -> dict[str, str]:
    """Texts that are easily mangled on their way."""
    chosen = ("latin with accents", "arabic", "han", "emoji", "quotes and slashes", "beyond the BMP")
    return {name: TEXTS[name] for name in chosen}


def file_kinds(maker: Maker) -> dict[str, str]:
    """The documented kinds of event that point to a file."""
    return {kind: kind for kind in maker.kinds if maker.surface.events[kind].points_to_a_file}


def undocumented_kinds(maker: Maker) -> dict[str, str]:
    """What happens to messages that an account sends, which is not among the documented kinds."""
    return {kind: kind for kind in ("sent", "delivered", "read", "failed") if kind not in maker.kinds}


def single_attempts(maker: Maker) -> dict[str, Answer]:
    """Failures of different sorts."""
    return {
        "500": Answer(500),
        "404": Answer(404),
        "a reset": Answer(end="reset"),
        "a closed connection": Answer(end="close"),
    }
