"""Runs side by side: diff, matrix, baseline and what changed since the run before."""

import json
import re
from pathlib import Path

import msgspec
import pytest
from click.testing import CliRunner

from hookproof.cli import main
from hookproof.evidence.lines import TargetRecord
from hookproof.report import ReportError, write
from hookproof.report.compare import matrix
from hookproof.report.compare.diff import compare, markdown, page, text
from hookproof.report.results import baseline, stored
from hookproof.report.results.run import change
from hookproof.report.words import headline, history
from hookproof.report.words.evidence import visible
from hookproof.verdict import Verdict
from tests.journals.hostile import HOSTILE, poisoned
from tests.journals.page import Page
from tests.journals.realistic import journal
from tests.journals.small import END, begin, check
from tests.report.formats.test_formats import harmless

A, B = "receiver.signature.a", "receiver.signature.b"
ROW = {"id": "H-1", "checks": [A, B]}


@pytest.fixture
def run(tmp_path):
    """Write a run with these checks; return its folder."""

    def make(name, *checks, rows=(ROW,), **more):
        folder = tmp_path / name
        folder.mkdir()
        plan = [(one["id"], one["case"], one["subject"]) for one in checks]
        lines = [begin(list(rows), plan, **more), *checks, END]
        (folder / "run.jsonl").write_text("".join(json.dumps(line) + "\n" for line in lines), "ascii")
        write(folder / "run.jsonl")
        return folder

    return make


def _cli(*arguments):
    return CliRunner().invoke(main, [str(argument) for argument in arguments])


@pytest.mark.parametrize("before, now, kind", [
    ("pass", "fail", "regression"), ("pass", "warn", "regression"), ("warn", "fail", "regression"),
    ("inconclusive", "fail", "judged now: fails"), ("inconclusive", "warn", "judged now"), ("fail", "fail", None),
    ("fail", "pass", "fixed"), ("warn", "info", "fixed"), ("fail", "warn", None),
    ("pass", "inconclusive", "not judged now"),
    ("error", "fail", "judged now: fails"),
    ("fail", "error", "not judged now"), ("error", "pass", "judged now"), ("pass", "pass", None),
])  # fmt: skip
def test_what_a_change_of_verdict_is_called(before, now, kind):
    assert change(Verdict(before), Verdict(now)) == kind


# diff


def test_a_diff_tells_what_broke_and_what_was_mended(run, tmp_path):
    known, mended = (check(B, "unmet", case, message="b") for case in "xy")
    old = run("old", check(A), known, mended, check(B, case="z"))
    new = run("new", check(A, "unmet", message="seen"), known, check(B, case="y"), check(B, case="w"))
    done = _cli("diff", old, new / "results.json", "--markdown", tmp_path / "d.md", "--html", tmp_path / "d.html")

    assert done.exit_code == 1
    assert "Regressions (1)\n  receiver.signature.a for hooks: pass → fail\n    seen" in done.output
    assert "Still failing (1)\n  receiver.signature.b[x] for hooks: fail → fail" in done.output
    assert "Fixed (1)\n  receiver.signature.b[y] for hooks: fail → pass" in done.output
    assert "New checks (1)\n  receiver.signature.b[w] for hooks: none → pass" in done.output
    assert "Gone checks (1)\n  receiver.signature.b[z] for hooks: pass → none" in done.output
    assert done.output.endswith("1 regression, 1 still failing, 1 fixed, 1 new, 1 gone\n")
    assert (
        "#### Regressions\n\n- `receiver.signature.a` for hooks, pass → fail (`H-1`): `seen`"
        in (tmp_path / "d.md").read_text()
    )
    assert "Regressed: 1 regression" in " ".join(Page((tmp_path / "d.html").read_text()).text().split())


def test_a_failure_of_what_was_not_judged_before_is_no_regression_and_not_green(run, tmp_path):
    old = run("old", check(A, "inconclusive"), check(B, "inconclusive"))
    done = _cli("diff", old, run("new", check(A, "unmet"), check(B, "unmet")), "--html", tmp_path / "d.html")

    assert done.exit_code == 1 and done.output.endswith("2 judged now: fail\n")
    assert "Judged now: fails (2)\n  receiver.signature.a for hooks: inconclusive → fail" in done.output
    assert "Fails now: 2 judged now: fail" in " ".join(Page((tmp_path / "d.html").read_text()).text().split())


@pytest.mark.parametrize("count, kind, said", [
    (1, "regression", "1 regression"), (2, "regression", "2 regressions"), (2, "fixed", "2 fixed"),
    (1, "judged now: fails", "1 judged now: fails"), (2, "new: fails", "2 new: fail"),
])  # fmt: skip
def test_changes_are_counted_in_the_right_number(count, kind, said):
    assert headline.changed(count, kind) == said


def test_a_failure_of_a_new_check_is_told_and_an_old_one_is_no_news(run):
    old = run("old", check(A, "unmet"))
    done = _cli("diff", old, run("more", check(A, "unmet"), check(B, "unmet")))
    assert done.exit_code == 1 and "1 new: fails" in done.output
    assert _cli("diff", old, run("same", check(A, "unmet"))).exit_code == 0
    assert _cli("diff", old, run("mended", check(A))).exit_code == 0


