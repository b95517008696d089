"""The terminal: one screen that says the most useful things first, a line in place for what is waited for."""

import json
import re
from io import StringIO
from types import SimpleNamespace

import pytest

from hookproof.plugin.terminal import progress as progress_module
from hookproof.plugin.terminal.progress import Progress
from hookproof.plugin.terminal.summary import summary, write_summary
from hookproof.report import write
from hookproof.report.words.evidence import spoken
from tests.journals.hostile import poisoned
from tests.journals.payloads import PAYLOADS
from tests.journals.realistic import journal, later
from tests.journals.small import END, begin, check

A, B = "receiver.signature.a", "receiver.signature.b"


@pytest.fixture(autouse=True)
def eighty_columns(monkeypatch):
    monkeypatch.delenv("CI", raising=False)


@pytest.fixture
def results(tmp_path):
    def make(lines):
        (tmp_path / "run.jsonl").write_text("".join(json.dumps(line) + "\n" for line in lines), "ascii")
        return write(tmp_path / "run.jsonl")

    return make


class Reporter:
    """What pytest's own does with what it is told to write."""

    isatty = False

    def __init__(self, verbosity=0, width=80):
        self.verbosity, self.lines, self._tw = verbosity, [], SimpleNamespace(fullwidth=width)

    def section(self, title, sep="=", **_):
        self.lines.append(f" {title} ".center(80, sep))

    def write_line(self, line, **_):
        self.lines.append(line)


def _said(found, verbosity=0, folder="reports/runs/2026-11-21T100000Z"):
    reporter = Reporter(verbosity)
    write_summary(reporter, found, folder)
    return reporter.lines


def test_it_says_the_most_useful_things_in_one_screen_and_the_path_last(results):
    lines = _said(results(later()))
    text = "\n".join(lines)
    order = [
        "NOT CONFORMANT", "MUST 9/12", "Fix these first:", "  Acknowledges an unknown event type (WHATSABLE-ACK-1)",
        "    expected  ", "    got       an unknown kind of event was refused", "    do        ",
        "Could not be judged:",
        "6 × Nobody counted the effects: Say how",
        "Since the last run: 1 fixed, 1 regression", "The first of them again:\n  pytest --target", "Report: ",
    ]  # fmt: skip

    assert [text.index(part) for part in order] == sorted(text.index(part) for part in order)
    assert max(map(len, lines)) <= 80
    assert lines[-1] == "Report: reports/runs/2026-11-21T100000Z/report.html"


def _crowded():
    rows = [{"id": f"H-{n}", "checks": [f"receiver.signature.c{n}"]} for n in range(40)]
    cause = "it is wrong\nlikely cause: " + "nobody knows " * 30
    reasons = ["no_observer", "control_failed", "not_triggered", "window_too_short", "ambiguous_send"]
    accepted = [{"requirement": f"H-{n}", "check": f"receiver.signature.c{n}", "subject": "hooks", "reason": "known"}
                for n in range(30, 36)]  # fmt: skip
    yield begin(rows, accepted=accepted, command="pytest --target http://x/ " + "--set a=b " * 12)
    yield {"type": "older", "started": "2026-11-15T10:00:00Z", "where": "x", "requirements": {"hooks/H-1": "pass"}}
    for n in range(40):
        reason = reasons[n % 5] if 15 < n < 30 else None
        outcome = "inconclusive" if reason else "met" if n == 35 else "unmet"
        yield check(f"receiver.signature.c{n}", outcome, reason=reason, message=cause)
    yield {"type": "fact", "name": "cause", "text": "the secret is another one, " * 20}


def test_however_much_there_is_it_is_little_more_than_a_screen(results):
    lines = _said(results(_crowded()))

    assert len(lines) <= 40 and max(map(len, lines)) <= 80
    text = "\n".join(lines)
    for part in (
        "INCOMPLETE",
        "H-0",
        "look for this: nobody knows",
        "more",
        "Could not be judged",
        "Accepted failures, 5",
        "Report:",
    ):
        assert part in text, part


def test_causes_and_remedies_are_whole_and_one_cause_is_one_problem(results):
    text = " ".join(" ".join(_said(results(_crowded()))).split())

    assert "nobody knows " * 29 in text and "…" not in text.partition("Fix these first:")[2].partition("Could not")[0]
    assert "(H-0, H-1, H-2, H-3, H-4, H-5 and 14 more)" in text, text


def test_a_log_is_wider_than_a_terminal(results, monkeypatch):
    found = results(_crowded())
    monkeypatch.delenv("COLUMNS", raising=False)
    monkeypatch.setenv("CI", "true")
    wide = _said(found)

    assert 100 < max(map(len, wide)) <= 120 and len(wide) < len(_cut_at(80, found, monkeypatch))


def _cut_at(width, found, monkeypatch):
    monkeypatch.delenv("CI")
    reporter = Reporter(width=width)
    write_summary(reporter, found, "x")
    return reporter.lines


@pytest.mark.parametrize("outcome, level, title", [
    ("met", "MUST", None), ("unmet", "SHOULD", "Allowed, but worth a look:"), ("unmet", "MUST", "Fix these first:"),
])  # fmt: skip
def test_a_heading_only_where_there_is_something_under_it(results, outcome, level, title):
    found = results([begin([{"id": "H-1", "level": level, "checks": [A]}], [(A,)]), check(A, outcome), END])
    headings = [line for line in summary(found, "x") if line.endswith(":") and "again" not in line]

    assert headings == ([title] if title else [])


