"""What was generated once is not generated again, and a folder that is of no use does no harm."""

import pytest

from hookproof.plugin.generated import kept as keeping
from hookproof.plugin.generated.kept import GeneratedBody, kept

BODIES = [GeneratedBody("text", b"{}", ""), GeneratedBody("text", b"\xff\x00", ": a boundary", True)]


@pytest.fixture(autouse=True)
def a_folder_of_its_own(monkeypatch, tmp_path):
    monkeypatch.setenv("HOOKPROOF_CACHE", str(tmp_path / "kept"))
    return tmp_path / "kept"


@pytest.fixture
def ask(monkeypatch):
    """Asks as a process does that has just begun; returns what it got and whether it had to be made."""

    def asked(about="a document", seed=0, examples=3, valid=True):
        monkeypatch.setattr(keeping, "_MADE", {})
        made = []
        found = kept({"document": about}, seed, examples, valid, lambda: made.append(1) or BODIES, GeneratedBody)
        assert found == BODIES
        return bool(made)

    return asked


def test_it_is_made_once(ask):
    assert [ask(), ask()] == [True, False]


@pytest.mark.parametrize("other", [{"about": "another"}, {"seed": 1}, {"examples": 4}, {"valid": False}], ids=str)
def test_something_else_is_made_for_itself(ask, other):
    ask()

    assert ask(**other)


def test_another_version_of_what_makes_it_makes_it_anew(ask, monkeypatch):
    ask()
    monkeypatch.setattr(keeping, "version", lambda package: "99")

    assert ask()


@pytest.mark.parametrize("content", [b"", b"not ours", b"\x91\x01"], ids=["empty", "text", "of another shape"])
def test_a_file_that_cannot_be_read_is_made_again(ask, a_folder_of_its_own, content):
    ask()
    for file in a_folder_of_its_own.iterdir():
        file.write_bytes(content)

    assert ask()


def test_a_folder_that_cannot_be_written_keeps_nothing(ask, a_folder_of_its_own):
    a_folder_of_its_own.write_text("a file in its place")

    assert [ask(), ask()] == [True, True]


def test_it_can_be_turned_off(ask, monkeypatch, a_folder_of_its_own):
    monkeypatch.setenv("HOOKPROOF_CACHE", "off")

    assert [ask(), ask()] == [True, True]
    assert not a_folder_of_its_own.exists()


def test_the_oldest_go_first(ask, monkeypatch, a_folder_of_its_own):
    monkeypatch.setattr(keeping, "MOST", 3)
    for seed in range(6):
        ask(seed=seed)

    assert len(list(a_folder_of_its_own.iterdir())) == 3
