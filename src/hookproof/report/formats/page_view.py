"""What the page says, taken from the results: what stands where, and how much of the evidence. No markup."""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Iterable
from dataclasses import dataclass, field
from typing import Any

import msgspec

from hookproof.evidence.lines import DifferenceRecord, Json, PastRun, SeriesRecord
from hookproof.report.formats.sarif import is_link
from hookproof.report.words import headline, history
from hookproof.report.words.evidence import BODY_LIMIT, Contrast, ShownAttempt, contrast, shown_attempt
from hookproof.report.words.headline import LEGEND, STATES, Problem, deciding
from hookproof.verdict import Level, Outcome, Verdict, judge


@dataclass(frozen=True)
class Detail:
    """How much evidence a page shows; without any of it given, none.

    first, last  attempts of a check that are shown whole: so many from its beginning, and so many from its end
    lines        attempts of a passed check that are shown in a line each
    body         characters of a request or a response
    hex          bytes of a body that are dumped in hexadecimal
    script       characters of a reproducer
    series       drawings of a delivery's attempts
    together     a check that came out the same for several subjects is one row, unless it is broken
    text         characters of a message
    most         entries of any list, from requirements to facts
    """

    first: int = 0
    last: int = 0
    lines: int = 0
    body: int = 0
    hex: int = 0
    script: int = 0
    series: int = 0
    together: bool = True
    text: int = 2000
    most: int = 10_000


DETAILS = (
    Detail(first=3, last=5, lines=20, body=BODY_LIMIT, hex=512, script=20_000, series=6, together=False),
    Detail(first=3, last=5, lines=5, body=BODY_LIMIT, hex=512, script=20_000, series=6),
    Detail(first=3, last=5, body=BODY_LIMIT, hex=512, script=20_000, series=6),
    Detail(first=2, last=3, body=2048, hex=256, script=8000, series=3),
    Detail(first=1, last=1, body=1024, hex=64, script=3000, series=1),
    Detail(first=1, body=512, script=1500),
    Detail(),
    Detail(text=500, most=100),
    Detail(text=200, most=10),
    Detail(text=100, most=2),
)
"""From everything to what fits whatever there is; of thousands of checks, what passed loses its evidence first."""

_BROKEN = (Verdict.FAIL, Verdict.WARN, Verdict.ERROR)


@dataclass(frozen=True)
class CheckRow:
    """A check under a requirement; cases that came out the same share a row, `also` has those that said otherwise."""

    id: str
    title: str
    about: str
    why: str
    command: str
    verdict: str
    reason: str | None
    message: str
    lines: list[str]
    exchanges: list[ShownAttempt]
    more: int
    reproduce: str | None
    script_limit: int
    series: list[SeriesRecord]
    more_series: int
    elsewhere: tuple[str, str] | None
    contrasts: list[Contrast] = field(default_factory=list)
    also: list[CheckRow] = field(default_factory=list)


@dataclass(frozen=True)
class Card:
    """A requirement that was judged, with the checks that decided it, worst first."""

    row: Json
    anchor: str
    area: str
    link: str
    checks: list[CheckRow]


def of(results: Json, detail: Detail = DETAILS[0]) -> dict[str, Any]:
    """Everything that the template of a run of checks needs besides the results themselves."""
    said, cards = headline.of(results), _cards(results, detail)
    places = {id(card.row): card for card in cards}
    unjudged = [
        (title, remedy, headline.lacking(rows), [places[id(row)] for row in rows])
        for title, remedy, rows in headline.unjudged(results)
    ]
    return {
        "detail": detail,
        "state": said.state,
        "sign": said.sign,
        "numbers": said.numbers,
        "doubts": headline.doubts(results),
        **vocabulary(),
        "started": headline.when(results["started"]),
        "gaps": headline.gaps(results),
        "levels": [level.value for level in Level],
        "table": _table(card.row for card in cards),
        "problems": _placed(headline.problems(results, Verdict.FAIL), places),
        "warnings": _placed(headline.problems(results, Verdict.WARN), places),
        "accepted": [card for card in cards if card.row["accepted"]],
        "unjudged": unjudged,
        "since": _since(results, cards),
        "runs": _runs(results),
        "documents": [(name, _link(address)) for name, address in results["documents"].items()],
        "areas": _areas(cards),
        "present": Counter(card.row["verdict"] for card in cards),
        "nameless": _rows(
            [check for check in results["checks"] if not check["requirements"]], results, None, {}, detail
        ),
        "apart": _apart(results["requirements"]),
    }


