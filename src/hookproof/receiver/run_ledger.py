"""The whole run as the checks at its end judge it: what was acknowledged, refused and sent again, and its effects."""

from __future__ import annotations

import asyncio
import time
from collections.abc import Mapping, Sequence

from hookproof.delivery.model import Delivery
from hookproof.evidence.lines import FactLine
from hookproof.receiver.attempts import Attempts
from hookproof.receiver.effects import Effects
from hookproof.receiver.receiver import MOST_SHOWN, Receiver
from hookproof.target.ledger import Entry, LedgerReading
from hookproof.verdict import Inconclusive, Reason

OTHERS = 2000
"""Events that are sent at most before the first ones come again."""
OTHERS_S = 5.0
"""Seconds in which they are."""
QUICK_S = 0.3
"""Seconds of an event's way to its effect above which a target is not given so many."""
_SHOWN = 5


class RunLedger:
    """The ledger of a run, as one check sees it. What it says is empty where nothing is wrong."""

    def __init__(self, receiver: Receiver) -> None:
        self._receiver, self._target = receiver, receiver.target

    async def lost(self) -> str:
        """Acknowledged events without an effect, when that is final; and what they came after."""
        account = await self._account()
        if not account.lost:
            return ""
        self._note(account.lost)
        said = f"{_of(account.lost, account)} had no effect {account.window_s:g} s later: {_named(account.lost)}"
        if not account.silenced:
            return said
        last = "; ".join(f"#{step.n}: {step.line}" for step in account.silenced[-3:])
        return f"nothing had an effect any more after {last}. {said}"

    async def done_twice(self) -> str:
        """Events that came once and had more than one effect."""
        return await self._too_often("twice", "came once and had several effects")

    async def done_again(self) -> str:
        """Events that came several times and had more than one effect."""
        return await self._too_often("again", "came several times and had several effects")

    async def _too_often(self, which: str, what: str) -> str:
        account = await self._account()
        found: list[Entry] = getattr(account, which)
        self._note(found)
        return f"{_of(found, account)} {what}: {_named(found, account)}" if found else ""

    async def forged(self) -> str:
        """Events that only a forger sent, which were refused each time, and that had an effect nevertheless."""
        account = await self._account()
        self._note(account.barred)
        return f"refused, and yet it had an effect: {_named(account.barred, account)}" if account.barred else ""

    async def altered(self) -> str:
        """Events whose text the observer shows otherwise than it was sent. Raises Inconclusive if it shows none."""
        account = await self._account()
        assert self._target.observer
        shown = self._target.observer.texts
        known = [one for one in account.owed if one.text is not None and one.id in shown]
        if not known:
            text = 'the observer shows no text: let it answer {"count": N, "text": "…"}'
            raise Inconclusive(Reason.PREREQUISITE_FAILED, text)
        odd = [one for one in known if one.text != shown[one.id]]
        self._note(odd)
        told = "; ".join(f"{one.id}: sent {one.text!r:.80}, kept {shown[one.id]!r:.80}" for one in odd[:_SHOWN])
        return f"{len(odd)} of {len(known)} texts are not what was sent: {told}" if odd else ""

    async def first_again(self) -> Attempts:
        """The run's first deliveries once more, after all that came since and up to 2000 others."""
        target, kept = self._target, list(self._target.ledger.kept)
        if target.watch is None or not target.watch.proved:
            raise Inconclusive(Reason.NO_OBSERVER, "effects are not counted; say how with --effects")
        if not kept:
            raise Inconclusive(Reason.CONTROL_FAILED, "no genuine event was acknowledged")
        if target.watch.latency_s <= QUICK_S and not target.pace.gap_s:
            await target.send_others(OTHERS, OTHERS_S)
        others = target.ledger.since(kept[-1].event_id)
        passed_s = time.monotonic() - target.started
        attempts = await self._receiver.send_all([_again(one, others) for one in kept])
        text = f"{target.name}: the first {len(kept)} events came again after {others} others, {passed_s:.0f} s later"
        target.journal.write(FactLine("memory", text))
        return attempts

    async def forgotten(self, again: Attempts) -> str:
        """Which of the deliveries that came again were done again, once an event sent after them has shown.

        Raises Inconclusive if none does before patience ends.
        """
        watch = self._target.watch
        assert watch
        marker = await self._receiver.attempt(self._receiver.make())
        if await watch.shows_within(marker.delivery.event_id, self._receiver.patience_s) is None:
            raise Inconclusive(Reason.WINDOW_TOO_SHORT, f"nothing that came later had an effect either: {marker}")
        await self._receiver.pause(min(max(0.5, 2 * watch.latency_s), self._receiver.patience_s))
        ids = [delivery.event_id for delivery in again.deliveries]
        counts = dict(zip(ids, await watch.read(ids), strict=True))
        self._receiver.record.counted += ids
        effects = Effects(counts, len(again))
        return "" if effects.at_most_once else f"{effects}: {again.first.delivery.label}"

    async def _account(self) -> LedgerReading:
        """The ledger read against the observer, once for all checks as long as nothing more is sent."""
        target, ledger = self._target, self._target.ledger
        if target.watch is None:
            raise Inconclusive(Reason.NO_OBSERVER, "effects are not counted; say how with --effects")
        try:
            await asyncio.shield(target.watch.calibrate())
        except Inconclusive as unknown:
            if unknown.reason is not Reason.NOTHING_COUNTED:
                raise
        if ledger.reading is None or ledger.reading.steps != len(ledger.steps):
            ledger.reading = await self._read()
        return ledger.reading

    async def _read(self) -> LedgerReading:
        target, ledger, watch = self._target, self._target.ledger, self._target.watch
        assert watch
        steps, owed, barred = len(ledger.steps), ledger.owed, ledger.barred
        wanted = {entry.id: entry.owed for entry in owed}
        found = dict(zip(wanted, await watch.read(wanted), strict=True))
        elsewhere = any(one.watch and one.watch.proved for one in target.siblings)
        if not watch.proved and not elsewhere:
            raise Inconclusive(Reason.NOTHING_COUNTED, unproved(target.ledger.acknowledged))
        lacking = {id_: count for id_, count in wanted.items() if found[id_] < count}
        begun = time.monotonic()
        lost = await watch.missing(lacking, {entry.id: entry.at for entry in owed})
        waited_s = time.monotonic() - begun
        if lacking:
            found |= dict(zip(wanted, await watch.read(wanted), strict=True))
        passed_over = self._passed_over(owed, found)
        lost = [id_ for id_ in lost if id_ not in passed_over]
        late = [entry.at for entry in owed if entry.id in lacking and entry.id not in lost]
        late_s = time.monotonic() - min(late) if late else 0.0
        if late:
            text = f"{len(late)} of {len(owed)} events had their effect late, the last within {late_s:.0f} s"
            target.journal.write(FactLine("late", f"{target.name}: {text} ({waited_s:.0f} s were waited for it)"))
        effects = await watch.read([entry.id for entry in barred])
        found |= {entry.id: count for entry, count in zip(barred, effects, strict=True)}
        return LedgerReading(
            steps, tuple(owed), found, tuple(one for one in owed if one.id in lost),
            tuple(one for one in barred if found[one.id]), tuple(ledger.silenced_by(lost, wanted)), watch.window_s,
        )  # fmt: skip

    def _passed_over(self, owed: Sequence[Entry], found: Mapping[str, int]) -> set[str]:
        """Events of kinds of which not one had an effect in the whole run, where an endpoint chooses its kinds."""
        acted = {entry.kind for entry in owed if found[entry.id]}
        if not (self._target.maker.surface.provider.fields.subscribes and acted):
            return set()
        others = [entry for entry in owed if entry.kind not in acted]
        if kinds := sorted({entry.kind for entry in others}):
            text = f"acts on no event of these kinds, which is its own business: {', '.join(kinds)}"
            self._target.journal.write(FactLine("kinds", f"{self._target.name}: {text}"))
        return {entry.id for entry in others}

    def _note(self, entries: Sequence[Entry]) -> None:
        self._receiver.record.counted += [entry.id for entry in entries[:MOST_SHOWN]]


