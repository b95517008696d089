"""From a provider to its vectors: every entry realised, with keys of our own, at a moment that is given."""

from __future__ import annotations

import base64
import hashlib
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field, replace
from datetime import UTC, datetime
from typing import Any

import msgspec

from hookproof.delivery.model import Delivery
from hookproof.delivery.pointers import leaves
from hookproof.delivery.secret import Secret
from hookproof.delivery.signature import KeyedSigner, Scheme
from hookproof.providers import Provider, Surface
from hookproof.providers.events import Maker
from hookproof.providers.tables import Vector
from hookproof.vectors.drawn import drawn_entries
from hookproof.vectors.flags import FLAGS
from hookproof.vectors.forged import forged_entries, wrong_group_entries
from hookproof.vectors.genuine import genuine_entries
from hookproof.vectors.question import Question, VectorEntry, right, url_of
from hookproof.vectors.vector_file import VECTORS, VectorFile, VectorGroup, VectorTest

MOMENT = 1_767_225_600
"""When committed vectors are judged: 2026-01-01T00:00:00Z, in Unix seconds."""
KEYS = 3
"""How many keys there are vectors for."""
LONG = 20_000
"""Bytes of a body that one endpoint of a provider is asked about, and not every one."""
RUN = "vectors"
"""The run that the ids of events belong to: the same each time, so that files are."""
Clock = Callable[[], float]


@dataclass
class Bench:
    """Makes questions about one surface, with as many keys of ours as `KEYS` says.

    `clock` tells Unix time in seconds; `run` is what ids of events belong to, and no two events have the same one;
    `short` leaves out bodies of many kilobytes.
    """

    surface: Surface
    clock: Clock = lambda: float(MOMENT)
    run: str = RUN
    short: bool = False
    _makers: dict[int, Maker] = field(default_factory=dict)

    def maker(self, number: int = 0) -> Maker:
        """Makes deliveries that our key of that number signs."""
        if number not in self._makers:
            secret, surface = secret_of(self.surface, number), _in_short(self.surface)
            url = url_of(surface)
            self._makers[number] = Maker(surface, secret=secret, url=url, run=f"{self.run}{number}", now=self._now)
        return self._makers[number]

    def _now(self) -> datetime:
        return datetime.fromtimestamp(int(self.clock()), UTC)

    def a_day_earlier(self) -> Bench:
        """Another bench, whose clock is a day late."""
        return Bench(self.surface, lambda: self.clock() - 86400, f"{self.run}-earlier")

    def groups(self) -> Iterator[tuple[str, list[Question]]]:
        """The secret of each group, as the vendor spells it, and its questions."""
        for number in range(KEYS):
            asked = [self.realised(entry, number) for entry in self._entries(number)]
            yield _spelled(self.maker(number)), _different([one for one in asked if one])

    def _entries(self, number: int) -> Iterator[VectorEntry]:
        maker = self.maker(number)
        if number:
            yield from wrong_group_entries(maker, self.maker())
        else:
            yield from genuine_entries(maker)
            yield from forged_entries(maker)

    def questions(self, flag: str) -> Iterator[Question]:
        """The questions with that flag, each made at the moment when it is asked for."""
        if flag == "printed":
            yield from (question for found in printed(self.surface).values() for question in found)
            return
        for number in range(KEYS):
            for entry in self._entries(number):
                if entry.flag == flag and (question := self.realised(entry, number)):
                    yield question

    def first(self, flag: str) -> Question:
        """A question with that flag. Raises StopIteration where there is none."""
        return next(self.questions(flag))

    def drawn(self, seed: int, count: int, *, accept: bool) -> Iterator[Question]:
        """So many questions over bodies that are drawn by chance: genuine ones, or each with one change."""
        for entry in drawn_entries(self.maker(), seed, count, accept=accept):
            if question := self.realised(entry, 0):
                yield question

    def realised(self, entry: VectorEntry, number: int) -> Question | None:
        """The question of an entry; None where there is nothing to ask."""
        delivery = entry.make()
        if entry.flag == "changed-body" and _unchanged(delivery):
            return None
        if self.short and len(delivery.body) > LONG:
            return None
        id_ = f"{self.surface.subject}/{entry.flag}/{entry.name}" + (f"/key {number + 1}" if number else "")
        return Question(
            id=id_,
            flag=entry.flag,
            comment=delivery.label,
            delivery=delivery,
            url=delivery.url or url_of(self.surface),
            secret=_spelled(self.maker(number)),
            now=int(self.clock()),
            accept=entry.accept,
            result=right(entry, delivery, self.surface),
        )


def _in_short(surface: Surface) -> Surface:
    """The surface with its shortest kind of event for the plain one, so that files of vectors stay small."""
    first = surface.fields.long_text[:1]
    fitting = [kind for kind in surface.kinds("kind") if all(_has(surface, kind, pointer) for pointer in first)]
    shortest = min(fitting, key=lambda kind: (len(str(surface.events[kind].payload)), kind), default=surface.plain)
    return replace(surface, fields=msgspec.structs.replace(surface.fields, plain=shortest))


def _has(surface: Surface, kind: str, pointer: str) -> bool:
    return pointer in dict(leaves(surface.events[kind].payload))


def _unchanged(delivery: Delivery) -> bool:
    """Whether what is signed is what was signed, because there was nothing in it to change."""
    if delivery.seal is None or delivery.signer is None:
        return False
    scheme = delivery.signer.scheme
    return scheme.text(delivery.seal.over) == scheme.text(delivery.body)


