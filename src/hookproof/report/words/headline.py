"""What every format says first: the verdict in numbers, what to fix, what could not be judged. Plain text, no markup.

Texts may quote a target: whoever shows them escapes them.
"""

from __future__ import annotations

import re
import shlex
from collections import Counter
from dataclasses import dataclass, replace
from datetime import datetime

from hookproof.evidence.lines import Json
from hookproof.report.results.run import decides
from hookproof.report.words import load_words
from hookproof.verdict import Level, Outcome, Reason, Verdict, judge

CAUSE = "likely cause: "

STATES = {"conformant": ("Conformant", "✓"), "nonconformant": ("Not conformant", "✗"), "undecided": ("Undecided", "?")}

LEGEND = {
    Verdict.FAIL: ("Fail", "✗", "A MUST is broken; the evidence is attached."),
    Verdict.WARN: ("Warn", "!", "A SHOULD is broken: allowed with a good reason, and worth a look."),
    Verdict.ERROR: ("Error", "#", "hookproof itself failed here. This says nothing about the target."),
    Verdict.INCONCLUSIVE: ("Inconclusive", "?", "Could not be judged, for the reason given. Never counted as a pass."),
    Verdict.INFO: ("Info", "i", "A MAY is not taken up. Recorded, not judged."),
    Verdict.PASS: ("Pass", "✓", "Every check that decides the requirement was met."),
    Verdict.NOT_APPLICABLE: ("Not applicable", "–", "Does not concern this target or this run."),
}

# Why something could not be judged, and what to supply so that it can be.
REMEDIES = {
    Reason.NO_OBSERVER: (
        "Nobody counted the effects",
        "Say how the receiver's effects are counted: `--effects OBSERVER`, where OBSERVER is `http://…{event_id}…`, "
        "`socketio://host:port/`, `sql+URL#QUERY` or `exec:COMMAND {event_id}`.",
    ),
    Reason.CONTROL_FAILED: (
        "The genuine delivery was not acknowledged",
        "A refusal counts only if the same delivery, correctly signed, is accepted. Check the signing secret and why "
        "the target refuses genuine deliveries.",
    ),
    Reason.PREREQUISITE_FAILED: (
        "Something the check needs is missing",
        "Each says what. HTTPS, for one, cannot be judged on a plain `http://` target: test the public address.",
    ),
    Reason.NOT_TRIGGERED: (
        "What the check watches for did not happen",
        "There is nothing to supply: in this run the target did not do it.",
    ),
    Reason.WINDOW_TOO_SHORT: ("The run did not wait long enough", "Wait longer: `--patience SECONDS`."),
    Reason.AMBIGUOUS_SEND: (
        "Nobody knows whether the delivery arrived",
        "The connection broke while the delivery was being sent. Run again, from nearer to the target if you can.",
    ),
    Reason.TARGET_UNREACHABLE: (
        "The target could not be reached",
        "Nobody listens there: start the target, or correct `--target`, and run again. If it was running: it ended.",
    ),
    Reason.NOTHING_COUNTED: (
        "No effect of a genuine event was ever counted",
        "Either `--effects` looks elsewhere or nothing is processed: look what one event leaves behind; count that.",
    ),
    Reason.RATE_LIMITED: (
        "The target limits our rate",
        "Give the address that we send from more room, or have an instance judged that stands behind no limit.",
    ),
    Reason.TARGET_SILENT: (
        "The target stopped answering",
        "It takes connections and says nothing: look what it waits for (a pool, a lock, a full queue).",
    ),
    Reason.CONFLICTING_EVIDENCE: (
        "The evidence contradicts itself",
        "The same request was answered in different ways. Look for a rate limit, or several instances behind the "
        "address.",
    ),
    Reason.NOT_RUN: ("The check did not run", "Run everything to the end: without `-k`, `-x` or a selection of files."),
}
OWN_FAULT = ("hookproof itself failed", "Not the target's fault. Please report it, with `run.jsonl`.")
UNKNOWN = ("Another reason", "See the messages.")


@dataclass(frozen=True)
class Problem:
    """What broke one requirement or several: what was expected, what was seen, why, as far as known.

    check  the first check that saw it; `cases`: those of its cases that did
    """

    requirements: list[Json]
    check: Json | None
    expected: str
    actual: str
    cause: str
    cases: list[str]


@dataclass(frozen=True)
class Headline:
    """What a run came to: a word and a sign for its verdict, and the verdict's reason in numbers."""

    state: str
    sign: str
    numbers: str


