"""Where an answer ends does not depend on how its bytes come, and nothing that comes breaks the reader."""

from itertools import pairwise

import pytest
from hypothesis import given
from hypothesis import strategies as st

from hookproof.load.engine.framing import CHUNKED, Body, GarbledError, end_of_head, read_head

CHUNKS = b"4\r\nabcd\r\nA\r\n0123456789\r\n0\r\nX-Trailer: y\r\n\r\n"


@given(cuts=st.lists(st.integers(0, len(CHUNKS)), max_size=8))
def test_chunks_end_at_the_same_byte_however_they_are_cut(cuts):
    body, edges, surplus = Body(CHUNKED), [0, *sorted(cuts), len(CHUNKS)], b""
    for begin, end in pairwise(edges):
        assert not body.done or begin == end
        surplus += body.feed(CHUNKS[begin:end])

    assert body.done
    assert surplus == b""
    assert Body(CHUNKED).feed(CHUNKS + b"more") == b"more"


@given(st.binary(max_size=200))
def test_anything_is_read_or_garbled(data):
    for read in (read_head, Body(CHUNKED).feed):
        try:
            read(data)
        except GarbledError:
            continue


@pytest.mark.parametrize(
    ("fields", "keep"),
    [
        (b"", True),
        (b"\r\nConnection: close", False),
        (b"\r\nConnection: x, CLOSE", False),
        (b"\r\nConnection: keep", True),
    ],
)
def test_a_connection_is_kept_unless_the_answer_says_otherwise(fields, keep):
    assert read_head(b"HTTP/1.1 200 OK\r\nContent-Length: 0" + fields).keep is keep


def test_http_1_0_is_kept_only_if_it_says_so():
    assert not read_head(b"HTTP/1.0 200 OK\r\nContent-Length: 0").keep
    assert read_head(b"HTTP/1.0 200 OK\r\nContent-Length: 0\r\nConnection: keep-alive").keep


def test_the_first_empty_line_ends_a_head():
    assert end_of_head(b"a\r\nb\r\n\r\nc\n\n") == (4, 8)
    assert end_of_head(b"a\nb\n\nc\r\n\r\n") == (3, 5)
    assert end_of_head(b"a\r\n") == (-1, 0)
