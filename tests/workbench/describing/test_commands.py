"""`hookproof check` and `hookproof keys`, as typed."""

import json

import pytest
from click.testing import CliRunner

from hookproof.cli import main

TITLE = """
title = "Orders"

[surfaces.orders]
identity = [{ id = ["/id"] }]
"""


def _run(*arguments):
    return CliRunner().invoke(main, arguments)


@pytest.fixture
def orders(tmp_path, monkeypatch):
    root = tmp_path / "orders"
    (root / "events").mkdir(parents=True)
    (root / "provider.toml").write_text(TITLE)
    (root / "events" / "created.json").write_text(json.dumps({"id": "ord_1001abcd", "total": 3}))
    monkeypatch.chdir(tmp_path)
    return root


def test_what_is_open_is_said_before_what_can_be_judged(orders):
    done = _run("check", "orders")
    lines = done.output.splitlines()

    assert done.exit_code == 0
    assert [line for line in lines if "deadline_s: is missing; assumed: 10 seconds" in line]
    assert all(line.startswith("open:  orders/") for line in lines[:-2])
    assert lines[-2].startswith("can be judged as receiver: MUST ") and lines[-2].endswith("kinds of event: created")
    assert lines[-1].strip() == "pytest --pyargs hookproof.suites --target URL --provider orders"


def test_what_is_wrong_is_all_said(orders):
    (orders / "provider.toml").write_text("deadline = 3\n")
    done = _run("check", "orders")

    assert done.exit_code == 1
    assert [line for line in done.output.splitlines() if line.startswith("wrong: orders/provider.toml: ")][1:]


def test_a_provider_of_ours_leaves_nothing_open():
    assert "open:" not in _run("check", "github").output


@pytest.mark.parametrize(
    "arguments, says",
    [(("check", "./none"), "no such folder"), (("keys", "nobody"), "known are"), (("keys", "chatapi"), "no secrets")],
)
def test_wrong_use_is_one_line(arguments, says):
    done = _run(*arguments)

    assert done.exit_code == 4 and says in done.output and done.output.count("\n") == 1


def test_a_fresh_secret_is_spelled_as_the_provider_spells_it():
    first, second = (_run("keys", "standard-webhooks").output for _ in range(2))

    assert first.startswith("whsec_") and first != second


def test_a_key_pair_is_printed_in_both_halves(orders):
    signature = """[signature]
algorithm = "ed25519"
header = "x-signature"
value = "{signature_hex}"
key = "hex"
"""
    (orders / "provider.toml").write_text(TITLE + signature)
    private, public = _run("keys", "orders").output.split()

    assert len(private) == len(public) == 64 and private != public