def is_load(results: Json) -> bool:
    """Whether these are the results of a load run; otherwise they are those of a run of checks."""
    return bool(results["load"])


def of(results: Json) -> Headline:
    """The headline of a load run, or of a run of checks."""
    word, sign = STATES[results["verdict"]]
    if is_load(results):
        return Headline(load_words.STATES[results["load"]["verdict"]], sign, load_words.numbers(results["load"]))
    return Headline(word, sign, _numbers_of_checks(results))


def numbers(results: Json) -> str:
    """What a run came to in numbers, in a few words."""
    return of(results).numbers


def _numbers_of_checks(results: Json) -> str:
    """`MUST 61/63 · SHOULD 18/20 · 4 not judged`: passed of what was judged, level by level."""
    rows = under_test(results)
    said = []
    for level in (Level.MUST, Level.SHOULD):
        good, judged = passed(results, level)
        said += [f"{level.value} {good}/{judged}"] if judged else []
    unjudged = sum(row["verdict"] in (Verdict.INCONCLUSIVE, Verdict.ERROR) for row in rows)
    known = sum(bool(row["accepted"]) for row in rows)
    said = said or ["nothing was judged"]
    said += [f"{unjudged} not judged"] if unjudged else []
    said += [f"{known} accepted"] if known else []
    return " · ".join(said)


def passed(results: Json, level: Level) -> tuple[int, int]:
    """How many requirements of a level passed, and how many were judged."""
    found = Counter(row["verdict"] for row in under_test(results) if row["level"] == level)
    return found["pass"], found["pass"] + found["fail"] + found["warn"]


def sentence(results: Json) -> str:
    """The verdict and its numbers; before these why nothing is green, if something keeps it from being."""
    found = of(results)
    said = [*doubts(results), found.numbers]
    return f"{found.state}{'' if results['complete'] else ', incomplete'}: {'; '.join(said)}"


def doubts(results: Json) -> list[str]:
    """Why the run is not conformant whatever passed: what was to be judged could not be."""
    return [fact["text"] for fact in results["facts"] if fact.get("undecided")]


def under_test(results: Json) -> list[Json]:
    """The requirements that were up for judgement."""
    return [row for row in results["requirements"] if row["applies"] and not row["excluded"]]


def deciding(row: Json, checks: list[Json]) -> list[Json]:
    """A requirement's checks in the order it names them, so that the first bad one is the one its message is from."""
    named, subjects = row["checks"], row["subjects"]
    mine = [check for check in checks if decides(check["id"], check["case"], check["subject"], subjects, named)]
    ids = [name.partition("[")[0] for name in named]
    return sorted(mine, key=lambda check: ids.index(check["id"]))


def problems(results: Json, verdict: Verdict) -> list[Problem]:
    """Requirements of one verdict that nobody accepted; those that the same check broke first, or that have one likely
    cause, are one problem."""
    causes: dict[tuple[str, str], list[Json]] = {}
    first: dict[tuple[str, str], list[Json]] = {}
    for row in under_test(results):
        if row["verdict"] != verdict or row["accepted"]:
            continue
        bad = [check for check in deciding(row, results["checks"]) if _comes_to(check, row) == verdict]
        name = (bad[0]["id"], bad[0]["subject"]) if bad else ("", row["id"])
        causes.setdefault(name, []).append(row)
        first.setdefault(name, [check for check in bad if (check["id"], check["subject"]) == name])
    return _merged([_problem(rows, first[name]) for name, rows in causes.items()])


def _merged(found: list[Problem]) -> list[Problem]:
    """One problem for each cause that is known, however many checks show it."""
    told: dict[str, Problem] = {}
    for number, one in enumerate(found):
        before = told.get(one.cause) if one.cause else None
        if before:
            rows = [*before.requirements, *(row for row in one.requirements if row not in before.requirements)]
            one = replace(before, requirements=rows)
        told[one.cause or f"#{number}"] = one
    return list(told.values())


def _comes_to(check: Json, row: Json) -> Verdict:
    return judge(Outcome(check["outcome"]), Level(row["level"]))


def _problem(rows: list[Json], checks: list[Json]) -> Problem:
    check = checks[0] if checks else None
    actual, cause = seen((check or rows[0])["message"])
    cases = list(dict.fromkeys(one["case"] for one in checks if one["case"] is not None))
    return Problem(rows, check, title(check["id"]) if check else rows[0]["text"], actual, cause, cases)


