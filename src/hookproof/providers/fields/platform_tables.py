"""What [platform] in a provider.toml may hold: the provider as a sender, and the API by which it is managed."""

from __future__ import annotations

from typing import Annotated, Any

from msgspec import Meta, Struct

from hookproof.providers.fields.words import Status, Text, distinct, whole


class CallFields(Struct, forbid_unknown_fields=True, frozen=True):
    """One call of the management API, and what to fill it with."""

    operation: Annotated[Text, Meta(description="An operationId of openapi.yaml.")]
    body: Annotated[
        dict[str, Any],
        Meta(description="Its body; a text that is nothing but {url}, {name}, {events}, {kind} or {on} is filled in."),
    ] = {}


class RetryFields(Struct, forbid_unknown_fields=True, frozen=True, kw_only=True):
    """What is documented of the attempts that follow a failed one."""

    window_s: Annotated[
        float,
        Meta(gt=0, description="Seconds for which a failing delivery is tried at least; or --set retry.window."),
    ] = 0.0
    gone: Annotated[
        list[Status], distinct(1, "Statuses by which an endpoint says that it wants nothing more, ever.")
    ] = []


Mode = Annotated[str, whole("single_attempt|sequential|quiet")]
Settings = dict[str, Any]


class PlatformFields(Struct, forbid_unknown_fields=True, frozen=True, kw_only=True):
    """The provider as a sender, and the API by which it is told where to deliver."""

    register: Annotated[
        CallFields | None, Meta(description="Registers an endpoint: {url}, {name}, {events}. Without it: --register.")
    ] = None
    listing: Annotated[CallFields | None, Meta(description="Lists the endpoints.")] = None
    remove: Annotated[CallFields | None, Meta(description="Takes one endpoint back.")] = None
    change: Annotated[CallFields | None, Meta(description="Changes one endpoint.")] = None
    read: Annotated[CallFields | None, Meta(description="Reads the settings.")] = None
    test: Annotated[CallFields | None, Meta(description="Sends one endpoint a sample.")] = None
    simulate: Annotated[CallFields | None, Meta(description="Sends a sample at once: {kind}, {url}.")] = None
    inspect: Annotated[CallFields | None, Meta(description="Puts an address of the platform's own in place: {on}.")] = (
        None
    )
    inspected: Annotated[CallFields | None, Meta(description="Shows what came to the platform's own address.")] = None
    messages: Annotated[CallFields | None, Meta(description="Shows the events to those who ask instead.")] = None
    switch: Annotated[
        list[Text], distinct(0, "Members of a listed endpoint that may switch it off; the first that is there is used.")
    ] = []
    events: Annotated[list[Text], distinct(0, "What an endpoint is registered for.")] = []
    surfaces: Annotated[list[str], distinct(0, "The surfaces that a platform delivers to; all if absent.")] = []
    deadline: Annotated[
        bool, Meta(description="Whether the deadline is documented, so that a sender is held to it.")
    ] = False
    backoff: Annotated[bool, Meta(description="Whether it is documented that retries come later and later.")] = False
    single: Annotated[
        bool, Meta(description="Whether an account has one address: registering another replaces it.")
    ] = False
    settings: Annotated[
        Settings, Meta(description="What is set, by the call `register`, before anything is judged.")
    ] = {}
    modes: Annotated[
        dict[Mode, Settings], Meta(description="Other settings, by the name of the regime whose checks run under them.")
    ] = {}
    switches: Annotated[
        dict[str, list[str]], Meta(description="Setting to the kinds of event that it lets through.")
    ] = {}
    most_attempts: Annotated[int, Meta(ge=1, description="The documented limit of attempts for a delivery.")] = 0
    most_open: Annotated[int, Meta(ge=1, description="The documented limit of requests that are open at once.")] = 0
    retry: RetryFields | None = None