def vocabulary() -> dict[str, Any]:
    """How each verdict is called, drawn and explained."""
    return {
        "words": {verdict.value: word for verdict, (word, _, _) in LEGEND.items()},
        "icons": {verdict.value: icon for verdict, (_, icon, _) in LEGEND.items()},
        "legend": {verdict.value: text for verdict, (_, _, text) in LEGEND.items()},
    }


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


def _placed(problems: list[Problem], places: dict[int, Card]) -> list[tuple[Problem, list[Card]]]:
    return [(problem, [places[id(row)] for row in problem.requirements]) for problem in problems]


def _since(results: Json, cards: list[Card]) -> Json | None:
    """What changed since the run before, with the card of each requirement."""
    if results["since"] is None:
        return None
    places = {f"{card.row['provider']}/{card.row['id']}": card for card in cards}
    changes = [(one, places.get(one["requirement"])) for one in results["since"]["changes"]]
    return {"when": headline.when(results["since"]["started"]), "changes": changes}


def _runs(results: Json) -> list[Json]:
    """The runs of this target, this one last, as words; nothing if it is the first."""
    past = msgspec.convert(results["history"], list[PastRun])
    known = [*past, history.moment(results)] if past else []
    return [{"verdict": run.verdict, "sign": STATES[run.verdict][1], "said": _said(run)} for run in known]


def _said(run: PastRun) -> str:
    counted = " · ".join(f"{level} {good}/{judged}" for level, (good, judged) in run.passed.items() if judged)
    word = STATES[run.verdict][0] + ("" if run.complete else ", incomplete")
    return f"{headline.when(run.started)}: {word} ({counted or 'nothing was judged'})"


def _cards(results: Json, detail: Detail) -> list[Card]:
    anchors: dict[str, Json] = {}
    for row in headline.under_test(results):
        anchors[_anchor(row["id"], anchors)] = row
    deciders = {anchor: deciding(row, results["checks"]) for anchor, row in anchors.items()}
    owners = _owners(anchors, deciders)
    several = len(results["target"]["role"]) > 1
    return [
        Card(
            row,
            anchor,
            _area(row, several),
            _link(results["documents"].get(row["provider"], "")),
            _rows(deciders[anchor], results, row, owners, detail),
        )
        for anchor, row in anchors.items()
    ]


def _link(address: str) -> str:
    return address if is_link(address) else ""


def _anchor(name: str, taken: Iterable[str]) -> str:
    """An id for the page: the requirement's own if it is as plain as ids are, else a number."""
    anchor = f"req-{name}"
    plain = re.fullmatch(r"[A-Za-z0-9._-]{1,80}", name) and anchor not in taken
    return anchor if plain else f"req-{len(list(taken)) + 1}."


def _area(row: Json, several_roles: bool) -> str:
    parts = row["checks"][0].split(".") if row["checks"] else []
    area = parts[1] if len(parts) > 2 else row["id"].split("-")[1 if "-" in row["id"] else 0]
    return f"{row['role']}: {area}".capitalize() if several_roles else area.capitalize()


def _owners(anchors: dict[str, Json], deciders: dict[str, list[Json]]) -> dict[tuple[str, str], tuple[str, str]]:
    """Where the evidence of a check stands: under the first requirement of its level. Elsewhere there is a link."""
    owners: dict[tuple[str, str], tuple[str, str]] = {}
    for anchor, row in anchors.items():
        for check in deciders[anchor]:
            if check["level"] == row["level"]:
                owners.setdefault((check["id"], check["subject"]), (anchor, row["id"]))
    return owners


