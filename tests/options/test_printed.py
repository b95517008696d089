"""What is printed from the table of options is what pytest, Locust, click and hookproof.toml take."""

import subprocess
import sys
import tomllib

import jsonschema
import pytest
from docs import options

from hookproof.options import printed
from hookproof.options.table import CHECKS, LOADS


def test_the_page_says_what_help_says():
    assert options.PAGE.read_text("utf-8") == options.text(), "make options"


def test_the_sample_is_what_the_schema_takes():
    sample = tomllib.loads(options.SAMPLE.strip("`").removeprefix("toml"))

    jsonschema.validate(sample, printed.schema())


@pytest.mark.parametrize("wrong", [{"targt": "x"}, {"strict": "yes"}, {"role": 3}, {"patience": True}])
def test_the_schema_refuses_what_we_refuse(wrong):
    with pytest.raises(jsonschema.ValidationError):
        jsonschema.validate(wrong, printed.schema())


def test_the_help_of_a_load_begins_with_ours():
    done = subprocess.run(
        [sys.executable, "-m", "hookproof.cli", "load", "--help"], capture_output=True, text=True, check=True
    )
    ours = done.stdout[: done.stdout.index("Usage: locust")]

    assert all(f"--{option.name} " in ours for option in LOADS)


def test_the_help_of_checks_has_each_option_once(tmp_path):
    done = subprocess.run(
        [sys.executable, "-m", "pytest", "--target", "demo", "--help"],
        cwd=tmp_path, capture_output=True, text=True, check=True,
    )  # fmt: skip

    for option in CHECKS:
        assert option.name == "strict" or f"--{option.name}={option.value}" in done.stdout
    assert done.stdout.count("--hookproof-") == 1, "only --hookproof-strict, because --strict is pytest's own"


def test_what_one_command_alone_needs_is_not_imported_by_the_others():
    big = ("pytest", "locust", "schemathesis", "respx", "jsonschema", "faker", "hypothesis", "sqlalchemy")
    looked = f"import sys, hookproof.cli; print(*[name for name in {big} if name in sys.modules])"
    done = subprocess.run([sys.executable, "-c", looked], capture_output=True, text=True, check=True)

    assert not done.stdout.split()
