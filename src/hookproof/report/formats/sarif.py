"""Results as SARIF 2.1.0, for code scanning: requirements are rules, checks are results.

A message of SARIF gives braces and brackets a meaning; what a target said has neither (3.11.5, 3.11.6).
"""

from __future__ import annotations

import hashlib
import json
import re

from hookproof.evidence.lines import Json
from hookproof.report.formats.markdown_text import words
from hookproof.report.words import headline
from hookproof.report.words.evidence import clip, visible
from hookproof.verdict import Level, Verdict

SCHEMA = "https://docs.oasis-open.org/sarif/sarif/v2.1.0/errata01/os/schemas/sarif-schema-2.1.0.json"
LIMIT = 4000

# Verdict: kind, level. A level other than none means that the kind is fail (3.27.10).
_KINDS = {
    Verdict.PASS: ("pass", "none"),
    Verdict.FAIL: ("fail", "error"),
    Verdict.WARN: ("fail", "warning"),
    Verdict.INFO: ("informational", "none"),
    Verdict.INCONCLUSIVE: ("open", "none"),
    Verdict.ERROR: ("open", "none"),
    Verdict.NOT_APPLICABLE: ("notApplicable", "none"),
}
_LEVELS = {Level.MUST: "error", Level.SHOULD: "warning", Level.MAY: "note"}
_SUITES = "SUITES"


def render(results: Json) -> str:
    """The text of results.sarif."""
    return json.dumps({"$schema": SCHEMA, "version": "2.1.0", "runs": [_run(results)]}, indent=1) + "\n"


def _run(results: Json) -> Json:
    rules = [_rule(row, results["documents"]) for row in results["requirements"]]
    nameless = dict.fromkeys(check["id"] for check in results["checks"] if not check["requirements"])
    rules += [{"id": name, **_texts(headline.title(name))} for name in nameless]
    places = {rule["id"]: at for at, rule in reversed(list(enumerate(rules)))}
    found = [_of_check(check, results, places) for check in results["checks"]]
    made = {name for check in results["checks"] for name in check["requirements"]}
    found += [_unmade(row, places) for row in results["requirements"] if row["id"] not in made]
    if results["accepted"] is None:
        for one in found:
            one.pop("suppressions")
    return {
        "tool": {"driver": {"name": "hookproof", "version": results["version"], "rules": rules}},
        "automationDetails": {"id": _automation(results)},
        "originalUriBaseIds": {_SUITES: {"description": {"text": "Where the checks of hookproof are."}}},
        "invocations": [_invocation(results)],
        "columnKind": "unicodeCodePoints",
        "results": found,
        "properties": {
            "verdict": results["verdict"],
            "numbers": headline.numbers(results),
            "target": visible(results["target"]["url"]),
            "seed": results["seed"],
            "complete": results["complete"],
        },
    }


def _automation(results: Json) -> str:
    """A category and, after the last slash, this run of it (3.17.3)."""
    target = results["target"]
    parts = ["hookproof", "+".join(target["role"]), "+".join(target["provider"]), results["run"]]
    return "/".join(re.sub(r"[^\w.+-]", "_", part) for part in parts)


def _rule(row: Json, documents: Json) -> Json:
    help_ = {
        "text": visible(f"{row['level']}: {row['text']}\nSource: {row['source']}"),
        "markdown": f"**{row['level']}** {words(row['text'], 1000)}\n\nSource: {words(row['source'], 1000)}",
    }
    link = documents.get(row["provider"], "")
    return {
        "id": row["id"],
        **_texts(row["text"]),
        "help": help_,
        **({"helpUri": link} if is_link(link) else {}),
        "defaultConfiguration": {"level": _LEVELS[Level(row["level"])]},
        "properties": {
            "tags": [row["provider"], *row["role"].split("/")],
            "level": row["level"],
            "source": visible(row["source"]),
            "checks": row["checks"],
        },
    }


def is_link(text: str) -> bool:
    """Whether it is an address of the web and nothing else."""
    return re.fullmatch(r"https?://[\w.-]+(:\d+)?(/[\w./~%#?=&+-]*)?", text, re.ASCII) is not None


def _texts(text: str) -> Json:
    return {"shortDescription": {"text": visible(text)}, "fullDescription": {"text": visible(text)}}


