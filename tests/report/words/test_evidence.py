import re

import pytest

from hookproof.report.words.evidence import clip, hexdump, marked, spoken, visible


@pytest.mark.parametrize("text, shown", [
    ("plain\n\ttext", "plain\n\ttext"),
    ("\0\x1b[2J\x7f\x85\r", r"\x00\x1b[2J\x7f\x85\r"),
    ("a\u202eb\u200dc\ufeff\xa0\u3164", r"a\u202eb\u200dc\ufeff\xa0\u3164"),
    ("\ud800 \U000e0041", r"\ud800 \U000e0041"),
    ("Grüße, 你好, مرحبا, 👋", "Grüße, 你好, مرحبا, 👋"),
])  # fmt: skip
def test_nothing_is_invisible(text, shown):
    assert visible(text) == shown
    assert re.sub("</?span[^>]*>", "", marked(text)) == shown


@pytest.mark.parametrize("text, shown", [
    ("::error file=a::b", ": :error file=a::b"),
    ("a\n  ::set-output name=x::y", "a\n  : :set-output name=x::y"),
    ("x ##[error] ##vso[task] ##teamcity[x] ## title", "x # #[error] # #vso[task] # #teamcity[x] ## title"),
    ("a::b\x1b", r"a::b\x1b"),
])  # fmt: skip
def test_nothing_in_a_log_is_a_command(text, shown):
    assert spoken(text) == shown


def test_what_was_written_out_looks_different_from_what_was_typed():
    assert marked("\\x1b \x1b\x1b<") == '\\x1b <span class="odd">\\x1b\\x1b</span>&lt;'


def test_bytes_become_a_hexdump():
    assert hexdump(b"{\x00\xff}" + b"a" * 14).splitlines() == [
        "00000000  7b 00 ff 7d 61 61 61 61 61 61 61 61 61 61 61 61  {..}aaaaaaaaaaaa",
        "00000010  61 61                                            aa",
    ]


def test_a_cut_says_how_much_is_missing():
    assert (clip("abc", 3), clip("abcd", 3)) == ("abc", "abc\n… 1 more characters")
