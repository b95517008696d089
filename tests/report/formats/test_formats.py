"""Every other format is made from results.json alone; what a target says stays text in each."""

import json
import re
from collections import Counter
from pathlib import Path
from xml.etree import ElementTree

import jsonschema
import pytest
from markdown_it import MarkdownIt

from hookproof.report import FORMATS, ReportError, remake, write
from hookproof.report.formats.markdown_text import block, cell, code, words
from hookproof.report.formats.sarif import is_link, message
from hookproof.report.words import headline
from hookproof.report.words.evidence import visible
from tests.journals.hostile import HOSTILE, poisoned
from tests.journals.page import Page
from tests.journals.realistic import journal
from tests.journals.small import END, attempt, begin, check

ROOT = Path(__file__).parents[3]
SARIF = json.loads((ROOT / "tests" / "schemas" / "sarif-2.1.0.json").read_text("utf-8"))
SERVED = {"text", "inline", "code_inline", "softbreak"}


def harmless(text):
    """The kinds of blocks and spans in a Markdown text, once nothing outside of code could become a link."""
    tokens = MarkdownIt("commonmark").enable(["table", "strikethrough"]).parse(text)
    flat = [token for outer in tokens for token in (outer, *(outer.children or []))]
    bare = "\n".join(token.content for token in flat if token.type == "text")
    assert not re.search(r"@\w|://|www\.|#\d|GH-\d", bare), bare
    return {re.sub("_(open|close)$", "", token.type) for token in flat} - SERVED


A, B = "receiver.signature.a", "receiver.signature.b"


def _written(folder, lines):
    path = folder / "run.jsonl"
    path.write_text("".join(json.dumps(line) + "\n" for line in lines), "ascii")
    return write(path)


@pytest.fixture
def report(tmp_path):
    return lambda lines: _written(tmp_path, lines)


@pytest.fixture(scope="module")
def realistic():
    return list(journal())


@pytest.fixture(scope="module")
def run(tmp_path_factory, realistic):
    folder = tmp_path_factory.mktemp("run")
    _written(folder, realistic)
    return folder


@pytest.fixture(scope="module", params=HOSTILE.values(), ids=HOSTILE)
def hostile(request, tmp_path_factory, realistic):
    folder = tmp_path_factory.mktemp("hostile")
    _written(folder, poisoned(realistic, request.param))
    return folder


# One source


def test_every_format_is_made_again_from_the_results_alone(run, tmp_path):
    (tmp_path / "results.json").write_bytes((run / "results.json").read_bytes())
    remake(tmp_path / "results.json")

    assert {path.name for path in tmp_path.iterdir()} == {"results.json", *FORMATS}
    assert [name for name in FORMATS if (tmp_path / name).read_bytes() != (run / name).read_bytes()] == []


def test_hostile_results_are_read_back_as_they_were_written(hostile, tmp_path):
    (tmp_path / "results.json").write_bytes((hostile / "results.json").read_bytes())
    remake(tmp_path)

    assert [name for name in FORMATS if (tmp_path / name).read_bytes() != (hostile / name).read_bytes()] == []


@pytest.mark.parametrize("lines", [[], [check(A, "unmet")]], ids=["nothing", "one"])
def test_a_run_that_was_cut_off_is_marked_in_every_format(report, tmp_path, lines):
    report([begin([{"id": "H-1", "checks": [A, B]}], [(A,), (B,)]), *lines])
    text = {name: (tmp_path / name).read_text("utf-8") for name in FORMATS}

    assert "This run is incomplete." in text["report.html"]
    assert "**This run is incomplete.**" in text["summary.md"]
    assert "incomplete, " in json.loads(text["badge.json"])["message"]
    assert json.loads(text["results.sarif"])["runs"][0]["invocations"][0]["executionSuccessful"] is False
    assert '<property name="complete" value="false"' in text["junit.xml"]


@pytest.mark.parametrize("content", [
    "", "[]", "{}", '{"schema": "hookproof/results/2"}', "[" * 100_000, '{"a": NaN}',
    '{"schema": "hookproof/results/1", "verdict": "conformant"}',
])  # fmt: skip
def test_what_are_no_results_is_refused_in_one_line(tmp_path, content):
    (tmp_path / "results.json").write_text(content)

    with pytest.raises(ReportError, match=r"results\.json: not the results of a run") as refusal:
        remake(tmp_path / "results.json")
    assert "\n" not in str(refusal.value)


