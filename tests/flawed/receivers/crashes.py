"""Flaws that show when the process is killed in the middle of its work, and secrets in what it prints.

All are begun by the run itself, as commands with a database on disk: see tests/flawed/starting.py.
"""

# ruff: noqa: RUF012

import asyncio
import json
import time

from hookproof.reference.receiver import ReferenceReceiver, Refused
from tests.flawed.receivers.acknowledgement import fetch, media_url

WORK_S = 0.1
"""How long such a receiver works on an event before it answers, in seconds."""
LOSES = "receiver.crashes.loses-nothing-when-it-is-killed"
OVER_A_FILE = "receiver.crashes.loses-nothing-when-it-is-killed-over-a-file"
TWICE = "receiver.crashes.does-nothing-twice-when-it-is-killed"
CUT_OFF = "receiver.crashes.takes-again-what-a-kill-cut-off"


class Started(ReferenceReceiver):
    """Is correct, and works before it answers: one transaction has the event and its effect."""

    caught_by = ()
    started = True
    times = {"deadline": 5.0}

    def known(self, id_):
        return self.database.execute("SELECT 1 FROM events WHERE id = ?", (id_,)).fetchone() is not None

    def mark(self, id_):
        self.database.execute("INSERT INTO events (id, body, done) VALUES (?, '', 1)", (id_,))

    def accept(self, id_, body):
        if self.known(id_):
            return
        self.database.execute("BEGIN IMMEDIATE")
        self.mark(id_)
        time.sleep(WORK_S / 10)
        self.count(id_)
        self.database.execute("COMMIT")


class WorksLaterAndOutlivesAKill(ReferenceReceiver):
    """Is correct: keeps what came on disk, acknowledges it, and goes on with it after a kill."""

    caught_by = ()
    started = True


class AcknowledgesBeforeItCommits(Started):
    """Answers at once, and commits all that came in the last half second together."""

    caught_by = LOSES
    perhaps = {"receiver.processing.loses-nothing-in-a-restart"}

    def accept(self, id_, body):
        waiting = self.__dict__.setdefault("waiting", {})
        waiting.setdefault(id_, body)
        self.wake.set()

    async def work(self):
        while True:
            await self.wake.wait()
            self.wake.clear()
            await asyncio.sleep(0.5)
            for id_, body in self.__dict__.pop("waiting", {}).items():
                super().accept(id_, body)


class MarksBeforeItsEffect(Started):
    """Commits that it has done the event, and then does it."""

    caught_by = LOSES

    def accept(self, id_, body):
        if not self.known(id_):
            self.mark(id_)
            time.sleep(WORK_S)
            self.count(id_)


class ActsBeforeItsMark(Started):
    """Does the event, and only then commits that it has."""

    caught_by = TWICE

    def accept(self, id_, body):
        if not self.known(id_):
            self.count(id_)
            time.sleep(WORK_S)
            self.mark(id_)


class LeaseOutlivesItsProcess(Started):
    """Marks an event as in progress, and refuses copies of it until that is over: after a kill for ever."""

    caught_by = CUT_OFF

    def accept(self, id_, body):
        row = self.database.execute("SELECT done FROM events WHERE id = ?", (id_,)).fetchone()
        if row and not row[0]:
            raise Refused(409, "in progress")
        if not row:
            self.database.execute("INSERT INTO events (id, body) VALUES (?, '')", (id_,))
            time.sleep(WORK_S)
            self.count(id_)
            self.database.execute("UPDATE events SET done = 1 WHERE id = ?", (id_,))

    async def work(self):
        """Nobody looks after what was left behind."""


class FetchesAfterItsMark(ReferenceReceiver):
    """Commits that an event is done, and then fetches its file and does it."""

    caught_by = OVER_A_FILE
    started = True

    async def process(self, id_, body):
        self.database.execute("UPDATE events SET done = 1 WHERE id = ?", (id_,))
        if url := media_url(json.loads(body)):
            for _ in range(20):
                try:
                    await asyncio.to_thread(fetch, url)
                    break
                except OSError:
                    continue
        self.count(id_)


class PrintsItsSecret(ReferenceReceiver):
    """Prints its settings when it begins, the secret among them."""

    caught_by = "receiver.logging.prints-no-secret"
    started = True

    def __init__(self, surface, secret, database=":memory:"):
        super().__init__(surface, secret, database)
        print("settings:", {"database": database, "secret": secret.reveal()}, flush=True)


class PrintsEverySignature(ReferenceReceiver):
    """Prints the headers of whatever comes."""

    caught_by = "receiver.logging.prints-no-valid-signature"
    started = True

    def verify(self, request, body):
        print(dict(request.headers), flush=True)
        super().verify(request, body)
