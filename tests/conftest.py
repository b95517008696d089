"""What several test files need: the provider, a key, a maker of its deliveries, and the report of a journal."""

import functools
import json
import os
import signal
import warnings

import pytest

from hookproof import providers
from hookproof.delivery.secret import Secret
from hookproof.providers.events import Maker
from hookproof.report import write
from hookproof.vectors.making import secret_of
from tests.browser.chromium import AXE, Chromium, command
from tests.journals.realistic import journal

KEY = b"YSBrZXkgZm9yIG91ciBvd24gdGVzdHMuLi4u"
loaded = functools.lru_cache(providers.load)


# Under nohup a hang-up is ignored, and every process started here would ignore it too.
signal.signal(signal.SIGHUP, signal.SIG_DFL)
if signal.getsignal(signal.SIGINT) is signal.SIG_IGN:  # so is an interrupt of what a script began in the background
    signal.signal(signal.SIGINT, signal.default_int_handler)


def pytest_collection_modifyitems(items):
    """In our own tests a warning is an error; in the checks it is the business of who runs them."""
    for item in items:
        item.add_marker(pytest.mark.filterwarnings("error"), append=False)


def every_surface():
    """All that specs/ documents, each with the parameters that it takes."""
    for provider in map(providers.load, providers.names()):
        for name, fields in provider.fields.surfaces.items():
            chosen = dict([fields.when.split("=")]) if fields.when else {}
            yield from (one for one in provider.surfaces(chosen) if one.name == name)


def secret_for(surface):
    """A secret of ours, spelled as that surface's provider spells one."""
    return secret_of(surface, 0) if surface.scheme else Secret(KEY)


@pytest.fixture(scope="session")
def provider():
    with warnings.catch_warnings():
        warnings.simplefilter("error")
        return providers.load("whatsable")


@pytest.fixture
def secret():
    return Secret(KEY)


@pytest.fixture(params=["envelope", "flat"])
def maker(provider, secret, request):
    return Maker(provider.surfaces({"payload": request.param})[0], secret=secret, run="test")


@pytest.fixture
def envelope(provider, secret):
    return Maker(provider.surfaces({})[0], secret=secret, run="test")


@pytest.fixture(scope="session")
def chromium(tmp_path_factory):
    """One browser for all. Without one, tests are skipped, unless HOOKPROOF_BROWSER says that there must be one."""
    there = {"chromium": command(), "axe-core (npm ci in tests/browser)": AXE.is_file()}
    if missing := [name for name, found in there.items() if not found]:
        text = f"nothing to look at pages with: {' and '.join(missing)}"
        assert not os.environ.get("HOOKPROOF_BROWSER"), text
        pytest.skip(text)
    browser = Chromium(tmp_path_factory.mktemp("profile"))
    yield browser
    browser.close()


@pytest.fixture
def report(tmp_path):
    """Write a journal of these lines, and everything made from it; return the results."""

    def make(lines):
        path = tmp_path / "run.jsonl"
        path.write_text("".join(json.dumps(line) + "\n" for line in lines), "ascii")
        return write(path)

    return make


@pytest.fixture
def page(report, tmp_path):
    def make(lines):
        report(lines)
        return (tmp_path / "report.html").read_text("utf-8")

    return make


@pytest.fixture(scope="module")
def realistic():
    return list(journal())
