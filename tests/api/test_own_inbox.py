"""What the URL of an inbox of ours says."""

import pytest

from hookproof.api.own_inbox import OwnInbox
from hookproof.target.endpoints.own_endpoint import OwnEndpoint

URL = "http://127.0.0.1:9000/token"


@pytest.mark.parametrize("url, by_address, on_loopback", [
    ("http://127.0.0.1:9000/t", True, True),
    ("http://[::1]:9000/t", True, True),
    ("http://10.1.2.3:9000/t", True, False),
    ("http://localhost:9000/t", False, True),
    ("https://hooks.example.net/t", False, False),
])  # fmt: skip
def test_an_inbox_knows_how_its_url_names_our_machine(url, by_address, on_loopback):
    inbox = OwnInbox(OwnEndpoint(url))
    assert (inbox.by_address, inbox.on_loopback) == (by_address, on_loopback)


def test_an_inbox_fills_in_templates_and_leaves_other_values_alone():
    inbox = OwnInbox(OwnEndpoint(URL))
    assert inbox.fill("{scheme}://user@{inbox}/{token}?a=1") == "http://user@127.0.0.1:9000/token?a=1"
    assert inbox.fill(5) == 5 and inbox.fill(None) is None
