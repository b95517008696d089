"""What deliveries are compared with: the provider's documents, and the secrets of the run."""

from __future__ import annotations

import json
from collections.abc import Sequence
from dataclasses import dataclass
from functools import lru_cache
from typing import Any

import jsonschema_rs

from hookproof.delivery.attempt import Promise
from hookproof.delivery.secret import Secret
from hookproof.delivery.signature import KeyedSigner
from hookproof.providers import PlatformFields, Surface
from hookproof.providers.events import Maker
from hookproof.providers.fields.platform_tables import RetryFields
from hookproof.verdict import Inconclusive, Reason


@dataclass(frozen=True)
class Documents:
    """What the provider documents of its deliveries, and the secrets that may sign or must stay secret.

    `keys` may sign; `token` is that of the management API; `secret_env` names the variable that `keys` come from.
    """

    maker: Maker
    promise: Promise
    keys: Sequence[Secret] = ()
    token: Secret | None = None
    secret_env: str = ""

    @property
    def surface(self) -> Surface:
        """The documented surface that events are delivered to."""
        return self.maker.surface

    @property
    def parameters(self) -> dict[str, str]:
        """The parameters of the run, such as `mode`, with the values of --set or their defaults."""
        return self.surface.parameters

    @property
    def most_attempts(self) -> int:
        """How many attempts are documented at most; 0 where no number is."""
        return self._platform.most_attempts

    @property
    def has_a_deadline(self) -> bool:
        """Whether it is documented how long a sender waits for an answer."""
        return self._platform.deadline

    @property
    def most_open(self) -> int:
        """How many requests are documented to be open at the same time at most; 0 where no number is."""
        return self._platform.most_open

    @property
    def window_s(self) -> float:
        """Seconds for which a failing delivery is tried at least: as --set retry.window says, else as documented."""
        return float(self.parameters.get("retry.window") or self._retry.window_s)

    @property
    def gone(self) -> list[int]:
        """The statuses by which an endpoint says that it wants nothing more."""
        return self._retry.gone

    @property
    def _retry(self) -> RetryFields:
        return self._platform.retry or RetryFields()

    @property
    def separator(self) -> str:
        """The text between the id and what is signed after it; empty where no id is signed."""
        scheme = self.surface.scheme
        _, found, rest = (scheme.signs if scheme else "").partition("{id}")
        return rest.partition("{")[0] if found else ""

    @property
    def states(self) -> list[str]:
        """The kinds of event that tell the states of one thing, oldest first."""
        return self.surface.fields.states[0].kinds

    @property
    def switched_kinds(self) -> list[str]:
        """The kinds of event that some setting switches on and off, each once."""
        return list(dict.fromkeys(kind for kinds in self._platform.switches.values() for kind in kinds))

    @property
    def _platform(self) -> PlatformFields:
        return self.surface.provider.fields.platform or PlatformFields()

    @property
    def signers(self) -> list[KeyedSigner]:
        """One signer for each key. Raises Inconclusive without a key, or where nothing is signed."""
        if self.surface.scheme is None:
            raise Inconclusive(Reason.PREREQUISITE_FAILED, "nothing is signed with these parameters")
        if not self.keys:
            raise Inconclusive(Reason.PREREQUISITE_FAILED, f"put the endpoint's secret in ${self.secret_env}")
        return [KeyedSigner(self.surface.scheme, key) for key in self.keys]

    def schema_errors(self, payload: Any, kind: str = "") -> list[Any]:
        """Why a payload does not fit the schema of that kind of event; without a kind, that of any delivery."""
        validator = _validator(f"{self.surface.subject} {kind}", json.dumps(self.surface.schema(kind)))
        return list(validator.iter_errors(payload))


@lru_cache(maxsize=64)
def _validator(key: str, schema: str) -> Any:
    return jsonschema_rs.Draft202012Validator(schema, validate_formats=True)