def test_a_diff_names_what_else_is_not_the_same(run):
    old = run("old", check(A), parameters={"payload": "envelope"}, seed=1)
    new = run("new", check(A), parameters={"payload": "flat", "mode": "x"},
              target={"url": "http://y/", "role": ["receiver"], "provider": ["rings"]})  # fmt: skip
    said = _cli("diff", old, new).output

    assert "note: another provider: hooks → rings" in said
    assert "note: another parameter payload: envelope → flat" in said
    assert "note: another parameter mode: not set → x" in said
    assert "note: another seed: 1 → 0" in said


@pytest.mark.parametrize("arguments", [("nothing", "nothing"), (".", ".")])
def test_what_is_no_run_is_one_line(tmp_path, monkeypatch, arguments):
    monkeypatch.chdir(tmp_path)
    done = _cli("diff", *arguments)

    assert done.exit_code == 4 and done.output.count("\n") == 1


# Hostile runs, in every way of comparing


@pytest.mark.parametrize("payload", HOSTILE.values(), ids=HOSTILE)
def test_a_hostile_run_stays_text_when_compared(tmp_path, payload):
    runs = []
    for name, lines in (("plain", journal()), ("hostile", poisoned(_broken(journal()), payload))):
        (tmp_path / name).mkdir()
        (tmp_path / name / "run.jsonl").write_text("".join(json.dumps(line) + "\n" for line in lines), "ascii")
        runs.append((tmp_path / name, write(tmp_path / name / "run.jsonl")))
    found = compare(runs[0][1], runs[1][1])
    table = matrix.arrange(runs, tmp_path)

    assert found.failing
    for line in [*text(found), *matrix.text(table)]:
        assert visible(line) == line and "\n" not in line
    for written in (markdown(found), matrix.markdown(table)):
        assert visible(written) == written
        assert harmless(written) <= {"heading", "paragraph", "bullet_list", "list_item", "strong", "table", "thead",
                                     "tbody", "tr", "th", "td"}  # fmt: skip
    for written in (page(found), matrix.page(table)):
        shown = Page(written)
        assert visible(shown.text()) == shown.text()
        assert not {"img", "a onclick", "iframe"} & set(shown.tags) and shown.tags["script"] == 1
        assert all(
            re.match(r"#|\./(plain|hostile)/report\.html(#req-[\w.-]+)?$", link) for link in shown.values("href")
        )


def _broken(lines):
    return (
        {**line, "outcome": "unmet"} if line["type"] == "check" and line["outcome"] == "met" else line for line in lines
    )


# matrix


def test_a_matrix_has_a_cell_for_every_requirement_of_every_run(run, tmp_path):
    rows = [{"id": "H-1", "checks": [A]}, {"id": "H-2", "checks": [B]}]
    one = run("one", check(A), check(B, "unmet"), rows=rows)
    two = run("two two", check(A, "unmet"), rows=rows[:1], accepted=[ACCEPTED])
    done = _cli("matrix", one, two, "--html", tmp_path / "m.html", "--markdown", tmp_path / "m.md")
    shown = Page((tmp_path / "m.html").read_text())

    assert done.exit_code == 0 and done.output.startswith("one: Not conformant: MUST 1/2 (")
    assert "| `H-1` | MUST | ✓ pass | ✗ fail, accepted |" in (tmp_path / "m.md").read_text()
    assert "| `H-2` | MUST | ✗ fail |  |" in (tmp_path / "m.md").read_text()
    assert {"./one/report.html", "./one/report.html#req-H-2", "./two%20two/report.html#req-H-1"} <= set(
        shown.values("href")
    )


def test_a_matrix_links_only_to_reports_that_are_there(run, tmp_path):
    folder = run("one", check(A))
    (folder / "report.html").unlink()
    _cli("matrix", folder / "results.json", "--html", tmp_path / "m.html")

    assert {link[0] for link in Page((tmp_path / "m.html").read_text()).values("href")} == {"#"}


# baseline

ACCEPTED = {"requirement": "H-1", "check": A, "subject": "hooks", "case": None, "reason": "known since May"}


def test_a_baseline_holds_every_failure_and_is_read_back(run, tmp_path):
    folder = run("one", check(A, "unmet"), check(B, "unmet", "x"), check(B, case="y"))
    done = _cli("baseline", folder, "--reason", "legacy")
    (tmp_path / "known.json").write_text(done.output)

    assert [baseline.key(entry) for entry in baseline.read(tmp_path / "known.json")] == [
        ("H-1", A, "hooks", None), ("H-1", B, "hooks", "x"),
    ]  # fmt: skip
    assert {entry.reason for entry in baseline.read(tmp_path / "known.json")} == {"legacy"}


