"""The gallery tells nothing of a package that nobody has confirmed, and pins what it tells it of."""

import re
import tomllib
from pathlib import Path

import pytest
from gallery import page as pages
from gallery.run import GALLERY, pinned

ENTRIES = tomllib.loads((GALLERY / "gallery.toml").read_text())
FOLDERS = sorted({GALLERY / entry.get("folder", name) for name, entry in ENTRIES.items()})
FINDINGS = [
    (folder.name, finding)
    for folder in FOLDERS
    for finding in tomllib.loads((folder / "findings.toml").read_text())["finding"]
]


def subject(verdicts, told=(), name="pkg", package="pkg"):
    rows = [
        {"id": id_, "verdict": verdict, "level": "MUST", "text": f"Does {id_}.", "applies": True, "excluded": ""}
        for id_, verdict in verdicts.items()
    ]
    counts = {"pass": 1, "fail": 1, "warn": 0, "inconclusive": 0}
    results = {"verdict": "nonconformant", "totals": {"MUST": counts, "SHOULD": counts}, "requirements": rows}
    finding = {"says": "It does not.", "whose": "package", "requirements": list(told), "seen": "200", "why": "so"}
    return pages.Subject(name, package, "1.0", "WhatsApp", Path("run"), results, [finding])


def test_what_nobody_confirmed_is_named():
    one = subject({"A-1": "fail", "A-2": "warn", "A-3": "pass", "A-4": "inconclusive"}, told=["A-1"])

    assert pages.unconfirmed(one) == ["A-2"]


def test_what_is_told_and_gone_is_named_unless_another_run_of_the_package_shows_it():
    calm = subject({"A-1": "pass", "A-2": "pass"}, told=["A-1", "A-2"])
    alive = subject({"A-1": "pass", "A-2": "fail"}, told=["A-1", "A-2"], name="pkg kept alive")

    assert list(pages.stale([calm, alive])) == [("pkg", "A-1")]


def test_the_page_has_a_row_for_each_requirement_that_somebody_does_not_meet():
    good = subject({"A-1": "pass", "A-2": "pass"}, name="good", package="good")
    text = pages.page([subject({"A-1": "fail", "A-2": "pass"}, told=["A-1"]), good])

    assert "| **A-1** MUST: Does A-1. | ✗ | ✓ |" in text
    assert "**A-2**" not in text
    assert "- **It does not.** (its own; A-1)" in text


@pytest.mark.parametrize("folder", FOLDERS, ids=lambda folder: folder.name)
def test_locks_have_hashes_and_name_no_host(folder):
    package = next(entry["package"] for name, entry in ENTRIES.items() if entry.get("folder", name) == folder.name)
    lock = next(path for name in ("package-lock.json", "requirements.txt") if (path := folder / name).exists())
    text = lock.read_text()

    assert re.fullmatch(r"\d+\.\d+[.\d]*", pinned(folder, package))
    assert len(re.findall(r"^[a-z].*==|\"node_modules/", text, re.M)) <= len(re.findall("sha256:|sha512-", text))
    assert "://" not in re.sub(r'"(url|funding)": .*', "", text)


@pytest.mark.parametrize("name, finding", FINDINGS)
def test_findings_say_what_was_seen_and_whose_it_is(name, finding):
    assert set(finding) == {"says", "whose", "requirements", "seen", "why"}
    assert finding["whose"] in pages.WHOSE
    assert finding["requirements"] and all(finding[key].endswith(".") for key in ("says", "seen", "why"))


@pytest.mark.parametrize("name, finding", FINDINGS)
def test_findings_stand_on_the_page(name, finding):
    text = (GALLERY.parent / "docs" / "gallery.md").read_text()

    assert all(finding[key] in text for key in ("says", "seen", "why"))
