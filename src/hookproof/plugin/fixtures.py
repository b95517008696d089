"""The fixtures of the checks: what is under test, as one check sees it."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from typing import TYPE_CHECKING, Any, TypeVar

import pytest

from hookproof.api import Api
from hookproof.delivery.model import Delivery
from hookproof.plugin import items as checks
from hookproof.plugin.items import CheckItem
from hookproof.plugin.overlap import blocking
from hookproof.plugin.run import RUN, CheckRun
from hookproof.receiver.challenger import Challenger
from hookproof.receiver.everywhere import Everywhere
from hookproof.receiver.media_host import MediaHost
from hookproof.receiver.process import CrashOutcome, TargetProcess
from hookproof.receiver.receiver import Receiver
from hookproof.receiver.run_ledger import RunLedger
from hookproof.sender import Sender
from hookproof.target.check_key import CheckKey
from hookproof.verifier.verifier import Verifier

if TYPE_CHECKING:
    from hookproof.cases.api.api_request import ApiRequest
    from hookproof.plugin.generated.calls import GeneratedCalls
    from hookproof.plugin.generated.deliveries import Generator
    from hookproof.providers import Operation

_ITEM = pytest.StashKey[CheckItem]()
_CRASHES = pytest.StashKey[dict[tuple[str, str], CrashOutcome]]()
A = TypeVar("A")
T = TypeVar("T")
Decorator = Callable[[Callable[[T], None]], None]


def subject_of(item: pytest.Item) -> str:
    callspec = getattr(item, "callspec", None)
    value = callspec.params.get("subject") if callspec else None
    return value if isinstance(value, str) else ""


def item_of(item: pytest.Item, run: CheckRun) -> CheckItem:
    """What this pytest item is as a check; made once."""
    found = item.stash.get(_ITEM, None)
    if found is None:
        params = item.callspec.params  # type: ignore[attr-defined]
        id_ = checks.check_id(item.path, item.originalname)  # type: ignore[attr-defined]
        key = CheckKey(id_, params["subject"], checks.case_name(params))
        found = CheckItem(key, run.actor(checks.role(item), key))
        item.stash[_ITEM] = found
    return found


def actor_of(item: pytest.Item, run: CheckRun, kind: type[A]) -> A:
    """The actor of a check that needs one of that kind."""
    actor = item_of(item, run).actor
    assert isinstance(actor, kind), f"{item.nodeid} stands among the checks of another role"
    return actor


@pytest.fixture
def subject(request: pytest.FixtureRequest) -> str:
    """The provider's surface a check is run for."""
    return str(request.param)


@pytest.fixture
def case(request: pytest.FixtureRequest) -> Any:
    """One entry of the check's table: what it is, the table says."""
    return request.param[1]


@pytest.fixture
def receiver(request: pytest.FixtureRequest, subject: str) -> Receiver:
    """The receiver under test, as this check sees it."""
    run = request.config.stash[RUN]
    actor = actor_of(request.node, run, Receiver)
    return actor if checks.overlaps(request.node) else blocking(actor, run.background)


@pytest.fixture
def sender(request: pytest.FixtureRequest, subject: str) -> Sender:
    """The sender under test, as this check sees it."""
    run = request.config.stash[RUN]
    actor = actor_of(request.node, run, Sender)
    return actor if checks.overlaps(request.node) else blocking(actor, run.background)


@pytest.fixture
def api(request: pytest.FixtureRequest, subject: str) -> Iterator[Api]:
    """The management API under test, as this check sees it; afterwards the account is as it was."""
    run = request.config.stash[RUN]
    actor = actor_of(request.node, run, Api)
    yield blocking(actor, run.background)
    run.background.run(actor.restore())


@pytest.fixture
def verifier(request: pytest.FixtureRequest, subject: str) -> Verifier:
    """The verifier under test, as this check sees it."""
    return actor_of(request.node, request.config.stash[RUN], Verifier)


