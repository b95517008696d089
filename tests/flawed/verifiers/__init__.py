"""Verifiers with one flaw each; see tests/flawed. Each is called in the process that judges it."""

from __future__ import annotations

from functools import cache
from typing import Any

from hookproof import providers
from hookproof.delivery.signature import Scheme
from hookproof.vectors.making import signed_surfaces
from hookproof.verifier.reference_verifier import ReferenceVerifier


@cache
def scheme_of(provider: str) -> Scheme:
    """How the first signed endpoint of a provider is signed."""
    scheme = signed_surfaces(providers.load(provider))[0].scheme
    assert scheme
    return scheme


class Verifier(ReferenceVerifier):
    """A correct verifier, to be flawed in one method."""

    provider = "github"

    @classmethod
    def judge(cls, **asked: Any) -> bool:
        """What --target names."""
        return cls(scheme_of(cls.provider)).accepts(**asked)


class StampedVerifier(Verifier):
    """A correct verifier of signatures that cover an id and a time, and of lists of them."""

    provider = "standard-webhooks"
