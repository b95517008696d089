"""Text made fit for GitHub's Markdown: it stays on its line and stays text. Knows nothing of reports."""

from __future__ import annotations

import re

from hookproof.report.words.evidence import spoken

_SPECIAL = re.compile(r"([!-/:-@\[-`{-~])")
# What GitHub would link although it is escaped: somebody's name, an issue's number, a mail's address.
_LINKED = re.compile(r"\S*(?:@|#\d|GH-\d|://|www\.)\S*", re.IGNORECASE)
_PLAIN = frozenset(",.;:-'/()=%\"?")
_START = re.compile(r"(\d*)([-+.)=:])")  # what begins a list, a rule or a heading where a line begins


def line(text: str, limit: int = 300) -> str:
    """Nothing invisible, nothing endless, no line break."""
    shown = " ".join(spoken(text[: limit * 4]).split())
    return shown if len(shown) <= limit else shown[: limit - 1] + "…"


def code(text: str, limit: int = 300) -> str:
    """A code span, in which nothing is markup, a link or a mention."""
    shown = line(text, limit) or "(nothing)"
    fence = "`" * (max((len(run) for run in re.findall("`+", shown)), default=0) + 1)
    return f"{fence} {shown} {fence}" if "`" in shown else f"{fence}{shown}{fence}"


def cell(text: str, limit: int = 300) -> str:
    """A code span in a table, where `|` ends a cell even in code."""
    return code(text, limit).replace("|", "\\|")


def words(text: str, limit: int = 300) -> str:
    """Prose, every character itself; what would become a link or a mention stands as code, and so do `backticks`."""
    pieces = re.split(r"`([^`]+)`", line(text, limit))
    made = "".join(code(piece, limit) if at % 2 else _prose(piece) for at, piece in enumerate(pieces))
    return f"{found[1]}\\{made[found.end(1) :]}" if (found := _START.match(made)) else made


def block(text: str, language: str = "") -> str:
    """A fenced block that its text cannot end."""
    shown = spoken(text)
    fence = "`" * max(3, max((len(run) + 1 for run in re.findall("`+", shown)), default=3))
    return f"{fence}{language}\n{shown}\n{fence}"


def _prose(text: str) -> str:
    pieces, end = [], 0
    for found in _LINKED.finditer(text):
        pieces += [_escaped(text[end : found.start()]), code(found.group())]
        end = found.end()
    return "".join([*pieces, _escaped(text[end:])])


def _escaped(text: str) -> str:
    return _SPECIAL.sub(lambda found: found[0] if found[0] in _PLAIN else f"\\{found[0]}", text)
