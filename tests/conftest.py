"""What several test files need: the provider, a key, and a maker of its deliveries."""

import functools
import warnings

import pytest

from hookproof import specs
from hookproof.events import Maker
from hookproof.model import Secret

KEY = b"a key for our own tests"
loaded = functools.lru_cache(specs.load)


def pytest_collection_modifyitems(items):
    """In our own tests a warning is an error; in the checks it is the business of who runs them."""
    for item in items:
        item.add_marker(pytest.mark.filterwarnings("error"), append=False)


def every_surface():
    """All that specs/ documents, each with the parameters that it takes."""
    for provider in map(specs.load, specs.providers()):
        for name, fields in provider.fields.surfaces.items():
            chosen = dict([fields.when.split("=")]) if fields.when else {}
            yield from (one for one in provider.surfaces(chosen) if one.name == name)


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
    return Maker(provider.surfaces({"payload": request.param})[0], secret=secret, run="test")


@pytest.fixture
def envelope(provider, secret):
    return Maker(provider.surfaces({})[0], secret=secret, run="test")
