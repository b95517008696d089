"""Whether a verifier was asked for, and where it is; raises UsageError that says what to type instead."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import pytest

from hookproof.providers import Provider, Surface
from hookproof.settings import DEMO
from hookproof.target.verifiers.verifier_answer import NoVerifier
from hookproof.target.verifiers.verifier_target import FORMS, verifier_at

ROLE = "verifier"
_MEANT = "--target 'exec:COMMAND' or --target python:MODULE:FUNCTION"


def meant(given: dict[str, Any]) -> bool:
    """Whether a verifier is asked for. Raises UsageError where role and target do not go together."""
    roles, target = given.get("role") or [], str(given.get("target") or "")
    named = target.startswith(FORMS)
    if ROLE not in roles:
        if named:
            raise pytest.UsageError(f"--target {target.partition(':')[0]}: names a verifier: add --role {ROLE}")
        return False
    if target == DEMO:
        return True
    if len(set(roles)) > 1:
        others = ", ".join(role for role in roles if role != ROLE)
        raise pytest.UsageError(f"--role {ROLE} needs another --target than {others}: test them in two runs")
    if not named:
        raise pytest.UsageError(f"--role {ROLE}: say what to ask: {_MEANT}")
    try:
        verifier_at(target, None).close()
    except NoVerifier as reason:
        raise pytest.UsageError(f"--target {target}: {reason}") from None
    return True


def check_surfaces(chosen: Sequence[Provider], surfaces: Sequence[Surface]) -> None:
    """Whether each provider signs something. Raises UsageError."""
    for provider in chosen:
        mine = [surface for surface in surfaces if surface.provider is provider]
        if any(surface.scheme for surface in mine):
            continue
        conditions = dict.fromkeys(fields.when for one in mine for fields in one.scheme_fields)
        hint = next((when for when in conditions if when and "!=" not in when), "")
        chosen_how = next(iter(conditions), "").replace("!=", " other than ")
        more = f"; --set {hint}" if hint else (f"; it does with {chosen_how}: --set" if conditions else "")
        raise pytest.UsageError(f"--role {ROLE}: {provider.name} signs nothing as it is asked for{more}")
