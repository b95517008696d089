"""What the files of specs/ may hold: one struct for each table, and what each key means.

The JSON Schemas in specs/schema/ are printed from these structs, and a file is judged by them when it is loaded.
"""

from __future__ import annotations

import math
from dataclasses import dataclass, field
from typing import Annotated, Any, Literal

from msgspec import UNSET, Meta, Struct, UnsetType
from msgspec import field as member

from hookproof.delivery.pointers import leaves
from hookproof.providers.fields.challenge_tables import ChallengeFields
from hookproof.providers.fields.platform_tables import PlatformFields
from hookproof.providers.fields.words import (
    Condition,
    HeaderTemplates,
    ParameterName,
    Places,
    Pointer,
    Status,
    Text,
    Word,
    distinct,
    whole,
)
from hookproof.providers.files.schemas import FileType
from hookproof.providers.signatures import Signatures

Role = Literal["receiver", "sender", "api"]
TESTED_ROLES = ("receiver", "sender", "api", "verifier")
"""Roles that an implementation is tested in, in the order in which a run comes to them. A verifier is one of any
provider that signs, whatever `roles` says."""
IdPlace = Annotated[
    str,
    whole("(/([^~/]|~[01])*)+|header:[a-z0-9-]+", "A JSON pointer (RFC 6901), like /data/id, or header:NAME."),
]


Statuses = list[Status | Annotated[str, whole("[1-5]xx")]]


class Parameter(Struct, forbid_unknown_fields=True, frozen=True):
    """What a document leaves open, chosen with --set NAME=VALUE."""

    text: Annotated[str, Meta(min_length=1, max_length=200, description="What is chosen, in one sentence.")]
    choices: Annotated[list[Text], distinct(2, "The values there are; any value if absent.")] = []
    default: Annotated[str, Meta(description="The value without --set; one of `choices`.")] = ""
    example: Annotated[Text, Meta(description="What the document shows; tried where nobody gave a value.")] = ""
    type: Annotated[Literal["text", "number"], Meta(description="What a value is: any text, or a number.")] = "text"
    least: Annotated[float | None, Meta(description="The smallest number that may be chosen.")] = None
    most: Annotated[float | None, Meta(description="The largest number that may be chosen.")] = None
    assumed: Annotated[
        bool, Meta(description="Whether `default` is ours and no document's, so that nobody is accused because of it.")
    ] = False

    def trouble(self, value: str) -> str:
        """What to write in place of a value that cannot be chosen; empty if it can."""
        if self.type != "number" or value == self.default:
            return ""
        try:
            number = float(value)
        except ValueError:
            number = math.nan
        least, most = -math.inf if self.least is None else self.least, math.inf if self.most is None else self.most
        known = f" from {least:g} to {most:g}" if self.least is not None and self.most is not None else ""
        return "" if least <= number <= most and math.isfinite(number) else f"write a number{known}"


class IdentityFields(Struct, forbid_unknown_fields=True, frozen=True):
    """What identifies each event in a body."""

    id: Annotated[list[IdPlace], distinct(1, "Places within an item, or header:NAME; their values, joined by a colon.")]
    items: Annotated[
        str,
        Meta(pattern="^/", description="Where the events stand, * being every item of an array; the body if absent."),
    ] = ""
    pattern: Annotated[
        Text,
        Meta(
            description="The first group of its first match in a value is the id.",
            extra_json_schema={"format": "regex"},
        ),
    ] = ""
    also: Annotated[Places, distinct(1, "Further places within an item that hold something new for every event.")] = []


class States(Struct, forbid_unknown_fields=True, frozen=True):
    """Kinds of event that say how far one and the same thing has got."""

    kinds: Annotated[list[str], distinct(2, "The kinds, oldest first.")]


class AnswerFields(Struct, forbid_unknown_fields=True, frozen=True):
    """What the answer to a delivery must say."""

    content_type: Annotated[list[Text], distinct(1, "Media types of which the answer has one; any if absent.")] = []
    places: Annotated[Places, distinct(1, "Places that a JSON answer must have.")] = []
    text: Annotated[
        list[Text], distinct(1, "Whole bodies of which the answer is one, white space around it apart.")
    ] = []


