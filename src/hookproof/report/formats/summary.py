"""Results as Markdown for the summary of a CI job: the verdict, what to fix, what could not be judged, the command."""

from __future__ import annotations

from hookproof.evidence.lines import Json
from hookproof.report.formats.markdown_text import block, code, line, words
from hookproof.report.words import headline, load_words
from hookproof.report.words.headline import Problem
from hookproof.verdict import Verdict

MOST = 20  # CI servers cut a summary at a megabyte, readers long before

_SIGNS = {"conformant": "✅", "nonconformant": "❌", "undecided": "❔"}


def render(results: Json) -> str:
    """The text of summary.md."""
    target = results["target"]
    parts = [
        f"### {_SIGNS[results['verdict']]} {words(headline.sentence(results))}",
        f"Target {code(target['url'])} as {words(', '.join(target['role']))} of {words(', '.join(target['provider']))}",
        *_incomplete(results),
        *(_of_load(results["load"]) if headline.is_load(results) else _of_checks(results)),
        block(line(results["command"], 2000), "sh"),
        f"hookproof {code(results['version'], 40)}, seed {results['seed']}, "
        f"{words(headline.when(results['started']))}. The evidence is in `report.html`.",
    ]
    return "\n\n".join(parts) + "\n"


def _incomplete(results: Json) -> list[str]:
    if results["complete"]:
        return []
    why = " ".join(headline.gaps(results))
    return [f"**This run is incomplete.** {words(why)} What stands here was seen, but it is not everything."]


def _of_checks(results: Json) -> list[str]:
    """What to fix, what is accepted, what could not be judged, and what is new since the last run."""
    return [
        *_stale(results),
        *_problems("Fix these first", headline.problems(results, Verdict.FAIL)),
        *_problems("Warnings", headline.problems(results, Verdict.WARN)),
        *_accepted(results),
        *_unjudged(results),
        *_since(results),
    ]


def _of_load(load: Json) -> list[str]:
    """A line for each scenario, and why one was not met."""
    signs = {"met": "✅", "missed": "❌", "undecided": "❔"}
    lines = []
    for one in load["scenarios"]:
        lines.append(f"- {signs[one['verdict']]} **{words(one['name'], 60)}**: {words(load_words.line(one), 600)}")
        lines += [f"    - {words(reason, 400)}" for reason in one["reasons"][:4] if one["verdict"] != "met"]
    return [f"#### Load: {words(load_words.objective(load))}", "\n".join(lines[: 5 * MOST])] if lines else []


def _stale(results: Json) -> list[str]:
    lines = [
        f"- {code(entry['requirement'])} {code(_check(entry))} is met again: take it out of the baseline"
        for entry in results["stale"]
    ]
    return ["#### Accepted, but met now", _list(lines)] if lines else []


def _check(entry: Json) -> str:
    case = entry.get("case")
    return f"{entry['check']}{'' if case is None else f'[{case}]'} for {entry['subject']}"


def _problems(title: str, problems: list[Problem]) -> list[str]:
    return [f"#### {title}", _list([_problem(problem) for problem in problems])] if problems else []


def _problem(problem: Problem) -> str:
    names = [code(row["id"], 80) for row in problem.requirements]
    shown = ", ".join(names[:4]) + (f" and {len(names) - 4} more" if len(names) > 4 else "")
    said = f"- {shown}: **{words(problem.expected, 120)}** → {code(problem.actual, 240)}"
    cases = f" ({len(problem.cases)} cases)" if len(problem.cases) > 1 else ""
    return said + cases + (f" — {headline.CAUSE}{words(problem.cause, 2000)}" if problem.cause else "")


def _accepted(results: Json) -> list[str]:
    rows = [row for row in results["requirements"] if row["accepted"]]
    lines = [f"- {code(row['id'], 80)} {words(row['verdict'])}: {words(row['accepted'])}" for row in rows]
    return ["#### Accepted failures", _list(lines)] if lines else []


def _unjudged(results: Json) -> list[str]:
    lines = [
        f"- {words(title)}: {len(rows)} requirement{'s' * (len(rows) > 1)}. {words(remedy, 400)}"
        + "".join(f" {code(text, 100)}" for text in headline.lacking(rows)[:3])
        for title, remedy, rows in headline.unjudged(results)
    ]
    return ["#### Could not be judged", _list(lines)] if lines else []


def _since(results: Json) -> list[str]:
    since = results["since"]
    if since is None:
        return []
    lines = [
        f"- {words(one['change'])}: {code(one['requirement'], 80)}, {words(one['before'])} → {words(one['now'])}"
        for one in since["changes"]
    ]
    title = f"#### Since the run of {words(headline.when(since['started']))}"
    return [title, _list(lines) if lines else "Nothing changed."]


def _list(lines: list[str]) -> str:
    more = [f"- and {len(lines) - MOST} more"] if len(lines) > MOST else []
    return "\n".join([*lines[:MOST], *more])
