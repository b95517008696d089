"""Channels are known by ids, which the user needs in order to address them."""

from hookproof import assume


def test_shows_the_id(api):
    """The id of every connected channel is shown."""
    channels = api.list_channels()
    assume(channels.answer.carried_out, f"nothing lists channels: {channels}", "not_triggered")

    assert not channels.missing, f"without {', '.join(channels.missing)}: {channels}"
