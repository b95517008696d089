"""The verifier under test, for a whole run: every question goes through here and is recorded."""

from __future__ import annotations

import base64
import itertools
import time
from collections import Counter
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field, replace
from itertools import islice
from typing import Any, Protocol

from hookproof.evidence.journal import Journal, recipe
from hookproof.evidence.lines import AttemptLine, BodyRecord, HttpRecord
from hookproof.target.check_key import CheckKey
from hookproof.target.verifiers.exec_verifier import ExecVerifier
from hookproof.target.verifiers.python_verifier import PythonVerifier
from hookproof.target.verifiers.verifier_answer import VerifierAnswer
from hookproof.vectors.making import Bench
from hookproof.vectors.question import Question
from hookproof.vectors.vector_file import VectorRequest

LIMIT_S = 10.0
"""Seconds that an answer may take where nobody said otherwise."""
FORMS = ("exec:", "python:")
"""How the address of a verifier begins."""
AT_ONCE = 32
"""How many questions are put before the first is answered."""
SHOWN = 3
"""How many answers of a check that were right are written down; of those that were not, all up to MOST."""
MOST = 40


class VerifierUnderTest(Protocol):
    """Whoever can be asked. `beside`: how often it said something that was no answer."""

    beside: int

    def ask(self, questions: Sequence[Mapping[str, Any]]) -> list[VerifierAnswer]: ...

    def close(self) -> None: ...


def verifier_at(address: str, limit_s: float | None) -> VerifierUnderTest:
    """The verifier that `exec:…` or `python:…` names. Raises NoVerifier saying what to type instead."""
    kind = ExecVerifier if address.startswith("exec:") else PythonVerifier
    return kind.parse(address, limit_s or LIMIT_S)


@dataclass(frozen=True)
class Judged:
    """A question and its answer. `n` is its number in the journal, zero where it was not written down."""

    question: Question
    answer: VerifierAnswer
    n: int = 0

    @property
    def as_wanted(self) -> bool:
        """Whether the answer is that of a strict verifier."""
        return self.answer.accepted is self.question.accept

    def __str__(self) -> str:
        return f"{self.question.id.partition('/')[2]} ({self.question.comment}): {self.answer}"


@dataclass
class VerifierTarget:
    """`numbers` counts what is written into the journal; `address` is what the user typed."""

    name: str
    address: str
    verifier: VerifierUnderTest
    bench: Bench
    journal: Journal
    numbers: itertools.count[int]
    started: float = field(default_factory=time.monotonic)
    _written: Counter[tuple[str | None, bool]] = field(default_factory=Counter)

    def greet(self) -> str:
        """See that somebody answers: to a genuine delivery or else to one without a signature; why not, in words."""
        first = self._said("genuine")
        second = self._said("missing-signature") if first.fault else first
        return first.fault if second.fault else ""

    def _said(self, flag: str) -> VerifierAnswer:
        return self.verifier.ask([line_of(self.bench.first(flag))])[0]

    def ask(self, questions: Iterable[Question], check: CheckKey) -> list[Judged]:
        """Put the questions, so many at once, and write down what came of them."""
        found: list[Judged] = []
        left = iter(questions)
        while asked := list(islice(left, AT_ONCE)):
            begun = time.monotonic()
            answers = self.verifier.ask([line_of(question) for question in asked])
            for question, answer in zip(asked, answers, strict=True):
                found.append(self._noted(Judged(question, answer), check, begun - self.started))
        return found

    def _noted(self, judged: Judged, check: CheckKey, at_s: float) -> Judged:
        """The answer with its number in the journal, where it is written down."""
        kind = (check.id, judged.as_wanted)
        self._written[kind] += 1
        if self._written[kind] <= (SHOWN if judged.as_wanted else MOST):
            judged = replace(judged, n=next(self.numbers))
            self._write(judged, check, at_s)
        return judged

    def _write(self, judged: Judged, check: CheckKey, at_s: float) -> None:
        question, answer = judged.question, judged.answer
        sent = question.request
        said = None if answer.accepted is None else HttpRecord([], BodyRecord(len(str(answer)), str(answer)))
        self.journal.write(
            AttemptLine(
                n=judged.n,
                id=check.id,
                subject=check.subject,
                case=check.case,
                label=question.comment,
                at_s=round(at_s, 4),
                line=str(judged),
                method=sent.method,
                url=sent.url,
                request=HttpRecord(sent.headers, self.journal.body(question.delivery.body)),
                outcome="answered" if answer.accepted is not None else "no answer",
                detail=answer.fault or answer.unsupported,
                response=said,
                elapsed_s=round(answer.elapsed_s, 4),
                signed=recipe(question.delivery.signer.scheme) if question.delivery.signer else None,
            )
        )

    def close(self) -> None:
        self.verifier.close()


def line_of(question: Question) -> dict[str, Any]:
    """What a verifier is told of a question."""
    sent: VectorRequest = question.request
    return {
        "id": question.id,
        "method": sent.method,
        "url": sent.url,
        "headers": sent.headers,
        "body_base64": base64.b64encode(question.delivery.body).decode(),
        "secret": question.secret,
        "now": question.now,
    }
