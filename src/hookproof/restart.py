"""Running the user's command that restarts the target."""

from __future__ import annotations

import asyncio
import contextlib
import os
import signal

from hookproof.verdict import Inconclusive, Reason


async def restarted(command: str, patience_s: float) -> None:
    """Run the command to its end, at most `patience_s` seconds and never less than 30.

    Its output is not kept. Raises Inconclusive when it cannot be run, fails or takes too long.
    """
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
