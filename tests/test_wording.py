"""Figures as they are read."""

import pytest

from hookproof.wording import milliseconds, number, percent


def test_thousands_are_set_apart():
    assert [number(value) for value in (0, 999, 45_000, 1_234_567.4)] == ["0", "999", "45 000", "1 234 567"]


def test_latencies_have_three_digits():
    assert [milliseconds(value) for value in (0.00321, 0.25, 1.95)] == ["3.21 ms", "250 ms", "1 950 ms"]


@pytest.mark.parametrize(
    "share, said",
    [(0, "0 %"), (1, "100 %"), (0.5, "50.0 %"), (0.99999, "99.999 %"), (0.9991, "99.9 %"), (0.00004, "0.004 %")],
)
def test_a_share_is_never_rounded_to_all_or_nothing(share, said):
    assert percent(share) == said
