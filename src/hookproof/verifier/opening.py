"""The verifier under test made ready for a run: one for each surface that is signed."""

from __future__ import annotations

import contextlib
import itertools
import time
from collections.abc import Iterable

from hookproof.evidence.journal import Journal
from hookproof.providers import Surface
from hookproof.target.verifiers.python_verifier import PythonVerifier
from hookproof.target.verifiers.verifier_target import LIMIT_S, VerifierTarget, VerifierUnderTest, verifier_at
from hookproof.vectors.making import Bench
from hookproof.verifier.reference_verifier import ReferenceVerifier


def opened(
    address: str,
    surfaces: Iterable[Surface],
    limit_s: float | None,
    run: str,
    journal: Journal,
    numbers: itertools.count[int],
    exits: contextlib.ExitStack,
) -> dict[str, VerifierTarget]:
    """The verifier at that address by the subjects that it is asked about; the reference, where the address is none.

    `limit_s`: seconds that an answer may take. `exits` ends whatever is started. Raises NoVerifier.
    """
    found = {}
    for surface in surfaces:
        if surface.scheme is None:
            continue
        under_test: VerifierUnderTest
        if ":" in address:
            under_test = verifier_at(address, limit_s)
        else:
            under_test = PythonVerifier(ReferenceVerifier(surface.scheme).accepts, LIMIT_S)
        exits.callback(under_test.close)
        bench = Bench(surface, time.time, run)
        found[surface.subject] = VerifierTarget(surface.subject, address, under_test, bench, journal, numbers)
    return found


def greet(verifiers: Iterable[VerifierTarget]) -> str:
    """Put one genuine request to each; what is wrong, in one line, where there is no verifier."""
    for verifier in verifiers:
        if trouble := verifier.greet():
            return f"nobody answers at {verifier.address}: {trouble}"
    return ""