def _different(questions: list[Question]) -> list[Question]:
    """Each request once, under the first name that it has."""
    seen: dict[Any, Question] = {}
    for one in questions:
        seen.setdefault((one.delivery.headers, one.delivery.body, one.accept), one)
    return list(seen.values())


def secret_of(surface: Surface, number: int) -> Secret:
    """A key of ours for that surface, as its vendor spells one: the same each time, and nobody's secret."""
    scheme = surface.scheme
    assert scheme, "the surface is signed"
    raw = hashlib.sha256(f"hookproof {surface.subject} {number}".encode()).digest()
    spelled = {"hex": raw.hex(), "base64": base64.b64encode(raw).decode()}.get(scheme.key, raw.hex()[:40])
    return Secret((scheme.key_prefix + spelled).encode())


def _spelled(maker: Maker) -> str:
    """What a receiver holds, as the vendor spells it: the shared secret, or the public key."""
    assert maker.secret and maker.signer
    scheme = maker.signer.scheme
    return scheme.public_text(maker.signer.key) if scheme.pair else maker.secret.reveal().decode()


def signed_surfaces(provider: Provider, given: dict[str, str] | None = None) -> list[Surface]:
    """The surfaces that are signed, with whatever parameters they need for it."""
    found: dict[str, Surface] = {}
    for surface in provider.surfaces(given or {}):
        own = surface.scheme_fields
        if own and not surface.scheme:
            name, value = _chosen(provider, own[0].when)
            others = provider.surfaces({**(given or {}), name: value})
            surface = next((one for one in others if one.name == surface.name), surface)
        if surface.scheme:
            found.setdefault(surface.subject, surface)
    return list(found.values())


def _chosen(provider: Provider, condition: str) -> tuple[str, str]:
    """A parameter and a value by which a condition holds."""
    name, _, value = condition.partition("=")
    if not name.endswith("!"):
        return name, value
    choices = provider.known[name[:-1]].choices
    return name[:-1], next(one for one in choices if one != value)


def file_of(provider: Provider) -> VectorFile | None:
    """All vectors of a provider; None if it signs nothing."""
    groups: list[VectorGroup] = []
    seen: list[Scheme] = []
    for surface in signed_surfaces(provider):
        assert surface.scheme
        if surface.scheme in seen:
            continue  # signed like an endpoint that has its vectors already
        seen.append(surface.scheme)
        groups += [
            _group(surface, secret, found) for secret, found in Bench(surface, short=len(seen) > 1).groups() if found
        ]
        groups += [_group(surface, secret, found) for secret, found in printed(surface).items()]
    if not groups:
        return None
    flags = {flag for group in groups for test in group.tests for flag in test.flags}
    return VectorFile(
        schema=VECTORS,
        provider=provider.name,
        title=provider.fields.title,
        source=provider.fields.source,
        count=sum(len(group.tests) for group in groups),
        notes={name: note for name, note in FLAGS.items() if name in flags},
        groups=groups,
    )


def _group(surface: Surface, secret: str, questions: list[Question]) -> VectorGroup:
    scheme = surface.scheme
    assert scheme
    return VectorGroup(
        subject=surface.subject,
        algorithm=scheme.algorithm,
        header=scheme.header,
        value=scheme.value,
        signs=scheme.signs if scheme.covers_the_body else "",
        place=scheme.place,
        items=scheme.items,
        headers=dict(scheme.headers),
        timestamp=scheme.timestamp,
        key=scheme.key,  # type: ignore[arg-type]
        key_prefix=scheme.public_prefix if scheme.pair else scheme.key_prefix,
        tolerance_s=scheme.tolerance_s if scheme.timestamped and scheme.tolerance_s else None,
        secret=secret,
        tests=[VectorTest(one.id, one.comment, [one.flag], one.request, one.now, one.result) for one in questions],
    )


def printed(surface: Surface) -> dict[str, list[Question]]:
    """What the vendor prints about this surface: questions by the secret that the signatures are made with."""
    scheme, found = surface.scheme, dict[str, list[Question]]()
    assert scheme
    for number, vector in enumerate(surface.provider.vectors, 1):
        if vector.header != scheme.header:
            continue
        signer = _signer(scheme, vector)
        if signer is None:
            continue  # of another surface with the same header
        found.setdefault(vector.secret, []).append(_printed(surface, signer, vector, number))
    return found


def _signer(scheme: Scheme, vector: Vector) -> KeyedSigner | None:
    """Who signed a printed vector; None if it was not signed as this scheme says."""
    signer = KeyedSigner(scheme, Secret(vector.secret.encode())).stamped(vector.id, vector.timestamp)
    try:
        return signer if signer.matches(vector.body.encode(), vector.value) else None
    except ValueError:
        return None


def _printed(surface: Surface, signer: KeyedSigner, vector: Vector, number: int) -> Question:
    maker = Bench(surface).maker()
    plain = maker.make(plain=True)
    delivery = replace(plain, signer=signer, body=vector.body.encode(), id=vector.id, at=vector.timestamp)
    for name, said in signer.scheme.stamp_headers():
        delivery = delivery.with_header(name, said, vector.comment)
    delivery = delivery.with_signature(vector.value, vector.comment)
    return Question(
        id=f"{surface.subject}/printed/{number}",
        flag="printed",
        comment=f"{vector.comment} ({vector.source})",
        delivery=delivery,
        url=url_of(surface),
        secret=vector.secret,
        now=int(vector.timestamp) or MOMENT,
        accept=True,
        result="valid",
    )
