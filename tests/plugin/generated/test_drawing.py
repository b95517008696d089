"""Another version of schemathesis, whose generator of boundary values is another, makes no errors."""

import sys

import pytest

from hookproof.plugin.generated import drawing
from hookproof.verdict import Inconclusive


def test_another_schemathesis_is_said_in_one_line(monkeypatch):
    monkeypatch.setitem(sys.modules, "schemathesis.generation.drivers", None)

    with pytest.raises(Inconclusive) as said:
        drawing.coverage_cases(None, valid=True)
    assert "schemathesis" in str(said.value) and "\n" not in str(said.value)
