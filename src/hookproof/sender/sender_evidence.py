"""What one check asked a sender for and saw of it, as the journal and the report need it."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from hookproof.delivery.attempt import Attempt
from hookproof.evidence import forensics
from hookproof.evidence.differences import Difference, differing
from hookproof.sender.attempts.documents import Documents
from hookproof.sender.attempts.received import Received
from hookproof.sender.attempts.series import Series
from hookproof.target.calls import reproduce_calls
from hookproof.target.check_key import CheckKey
from hookproof.target.endpoints.own_endpoint import OwnEndpoint
from hookproof.target.endpoints.trigger import Trigger
from hookproof.target.sending_platform import SendingPlatform
from hookproof.verdict import Inconclusive
from hookproof.wire.arrivals import OK, Arrival

SHOWN = 8
"""Bytes of the right signature that are shown from the first wrong one on: too few to be of use."""


class SenderEvidence:
    """The calls of one check, the events it asked for, its endpoints, and the series it saw. `name` is the check's."""

    def __init__(self, platform: SendingPlatform, name: CheckKey, documents: Documents) -> None:
        self._platform, self.name, self._documents = platform, name, documents
        self.calls: list[Attempt] = []
        self.triggers: list[Trigger] = []
        self.endpoints: list[OwnEndpoint] = []
        self.seen: list[Series] = []
        self.differences: list[Difference] = []

    def see(self, series: Series) -> Series:
        """Note a series, instead of an earlier look at the attempts of the same event at the same endpoint."""
        self.seen = [one for one in self.seen if one.arrivals[:1] != series.arrivals[:1]] + [series]
        return series

    def note(self, arrivals: Sequence[Arrival], label: str, event: Trigger | None = None) -> list[Received]:
        """Note attempts that belong to no series, and write them into the journal with that label."""
        for arrival in arrivals:
            self._platform.record(arrival, self.name, label)
        if arrivals:
            self.seen.append(Series("what came", tuple(arrivals)))
        return [Received(arrival, self._documents, event) for arrival in arrivals]

    @property
    def numbers(self) -> list[int]:
        """The numbers of the calls and attempts that the check looked at, in order."""
        return [call.n for call in self.calls] + [arrival.n for series in self.seen for arrival in series.arrivals]

    @property
    def drawn(self) -> list[dict[str, Any]]:
        """The series with a retry, at most six, for the report's timelines."""
        return [series.drawn for series in self.seen if series.count > 1][:6]

    def explain(self) -> str:
        """The likely mistake behind signatures that do not match; empty when no known recipe explains them.

        Notes on the way where bytes that should be equal differ: the bodies of one event's attempts, and signatures.
        """
        self.differences += [difference for series in self.seen if series.event for difference in series.differences]
        try:
            signer = self._documents.signers[0]
        except Inconclusive:
            return ""
        arrivals = [arrival for series in self.seen for arrival in series.arrivals]
        wrong = next((one for one in (Received(each, self._documents) for each in arrivals) if not one.signed), None)
        if wrong is None:
            return ""
        if wrong.signature and signer.scheme.covers_the_body:
            pair = signer.sign(wrong.body).encode(), wrong.signature.encode("latin-1")
            self.differences += differing(f"the signature of attempt #{wrong.number}", *pair, after=SHOWN)
        if behind := wrong.arrival.behind:
            text = f"Content-Length says {len(wrong.body)}, and {behind[:40]!r} came behind that"
            return f"{text}: it counts characters, or another spelling, and not the bytes that are sent"
        return forensics.explain_signature(signer, wrong.body, wrong.signature)

    def reproduce(self, message: str = "") -> str:
        """Shell text that makes the check's calls again, with what then arrived: first the series `message` quotes."""
        arrived = [str(series) for series in self.seen if series.count]
        return reproduce_calls(self._platform, self.calls, sorted(arrived, key=lambda line: line not in message))

    def let_go(self) -> None:
        """From now on acknowledge whatever still comes of the check's events, so that the sender ends them."""
        for trigger in self.triggers:
            trigger.answer_from_now_on([OK])
