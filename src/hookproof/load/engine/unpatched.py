"""The standard library as it was before gevent patched it: the engine's thread needs that inside Locust."""

from __future__ import annotations

import contextlib
import importlib
import resource
import sys
from typing import Any


def original(module: str, name: str) -> Any:
    """`module.name` without gevent, whether or not gevent has patched it. Raises AttributeError if there is none."""
    monkey = sys.modules.get("gevent.monkey")
    if monkey is not None:
        return monkey.get_original(module, name)
    return getattr(importlib.import_module(module), name)


class Poll:
    """select.poll behind the methods of select.epoll, for systems that have no epoll."""

    def __init__(self) -> None:
        self._poll = original("select", "poll")()
        self.register, self.modify = self._poll.register, self._poll.modify

    def unregister(self, descriptor: int) -> None:
        with contextlib.suppress(KeyError):
            self._poll.unregister(descriptor)

    def fileno(self) -> int:
        return -1

    def poll(self, timeout: float) -> list[tuple[int, int]]:
        found: list[tuple[int, int]] = self._poll.poll(max(0.0, timeout) * 1000)
        return found

    def close(self) -> None:
        """Do nothing: select.poll holds no descriptor."""


def poller() -> Any:
    """An epoll object, or what stands in for one: its masks are those of select.poll either way."""
    try:
        return original("select", "epoll")()
    except AttributeError:
        return Poll()


def raise_descriptor_limit(wanted: int) -> int:
    """Raise this process's limit of descriptors. Returns for how many of `wanted` connections there is room."""
    soft, hard = resource.getrlimit(resource.RLIMIT_NOFILE)
    needed = wanted + 100
    if soft != resource.RLIM_INFINITY and soft < needed:
        soft = needed if hard == resource.RLIM_INFINITY else min(needed, hard)
        with contextlib.suppress(OSError, ValueError):
            resource.setrlimit(resource.RLIMIT_NOFILE, (soft, hard))
        soft = resource.getrlimit(resource.RLIMIT_NOFILE)[0]
    room = wanted if soft == resource.RLIM_INFINITY else min(wanted, soft - 60)
    return max(1, room)
