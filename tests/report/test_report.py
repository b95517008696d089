import json
from collections import Counter
from pathlib import Path
from xml.etree import ElementTree

import jsonschema
import jsonschema_rs
import pytest

from hookproof.evidence.reader import read
from hookproof.report import ReportError, write
from hookproof.report.results.run import results
from hookproof.report.words.evidence import visible
from tests.journals.hostile import HOSTILE, poisoned
from tests.journals.small import END, attempt, begin, check

ROOT = Path(__file__).parents[2]
PAGE = ROOT / "reports" / "page"
SCHEMA = json.loads((ROOT / "specs" / "schema" / "results.schema.json").read_text("utf-8"))


A, B = "receiver.signature.a", "receiver.signature.b"


# From a journal to results


def test_results_follow_their_schema_and_both_validators_agree(report, realistic, tmp_path):
    found = report(realistic)
    written = json.loads((tmp_path / "results.json").read_text("ascii"))
    jsonschema.Draft202012Validator.check_schema(SCHEMA)
    jsonschema.validate(written, SCHEMA, jsonschema.Draft202012Validator)
    jsonschema_rs.validator_for(SCHEMA).validate(written)
    assert written == found
    assert (found["verdict"], found["complete"], found["exit"]) == ("nonconformant", True, 1)
    assert found["totals"]["MUST"]["fail"] == 3
    assert Counter(row["verdict"] for row in found["requirements"])["fail"] == 3


@pytest.mark.parametrize("level, outcome, verdict, conclusion", [
    ("MUST", "met", "pass", "conformant"),
    ("MUST", "unmet", "fail", "nonconformant"),
    ("SHOULD", "unmet", "warn", "undecided"),
    ("MAY", "unmet", "info", "undecided"),
    ("MUST", "inconclusive", "inconclusive", "undecided"),
    ("MUST", "not_applicable", "not_applicable", "undecided"),
    ("MUST", "error", "error", "undecided"),
])  # fmt: skip
def test_an_outcome_becomes_the_verdict_of_its_level(report, level, outcome, verdict, conclusion):
    found = report([begin([{"id": "H-1", "level": level, "checks": [A]}], [(A,)]), check(A, outcome), END])
    assert found["requirements"][0]["verdict"] == found["checks"][0]["verdict"] == verdict
    assert found["totals"][level][verdict] == 1
    assert found["verdict"] == conclusion


def test_a_requirement_takes_the_worst_of_its_checks_and_its_message(report):
    row = {"id": "H-1", "checks": [A, B]}
    cases = [check(A, case="x"), check(A, "unmet", "y", message="seen"), check(B, "inconclusive", reason="no_observer")]
    found = report([begin([row], [(A, "x"), (A, "y"), (B,)]), *cases, END])["requirements"][0]
    assert (found["verdict"], found["message"], found["reason"]) == ("fail", "seen", None)


def test_a_check_takes_the_strictest_level_that_names_it(report):
    rows = [{"id": "H-1", "level": "MAY", "checks": [A]}, {"id": "H-2", "level": "SHOULD", "checks": [A]}]
    rows += [{"id": "H-3", "level": "MUST", "checks": [A], "applies": False}]
    found = report([begin(rows, [(A,)]), check(A, "unmet"), END])
    assert (found["checks"][0]["verdict"], found["checks"][0]["requirements"]) == ("warn", ["H-1", "H-2"])
    assert [row["verdict"] for row in found["requirements"]] == ["info", "warn", "not_applicable"]


def test_the_baseline_counts_for_every_subject_and_a_provider_for_its_own(report):
    both = {"baseline": ["hooks", "rings"], "hooks": ["hooks"], "rings": ["rings"]}
    rows = [{"id": f"{name}-1", "provider": name, "checks": [A], "subjects": both[name]} for name in both]
    lines = [check(A), check(A, "unmet", subject="rings")]
    found = report([begin(rows, [(A,), (A, None, "rings")]), *lines, END])["requirements"]
    assert [row["verdict"] for row in found] == ["fail", "pass", "fail"]


