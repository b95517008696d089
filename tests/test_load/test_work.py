"""One process's share of a stage, as it is made."""

from types import SimpleNamespace

from hookproof.load.work import CONTENTS, deck
from hookproof.model import Secret
from tests.conftest import KEY


def test_whoever_waits_gets_a_turn_after_each_of_the_contents(provider):
    """They take seconds on a busy machine, and a worker whose heartbeats fail to come counts as gone."""
    (surface, *_) = provider.surfaces({})
    settings = SimpleNamespace(
        surfaces=[surface],
        secrets={surface.subject: SimpleNamespace(secret=Secret(KEY))},
        url=lambda _: "http://127.0.0.1:1/",
        reuse=True,
    )
    stage, turns = SimpleNamespace(weights=(), seed=0, run="run"), []

    made = deck(settings, stage, lambda: turns.append(1))

    assert len(turns) == len(made.templates) == CONTENTS
