"""Two load runs compared, scenario by scenario: share acknowledged, latency, capacity, effects. As plain text."""

from __future__ import annotations

from dataclasses import dataclass

from hookproof.evidence.lines import Json
from hookproof.report.words import load_words
from hookproof.wording import number, percent

_ORDER = {"met": 0, "undecided": 1, "missed": 2}
NOTABLE = 0.1
"""A p99 that changes by less than this share is not worth a line."""


@dataclass(frozen=True)
class Turned:
    """What changed in one scenario. `regressed`: it broke what held before."""

    scenario: str
    before: str
    now: str
    told: tuple[str, ...]
    regressed: bool


def compare(old: Json, new: Json) -> list[Turned]:
    """The scenarios in which something changed; of a scenario that only one has, the other verdict is empty."""
    before = {one["name"]: one for one in old.get("scenarios", [])}
    now = {one["name"]: one for one in new.get("scenarios", [])}
    found = [
        _turned(name, before.get(name), now.get(name)) for name in [*now, *(name for name in before if name not in now)]
    ]
    return [one for one in found if one.before != one.now or one.told]


def _turned(name: str, old: Json | None, new: Json | None) -> Turned:
    if old is None or new is None:
        return Turned(name, old["verdict"] if old else "", new["verdict"] if new else "", (), regressed=False)
    told, worse = [], False
    for said, regressed in (
        _capacity(old["search"], new["search"]),
        _share(old, new),
        _slower(old, new),
        _effects(old, new),
    ):
        told += [said] if said else []
        worse |= regressed
    broke = old["verdict"] == "met" and new["verdict"] == "missed"
    return Turned(name, old["verdict"], new["verdict"], tuple(told), broke or worse)


def _capacity(old: Json | None, new: Json | None) -> tuple[str, bool]:
    """A capacity that is lower by more than what either run leaves open is a regression; a bound of our own is none."""
    if not (old and new) or "undecided" in (old["found"], new["found"]):
        return "", False
    said = f"capacity {load_words.capacity(old)} → {load_words.capacity(new)}"
    least, most = old["low"], new["high"]
    fell = most is not None and most < least and new["found"] in ("capacity", "below")
    rose = old["high"] is not None and new["low"] > old["high"]
    if fell or rose:
        return (
            f"{said} ({percent(abs(new['low'] / least - 1)) if least else 'none'} {'lower' if fell else 'higher'})",
            fell,
        )
    return (f"{said} (within what both leave open)" if old["rate"] != new["rate"] else ""), False


def _share(old: Json, new: Json) -> tuple[str, bool]:
    """The share acknowledged in time, where both scenarios were over: otherwise some were still under way."""
    one, other = old["numbers"], new["numbers"]
    if (
        not (one and other and one["due"] and other["due"])
        or new["search"]
        or not (old["complete"] and new["complete"])
    ):
        return "", False
    before, now = one["acknowledged"] / one["due"], other["acknowledged"] / other["due"]
    return (
        f"acknowledged in time {percent(before)} → {percent(now)}" if percent(before) != percent(now) else ""
    ), False


def _slower(old: Json, new: Json) -> tuple[str, bool]:
    one, other = ((side["numbers"] or {"latency": {}})["latency"] for side in (old, new))
    if new["search"] or not (one and other):
        return "", False
    one, other = one.get("p99"), other.get("p99")
    same = one == other or (one and other and abs(other - one) <= NOTABLE * one)
    return ("" if same else f"p99 {load_words.latency(one)} → {load_words.latency(other)}"), False


def _effects(old: Json, new: Json) -> tuple[str, bool]:
    """More lost or processed twice than before is a regression where there were none."""
    one, other = old["effects"], new["effects"]
    if not (one and other):
        return "", False
    names = {"lost": "acknowledged but never processed", "duplicated": "processed twice"}
    said = [
        f"{words} {number(one[name])} → {number(other[name])}"
        for name, words in names.items()
        if one[name] != other[name]
    ]
    return ", ".join(said), any(other[name] and not one[name] for name in names)


def line(found: Turned) -> str:
    """One scenario in one line."""
    turned = f"{found.before or 'not run'} → {found.now or 'not run'}"
    return f"{found.scenario}: {turned}{'; ' if found.told else ''}{'; '.join(found.told)}"


def sentence(changes: list[Turned]) -> str:
    """How many scenarios regressed or changed; empty if none."""
    broke = sum(one.regressed for one in changes)
    rest = len(changes) - broke
    said = [f"{broke} load scenario{'s' * (broke != 1)} regressed"] if broke else []
    return ", ".join([*said, *([f"{rest} changed"] if rest else [])])