def test_what_was_planned_but_not_run_is_inconclusive_and_the_run_incomplete(report):
    found = report([begin([{"id": "H-1", "checks": [A]}], [(A, "x"), (A, "y")]), check(A, case="x"), END])
    assert (found["requirements"][0]["verdict"], found["requirements"][0]["reason"]) == ("inconclusive", "not_run")
    assert [(entry["case"], entry["verdict"]) for entry in found["checks"]] == [("x", "pass"), ("y", "inconclusive")]
    assert not found["complete"]


def test_what_was_not_selected_is_inconclusive_too(report):
    found = report([begin([{"id": "H-1", "checks": [A, B]}], [(A,)]), check(A), END])
    assert found["requirements"][0]["reason"] == "not_run"
    assert (found["complete"], found["verdict"]) == (True, "undecided")


def test_what_is_excluded_or_inapplicable_says_why(report):
    rows = [{"id": "H-1", "excluded": "unseen"}]
    rows += [{"id": "H-3", "checks": [A], "applies": False}]
    rows += [{"id": "H-4", "role": ["sender", "receiver"], "checks": [A]}]
    found = report([begin(rows, [(A,)]), check(A), END])
    assert [(row["verdict"], row["reason"]) for row in found["requirements"]] == [
        ("not_applicable", "excluded"), ("not_applicable", None), ("pass", None),
    ]  # fmt: skip
    assert (found["requirements"][0]["message"], found["requirements"][2]["role"]) == ("unseen", "receiver")


def test_checks_of_a_role_that_was_not_tested_leave_nothing_open(report):
    row = {"id": "H-1", "role": ["sender", "receiver"], "checks": [A, "sender.signature.a"]}
    assert report([begin([row], [(A,)]), check(A), END])["requirements"][0]["verdict"] == "pass"


def test_passing_checks_keep_a_line_an_attempt_and_the_others_all(report):
    lines = [attempt(1, {"size": 2, "text": "{}"}), attempt(2, {"size": 2, "text": "{}"})]
    checks = [check(A, attempts=[1]), check(B, "unmet", attempts=[1, 2, 99])]
    found = report([begin([{"id": "H-1", "checks": [A, B]}], [(A,), (B,)]), *lines, *checks, END])["checks"]
    assert found[0]["attempts"] == [{"n": 1, "label": "genuine", "line": "POST / -> 1"}]
    assert found[1]["attempts"] == lines
    assert found[1]["elapsed_s"] == 0.6


# Journals that were cut off or damaged


def test_a_journal_cut_anywhere_gives_results_or_one_clear_line(realistic, tmp_path):
    path = tmp_path / "run.jsonl"
    whole = "".join(json.dumps(line) + "\n" for line in [*realistic[:12], *realistic[-6:]]).encode()
    first = whole.index(b"\n")
    assert results(_read(path, whole))["damaged_lines"] == 0
    for cut in range(0, len(whole) - 1, 97):
        if cut < first:
            with pytest.raises(ReportError, match=r"run\.jsonl: no begin line"):
                _read(path, whole[:cut])
        else:
            found = results(_read(path, whole[:cut]))
            assert not found["complete"]
            assert found["verdict"] != "conformant"


def _read(path, content):
    path.write_bytes(content)
    return read(path)


@pytest.mark.parametrize("line", [
    "\0" * 512, "[1]", '"text"', "{", '{"type":"check","id":7}', '{"type":"end","elapsed_s":NaN}', "[" * 100_000,
    '{"type":"attempt","n":1}', '{"n":' + "9" * 5000 + "}", '{"type":"check","id":"a","subject":"b","outcome":"great"}',
])  # fmt: skip
def test_a_damaged_line_costs_completeness_and_nothing_else(tmp_path, line):
    lines = [json.dumps(begin([{"id": "H-1", "checks": [A]}], [(A,)])), line, json.dumps(check(A)), json.dumps(END)]
    found = results(_read(tmp_path / "run.jsonl", "\n".join(lines).encode()))
    assert (found["damaged_lines"], found["complete"], found["verdict"]) == (1, False, "undecided")
    assert found["requirements"][0]["verdict"] == "pass"


