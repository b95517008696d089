"""What one process sends of a stage, as it is made."""

from collections import Counter
from types import SimpleNamespace

import pytest

from hookproof.load.engine.template import usable_kinds
from hookproof.load.run.stage_share import CONTENTS, contents
from hookproof.providers.events import Maker
from tests.conftest import every_surface, secret_for


def asked(surfaces):
    """Settings of a load with these surfaces."""
    return SimpleNamespace(
        surfaces=surfaces,
        secrets={surface.subject: SimpleNamespace(secret=secret_for(surface)) for surface in surfaces},
        url=lambda _: "http://127.0.0.1:1/",
        reuse=True,
    )


def planned(**changes):
    """A stage as far as its contents depend on it."""
    return SimpleNamespace(**{"weights": (), "each_kind_equally": False, "seed": 0, "run": "run", **changes})


def kinds_of(surface):
    return usable_kinds(Maker(surface, secret=secret_for(surface)))


@pytest.fixture(scope="module")
def two():
    """A surface with few kinds of events, and one with many others."""
    few, *others = sorted(filter(kinds_of, every_surface()), key=lambda surface: len(kinds_of(surface)))
    more = [one for one in others if len(kinds_of(one)) > len(kinds_of(few))]
    return few, next(one for one in more if set(kinds_of(one)).isdisjoint(kinds_of(few)))


def shares(surfaces, stage):
    """How many contents each of the surfaces has."""
    made = Counter(template.kind for template in contents(asked(surfaces), stage).templates)
    return [sum(made[kind] for kind in kinds_of(surface)) for surface in surfaces]


def test_whoever_waits_gets_a_turn_after_each_of_the_contents(provider):
    """They take seconds on a busy machine, and a worker whose heartbeats fail to come counts as gone."""
    (surface, *_) = provider.surfaces({})
    turns = []

    made = contents(asked([surface]), planned(), lambda: turns.append(1))

    assert len(turns) == len(made.templates) == CONTENTS


def test_surfaces_come_equally_often_unless_a_weight_says_otherwise(two):
    weights = ((two[0].subject, 3),)

    assert shares(two, planned()) == [CONTENTS / 2, CONTENTS / 2]
    assert shares(two, planned(weights=weights)) == [CONTENTS * 3 / 4, CONTENTS / 4]


def test_every_kind_of_event_comes_equally_often_if_asked(two):
    few, many = (len(kinds_of(surface)) for surface in two)

    assert few < many
    assert shares(two, planned(each_kind_equally=True)) == [
        round(CONTENTS * few / (few + many)),
        round(CONTENTS * many / (few + many)),
    ]
