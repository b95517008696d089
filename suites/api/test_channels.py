"""Channels are known by ids, which the user needs in order to address them."""


def test_shows_the_id(api):
    """The id of every connected channel is shown."""
    listed, missing = api.channels()
    assert not missing, f"without {', '.join(missing)}: {listed}"
