"""What `hookproof listen` says in the terminal: a line for each delivery, and a summary at the end."""

from __future__ import annotations

import sqlite3
from collections.abc import Iterator, Mapping
from datetime import datetime
from typing import Any

from hookproof.wording import milliseconds, number
from hookproof.workbench.inbound.hiding import Hiding
from hookproof.workbench.opinions.judging import MISFIT, MISSING, RIGHT, STALE, WRONG

_WIDEST = 60
_MOST = 8
"""So many rows of a kind the summary names at most."""

Row = Mapping[str, Any]


def delivery_line(row: Row, opinion: Mapping[str, Any], hiding: Hiding) -> str:
    """One delivery in one line: time, kind, id, signature, schema, attempt, gap, answer, latency."""
    when = datetime.fromtimestamp(row["at"]).strftime("%H:%M:%S.%f")[:-3]
    if row["method"] == "":
        return f"{when}  {row['note']}"
    parts = [when, _named(row, opinion, hiding), *_judged(opinion, hiding)]
    if row["note"]:
        parts.append(row["note"])
    if row["attempt"] > 1:
        parts.append(f"attempt {row['attempt']}, {gap(row['gap'] or 0.0)} after the last")
    return hiding.text("  ".join(filter(None, parts)) + f"  -> {answered(row)}")


def _named(row: Row, opinion: Mapping[str, Any], hiding: Hiding) -> str:
    """Whose it is, its kind and its id; of what is no POST, what was asked for."""
    ids = opinion["ids"]
    more = f" and {len(ids) - 1} more" if len(ids) > 1 else ""
    said = _short(opinion["kind"] or "unknown kind")
    told = [f"{row['method']} {_short(row['target'])}" if row["method"] != "POST" else said]
    told += [_short(ids[0]) + more] if ids else []
    if opinion["seems"] and opinion["provider"]:
        told.append(f"(seems {' or '.join([opinion['surface'], *opinion['also']][:3])})")
    return "  ".join(told)


def _judged(opinion: Mapping[str, Any], hiding: Hiding) -> list[str]:
    signature, why = opinion["signature"], opinion["why"]
    said = {
        RIGHT: "signature right",
        WRONG: "signature WRONG",
        MISSING: "NOT SIGNED",
        STALE: "signature right but STALE",
        "unchecked": "signature not checked",
        "none": "",
    }[signature]
    schema = {"right": "schema right", MISFIT: "schema WRONG"}.get(opinion["schema"], "")
    told = [f"{said} ({why})" if why and signature != MISSING else said]
    return [*told, f"{schema} ({opinion['complaint']})" if opinion["complaint"] else schema]


def answered(row: Row) -> str:
    """What was answered and how long that took; of what is still open, what it will get."""
    if row["outcome"] == "open":
        return f"{row['planned']} …"
    took = f" in {milliseconds(row['elapsed'] or 0.0)}" if row["outcome"] == "answered" else ""
    return f"{row['said']}{took}"


def gap(seconds: float) -> str:
    """A pause between two attempts."""
    if seconds < 1:
        return milliseconds(seconds)
    return (
        f"{seconds:.1f} s"
        if seconds < 600
        else f"{seconds / 60:.1f} min"
        if seconds < 36000
        else f"{seconds / 3600:.1f} h"
    )


def _short(text: str) -> str:
    text = " ".join(text.split())
    return text if len(text) <= _WIDEST else f"{text[: _WIDEST - 1]}…"


def summary(reader: sqlite3.Connection, since: int, dropped: int, hiding: Hiding) -> Iterator[str]:
    """What came since the delivery of this number: kinds, what came twice, what was not signed, the backoff seen."""
    chosen = "FROM deliveries WHERE n > ? AND method <> ''"
    total, series = reader.execute(
        f"SELECT count(*), count(DISTINCT CASE series WHEN '' THEN n ELSE series END) {chosen}", (since,)
    ).fetchone()
    others = reader.execute("SELECT count(*) FROM deliveries WHERE n > ? AND method = ''", (since,)).fetchone()[0]
    if not total and not others:
        yield "nothing came"
        return
    yield f"{_counted(total, 'attempt')} of {_counted(series, 'delivery')} came"
    if others:
        yield f"{_counted(others, 'connection')} spoke no HTTP"
    yield from _kinds(reader, chosen, since, hiding)
    yield from _twice(reader, since, hiding)
    yield from _unsigned(reader, chosen, since, hiding)
    yield from _backoff(reader, since, hiding)
    if dropped:
        yield f"the oldest {_counted(dropped, 'delivery')} had to go: more came than is kept"


def _counted(count: int, word: str) -> str:
    plural = f"{word[:-1]}ies" if word.endswith("y") else f"{word}s"
    return f"{number(count)} {word if count == 1 else plural}"


def _kinds(reader: sqlite3.Connection, chosen: str, since: int, hiding: Hiding) -> Iterator[str]:
    rows = reader.execute(f"SELECT kind, count(*) {chosen} GROUP BY kind ORDER BY count(*) DESC", (since,)).fetchall()
    told = ", ".join(f"{_short(hiding.text(row[0] or 'unknown'))} ({number(row[1])})" for row in rows[:_MOST])
    yield f"kinds: {told}{_rest(len(rows))}"


def _twice(reader: sqlite3.Connection, since: int, hiding: Hiding) -> Iterator[str]:
    rows = reader.execute(
        "SELECT ids, count(*) FROM deliveries WHERE n > ? AND ids <> '' GROUP BY ids HAVING count(*) > 1"
        " ORDER BY count(*) DESC",
        (since,),
    ).fetchall()
    if rows:
        told = ", ".join(f"{_short(hiding.text(row[0]))} ({row[1]} times)" for row in rows[:_MOST])
        yield f"ids that came more than once: {told}{_rest(len(rows))}"


def _unsigned(reader: sqlite3.Connection, chosen: str, since: int, hiding: Hiding) -> Iterator[str]:
    rows = reader.execute(
        f"SELECT signature, why, count(*) {chosen} AND signature IN (?, ?, ?) GROUP BY signature, why"
        " ORDER BY count(*) DESC",
        (since, MISSING, WRONG, STALE),
    ).fetchall()
    for signature, why, count in rows[:_MOST]:
        word = {MISSING: "not signed", WRONG: "signed wrong", STALE: "signed at another time"}[signature]
        yield f"{_counted(count, 'attempt')} {word}: {hiding.text(why)}"
    unchecked = reader.execute(f"SELECT count(*) {chosen} AND signature = 'unchecked'", (since,)).fetchone()[0]
    if unchecked:
        yield f"{_counted(unchecked, 'signature')} not checked"


def _backoff(reader: sqlite3.Connection, since: int, hiding: Hiding) -> Iterator[str]:
    rows = reader.execute(
        "SELECT series FROM deliveries WHERE n > ? AND attempt > 1 GROUP BY series ORDER BY max(attempt) DESC LIMIT ?",
        (since, _MOST),
    ).fetchall()
    for (series,) in rows:
        steps = reader.execute(
            "SELECT ids, gap, said, planned, outcome FROM deliveries WHERE series = ? ORDER BY n", (series,)
        ).fetchall()
        gaps = ", ".join(gap(row[1]) for row in steps[1:13] if row[1] is not None)
        more = ", …" if len(steps) > 13 else ""
        name = _short(hiding.text(steps[0][0].replace("\n", ", "))) or "one delivery"
        yield f"backoff of {name}: {len(steps)} attempts, gaps {gaps}{more}"


def _rest(count: int) -> str:
    return f" and {count - _MOST} more" if count > _MOST else ""
