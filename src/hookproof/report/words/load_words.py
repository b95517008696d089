"""What every format says of a load run in words: the verdict, a line for each scenario, tables. No markup."""

from __future__ import annotations

from hookproof.evidence.lines import Json
from hookproof.wording import milliseconds, number, percent

WORDS = {"met": ("Met", "✓"), "missed": ("Missed", "✗"), "undecided": ("Undecided", "?")}
STATES = {"met": "Objective met", "missed": "Objective missed", "undecided": "Undecided"}
MEANINGS = {
    "met": "The objective was kept, every delivery is accounted for, and the generator was on time.",
    "missed": "It was not kept, even if everything that is in doubt is counted in favour of the target.",
    "undecided": "Nobody can tell, for the reasons given: most often the generator's own trouble. Never a pass.",
    "from due": "From when a delivery was due, by the schedule, to the end of its answer: what counts.",
    "from sent": "From its first byte to the end of its answer: what the receiver itself would say.",
    "lag": "How long after its time the generator took up an attempt. Waiting for a busy target is no lag.",
    "late or lost": "Not acknowledged within the deadline, for whatever reason.",
    "not in time": "So large a share was not acknowledged within the deadline, so this percentile is beyond it.",
    "capacity": "The highest rate tried at which the objective was met, again and again.",
}

TONES = {"met": "pass", "missed": "fail", "undecided": "inconclusive"}

FATES = {
    "acknowledged": "acknowledged in time",
    "late": "answered after the deadline",
    "rejected": "rejected",
    "reset": "connection reset",
    "timed_out": "timed out",
    "garbled": "answered by what is not HTTP",
    "raced": "met a connection just being closed",
    "abandoned": "cut off when the run was ended",
    "refused": "no connection",
    "unsent": "never sent: every connection busy until the deadline",
    "own": "not sendable by this machine",
}
COURSES = {
    "unshaken": "never fell behind",
    "recovered": "recovered",
    "collapsed": "collapsed for good",
    "behind": "did not catch up",
    "undecided": "undecided",
}


def objective(asked: Json) -> str:
    """The objective of a run or a scenario as a sentence's part."""
    return f"{percent(asked['min_ok'])} acknowledged within {asked['deadline_s']:g} s"


def numbers(load: Json) -> str:
    """The shortest account: the capacity, or the worst scenario's share."""
    found = [capacity(one["search"]) for one in load["scenarios"] if one["search"]]
    known = [one for one in load["scenarios"] if one["complete"] and not one["search"] and one["numbers"]]
    shares = [(one["numbers"]["acknowledged"] / one["numbers"]["due"], one) for one in known if one["numbers"]["due"]]
    if shares:
        share, worst = min(shares, key=lambda pair: pair[0])
        found.append(f"{percent(share)} within {worst['deadline_s']:g} s")
    lost = [one["effects"] for one in load["scenarios"] if one["effects"]]
    wrong = sum(one["lost"] + one["duplicated"] for one in lost)
    found += [f"{number(wrong)} lost or processed twice"] if wrong else []
    return "load: " + (" · ".join(found) or "nothing was measured")


def capacity(search: Json) -> str:
    """A capacity in a few words."""
    if search["found"] == "undecided":
        return "capacity unknown"
    if search["found"] == "below":
        return f"capacity below {number(search['rate'])}/s"
    return f"{'at least ' if search['found'] == 'at_least' else ''}{number(search['rate'])}/s"


def line(scenario: Json) -> str:
    """A scenario in one line."""
    said, known, effects = [], scenario["numbers"], scenario["effects"]
    if scenario["search"]:
        said.append(f"capacity {capacity(scenario['search']).removeprefix('capacity ')}")
    so_far = "" if scenario["complete"] else " due so far"
    if known:
        share = f"acknowledged {number(known['acknowledged'])} of {number(known['due'])}{so_far}"
        share += f" within {scenario['deadline_s']:g} s"
        late = f", p99 {latency(known['latency'].get('p99'))}" if known["latency"] else ""
        at = f" at {number(scenario['rate'])}/s" if scenario["search"] and scenario["rate"] else ""
        said.append(f"{share}{late}{at}")
    if effects:
        said.append(f"acknowledged but never processed {number(effects['lost'])}")
        said.append(f"processed twice {number(effects['duplicated'])}{sampled(effects)}")
    elif known:
        said.append("effects not counted")
    if scenario["recovery"]:
        said.append(course(scenario["recovery"]))
    return "; ".join(said) or "nothing was measured"


