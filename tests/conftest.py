"""What several test files need: the provider, a key, and a maker of its deliveries."""

import warnings

import pytest

from hookproof import specs
from hookproof.events import Maker
from hookproof.model import Secret

KEY = b"a key for our own tests"


def pytest_collection_modifyitems(items):
    """In our own tests a warning is an error; in the checks it is the business of who runs them."""
    for item in items:
        item.add_marker(pytest.mark.filterwarnings("error"), append=False)


@pytest.fixture(scope="session")
def provider():
    with warnings.catch_warnings():
        warnings.simplefilter("error")
        return specs.load("whatsable")


@pytest.fixture
def secret():
    return Secret(KEY)


@pytest.fixture(params=["envelope", "flat"])
def maker(provider, secret, request):
    return Maker(provider, provider.parameters({"payload": request.param}), secret=secret, run="test")


@pytest.fixture
def envelope(provider, secret):
    return Maker(provider, provider.parameters({}), secret=secret, run="test")