def seen(message: str) -> tuple[str, str]:
    """What a failed check saw, and the likely cause, each in one line; empty where there is none."""
    lines = [line.strip() for line in message.splitlines() if line.strip()]
    said = [line for line in lines if not line.startswith(CAUSE)]
    cause = next((line.removeprefix(CAUSE) for line in lines if line.startswith(CAUSE)), "")
    return " ".join(said[:2]), cause


def title(check: str) -> str:
    """`receiver.signature.rejects-another-secret` as words."""
    words = check.rpartition(".")[2].replace("-", " ")
    return words[:1].upper() + words[1:]


def unjudged(results: Json) -> list[tuple[str, str, list[Json]]]:
    """What was not judged, by reason: title, what to supply, requirements."""
    reasons: dict[tuple[str, str], list[Json]] = {}
    for row in under_test(results):
        if row["verdict"] == Verdict.ERROR:
            reasons.setdefault(OWN_FAULT, []).append(row)
        elif row["verdict"] == Verdict.INCONCLUSIVE:
            known = row["reason"] in [reason.value for reason in REMEDIES]
            reasons.setdefault(REMEDIES[Reason(row["reason"])] if known else UNKNOWN, []).append(row)
    most_first = sorted(reasons.items(), key=lambda item: -len(item[1]))
    return [(title, remedy, group) for (title, remedy), group in most_first]


def lacking(rows: list[Json]) -> list[str]:
    """What each of these says is missing, the most frequent first, in a line; nothing where the reason says it all."""
    said = Counter(" ".join(row["message"].split()) for row in rows if row["reason"] == Reason.PREREQUISITE_FAILED)
    return [text + (f" ({count})" if count > 1 else "") for text, count in said.most_common() if text]


LONGEST = 20_000
"""Characters of a command line that somebody may have typed."""


def command(results: Json, check: str) -> str:
    """The shell line that runs one check only: the run's own, with the check in place of what it selected."""
    kept = _own_words(results, check)
    area, _, name = check.rpartition(".")
    folder, _, file = area.rpartition(".")
    place = f"hookproof.suites.{folder}.test_{file}::test_{name.replace('-', '_')}"
    return shlex.join(["pytest", "--pyargs", place, *kept]) if kept is not None else ""


def shortly(results: Json, check: str) -> str:
    """A short shell line for a terminal: it runs the check by its name, and any other whose name begins with it."""
    kept = _own_words(results, check)
    name = check.rpartition(".")[2].replace("-", "_")
    return shlex.join(["pytest", *kept, "-k", f"test_{name}"]) if kept is not None else ""


def _own_words(results: Json, check: str) -> list[str] | None:
    """What a run was told, but for what it selected and where it reported to; None if it cannot be told again."""
    if len(results["command"]) > LONGEST:  # taking it apart would take a minute
        return None
    try:
        words = shlex.split(results["command"])
    except ValueError:
        return None
    if not re.fullmatch(r"[a-z]+\.[a-z_]+\.[a-z0-9-]+", check) or not words or words[0] != "pytest":
        return None
    kept, rest = [], iter(words[1:])
    for word in rest:
        if word in ("--report", "-k", "-m"):
            next(rest, None)
        elif not re.match(r"--report=|--pyargs$|(\./)?suites\b|hookproof\.suites", word):
            kept.append(word)
    return kept


def gaps(results: Json) -> list[str]:
    """Why a run is not complete; empty if it is."""
    lost = sum(check["reason"] == Reason.NOT_RUN for check in results["checks"])
    why = {
        "It was interrupted, or its journal was cut off.": results["interrupted"],
        f"{lost} of {len(results['checks'])} planned checks did not run.": lost,
        f"{results['damaged_lines']} lines of its journal could not be read.": results["damaged_lines"],
    }
    return [] if results["complete"] else [text for text, holds in why.items() if holds]


def when(started: str) -> str:
    try:
        return f"{datetime.fromisoformat(started):%d %B %Y, %H:%M:%S %Z}".lstrip("0").strip()
    except ValueError:
        return started


def changed(count: int, kind: str) -> str:
    """How many things changed in one way: 1 regression, 2 regressions, 2 judged now: fail."""
    if count == 1:
        return f"1 {kind}"
    return (
        f"{count} {kind.removesuffix('s')}"
        if kind.endswith("fails")
        else f"{count} {kind}{'s' * (kind == 'regression')}"
    )
