"""A verifier that is a Python function, called in this process."""

from __future__ import annotations

import base64
import importlib
import os
import signal
import sys
import threading
import time
from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from typing import Any

from hookproof.target.verifiers.verifier_answer import NoVerifier, VerifierAnswer, answer_of

FORM = "python:MODULE:FUNCTION"


class TooSlow(BaseException):
    """The function has had its time; nothing that it catches is this."""


@dataclass
class PythonVerifier:
    """A function that is called with `method`, `url`, `headers` (pairs), `body` (bytes), `secret` and `now` by name.

    It returns True or False, or the object that a command would answer; an exception is a fault, as a crash would be.
    `limit_s`: seconds that an answer may take.
    """

    function: Callable[..., Any]
    limit_s: float
    beside: int = 0

    @classmethod
    def parse(cls, text: str, limit_s: float) -> PythonVerifier:
        """Raises NoVerifier saying what to type instead."""
        module, _, name = text.partition(":")[2].partition(":")
        if not module or not name:
            raise NoVerifier(f"name a module and a function in it: {FORM}")
        if os.getcwd() not in sys.path:
            sys.path.insert(0, os.getcwd())
        try:
            found: Any = importlib.import_module(module)
            for part in name.split("."):
                found = getattr(found, part)
        except ImportError as error:
            raise NoVerifier(f"{module} cannot be imported: {error}") from None
        except AttributeError as error:
            raise NoVerifier(f"{error}: {FORM}") from None
        if not callable(found):
            raise NoVerifier(f"{name} in {module} is no function: {FORM}")
        return cls(found, limit_s)

    def ask(self, questions: Sequence[Mapping[str, Any]]) -> list[VerifierAnswer]:
        """Call the function for each. Whatever it raises is an answer with a fault."""
        return [self._called(question) for question in questions]

    def _called(self, question: Mapping[str, Any]) -> VerifierAnswer:
        begun = time.monotonic()
        given = {name: value for name, value in question.items() if name not in ("id", "body_base64")}
        given["headers"] = [(name, value) for name, value in question["headers"]]
        given["body"] = base64.b64decode(question["body_base64"])
        try:
            with _within(self.limit_s):
                said = self.function(**given)
        except TooSlow:
            answer = VerifierAnswer(fault=f"no answer within {self.limit_s:g} s")
        except Exception as error:
            answer = VerifierAnswer(fault=f"it raised {type(error).__name__}: {error}"[:300])
        else:
            answer = VerifierAnswer(accepted=said) if isinstance(said, bool) else answer_of(said)
        return answer.after(time.monotonic() - begun)

    def close(self) -> None:
        """Nothing is left open."""


@contextmanager
def _within(seconds: float) -> Iterator[None]:
    """Raises TooSlow in the block after so many seconds, where this thread can be interrupted."""
    if threading.current_thread() is not threading.main_thread():
        yield
        return

    def late(number: int, frame: object) -> None:
        raise TooSlow

    before = signal.signal(signal.SIGALRM, late)
    signal.setitimer(signal.ITIMER_REAL, seconds)
    try:
        yield
    finally:
        signal.setitimer(signal.ITIMER_REAL, 0)
        signal.signal(signal.SIGALRM, before)
