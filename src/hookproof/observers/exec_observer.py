"""Effects counted by a command. There is no shell: an id is one argument, or a part of one, whatever it contains."""

from __future__ import annotations

import asyncio
import contextlib
import os
import re
import shlex
import shutil
import signal

from hookproof.observers.observer import Observer, first_line
from hookproof.verdict import Inconclusive, Reason

FORM = "exec:COMMAND {event_id}"
WITHIN_S = 5.0
"""Seconds that one run of the command may take."""
AT_ONCE = 4
"""Runs of the command at the same time."""
KEPT = 4096
"""Bytes of standard output, and of standard error, that are kept of one run; the rest is read and forgotten."""
GRACE_S = 0.2
"""Seconds that a pipe is read after the command has ended: a process in the background may keep it open for ever."""


class ExecObserver(Observer):
    """A command whose standard output is the number of effects."""

    form = "exec"

    def __init__(self, command: list[str], within_s: float = WITHIN_S) -> None:
        self._command, self._within_s = command, within_s
        self._at_once = asyncio.Semaphore(AT_ONCE)

    @classmethod
    def parse(cls, text: str) -> ExecObserver:
        """Raises ValueError saying what to type instead."""
        try:
            command = shlex.split(text.partition(":")[2])
        except ValueError as error:
            raise ValueError(f"--effects exec: {error}; close every quotation: {FORM}") from None
        if not command:
            raise ValueError(f"--effects exec: name a command: {FORM}")
        if not any("{event_id}" in argument for argument in command[1:]):
            raise ValueError(f"--effects exec: put {{event_id}} among the command's arguments: {FORM}")
        if not shutil.which(command[0]):
            raise ValueError(f"--effects exec: {command[0]}: no such command on PATH; write its full path: {FORM}")
        return cls(command)

    async def count(self, event_id: str) -> int:
        arguments = [argument.replace("{event_id}", event_id) for argument in self._command[1:]]
        async with self._at_once:
            ended = await self._run([self._command[0], *arguments])
        said = ended.output.decode("utf-8", "replace").strip()
        number = re.fullmatch(r"[0-9]{1,18}", said)
        if ended.status != 0:
            why = first_line(ended.errors.decode("utf-8", "replace")) or "it said nothing on standard error"
            if number:
                why += f"; it counted {said}, but a count needs status 0 (grep -c ends with 1 when it counts 0)"
            raise Inconclusive(Reason.NO_OBSERVER, f"the observer's command ended with status {ended.status}: {why}")
        if not number:
            why = first_line(ended.errors.decode("utf-8", "replace")) or first_line(said) or "nothing"
            raise Inconclusive(Reason.NO_OBSERVER, f"the observer's command did not write a number: {why}")
        return int(said)

    async def _run(self, command: list[str]) -> _Exited:
        loop = asyncio.get_running_loop()
        try:
            transport, ended = await loop.subprocess_exec(
                _Exited, *command, stdin=asyncio.subprocess.DEVNULL, start_new_session=True
            )
        except (OSError, ValueError) as error:  # ValueError: an id with a NUL, or that cannot be encoded
            text = f"the observer's command cannot be started: {first_line(str(error))}"
            raise Inconclusive(Reason.NO_OBSERVER, text) from None
        try:
            async with asyncio.timeout(self._within_s):
                await ended.exited.wait()
                ended.status = transport.get_returncode()
                with contextlib.suppress(TimeoutError):
                    await asyncio.wait_for(ended.closed.wait(), GRACE_S)
        except TimeoutError:
            why = first_line(ended.errors.decode("utf-8", "replace"))
            text = f"the observer's command took longer than {self._within_s:g} s" + (f": {why}" if why else "")
            raise Inconclusive(Reason.NO_OBSERVER, text) from None
        finally:
            if not ended.exited.is_set():  # its number is still its own: it has not been waited for
                with contextlib.suppress(ProcessLookupError, PermissionError):
                    os.killpg(transport.get_pid(), signal.SIGKILL)
                with contextlib.suppress(TimeoutError):
                    await asyncio.wait_for(ended.exited.wait(), 5.0)
            transport.close()
        return ended


class _Exited(asyncio.SubprocessProtocol):
    """What a command said, and how it ended."""

    def __init__(self) -> None:
        self.output, self.errors = b"", b""
        self.status: int | None = None
        self.exited, self.closed = asyncio.Event(), asyncio.Event()

    def pipe_data_received(self, fd: int, data: bytes) -> None:
        if fd == 1:
            self.output = (self.output + data)[:KEPT]
        else:
            self.errors = (self.errors + data)[:KEPT]

    def process_exited(self) -> None:
        self.exited.set()

    def connection_lost(self, exc: Exception | None) -> None:
        self.closed.set()
