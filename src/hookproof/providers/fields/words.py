"""The small types that tables of specs/ are made of: texts, names, places, conditions, and how a type is limited."""

from __future__ import annotations

from typing import Annotated

from msgspec import Meta

NOT_BEFORE_A_LINE_BREAK = r"(?!\n)"


def whole(pattern: str, description: str = "") -> Meta:
    """A constraint: the text fits the pattern from its first character to its last.

    `$` alone lets Python, though not JSON Schema, take a line break at the end.
    """
    pattern = f"({pattern})" if "|" in pattern else pattern
    return Meta(pattern=f"^{pattern}${NOT_BEFORE_A_LINE_BREAK}", description=description or None)


def distinct(least: int = 1, description: str = "") -> Meta:
    """A constraint: the list has so many items at least, and no two alike."""
    return Meta(min_length=least or None, description=description or None, extra_json_schema={"uniqueItems": True})


Text = Annotated[str, Meta(min_length=1)]
Word = Annotated[str, whole("[a-z][a-z0-9_]*")]
ParameterName = Annotated[str, whole(r"[a-z][a-z0-9_]*(\.[a-z][a-z0-9_]*)*")]
Status = Annotated[int, Meta(ge=100, le=599)]
Pointer = Annotated[str, whole("(/([^~/]|~[01])*)+", "A JSON pointer (RFC 6901), like /data/id.")]
Condition = Annotated[
    str,
    whole("[a-z][a-z0-9_.]*!?=[^=]+", "PARAMETER=VALUE or PARAMETER!=VALUE: there only in runs with that choice."),
]
Template = Annotated[dict[str, Text], Meta(min_length=1)]
Places = list[Pointer]
HeaderName = Annotated[str, whole("[a-z0-9-]+", "Name of a header, written in lower case.")]
HeaderTemplates = Annotated[dict[HeaderName, Text], Meta(min_length=1)]
