"""What a check can do to a verifier under test: put the questions of a flag to it, and see what it says.

A `Verifier` is the view that one check has of the run's target: every question is recorded under its name.
"""

from __future__ import annotations

import json
import shlex
from collections.abc import Iterable

import pytest

from hookproof.evidence.differences import Difference
from hookproof.target.check_key import CheckKey
from hookproof.target.verifiers.verifier_target import FORMS, Judged, VerifierTarget, line_of
from hookproof.vectors.flags import FLAGS
from hookproof.vectors.question import Question
from hookproof.verdict import Inconclusive, Reason
from hookproof.verifier.answers import Answers

MOST_REPRODUCED = 3
"""How many questions a reproducer puts again."""
LONGEST = 60_000
"""Bytes of a question that a reproducer may hold."""


class Verifier:
    """A verifier as one check sees it."""

    drawn: tuple[dict[str, object], ...] = ()

    def __init__(self, target: VerifierTarget, check: CheckKey, seed: int, examples: int) -> None:
        self.target, self.check = target, check
        self._seed, self._examples = seed, examples
        self._judged: list[Judged] = []

    def genuine(self) -> Answers:
        """Ask about one genuine delivery: the control of every refusal."""
        return self._ask([self.target.bench.first("genuine")])

    def is_told_the_time(self) -> bool:
        """Whether it judges by the moment that a question names, where time matters, and not by a clock of its own."""
        return self._ask([self.target.bench.a_day_earlier().first("genuine")]).accepted

    def about(self, flag: str) -> Answers:
        """Ask everything with that flag that a document decides."""
        return self._ask(question for question in self.target.bench.questions(flag) if not question.open)

    def left_open(self, *flags: str) -> Answers:
        """Ask everything with these flags that no document decides."""
        questions = (question for flag in flags for question in self.target.bench.questions(flag))
        return self._ask(question for question in questions if question.open)

    def genuine_by_chance(self) -> Answers:
        """Ask about genuine deliveries with contents drawn by chance: as many as --examples says."""
        return self._ask(self.target.bench.drawn(self._seed, self._examples, accept=True))

    def forged_by_chance(self) -> Answers:
        """Ask about deliveries with contents drawn by chance and one change: as many as --examples says."""
        return self._ask(self.target.bench.drawn(self._seed, self._examples, accept=False))

    def _ask(self, questions: Iterable[Question]) -> Answers:
        """Put the questions. Skips the check where there are none; raises Inconclusive where it can answer none."""
        found = self.target.ask(questions, self.check)
        self._judged += found
        if not found:
            pytest.skip("there is no such vector for this endpoint")
        answered = tuple(one for one in found if not one.answer.unsupported)
        if not answered:
            raise Inconclusive(Reason.PREREQUISITE_FAILED, f"it says that it cannot: {found[0].answer}")
        return Answers(answered)

    @property
    def numbers(self) -> list[int]:
        """Numbers of the questions that were written down, in order."""
        return [one.n for one in self._judged if one.n]

    @property
    def differences(self) -> list[Difference]:
        return []

    def explain(self) -> str:
        """The class of bug behind what was answered otherwise than it should be."""
        odd = [one for one in self._judged if not one.as_wanted]
        flags = dict.fromkeys(one.question.flag for one in odd if not one.answer.fault)
        return " ".join(FLAGS[flag].bug for flag in flags if flag in FLAGS)

    def reproduce(self, message: str = "") -> str:
        """Shell text that puts the questions again that were answered otherwise than they should be."""
        odd = [one for one in self._judged if not one.as_wanted and len(one.question.delivery.body) < LONGEST]
        return "\n".join(self._again(one) for one in odd[:MOST_REPRODUCED])

    def _again(self, judged: Judged) -> str:
        address, wanted = self.target.address, "accepted" if judged.question.accept else "refused"
        said = f"printf '%s\\n' {shlex.quote(json.dumps(line_of(judged.question)))}"
        if address.startswith(FORMS[0]):
            return f"# {judged.question.comment}: to be {wanted}\n{said} | {address.partition(':')[2]}"
        return f"# {judged.question.comment}: to be {wanted}; what {address} is asked\n{said}"
