"""A results.json read back: held against its schema, what older versions left out filled in. Judges nothing."""

from __future__ import annotations

import json
from pathlib import Path

import jsonschema_rs
import msgspec

from hookproof import folders
from hookproof.evidence.lines import AttemptLine, Json
from hookproof.evidence.reader import ReportError, loaded
from hookproof.report.results.results import CheckResult, RequirementResult, Results, defaults

_OUTCOMES = {"pass": "met", "info": "unmet", "warn": "unmet", "fail": "unmet"}
_RUN, _REQUIREMENT, _CHECK = defaults(Results), defaults(RequirementResult), defaults(CheckResult)
"""What the members mean that a file of an older version lacks."""


def read(path: Path) -> Json:
    """The results in a file, or in a run's folder. Raises ReportError in one line, OSError."""
    path = path / "results.json" if path.is_dir() else path
    found = loaded(path.read_bytes())
    try:
        if found is None:
            raise ValueError("no JSON object")
        return filled(found)
    except (ValueError, msgspec.ValidationError) as error:
        said = " ".join(str(error).split())[:200]
        raise ReportError(f"{path}: not the results of a run: {said}") from None


def filled(found: Json) -> Json:
    """The results with every key that this version knows. Raises ValueError or ValidationError if they are none."""
    schema = json.loads((folders.folder("specs") / "schema" / "results.schema.json").read_text("utf-8"))
    jsonschema_rs.validator_for(schema).validate(found)
    _even(found["load"])
    subjects = list(dict.fromkeys(check["subject"] for check in found["checks"]))
    requirements = [{**_REQUIREMENT, "subjects": subjects, **row} for row in found["requirements"]]
    return {
        **_RUN,
        **found,
        "requirements": requirements,
        "checks": [_check(check) for check in found["checks"]],
    }


def _even(load: Json) -> None:
    """The columns of a table of seconds are equally long. Raises ValueError."""
    for scenario in load.get("scenarios", []):
        columns = [column for column in scenario["seconds"].values() if isinstance(column, list)]
        if len({len(column) for column in columns}) > 1 or None in scenario["seconds"]["due"]:
            raise ValueError(f"the seconds of {scenario['name']} are not a table")


def _check(check: Json) -> Json:
    for attempt in check["attempts"]:
        if "request" in attempt:
            msgspec.convert(attempt, AttemptLine)
    return {**_CHECK, "outcome": _OUTCOMES.get(check["verdict"], check["verdict"]), **check}
