"""What a verifier said of one request, or what came in place of an answer. Pure."""

from __future__ import annotations

import json
from dataclasses import dataclass, replace


class NoVerifier(Exception):
    """There is no verifier at that address; the text says why in one line."""


@dataclass(frozen=True)
class VerifierAnswer:
    """`accepted` is None where there is no answer: then `fault` says what came instead, or `unsupported` why not.

    `why` is what the verifier says of its answer; `elapsed_s` how long it took in seconds.
    """

    accepted: bool | None = None
    fault: str = ""
    unsupported: str = ""
    why: str = ""
    elapsed_s: float = 0.0

    def after(self, seconds: float) -> VerifierAnswer:
        """The answer that took so long."""
        return replace(self, elapsed_s=seconds)

    def __str__(self) -> str:
        if self.fault or self.unsupported:
            return self.fault or f"unsupported: {self.unsupported}"
        return ("accepted" if self.accepted else "refused") + (f" ({self.why})" if self.why else "")


def answer_of(said: object) -> VerifierAnswer:
    """What a verifier's object says: `accepted` beside `why`, or `unsupported`, or the `error` that it broke over."""
    if not isinstance(said, dict):
        return VerifierAnswer(fault=f"its answer is no object: {_shown(said)}")
    if "unsupported" in said:
        return VerifierAnswer(unsupported=_text(said["unsupported"]) or "no reason given")
    if "error" in said:
        return VerifierAnswer(fault=f"it broke: {_text(said['error'])}")
    if not isinstance(said.get("accepted"), bool):
        return VerifierAnswer(fault=f"its answer has no `accepted` that is true or false: {_shown(said)}")
    return VerifierAnswer(accepted=said["accepted"], why=_text(said.get("why", "")))


def _text(value: object) -> str:
    return " ".join((value if isinstance(value, str) else json.dumps(value, default=str)).split())[:300]


def _shown(value: object) -> str:
    return json.dumps(value, default=str)[:200]
