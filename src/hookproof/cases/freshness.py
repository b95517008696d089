"""Genuine signatures over other times, and lists of signatures, for providers that sign a time or send several."""

from __future__ import annotations

from hookproof.delivery.model import Case, Delivery
from hookproof.providers.events import Maker

BEYOND_S = 60
"""Seconds past the tolerance at which a signed time is refused, so that neither clock has to be exact."""
LITTLE_S = 60
"""Seconds by which a signed time may be off wherever a tolerance is documented without a number."""


def _signed_ago(seconds: float, label: str, *, genuine: bool = False) -> Case:
    return lambda delivery: delivery.signed_at(delivery.at - seconds, label, genuine=genuine)


def old_times(maker: Maker) -> dict[str, Case]:
    """Genuine signatures over a time that is too long ago."""
    tolerance_s = _tolerance_s(maker)
    if not tolerance_s:
        return {}
    return {
        "a minute past the tolerance": _signed_ago(tolerance_s + BEYOND_S, "signed a minute too long ago"),
        "an hour past the tolerance": _signed_ago(tolerance_s + 3600, "signed an hour too long ago"),
    }


def future_times(maker: Maker) -> dict[str, Case]:
    """Genuine signatures over a time that is too far ahead."""
    tolerance_s = _tolerance_s(maker)
    if not tolerance_s:
        return {}
    return {
        "a minute past the tolerance": _signed_ago(-tolerance_s - BEYOND_S, "signed a minute too far ahead"),
        "an hour past the tolerance": _signed_ago(-tolerance_s - 3600, "signed an hour too far ahead"),
    }


def tolerated_times(maker: Maker) -> dict[str, Case]:
    """Genuine deliveries whose signed time is off by a minute, or by half of a tolerance that is less than two."""
    off_s = min(_tolerance_s(maker) / 2, LITTLE_S)
    if not off_s:
        return {}
    return {
        "in the past": _signed_ago(off_s, "genuine, signed some time ago", genuine=True),
        "ahead": _signed_ago(-off_s, "genuine, signed by a clock that is ahead", genuine=True),
    }


def lists_with_the_right_signature(maker: Maker) -> dict[str, Case]:
    """Several signatures in one header, of which one is right."""
    if not (maker.signer and maker.signer.scheme.lists):
        return {}

    def among(before: int, after: int) -> Case:
        def listed(delivery: Delivery) -> Delivery:
            wrong, right = delivery.wrong_signature, delivery.signature
            values = (*[wrong] * before, right, *[wrong] * after)
            return delivery.with_list(*values, label="with the right signature in a list")

        return listed

    def after_an_unknown(delivery: Delivery) -> Delivery:
        values = (delivery.signature.replace("v1", "v9"), delivery.signature)
        return delivery.with_list(*values, label="with the right signature after one of an unknown version")

    many = _many(maker)
    found = {"first of two": among(0, 1), "last of two": among(1, 0), "in the middle": among(1, 1)}
    found["last of many"] = among(many - 1, 0)
    return {**found, **({"after an unknown version": after_an_unknown} if _versioned(maker) else {})}


def former_keys(maker: Maker) -> dict[str, Case]:
    """Deliveries that the former key signed, and those that both signed."""
    if not (maker.former and maker.signer and maker.signer.scheme.lists):
        return {}
    key = maker.signer.scheme.key_of(maker.former.reveal())

    def alone(delivery: Delivery) -> Delivery:
        return delivery.signed("signed with the former key", secret=key)

    def beside(delivery: Delivery) -> Delivery:
        values = (alone(delivery).signature, delivery.signature)
        return delivery.with_list(*values, label="signed with both keys")

    return {"alone": alone, "before the new one": beside}


def former_key_alone(maker: Maker) -> dict[str, Case]:
    """Deliveries that the former key alone signed."""
    return {name: case for name, case in former_keys(maker).items() if name == "alone"}


def lists_of_wrong_signatures(maker: Maker) -> dict[str, Case]:
    """Several signatures in one header, of which none is right: wrong ones, or right ones of versions nobody knows."""
    if not (maker.signer and maker.signer.scheme.lists):
        return {}

    def wrong(count: int) -> Case:
        def listed(delivery: Delivery) -> Delivery:
            return delivery.with_list(*[delivery.wrong_signature] * count, label="with a list of wrong signatures")

        return listed

    def unknown(delivery: Delivery) -> Delivery:
        values = [delivery.signature.replace("v1", version) for version in ("v0", "v2", "v9")]
        return delivery.with_list(*values, label="with signatures of unknown versions only")

    found = {"wrong ones": wrong(3), "many wrong ones": wrong(_many(maker)), "none at all": wrong(0)}
    return {**found, **({"unknown versions": unknown} if _versioned(maker) else {})}


def _versioned(maker: Maker) -> bool:
    """Whether each signature of a list is led by a version."""
    return maker.signer is not None and "v1" in maker.signer.scheme.value


def _many(maker: Maker) -> int:
    """A hundred signatures, or as many as servers take in a header."""
    assert maker.signer, "the provider signs nothing"
    return max(2, min(100, 6000 // len(maker.signer.scheme.zeros)))


def missing_stamps(maker: Maker) -> dict[str, Case]:
    """Deliveries without a header that goes with the signature, or without the time in its value."""
    if maker.signer is None:
        return {}

    def without(name: str) -> Case:
        return lambda delivery: delivery.without_header(name, f"without {name}")

    scheme = maker.signer.scheme
    empty: dict[str, Case] = {"the time": lambda delivery: delivery.with_time_text("", "without a time")}
    return {**{name: without(name) for name, _ in scheme.headers}, **(empty if scheme.timestamped else {})}


def garbled_times(maker: Maker) -> dict[str, Case]:
    """Times that are none, under the signature of another; nothing that means the signed time to a lenient reader."""
    return {name: _garbled(text) for name, text in _GARBLED.items()} if _timestamped(maker) else {}


def signed_garbled_times(maker: Maker) -> dict[str, Case]:
    """Times that are none, and signed as if they were some."""

    def signed(text: str) -> Case:
        return lambda delivery: delivery.signed_with_time_text(text, f"signed at {text[:12]!r}")

    return {name: signed(text) for name, text in _GARBLED.items()} if _timestamped(maker) else {}


_GARBLED = {
    "NaN": "NaN",
    "infinity": "Infinity",
    "an exponent": "1e9",
    "a minus sign": "-1700000000",
    "30 digits": "9" * 30,
    "letters": "yesterday",
    "a blank": " ",
    "5000 digits": "1" * 5000,
}


def _garbled(text: str) -> Case:
    return lambda delivery: delivery.with_time_text(text, f"with {text[:12]!r} for a time")


def _timestamped(maker: Maker) -> bool:
    return maker.signer is not None and maker.signer.scheme.timestamped


def _tolerance_s(maker: Maker) -> float:
    """Seconds by which a signed time may be off; zero where nothing is promised."""
    scheme = maker.signer.scheme if maker.signer else None
    return scheme.tolerance_s if scheme and scheme.timestamped else 0.0
