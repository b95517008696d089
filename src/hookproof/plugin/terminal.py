"""What the terminal says at the end: the verdict, what to fix first, what could not be judged, where to look."""

from __future__ import annotations

import textwrap
from collections import Counter
from typing import Any

import pytest

from hookproof.redact import visible

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
_SUPPLY = {
    "no_observer": "say how effects are counted: --effects http://…{event_id}…",
    "control_failed": "the genuine delivery itself was not accepted, or the observer did not count it",
    "target_unreachable": "the target was gone when these were due",
    "not_triggered": "what they wait for did not happen",
    "prerequisite_failed": "this run lacks what they need (https, a declared parameter)",
    "window_too_short": "effects came too late: raise --patience",
    "not_run": "deselected, or the run ended before them",
}
_HEADINGS = {"conformant": "CONFORMANT", "nonconformant": "NOT CONFORMANT", "undecided": "UNDECIDED"}
_COLOURS = {"conformant": "green", "nonconformant": "red", "undecided": "yellow"}


def write_summary(reporter: pytest.TerminalReporter, results: dict[str, Any], folder: str) -> None:
    """The closing section, at most 80 columns wide."""
    word = results["verdict"]
    totals = results["totals"]
    reporter.section(_HEADINGS[word], sep="=", **{_COLOURS[word]: True, "bold": True})
    for level in ("MUST", "SHOULD", "MAY"):
        counts = {verdict: count for verdict, count in totals[level].items() if count}
        shown = " · ".join(f"{count} {verdict}" for verdict, count in counts.items()) or "none"
        reporter.write_line(f"  {level:<7} {shown}")
    for fact in results.get("facts", []):
        if "not acknowledged" in fact["text"] or fact["name"] == "cause":
            _wrapped(reporter, f"{fact['text'][0].upper()}{fact['text'][1:]}", 2)
    _stale(reporter, results)
    _failures(reporter, results, "fail", "Fix these first", red=True)
    _failures(reporter, results, "warn", "Warnings", yellow=True)
    _failures(reporter, results, "error", "Errors of hookproof itself", red=True)
    _accepted(reporter, results)
    _unjudged(reporter, results)
    if not results["complete"]:
        reporter.write_line("")
        reporter.write_line("The run is INCOMPLETE: not every check came to its end.", yellow=True)
    reporter.write_line("")
    reporter.write_line(f"Report: {folder}/report.html")


def _failures(
    reporter: pytest.TerminalReporter, results: dict[str, Any], verdict: str, title: str, **style: bool
) -> None:
    named: dict[str, list[str]] = {}
    for requirement in results["requirements"]:
        if requirement["verdict"] == verdict:
            for check in requirement["checks"]:
                named.setdefault(check, []).append(requirement["id"])
    by_check: dict[tuple[str, str], list[dict[str, Any]]] = {}
    for check in results["checks"]:
        if check["verdict"] == verdict and not check["accepted"]:
            by_check.setdefault((check["id"], check["subject"]), []).append(check)
    if not by_check:
        return
    reporter.write_line("")
    reporter.write_line(title, bold=True, **style)
    for (id_, _), found in by_check.items():
        _one(reporter, id_, named.get(id_, []), found, style)


def _one(
    reporter: pytest.TerminalReporter,
    id_: str,
    requirements: list[str],
    found: list[dict[str, Any]],
    style: dict[str, bool],
) -> None:
    reporter.write_line("")
    reporter.write_line(f"  {id_}", **style)
    if requirements:
        _wrapped(reporter, "decides " + ", ".join(requirements), 4)
    cases = [str(check["case"]) for check in found if check["case"]]
    if cases:
        shown = ", ".join(cases[:6]) + (f" and {len(cases) - 6} more" if len(cases) > 6 else "")
        _wrapped(reporter, f"with: {shown}", 4)
    for line in str(found[0]["message"]).splitlines()[:4]:
        _wrapped(reporter, line, 4)
    command = found[0].get("reproduce") or ""
    if command and len(command) < 900:
        reporter.write_line("    reproduce:")
        for line in command.splitlines():
            reporter.write_line(f"      {visible(line)}")


def _stale(reporter: pytest.TerminalReporter, results: dict[str, Any]) -> None:
    if not results["stale"]:
        return
    reporter.write_line("")
    reporter.write_line("Accepted, but met now: take these out of the baseline", bold=True, red=True)
    for entry in results["stale"]:
        case = "" if entry["case"] is None else f"[{entry['case']}]"
        _wrapped(reporter, f"{entry['requirement']} {entry['check']}{case} for {entry['subject']}", 2)


def _accepted(reporter: pytest.TerminalReporter, results: dict[str, Any]) -> None:
    rows = [row for row in results["requirements"] if row["accepted"]]
    if not rows:
        return
    reporter.write_line("")
    reporter.write_line("Accepted failures", bold=True, yellow=True)
    for row in rows:
        _wrapped(reporter, f"{row['id']}: {row['accepted']}", 2)


def _wrapped(reporter: pytest.TerminalReporter, text: str, indent: int) -> None:
    pad = " " * indent
    for line in textwrap.wrap(visible(text), 78 - indent, break_on_hyphens=False) or [""]:
        reporter.write_line(pad + line)


def _unjudged(reporter: pytest.TerminalReporter, results: dict[str, Any]) -> None:
    reasons = Counter(str(check["reason"]) for check in results["checks"] if check["verdict"] == "inconclusive")
    if not reasons:
        return
    reporter.write_line("")
    reporter.write_line("Could not be judged", bold=True, yellow=True)
    for reason, count in reasons.most_common():
        _wrapped(reporter, f"{count} × {reason}: {_SUPPLY.get(reason, '')}", 2)
