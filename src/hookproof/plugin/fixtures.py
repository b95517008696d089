"""The fixtures of the checks: what is under test, as one check sees it."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

import pytest

from hookproof.challenger import Challenger
from hookproof.plugin import items as checks
from hookproof.plugin.overlap import Blocking
from hookproof.plugin.run import Item, Run
from hookproof.plugin.virtual import prove_sender

RUN = pytest.StashKey[Run]()
_ITEM = pytest.StashKey[Item]()


def subject_of(item: pytest.Item) -> str:
    callspec = getattr(item, "callspec", None)
    value = callspec.params.get("subject") if callspec else None
    return value if isinstance(value, str) else ""


def item_of(item: pytest.Item, run: Run) -> Item:
    """What this pytest item is as a check; made once."""
    found = item.stash.get(_ITEM, None)
    if found is None:
        params = item.callspec.params  # type: ignore[attr-defined]
        id_ = checks.check_id(item.path, item.originalname)  # type: ignore[attr-defined]
        case = checks.case_name(params)
        key = {"id": id_, "subject": params["subject"], "case": case}
        found = Item(id_, params["subject"], case, run.actor(checks.role(item), key))
        item.stash[_ITEM] = found
    return found


@pytest.fixture
def subject(request: pytest.FixtureRequest) -> str:
    """The provider a check is run for."""
    return str(request.param)


@pytest.fixture
def case(request: pytest.FixtureRequest) -> Any:
    """One entry of the check's table: a transformation of a delivery."""
    return request.param[1]


@pytest.fixture
def receiver(request: pytest.FixtureRequest, subject: str) -> Any:
    """The receiver under test, as this check sees it."""
    run = request.config.stash[RUN]
    known = item_of(request.node, run)
    return known.actor if checks.overlaps(request.node) else Blocking(known.actor, run.background)


@pytest.fixture
def sender(request: pytest.FixtureRequest, subject: str) -> Any:
    """The sender under test, as this check sees it."""
    return item_of(request.node, request.config.stash[RUN]).actor


@pytest.fixture
def api(request: pytest.FixtureRequest, subject: str) -> Iterator[Any]:
    """The management API under test, as this check sees it; afterwards the account is as it was."""
    run = request.config.stash[RUN]
    actor = Blocking(item_of(request.node, run).actor, run.background)
    yield actor
    actor.restore()


@pytest.fixture
def challenger(request: pytest.FixtureRequest, subject: str) -> Any:
    """The endpoint under test as one that has to prove who owns it."""
    return _challenger(request, crc=False)


@pytest.fixture
def crc(request: pytest.FixtureRequest, subject: str) -> Any:
    """The same, for the challenge whose answer is an HMAC."""
    return _challenger(request, crc=True)


def _challenger(request: pytest.FixtureRequest, *, crc: bool) -> Any:
    run = request.config.stash[RUN]
    return Blocking(Challenger(item_of(request.node, run).actor, crc=crc), run.background)


@pytest.fixture
def delivery(receiver: Any, request: pytest.FixtureRequest) -> Any:
    """A genuine, signed delivery of a fresh event."""
    return None if checks.overlaps(request.node) else receiver.make()


@pytest.fixture
def for_every_valid(request: pytest.FixtureRequest, subject: str) -> Any:
    """Decorator: run the function at once for many deliveries that fit the documented schema."""
    return _generator(request, subject).for_all(valid=True)


@pytest.fixture
def for_every_invalid(request: pytest.FixtureRequest, subject: str) -> Any:
    """Decorator: run the function at once for many signed deliveries that do not fit the documented schema."""
    return _generator(request, subject).for_all(valid=False)


@pytest.fixture
def for_every_documented_request(request: pytest.FixtureRequest, subject: str) -> Any:
    """Decorator: run the function at once for many requests of an operation that are as its document says."""
    return lambda operation: _calls(request, subject).for_all(operation, valid=True)


@pytest.fixture
def for_every_undocumented_request(request: pytest.FixtureRequest, subject: str) -> Any:
    """Decorator: run the function at once for many requests of an operation that its document does not allow."""
    return lambda operation: _calls(request, subject).for_all(operation, valid=False)


def _calls(request: pytest.FixtureRequest, subject: str) -> Any:
    from hookproof.plugin.operations import Calls

    run = request.config.stash[RUN]
    provider = run.platforms[subject].surface.provider
    return Calls(provider, run.settings.seed, run.settings.examples)


def _generator(request: pytest.FixtureRequest, subject: str) -> Any:
    from hookproof.plugin.properties import Generator  # schemathesis takes 0.6 s to import

    run = request.config.stash[RUN]
    if not run.makers[subject].writing.is_json:
        pytest.skip("bodies are forms, which are not generated")
    return Generator(run.makers[subject], run.settings.seed, run.settings.examples)


__all__ = [
    "api",
    "case",
    "challenger",
    "crc",
    "delivery",
    "for_every_documented_request",
    "for_every_invalid",
    "for_every_undocumented_request",
    "for_every_valid",
    "prove_sender",
    "receiver",
    "sender",
    "subject",
]
