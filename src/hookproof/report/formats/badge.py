"""Results as a badge: the endpoint schema of shields, a label, a message and a colour."""

from __future__ import annotations

import json

from hookproof.evidence.lines import Json
from hookproof.report.words import headline

_COLOURS = {"conformant": "brightgreen", "nonconformant": "red", "undecided": "lightgrey"}


def render(results: Json) -> str:
    """The text of badge.json."""
    incomplete = "" if results["complete"] else "incomplete, "
    badge = {
        "schemaVersion": 1,
        "label": "hookproof",
        "message": incomplete + headline.numbers(results),
        "color": _COLOURS[results["verdict"]],
    }
    return json.dumps(badge, indent=2) + "\n"
