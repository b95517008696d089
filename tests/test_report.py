import base64
import hashlib
import json
import re
from collections import Counter
from pathlib import Path
from xml.etree import ElementTree

import jsonschema
import jsonschema_rs
import pytest

from hookproof.report import ReportError, write
from hookproof.report.evidence import visible
from hookproof.report.lines import read
from hookproof.report.results import results
from tests.journals.hostile import HOSTILE, poisoned
from tests.journals.page import Page
from tests.journals.realistic import journal
from tests.journals.small import END, attempt, begin, check

ROOT = Path(__file__).parents[1]
PAGE = ROOT / "reports" / "page"
SCHEMA = json.loads((ROOT / "specs" / "schema" / "results.schema.json").read_text("utf-8"))


@pytest.fixture
def report(tmp_path):
    """Write a journal of these lines, and everything made from it; return the results."""

    def make(lines):
        path = tmp_path / "run.jsonl"
        path.write_text("".join(json.dumps(line) + "\n" for line in lines), "ascii")
        return write(path)

    return make


@pytest.fixture
def page(report, tmp_path):
    def make(lines):
        report(lines)
        return (tmp_path / "report.html").read_text("utf-8")

    return make


@pytest.fixture(scope="module")
def realistic():
    return list(journal())


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


# The page


def test_the_page_answers_first_what_matters_most(page, realistic):
    found = Page(page(realistic))
    text = " ".join(found.text().split())
    assert "Not conformant: MUST 9/12 · SHOULD 4/6 · 8 not judged Fix these first" in text
    assert "This run is incomplete" not in text
    order = ["verdict", "fix", "unjudged", "run", "totals", "warnings", "legend", "requirements", "facts", "apart-1"]
    assert [name for name in found.values("id") if name in order] == order


@pytest.mark.parametrize("lines, sentence", [
    ([check(A), check(B), END], "Conformant: MUST 2/2 "),
    ([check(A), check(B, "inconclusive", reason="no_observer"), END],
     "Conformant: MUST 1/1 · 1 not judged "),
    ([check(A), check(B, "error"), END], "Undecided: MUST 1/1 · 1 not judged "),
    ([check(A), check(B, "not_applicable"), END], "Conformant: MUST 1/1 "),
    ([check(A), check(B, "unmet")],
     "Not conformant: MUST 1/2 This run is incomplete."),
    ([check(A, "not_applicable"), check(B, "not_applicable"), END],
     "Undecided: nothing was judged "),
])  # fmt: skip
def test_the_first_sentence(page, lines, sentence):
    rows = [{"id": "H-1", "checks": [A]}, {"id": "H-2", "checks": [B]}]
    assert sentence in " ".join(Page(page([begin(rows, [(A,), (B,)]), *lines])).text().split())


def test_every_id_is_there_once_and_every_link_stays_on_the_page(page, realistic):
    found = Page(page(realistic))
    ids = found.values("id")
    assert len(ids) == len(set(ids))
    assert set(found.values("href")) <= {f"#{name}" for name in ids}
    assert set(found.values("aria-labelledby")) <= set(ids)
    assert "req-WHATSABLE-SIG-0" in ids


def test_the_policy_allows_this_style_and_this_script_and_nothing_else(page, realistic):
    text = page(realistic)
    found = Page(text)
    (policy,) = [value for value in found.values("content") if value.startswith("default-src")]
    for kind, tag in (("style", "style"), ("script", "script")):
        (inlined,) = re.findall(rf"<{tag}>(.*?)</{tag}>", text, re.DOTALL)
        digest = base64.b64encode(hashlib.sha256(inlined.encode()).digest()).decode()
        assert f"{kind}-src 'sha256-{digest}'" in policy
        assert found.tags[tag] == 1
    assert policy.startswith("default-src 'none';")
    assert not {"src", "style", "onclick", "action", "srcset"} & {name for _, name, _ in found.attributes}
    assert not {"img", "link", "iframe", "object", "base", "svg"} & set(found.tags)


