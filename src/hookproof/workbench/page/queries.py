"""What the page asks the store: which deliveries there are, what has changed since, and all about one of them."""

from __future__ import annotations

import base64
import json
import sqlite3
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from hookproof.workbench.inbound.hiding import SHOWN, Hiding
from hookproof.workbench.inbound.store import headers_of

VERDICTS = {
    "signed": "signature = 'right'",
    "badly-signed": "signature IN ('wrong', 'stale')",
    "not-signed": "signature = 'missing'",
    "unchecked": "signature = 'unchecked'",
    "misfit": "schema = 'wrong'",
    "retried": "attempt > 1",
    "refused": "(status IS NULL OR status >= 300) AND outcome <> 'open'",
    "odd": "note <> ''",
}
"""What the list can be narrowed to, each as a condition."""
_COLUMNS = (
    "n, changed, at, method, target, size, note, attempt, gap, planned, outcome, status, said, elapsed, judged,"
    " provider, kind, ids, signature, why, schema, complaint"
)
_WINDOW = 400
"""Rows that are given at once, at most."""
_CHANGES = 500
_BEHIND = 4000
"""Whoever has missed more changes than this loads the list anew."""
_SERIES = 200


@dataclass(frozen=True)
class Filter:
    """What the list is narrowed to. `text` stands anywhere in the path, headers or body; `verdict` is of VERDICTS."""

    id: str = ""
    kind: str = ""
    verdict: str = ""
    text: str = ""

    @property
    def condition(self) -> tuple[str, dict[str, Any]]:
        """As SQL, with what it is filled in with."""
        parts, values = ["1"], dict[str, Any]()
        if self.id:
            parts.append("instr(lower(ids), :id) > 0")
            values["id"] = self.id.lower()
        if self.kind:
            parts.append("instr(lower(kind), :kind) > 0")
            values["kind"] = self.kind.lower()
        if self.verdict in VERDICTS:
            parts.append(f"coalesce({VERDICTS[self.verdict]}, 0)")
        if self.text:
            parts.append("(instr(body, :raw) > 0 OR instr(lower(target || char(10) || headers), :text) > 0)")
            values.update(raw=self.text.encode(), text=self.text.lower())
        return " AND ".join(parts), values


@dataclass
class Queries:
    """Answers in JSON, with secrets left out of them. One connection, for one thread at a time."""

    reader: sqlite3.Connection
    hiding: Hiding

    def numbers(self, narrowed: Filter) -> dict[str, Any]:
        """The numbers of all deliveries that are asked for, newest first, and the change up to which that holds."""
        condition, values = narrowed.condition
        self.reader.execute("BEGIN")
        try:
            change = self.last_change()
            rows = self.reader.execute(f"SELECT n FROM deliveries WHERE {condition} ORDER BY n DESC", values)
            found = [row[0] for row in rows]
        finally:
            self.reader.execute("COMMIT")
        return {"numbers": found, "change": change}

    def last_change(self) -> int:
        """The number of the last change there was."""
        asked = [f"SELECT max(changed) FROM {one}" for one in ("deliveries", "gone")]
        return max(int(self.reader.execute(one).fetchone()[0] or 0) for one in asked)

    def rows(self, numbers: Sequence[int]) -> list[dict[str, Any]]:
        """These deliveries as the list shows them; those that are gone are left out."""
        marks = ", ".join("?" * len(numbers[:_WINDOW]))
        found = self.reader.execute(f"SELECT {_COLUMNS} FROM deliveries WHERE n IN ({marks})", numbers[:_WINDOW])
        return [self._row(row) for row in found]

    def changes(self, since: int, narrowed: Filter) -> dict[str, Any]:
        """What has changed since: rows that are asked for, the numbers of those that are not (or no longer) there.

        `anew`: so much has changed that the list is better loaded anew. `change`: up to which this is.
        """
        last = self.last_change()
        if last - since > _BEHIND or since > last:
            return {"anew": True, "change": last}
        condition, values = narrowed.condition
        rows = self.reader.execute(
            f"SELECT {_COLUMNS}, ({condition}) AS wanted FROM deliveries"
            " WHERE changed > :since ORDER BY changed LIMIT :most",
            {**values, "since": since, "most": _CHANGES},
        ).fetchall()
        gone = self.reader.execute(
            "SELECT n, changed FROM gone WHERE changed > ? ORDER BY changed LIMIT ?", (since, _BEHIND)
        ).fetchall()
        upto = rows[-1]["changed"] if len(rows) == _CHANGES else last
        return {
            "rows": [self._row(row) for row in rows if row["wanted"]],
            "gone": [row["n"] for row in rows if not row["wanted"]]
            + [row["n"] for row in gone if row["changed"] <= upto],
            "change": upto,
        }

    def _row(self, row: sqlite3.Row) -> dict[str, Any]:
        found = {name: row[name] for name in row.keys() if name != "wanted"}  # noqa: SIM118
        for name in ("method", "target", "note", "planned", "said", "kind", "ids", "why", "complaint"):
            found[name] = self.hiding.text((found[name] or "")[:300])
        return found

    def delivery(self, n: int) -> dict[str, Any] | None:
        """All about one delivery; None if it is gone."""
        row = self.reader.execute("SELECT * FROM deliveries WHERE n = ?", (n,)).fetchone()
        if row is None:
            return None
        opinion = json.loads(row["opinion"]) if row["opinion"] else None
        return {
            **self._row(self.reader.execute(f"SELECT {_COLUMNS} FROM deliveries WHERE n = ?", (n,)).fetchone()),
            "target": self.hiding.text(row["target"]),
            "headers": self.hiding.headers(headers_of(row["headers"])),
            "body": self._body(row["body"]),
            "answer": {
                "headers": self.hiding.headers(headers_of(row["answer_headers"])),
                "body": self._body(row["answer_body"] or b""),
            },
            "forwarded": self._told(json.loads(row["forwarded"]) if row["forwarded"] else None),
            "opinion": self._told(opinion),
            "attempts": self._attempts(row),
        }

    def _told(self, value: Any) -> Any:
        """A JSON value of ours with texts of strangers in it, as it is shown; a pointer stays what it is."""
        if isinstance(value, str):
            return self.hiding.text(value)
        if isinstance(value, Mapping):
            return {name: self._told(inner) for name, inner in value.items()}
        return [self._told(inner) for inner in value] if isinstance(value, list) else value

    def _body(self, raw: bytes) -> dict[str, Any]:
        shown = self.hiding.raw(raw[:SHOWN])
        return {"size": len(raw), "cut": len(raw) > SHOWN, "base64": base64.b64encode(shown).decode()}

    def _attempts(self, row: sqlite3.Row) -> list[dict[str, Any]]:
        """The attempts of the same delivery, in their order; those that share only its id are among them."""
        rows = self.reader.execute(
            "SELECT n, at, elapsed, outcome, status, said, planned FROM deliveries"
            " WHERE n = :n OR (series = :series AND series <> '') OR (ids = :ids AND ids <> '') ORDER BY n LIMIT :most",
            {"n": row["n"], "series": row["series"], "ids": row["ids"], "most": _SERIES},
        )
        return [
            {
                "n": one["n"],
                "at": one["at"],
                "elapsed": one["elapsed"],
                "outcome": one["outcome"],
                "said": self.hiding.text(one["said"] or one["planned"]),
                "acknowledged": one["outcome"] == "answered" and one["status"] is not None and one["status"] < 300,
            }
            for one in rows
        ]
