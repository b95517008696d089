"""What [[surfaces.NAME.challenge]] in a provider.toml may hold: how ownership of an endpoint is proved."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Annotated, Any, Literal

from msgspec import Meta, Struct

from hookproof.providers.fields.words import Condition, HeaderTemplates, Pointer, Status, Template, Text, distinct


class ChallengeFields(Struct, forbid_unknown_fields=True, frozen=True):
    """How ownership of an endpoint is proved: a request with a random text, and the answer it must get."""

    answer: Annotated[
        Text | list[Text],
        Meta(description="What the answer must be: {challenge}, {hmac_hex}, {hmac_base64}; a list: one of these."),
    ] = ""
    method: Annotated[
        Literal["GET", "HEAD", "OPTIONS", "POST", "PUT"], Meta(description="POST and PUT have a JSON body.")
    ] = "GET"
    query: Annotated[
        Template, Meta(description="Members of the query; {challenge} is the random text; or {PARAMETER}.")
    ] = {}
    body: Annotated[
        dict[str, Any],
        Meta(min_length=1, description="The JSON body; in its texts {challenge} is the random text; or {PARAMETER}."),
    ] = {}
    headers: Annotated[
        HeaderTemplates, Meta(description="Headers of the request, by name; {challenge}, {PARAMETER}.")
    ] = {}
    pointer: (
        Annotated[
            str,
            Meta(pattern="^/", description="Where in a JSON answer it must stand; the whole body if absent."),
        ]
        | None
    ) = None
    expects: Annotated[
        dict[Pointer, Text | int | bool],
        Meta(min_length=1, description="What a JSON answer must hold, by its places; or else `answer`."),
    ] = {}
    status: Annotated[list[Status], distinct(1, "Statuses of a right answer; 200 if absent.")] = []
    answer_headers: Annotated[
        HeaderTemplates, Meta(description="Headers that a right answer has, by name; {challenge}, {PARAMETER}.")
    ] = {}
    unsigned: Annotated[bool, Meta(description="Whether it is sent without the signature that deliveries have.")] = (
        False
    )
    token: Annotated[Text, Meta(description="The member that proves who asks.")] = ""
    mode: Annotated[Text, Meta(description="The member whose documented value is the only one to answer.")] = ""
    when: Condition = ""

    @property
    def has_body(self) -> bool:
        """Whether the request has a body."""
        return self.method in ("POST", "PUT")

    @property
    def is_signed(self) -> bool:
        """Whether the request is signed where deliveries are."""
        return self.has_body and not self.unsigned

    @property
    def members(self) -> dict[str, str]:
        """Its texts as templates, by the name of a member of the query or the body, or by a pointer further inside."""
        return dict(_texts(self.body)) if self.has_body else dict(self.query)

    @property
    def answers(self) -> list[str]:
        """The texts of which a right answer is one."""
        return [self.answer] if isinstance(self.answer, str) and self.answer else list(self.answer)

    @property
    def proof(self) -> tuple[str, str | None]:
        """What the answer proves it by, as a template, and the place where it stands; None for the whole body."""
        told = [(value, place) for place, value in self.expects.items() if isinstance(value, str) and "{" in value]
        by_hmac = [pair for pair in told if "{hmac" in pair[0]]
        if self.answers:
            return self.answers[0], self.pointer
        return next(iter([*by_hmac, *told]), ("", None))

    @property
    def is_crc(self) -> bool:
        """Whether the answer holds an HMAC of the text."""
        return "{hmac" in self.proof[0]

    @property
    def asks(self) -> bool:
        """Whether the request holds a random text at all."""
        return any("{challenge}" in text for text in (*self.members.values(), *self.headers.values()))


def _texts(node: dict[str, Any], at: str = "") -> Iterator[tuple[str, str]]:
    for name, value in node.items():
        place = f"{at}/{name.replace('~', '~0').replace('/', '~1')}" if at else name
        if isinstance(value, dict):
            yield from _texts(value, place if at else f"/{name}")
        elif isinstance(value, str):
            yield place, value
