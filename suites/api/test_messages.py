"""Whoever asks gets the same events as the endpoint."""

from hookproof import assume


def test_lists_what_was_delivered(api):
    """A message that came in is among those that are listed."""
    text = api.trigger()
    listed = api.look_for(text, within="messages")
    assume(listed.carried_out, f"the API lists no messages: {listed}", "not_triggered")

    assert listed.contains(text), f"the message is not listed: {listed}"