def test_results_of_an_earlier_version_are_completed(run, tmp_path):
    found = json.loads((run / "results.json").read_text())
    for name in ("about", "documents", "since", "accepted", "stale", "version", "command"):
        del found[name]
    for entry in [*found["requirements"], *found["checks"]]:
        del entry["accepted"]
    (tmp_path / "results.json").write_text(json.dumps(found))

    assert remake(tmp_path / "results.json")["version"] == "unknown"


# SARIF


def _sarif(folder):
    return json.loads((folder / "results.sarif").read_text("utf-8"))["runs"][0]


def test_sarif_fits_the_official_schema(run):
    jsonschema.Draft4Validator(SARIF).validate(json.loads((run / "results.sarif").read_text("utf-8")))


def test_hostile_sarif_fits_the_official_schema_and_has_no_link_and_no_placeholder(hostile):
    found = json.loads((hostile / "results.sarif").read_text("utf-8"))
    jsonschema.Draft4Validator(SARIF).validate(found)

    for one in found["runs"][0]["results"]:
        plain = one["message"]["text"]
        assert visible(plain) == plain
        assert not re.search(r"(?<!\\)(?:\\\\)*[\[\]]", plain), "brackets are escaped"
        assert not re.search(r"(?<!\{)\{(?:\{\{)*(?!\{)", plain), "braces are doubled"


def test_requirements_are_rules_and_checks_are_results(run, realistic):
    found, results = _sarif(run), json.loads((run / "results.json").read_text())
    rules = found["tool"]["driver"]["rules"]

    assert [rule["id"] for rule in rules] == [row["id"] for row in results["requirements"]]
    assert {rule["defaultConfiguration"]["level"] for rule in rules} == {"error", "warning", "note"}
    assert all(rules[one["ruleIndex"]]["id"] == one["ruleId"] for one in found["results"])
    named = [one for one in found["results"] if "check" in one["properties"]]
    assert [one["properties"]["check"] for one in named] == [entry["id"] for entry in results["checks"]]
    prints = [one["fingerprints"]["hookproof/v1"] for one in found["results"]]
    assert len(set(prints)) == len(prints)


def test_sarif_says_what_its_specification_demands(run):
    found = _sarif(run)
    kinds = Counter((one["kind"], one["level"]) for one in found["results"])

    assert set(kinds) == {
        ("pass", "none"), ("fail", "error"), ("fail", "warning"), ("informational", "none"),
        ("open", "none"), ("review", "none"), ("notApplicable", "none"),
    }, "3.27.10: a level other than none only where the kind is fail"  # fmt: skip
    assert all(one["message"]["text"] for one in found["results"]), "3.11.8: text or id"
    assert not any("suppressions" in one for one in found["results"]), "3.27.23: on all results or on none"
    assert re.fullmatch(r"[^/]+(/[^/]+)+", found["automationDetails"]["id"]), "3.17.3: hierarchical"
    assert all(key.isprintable() for one in found["results"] for key in one["fingerprints"])
    for one in found["results"]:
        for place in one.get("locations", []):
            assert place["physicalLocation"]["artifactLocation"]["uriBaseId"] in found["originalUriBaseIds"]
    assert found["invocations"][0]["startTimeUtc"].endswith("Z"), "3.9: UTC"


def test_a_fingerprint_stays_from_run_to_run(report, tmp_path):
    row = {"id": "H-1", "checks": [A]}
    prints = []
    for outcome in ("met", "unmet"):
        report([begin([row], [(A, "x")]), check(A, outcome, "x", message=outcome), END])
        prints.append(_sarif(tmp_path)["results"][0]["fingerprints"])

    assert prints[0] == prints[1]


@pytest.mark.parametrize("text, shown", [
    ("a [b](c)", "a \\[b\\](c)"), ("{0} {", "{{0}} {{"), ("\\[", "\\\\\\["), ("\x1b\u202e", "\\\\x1b\\\\u202e"),
])  # fmt: skip
def test_a_message_has_neither_links_nor_placeholders(text, shown):
    assert message(text) == shown


