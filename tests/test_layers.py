"""Each layer imports only from those above it; src mirrors tests; checks import next to nothing."""

import ast
import re
from pathlib import Path

import pytest

from hookproof import specs

ROOT = Path(__file__).parents[1]
SRC = ROOT / "src" / "hookproof"
LAYERS = [
    {"resources", "verdict", "spelling", "pointers", "backoff", "listings", "internals", "figures", "differences"},
    {"output", "attention", "unwrap", "tls"},
    {"model", "documents"},
    {"arrivals", "backoff"},
    {"signature", "redact", "restart", "fields"},
    {"specs", "forensics", "effects"},
    {"challenge", "diagnosis", "events", "journal", "reproduce"},
    {"cases"},
    {"wire", "inbox"},
    {"observers"},
    {"usage"},
    {"runs"},
    {"target"},
    {"receiver"},
    {"challenger"},
    {"regimes"},
    {"platform"},
    {"requests"},
    {"sender", "api"},
    {"virtual"},
    {"reference"},
    {"report"},
    {"plugin", "load"},
    {"selfcheck"},
    {"cli"},
]
RANK = {name: rank for rank, names in enumerate(LAYERS) for name in names}
MODULES = sorted(path for path in SRC.rglob("*.py") if path != SRC / "__init__.py")
SUITES = sorted((ROOT / "suites").rglob("test_*.py"))


def _name(path):
    return path.relative_to(SRC).parts[0].removesuffix(".py")


def _imported(path):
    """Names of the hookproof modules that a file imports, anywhere in it."""
    for node in ast.walk(ast.parse(path.read_text())):
        if isinstance(node, ast.ImportFrom) and node.module and node.module.split(".")[0] == "hookproof":
            parts = node.module.split(".")
            yield from [parts[1]] if len(parts) > 1 else [alias.name for alias in node.names]


@pytest.mark.parametrize("path", MODULES, ids=lambda path: str(path.relative_to(SRC)))
def test_imports_only_from_layers_above(path):
    own = _name(path)
    below = {name for name in _imported(path) if name != own and RANK[name] >= RANK[own]}

    assert not below, f"{own} imports {below}"


@pytest.mark.parametrize("path", MODULES, ids=lambda path: str(path.relative_to(SRC)))
def test_modules_open_with_a_docstring_and_stay_readable(path):
    assert ast.get_docstring(ast.parse(path.read_text())), "say what belongs here"
    assert len(path.read_text().splitlines()) <= 400


@pytest.mark.parametrize("path", SUITES, ids=lambda path: path.name)
def test_checks_import_nothing_but_pytest_and_assume(path):
    tree = ast.parse(path.read_text())
    imports = [node for node in ast.walk(tree) if isinstance(node, (ast.Import, ast.ImportFrom))]
    found = {alias.name for node in imports for alias in node.names}

    assert found <= {"pytest", "assume"}


@pytest.mark.parametrize("path", SUITES, ids=lambda path: path.name)
def test_checks_are_short_sentences(path):
    for node in ast.walk(ast.parse(path.read_text())):
        if isinstance(node, (ast.FunctionDef, ast.AsyncFunctionDef)) and node.name.startswith("test_"):
            assert ast.get_docstring(node), f"{node.name} has no sentence"
            assert node.end_lineno - node.lineno < 15, f"{node.name} is too long"
            assert not any(isinstance(inner, (ast.For, ast.While, ast.If, ast.Try)) for inner in ast.walk(node))


def test_no_provider_is_named_in_code():
    names = re.compile("|".join(specs.providers()), re.IGNORECASE)
    named = [path for path in MODULES if names.search(path.read_text())]

    assert {str(path.relative_to(SRC)) for path in named} <= {"cli.py", "reference/receiver.py"}, "only as a default"
