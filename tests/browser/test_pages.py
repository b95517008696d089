"""The pages in a real browser: nothing loads, nothing overflows, keys reach everything, and axe-core finds nothing."""

import json
import re

import pytest

from hookproof.report import write
from hookproof.report.compare import matrix
from hookproof.report.compare.diff import compare
from hookproof.report.compare.diff import page as diff_page
from tests.browser.chromium import AXE
from tests.journals import load
from tests.journals.hostile import poisoned
from tests.journals.realistic import journal, later

REPORT, DIFF, MATRIX = "report.html", "diff.html", "matrix.html"
LOAD = f"load/{REPORT}"
LONG = f"long/{REPORT}"
"""A report in which everything that a target says is one word without end."""
OPEN = "for (const one of document.querySelectorAll('details')) one.open = true"
SCHEMES = ("light", "dark")


def _results(folder, lines):
    (folder / "run.jsonl").write_text("".join(json.dumps(line) + "\n" for line in lines), "ascii")
    return write(folder / "run.jsonl")


@pytest.fixture(scope="module")
def pages(tmp_path_factory):
    """A folder with one page of each kind."""
    folder = tmp_path_factory.mktemp("pages")
    results = _results(folder, later())
    other = {**results, "requirements": [{**row, "verdict": "pass"} for row in results["requirements"]]}
    (folder / DIFF).write_text(diff_page(compare(other, results)), "utf-8")
    (folder / MATRIX).write_text(matrix.page(matrix.arrange([(folder, results), (folder, other)], None)), "utf-8")
    (folder / "load").mkdir()
    write(load.journal(folder / "load" / "run.jsonl"))
    (folder / "long").mkdir()
    _results(folder / "long", poisoned(journal(), "W" * 400))
    return folder


@pytest.mark.parametrize("name", [REPORT, DIFF, MATRIX, LOAD])
def test_axe_finds_nothing_in_either_scheme(chromium, pages, name):
    with chromium.page(pages / name) as tab:
        tab.evaluate(OPEN)
        tab.evaluate(AXE.read_text("utf-8"))
        for scheme in SCHEMES:
            tab.show_as(prefers_color_scheme=scheme)
            found = tab.evaluate("axe.run({resultTypes: ['violations']}).then((all) => all.violations)")
            told = [(one["id"], [node["html"][:120] for node in one["nodes"][:3]]) for one in found]
            assert told == [], scheme


def test_axe_would_find_something(chromium, tmp_path):
    (tmp_path / "bad.html").write_text("<!doctype html><img src=''><p style='color:#ccc'>pale</p>")
    with chromium.page(tmp_path / "bad.html") as tab:
        tab.evaluate(AXE.read_text("utf-8"))
        found = tab.evaluate("axe.run().then((all) => all.violations.map((one) => one.id))")

    assert {"image-alt", "color-contrast", "html-has-lang"} <= set(found)


@pytest.mark.parametrize("name", [REPORT, DIFF, MATRIX, LOAD, LONG])
def test_no_page_is_wider_than_the_window(chromium, pages, name):
    with chromium.page(pages / name) as tab:
        for opened in ("0", OPEN):
            tab.evaluate(opened)
            for width in (360, 800, 1400):
                tab.resize(width)
                assert tab.evaluate("document.documentElement.scrollWidth") <= width, (opened, width)


def test_nothing_is_loaded_and_nothing_complained_about(chromium, pages):
    for name in (REPORT, DIFF, MATRIX, LOAD):
        with chromium.page(pages / name) as tab:
            assert tab.asked_for() == [(pages / name).as_uri()]
            assert tab.said("Log.entryAdded", "Runtime.consoleAPICalled", "Runtime.exceptionThrown") == []


def test_the_first_screen_is_the_first_sheet(chromium, pages):
    with chromium.page(pages / REPORT, 718, 1000) as tab:  # A4 between margins, in CSS pixels
        tab.show_as("print")
        assert 100 < tab.evaluate("document.querySelector('.first').getBoundingClientRect().bottom") < 1040
        assert tab.evaluate("getComputedStyle(document.querySelector('.first')).breakAfter") == "page"
        assert tab.evaluate("document.querySelectorAll('form:not([hidden])').length") == 1
        assert tab.evaluate("getComputedStyle(document.querySelector('form')).display") == "none"


def test_it_reads_well_without_style_and_script(chromium, pages, tmp_path):
    bare = re.sub(r"<(style|script)>.*?</\1>", "", (pages / REPORT).read_text("utf-8"), flags=re.DOTALL)
    (tmp_path / "bare.html").write_text(bare, "utf-8")
    with chromium.page(tmp_path / "bare.html", 800) as tab:
        said = " ".join(tab.evaluate("document.body.innerText").split())
        first = ["Not conformant", "MUST 9/12", "Fix these first", "Survives a null", "Could not be judged",
                 "Since the run of", "The run", "The command that repeats it", "What the words mean"]  # fmt: skip
        places = [said.index(text) for text in first]
        assert places == sorted(places)
        assert "Copy" not in said, "a button that does nothing"


def test_verdicts_are_told_apart_in_forced_colours(chromium, pages):
    with chromium.page(pages / REPORT, forced_colors="active") as tab:
        shown = tab.evaluate("[...document.querySelectorAll('.totals .pill')].map((one) => one.innerText.trim())")
        edges = tab.evaluate("getComputedStyle(document.querySelector('.totals .pill')).borderTopStyle")

    assert len(set(shown)) == len(shown) == 5 and edges == "solid"


def test_the_keyboard_reaches_everything(chromium, pages):
    with chromium.page(pages / REPORT) as tab:
        tab.press("Tab", 9)
        assert tab.evaluate("document.activeElement.textContent") == "Skip to the verdict"
        assert tab.evaluate("document.activeElement.getBoundingClientRect().left") > 0, "it shows itself"
        seen = {tab.evaluate("document.activeElement.tagName") for _ in range(40) if tab.press("Tab", 9) is None}
        assert {"A", "SUMMARY", "PRE", "BUTTON"} <= seen
        tab.evaluate("document.querySelector('.card:not([open]) > summary').focus()")
        tab.press("Enter", 13)
        assert tab.evaluate("document.activeElement.parentElement.open") is True


def test_a_copy_button_copies_what_stands_there(chromium, pages):
    with chromium.page(pages / REPORT) as tab:
        tab.evaluate("navigator.clipboard.writeText = async (text) => { window.copied = text }")
        tab.evaluate("document.querySelector('.first .copy button').click()")
        assert tab.evaluate("copied").startswith("pytest --target http://127.0.0.1:3000/")


def test_a_filter_leaves_what_was_asked_for(chromium, pages):
    with chromium.page(pages / REPORT) as tab:
        tab.evaluate("document.querySelector('[name=text]').value = 'survives a null'")
        tab.evaluate("document.getElementById('filter').dispatchEvent(new Event('input'))")
        shown = tab.evaluate(
            "[...document.querySelectorAll('.card')].filter((one) => !one.hidden).map((one) => one.id)"
        )

    assert shown == ["req-WHATSABLE-ERR-1"]
