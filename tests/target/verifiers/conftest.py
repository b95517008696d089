"""Commands that behave as verifiers do on bad days."""

import sys

import pytest


@pytest.fixture
def scripted(tmp_path):
    """A command that runs this Python text once for each line, with `asked`, `json` and `sys` at hand."""

    def made(text, before=""):
        path = tmp_path / "verifier.py"
        body = "\n".join(f"    {line}" for line in text.splitlines())
        path.write_text(
            f"import json, sys, time\n{before}\nfor line in sys.stdin:\n    asked = json.loads(line)\n{body}\n"
        )
        return f"exec:{sys.executable} {path}"

    return made