def test_a_baseline_may_be_toml(tmp_path):
    path = tmp_path / "known.toml"
    path.write_text(
        f'schema = "hookproof/baseline/1"\n[[accepted]]\nrequirement = "H-1"\ncheck = "{A}"\nsubject = "h"\n'
    )

    assert baseline.key(baseline.read(path)[0]) == ("H-1", A, "h", None)


def test_warnings_are_accepted_only_when_asked_for(run):
    folder = run("one", check(A, "unmet"), rows=[{"id": "H-1", "level": "SHOULD", "checks": [A]}])

    assert json.loads(_cli("baseline", folder).output)["accepted"] == []
    assert len(json.loads(_cli("baseline", folder, "--strict").output)["accepted"]) == 1


@pytest.mark.parametrize("content, says", [
    ("{}", "no baseline"), ("[", "no baseline"), ('{"schema": "hookproof/baseline/2", "accepted": []}', "no baseline"),
    (json.dumps({"schema": baseline.SCHEMA, "accepted": [ACCEPTED, ACCEPTED]}), "stands there twice"),
])  # fmt: skip
def test_what_is_no_baseline_is_refused_in_one_line(tmp_path, content, says):
    (tmp_path / "known.json").write_text(content)

    with pytest.raises(ReportError, match=says) as refusal:
        baseline.read(tmp_path / "known.json")
    assert "\n" not in str(refusal.value)


def test_what_is_accepted_stays_visible_and_does_not_count(run):
    folder = run(
        "one", check(A, "unmet", message="m"), check(B), rows=[ROW, {"id": "H-2", "checks": [B]}], accepted=[ACCEPTED]
    )
    found = stored.read(folder)

    assert (found["verdict"], baseline.remaining(found)) == ("nonconformant", "conformant")
    assert found["requirements"][0]["accepted"] == found["checks"][0]["accepted"] == "known since May"
    assert "1 accepted" in json.loads((folder / "badge.json").read_text())["message"]
    assert "#### Accepted failures\n\n- `H-1` fail: known since May" in (folder / "summary.md").read_text()
    assert "Accepted failures" in (folder / "report.html").read_text()
    assert 'failures="0"' in (folder / "junit.xml").read_text()
    sarif = json.loads((folder / "results.sarif").read_text())["runs"][0]["results"]
    assert [[one["status"] for one in result["suppressions"]] for result in sarif] == [["accepted"], []]


def test_a_requirement_is_accepted_only_with_all_that_broke_it(run):
    found = stored.read(run("one", check(A, "unmet"), check(B, "unmet"), accepted=[ACCEPTED]))

    assert (found["requirements"][0]["accepted"], baseline.remaining(found)) == (None, "nonconformant")


def test_an_entry_that_is_met_again_is_stale(run):
    folder = run("one", check(A), accepted=[ACCEPTED])

    assert [entry["requirement"] for entry in stored.read(folder)["stale"]] == ["H-1"]
    assert "Accepted, but met now" in (folder / "summary.md").read_text()
    assert "Take them out of the baseline" in (folder / "report.html").read_text()


@pytest.mark.parametrize("outcome", ["inconclusive", "error", "not_applicable"])
def test_an_entry_that_was_not_judged_is_not_stale(run, outcome):
    assert stored.read(run("one", check(A, outcome), accepted=[ACCEPTED]))["stale"] == []


# The run before


def test_what_changed_since_the_run_before_is_told(run, tmp_path):
    rows = [{"id": name, "checks": [id_]} for name, id_ in (("H-1", A), ("H-2", B))]
    run("old", check(A, "unmet"), check(B), rows=rows)
    same = TargetRecord("http://x/", ["receiver"], ["hooks"])
    earlier = [msgspec.to_builtins(line) for line in history.lines(tmp_path / "new", same)]
    folder = tmp_path / "new"
    folder.mkdir()
    lines = [begin(rows, [(A,), (B,)]), *earlier, check(A), check(B, "unmet"), END]
    (folder / "run.jsonl").write_text("".join(json.dumps(line) + "\n" for line in lines))

    assert [(one["requirement"], one["change"]) for one in write(folder / "run.jsonl")["since"]["changes"]] == [
        ("hooks/H-1", "fixed"), ("hooks/H-2", "regression"),
    ]  # fmt: skip
    assert "- regression: `hooks/H-2`, pass → fail" in (folder / "summary.md").read_text()
    assert "Since the run of" in (folder / "report.html").read_text()


def test_only_a_whole_run_of_the_same_target_is_the_one_before(run, tmp_path):
    folder = run("old", check(A))
    same = TargetRecord("http://x/", ["receiver"], ["hooks"])

    def before(name, target=same):
        return list(history.lines(Path(name), target))

    older, past = before(tmp_path / "new")
    assert (older.where, [one.where for one in past.runs]) == ("old", ["old"])
    assert before(folder) == []
    assert before(tmp_path / "new", TargetRecord("http://y/", ["receiver"], ["hooks"])) == []
    assert before(tmp_path / "new", TargetRecord("http://x/", ["sender"], ["hooks"])) == []
    assert before("/nowhere/at/all") == []
    (folder / "results.json").write_text("{")
    assert before(tmp_path / "new") == []
