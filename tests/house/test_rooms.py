"""Rooms import only what ARCHITECTURE.md's table of rooms lets them, and tests/ is the same tree as src/hookproof/."""

import ast
import re
from pathlib import Path

import pytest
from docs import house

from hookproof import providers

ROOT = Path(__file__).parents[2]
SRC = house.SRC
TESTS = ROOT / "tests"
MODULES = house.modules()
SUITES = sorted((ROOT / "suites").rglob("test_*.py"))
BESIDE = {"browser", "examples", "flawed", "house", "journals", "schemas", "torture", "whole"}
"""Folders of tests/ that are of no room: what is tried from outside, and what tests are made with."""


@pytest.mark.parametrize("path", MODULES, ids=lambda path: str(path.relative_to(SRC)))
def test_rooms_import_only_what_the_table_lets_them(path):
    room = house.room_of(path)

    assert set(house.imported(path)) - {room} <= house.table()[room]


def test_the_table_names_every_room_each_below_those_that_import_it():
    rooms = list(house.table())
    upwards = [
        (room, other) for room in rooms for other in house.table()[room] if rooms.index(other) >= rooms.index(room)
    ]

    assert sorted(rooms) == sorted(house.imports())
    assert not upwards


def test_the_table_lets_no_room_import_what_it_does_not():
    assert house.imports() == house.table()


def test_the_drawing_is_of_these_imports():
    assert house.PICTURE.read_text("utf-8") == house.picture(house.imports()), "make house"


def test_no_room_is_overfull():
    assert len([path for path in MODULES if path.parent == SRC]) <= 8
    rooms = {path.parent for path in MODULES} - {SRC}
    assert not [str(room) for room in rooms if len(list(room.glob("*.py"))) > 12]


def test_tests_are_the_same_tree():
    """tests/<room>/test_x.py, or test_x_<what>.py, is about <room>/x.py; test_<room>.py is about the whole room."""
    strangers = []
    for path in sorted(TESTS.rglob("test_*.py")):
        *rooms, name = path.relative_to(TESTS).with_suffix("").parts
        if rooms and rooms[0] in BESIDE:
            continue
        there = {file.stem for file in SRC.joinpath(*rooms).glob("*.py")} | set(rooms[-1:])
        if not any(name == f"test_{stem}" or name.startswith(f"test_{stem}_") for stem in there):
            strangers.append(str(path.relative_to(TESTS)))

    assert not strangers


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


_SAID_OTHERWISE = {"line", "github", "linear", "meta", "square", "x"}
"""Providers whose names mean something else in code: a row of text, the site that shows Markdown, a kind of growth …"""


def test_no_provider_is_named_in_code():
    names = re.compile(rf"\b({'|'.join(set(providers.names()) - _SAID_OTHERWISE)})\b", re.IGNORECASE)
    strangers = set(providers.names()) - {"linear", "meta", "x"}
    quoted = re.compile(rf"""(?<!\[)["']({"|".join(strangers)})(/[a-z_]*)?["']""")
    named = [path for path in MODULES if names.search(path.read_text()) or quoted.search(path.read_text())]

    assert {str(path.relative_to(SRC)) for path in named} <= {"cli.py", "reference/receiver.py"}, "only as a default"


def test_every_module_that_the_architecture_names_is_there():
    named = set(re.findall(r"`([a-z_]+(?:/[a-z_]+)*/?(?:\.py)?)`", (ROOT / "ARCHITECTURE.md").read_text()))
    paths = {name for name in named if name.endswith(".py") or "/" in name}

    assert paths and not {name for name in paths if not any((base / name).exists() for base in (SRC, ROOT))}
