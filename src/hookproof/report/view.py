"""What the page says, taken from the results: which sentence comes first, what to fix, what stands where. No markup."""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Iterable
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any

import msgspec

from hookproof.report.evidence import Exchange, exchange
from hookproof.report.lines import Json, Series
from hookproof.report.results import decides
from hookproof.verdict import Level, Outcome, Reason, Verdict, judge

ATTEMPTS_FIRST, ATTEMPTS_LAST, LINES, SERIES = 3, 5, 20, 6

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
        "The message names it. HTTPS, for one, cannot be judged on a plain `http://` target: test the public address.",
    ),
    Reason.NOT_TRIGGERED: (
        "It did not come to it",
        "Nothing: what the check waits for did not happen in this run.",
    ),
    Reason.WINDOW_TOO_SHORT: ("The run did not wait long enough", "Wait longer: `--patience SECONDS`."),
    Reason.AMBIGUOUS_SEND: (
        "Nobody knows whether the delivery arrived",
        "The connection broke while the delivery was being sent. Run again, from nearer to the target if you can.",
    ),
    Reason.TARGET_UNREACHABLE: (
        "The target could not be reached",
        "Start the target, or correct `--target`, and run again. If it was running: it stopped answering.",
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
class Row:
    """A check under a requirement; cases that came out the same share a row, `also` has those that said otherwise."""

    id: str
    title: str
    about: str
    verdict: str
    reason: str | None
    message: str
    lines: list[str]
    exchanges: list[Exchange]
    more: int
    reproduce: str | None
    series: list[Series]
    more_series: int
    elsewhere: tuple[str, str] | None
    also: list[Row] = field(default_factory=list)


@dataclass(frozen=True)
class Card:
    """A requirement that was judged, with the checks that decided it, worst first."""

    row: Json
    anchor: str
    area: str
    checks: list[Row]


def of(results: Json) -> dict[str, Any]:
    """Everything the template needs besides the results themselves."""
    cards = _cards(results)
    return {
        "state": STATES[results["verdict"]][0],
        "sign": STATES[results["verdict"]][1],
        "sentence": _sentence(results, [card.row for card in cards]),
        "words": {verdict.value: word for verdict, (word, _, _) in LEGEND.items()},
        "icons": {verdict.value: icon for verdict, (_, icon, _) in LEGEND.items()},
        "legend": {verdict.value: text for verdict, (_, _, text) in LEGEND.items()},
        "started": _when(results["started"]),
        "gaps": _gaps(results),
        "levels": [level.value for level in Level],
        "table": _table(card.row for card in cards),
        "problems": _causes(cards, Verdict.FAIL),
        "warnings": _causes(cards, Verdict.WARN),
        "unjudged": _unjudged(cards),
        "areas": _areas(cards),
        "present": Counter(card.row["verdict"] for card in cards),
        "nameless": _rows([check for check in results["checks"] if not check["requirements"]], results, None, {}),
        "apart": _apart(results["requirements"]),
    }


def _sentence(results: Json, rows: list[Json]) -> str:
    """What follows the state in the first sentence of the page."""
    found = Counter(row["verdict"] for row in rows if row["level"] == Level.MUST)
    total = found.total() - found["not_applicable"]
    musts = f"{total} MUST requirements" if total != 1 else "1 MUST requirement"
    failed, passed, unjudged, errors = (found[word] for word in ("fail", "pass", "inconclusive", "error"))
    said = [f"{failed} of {musts} failed" if failed else f"{passed} of {musts} passed"]
    if not failed and passed == total:
        said = [f"all {musts} passed" if total else "no MUST requirement was under test"]
    said += [f"{unjudged} could not be judged"] if unjudged else []
    said += [f"{errors} met an error of hookproof"] if errors else []
    warned = sum(row["verdict"] == Verdict.WARN for row in rows)
    said += [f"{warned} {'warnings' if warned > 1 else 'warning'}"] if warned else []
    start = "" if results["complete"] else "the run is not complete; "
    return start + ", ".join(said) + "."


def _gaps(results: Json) -> list[str]:
    """Why a run is not complete; empty if it is."""
    lost = sum(check["reason"] == Reason.NOT_RUN for check in results["checks"])
    why = {
        "It was interrupted, or its journal was cut off.": results["interrupted"],
        f"{lost} of {len(results['checks'])} planned checks did not run.": lost,
        f"{results['damaged_lines']} lines of its journal could not be read.": results["damaged_lines"],
    }
    return [] if results["complete"] else [text for text, holds in why.items() if holds]


def _when(started: str) -> str:
    try:
        return f"{datetime.fromisoformat(started):%d %B %Y, %H:%M:%S %Z}".lstrip("0").strip()
    except ValueError:
        return started


def _table(rows: Iterable[Json]) -> list[tuple[str, list[int]]]:
    """Verdict and its count at every level; verdicts nobody got are left out, but for pass and fail."""
    found = Counter((row["verdict"], row["level"]) for row in rows)
    counts = [(verdict, [found[verdict, level] for level in Level]) for verdict in LEGEND]
    return [(word.value, numbers) for word, numbers in counts if any(numbers) or word in (Verdict.PASS, Verdict.FAIL)]


def _apart(rows: list[Json]) -> dict[str, list[Json]]:
    """What was never up for judgement, by the reason."""
    return {
        "Not observable from outside": [row for row in rows if row["excluded"]],
        "Not asked for in this run": [row for row in rows if not row["applies"] and not row["excluded"]],
    }


def _cards(results: Json) -> list[Card]:
    rows = [row for row in results["requirements"] if row["applies"] and not row["excluded"]]
    anchors: dict[str, Json] = {}
    for row in rows:
        anchors[_anchor(row["id"], anchors)] = row
    owners = _owners(anchors, results["checks"])
    several = len(results["target"]["role"]) > 1
    return [
        Card(row, anchor, _area(row, several), _rows(_deciding(row, results["checks"]), results, row, owners))
        for anchor, row in anchors.items()
    ]


def _anchor(name: str, taken: Iterable[str]) -> str:
    """An id for the page: the requirement's own if it is as plain as ids are, else a number."""
    anchor = f"req-{name}"
    plain = re.fullmatch(r"[A-Za-z0-9._-]{1,80}", name) and anchor not in taken
    return anchor if plain else f"req-{len(list(taken)) + 1}."


def _area(row: Json, several_roles: bool) -> str:
    parts = row["checks"][0].split(".") if row["checks"] else []
    area = parts[1] if len(parts) > 2 else row["id"].split("-")[1 if "-" in row["id"] else 0]
    return f"{row['role']}: {area}".capitalize() if several_roles else area.capitalize()


def _deciding(row: Json, checks: list[Json]) -> list[Json]:
    """A requirement's checks in the order it names them, so that the first bad one is the one its message is from."""
    named, subjects = row["checks"], row["subjects"]
    mine = [check for check in checks if decides(check["id"], check["case"], check["subject"], subjects, named)]
    ids = [name.partition("[")[0] for name in named]
    return sorted(mine, key=lambda check: ids.index(check["id"]))


def _owners(anchors: dict[str, Json], checks: list[Json]) -> dict[tuple[str, str], tuple[str, str]]:
    """Where the evidence of a check stands: under the first requirement of its level. Elsewhere there is a link."""
    owners: dict[tuple[str, str], tuple[str, str]] = {}
    for anchor, row in anchors.items():
        for check in _deciding(row, checks):
            if check["level"] == row["level"]:
                owners.setdefault((check["id"], check["subject"]), (anchor, row["id"]))
    return owners


def _rows(
    checks: list[Json], results: Json, row: Json | None, owners: dict[tuple[str, str], tuple[str, str]]
) -> list[Row]:
    """The checks of a requirement (or of none), worst first, equal cases together."""
    several = len({check["subject"] for check in results["checks"]}) > 1
    groups: dict[tuple[Verdict, str, str, str], list[Json]] = {}
    for check in checks:
        verdict = judge(Outcome(check["outcome"]), Level(row["level"] if row else check["level"]))
        message = "" if verdict is Verdict.PASS else f"{check['reason']} {check['message']}"
        groups.setdefault((verdict, check["id"], check["subject"], message), []).append(check)
    rows: dict[tuple[Verdict, str, str], Row] = {}
    for (verdict, name, subject, _), group in sorted(groups.items(), key=lambda group: _badness(group[0][0])):
        owner = owners.get((name, subject))
        away = owner if owner and row and owner[1] != row["id"] else None
        made = _row(verdict, group, subject if several else "", away)
        first = rows.setdefault((verdict, name, subject), made)
        first.also.extend([] if first is made else [made])
    return list(rows.values())


def _badness(verdict: Verdict) -> int:
    return list(LEGEND).index(verdict)


def _row(verdict: Verdict, group: list[Json], subject: str, elsewhere: tuple[str, str] | None) -> Row:
    check = group[0]
    attempts = [] if elsewhere else [attempt for member in group for attempt in member["attempts"]]
    series = [] if elsewhere else msgspec.convert([one for member in group for one in member["series"]], list[Series])
    whole = [attempt for attempt in attempts if "request" in attempt]
    if len(whole) > ATTEMPTS_FIRST + ATTEMPTS_LAST:
        whole = whole[:ATTEMPTS_FIRST] + whole[-ATTEMPTS_LAST:]
    lines = [] if whole else [attempt["line"] for attempt in attempts[:LINES]]
    cases = ", ".join(member["case"] for member in group if member["case"] is not None)
    title = check["id"].rpartition(".")[2].replace("-", " ")
    return Row(
        id=check["id"],
        title=title[:1].upper() + title[1:],
        about=" · ".join(filter(None, [subject, cases])),
        verdict=verdict.value,
        reason=check["reason"],
        message=check["message"],
        lines=lines,
        exchanges=[exchange(attempt) for attempt in whole],
        more=len(attempts) - len(whole) - len(lines),
        reproduce=None if elsewhere else check["reproduce"],
        series=series[:SERIES],
        more_series=len(series[SERIES:]),
        elsewhere=elsewhere,
    )


def _causes(cards: list[Card], verdict: Verdict) -> list[list[Card]]:
    """Requirements of one verdict, those that the same check broke first together: one repair may mend them all."""
    causes: dict[str, list[Card]] = {}
    for card in cards:
        if card.row["verdict"] == verdict:
            causes.setdefault(card.checks[0].id, []).append(card)
    return list(causes.values())


def _unjudged(cards: list[Card]) -> list[tuple[str, str, list[Card]]]:
    """What was not judged, by reason: title, remedy, requirements."""
    reasons: dict[tuple[str, str], list[Card]] = {}
    for card in cards:
        if card.row["verdict"] == Verdict.ERROR:
            reasons.setdefault(OWN_FAULT, []).append(card)
        elif card.row["verdict"] == Verdict.INCONCLUSIVE:
            known = card.row["reason"] in [reason.value for reason in REMEDIES]
            reasons.setdefault(REMEDIES[Reason(card.row["reason"])] if known else UNKNOWN, []).append(card)
    return [(title, remedy, group) for (title, remedy), group in reasons.items()]


def _areas(cards: list[Card]) -> list[tuple[str, list[tuple[str, int]], list[Card]]]:
    """Area, its counts by verdict, its requirements; areas in the order of the documents."""
    areas: dict[str, list[Card]] = {}
    for card in cards:
        areas.setdefault(card.area, []).append(card)
    return [(area, _counts(group), group) for area, group in areas.items()]


def _counts(cards: list[Card]) -> list[tuple[str, int]]:
    found = Counter(card.row["verdict"] for card in cards)
    return [(verdict.value, found[verdict.value]) for verdict in LEGEND if found[verdict.value]]