@pytest.mark.parametrize("text, good", [
    ("https://docs.example.org/a/b_c?d=1#e", True), ("http://h", True), ("", False), ("javascript:alert(1)", False),
    ("https://h/\u202e", False), ("https://h/ x", False), ('https://h/"', False), ("https://u@h/", False),
])  # fmt: skip
def test_only_plain_addresses_become_links(text, good):
    assert is_link(text) is good


# Markdown


def test_the_summary_says_first_what_matters(run):
    text = (run / "summary.md").read_text("utf-8")
    order = ["Not conformant: MUST 9/12 · SHOULD 4/6 · 8 not judged", "Fix these first", "Warnings",
             "Could not be judged", "pytest --target"]  # fmt: skip

    assert [text.index(part) for part in order] == sorted(text.index(part) for part in order)
    assert "`WHATSABLE-ERR-1`: **Survives a null** → `server error for a well-signed delivery:" in text
    assert "`--effects OBSERVER`" in text
    assert len(text) < 10_000


def test_a_likely_cause_stands_beside_what_it_explains(report, tmp_path):
    said = "POST 3 B -> 200: 'ok'\nlikely cause: it checks nothing"
    report([begin([{"id": "H-1", "checks": [A]}], [(A,)]), check(A, "unmet", message=said), END])

    assert (
        "**A** → `POST 3 B -> 200: 'ok'` — likely cause: it checks nothing\n" in (tmp_path / "summary.md").read_text()
    )


def test_a_hostile_target_writes_no_markup_into_the_summary(hostile):
    text = (hostile / "summary.md").read_text("utf-8")

    assert visible(text) == text
    assert harmless(text) <= {"heading", "paragraph", "bullet_list", "list_item", "strong", "fence"}


@pytest.mark.parametrize("text", HOSTILE.values(), ids=HOSTILE)
def test_code_is_one_span_on_one_line(text):
    for made in (code(text), cell(text), words(text), words("see `x` " + text)):
        assert "\n" not in made and visible(made) == made
    fence = re.match("`+", code(text))[0]
    assert code(text).endswith(fence) and fence not in code(text)[len(fence) : -len(fence)]
    assert not re.search(r"(?<!\\)\|", cell(text))


@pytest.mark.parametrize("text", ["```", "a\n````\nb", "x"])
def test_a_block_ends_where_it_should(text):
    made = block(text)
    fence = re.match("`+", made)[0]
    assert made.split(fence)[1:] == [f"\n{text}\n", ""]


# Badge


@pytest.mark.parametrize("outcome, colour, says", [
    ("met", "brightgreen", "MUST 1/1"), ("unmet", "red", "MUST 0/1"), ("error", "lightgrey", "nothing was judged"),
])  # fmt: skip
def test_the_badge_is_what_shields_reads(report, tmp_path, outcome, colour, says):
    report([begin([{"id": "H-1", "checks": [A]}], [(A,)]), check(A, outcome), END])
    badge = json.loads((tmp_path / "badge.json").read_text())

    assert set(badge) == {"schemaVersion", "label", "message", "color"}
    assert (badge["schemaVersion"], badge["color"]) == (1, colour)
    assert badge["message"].startswith(says)


# JUnit

# The schema that Jenkins, GitLab and others read by: what may stand where, and which attributes must.
ALLOWED = {
    "testsuites": ({"name", "time", "tests", "failures", "errors", "skipped"}, {"testsuite"}),
    "testsuite": (
        {"name", "tests", "failures", "errors", "skipped", "time", "timestamp"}, {"properties", "testcase"},
    ),
    "properties": (set(), {"property"}),
    "property": ({"name", "value"}, set()),
    "testcase": ({"classname", "name", "time"}, {"properties", "failure", "error", "skipped", "system-out"}),
    "failure": ({"message", "type"}, set()),
    "error": ({"message", "type"}, set()),
    "skipped": ({"message"}, set()),
    "system-out": (set(), set()),
}  # fmt: skip


def test_hostile_junit_has_the_form_that_servers_read(hostile):
    test_junit_has_the_form_that_servers_read(hostile)


