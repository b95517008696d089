"""Whoever asks gets the same events as the endpoint."""


def test_lists_what_was_delivered(api):
    """A message that came in is among those that are listed."""
    text = api.happen()
    listed = api.messages(text)
    assert text in str(listed.exchange.body), f"the message is not listed: {listed}"
