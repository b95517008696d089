"""What the files in specs/ may hold, as they stand: one struct for each table. Reading them is `specs`."""

from __future__ import annotations

from collections.abc import Set
from typing import Any, Protocol

import msgspec

from hookproof.pointers import leaves
from hookproof.verdict import Level

ROLES = ("receiver", "sender", "api", "operator")
FEATURES = (
    "signature",
    "token",
    "challenge",
    "crc",
    "media",
    "batch",
    "tainted",
    "damaged",
    "states",
    "json",
    "path",
    "channel",
    "signed",
    "signed-crc",
    "settings",
    "single",
    "several",
    "switches",
    "handshake",
    "removal",
    "deadline",
    "backoff",
    "most-attempts",
    "api",
    "collection",
)


class Parameter(msgspec.Struct, forbid_unknown_fields=True, frozen=True):
    """What a document leaves open, chosen with --set."""

    text: str
    choices: list[str] = []
    default: str = ""
    example: str = ""


class SchemeFields(msgspec.Struct, forbid_unknown_fields=True, frozen=True):
    algorithm: str
    header: str
    value: str
    signs: str = "{body}"
    when: str = ""


class IdentityFields(msgspec.Struct, forbid_unknown_fields=True, frozen=True):
    """What identifies each event in a body; see `pointers.Identity`."""

    id: list[str]
    items: str = ""
    pattern: str = ""
    also: list[str] = []


class ChallengeFields(msgspec.Struct, forbid_unknown_fields=True, frozen=True):
    """How ownership of an endpoint is proved: a request with a random text, and the answer it must get."""

    answer: str
    method: str = "GET"
    query: dict[str, str] = {}
    body: dict[str, str] = {}
    pointer: str | None = None
    token: str = ""
    mode: str = ""
    when: str = ""


class States(msgspec.Struct, forbid_unknown_fields=True, frozen=True):
    """Kinds of event that say how far one and the same thing has got, oldest first."""

    kinds: list[str]


class SurfaceFields(msgspec.Struct, forbid_unknown_fields=True, frozen=True, kw_only=True):
    """One table under [surfaces]. Places are JSON pointers (RFC 6901)."""

    webhook: str
    identity: list[IdentityFields]
    accepts: str = ""
    title: str = ""
    path: str = ""
    when: str = ""
    needs: list[str] = []
    content_type: str = "application/json"
    escaped: bool = False
    plain: str = "text"
    unknown: dict[str, Any] = {}
    long_text: list[str] = []
    long_lists: list[str] = []
    challenge: list[ChallengeFields] = []
    states: list[States] = []
    signature: SchemeFields | None = None
    foreign: list[str] = []


class CallFields(msgspec.Struct, forbid_unknown_fields=True, frozen=True):
    """One call of the management API: an `operationId` of openapi.yaml, and what to fill it with."""

    operation: str
    body: dict[str, Any] = {}


class PlatformFields(msgspec.Struct, forbid_unknown_fields=True, frozen=True, kw_only=True):
    """The table [platform]: the provider as a sender, and the API by which it is told where to deliver.

    register        the call that registers an endpoint; {url} and {name} are filled in. Without it: --register
    listing, remove calls that list the endpoints, and take one back ({id})
    change          the call that changes an endpoint ({id}); `switch` names the members that may switch it off
    read            the call that reads the settings
    simulate        the call that sends a sample at once; {kind} and {url} are filled in
    inspect, inspected  the calls that put an address of the platform's own in place ({on}), and show what came there
    messages        the call that shows the events to those who ask instead
    single          an account has one address: registering another replaces it
    settings        what is set before anything is judged, by the call `register`
    modes           other settings, by name: checks are run under them
    switches        setting -> the kinds of event that it lets through
    events          what an endpoint is registered for
    surfaces        those that a platform delivers to; all without
    deadline        whether the deadline is documented, so that a sender is held to it
    backoff         whether it is documented that retries come later and later
    most_attempts, most_open   documented limits; 0 where there is none
    """

    register: CallFields | None = None
    listing: CallFields | None = None
    remove: CallFields | None = None
    change: CallFields | None = None
    read: CallFields | None = None
    test: CallFields | None = None
    simulate: CallFields | None = None
    inspect: CallFields | None = None
    inspected: CallFields | None = None
    messages: CallFields | None = None
    switch: list[str] = []
    events: list[str] = []
    surfaces: list[str] = []
    deadline: bool = False
    backoff: bool = False
    single: bool = False
    settings: dict[str, Any] = {}
    modes: dict[str, dict[str, Any]] = {}
    switches: dict[str, list[str]] = {}
    most_attempts: int = 0
    most_open: int = 0


class ProviderFields(msgspec.Struct, forbid_unknown_fields=True, frozen=True, kw_only=True):
    """provider.toml as it stands; see specs/README.md."""

    title: str
    source: str
    roles: list[str]
    deadline_s: float
    acknowledges: list[int | str]
    rejects: list[int]
    concurrency: int = 25
    emits: str = ""
    signature: SchemeFields | None = None
    parameters: dict[str, Parameter] = {}
    platform: PlatformFields | None = None
    surfaces: dict[str, SurfaceFields]


class Event(msgspec.Struct, forbid_unknown_fields=True, frozen=True, kw_only=True):
    """One kind of event on one surface: its payload with placeholders, and what may be expected of a receiver.

    use       kind, batch, tainted (one item is of a kind of tomorrow), damaged (one is broken), unknown (a kind of
              tomorrow), empty (no event in it)
    damaged   pointers to the items that need not be processed
    """

    payload: dict[str, Any]
    media: dict[str, str] | None = None
    use: str = "kind"
    effects: str = "required"
    damaged: list[str] = []
    webhook: str = ""

    @property
    def points_to_a_file(self) -> bool:
        """Whether it is a documented kind with a URL of ours in it."""
        return self.use == "kind" and any("{{media.url}}" in str(value) for _, value in leaves(self.payload))

    @property
    def required(self) -> bool:
        """Whether a receiver must act on every event in it that is not damaged."""
        return self.effects == "required" and self.use in ("kind", "batch", "tainted", "damaged")


class Applicant(Protocol):
    """A surface, as far as a requirement asks."""

    @property
    def name(self) -> str: ...

    @property
    def parameters(self) -> dict[str, str]: ...

    @property
    def features(self) -> Set[str]: ...


class Requirement(msgspec.Struct, forbid_unknown_fields=True, frozen=True, kw_only=True):
    """One normative sentence."""

    id: str = ""
    role: str | list[str]
    level: Level
    text: str
    source: str
    checks: list[str] = []
    excluded: str | None = None
    when: str | None = None
    surfaces: list[str] = []
    needs: str = ""

    @property
    def roles(self) -> list[str]:
        return [self.role] if isinstance(self.role, str) else self.role

    def applies(self, surface: Applicant) -> bool:
        """Whether it counts for this surface, as the run's parameters make it."""
        return (
            holds(self.when or "", surface.parameters)
            and (not self.surfaces or surface.name in self.surfaces)
            and (not self.needs or self.needs in surface.features)
        )


def holds(condition: str, parameters: dict[str, str]) -> bool:
    """Whether PARAMETER=VALUE, or PARAMETER!=VALUE, is so; an empty condition is."""
    if not condition:
        return True
    name, _, value = condition.partition("=")
    if name.endswith("!"):
        return parameters.get(name[:-1]) != value
    return parameters.get(name) == value


def filled(text: str, parameters: dict[str, str]) -> str:
    """The text with {parameter} replaced by its value; other braces stay."""
    for name, value in parameters.items():
        text = text.replace(f"{{{name}}}", value)
    return text
