"""The list of licences is of the packages that are locked, and leaves none unsaid."""

import re
from pathlib import Path

ROOT = Path(__file__).parents[2]


def test_every_locked_package_is_listed_in_its_version():
    lock = re.findall(r"^([A-Za-z0-9._-]+)==([^\s;\\]+)", (ROOT / "requirements.lock").read_text("utf-8"), re.MULTILINE)
    listed = re.findall(
        r"^\| ([^|]+) \| ([^|]+) \| [^|]+ \|$", (ROOT / "docs" / "licences.md").read_text("utf-8"), re.M
    )

    assert lock and sorted(lock) == sorted(pair for pair in listed if pair[0] != "package"), "make licences"


def test_every_line_of_the_lock_has_its_hashes():
    blocks = re.split(r"\n(?=[a-z])", (ROOT / "requirements.lock").read_text("utf-8").strip())

    assert all("--hash=sha256:" in block for block in blocks if "==" in block)