@pytest.fixture
def everywhere(request: pytest.FixtureRequest, subject: str) -> Everywhere:
    """All endpoints of the provider under test, and all channels of this one; for checks that overlap others."""
    return Everywhere(actor_of(request.node, request.config.stash[RUN], Receiver))


@pytest.fixture
def media(request: pytest.FixtureRequest, subject: str) -> Iterator[MediaHost]:
    """Events that point to a file of ours; afterwards nobody waits for the file any more."""
    run = request.config.stash[RUN]
    found = MediaHost(actor_of(request.node, run, Receiver))
    yield found if checks.overlaps(request.node) else blocking(found, run.background)
    found.release()


@pytest.fixture
def process(request: pytest.FixtureRequest, subject: str) -> TargetProcess:
    """The process of the receiver under test, where `--start` began it: killed at a moment, and what it printed."""
    run = request.config.stash[RUN]
    receiver = actor_of(request.node, run, Receiver)
    return blocking(TargetProcess(receiver, request.config.stash.setdefault(_CRASHES, {})), run.background)


@pytest.fixture
def ledger(request: pytest.FixtureRequest, subject: str) -> RunLedger:
    """All that was sent in the run to the receiver under test, held against its effects."""
    run = request.config.stash[RUN]
    return blocking(RunLedger(actor_of(request.node, run, Receiver)), run.background)


@pytest.fixture
def challenger(request: pytest.FixtureRequest, subject: str) -> Challenger:
    """The endpoint under test as one that has to prove who owns it."""
    return _challenger(request, crc=False)


@pytest.fixture
def crc(request: pytest.FixtureRequest, subject: str) -> Challenger:
    """The endpoint under test as one that has to prove who owns it by an HMAC of a random text."""
    return _challenger(request, crc=True)


def _challenger(request: pytest.FixtureRequest, *, crc: bool) -> Challenger:
    run = request.config.stash[RUN]
    return blocking(Challenger(actor_of(request.node, run, Receiver), crc=crc), run.background)


@pytest.fixture
def delivery(receiver: Receiver, request: pytest.FixtureRequest) -> Delivery | None:
    """A genuine, signed delivery of a fresh event; a check that overlaps others gets its own when it begins."""
    return None if checks.overlaps(request.node) else receiver.make()


@pytest.fixture
def for_every_valid(request: pytest.FixtureRequest, subject: str) -> Decorator[Delivery]:
    """Decorator: run the function at once for many deliveries that fit the documented schema."""
    return _generator(request, subject).for_all(valid=True)


@pytest.fixture
def for_every_invalid(request: pytest.FixtureRequest, subject: str) -> Decorator[Delivery]:
    """Decorator: run the function at once for many signed deliveries that do not fit the documented schema."""
    return _generator(request, subject).for_all(valid=False)


@pytest.fixture
def for_every_documented_request(
    request: pytest.FixtureRequest, subject: str
) -> Callable[[Operation], Decorator[ApiRequest]]:
    """Decorator: run the function at once for many requests of an operation that are as its document says."""
    return lambda operation: _calls(request, subject).for_all(operation, valid=True)


@pytest.fixture
def for_every_undocumented_request(
    request: pytest.FixtureRequest, subject: str
) -> Callable[[Operation], Decorator[ApiRequest]]:
    """Decorator: run the function at once for many requests of an operation that its document does not allow."""
    return lambda operation: _calls(request, subject).for_all(operation, valid=False)


def _calls(request: pytest.FixtureRequest, subject: str) -> GeneratedCalls:
    from hookproof.plugin.generated.calls import GeneratedCalls  # schemathesis takes 0.6 s to import

    run = request.config.stash[RUN]
    provider = run.platforms[subject].surface.provider
    return GeneratedCalls(provider, run.settings.seed, run.settings.examples)


def _generator(request: pytest.FixtureRequest, subject: str) -> Generator:
    from hookproof.plugin.generated.deliveries import Generator

    run = request.config.stash[RUN]
    if not run.makers[subject].writing.is_json:
        pytest.skip("bodies are forms, which are not generated")
    return Generator(run.makers[subject], run.settings.seed, run.settings.examples)
