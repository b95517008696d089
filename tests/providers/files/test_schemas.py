"""Every key of a file in specs/ is described by its type, and named by specs/README.md."""

import re
from typing import Annotated

import msgspec
import pytest
from docs.schemas import CONTRACTS, FileContract

from hookproof.folders import folder
from hookproof.providers import Requirement, SpecError
from hookproof.providers.fields.platform_tables import CallFields, PlatformFields, RetryFields
from hookproof.providers.fields.words import distinct, whole
from hookproof.providers.files.schemas import FileType, key
from hookproof.providers.signatures import SchemeFields
from hookproof.providers.tables import (
    ChallengeFields,
    EventFields,
    IdentityFields,
    Parameter,
    ProviderFields,
    States,
    SurfaceFields,
    Vector,
)

README = (folder("specs") / "README.md").read_text("utf-8")


OF_SPECS = [contract for contract in CONTRACTS if isinstance(contract, FileContract)]


@pytest.mark.parametrize("contract", OF_SPECS, ids=lambda contract: contract.name)
def test_every_key_is_described(contract):
    tables = contract.schema["$defs"]
    found = {f"{table}.{one}": said for table, it in tables.items() for one, said in it.get("properties", {}).items()}
    about = {one: {**tables.get(said.get("$ref", "").rpartition("/")[2], {}), **said} for one, said in found.items()}

    assert [one for one, said in about.items() if not said.get("description")] == []


OF_THEIR_OWN = {"signature", "surfaces", "platform", "parameters", "identity", "challenge", "states"}
"""Keys that are tables, each with a table of its own in the README."""


def keys(struct):
    return set(struct.__struct_fields__)


def test_the_readme_names_every_key_and_none_that_is_not():
    tables = re.findall(r"(?:^\|.*\n)+", README, re.MULTILINE)
    firsts = [" ".join(row.split(" | ")[0] for row in table.splitlines()[2:]) for table in tables]
    found = [set(re.findall(r"`([^`]+)`", cells)) for cells in firsts]

    assert keys(ProviderFields) - OF_THEIR_OWN | keys(Parameter) | {"[parameters.NAME]"} in found
    assert keys(SurfaceFields) - OF_THEIR_OWN in found
    assert keys(Requirement) - {"id"} | {"[ID]"} in found
    for table in (SchemeFields, IdentityFields, ChallengeFields, PlatformFields, EventFields, Vector):
        assert keys(table) in found, table
    assert all(f"`{name}`" in README for name in keys(CallFields) | keys(RetryFields) | keys(States))
    assert all(f"[[surfaces.NAME.{table}]]" in README for table in ("identity", "challenge", "states"))


class Small(msgspec.Struct, forbid_unknown_fields=True):
    """A small file."""

    word: Annotated[str, whole("a|b", "A letter.")] = "a"
    some: Annotated[list[int], distinct(2, "Numbers.")] = []
    none: int | None = None


@pytest.mark.parametrize(
    "data, complaint",
    [
        ({"word": "c"}, "x.toml: word: 'c' does not fit ^(a|b)$; A letter."),
        ({"word": "a\n"}, "x.toml: word: 'a\\n' does not fit ^(a|b)$; A letter."),
        ({"some": [1]}, "x.toml: some: [1] has fewer items than 2; Numbers."),
        ({"some": [1, 1]}, "x.toml: some: [1, 1] has two items alike; leave one of them out; Numbers."),
        ({"none": None}, "x.toml: none: None is no integer; A small file."),
        ({"sme": [1], "some": 5}, "x.toml: no key is called 'sme'; write 'some', or one of: word, some, none"),
        ({}, "x.toml: is empty; write what specs/README.md shows"),
    ],
)
def test_a_complaint_says_what_is_wrong_and_what_belongs_there(data, complaint):
    with pytest.raises(SpecError) as refused:
        FileType("x.toml", Small).convert(data, "x.toml")
    assert str(refused.value) == complaint


def test_a_key_is_written_as_toml_writes_it():
    assert key(["surfaces", "chat", "identity", 0, "id"]) == "surfaces.chat.identity[0].id"
    assert key(["parameters", "channels.chat"]) == 'parameters."channels.chat"'
