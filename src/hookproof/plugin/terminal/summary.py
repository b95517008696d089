"""What the terminal says at the end: the verdict, what to fix first, what to supply, where to look. One screen of it.

With -v everything that failed comes before that, with its evidence and its reproducers.
"""

from __future__ import annotations

import os
import textwrap
from collections.abc import Sequence
from typing import Any

import pytest

from hookproof.report.words import headline
from hookproof.report.words.evidence import spoken
from hookproof.report.words.headline import Problem
from hookproof.verdict import Verdict

LETTERS = {
    "pass": ("passed", ".", "PASS", "green"),
    "info": ("info", "i", "INFO", "cyan"),
    "warn": ("warned", "w", "WARN", "yellow"),
    "fail": ("failed", "F", "FAIL", "red"),
    "accepted": ("accepted", "a", "ACCEPTED", "yellow"),
    "error": ("errors", "E", "ERROR", "red"),
    "inconclusive": ("inconclusive", "?", "INCONCLUSIVE", "yellow"),
    "not_applicable": ("not applicable", "-", "NOT APPLICABLE", "cyan"),
}
NARROW, WIDE, LOG = 60, 160, 120
"""Columns that are used at least, and at most; and those of a log that nobody gave a width."""
HEIGHT = 22
"""Lines: of the 24 that a terminal has one is pytest's own and one the prompt's. The first problem is always whole."""
_COLOURS = {"conformant": "green", "nonconformant": "red", "undecided": "yellow"}

_SECTION, _PLACE = "=", "Report: {folder}/report.html"

Results = dict[str, Any]


def write_summary(reporter: pytest.TerminalReporter, results: Results, folder: str) -> None:
    """The closing section, as wide as the terminal, after everything that failed if -v asks for it."""
    width = _width(reporter)
    if reporter.verbosity > 0:
        _everything(reporter, results, width)
    word = headline.STATES[results["verdict"]][0].upper()
    lines = summary(results, folder, width)
    reporter.section(word, sep="=", **{_COLOURS[results["verdict"]]: True, "bold": True})
    for line in lines:
        bold = bool(line) and not line.startswith(" ") and line.endswith(":")
        reporter.write_line(line, bold=bold)


def _width(reporter: pytest.TerminalReporter) -> int:
    """The terminal's columns; those of a log where a CI server reads one."""
    if os.environ.get("CI") and not reporter.isatty and not os.environ.get("COLUMNS"):
        return LOG
    return max(NARROW, min(WIDE, reporter._tw.fullwidth))


def summary(results: Results, folder: str, width: int = 80) -> list[str]:
    """The lines of the closing section; of the problems as many as there is room for."""
    found = headline.problems(results, Verdict.FAIL)
    title = "Fix these first:"
    if not found:
        found, title = headline.problems(results, Verdict.WARN), "Allowed, but worth a look:"
    before = [*_doubts(results, width), headline.numbers(results), *_remarks(results, width)]
    after = [*_unjudged(results, width), *_since(results, width), *_known(results, width)]
    room = HEIGHT - len([_SECTION, *before, *after, _PLACE])
    shown = _problems(title, found, room, width)
    again = _again(results, found[0], width) if found else []
    return [*before, *shown, *after, *again, _PLACE.format(folder=folder)]


def _problems(title: str, found: Sequence[Problem], room: int, width: int) -> list[str]:
    """One problem after the other while there is room for it and for how many more there are; one at least."""
    if not found:
        return []
    shown: list[str] = []
    for number, problem in enumerate(found):
        lines = _problem(problem, width)
        if number and (number == 3 or 1 + len(shown) + len(lines) + (number + 1 < len(found)) > room):
            shown.append(f"  and {len(found) - number} more")
            break
        shown += lines
    return [title, *shown]


def _problem(problem: Problem, width: int) -> list[str]:
    """What was expected, what came, what to do; whole, but for what came, which the report has in full."""
    names = [row["id"] for row in problem.requirements]
    named = ", ".join(names[:NAMED]) + (f" and {len(names) - NAMED} more" if len(names) > NAMED else "")
    came = _labelled("got", problem.actual, width)
    return [
        *_wrapped(f"{problem.expected} ({named})", 2, width),
        *_labelled("expected", problem.requirements[0]["text"], width),
        *came[:CAME],
        *_labelled("do", f"look for this: {problem.cause}" if problem.cause else "look at the evidence", width),
    ]


NAMED, CAME = 6, 3
"""Requirements that are named of one problem; lines of what came."""


def _labelled(label: str, text: str, width: int) -> list[str]:
    lines = _wrapped(" ".join(text.split()), 14, width)
    return [f"    {label:<10}{lines[0].lstrip()}", *lines[1:]]


