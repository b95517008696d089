"""Annotations: what a target says stays inside the one line that is ours."""

import re

import pytest
from click.testing import CliRunner

from hookproof import cli
from hookproof.report.formats import workflow

HOSTILE = [
    "x\n::error::forged",
    "x\r::set-output name=verdict::conformant",
    "x%0A::error::forged",
    "x\u2028::error::forged",
    "##[error]x",
    "a, b=c::d",
]


def results(said):
    row = {"id": "A-1", "verdict": "fail", "level": "MUST", "text": "Does it.", "applies": True, "excluded": None}
    row |= {"accepted": None, "message": said, "checks": [], "subjects": [], "reason": None}
    return {"verdict": "nonconformant", "complete": True, "requirements": [row], "checks": [], "facts": [], "load": {}}


@pytest.mark.parametrize("said", HOSTILE)
def test_nothing_that_a_target_says_is_a_command(said):
    lines = list(workflow.render(results(said)))

    assert "\n".join(lines).splitlines() == lines and len(lines) == 2
    assert lines[0].startswith("::error title=A-1::Does it.: ")
    assert not re.search("%0A|%0D", lines[0])


def test_a_title_ends_where_we_end_it():
    row = results("x")["requirements"][0] | {"id": "A,file=/etc/passwd::B:C"}
    line = next(workflow.render(results("x") | {"requirements": [row]}))

    assert line.startswith("::error title=A%2Cfile=/etc/passwd%3A%3AB%3AC::")


def test_more_than_github_shows_is_left_out():
    rows = [results(f"x{number}")["requirements"][0] | {"id": f"A-{number}"} for number in range(30)]

    assert len(list(workflow.render(results("") | {"requirements": rows}))) == workflow.MOST + 1


def test_the_command_says_in_one_line_that_there_is_no_run():
    done = CliRunner().invoke(cli.main, ["annotate", "no-such-folder"])

    assert done.exit_code and len(done.output.splitlines()) == 1
