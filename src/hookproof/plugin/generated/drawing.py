"""All that reaches into schemathesis and hypothesis: boundary values, and drawing examples until one fails."""

from __future__ import annotations

from collections.abc import Callable
from datetime import datetime
from importlib.metadata import version
from typing import Any

import schemathesis
from hypothesis import HealthCheck, Phase, given
from hypothesis import seed as hypothesis_seed
from hypothesis import settings as hypothesis_settings
from hypothesis import strategies as st
from hypothesis.errors import Flaky

from hookproof.providers.events import TEXTS
from hookproof.verdict import Inconclusive, Reason

_EPOCH, _LATEST = datetime(2001, 1, 1), datetime(2037, 1, 1)
_ALPHANUMERIC = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789"


def draw(strategy: Any, check: Callable[[Any], None], *, seed: int, examples: int) -> None:
    """Check as many examples, always the same; where one fails, the smallest that fails raises."""

    @hypothesis_seed(seed)
    @hypothesis_settings(
        max_examples=examples,
        deadline=None,
        database=None,
        phases=[Phase.generate, Phase.shrink],
        report_multiple_bugs=False,
        suppress_health_check=list(HealthCheck),
    )
    @given(strategy)
    def drawn(value: Any) -> None:
        check(value)

    try:
        drawn()
    except Flaky as contradiction:
        raise Inconclusive(Reason.CONFLICTING_EVIDENCE, first_line(contradiction)) from None


def first_line(error: BaseException) -> str:
    return f"the same delivery was answered differently: {(str(error).splitlines() or ['no reason given'])[0]}"


def why(case: Any) -> str:
    """What schemathesis says of a case."""
    described = getattr(getattr(case.meta, "phase", None), "data", None)
    text = getattr(described, "description", None)
    return f": {text}" if text else ""


def only_operation(document: dict[str, Any], seed: int) -> Any:
    """The operation of a document that has one."""
    _register_formats()
    schema = schemathesis.openapi.from_dict(document, config=schemathesis.Config(seed=seed))
    return next(iter(schema.get_all_operations())).ok()


def operation_of(document: dict[str, Any], path: str, method: str, seed: int) -> Any:
    _register_formats()
    schema = schemathesis.openapi.from_dict(document, config=schemathesis.Config(seed=seed))
    return schema[path][method]


def coverage_cases(operation: Any, *, valid: bool) -> list[Any]:
    """The boundary values of every keyword in an operation's schemas.

    Their generator is not public: raises Inconclusive where this version of schemathesis has another.
    """
    try:
        return _coverage_cases(operation, valid=valid)
    except (ImportError, AttributeError, TypeError) as changed:
        text = f"schemathesis {version('schemathesis')} makes boundary values in another way than 4.32: {changed}"
        raise Inconclusive(Reason.PREREQUISITE_FAILED, text) from None


def _coverage_cases(operation: Any, *, valid: bool) -> list[Any]:
    from schemathesis.generation.drivers import CoverageGenerator
    from schemathesis.generation.feedback import NO_FEEDBACK
    from schemathesis.generation.overrides import Override

    return list(CoverageGenerator(
        operation=operation,
        generation_modes=[mode(valid)],
        generation_config=operation.schema.config.generation_for(operation=operation, phase="coverage"),
        auth_storage=None,
        override=Override(),
        feedback=NO_FEEDBACK,
    ))  # fmt: skip


def mode(valid: bool) -> Any:
    return schemathesis.GenerationMode.POSITIVE if valid else schemathesis.GenerationMode.NEGATIVE


def _register_formats() -> None:
    token = st.text(_ALPHANUMERIC, min_size=8, max_size=20)
    for name, strategy in {
        "x-text": st.sampled_from([*TEXTS.values(), "ok", "Hello! How can I help you?"]),
        "x-event-id": token.map("evt_{}".format),
        "x-token": token,
        "x-phone": st.integers(10**9, 10**14).map(str),
        "date-time": st.datetimes(_EPOCH, _LATEST).map(lambda when: when.strftime("%Y-%m-%dT%H:%M:%SZ")),
    }.items():
        schemathesis.openapi.format(name, strategy)
