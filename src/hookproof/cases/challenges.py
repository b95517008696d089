"""Challenges: texts that must come back as they are, and askers who must not be answered."""

from __future__ import annotations

from hookproof.delivery.model import Case, Delivery
from hookproof.providers import filled
from hookproof.providers.challenge import Change, Pairs, replaced
from hookproof.providers.events import Maker


def challenges(maker: Maker) -> dict[str, str]:
    """Random texts of every sort; a reader that makes a number, a word or a page of them gives itself away."""
    long = maker.token(200)
    return {
        "digits": f"{maker.number()}",
        "leading zeros": f"000{maker.number()}",
        "many digits": f"9007199254740993{maker.number()}",
        "letters": maker.token(20),
        "punctuation": f"aB_9-{maker.token(6)}.~",
        "a plus sign": f"{maker.token(5)}+{maker.token(5)}",
        "a percent sign": f"100%25{maker.token(5)}",
        "a space": f"{maker.token(5)} {maker.token(5)}",
        "200 characters": long,
        "an ampersand": f"{maker.token(5)}&{maker.token(5)}=1",
        "letters that are not ASCII": f"Grüße-Ωμέγα-{maker.token(5)}",
    }


def crc_tokens(maker: Maker) -> dict[str, str]:
    """Texts such as the sender chooses; a receiver may refuse to sign any others."""
    return {
        "digits": f"{maker.number()}",
        "leading zeros": f"000{maker.number()}",
        "letters": maker.token(20),
        "48 letters and digits": maker.token(48),
    }


def hostile_challenges(maker: Maker) -> dict[str, str]:
    """Texts that no sender chooses and that anybody can send."""
    return {
        "NUL": f"a\x00{maker.token(5)}",
        "a line break and a header": f"{maker.token(5)}\r\nX-Injected: yes\r\n\r\n<p>",
        "8000 characters": maker.token(8000),
        "bytes that are not UTF-8": f"\udcff\udcfe{maker.token(5)}",
        "nothing": "",
    }


def _token(maker: Maker) -> tuple[str, str]:
    """Name of the member that proves who asks, and its right value."""
    for challenge in maker.surface.challenges:
        if challenge.token:
            template = challenge.members[challenge.token]
            return challenge.token, filled(template, maker.surface.parameters)
    return "", ""


def wrong_tokens(maker: Maker) -> dict[str, Change]:
    """Verify tokens that are not the right one."""
    name, right = _token(maker)
    if not right:
        return {}
    wrong = {
        "another": "another",
        "empty": "",
        "the right one and more": right + "x",
        "something and the right one": "x" + right,
        "part of the right one": right[:-1],
        "in the other case": right.swapcase(),
        "a byte that is not UTF-8": "\udce9",
        "letters that are not ASCII": "prüfung",
        "the word null": "null",
        "a pattern": ".*",
    }
    return {case: replaced(name, value) for case, value in wrong.items() if value != right}


def missing_tokens(maker: Maker) -> dict[str, Change]:
    """No verify token where it should be."""
    name, right = _token(maker)
    if not right:
        return {}

    def renamed(to: str, value: str) -> Change:
        def change(pairs: Pairs) -> Pairs:
            return [(to, value) if pair[0] == name else pair for pair in pairs]

        return change

    return {"left out": replaced(name), "as a list": renamed(f"{name}[]", "another")}


def repeated_tokens(maker: Maker) -> dict[str, Change]:
    """The right token and a wrong one: a proxy and an application may look at different ones."""
    name, right = _token(maker)
    if not right or any(each.has_body for each in maker.surface.challenges):
        return {}
    return {
        "right, then wrong": replaced(name, right, "another"),
        "wrong, then right": replaced(name, "another", right),
    }


def wrong_modes(maker: Maker) -> dict[str, Change]:
    """Requests that ask for something else than a subscription."""
    names = [each.mode for each in maker.surface.challenges if each.mode]
    if not names:
        return {}
    return {
        "unsubscribe": replaced(names[0], "unsubscribe"),
        "left out": replaced(names[0]),
        "empty": replaced(names[0], ""),
    }


def forged_challenges(maker: Maker) -> dict[str, Case]:
    """Challenges that nobody with the secret signed."""
    if not any(each.is_signed for each in maker.surface.challenges) or not maker.signer:
        return {}

    def foreign(asked: Delivery) -> Delivery:
        return asked.signed("a challenge that another secret signed", secret=b"another secret")

    return {"without a signature": lambda asked: asked.unsigned(), "signed with another secret": foreign}


def without_a_challenge(maker: Maker) -> dict[str, Change]:
    """Everything but the text to echo."""
    return _without_text(maker, crc=False)


def crc_without_a_token(maker: Maker) -> dict[str, Change]:
    """A request for an HMAC of nothing."""
    return _without_text(maker, crc=True)


def _without_text(maker: Maker, *, crc: bool) -> dict[str, Change]:
    found = {}
    for each in maker.surface.challenges:
        if each.is_crc is not crc or (crc and each.has_body):  # without its text a body may be any event
            continue
        for name, value in each.members.items():
            if "{challenge}" in value:
                found["left out"] = replaced(filled(name, maker.surface.parameters))
    return found
