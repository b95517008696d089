"""Telling whether an answer shows the inside of a program: stack traces and source files. Pure."""

from __future__ import annotations

import re

_INTERNALS = re.compile(
    rb"Traceback \(most recent call last\)|File \\?\"/[^\"]+\", line \d+"
    rb"|\bat [^\n]{0,80}\(?(?:/|file:)[^\s:)]+:\d+:\d+\)?"
    rb"|node_modules/|site-packages/|\.java:\d+\)|goroutine \d+ \["
)


def internals(body: bytes) -> str:
    """The first sign of a stack trace or a source file; empty without one."""
    found = _INTERNALS.search(body)
    return found[0][:80].decode("utf-8", "replace") if found else ""
