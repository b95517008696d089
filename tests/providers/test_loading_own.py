"""A provider's folder of one's own: what is wrong in it, all at once; and the endpoint that nobody documents."""

import pytest

from hookproof import providers
from hookproof.providers import SpecError
from hookproof.providers.loading import complaints, folder_of
from tests.providers.small_provider import TOML, written


@pytest.fixture
def acme(tmp_path):
    return written(tmp_path / "acme")


def test_nothing_is_complained_of_where_nothing_is_wrong(acme):
    assert complaints(acme) == []


def test_all_is_said_at_once(acme):
    (acme / "provider.toml").write_text(TOML.replace("x-acme", "X-Acme").replace("title ", "titel "))
    (acme / "events" / "paid.json").write_text("{")
    (acme / "notes.md").write_text("")

    assert [line.split(": ")[0] for line in complaints(acme)] == [
        "acme/notes.md",
        "acme/provider.toml",
        "acme/provider.toml",
        "acme/provider.toml",
        "acme/events/paid.json",
    ]


def test_all_that_does_not_fit_together_is_said(acme):
    (acme / "provider.toml").write_text(TOML.replace("hmac-sha256", "hmac-sha3").replace("sha256={", "{moment}{"))

    assert {line.split(": ")[1] for line in complaints(acme)} == {"signature.algorithm", "signature.value"}


def test_the_endpoint_that_nobody_documents():
    provider = providers.load("baseline")

    assert provider.requirements == {} and "baseline" not in providers.names()
    assert provider.surfaces({})[0].scheme is None
    assert provider.surfaces({"signature": "x-hub-signature-256"})[0].scheme


def test_what_is_no_folder_is_told_what_there_is():
    with pytest.raises(SpecError, match=r"baseline; or the path of a folder, as \./nobody"):
        folder_of("nobody")
