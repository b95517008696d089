"""How many distinct signed deliveries a second one core can be handed, beside the obvious way to make them.

Prints both rates and their ratio, measured in turn in one run. `make bench`.
"""

import hashlib
import hmac
import json
import statistics
import time
import uuid
from itertools import islice

from hookproof import specs
from hookproof.events import Maker
from hookproof.model import Secret

KEY = b"a key for the benchmark"
DRAWS, ROUNDS = 50_000, 5


def from_the_pool(maker):
    return maker.pool()


def one_by_one(maker):
    """What a load script does: a template, a new id, json.dumps, hmac.new."""
    template = maker.payload("text")
    while True:
        template["event_id"] = f"evt_{uuid.uuid4().hex}"
        body = json.dumps(template).encode()
        yield template["event_id"], body, hmac.new(KEY, body, hashlib.sha256).hexdigest()


def rate(source, draws):
    begun = time.perf_counter()
    seen = {id_ for id_, _, _ in islice(source, draws)}
    elapsed = time.perf_counter() - begun
    assert len(seen) == draws, "deliveries must be distinct"
    return draws / elapsed


def main():
    provider = specs.load("whatsable")
    maker = Maker(provider, provider.parameters({}), secret=Secret(KEY))
    ways = {"pool": from_the_pool(maker), "json.dumps + hmac.new": one_by_one(maker)}
    for source in ways.values():
        next(source)
    rates = {name: [] for name in ways}
    for _ in range(ROUNDS):
        for name, source in ways.items():
            rates[name].append(rate(source, DRAWS))
    for name, found in rates.items():
        print(f"{name:<24}{statistics.median(found):>12,.0f} deliveries/s (median of {ROUNDS})")
    pairs = zip(*rates.values(), strict=True)
    print(f"{'ratio':<24}{statistics.median(fast / slow for fast, slow in pairs):>12.1f}")


if __name__ == "__main__":
    main()
