"""Events that point to a file of ours: what the file's host answers, and whether the receiver asks it."""

from __future__ import annotations

import asyncio
import contextlib
from dataclasses import replace

from hookproof.delivery.attempt import Attempt
from hookproof.delivery.model import Delivery
from hookproof.evidence.lines import FactLine
from hookproof.providers import events
from hookproof.receiver.receiver import Receiver
from hookproof.target.target import Target
from hookproof.verdict import Inconclusive, Reason
from hookproof.wire.arrivals import Answer
from hookproof.wire.inbox import File


class MediaFile:
    """One file that an event points to, as one check sees it."""

    def __init__(self, target: Target, file: File) -> None:
        self._target, self._file = target, file

    @property
    def url(self) -> str:
        return self._file.url

    def mend(self) -> None:
        """From now on the file's host gives the file."""
        self._file.mend()

    async def fetched(self) -> bool:
        """Whether somebody asks for the file before patience ends."""
        with contextlib.suppress(TimeoutError):
            await asyncio.wait_for(self._file.asked.wait(), self._target.patience_s)
        if self._file.asked_s is not None:
            took = f"a file was asked for {self._file.asked_s:.3f} s after its delivery was made"
            self._target.journal.write(FactLine("media", f"{self._target.name}: {took}"))
        return self._file.asked.is_set()


class MediaHost:
    """The host of the files that events point to, as one check sees it."""

    def __init__(self, receiver: Receiver) -> None:
        self._receiver, self._target = receiver, receiver.target
        self._awaited = False

    @property
    def downloaded(self) -> bool:
        """Whether the receiver is said to download media (--set media=downloads)."""
        return self._target.maker.surface.parameters.get("media") == "downloads"

    def event(self, host: str = "whole", *, counted: bool = False) -> tuple[Delivery, MediaFile]:
        """A delivery of the first documented kind that points to a file, and that file; `counted`: one with an effect.

        `host` is what the file's host does: gives it whole or altered (with another SHA-256), or is missing, silent,
        failing, or failing slowly. Raises Inconclusive if no such kind is documented.
        """
        maker = self._target.maker
        kinds = [kind for kind in maker.kinds if maker.surface.events[kind].points_to_a_file]
        kinds = [kind for kind in kinds if maker.surface.events[kind].required or not counted]
        if not kinds:
            raise Inconclusive(Reason.PREREQUISITE_FAILED, "no documented event has a file")
        described = maker.surface.events[kinds[0]].media
        assert described, "an event that points to a file says what file"
        content, type_ = f"{described['name']} {maker.token(24)}\n".encode() * 40, described["type"]
        answers = {
            "whole": Answer(200, content, type_),
            "altered": Answer(200, content[:-1] + b"?", type_),
            "missing": Answer(404),
            "silent": Answer(end="silent"),
            "failing": Answer(503),
            "failing slowly": Answer(503, wait_s=1.0),
        }
        file = self._target.inbox.serve(described["name"], answers[host])
        file.mended = answers["whole"]
        self._awaited |= host == "silent"
        made = maker.make(kinds[0], events.Media(file.url, content, type_), plain=True)
        if host != "whole":  # no provider points to such a file
            made = replace(made, label=f"with a {host} file", genuine=False)
        return made, MediaFile(self._target, file)

    async def send_with_a_copy(self, delivery: Delivery) -> tuple[Attempt, Attempt]:
        """The delivery, and a copy of it 0.3 s later, while the first is still worked on."""
        first = asyncio.ensure_future(self._receiver.attempt(delivery, once=True))
        await asyncio.sleep(0.3)
        copy = await self._receiver.attempt(delivery.labelled("a copy, 0.3 s later"), once=True)
        return await first, copy

    def release(self) -> None:
        """Let go of whoever still waits for a silent file."""
        if self._awaited:
            self._target.inbox.drop_connections()
