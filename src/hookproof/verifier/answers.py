"""What a verifier said of all the vectors of one flag."""

from __future__ import annotations

from dataclasses import dataclass

from hookproof.target.verifiers.verifier_target import Judged

SHOWN = 5
"""How many answers are named that are not as they should be."""


@dataclass(frozen=True)
class Answers:
    """The answers that there are; what the verifier says that it cannot do is not among them."""

    judged: tuple[Judged, ...]

    @property
    def accepted(self) -> bool:
        """Every one was accepted."""
        return all(one.answer.accepted is True for one in self.judged)

    @property
    def refused(self) -> bool:
        """Every one was refused, and nothing broke over one."""
        return all(one.answer.accepted is False for one in self.judged)

    def __str__(self) -> str:
        """How many were answered otherwise than a strict verifier would, and the first of these by name."""
        odd = [one for one in self.judged if not one.as_wanted]
        if not odd:
            return f"{len(self.judged)} requests, each answered as a strict verifier would"
        named = [f"  {one}" for one in odd[:SHOWN]]
        more = [f"  and {len(odd) - SHOWN} more"] if len(odd) > SHOWN else []
        return "\n".join([f"{len(odd)} of {len(self.judged)} requests:", *named, *more])

    __repr__ = __str__