class SurfaceFields(Struct, forbid_unknown_fields=True, frozen=True, kw_only=True):
    """One documented endpoint, or one of several forms in which a document offers one endpoint."""

    identity: Annotated[list[IdentityFields], Meta(min_length=1, description="What identifies the events in a body.")]
    webhook: Annotated[
        Text,
        Meta(description="Key under `webhooks` in openapi.yaml: the schema of bodies, needed with that file."),
    ] = ""
    accepts: Annotated[
        Text, Meta(description="Key under `webhooks` of the schema of any body of whatever era; `webhook` if absent.")
    ] = ""
    title: Annotated[Text, Meta(description="The surface's name, as a report shows it.")] = ""
    path: Annotated[
        str,
        Meta(
            pattern="^/",
            description="What is appended to --target, {PARAMETER} filled in; absent: the target is the endpoint.",
        ),
    ] = ""
    when: Condition = ""
    needs: Annotated[
        list[str],
        distinct(1, "Parameters in `path` without which it is only a guess; each may name several with commas."),
    ] = []
    content_type: Annotated[
        Literal["application/json", "application/x-www-form-urlencoded", "multipart/form-data"],
        Meta(description="Media type of a delivery: the key under `content` in openapi.yaml."),
    ] = "application/json"
    inside: Annotated[Text, Meta(description="The member of a form that holds the payload, as JSON.")] = ""
    deadline_s: Annotated[
        float, Meta(gt=0, le=600, description="Seconds to acknowledge, where they differ from the provider's.")
    ] = 0.0
    acknowledges: Annotated[Statuses, distinct(1, "Statuses that acknowledge, where they differ.")] = []
    rejects: Annotated[list[Status], distinct(1, "Statuses that refuse, where they differ.")] = []
    answer: Annotated[AnswerFields | None, Meta(description="What the answer to a delivery must say.")] = None
    headers: Annotated[
        HeaderTemplates,
        Meta(description="Headers of every delivery, by name: {id}, {kind}, {PARAMETER}, {{placeholders}} of events."),
    ] = {}
    escaped: Annotated[bool, Meta(description="Whether non-ASCII letters and slashes are written escaped.")] = False
    plain: Annotated[
        Text, Meta(description="The kind of event that serves as control; text if absent, else the first.")
    ] = "text"
    unknown: Annotated[
        dict[Pointer, str | int],
        Meta(min_length=1, description="Values that no document names, by the place where they are put."),
    ] = {}
    long_text: Annotated[Places, distinct(1, "Places in the plain event that may hold a text of 4096 characters.")] = []
    long_lists: Annotated[Places, distinct(1, "Places of lists in the plain event that may have ten items.")] = []
    challenge: Annotated[list[ChallengeFields], Meta(min_length=1, description="How ownership is proved.")] = []
    states: Annotated[
        list[States],
        Meta(min_length=1, description="Chains of kinds that say how far one and the same thing has got."),
    ] = []
    signature: Annotated[
        Signatures, Meta(description="How deliveries are signed; several tables: the first is judged, all are sent.")
    ] = None
    foreign: Annotated[
        list[Annotated[str, whole("[a-z][a-z0-9_-]*/[a-z][a-z0-9_]*")]],
        distinct(1, "PROVIDER/SURFACE whose bodies are easily taken for its own, and must not be."),
    ] = []


class ProviderFields(Struct, forbid_unknown_fields=True, frozen=True, kw_only=True):
    """What a provider documents about its deliveries, apart from their fields."""

    title: Annotated[str, Meta(min_length=1, max_length=120, description="The provider's name, as a report shows it.")]
    surfaces: Annotated[
        dict[Word, SurfaceFields],
        Meta(min_length=1, description="The documented endpoints, and the forms of each, in the order of judging."),
    ]
    source: Annotated[
        str,
        Meta(pattern="^https?://", description="URL (http:// or https://) of the document that all this is from."),
    ] = ""
    roles: Annotated[list[Role], distinct(1, "The roles that there are checks for.")] = member(
        default_factory=lambda: ["receiver"]
    )
    deadline_s: Annotated[
        float, Meta(gt=0, le=600, description="Seconds within which a delivery has to be acknowledged.")
    ] = 10.0
    acknowledges: Annotated[
        Statuses,
        distinct(1, 'Statuses that acknowledge a delivery, 100 to 599; "2xx" stands for the whole class.'),
    ] = member(default_factory=lambda: ["2xx"])
    rejects: Annotated[
        list[Status], distinct(1, "Statuses that refuse a delivery; 429 or 500, say, tells nothing about a signature.")
    ] = member(default_factory=lambda: [400, 401, 403, 404, 406, 409, 410, 412, 415, 422])
    concurrency: Annotated[
        int, Meta(ge=1, le=1000, description="How many requests are open to one endpoint at most.")
    ] = 25
    subscribes: Annotated[
        bool, Meta(description="Whether an endpoint acts on kinds of its own choosing, and acknowledges the others.")
    ] = False
    emits: Annotated[
        Text, Meta(description="Name of the Socket.IO event that the documents promise for each new message.")
    ] = ""
    signature: Annotated[
        Signatures,
        Meta(description="How deliveries are signed to each surface without a signature of its own."),
    ] = None
    parameters: Annotated[dict[ParameterName, Parameter], Meta(description="What the document leaves open.")] = {}
    platform: PlatformFields | None = None


