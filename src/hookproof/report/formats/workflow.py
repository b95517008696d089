"""Results as workflow commands of GitHub Actions: one annotation for each thing to fix. Nothing in it is a command."""

from __future__ import annotations

from collections.abc import Iterator

from hookproof.evidence.lines import Json
from hookproof.report.formats.markdown_text import line
from hookproof.report.words import headline
from hookproof.report.words.headline import Problem
from hookproof.verdict import Verdict

MOST = 10  # GitHub shows as many of each kind for a step

_KINDS = {Verdict.FAIL: "error", Verdict.WARN: "warning"}


def render(results: Json) -> Iterator[str]:
    """Lines for a step's standard output: the verdict, then what to fix first."""
    for verdict, kind in _KINDS.items():
        found = headline.problems(results, verdict)
        for problem in found[:MOST]:
            yield f"::{kind} title={_property(_title(problem))}::{_data(_said(problem))}"
    kind = "error" if results["verdict"] == "nonconformant" else "notice"
    yield f"::{kind} title=hookproof::{_data(line(headline.sentence(results)))}"


def _title(problem: Problem) -> str:
    names = [row["id"] for row in problem.requirements]
    more = f" and {len(names) - 3} more" if len(names) > 3 else ""
    return line(", ".join(names[:3]) + more, 120)


def _said(problem: Problem) -> str:
    cause = f" ({headline.CAUSE}{line(problem.cause, 200)})" if problem.cause else ""
    return f"{line(problem.expected, 200)}: {line(problem.actual, 300)}{cause}"


def _data(text: str) -> str:
    """What the runner would take for the end of the line, or undo."""
    return text.replace("%", "%25").replace("\r", "%0D").replace("\n", "%0A")


def _property(text: str) -> str:
    return _data(text).replace(":", "%3A").replace(",", "%2C")
