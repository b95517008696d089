"""What --effects says: an observer whose packages are not installed says which extra brings them."""

import pytest

from hookproof.observers import forms


@pytest.mark.parametrize(
    "text, extra",
    [("socketio://127.0.0.1:1/", "socketio"), ("sql+sqlite:///x.db#SELECT 1 WHERE 'a' = :event_id", "sql")],
)
def test_a_missing_extra_is_named(monkeypatch, text, extra):
    monkeypatch.setattr(forms, "find_spec", lambda name: None)

    with pytest.raises(ValueError) as said:
        forms.parse(text)
    assert f"pip install 'hookproof[{extra}]'" in str(said.value)
