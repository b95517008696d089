"""An inspector takes the endpoint's place for a while, and shows what would have come to it."""

from hookproof import assume


def test_shows_deliveries(api):
    """What happens while it inspects is shown as it would have been delivered."""
    api.deliver_to(api.inbox())
    api.inspect(on=True)
    text = api.trigger()
    shown = api.look_for(text, within="inspected")

    assert shown.contains(text), shown


def test_restores_the_address(api):
    """The inspector's own address stands in the endpoint's place while it inspects; then the endpoint's is back."""
    inbox = api.inbox()
    api.deliver_to(inbox)
    api.inspect(on=True)
    during = api.settings().address
    api.inspect(on=False)
    afterwards = api.settings().address

    assert during != inbox.url, f"{inbox.url} is still the address while it is inspected"
    assert afterwards == inbox.url, f"the address was {inbox.url} and is {afterwards} afterwards"


def test_names_the_failing_side(api):
    """What the endpoint answered to a failed delivery is shown."""
    api.deliver_to(api.inbox(status=500))
    api.trigger()
    shown = api.look_for("500", within="inspected")
    assume(shown.carried_out, f"the API has no inspector: {shown}", "not_triggered")

    assert shown.contains("500"), shown
