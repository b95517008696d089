"""A check's key: what a journal's line says of the check, and nothing that can be changed."""

import dataclasses

import pytest

from hookproof.target.check_key import CheckKey, of_the_run


def test_a_key_is_a_value():
    key = CheckKey("receiver.media.it", "hooks", "a case")

    assert {key: 1}[CheckKey("receiver.media.it", "hooks", "a case")] == 1
    with pytest.raises(dataclasses.FrozenInstanceError):
        key.case = "x"


def test_what_the_run_does_by_itself_is_of_no_check():
    assert of_the_run("hooks") == CheckKey(None, "hooks", None)