def unproved(acknowledged: int) -> str:
    """The sentence of a run whose observer never counted anything."""
    events = f"{acknowledged} genuine event{'s' * (acknowledged != 1)}"
    return f"acknowledged {events}, the observer counted none: either it looks elsewhere or nothing is processed"


def _again(delivery: Delivery, others: int) -> Delivery:
    label = f"genuine, again after {others} others"
    stamped = delivery.signer is not None and delivery.signer.scheme.stamps
    return delivery.signed_at(time.time(), label, genuine=True) if stamped else delivery.labelled(label)


def _of(entries: Sequence[Entry], account: LedgerReading) -> str:
    return f"{len(entries)} of {len(account.owed)} acknowledged events"


def _named(entries: Sequence[Entry], account: LedgerReading | None = None) -> str:
    """The first of them, each with its count and the attempt that it is known by; unlike ones before like ones."""
    told = {entry.label.partition(" -> ")[0]: entry for entry in reversed(entries)}
    shown = [*reversed(told.values())][:_SHOWN]
    each = [
        f"{one.id}{f': {account.counts[one.id]} effects' if account else ''} (#{one.n}: {one.label})" for one in shown
    ]
    more = f" and {len(entries) - len(shown)} more" if len(entries) > len(shown) else ""
    return "; ".join(each) + more
