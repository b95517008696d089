"""The target's process: restarted by the user's command; or begun, killed and ended by us, where `--start` says how."""

from __future__ import annotations

import asyncio
import contextlib
import os
import signal
import socket
import subprocess
import tempfile
import time
from urllib.parse import urlsplit

from hookproof.verdict import Inconclusive, Reason

WITHIN_S = 60.0
"""How long the target may take until its port answers."""
LINES = 12
"""Last lines of the target's output that are shown when it ends by itself."""
PRINTED = 32 * 2**20
"""How many bytes of the target's output, the last ones, are looked through."""
GRACE_S = 5.0
"""From the signal that asks the target to end to the one that ends it."""


class NotStartedError(Exception):
    """The target could not be started. Its text says why, in its own last lines too."""


class StartedTarget:
    """A command that runs for the whole of a run, in a process group of its own."""

    def __init__(self, command: str, url: str) -> None:
        parts = urlsplit(url)
        self.command = command
        self._address = (parts.hostname or "", parts.port or (443 if parts.scheme == "https" else 80))
        self._output = tempfile.TemporaryFile()  # noqa: SIM115 - it is open as long as the run is
        self._process: subprocess.Popen[bytes] | None = None
        self._kept = b""

    def start(self) -> None:
        """Run the command and wait until its port answers. Raises NotStartedError."""
        if self._answers():
            self.stop()
            raise NotStartedError(f"something answers at {self._where} already: end it, or leave out --start")
        self._process = subprocess.Popen(
            self.command,
            shell=True,
            stdin=subprocess.DEVNULL,
            stdout=self._output,
            stderr=subprocess.STDOUT,
            start_new_session=True,
        )
        end = time.monotonic() + WITHIN_S
        while not self._answers():
            if died := self.died:
                self.stop()
                raise NotStartedError(f"the target {died}")
            if time.monotonic() > end:
                self.stop()
                text = f"nobody listens at {self._where} {WITHIN_S:g} s after it was started"
                raise NotStartedError(f"{text}{self._last_lines}")
            time.sleep(0.05)

    @property
    def died(self) -> str:
        """How the target ended by itself, and its last lines; empty while it runs."""
        if self._process is None or (status := self._process.poll()) is None:
            return ""
        how = f"was ended by {signal.Signals(-status).name}" if status < 0 else f"ended with status {status}"
        return f"{how}{self._last_lines}"

    @property
    def running(self) -> bool:
        """Whether it was started, and neither ended by itself nor was ended by us."""
        return self._process is not None and self._process.poll() is None

    def restart(self) -> None:
        """Kill the target as a machine that fails would, and start it again. Raises NotStartedError."""
        self.kill()
        end = time.monotonic() + GRACE_S
        while self._answers() and time.monotonic() < end:
            time.sleep(0.02)
        self.start()

    def kill(self) -> None:
        """End the target and whatever it has started, in the middle of whatever they do."""
        self._signal(signal.SIGKILL)

    def stop(self) -> None:
        """End the target and whatever it has started, gently first."""
        if self._process and self._process.poll() is None:
            with contextlib.suppress(ProcessLookupError, PermissionError):
                os.killpg(self._process.pid, signal.SIGTERM)
            with contextlib.suppress(subprocess.TimeoutExpired):
                self._process.wait(GRACE_S)
        self._signal(signal.SIGKILL)
        self._kept = self.output
        self._output.close()

    def _signal(self, number: signal.Signals) -> None:
        if self._process:
            with contextlib.suppress(ProcessLookupError, PermissionError):
                os.killpg(self._process.pid, number)
            self._process.wait()
            self._process = None

    @property
    def _where(self) -> str:
        return f"{self._address[0]}:{self._address[1]}"

    def _answers(self) -> bool:
        with contextlib.suppress(OSError), socket.create_connection(self._address, timeout=1):
            return True
        return False

    @property
    def output(self) -> bytes:
        """The last 64 kB of what the target has printed."""
        if self._output.closed:
            return self._kept
        return self._read(65536)

    @property
    def printed(self) -> bytes:
        """The last 32 MB of what the target has printed, over all its restarts."""
        return self._read(PRINTED)

    def _read(self, most: int) -> bytes:
        """Read beside the file's own position, which is where the target writes on."""
        size = os.fstat(self._output.fileno()).st_size
        return os.pread(self._output.fileno(), most, max(0, size - most))

    @property
    def _last_lines(self) -> str:
        lines = self.output.decode("utf-8", "replace").strip().splitlines()[-LINES:]
        return "; it printed:\n" + "\n".join(f"  {line[:300]}" for line in lines) if lines else "; it printed nothing"


async def restarted(command: str | StartedTarget, patience_s: float) -> None:
    """Run the command to its end, at most `patience_s` seconds and never less than 30; kill and begin what we started.

    A command's output is not kept. Raises Inconclusive when it cannot be run, fails or takes too long.
    """
    if isinstance(command, StartedTarget):
        try:
            await asyncio.to_thread(command.restart)
        except NotStartedError as error:
            raise Inconclusive(Reason.CONTROL_FAILED, f"the target did not come back: {error}") from None
        return
    try:
        process = await asyncio.create_subprocess_shell(
            command,
            stdin=asyncio.subprocess.DEVNULL,
            stdout=asyncio.subprocess.DEVNULL,
            stderr=asyncio.subprocess.DEVNULL,
            start_new_session=True,
        )
    except OSError as error:
        raise Inconclusive(Reason.PREREQUISITE_FAILED, f"--restart {command}: {error}") from None
    try:
        status = await asyncio.wait_for(process.wait(), max(30.0, patience_s))
    except TimeoutError:
        raise Inconclusive(Reason.PREREQUISITE_FAILED, f"--restart {command}: did not end") from None
    finally:
        if process.returncode is None:
            with contextlib.suppress(ProcessLookupError, PermissionError):
                os.killpg(process.pid, signal.SIGKILL)
            await process.wait()
    if status:
        raise Inconclusive(Reason.PREREQUISITE_FAILED, f"--restart {command}: ended with status {status}")
