"""The first deliveries of a run to a receiver: whether it takes them, in which spelling, and how soon they show."""

from __future__ import annotations

import contextlib

from hookproof.delivery.attempt import Attempt
from hookproof.delivery.encoding import SPELLINGS
from hookproof.evidence.lines import FactLine
from hookproof.receiver.receiver import Receiver
from hookproof.receiver.record import Record
from hookproof.receiver.run_ledger import unproved
from hookproof.target.check_key import of_the_run
from hookproof.target.target import Target
from hookproof.verdict import Inconclusive

_MANY = 20
"""Deliveries that a target's limit kept from it, after which a run decides nothing."""
_REFUSED = (400, 401, 403)
"""Statuses by which an endpoint says that a delivery is not the provider's."""


async def meet(target: Target) -> None:
    """Send the first genuine deliveries and write down what came of them. Raises Inconclusive if nobody is there."""
    receiver = Receiver(target, Record(of_the_run(target.name)))
    control = target.control = await greet(receiver)
    where = f" to {target.name}" if target.siblings else ""
    fate = "acknowledged" if control.acknowledged else "not acknowledged"
    target.journal.write(FactLine("control", f"the first genuine delivery{where} was {fate}: {control.answer}"))
    if control.exchange.tls:
        target.journal.write(FactLine("tls", f"{control.exchange.tls}; certificate {control.exchange.certificate}"))
    if target.maker.writing != target.maker.surface.writing:
        odd = "only JSON in another spelling than the usual one was acknowledged; it is used from here on"
        target.journal.write(FactLine("spelling", odd))
    if control.acknowledged:
        if target.watch:
            target.journal.write(FactLine("effects", await target.watch.learn()))
        return
    cause = await receiver.explain() or await _what_it_takes(receiver)
    if cause:
        target.journal.write(FactLine("cause", cause))
    elif not target.maker.surface.guessed:
        target.doubt = doubt(control, target.secret_env)
    if target.doubt:
        target.journal.write(FactLine("doubt", target.doubt, undecided=True))


async def _what_it_takes(receiver: Receiver) -> str:
    """What a receiver that refuses the plain genuine delivery takes instead, by its own fault; empty if nothing."""
    with contextlib.suppress(Inconclusive):  # it answers no more
        if receiver.target.control and receiver.target.control.answered:
            return await _taken_instead(receiver)
    return ""


async def _taken_instead(receiver: Receiver) -> str:
    maker = receiver.target.maker
    if maker.signer and (await receiver.attempt(receiver.make().unsigned())).acknowledged:
        return "it takes deliveries that carry no signature, and refuses those that do"
    others = [kind for kind in maker.kinds if maker.surface.events[kind].required and kind != maker.default_kind]
    for kind in others:
        if (await receiver.attempt(maker.make(kind))).acknowledged:
            return f"it takes deliveries of the kind {kind} and refuses those of the kind {maker.default_kind}"
    return ""


def unseen(target: Target) -> str:
    """Why nothing may be called conformant: effects were to be counted and none was, or a limit kept us out."""
    watch, named = target.watch, f"{target.name}: " if target.siblings else ""
    if target.given_up >= _MANY:
        return f"{named}its limit kept {target.given_up} deliveries from the target: most of it could not be judged"
    if watch is None or watch.proved or not target.ledger.acknowledged:
        return ""
    return named + (watch.trouble or unproved(target.ledger.acknowledged))


async def greet(receiver: Receiver) -> Attempt:
    """Send a genuine delivery. A receiver that verifies another spelling of the JSON is spoken to in that one."""
    first = await receiver.attempt(receiver.make())
    maker = receiver.target.maker
    if first.rejected and maker.signer and maker.writing.is_json:
        usual = maker.writing
        for spelling in SPELLINGS:
            maker.writing = spelling
            again = await receiver.attempt(receiver.make())
            if again.acknowledged:
                return again
        maker.writing = usual
    return first


def doubt(control: Attempt, secret_env: str) -> str:
    """The question to ask the user first, where each genuine delivery was refused; empty where the target broke."""
    if control.not_there:
        return f"nothing is at {control.url}: {control.answer}. Is that the URL of the endpoint?"
    if control.answered and control.status in _REFUSED and control.delivery.signer:
        return f"it refuses our genuine delivery: {control.answer}. Is ${secret_env} the secret of this endpoint?"
    if control.answered and control.status in _REFUSED:
        return f"it refuses our genuine delivery: {control.answer}. Does it want something that was not said?"
    return ""
