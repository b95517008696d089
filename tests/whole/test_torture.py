"""What torture measured stands in the README as it stands in docs/torture.json, and every promise is measured."""

import json

from tests.torture import __main__ as torture


def test_the_readme_and_the_page_say_what_was_measured():
    found = json.loads((torture.ROOT / "docs" / "torture.json").read_text())
    readme = (torture.ROOT / "README.md").read_text()

    assert torture.in_readme(readme, found) == readme
    assert (torture.ROOT / "docs" / "torture.md").read_text() == torture.PAGE + torture.table(found)
    assert set(found) == set(torture.promises())
    assert [name for name, row in found.items() if not row["good"]] == []
