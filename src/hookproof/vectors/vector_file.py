"""vectors/<provider>.json as types: the only definition of it; specs/schema/vectors.schema.json is printed from them.

Whoever reads such a file needs the schema and nothing else.
"""

from __future__ import annotations

import base64
import json
from typing import Annotated, Any, Literal

import msgspec
from msgspec import Meta, Struct

VECTORS: Literal["hookproof/vectors/1"] = "hookproof/vectors/1"
"""The `schema` of every file of vectors."""

Right = Literal["valid", "invalid", "acceptable"]
"""The one right verdict. `valid` must be accepted, `invalid` refused; `acceptable` may be either: no document says."""


class VectorRequest(Struct, frozen=True):
    """A request as it comes over the wire."""

    method: str
    url: Annotated[str, Meta(description="The whole URL, as the sender wrote it.")]
    headers: Annotated[
        list[tuple[str, str]],
        Meta(description="Name and value in the order of sending; each character of a value is one byte (Latin-1)."),
    ]
    body_base64: Annotated[str, Meta(description="The raw bytes of the body in Base64 (RFC 4648, 4).")]

    @property
    def body(self) -> bytes:
        return base64.b64decode(self.body_base64)


class VectorTest(Struct, frozen=True):
    """One request, the moment at which it is judged, and the right verdict."""

    id: Annotated[str, Meta(description="Unique in its file; the same test keeps its id.")]
    comment: Annotated[str, Meta(description="What is odd about the request.")]
    flags: Annotated[list[str], Meta(min_length=1, description="What the test is about: members of `notes`.")]
    request: VectorRequest
    now: Annotated[int, Meta(ge=0, description="When the request is judged: Unix time in seconds.")]
    result: Right


class VectorGroup(Struct, frozen=True, kw_only=True):
    """Tests of one endpoint with one key."""

    subject: Annotated[str, Meta(description="The documented endpoint, as runs of hookproof call it.")]
    algorithm: Annotated[str, Meta(description="hmac-sha256, hmac-sha1, hmac-sha512, ed25519 …; token: no signature.")]
    header: Annotated[str, Meta(description="Name of the header that carries the signature, in lower case, or empty.")]
    place: Annotated[str, Meta(description="JSON pointer to where it stands in the body, if in no header.")] = ""
    items: Annotated[
        str,
        Meta(description="JSON pointer to what is signed one by one, * being every item of an array."),
    ] = ""
    value: Annotated[str, Meta(description="Template of that header's value; [a part in brackets] may be repeated.")]
    signs: Annotated[str, Meta(description="Template of the bytes that are signed.")]
    headers: Annotated[
        dict[str, str], Meta(description="Headers that carry the signed id and time, in lower case, with templates.")
    ] = {}
    timestamp: Annotated[
        str, Meta(description="How {timestamp} is written: unix (seconds), unix.ms, iso; or a pointer into the body.")
    ] = "unix"
    key: Annotated[
        Literal["utf-8", "base64", "hex"], Meta(description="How the secret's text becomes the key: what it spells.")
    ] = "utf-8"
    key_prefix: Annotated[str, Meta(description="What stands before the key in the secret's text.")] = ""
    tolerance_s: Annotated[
        float | None, Meta(description="Seconds by which the signed time may be off; null if nothing is promised.")
    ] = None
    secret: Annotated[
        str, Meta(description="What a receiver holds, as the vendor spells it: the shared secret or the public key.")
    ]
    tests: Annotated[list[VectorTest], Meta(min_length=1)]


class VectorNote(Struct, frozen=True):
    """What a flag is about."""

    about: Annotated[str, Meta(description="What the tests with this flag have in common.")]
    bug: Annotated[str, Meta(description="The class of bug that they catch.")]
    example: Annotated[str, Meta(description="Where such a bug was public; empty if none is known.")] = ""


class VectorFile(Struct, frozen=True, kw_only=True):
    """All vectors of one provider."""

    schema: Literal["hookproof/vectors/1"]
    provider: str
    title: Annotated[str, Meta(description="The provider's name, as people write it.")]
    source: Annotated[str, Meta(description="Address of the document by which the verdicts are right.")]
    count: Annotated[int, Meta(ge=1, description="How many tests there are in all groups.")]
    notes: Annotated[dict[str, VectorNote], Meta(description="Each flag, and what it is about.")]
    groups: Annotated[list[VectorGroup], Meta(min_length=1)]


def text(file: VectorFile) -> str:
    """The file as it is committed: one line for each test, and the same bytes every time."""
    whole = msgspec.to_builtins(file)
    groups = [_group(group) for group in whole.pop("groups")]
    return _with(json.dumps(whole, indent=1, ensure_ascii=False), "groups", groups, " ")


def _group(group: dict[str, Any]) -> str:
    tests = ["   " + json.dumps(test, ensure_ascii=False) for test in group.pop("tests")]
    head = json.dumps(group, indent=1, ensure_ascii=False).replace("\n", "\n  ")
    return "  " + _with(head, "tests", tests, "   ")


def _with(head: str, name: str, items: list[str], indent: str) -> str:
    """An object that was written without this member, with the member as its last."""
    listed = ",\n".join(items)
    end = "}" if indent != " " else "}\n"
    return f'{head.rstrip("}").rstrip()},\n{indent}"{name}": [\n{listed}\n{indent}]\n{indent[:-1]}{end}'


def read(raw: bytes) -> VectorFile:
    """A file of vectors. Raises msgspec.ValidationError or msgspec.DecodeError where it is none."""
    return msgspec.json.decode(raw, type=VectorFile)
