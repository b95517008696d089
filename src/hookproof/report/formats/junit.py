"""Results as JUnit XML, for CI servers: one test case a check. What XML 1.0 cannot hold is written out."""

from __future__ import annotations

from collections import Counter
from itertools import groupby
from xml.etree.ElementTree import Element, SubElement, indent, tostring

from hookproof.evidence.lines import Json
from hookproof.report.words import headline, load_words
from hookproof.report.words.evidence import clip, visible
from hookproof.verdict import Verdict

FIELD_LIMIT = 65536
LINE_LIMIT = 300

_ELEMENTS = {
    Verdict.FAIL: "failure",
    Verdict.ERROR: "error",
    Verdict.INCONCLUSIVE: "skipped",
    Verdict.NOT_APPLICABLE: "skipped",
}


def render(results: Json) -> str:
    """The text of junit.xml."""
    root = Element("testsuites", {"name": "hookproof", "time": str(results["elapsed_s"])})
    if headline.is_load(results):
        _add_scenarios(root, results)
    else:
        _add_checks(root, results)
    indent(root)
    return f'<?xml version="1.0" encoding="utf-8"?>\n{tostring(root, encoding="unicode")}\n'


def _facts(results: Json) -> Json:
    """What every suite says of the run."""
    return {
        "target": results["target"]["url"],
        "command": results["command"],
        "seed": results["seed"],
        "version": results["version"],
        "verdict": results["verdict"],
        "complete": str(results["complete"]).lower(),
    }


def _add_checks(root: Element, results: Json) -> None:
    """Add a suite for every subject, with a case for every check."""
    root.attrib.update(_counts(results["checks"]))
    by_subject = sorted(results["checks"], key=lambda check: str(check["subject"]))
    for subject, group in groupby(by_subject, key=lambda check: check["subject"]):
        checks = list(group)
        suite = SubElement(root, "testsuite", {"name": _attribute(subject), **_counts(checks)})
        suite.set("timestamp", _attribute(results["started"]))
        suite.set("time", f"{sum(check['elapsed_s'] for check in checks):.4f}")
        _properties(suite, _facts(results))
        for check in checks:
            _case(suite, check)


def _add_scenarios(root: Element, results: Json) -> None:
    """Add one suite, with a case for every scenario."""
    counts = _load_counts(results["load"])
    root.attrib.update(counts)
    suite = SubElement(root, "testsuite", {"name": "load", **counts, "timestamp": _attribute(results["started"])})
    _properties(suite, _facts(results))
    for scenario in results["load"]["scenarios"]:
        _scenario(suite, scenario)


def _scenario(suite: Element, scenario: Json) -> None:
    """A scenario as a test case: failed if it was missed, skipped if nobody can tell."""
    test = SubElement(suite, "testcase", {"classname": "load", "name": _attribute(scenario["name"])})
    test.set("time", f"{scenario.get('duration_s', 0):.4f}")
    said = visible("\n".join([load_words.line(scenario), *scenario["reasons"]]))
    kind = {"met": "system-out", "missed": "failure", "undecided": "skipped"}[scenario["verdict"]]
    what = SubElement(test, kind)
    if kind != "system-out":
        what.set("message", _attribute((scenario["reasons"] or [scenario["verdict"]])[0]))
    what.text = clip(said, FIELD_LIMIT)


def _load_counts(load: Json) -> dict[str, str]:
    found = Counter(scenario["verdict"] for scenario in load["scenarios"])
    failed, skipped = str(found["missed"]), str(found["undecided"])
    return {"tests": str(found.total()), "failures": failed, "errors": "0", "skipped": skipped}


def _case(suite: Element, check: Json) -> None:
    area, _, name = check["id"].rpartition(".")
    case = "" if check["case"] is None else f"[{check['case']}]"
    test = SubElement(suite, "testcase", {"classname": _attribute(area), "name": _attribute(name + case)})
    test.set("time", f"{check['elapsed_s']:.4f}")
    facts = {"verdict": check["verdict"], "level": check["level"], "requirements": " ".join(check["requirements"])}
    facts |= {"accepted": check["accepted"]} if check["accepted"] else {}
    _properties(test, facts)
    verdict = Verdict(check["verdict"])
    if check["accepted"]:
        what = SubElement(test, "skipped", {"message": _attribute(f"accepted: {check['accepted']}")})
        what.text = _text(check)
    elif verdict in _ELEMENTS:
        first = check["reason"] or check["message"].partition("\n")[0] or verdict.value
        what = SubElement(test, _ELEMENTS[verdict], {"message": _attribute(first)})
        what.text = _text(check)
        if verdict in (Verdict.FAIL, Verdict.ERROR):
            what.set("type", _attribute(check["level"] if verdict is Verdict.FAIL else "error"))
    elif verdict is not Verdict.PASS:
        SubElement(test, "system-out").text = _text(check)


def _text(check: Json) -> str:
    """The message, the attempts in a line each, and how to reproduce it."""
    lines = [check["message"], *(f"#{attempt['n']} {attempt['line']}" for attempt in check["attempts"])]
    lines += ["reproduce:", check["reproduce"]] if check["reproduce"] else []
    return clip(visible("\n".join(lines)), FIELD_LIMIT)


def _properties(parent: Element, values: Json) -> None:
    box = SubElement(parent, "properties")
    for name, value in values.items():
        SubElement(box, "property", {"name": name, "value": _attribute(value)})


def _attribute(value: object) -> str:
    return " ".join(clip(visible(str(value)), LINE_LIMIT).split())


def _counts(checks: list[Json]) -> dict[str, str]:
    found = Counter(
        "skipped" if check["accepted"] else _ELEMENTS.get(Verdict(check["verdict"]), "passed") for check in checks
    )
    return {
        "tests": str(len(checks)),
        "failures": str(found["failure"]),
        "errors": str(found["error"]),
        "skipped": str(found["skipped"]),
    }
