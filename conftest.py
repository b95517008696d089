"""Says which pytest to use, if it is one that does not have hookproof."""

import sys
from importlib import metadata

if not list(metadata.entry_points(group="pytest11", name="hookproof.plugin")):
    print("hookproof: this pytest has no hookproof: type `make setup`, then `.venv/bin/pytest …`", file=sys.stderr)
    sys.exit(4)

pytest_plugins = ["pytester"]