def course(recovery: Json) -> str:
    """What became of a receiver with a backlog, in a few words."""
    after = f" after {recovery['at_s']:g} s" if recovery["course"] == "recovered" else ""
    return COURSES[recovery["course"]] + after


def sampled(effects: Json) -> str:
    """That only some were asked for; empty if all were."""
    asked, total = number(effects["asked"]), number(effects["acknowledged"])
    return f" (of a sample of {asked} out of {total})" if effects["sampled"] else ""


def search(found: Json) -> str:
    """A search in one or two sentences: rate, confidence, what broke."""
    top = "" if found["high"] is None or found["found"] == "below" else f"; {number(found['high'])}/s was too much"
    sure = f", met in {found['confirmed']} of {found['stages']} stages{top}" if found["low"] else ""
    broke = {"generator": "The generator was the limit", "": "What ended it"}.get(
        str(found["broke"]), "What broke first"
    )
    said = f" {broke}: {found['said']}." if found["said"] else ""
    return f"{capacity(found)[:1].upper()}{capacity(found)[1:]}{sure}.{said}"


def about(scenario: Json) -> str:
    """What a scenario is for, a line for each paragraph, and how it was run this time."""
    told = [" ".join(part.split()) for part in scenario["about"].split("\n\n")]
    rate = (scenario["arrivals"].get("arrivals") or scenario["arrivals"]).get("rate")
    every = f" at {rate:g}/s" if rate else ""
    if scenario["search"]:
        asked = f"stages of {scenario['duration_s']:g} s, the first{every}"
    else:
        asked = (
            f"{number(scenario['deliveries'] or 0)} deliveries in {scenario['duration_s']:g} s{every and ','}{every}"
        )
    return "\n\n".join([*told, f"As run here: {asked}."])


def latency(ms: float | None) -> str:
    """A latency as the journal has it, in milliseconds; None where so many were not acknowledged in time."""
    return "not in time" if ms is None else milliseconds(ms / 1e3)


def fates(known: Json) -> list[tuple[str, str, str]]:
    """How attempts ended, the most frequent first: words, count, share."""
    found = sorted(known["fates"].items(), key=lambda pair: (pair[0] != "acknowledged", -pair[1]))
    due = max(1, known["due"])
    return [(FATES.get(fate, fate), number(count), percent(count / due)) for fate, count in found if count]


def accounts(known: Json) -> list[tuple[str, str]]:
    """The account of a stage: what was due, sent, answered, and by how many connections."""
    rows = [("Due", known["due"]), ("of them first attempts", known["deliveries"]), ("Sent", known["sent"])]
    rows += [("Answered", known["answered"]), ("Acknowledged in time", known["acknowledged"])]
    rows += [("Connections opened", known["opened"]), ("Waited for a connection", known["waited"])]
    return [(name, number(value)) for name, value in rows if value is not None]


def statuses(known: Json) -> str:
    """Statuses and their counts."""
    return ", ".join(f"{code} ({number(count)})" for code, count in known["statuses"].items())


def percentiles(known: Json) -> list[tuple[str, list[str]]]:
    """Percentile, and latency from due, latency from sent, lag of the generator."""
    kinds = [known[name] for name in ("latency", "service", "lag")]
    if not kinds[0]:
        return []
    names = {"p50": "50 %", "p90": "90 %", "p99": "99 %", "p99.9": "99.9 %", "p100": "all"}
    return [(said, [latency(kind.get(name)) for kind in kinds]) for name, said in names.items()]


def seconds(columns: Json, most: int = 40) -> list[list[str]]:
    """A chart's points as rows of a table, so many standing together that there are no more than `most`."""
    rows = len(columns["at_s"])
    size = max(1, -(-rows // most))
    return [_together(columns, range(at, min(at + size, rows))) for at in range(0, rows, size)]


def in_time(acknowledged: float, ended: float, share: float) -> bool:
    """Whether so large a share of what ended was acknowledged: then there is such a percentile."""
    return bool(acknowledged >= share * ended)


def _together(columns: Json, places: range) -> list[str]:
    def known(name: str) -> list[float]:
        return [columns[name][place] for place in places if columns[name][place] is not None]

    span_s = columns["every_s"] * len(places)
    rates = [number(sum(known(name)) / span_s) for name in ("due", "sent", "done")]
    failed = number(sum(known("ended")) - sum(known("acknowledged")))
    worst = [latency(max(known(name))) if known(name) else "–" for name in ("p99_ms", "lag_ms")]
    if not in_time(sum(known("acknowledged")), sum(known("ended")), 0.99):
        worst[0] = latency(None)
    return [f"{columns['at_s'][places[0]]:g}", *rates, failed, *worst]