@pytest.mark.parametrize("payload", HOSTILE.values(), ids=HOSTILE)
def test_a_target_cannot_put_anything_but_text_on_the_page(page, realistic, payload):
    plain, found = Page(page(realistic)), Page(page(poisoned(realistic, payload)))
    assert set(found.tags) == set(plain.tags)
    assert (found.tags["script"], found.tags["style"]) == (1, 1)
    assert {name for _, name, _ in found.attributes} == {name for _, name, _ in plain.attributes}
    assert set(found.values("href")) == set(plain.values("href"))
    assert set(found.values("id")) == set(plain.values("id"))
    assert visible(found.text()) == found.text()
    assert visible(payload[:40].replace("\n", " ")) in found.text().replace("\n", " ")


def test_long_evidence_is_cut_and_says_so(page, tmp_path):
    body, long = {"size": 90_000, "text": "B" * 4096, "cut": True}, "A" * 2_000_000
    many = [attempt(n, body) for n in range(1, 40)]
    last = attempt(40, {"size": 2_000_000, "text": long}, line=long, url=long, label=long, detail=long)
    bad = check(A, "unmet", attempts=list(range(1, 41)), message=long, reproduce=long)
    first = begin([{"id": "H-1", "checks": [A]}], [(A,)], command=long)
    text = page([first, *many, last, bad, {"type": "fact", "name": long, "text": long}, END])
    assert len(text) < 200_000
    assert (tmp_path / "junit.xml").stat().st_size < 200_000
    assert "first 4,096 of 90,000 B" in text
    assert "1,998,000 more characters" in text
    assert "32 more in results.json" in text
    assert [f"#{n}</b>" in text for n in (1, 3, 4, 35, 36, 40)] == [True, True, False, False, True, True]


SERIES = [
    {"at_s": 0.0, "open_s": 0.01, "answer": "500", "acknowledged": False, "n": 3},
    {"at_s": 0.4, "open_s": 2, "answer": "no answer", "acknowledged": False},
    {"at_s": 1.2, "open_s": 0.01, "answer": "200", "acknowledged": True, "n": 7},
]
ONE_CHECK = begin([{"id": "H-1", "checks": [A]}], [(A,)])


@pytest.mark.parametrize("series, captions", [
    (SERIES, [""]),
    ([SERIES, SERIES], ["", ""]),
    ([{"caption": "evt_1", "attempts": SERIES}, SERIES], ["evt_1", ""]),
    ([], []),
])  # fmt: skip
def test_the_attempts_a_sender_made_are_drawn(page, tmp_path, series, captions):
    found = Page(page([ONE_CHECK, check(A, series=series), END]))
    written = json.loads((tmp_path / "results.json").read_text("ascii"))
    jsonschema.validate(written, SCHEMA, jsonschema.Draft202012Validator)
    kept = written["checks"][0]["series"]
    assert [one["caption"] for one in kept] == captions
    assert all([moment.get("n") for moment in one["attempts"]] == [3, None, 7] for one in kept)
    assert found.values("class").count("moments") == len(captions)
    assert not {"style", "onclick"} & {name for _, name, _ in found.attributes}


@pytest.mark.parametrize("series", [
    7, [7], [[7]], [{"at_s": -1, "open_s": 0, "answer": "", "acknowledged": True}],
    [{"at_s": 1e300, "open_s": 0, "answer": "", "acknowledged": True}], [SERIES[0], []],
])  # fmt: skip
def test_a_series_that_is_none_damages_its_line(report, series):
    assert report([ONE_CHECK, check(A, series=series), END])["damaged_lines"] == 1


@pytest.mark.parametrize("payload", HOSTILE.values(), ids=HOSTILE)
def test_an_answer_and_a_caption_are_nothing_but_text(page, payload):
    def series(text):
        return [{"caption": text, "attempts": [{**SERIES[0], "answer": text}]}]

    plain, found = (Page(page([ONE_CHECK, check(A, series=series(text)), END])) for text in ("\u3164", payload))
    assert set(found.tags) == set(plain.tags)
    assert {name for _, name, _ in found.attributes} == {name for _, name, _ in plain.attributes}
    assert visible(found.text()) == found.text()


def test_of_many_series_the_first_are_drawn(page):
    text = page([ONE_CHECK, check(A, series=[SERIES] * 40), END])
    assert text.count('class="moments"') == 6
    assert "34 more deliveries in results.json" in text