def _of_check(check: Json, results: Json, places: dict[str, int]) -> Json:
    """A result stands under the first requirement of the check's own level; the others are named."""
    levels = {row["id"]: row["level"] for row in results["requirements"]}
    named = check["requirements"]
    rule = next((name for name in named if levels.get(name) == check["level"]), (named or [check["id"]])[0])
    kind, level = _KINDS[Verdict(check["verdict"])]
    case = "" if check["case"] is None else f"[{check['case']}]"
    said = f"{headline.title(check['id'])}{case}: {check['message'] or check['verdict']}"
    reason = f" ({check['reason']})" if check["reason"] else ""
    suppression = {"kind": "external", "status": "accepted", "justification": check["accepted"]}
    return {
        **_named(rule, places),
        "kind": kind,
        "level": level,
        "message": {"text": message(said + reason)},
        "locations": [_location(check)],
        **_fingerprints(rule, check["id"], check["subject"], str(check["case"])),
        "suppressions": [suppression] if check["accepted"] else [],
        "properties": {
            "verdict": check["verdict"],
            "check": check["id"],
            "case": check["case"],
            "subject": check["subject"],
            "reason": check["reason"],
            "requirements": named,
            "reproduce": clip(visible(check["reproduce"]), LIMIT) if check["reproduce"] else None,
        },
    }


def _unmade(row: Json, places: dict[str, int]) -> Json:
    """A requirement of which no check was made: somebody must look at it, or it does not apply, or it is left."""
    kind = "review" if row["excluded"] else "open" if row["applies"] else "notApplicable"
    kind = "notApplicable" if row["verdict"] == Verdict.NOT_APPLICABLE and kind == "open" else kind
    return {
        **_named(row["id"], places),
        "kind": kind,
        "level": "none",
        "message": {"text": message(row["message"] or row["verdict"])},
        **_fingerprints(row["id"], "", "", ""),
        "suppressions": [],
        "properties": {"verdict": row["verdict"], "reason": row["reason"]},
    }


def _named(rule: str, places: dict[str, int]) -> Json:
    return {"ruleId": rule, "ruleIndex": places[rule]} if rule in places else {"ruleId": rule}


def message(text: str) -> str:
    """Text without placeholders and links: braces doubled, brackets and backslashes escaped."""
    shown = clip(visible(text), LIMIT)
    return re.sub(r"[\\\[\]]", r"\\\g<0>", shown).replace("{", "{{").replace("}", "}}")


def _location(check: Json) -> Json:
    """The check itself: its file in the suites, and its name. A target's own files are not known."""
    area = check["id"].rpartition(".")[0].split(".")
    path = "/".join([*area[:-1], f"test_{area[-1]}.py"])
    physical = {"artifactLocation": {"uri": re.sub(r"[^\w./-]", "_", path, flags=re.ASCII), "uriBaseId": _SUITES}}
    logical = {"fullyQualifiedName": visible(check["id"]), "kind": "function"}
    return {"physicalLocation": {**physical, "region": {"startLine": 1}}, "logicalLocations": [logical]}


def _fingerprints(*parts: str) -> Json:
    digest = hashlib.sha256("\0".join(parts).encode("utf-8", "surrogatepass")).hexdigest()
    return {"fingerprints": {"hookproof/v1": digest}, "partialFingerprints": {"hookproof/v1": digest}}


def _invocation(results: Json) -> Json:
    """How the run went; what it noticed on the way and what is missing from it are its notifications."""
    notes = [("note", f"{fact['name']}: {fact['text']}") for fact in results["facts"]]
    notes += [("warning", text) for text in (headline.gaps(results) if not results["complete"] else [])]
    notes += [("error", f"accepted, but met now: {one['requirement']} {one['check']}") for one in results["stale"]]
    started = results["started"]
    utc = re.fullmatch(r"\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d(\.\d+)?Z", started, re.ASCII)
    return {
        "executionSuccessful": results["complete"],
        "commandLine": visible(results["command"]),
        **({"startTimeUtc": started} if utc else {}),
        **({} if results["exit"] is None else {"exitCode": results["exit"]}),
        "toolExecutionNotifications": [{"level": level, "message": {"text": message(text)}} for level, text in notes],
    }
