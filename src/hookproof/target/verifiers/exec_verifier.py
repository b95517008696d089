"""A verifier that is a command: started once, spoken to in lines of JSON, and started again when it breaks."""

from __future__ import annotations

import contextlib
import json
import os
import selectors
import shlex
import shutil
import signal
import subprocess
import tempfile
import time
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

from hookproof.target.verifiers.verifier_answer import NoVerifier, VerifierAnswer, answer_of

FORM = "exec:COMMAND"
START_S = 30.0
"""Seconds that the first answer after a start may take beyond the limit: compilers and virtual machines need some."""
READ = 1 << 16
KEPT = 1 << 20
"""Bytes of a line that are read, at most."""


@dataclass
class ExecVerifier:
    """Standard input takes one object a line, standard output gives one for each; everything else is passed over.

    `limit_s`: seconds that an answer may take. `beside`: lines on standard output that were no answers.
    """

    command: list[str]
    limit_s: float
    beside: int = 0
    _process: subprocess.Popen[bytes] | None = None
    _errors: Any = None
    _fresh: bool = True
    _unread: bytes = field(default=b"", repr=False)

    @classmethod
    def parse(cls, text: str, limit_s: float) -> ExecVerifier:
        """Raises NoVerifier saying what to type instead."""
        try:
            command = shlex.split(text.partition(":")[2])
        except ValueError as error:
            raise NoVerifier(f"{error}; close every quotation: {FORM}") from None
        if not command:
            raise NoVerifier(f"name a command: {FORM}")
        if not shutil.which(command[0]):
            raise NoVerifier(f"{command[0]}: no such command on PATH; write its full path: {FORM}")
        return cls(command, limit_s)

    def ask(self, questions: Sequence[Mapping[str, Any]]) -> list[VerifierAnswer]:
        """Put some questions at once, and wait for all answers, in whatever order they come.

        Whatever breaks is an answer with a fault. Where it breaks over one of several, those that have no answer yet
        are put again, one at a time: so nobody else's question is blamed.
        """
        answers, fault = self._together(questions)
        unanswered = [one for one in questions if str(one["id"]) not in answers]
        if len(unanswered) == 1:
            answers[str(unanswered[0]["id"])] = fault
            unanswered = []
        for one in unanswered:
            alone, fault = self._together([one])
            answers |= alone or {str(one["id"]): fault}
        return [answers[str(one["id"])] for one in questions]

    def _together(self, questions: Sequence[Mapping[str, Any]]) -> tuple[dict[str, VerifierAnswer], VerifierAnswer]:
        """The answers that came, by the ids of their questions, and what came in place of the others."""
        begun = time.monotonic()
        lines = b"".join(json.dumps(question).encode() + b"\n" for question in questions)
        answers: dict[str, VerifierAnswer] = {}
        try:
            trouble = self._exchange(self._running(), lines, [str(one["id"]) for one in questions], answers)
        except OSError as error:
            trouble = f"it cannot be started: {error.strerror}"
        if trouble:
            self.close()
        return answers, VerifierAnswer(fault=trouble, elapsed_s=time.monotonic() - begun)

    def _running(self) -> subprocess.Popen[bytes]:
        if self._process is None or self._process.poll() is not None:
            self.close()
            self._errors = tempfile.TemporaryFile()  # noqa: SIM115 (closed with the process)
            self._process = subprocess.Popen(
                self.command,
                stdin=subprocess.PIPE,
                stdout=subprocess.PIPE,
                stderr=self._errors,
                start_new_session=True,
                bufsize=0,
            )
            for pipe in (self._process.stdin, self._process.stdout):
                assert pipe
                os.set_blocking(pipe.fileno(), False)
            self._fresh, self._unread = True, b""
        return self._process

    def _exchange(
        self, process: subprocess.Popen[bytes], lines: bytes, ids: list[str], answers: dict[str, VerifierAnswer]
    ) -> str:
        """Write the lines and read an answer to each into `answers`; why some have none, in words."""
        assert process.stdin and process.stdout
        since = time.monotonic()
        with selectors.DefaultSelector() as ready:
            ready.register(process.stdout, selectors.EVENT_READ)
            ready.register(process.stdin, selectors.EVENT_WRITE)
            while len(answers) < len(ids):
                left_s = since + self.limit_s + (START_S if self._fresh else 0) - time.monotonic()
                if left_s <= 0:
                    return self._silent()
                for key, _ in ready.select(left_s):
                    if key.fileobj is process.stdin:
                        lines = self._write(process.stdin.fileno(), lines)
                        if not lines:
                            ready.unregister(process.stdin)
                    elif not self._read(process.stdout.fileno()):
                        return self._ended(process)
                    else:
                        known = len(answers)
                        if trouble := self._take(ids, answers, since):
                            return trouble
                        if len(answers) > known:
                            self._fresh, since = False, time.monotonic()
        return ""

    def _write(self, pipe: int, line: bytes) -> bytes:
        """What of the line is left to be written."""
        try:
            return line[os.write(pipe, line) :]
        except BlockingIOError:
            return line
        except BrokenPipeError:
            return b""  # it has ended, or reads no more: its standard output says which

    def _read(self, pipe: int) -> bool:
        """Whether there was something to read; False once the pipe is closed."""
        try:
            raw = os.read(pipe, READ)
        except BlockingIOError:
            return True
        self._unread += raw
        return bool(raw)

    def _take(self, ids: list[str], answers: dict[str, VerifierAnswer], since: float) -> str:
        """Take the answers from the lines that have come; what is wrong with one that is none of ours."""
        *whole, self._unread = self._unread.split(b"\n")
        for line in whole:
            try:
                said = json.loads(line)
            except (ValueError, RecursionError):
                self.beside += bool(line.strip())
                continue
            id_ = said.get("id") if isinstance(said, dict) else None
            if id_ not in ids or id_ in answers:
                return f"its answer is to no question of ours: {line[:200].decode(errors='replace')}"
            answers[id_] = answer_of(said).after(time.monotonic() - since)
        return "it writes a line without end" if len(self._unread) >= KEPT else ""

    def _silent(self) -> str:
        hint = "; does it flush standard output after every line?" if self._fresh else ""
        return f"no answer within {self.limit_s:g} s{hint}"

    def _ended(self, process: subprocess.Popen[bytes]) -> str:
        """How the process ended, and the last thing that it said."""
        try:
            code = process.wait(2)
        except subprocess.TimeoutExpired:
            return "it closed its standard output"
        how = f"signal {signal.Signals(-code).name}" if code < 0 else f"status {code}"
        return f"it ended with {how}" + (f": {said}" if (said := self._last_words()) else "")

    def _last_words(self) -> str:
        self._errors.seek(0, os.SEEK_END)
        self._errors.seek(max(0, self._errors.tell() - 4096))
        said: bytes = self._errors.read()
        lines = [line.strip() for line in said.decode(errors="replace").splitlines()]
        told = [line for line in lines if line and not line.startswith(("at ", "Node.js v", "^"))]
        errors = [line for line in told if "rror" in line or "xception" in line]
        return (errors or told or [""])[-1][:300]

    def close(self) -> None:
        """End the process and whatever it has started."""
        if self._process is None:
            return
        for pipe in (self._process.stdin, self._process.stdout, self._errors):
            with contextlib.suppress(OSError):
                if pipe:
                    pipe.close()
        with contextlib.suppress(ProcessLookupError, PermissionError):
            os.killpg(self._process.pid, signal.SIGKILL)
        with contextlib.suppress(subprocess.TimeoutExpired):
            self._process.wait(5)
        self._process = None