def test_junit_has_the_form_that_servers_read(run):
    root = ElementTree.parse(run / "junit.xml").getroot()

    assert root.tag == "testsuites"
    for node in root.iter():
        attributes, children = ALLOWED[node.tag]
        assert set(node.attrib) == attributes
        assert {child.tag for child in node} <= children
    for suite in root:
        counted = Counter(child.tag for case in suite.iter("testcase") for child in case)
        assert [int(suite.get(name)) for name in ("failures", "errors", "skipped")] == [
            counted[tag] for tag in ("failure", "error", "skipped")
        ]
        assert re.fullmatch(r"\d{4}-\d\d-\d\dT\d\d:\d\d:\d\dZ?", suite.get("timestamp"))
    for case in root.iter("testcase"):
        assert sum(child.tag in ("failure", "error", "skipped") for child in case) <= 1
        assert float(case.get("time")) >= 0


# What the page says of a requirement and of a check


@pytest.mark.parametrize("address, linked", [("https://docs.example.org/hooks", True), ("javascript:alert(1)", False)])
def test_a_requirement_leads_to_its_document(report, tmp_path, address, linked):
    report([begin([{"id": "H-1", "checks": [A]}], [(A,)], documents={"hooks": address}), check(A), END])

    links = [link for link in Page((tmp_path / "report.html").read_text()).values("href") if link[0] != "#"]
    assert links == [address, address] * linked, "from the run and from the requirement"


def test_a_failed_check_says_why_it_matters_and_how_to_run_it_alone(report, tmp_path):
    command = "pytest --target http://x/ --report out -k sig suites/receiver --set a=b"
    first = begin([{"id": "H-1", "checks": [A]}], [(A,)], about={A: "One byte more and it is false."}, command=command)
    report([first, check(A, "unmet"), END])
    text = " ".join(Page((tmp_path / "report.html").read_text()).text().split())

    assert "One byte more and it is false." in text
    assert "pytest --pyargs hookproof.suites.receiver.test_signature::test_a --target http://x/ --set a=b" in text


@pytest.mark.parametrize("command, check_id", [
    ("", A), ("make demo", A), ("pytest 'unclosed", A), ("pytest", "receiver.x"), ("pytest", "a.b.c;rm -rf"),
])  # fmt: skip
def test_where_no_line_would_run_it_none_is_given(command, check_id):
    assert headline.command({"command": command}, check_id) == ""


# Size


def test_a_page_of_very_many_checks_stays_small_and_says_what_is_left_out(report, tmp_path):
    body = {"size": 9000, "text": "B" * 4000, "cut": True}
    plan = [(A, f"case {n}", subject) for n in range(150) for subject in ("hooks", "rings")]
    attempts = [attempt(n, body) for n in range(1, len(plan) + 1)]
    checks = [
        check(name, "unmet", case, subject, message=f"{case} {subject}", attempts=[n])
        for n, (name, case, subject) in enumerate(plan, 1)
    ]
    report([begin([{"id": "H-1", "checks": [A], "subjects": ["hooks", "rings"]}], plan), *attempts, *checks, END])

    assert (tmp_path / "report.html").stat().st_size < 500_000
    assert "some evidence is left out" in (tmp_path / "report.html").read_text()


# What is missing


def test_what_is_missing_is_named_where_people_look_first(report, tmp_path):
    names = [f"receiver.transport.c{number}" for number in range(6)]
    said = ["not https", "say --set mode=production", "not https", "a", "b", "c"]
    rows = [{"id": f"H-{name[-1]}", "checks": [name]} for name in names]
    lines = [
        check(name, "inconclusive", reason="prerequisite_failed", message=text)
        for name, text in zip(names, said, strict=True)
    ]
    found = report([begin(rows, [(name,) for name in names]), *lines, END])
    text = " ".join(Page((tmp_path / "report.html").read_text()).text().split())

    assert headline.lacking(found["requirements"])[:2] == ["not https (2)", "say --set mode=production"]
    assert "not https (2); say --set mode=production; a; and 2 more. Each says what." in text
    assert "`not https (2)` `say --set mode=production` `a`\n" in (tmp_path / "summary.md").read_text()