class Vector(Struct, forbid_unknown_fields=True, frozen=True, kw_only=True):
    """One signature that the vendor printed, or that the vendor's printed code computed."""

    comment: Annotated[Text, Meta(description="What this vector shows.")]
    secret: Annotated[str, Meta(description="The secret as text; its UTF-8 bytes are the key.")]
    body: Annotated[str, Meta(description="The body as text; its UTF-8 bytes are signed.")]
    id: Annotated[Text, Meta(description="The delivery's id, where it is signed.")] = ""
    timestamp: Annotated[float, Meta(ge=0, description="The signed time in seconds since 1970, if one is.")] = 0
    header: Annotated[str, whole("[a-z0-9-]+", "Name of the signature header, in lower case.")]
    value: Annotated[Text, Meta(description="The header's whole value.")]
    source: Annotated[Text, Meta(description="Where the value comes from.")]


class VectorsFields(Struct, forbid_unknown_fields=True, frozen=True):
    """Signatures that the provider published, or that its published code computed; never our own signer."""

    vectors: Annotated[list[Vector], Meta(min_length=1, description="The signatures.")]


class MediaFields(Struct, forbid_unknown_fields=True, frozen=True):
    """The file that an event points to; absent if there is none."""

    type: Annotated[str, whole("[a-z]+/[a-z0-9.+-]+", "Media type the file is served with, like image/jpeg.")]
    name: Annotated[str, whole(r"[a-z0-9_-]+\.[a-z0-9]+", "Last part of its URL, like photo.jpg.")]


_FILLED = {
    "$anchor": "filled",
    "if": {"type": "string"},
    "then": {
        "allOf": [
            {
                "description": "Two braces open a word, which may be followed by .PART, -SECONDS and #NUMBER.",
                "not": {"pattern": r"\{\{(?![a-z][a-z0-9_]*(\.[a-z0-9_]+)*(-[1-9][0-9]*)?(#[2-9])?\}\})"},
            },
            {"description": "media never stands alone.", "not": {"pattern": r"\{\{media[^.]"}},
            {
                "description": "Only times can be earlier.",
                "not": {"pattern": r"\{\{(?!iso|unix|clock|rfc2822)[a-z0-9._]+-"},
            },
        ]
    },
    "items": {"$ref": "#filled"},
    "additionalProperties": {"$ref": "#filled"},
}
"""Any JSON whose strings hold no placeholder but such as there may be; which words there are, the loader knows."""
_ONE_PAYLOAD = {"oneOf": [{"required": ["payload"]}, {"required": ["payloads"]}]}


class EventFields(Struct, forbid_unknown_fields=True, frozen=True, kw_only=True):
    """One kind of event: its payload with placeholders, of one surface, or of several that share a file."""

    payload: Annotated[
        dict[str, Any] | list[Any] | UnsetType,
        Meta(description="The payload, in a file of one surface.", extra_json_schema={"allOf": [_FILLED]}),
    ] = UNSET
    payloads: Annotated[
        dict[Word, Annotated[dict[str, Any] | list[Any], Meta(extra_json_schema={"$ref": "#filled"})]] | UnsetType,
        Meta(description="The payload for each surface by its name.", extra_json_schema={"minProperties": 1}),
    ] = UNSET
    media: MediaFields | None = None
    use: Annotated[
        Literal["kind", "batch", "tainted", "damaged", "unknown", "empty"],
        Meta(
            description="kind (documented), batch (several events), tainted (something of a new kind beside good "
            "events), damaged (something broken beside good events), unknown (a kind of tomorrow), empty (no event)."
        ),
    ] = "kind"
    effects: Annotated[
        Literal["required", "optional"],
        Meta(description="Whether a receiver must act on every event in it."),
    ] = "required"
    headers: Annotated[
        HeaderTemplates, Meta(description="Headers of this kind, beside those of its surface and with its words.")
    ] = {}
    damaged: Annotated[
        list[Annotated[str, Meta(pattern="^/")]], distinct(0, "Pointers to the items that need not be processed.")
    ] = []
    webhook: Annotated[
        str, whole("[a-zA-Z][a-zA-Z0-9]*", "Key under webhooks in openapi.yaml with the schema of just this kind.")
    ] = ""


@dataclass(frozen=True, kw_only=True)
class Event:
    """One kind of event on one surface: its payload with placeholders, and what may be expected of a receiver."""

    payload: Any
    media: dict[str, str] | None = None
    use: str = "kind"
    effects: str = "required"
    damaged: list[str] = field(default_factory=list)
    headers: dict[str, str] = field(default_factory=dict)
    webhook: str = ""

    @property
    def points_to_a_file(self) -> bool:
        """Whether it is a documented kind with a URL of ours in it."""
        return self.use == "kind" and any("{{media.url}}" in str(value) for _, value in leaves(self.payload))

    @property
    def required(self) -> bool:
        """Whether a receiver must act on every event in it that is not damaged."""
        return self.effects == "required" and self.use in ("kind", "batch", "tainted", "damaged")


PROVIDER_FILE = FileType("provider.toml", ProviderFields)
EVENT_FILE = FileType(
    "events/<kind>.json and events/<surface>/<kind>.json",
    Annotated[EventFields, Meta(extra_json_schema=_ONE_PAYLOAD)],
)
VECTORS_FILE = FileType("vectors.json", VectorsFields)