def test_types_and_keys_of_a_later_version_are_passed_over(report):
    found = report([begin([{"id": "H-1", "checks": [A]}], new=1), {"type": "weather"}, check(A, new=2), END])
    assert (found["complete"], found["verdict"]) == (True, "conformant")


@pytest.mark.parametrize("line, says", [
    ({**begin([]), "schema": "hookproof/journal/2"}, "this version reads 'hookproof/journal/1'"),
    ({**begin([]), "seed": "none"}, "its begin line is not as it should be: .*seed"),
    (END, "no begin line"),
])  # fmt: skip
def test_what_is_no_journal_is_refused_in_one_line(report, tmp_path, line, says):
    with pytest.raises(ReportError, match=says) as refusal:
        report([line])
    assert "\n" not in str(refusal.value)
    assert [path.name for path in tmp_path.iterdir()] == ["run.jsonl"]


def test_a_missing_journal_and_an_unwritable_file_are_oserrors_and_leave_no_litter(report, tmp_path):
    with pytest.raises(FileNotFoundError):
        write(tmp_path / "run.jsonl")
    (tmp_path / "report.html").mkdir()
    with pytest.raises(OSError):
        report([begin([]), END])
    assert sorted(path.name for path in tmp_path.iterdir()) == ["report.html", "results.json", "run.jsonl"]


# JUnit


def test_junit_has_a_case_for_every_check(report, realistic, tmp_path):
    found = report(realistic)
    root = ElementTree.parse(tmp_path / "junit.xml").getroot()
    cases = root.findall("testsuite/testcase")
    verdicts = Counter(entry["verdict"] for entry in found["checks"])
    assert len(cases) == len(found["checks"]) == int(root.get("tests"))
    assert int(root.get("failures")) == len(root.findall(".//failure")) == verdicts["fail"]
    assert int(root.get("skipped")) == len(root.findall(".//skipped")) == verdicts["inconclusive"]
    assert {case.get("classname") for case in cases} >= {"receiver.signature", "receiver.payload"}
    assert "rejects-a-malformed-signature[63-digits]" in {case.get("name") for case in cases}
    assert {node.get("message") for node in root.iter("skipped")} >= {"no_observer", "prerequisite_failed"}
    assert len(root.findall(".//testcase/properties/property[@name='verdict'][@value='warn']")) == verdicts["warn"]


@pytest.mark.parametrize("outcome, element", [("error", "error"), ("not_applicable", "skipped"), ("unmet", "failure")])
def test_junit_names_what_is_no_pass(report, tmp_path, outcome, element):
    report([begin([{"id": "H-1", "checks": [A]}], [(A,)]), check(A, outcome, message="first\nsecond"), END])
    (found,) = ElementTree.parse(tmp_path / "junit.xml").getroot().findall(f".//{element}")
    assert (found.get("message"), found.text.splitlines()[:2]) == ("first", ["first", "second"])


@pytest.mark.parametrize("payload", HOSTILE.values(), ids=HOSTILE)
def test_junit_stays_well_formed_and_small(report, realistic, tmp_path, payload):
    report(poisoned(realistic, payload))
    text = (tmp_path / "junit.xml").read_bytes()
    root = ElementTree.fromstring(text)
    assert len(root.findall("testsuite/testcase")) == 97
    assert all(visible(part) == part for part in root.itertext())
    assert max(len(part) for part in root.itertext()) < 66_000


def test_the_page_says_first_what_keeps_a_run_from_being_green():
    template = (Path(__file__).parents[2] / "reports" / "page" / "report.html.j2").read_text("utf-8")
    main = template[template.index('<h1 id="verdict">') :]

    assert main.index("for doubt in doubts") < main.index("results.complete")
