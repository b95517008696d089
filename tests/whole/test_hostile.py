"""What a target says stays text in every file of a run: sixty payloads, each in every field that it can write."""

import json
from xml.etree import ElementTree

import jsonschema
import jsonschema_rs
import pytest

from hookproof.report import write
from hookproof.report.formats import page_view
from hookproof.report.formats.html_page import page
from hookproof.report.words.evidence import visible
from tests.journals.hostile import poisoned
from tests.journals.payloads import PAYLOADS
from tests.journals.small import END, attempt, begin, check
from tests.report.formats.test_formats import SARIF, harmless
from tests.report.test_report import SCHEMA

A, B = "receiver.signature.a", "receiver.signature.b"
LOUD = (
    "Page.javascriptDialogOpening", "Page.frameRequestedNavigation", "Runtime.consoleAPICalled",
    "Runtime.exceptionThrown", "Log.entryAdded",
)  # fmt: skip
TAGS = "[...new Set([...document.querySelectorAll('*')].map((one) => one.tagName))].sort()"


def _lines(payload):
    row = {"id": "H-1", "text": payload, "source": payload, "checks": [A]}
    other = {"id": "H-2", "text": payload, "source": payload, "checks": [B]}
    documents = {"hooks": payload if payload != "plain" else ""}
    first = begin([row, other], [(A, payload), (B,)], documents=documents, about={A: payload})
    sent = attempt(1, {"size": 1, "text": "x"}, signed={})
    bad = check(A, "unmet", payload, attempts=[1])
    return poisoned([first, sent, bad, check(B, "inconclusive", reason=payload), _FACT, END], payload)


_FACT = {"type": "fact", "name": "x", "text": "x"}


@pytest.fixture(scope="module")
def runs(tmp_path_factory):
    """A folder of a run for each payload, and one whose text is plain, by name."""
    folder = tmp_path_factory.mktemp("hostile")
    found = {}
    for number, (name, payload) in enumerate([("plain", "plain"), *PAYLOADS.items()]):
        path = folder / str(number)
        path.mkdir()
        (path / "run.jsonl").write_text("".join(json.dumps(line) + "\n" for line in _lines(payload)), "ascii")
        write(path / "run.jsonl")
        found[name] = path
    return found


def test_there_are_sixty():
    assert len(PAYLOADS) >= 60


def test_nothing_of_it_runs_loads_or_becomes_markup_in_a_browser(chromium, runs):
    plain = None
    with chromium.page("about:blank") as tab:
        for name, folder in runs.items():
            results = json.loads((folder / "results.json").read_text())
            path = folder / "whole.html"
            path.write_text(page("report.html.j2", page_view.of(results), results=results, whole=True), "utf-8")
            tab.open(path)
            tab.evaluate("for (const one of document.querySelectorAll('details')) one.open = true")
            links = "[...document.links].filter((one) => !one.hash).length"
            seen = tab.evaluate(f"({{tags: {TAGS}, canary: document.documentElement.dataset.canary, links: {links}}})")
            plain = plain or seen
            assert (tab.said(*LOUD), tab.asked_for()) == ([], [path.as_uri()]), name
            assert seen == plain and "canary" not in seen, name


def test_the_canary_would_sing(chromium, tmp_path):
    loud = PAYLOADS["plain script"].replace("alert(1);", "") + PAYLOADS["image from elsewhere"]
    (tmp_path / "loud.html").write_text(loud)
    with chromium.page(tmp_path / "loud.html") as tab:
        assert tab.evaluate("document.documentElement.dataset.canary") == "1"
        assert tab.said("Runtime.consoleAPICalled") and len(tab.asked_for()) > 1


def test_every_file_for_machines_is_well_formed_and_free_of_control_characters(runs):
    results, sarif = jsonschema_rs.validator_for(SCHEMA), jsonschema.Draft4Validator(SARIF)
    for name, folder in runs.items():
        text = {path.name: path.read_text("utf-8") for path in folder.iterdir()}
        results.validate(json.loads(text["results.json"]))
        sarif.validate(json.loads(text["results.sarif"]))
        root = ElementTree.fromstring(text["junit.xml"].encode())
        assert len(root.findall("testsuite/testcase")) == 2, name
        assert json.loads(text["badge.json"])["schemaVersion"] == 1
        assert harmless(text["summary.md"]) <= {"heading", "paragraph", "bullet_list", "list_item", "strong", "fence"}
        for file in ("report.html", "junit.xml", "summary.md", "badge.json"):
            assert visible(text[file]) == text[file], (name, file)


def test_no_line_for_people_is_a_command_to_a_ci_server(runs):
    for folder in runs.values():
        lines = [line.lstrip() for line in (folder / "summary.md").read_text("utf-8").splitlines()]
        assert not [line for line in lines if line.startswith(("::", "##[", "##vso", "##teamcity"))]
