"""What is answered, as a person types it: `500,500,200`, `silence 12`, `503 retry-after 30`. Pure.

Each delivery's first attempt gets the first step, its second the second, and all further ones the last.
"""

from __future__ import annotations

import math
import re
from collections.abc import Callable
from dataclasses import dataclass, replace
from urllib.parse import urlsplit

from hookproof.wire.arrivals import Answer

LONGEST_S = 120.0
LONGEST_DRIP_S = 10.0
MOST_STEPS = 50
PLAIN = Answer(200, b"ok\n")
GRAMMAR = (
    "a status such as 200 or 503, silence SECONDS, drip SECONDS, reset, close, half, garbage, redirect URL or forward; "
    "after a status also: after SECONDS, retry-after SECONDS, drip SECONDS, body TEXT"
)


class ScriptError(ValueError):
    """A script that says nothing known. Its text says what to type instead."""


@dataclass(frozen=True)
class ScriptStep:
    """What one attempt gets. `forward`: whatever the receiver behind us says, instead of `answer`."""

    answer: Answer
    forward: bool = False

    def __str__(self) -> str:
        return "forwarded" if self.forward else str(self.answer)

    @property
    def keeps_waiting(self) -> bool:
        """Whether the sender sees at once that its answer will take long."""
        return not self.forward and bool(self.answer.wait_s or self.answer.drip_s)


@dataclass(frozen=True)
class Script:
    """The steps, and the text they were read from."""

    text: str
    steps: tuple[ScriptStep, ...]

    def step(self, attempt: int) -> ScriptStep:
        """What the delivery's attempt of this number, counted from 1, gets."""
        return self.steps[min(attempt, len(self.steps)) - 1]


def parse(text: str, *, forwards: bool) -> Script:
    """The script in a text. `forwards`: whether there is a receiver to forward to. Raises ScriptError."""
    parts = [part.strip() for part in re.split(r",(?!//)", text)]
    if len(parts) > MOST_STEPS:
        raise ScriptError(f"a script has at most {MOST_STEPS} steps, not {len(parts)}")
    steps = tuple(_step(part) for part in parts)
    if not forwards and any(step.forward for step in steps):
        raise ScriptError("forward: nobody is there to forward to; start `hookproof listen` with --forward URL")
    return Script(", ".join(parts), steps)


def _step(text: str) -> ScriptStep:
    word, _, rest = text.partition(" ")
    rest = rest.strip()
    if re.fullmatch("[2-5][0-9][0-9]", word):
        return ScriptStep(_with(replace(PLAIN, status=int(word)), rest, text))
    lone: dict[str, ScriptStep] = {
        "forward": ScriptStep(PLAIN, forward=True),
        **{end: ScriptStep(Answer(end=end)) for end in ("reset", "close", "half", "garbage")},
    }
    if word in lone:
        if rest:
            raise ScriptError(f"{text!r}: nothing can stand after {word}")
        return lone[word]
    timed: dict[str, Callable[[float], Answer]] = {
        "silence": lambda seconds: Answer(end="close", wait_s=seconds),
        "drip": lambda seconds: replace(PLAIN, drip_s=seconds),
    }
    if word in timed:
        return ScriptStep(timed[word](_seconds(rest, LONGEST_S if word == "silence" else LONGEST_DRIP_S, text)))
    if word == "redirect":
        return ScriptStep(Answer(302, headers=(("Location", _url(rest, text)),)))
    raise ScriptError(f"{text!r} is no answer; write {GRAMMAR}")


def _with(answer: Answer, rest: str, whole: str) -> Answer:
    """The answer as the words after its status change it."""
    while rest:
        word, _, rest = rest.partition(" ")
        if word == "body":
            return replace(answer, body=rest.encode(errors="replace"))
        value, _, rest = rest.strip().partition(" ")
        if word == "after":
            answer = answer.after(_seconds(value, LONGEST_S, whole))
        elif word == "drip":
            answer = replace(answer, drip_s=_seconds(value, LONGEST_DRIP_S, whole))
        elif word == "retry-after":
            seconds = _seconds(value, 1e6, whole)
            answer = replace(answer, headers=(*answer.headers, ("Retry-After", f"{seconds:.0f}")))
        elif word == "to":
            answer = replace(answer, headers=(*answer.headers, ("Location", _url(value, whole))))
        else:
            raise ScriptError(f"{whole!r}: {word!r} says nothing here; write {GRAMMAR}")
        rest = rest.strip()
    return answer


def _seconds(text: str, most: float, whole: str) -> float:
    try:
        found = float(text)
    except ValueError:
        found = math.nan
    if not 0 < found <= most:
        raise ScriptError(f"{whole!r}: give it seconds, more than 0 and at most {most:g}")
    return found


def _url(text: str, whole: str) -> str:
    """The URL that a Location may hold. Raises ScriptError for what would end the header."""
    if not text.isascii() or not text.isprintable() or " " in text or urlsplit(text).scheme not in ("http", "https"):
        raise ScriptError(f"{whole!r}: give it a URL that begins with http:// or https://")
    return text
