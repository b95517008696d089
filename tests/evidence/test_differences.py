"""Where two byte strings first differ."""

import pytest

from hookproof.evidence.differences import differing, first_difference


@pytest.mark.parametrize("one, other, at", [
    (b"", b"", None), (b"abc", b"abc", None), (b"abc", b"abd", 2), (b"abc", b"ab", 2), (b"", b"x", 0),
    (b"a" * 5000, b"a" * 4999 + b"b", 4999), (b"a" * 4096, b"a" * 4097, 4096),
    (b"a" * 4096 + b"x", b"a" * 4096 + b"y", 4096),
])  # fmt: skip
def test_the_first_byte_that_differs(one, other, at):
    assert first_difference(one, other) == first_difference(other, one) == at


def test_a_little_around_it_is_kept():
    (found,) = differing("bodies", b"x" * 100 + b"A" + b"y" * 100, b"x" * 100 + b"B", after=8)

    assert (found.at, found.start, found.expected_size, found.actual_size) == (100, 84, 201, 101)
    assert found.expected == b"x" * 16 + b"A" + b"y" * 7 and found.actual == b"x" * 16 + b"B"


def test_equal_strings_have_no_difference():
    assert differing("bodies", b"same", b"same") == []