def test_verbosely_everything_that_failed_comes_first_with_its_reproducer(results):
    lines = _said(results(journal()), verbosity=1)
    text = "\n".join(lines)

    assert text.count("reproduce:") == 10 and text.index("reproduce:") < text.index("NOT CONFORMANT")
    assert "receiver.signature.rejects-a-repeated-signature-header[forged-first] for\nwhatsable" in text


@pytest.mark.parametrize("payload", PAYLOADS.values(), ids=PAYLOADS)
def test_a_target_neither_steers_the_terminal_nor_commands_the_ci_server(results, payload):
    row = [{"id": "H-1", "checks": [A]}, {"id": "H-2", "checks": [B]}]
    lines = [begin(row, [(A, "x"), (B,)]), check(A, "unmet", "x"), check(B, "inconclusive", reason=payload)]
    found = results(poisoned([*lines, {"type": "fact", "name": "cause", "text": "x"}, END], payload))
    for fact in found["facts"]:
        fact["name"] = "cause"
    for line in _said(found, verbosity=2):
        assert "\n" not in line and spoken(line) == line
        assert not re.match(r"\s*(::|##\[|##vso|##teamcity)", line)


# What is waited for


class Terminal:
    """As much of a terminal as the progress line needs: rows, a cursor, and it scrolls."""

    def __init__(self, rows=4):
        self.rows, self.row, self.column = [""] * rows, rows - 1, 0

    def write(self, text):
        for piece in re.findall(r"\x1b\[\d*[A-Z]|\r|\n|[^\x1b\r\n]+", text):
            if piece == "\n":
                self.column = 0
                self.row += 1
                if self.row == len(self.rows):
                    self.rows, self.row = [*self.rows[1:], ""], self.row - 1
            elif piece == "\r":
                self.column = 0
            elif piece[0] == "\x1b":
                self._move(int(piece[2:-1] or 1), piece[-1])
            else:
                old = self.rows[self.row].ljust(self.column)
                self.rows[self.row] = old[: self.column] + piece + old[self.column + len(piece) :]
                self.column += len(piece)

    def _move(self, count, way):
        if way == "A":
            self.row -= count
        elif way == "G":
            self.column = count - 1
        elif way == "K":
            self.rows[self.row] = ""


@pytest.fixture
def waiting(monkeypatch):
    """A Progress before a terminal on which a line of dots has begun, with a clock of ours."""
    monkeypatch.delenv("CI", raising=False)
    monkeypatch.setenv("TERM", "xterm")
    clock = SimpleNamespace(now=0.0)
    monkeypatch.setattr(progress_module, "time", SimpleNamespace(monotonic=lambda: clock.now))

    def make(tty=True, verbosity=0):
        out = StringIO()
        writer = SimpleNamespace(_file=out, fullwidth=40, width_of_current_line=6)
        reporter = SimpleNamespace(isatty=tty, verbosity=verbosity, _tw=writer)
        capture = SimpleNamespace(global_and_fixture_disabled=lambda: pytest.MonkeyPatch.context())
        plugins = {"terminalreporter": reporter, "capturemanager": capture}
        config = SimpleNamespace(pluginmanager=SimpleNamespace(get_plugin=plugins.get))
        return Progress(config, 12), out, clock

    return make


def test_what_is_waited_for_is_said_below_and_taken_back(waiting):
    made, out, clock = waiting()
    screen = Terminal()
    screen.write("x.py .")
    made.begin("Processes a retry once, hooks", counted=True)
    for clock.now in (0.5, 7.0, 8.0):
        made.tick()
    screen.write(out.getvalue())
    assert screen.rows[-2:] == ["x.py .", "8 s: 1 of 12, Processes a retry once, …"]

    out.truncate(0)
    made.end()
    screen.write(out.getvalue().lstrip("\0") + ".")
    assert screen.rows == ["", "", "x.py ..", ""]


def test_nothing_is_said_of_what_is_soon_over(waiting):
    made, out, clock = waiting()
    made.begin("quick")
    clock.now = 0.9
    made.tick()
    made.end()

    assert out.getvalue() == ""


@pytest.mark.parametrize("tty, verbosity, environment", [
    (False, 0, {}), (True, -1, {}), (True, 0, {"CI": "true"}), (True, 0, {"TERM": "dumb"}),
])  # fmt: skip
def test_a_log_has_none_of_it(waiting, monkeypatch, tty, verbosity, environment):
    for name, value in environment.items():
        monkeypatch.setenv(name, value)
    made, out, clock = waiting(tty, verbosity)
    made.begin("slow")
    clock.now = 60.0
    made.tick()
    made.end()

    assert (made.on, out.getvalue()) == (False, "")


def test_it_cannot_be_steered_from_a_name(waiting):
    made, out, clock = waiting()
    made.begin("\x1b[2J\r::error")
    clock.now = 2.0
    made.tick()

    assert "\x1b[2J" not in out.getvalue() and "\\x1b" in out.getvalue()
