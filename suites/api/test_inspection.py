"""An inspector takes the endpoint's place for a while, and shows what would have come to it."""


def test_shows_deliveries(api):
    """What happens while it inspects is shown as it would have been delivered."""
    api.address()
    api.inspect(on=True)
    text = api.happen()
    shown = api.inspected(text)
    assert text in str(shown.exchange.body), shown


def test_restores_the_address(api):
    """Its own address stands in the endpoint's place while it inspects, and that one is back afterwards."""
    own, during, afterwards = api.substituted()
    assert during != own, f"{own} is still the address while it is inspected"
    assert afterwards == own, f"the address was {own} and is {afterwards} afterwards"


def test_names_the_failing_side(api):
    """What the endpoint answered to a failed delivery is shown."""
    shown = api.failing_side()
    assert "500" in str(shown.exchange.body), shown
