"""Locust's own statistics, kept in step with a tally, so that its tables, CSV files and web page show our figures.

What is new is added a few times a second, all at once, which costs a hundredth of what one Locust event for each
delivery would. Latencies go into Locust's coarser buckets here; we never read anything back from them.
"""

from __future__ import annotations

import time
from collections import Counter
from collections.abc import Callable
from typing import Any

from locust.env import Environment
from locust.stats import RequestStats, StatsError, bucket_response_time

from hookproof.load.engine.tally import FATES, Fate, Tally
from hookproof.load.run.load_settings import LoadSettings

METHOD = "POST"


def shown_in_locust(environment: Environment, settings: LoadSettings) -> Callable[[Tally], None]:
    """A function that shows tallies in Locust's statistics; a tally that it has not seen before is another stage's."""
    known: dict[int, LocustStatistics] = {}

    def show(tally: Tally) -> None:
        if id(tally) not in known:
            known.clear()
            known[id(tally)] = LocustStatistics(environment.stats, settings.target)
        known[id(tally)].add(tally)

    return show


class LocustStatistics:
    """Adds one tally, as it grows, to one entry of Locust's statistics."""

    def __init__(self, stats: RequestStats, name: str) -> None:
        self._stats, self._name = stats, name
        self._slots: dict[int, dict[int, int]] = {}
        self._fates: Counter[str] = Counter()

    def add(self, tally: Tally) -> None:
        """Add what is new in the tally since the last call."""
        times = self._new_times(tally)
        fates = Counter(
            {fate: tally.fates[fate] - self._fates[fate] for fate in FATES if fate is not Fate.ACKNOWLEDGED}
        )
        self._fates.update(fates)
        failed = sum(fates.values())
        if not times and not failed:
            return
        for entry in (self._stats.total, self._stats.entries[(self._name, METHOD)]):
            _add_times(entry, times)
            _add_failures(entry, failed)
        for fate, count in fates.items():
            if count:
                self._add_error(fate, count)

    def _new_times(self, tally: Tally) -> Counter[int]:
        """New latencies in microseconds, and how often each came."""
        found: Counter[int] = Counter()
        for number, slot in list(tally.slots.items()):
            counts, seen = slot.latency.counts.copy(), self._slots.get(number, {})
            if counts != seen:
                found.update({value: count - seen.get(value, 0) for value, count in counts.items()})
                self._slots[number] = counts
            if slot.ended >= slot.due and number < len(tally.slots) - 30:
                self._slots[number] = counts
        return +found

    def _add_error(self, fate: str, count: int) -> None:
        key = StatsError.create_key(METHOD, self._name, fate)
        error = self._stats.errors.setdefault(key, StatsError(METHOD, self._name, fate))
        error.occurrences += count


def _add_times(entry: Any, times: Counter[int]) -> None:
    number = sum(times.values())
    if not number:
        return
    _count(entry, number)
    milliseconds = {value / 1000: count for value, count in times.items()}
    entry.total_response_time += sum(value * count for value, count in milliseconds.items())
    low, high = min(milliseconds), max(milliseconds)
    entry.min_response_time = low if entry.min_response_time is None else min(entry.min_response_time, low)
    entry.max_response_time = max(entry.max_response_time, high)
    for value, count in milliseconds.items():
        entry.response_times[bucket_response_time(value)] += count


def _add_failures(entry: Any, number: int) -> None:
    """Add failures as requests without a time: an answer that never came took no time that could be told."""
    if number:
        _count(entry, number)
        entry.num_none_requests += number
        entry.num_failures += number
        entry.num_fail_per_sec[int(time.time())] += number


def _count(entry: Any, number: int) -> None:
    now = time.time()
    second = int(now)
    if entry.use_response_times_cache and entry.last_request_timestamp and second > int(entry.last_request_timestamp):
        entry._cache_response_times(second - 1)
    entry.num_requests += number
    entry.num_reqs_per_sec[second] += number
    entry.last_request_timestamp = now
