"""What senders are answered: each table is what its name says, for every provider."""

import itertools

import pytest

from hookproof import cases
from hookproof.cases import answers
from hookproof.providers.events import Maker
from tests.conftest import loaded

TABLES = sorted(
    name for name, member in vars(answers).items()
    if callable(member) and getattr(member, "__module__", "") == answers.__name__ and not name.startswith("_")
)  # fmt: skip
PROVIDERS = ("chatapi", "pingback", "waping", "whatsable")


def _table(name, provider):
    return cases.table(name)(Maker(loaded(provider).surfaces({})[0], secret=None))


def _statuses(table):
    return [answer.status for answer in table.values() if answer.end == "whole"]


@pytest.mark.parametrize("name", TABLES)
@pytest.mark.parametrize("provider", PROVIDERS)
def test_every_table_tells_its_cases_apart(name, provider):
    table = _table(name, provider)

    assert all(name and isinstance(name, str) for name in table)
    assert all(one != other for one, other in itertools.combinations(table.values(), 2))


@pytest.mark.parametrize("provider", PROVIDERS)
def test_a_failure_acknowledges_nothing_and_does_not_say_never_again(provider):
    good = loaded(provider).acknowledges
    found = [*_table("failures", provider).values(), *_table("retry_after", provider).values()]

    assert not good & set(_statuses(dict(enumerate(found)))) and all(answer.end == "whole" for answer in found)
    assert 410 not in _statuses(_table("failures", provider)) and {429, 503} <= set(
        _statuses(_table("failures", provider))
    )


def test_connections_end_in_every_way_but_whole_and_silent():
    assert {answer.end for answer in _table("no_answers", "whatsable").values()} == {
        "reset",
        "close",
        "half",
        "garbage",
    }
    assert {answer.end for answer in _table("single_attempts", "chatapi").values()} == {"whole", "reset", "close"}


def test_redirects_are_those_that_name_another_url():
    assert list(_table("redirects", "whatsable").values()) == [301, 302, 303, 307, 308]


@pytest.mark.parametrize("provider, taken, others", [
    ("chatapi", {200}, {201, 202, 204}),
    ("whatsable", {200, 201, 202, 204}, set()),
    ("waping", {200, 201, 202, 204}, set()),
    ("pingback", {200, 201, 202, 204}, set()),
])  # fmt: skip
def test_a_provider_says_what_it_takes_for_an_acknowledgement(provider, taken, others):
    acknowledgements, successes = _table("acknowledgements", provider), _table("other_successes", provider)

    assert set(_statuses(acknowledgements)) == taken <= loaded(provider).acknowledges
    assert set(_statuses(successes)) == others and not others & loaded(provider).acknowledges


@pytest.mark.parametrize("provider", PROVIDERS)
def test_an_acknowledgement_may_be_long_or_late(provider):
    found = _table("acknowledgements", provider)

    assert len(found["200 with a long body"].body) > 10_000
    assert 0 < found["200 after a second"].wait_s < loaded(provider).fields.deadline_s


def test_who_is_told_to_wait_is_told_in_seconds():
    found = _table("retry_after", "whatsable")

    assert {answer.status for answer in found.values()} == {429, 503}
    assert all(dict(answer.headers) == {"Retry-After": str(answers.RETRY_AFTER_S)} for answer in found.values())


def test_kinds_are_the_documented_ones():
    assert list(_table("event_kinds", "whatsable")) == loaded("whatsable").surfaces({})[0].kinds("kind")
    assert set(_table("undocumented_kinds", "whatsable")) == {"sent", "delivered", "read", "failed"}
    assert not set(_table("undocumented_kinds", "chatapi")) & set(_table("event_kinds", "chatapi"))


def test_switches_name_documented_kinds():
    found = _table("switched_kinds", "chatapi")

    assert found["chatUpdateOn, chat_update"] == "chat_update" and set(found.values()) <= set(
        _table("event_kinds", "chatapi")
    )
    assert _table("switched_kinds", "whatsable") == _table("switched_kinds", "waping") == {}


def test_texts_are_in_several_scripts():
    found = _table("texts", "whatsable").values()

    assert len(found) > 4 and not any(text.isascii() and '"' not in text for text in found)
    assert any(max(map(ord, text)) > 0xFFFF for text in found)
