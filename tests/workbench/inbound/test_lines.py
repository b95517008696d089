"""The terminal: one line for a delivery, with what is wrong in capitals, and nothing that could steer the terminal."""

import pytest

from hookproof.workbench.inbound.hiding import Hiding
from hookproof.workbench.inbound.lines import delivery_line, gap
from hookproof.workbench.opinions.judging import Opinion

ROW = {"at": 0.5, "method": "POST", "target": "/", "note": "", "attempt": 1, "gap": None, "outcome": "answered",
       "said": "200", "planned": "200", "elapsed": 0.0123}  # fmt: skip


def _line(row=(), **opinion):
    return delivery_line({**ROW, **dict(row)}, Opinion(**opinion).record(), Hiding([]))[14:]


@pytest.mark.parametrize(
    ("row", "opinion", "says"),
    [
        ({}, {"kind": "a.b", "ids": ("1",)}, "a.b  1  -> 200 in 12.3 ms"),
        (
            {},
            {"kind": "a", "ids": ("1", "2"), "signature": "right", "schema": "right"},
            "a  1 and 1 more  signature right  schema right  -> 200 in 12.3 ms",
        ),
        ({}, {"signature": "wrong", "why": "because"}, "unknown kind  signature WRONG (because)  -> 200 in 12.3 ms"),
        ({}, {"signature": "missing", "why": "no header"}, "unknown kind  NOT SIGNED  -> 200 in 12.3 ms"),
        ({}, {"schema": "wrong", "complaint": "/a: no"}, "unknown kind  schema WRONG (/a: no)  -> 200 in 12.3 ms"),
        ({}, {"provider": "p", "surface": "p.s", "also": ("q",)}, "unknown kind  (seems p.s or q)  -> 200 in 12.3 ms"),
        ({}, {"provider": "p", "surface": "p.s", "seems": False}, "unknown kind  -> 200 in 12.3 ms"),
        ({"attempt": 3, "gap": 5.04}, {}, "unknown kind  attempt 3, 5.0 s after the last  -> 200 in 12.3 ms"),
        ({"outcome": "open", "planned": "closed after 12 s"}, {}, "unknown kind  -> closed after 12 s …"),
        ({"outcome": "broken", "said": "connection reset"}, {}, "unknown kind  -> connection reset"),
        ({"method": "GET", "target": "/a?b", "note": "a challenge"}, {}, "GET /a?b  a challenge  -> 200 in 12.3 ms"),
        ({"method": "", "note": "TLS was spoken"}, {}, "TLS was spoken"),
    ],
)
def test_a_line_says_what_came(row, opinion, says):
    assert _line(row, **opinion) == says


def test_no_delivery_steers_the_terminal():
    said = _line(
        {"method": "GET", "target": "/\x1b]0;x\x07" + "w" * 500}, kind="k\x1b[31m\nforged line", ids=("\u202eid\r",)
    )

    assert said.isprintable() and len(said) < 300


@pytest.mark.parametrize(("seconds", "says"), [(0.25, "250 ms"), (5, "5.0 s"), (900, "15.0 min"), (86400, "24.0 h")])
def test_a_gap_is_said_in_its_own_unit(seconds, says):
    assert gap(seconds) == says
