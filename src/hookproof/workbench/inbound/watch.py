"""Looks at each delivery once it is committed: judges it, says a line about it, and writes it into the capture.

A thread of its own, which gives way to the port while much comes, and catches up afterwards.
"""

from __future__ import annotations

import sqlite3
import threading
import time
from collections.abc import Callable

from hookproof.workbench.captures import Capture, CapturedAnswer, CaptureWriter, without_secrets
from hookproof.workbench.inbound.hiding import Hiding
from hookproof.workbench.inbound.lines import delivery_line
from hookproof.workbench.inbound.store import DeliveryStore, headers_of
from hookproof.workbench.opinions.judging import Judge, Opinion
from hookproof.workbench.opinions.recognition import IncomingRequest

_AT_ONCE = 40
_BUSY = 400
"""Deliveries that wait to be judged; above that, the port has precedence."""
_REST_S = 0.06
_GRACE_S = 0.5
"""So long a line waits for the answer to be over, unless the answer is to take longer."""
_POLL_S = 0.2


class DeliveryWatch:
    """Judges what comes. `say` gets each line; `base` is asked for the URL that deliveries came to."""

    def __init__(
        self,
        store: DeliveryStore,
        judge: Judge,
        hiding: Hiding,
        say: Callable[[str], None],
        base: Callable[[], str],
        capture: CaptureWriter | None = None,
        *,
        signatures: bool = False,
        patience_s: float = 0.0,
    ) -> None:
        self._store, self._judge, self._hiding, self._say, self._base = store, judge, hiding, say, base
        self._capture, self._signatures, self._patience_s = capture, signatures, patience_s
        self.trouble = ""
        self._captured = store.last
        self._woken, self._over = threading.Event(), threading.Event()
        store.counts.listeners.append(self._woken.set)
        self._thread = threading.Thread(target=self._run, name="watch", daemon=True)
        self._thread.start()

    def close(self) -> None:
        """Judge what is left, and stop."""
        self._over.set()
        self._woken.set()
        self._thread.join()

    def _run(self) -> None:
        reader = self._store.reader()
        while True:
            ending = self._over.is_set()
            if not self._round(reader, ending=ending):
                self._keep(reader, ending=ending)
                if ending:
                    break
                self._woken.wait(_POLL_S)
                self._woken.clear()
        reader.close()

    def _round(self, reader: sqlite3.Connection, *, ending: bool) -> bool:
        """Judge some; false if there was nothing to judge."""
        asked = "SELECT n, at, outcome, planned FROM deliveries WHERE judged = 0 ORDER BY n LIMIT ?"
        rows = reader.execute(asked, (_BUSY,)).fetchall()
        ready = [row["n"] for row in rows if ending or self._ready(row)][:_AT_ONCE]
        for n in ready:
            row = reader.execute("SELECT * FROM deliveries WHERE n = ?", (n,)).fetchone()
            if row is not None:
                self._look_at(row)
        if ready:
            self._store.wait()
        if len(rows) == _BUSY and not ending:
            time.sleep(_REST_S)
        return bool(ready)

    def _ready(self, row: sqlite3.Row) -> bool:
        """Whether its answer is over, or would keep a line waiting."""
        grace_s = self._patience_s + 1 if row["planned"] == "forwarded" else _GRACE_S
        return bool(row["outcome"] != "open" or time.time() - row["at"] > grace_s)

    def _look_at(self, row: sqlite3.Row) -> None:
        request = IncomingRequest(row["method"], row["target"], headers_of(row["headers"]), row["body"])
        opinion = self._judge.judge(request, row["at"]) if row["method"] else Opinion(why=row["note"])
        record = opinion.record()
        self._store.judged(row["n"], record)
        self._say(delivery_line(dict(row), record, self._hiding))

    def _keep(self, reader: sqlite3.Connection, *, ending: bool) -> None:
        """Write into the capture what is over, in its order."""
        while self._capture and not self.trouble:
            rows = reader.execute(
                "SELECT * FROM deliveries WHERE n > ? ORDER BY n LIMIT ?", (self._captured, _AT_ONCE)
            ).fetchall()
            for row in rows:
                if row["outcome"] == "open" and not ending:
                    return
                self._captured = row["n"]
                if row["method"]:
                    self._add(row)
            if not rows:
                return

    def _add(self, row: sqlite3.Row) -> None:
        assert self._capture
        found = captured(row, self._base())
        try:
            self._capture.add(
                found if self._signatures else without_secrets(found, self._judge.sealed, self._hiding.raw)
            )
        except OSError as error:
            self.trouble = f"--capture {self._capture.path}: {error.strerror}; nothing more is written there"
            self._say(self.trouble)


def captured(row: sqlite3.Row, base: str) -> Capture:
    """A row of the store as a capture."""
    answer = None
    if row["status"] is not None:
        content = row["answer_body"] or b""
        answer = CapturedAnswer(row["status"], headers_of(row["answer_headers"]), content, row["elapsed"] or 0.0)
    return Capture(row["at"], row["method"], base + row["target"], headers_of(row["headers"]), row["body"], answer)
