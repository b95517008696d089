"""Names: one class name is one class, and no module is called like one of Python's or of a package we use."""

import ast
import sys
from collections import defaultdict
from importlib.metadata import packages_distributions

from docs import house

NAMED_AFTER = {"locust"}
"""Rooms called like the package that they alone know."""


def classes():
    """Every class by name, with the files that define one."""
    found = defaultdict(list)
    for module in house.modules():
        for node in ast.walk(ast.parse(module.read_text("utf-8"))):
            if isinstance(node, ast.ClassDef):
                found[node.name].append(str(module.relative_to(house.SRC)))
    return found


def test_one_class_name_is_one_class():
    assert not {name: files for name, files in classes().items() if len(files) > 1}


def test_no_module_is_called_like_one_of_somebody_else():
    taken = set(sys.stdlib_module_names) | {name.lower() for name in packages_distributions()} - {"hookproof"}
    called = {part for module in house.modules() for part in module.relative_to(house.SRC).with_suffix("").parts}

    assert called & taken <= NAMED_AFTER | {"__init__"}