def _rows(
    checks: list[Json],
    results: Json,
    row: Json | None,
    owners: dict[tuple[str, str], tuple[str, str]],
    detail: Detail,
) -> list[CheckRow]:
    """The checks of a requirement (or of none), worst first, equal cases together."""
    several = len({check["subject"] for check in results["checks"]}) > 1
    groups: dict[tuple[Verdict, str, str, str], list[Json]] = {}
    for check in checks:
        verdict = judge(Outcome(check["outcome"]), Level(row["level"] if row else check["level"]))
        message = "" if verdict is Verdict.PASS else f"{check['reason']} {check['message']}"
        subject = "" if detail.together and verdict not in _BROKEN[:2] else check["subject"]
        groups.setdefault((verdict, check["id"], subject, message), []).append(check)
    rows: dict[tuple[Verdict, str, str], CheckRow] = {}
    for (verdict, name, subject, _), group in sorted(groups.items(), key=lambda group: _badness(group[0][0])):
        owner = owners.get((name, group[0]["subject"]))
        away = owner if owner and row and owner[1] != row["id"] else None
        made = _row(verdict, group, several, away, results, detail)
        first = rows.setdefault((verdict, name, subject), made)
        first.also.extend([] if first is made else [made])
    return list(rows.values())


def _badness(verdict: Verdict) -> int:
    return list(LEGEND).index(verdict)


def _row(
    verdict: Verdict,
    group: list[Json],
    several: bool,
    elsewhere: tuple[str, str] | None,
    results: Json,
    detail: Detail,
) -> CheckRow:
    check = group[0]
    passed = verdict is Verdict.PASS
    plain = passed and not detail.lines
    bare = bool(elsewhere) or plain
    attempts = [] if bare else [attempt for member in group for attempt in member["attempts"]]
    series = [] if bare else msgspec.convert([one for member in group for one in member["series"]], list[SeriesRecord])
    differences = msgspec.convert([one for member in group for one in member["differences"]], list[DifferenceRecord])
    whole = [attempt for attempt in attempts if "request" in attempt]
    lines = [] if whole else [attempt["line"] for attempt in attempts[: detail.lines]]
    if len(whole) > detail.first + detail.last:
        whole = whole[: detail.first] + whole[len(whole) - detail.last :]
    return CheckRow(
        id=check["id"],
        title=headline.title(check["id"]),
        about=""
        if elsewhere and plain
        else _about(group, several, counted=detail.together and verdict not in _BROKEN[:2]),
        why="" if bare else results["about"].get(check["id"], ""),
        command=_command(results, check, verdict, detail) if not elsewhere else "",
        verdict=verdict.value,
        reason=check["reason"],
        message=check["message"],
        lines=lines,
        exchanges=[shown_attempt(attempt, detail.body, detail.hex) for attempt in whole],
        more=len(attempts) - len(whole) - len(lines) if detail.first else 0,
        reproduce=None if elsewhere else check["reproduce"],
        script_limit=detail.script,
        series=series[: detail.series],
        contrasts=[] if bare else [contrast(one) for one in differences[: max(detail.first, 1)]],
        more_series=len(series[detail.series :]) if detail.first else 0,
        elsewhere=elsewhere,
    )


def _command(results: Json, check: Json, verdict: Verdict, detail: Detail) -> str:
    """The line that runs only this check, where somebody may want to: not where it passed."""
    wanted = verdict in _BROKEN or (detail.first and verdict in (Verdict.INCONCLUSIVE, Verdict.INFO))
    return headline.command(results, check["id"]) if wanted else ""


def _about(group: list[Json], several: bool, *, counted: bool) -> str:
    """Whom and what a row is about: subjects, where there are several, and cases, or how many there are."""
    by_subject: dict[str, list[str]] = {}
    for check in group:
        by_subject.setdefault(check["subject"], []).extend([] if check["case"] is None else [check["case"]])
    said = []
    for subject, cases in by_subject.items():
        many = counted and len(cases) > 3
        shown = f"{len(cases)} cases" if many else ", ".join(cases)
        said.append(" · ".join(filter(None, [subject if several else "", shown])))
    return "; ".join(filter(None, said))


def _areas(cards: list[Card]) -> list[tuple[str, list[tuple[str, int]], list[Card]]]:
    """Area, its counts by verdict, its requirements; areas in the order of the documents."""
    areas: dict[str, list[Card]] = {}
    for card in cards:
        areas.setdefault(card.area, []).append(card)
    return [(area, _counts(group), group) for area, group in areas.items()]


def _counts(cards: list[Card]) -> list[tuple[str, int]]:
    found = Counter(card.row["verdict"] for card in cards)
    return [(verdict.value, found[verdict.value]) for verdict in LEGEND if found[verdict.value]]