def test_evidence_stands_once_and_is_linked_from_the_other_requirements(page):
    rows = [{"id": "H-1", "level": "SHOULD", "checks": [A]}, {"id": "H-2", "checks": [A]}, {"id": "H-3", "checks": [A]}]
    text = page([begin(rows, [(A,)]), attempt(7, {"size": 0, "text": ""}), check(A, "unmet", attempts=[7]), END])
    assert text.count("#7</b>") == 1
    assert text.count('Evidence: under <a href="#req-H-2">H-2</a>') == 2


def test_cases_that_came_out_the_same_share_a_line(page):
    row = begin([{"id": "H-1", "checks": [A]}], [(A, case) for case in "wxyz"])
    text = Page(page([row, *(check(A, case=case) for case in "wxz"), check(A, "unmet", "y"), END])).text()
    assert "A w, x, z" in text
    assert "A y" in text


def test_requirements_broken_by_the_same_check_stand_together_with_its_message(page):
    rows = [{"id": "H-1", "checks": [A, B]}, {"id": "H-2", "checks": [B]}, {"id": "H-3", "checks": [B, A]}]
    lines = [check(A, "unmet", message="about a"), check(B, "unmet", message="about b")]
    text = page([begin(rows, [(A,), (B,)]), *lines, END])
    first, second = re.findall(r'<li><p class="versus">.*?</li>', text, re.DOTALL)
    assert "H-1" in first and "about a" in first
    assert "H-2" in second and "H-3" in second and "about b" in second


def test_of_many_cases_that_failed_only_the_first_is_open(page):
    row = begin([{"id": "H-1", "checks": [A]}], [(A, case) for case in "xyz"])
    text = page([row, *(check(A, "unmet", case, message=case) for case in "xyz"), END])
    assert "<summary>2 more of this check with the same verdict</summary>" in text
    assert text.count('class="check"') == 3


def test_an_id_that_is_no_name_gets_a_number(page):
    rows = [{"id": name, "checks": [A]} for name in ("H 1", "x' onload='y", "H-1", "H-1")]
    ids = Page(page([begin(rows, [(A,)]), check(A), END])).values("id")
    assert [name for name in ids if name.startswith("req-")] == ["req-1.", "req-2.", "req-H-1", "req-4."]


def test_a_check_no_requirement_names_is_not_lost(page):
    assert "Checks that no requirement names" in page([begin([], [(A,)]), check(A), END])


@pytest.mark.parametrize("name", sorted(path.name for path in PAGE.glob("*.j2")))
def test_the_template_trusts_nothing(name):
    template = (PAGE / name).read_text("utf-8")
    assert not re.search(r"\|\s*(safe|forceescape|xmlattr)\b|autoescape|Markup", template)
    assert not re.search(r"=\s*\{\{", template)


def test_colours_have_enough_contrast_in_light_and_dark():
    style = (PAGE / "style.css").read_text("utf-8")
    pairs = dict(re.findall(r"--([\w-]+): light-dark\((#\w{6}, #\w{6})\);", style))
    grounds = {"ink": ["ground", "raised"], "quiet": ["ground", "raised"], "link": ["ground", "raised"]}
    tones = ("pass", "fail", "warn", "open", "none")
    for text, behind in [*grounds.items(), *((tone, ["ground", "raised", f"{tone}-ground"]) for tone in tones)]:
        for ground in behind:
            for one, other in zip(pairs[text].split(", "), pairs[ground].split(", "), strict=True):
                assert _contrast(one, other) >= 4.5, (text, ground)
    for tone in tones:
        inks = zip(pairs["ink"].split(", "), pairs[f"{tone}-ground"].split(", "), strict=True)
        assert all(_contrast(*both) >= 4.5 for both in inks)


def _contrast(*colours):
    """WCAG 2.2, contrast ratio of two #rrggbb."""
    light = []
    for colour in colours:
        parts = [int(colour[at : at + 2], 16) / 255 for at in (1, 3, 5)]
        linear = [part / 12.92 if part <= 0.04045 else ((part + 0.055) / 1.055) ** 2.4 for part in parts]
        light.append(0.2126 * linear[0] + 0.7152 * linear[1] + 0.0722 * linear[2])
    return (max(light) + 0.05) / (min(light) + 0.05)


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
