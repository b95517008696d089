"""One event loop in a thread: everything that touches the network runs there, and checks that wait, wait together.

Plain checks call it and wait for the answer. Checks marked `overlap` are coroutines; all of them are started before
the first check runs, and pytest merely collects each one's result when it comes to it.
"""

from __future__ import annotations

import asyncio
import concurrent.futures
import inspect
import threading
from collections.abc import Callable, Coroutine
from typing import Any, TypeVar, cast

from hookproof.plugin.terminal.progress import EVERY_S
from hookproof.wire.client import HarnessError

T = TypeVar("T")


class Background:
    """An event loop in a thread of its own. Raises HarnessError when this machine has none to give."""

    def __init__(self) -> None:
        try:
            self.loop = asyncio.new_event_loop()
            self._thread = threading.Thread(target=self.loop.run_forever, name="hookproof", daemon=True)
            self._thread.start()
        except (OSError, RuntimeError) as error:
            raise HarnessError(f"this machine gives no event loop or thread: {error}") from None
        self.tick: Callable[[], None] | None = None

    def start(self, work: Coroutine[Any, Any, T]) -> concurrent.futures.Future[T]:
        return asyncio.run_coroutine_threadsafe(work, self.loop)

    def run(self, work: Coroutine[Any, Any, T]) -> T:
        """Run to the end and return, or raise what it raised."""
        future = self.start(work)
        try:
            return self.wait(future)
        except KeyboardInterrupt:
            future.cancel()
            raise

    def wait(self, future: concurrent.futures.Future[T]) -> T:
        """What it comes to; as long as it does not, `tick` is called now and then."""
        while self.tick and not concurrent.futures.wait([future], timeout=EVERY_S).done:
            self.tick()
        return future.result()

    def stop(self) -> None:
        """Cancel what still runs, and end the thread; once is enough."""
        if self.loop.is_closed():
            return

        async def cancel_all() -> None:
            tasks = [task for task in asyncio.all_tasks() if task is not asyncio.current_task()]
            for task in tasks:
                task.cancel()
            await asyncio.wait(tasks, timeout=1) if tasks else None

        concurrent.futures.wait([self.start(cancel_all())], timeout=2)
        self.loop.call_soon_threadsafe(self.loop.stop)
        self._thread.join(2)
        if not self.loop.is_running():
            self.loop.close()


def blocking(subject: T, background: Background) -> T:
    """The subject as plain functions use it: its coroutine methods are run in the background and waited for.

    What comes back is typed as the subject, so that a fixture says what a check gets; only in that a coroutine method
    gives its result, and not a coroutine, does it differ.
    """
    return cast(T, _Blocking(subject, background))


class _Blocking:
    """Hands every member of its subject on, coroutine methods as plain ones."""

    def __init__(self, subject: object, background: Background) -> None:
        self._subject, self._background = subject, background

    def __getattr__(self, name: str) -> Any:
        member = getattr(self._subject, name)
        if not inspect.iscoroutinefunction(member):
            return member

        def call(*args: Any, **kwargs: Any) -> Any:
            __tracebackhide__ = True
            return self._background.run(member(*args, **kwargs))

        return call