def _unjudged(results: Results, width: int) -> list[str]:
    groups = headline.unjudged(results)
    if not groups:
        return []
    most = 3 if len(groups) <= 3 else 2
    shown: list[str] = []
    for reason, remedy, rows in groups[:most]:
        first, *more = _wrapped(f"{len(rows)} × {reason}: {_supply(remedy, rows)}", 2, width)
        shown += [first, *(f"  {line}" for line in more)]
    rest = [f"  and {len(groups) - most} other reasons"] if len(groups) > most else []
    return ["Could not be judged:", *shown, *rest]


def _supply(remedy: str, rows: list[Results]) -> str:
    return "; ".join(headline.lacking(rows)) or remedy.replace("`", "")


def _since(results: Results, width: int) -> list[str]:
    changes = [one["change"] for one in (results["since"] or {}).get("changes", [])]
    counted = ", ".join(headline.changed(changes.count(word), word) for word in dict.fromkeys(changes))
    return [_cut(f"Since the last run: {counted or 'nothing changed'}", 0, width)] if results["since"] else []


def _known(results: Results, width: int) -> list[str]:
    """What a baseline has to do with it."""
    accepted = [row for row in results["requirements"] if row["accepted"]]
    said = [_cut(f"{row['id']}: {row['accepted']}", 2, width) for row in accepted[:1]]
    said = [f"Accepted failures, {len(accepted)} in all:", *said] if accepted else []
    stale = [_cut(f"{one['requirement']} {_name(one['check'], one['case'])}", 2, width) for one in results["stale"][:1]]
    gone = f"Met now, so take these out of the baseline, {len(results['stale'])} in all:"
    return [*said, *([gone, *stale] if stale else [])]


def _name(check: str, case: str | None) -> str:
    return check if case is None else f"{check}[{case}]"


def _doubts(results: Results, width: int) -> list[str]:
    """Why nothing here is green, before anything else is said."""
    return [
        line for text in headline.doubts(results)[:2] for line in _wrapped(f"{text[:1].upper()}{text[1:]}", 0, width)
    ]


def _remarks(results: Results, width: int) -> list[str]:
    """What makes the numbers mean less."""
    said = [] if results["complete"] else ["The run is INCOMPLETE: not every check came to its end."]
    facts = [one["text"] for one in results["facts"] if "not acknowledged" in one["text"] or one["name"] == "cause"]
    facts = [] if headline.doubts(results) else facts
    return [*said, *(line for text in facts[:1] for line in _wrapped(f"{text[:1].upper()}{text[1:]}", 0, width))]


def _again(results: Results, problem: Problem, width: int) -> list[str]:
    command = headline.shortly(results, problem.check["id"]) if problem.check else ""
    lines = textwrap.wrap(spoken(command), width - 4, break_long_words=False, break_on_hyphens=False)
    fits = 0 < len(lines) <= 3 and max(map(len, lines)) <= width - 4
    joined = [f"  {line} \\" for line in lines[:-1]] + [f"  {line}" for line in lines[-1:]]
    return ["The first of them again:", *joined] if fits else []


def _cut(text: str, indent: int, width: int) -> str:
    """One line of it."""
    shown = " ".join(spoken(text).split())
    room = width - 1 - indent
    return " " * indent + (shown if len(shown) <= room else shown[: room - 1] + "…")


def _wrapped(text: str, indent: int, width: int) -> list[str]:
    pad = " " * indent
    lines = textwrap.wrap(spoken(text), width - 2 - indent, break_on_hyphens=False) or [""]
    return [spoken(f"{pad}{line}") for line in lines]


# -- everything that failed ---------------------------------------------------------------------------------------


def _everything(reporter: pytest.TerminalReporter, results: Results, width: int) -> None:
    for verdict, title in ((Verdict.FAIL, "Failures"), (Verdict.WARN, "Warnings"), (Verdict.ERROR, "Our own errors")):
        found = [check for check in results["checks"] if check["verdict"] == verdict and not check["accepted"]]
        if found:
            reporter.section(title, sep="-")
        for check in found:
            _one(reporter, check, width)


def _one(reporter: pytest.TerminalReporter, check: Results, width: int) -> None:
    for line in _wrapped(f"{_name(check['id'], check['case'])} for {check['subject']}", 0, width):
        reporter.write_line(line, bold=True)
    lines = _wrapped(f"decides {', '.join(check['requirements'])}", 2, width) if check["requirements"] else []
    for line in str(check["message"]).splitlines()[:6]:
        lines += _wrapped(line, 2, width)
    command = check["reproduce"] or ""
    if command and len(command) < 900:
        lines += ["  reproduce:", *(f"    {spoken(line)}" for line in command.splitlines())]
    for line in lines:
        reporter.write_line(line)
    reporter.write_line("")
