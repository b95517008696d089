"""Normative sentences: what a requirements.toml may hold, and reading one. Which checks there are says suites/."""

from __future__ import annotations

import ast
import re
from collections.abc import Set
from difflib import get_close_matches
from functools import lru_cache
from pathlib import Path
from typing import Annotated, Literal, Protocol, get_args

import msgspec
from msgspec import Meta, Struct

from hookproof.folders import folder
from hookproof.providers.fields.words import Condition, Word, distinct, whole
from hookproof.providers.files import SpecError, read_toml, specs
from hookproof.providers.files.schemas import FileType, shown
from hookproof.providers.placeholders import holds
from hookproof.verdict import Level

Bound = Literal["receiver", "sender", "api", "verifier", "operator"]
Feature = Literal[
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
    "timestamped",
    "tolerance",
    "signed-id",
    "signatures",
    "headers",
    "retries",
    "retry-window",
    "gone",
    "signed-parts",
    "signed-url",
    "signed-challenge",
    "signed-crc-challenge",
    "ping",
    "answer",
]
FEATURES: tuple[str, ...] = get_args(Feature)
"""What a requirement may need of a surface."""


class Applicant(Protocol):
    """A surface, as far as a requirement asks."""

    @property
    def name(self) -> str: ...

    @property
    def parameters(self) -> dict[str, str]: ...

    @property
    def features(self) -> Set[str]: ...


CHECK_ID = r"(receiver|sender|api|verifier)\.[a-z]+\.[a-z0-9]+(-[a-z0-9]+)*(\[.+\])?"
_ENTRY = {
    "properties": {"id": False},
    "oneOf": [
        {"required": ["checks"], "properties": {"excluded": False}},
        {"required": ["excluded"], "properties": {"checks": False}},
    ],
}
"""What JSON Schema says of an entry beside its keys: it has checks or a reason, and its id is its table's name."""


class Requirement(Struct, forbid_unknown_fields=True, frozen=True, kw_only=True):
    """One normative sentence."""

    role: Annotated[
        Bound | Annotated[list[Bound], distinct(2)],
        Meta(description="Whom it binds: receiver, sender, api, verifier or operator; a list if it binds several."),
    ]
    level: Annotated[Level, Meta(description="How strongly, in the words of RFC 2119: MUST, SHOULD or MAY.")]
    text: Annotated[
        str,
        Meta(
            min_length=1,
            max_length=160,
            pattern=r"^[A-Z].*\.$(?!\n)",
            description="The requirement in our words: one sentence, from a capital letter to a full stop.",
        ),
    ]
    source: Annotated[str, Meta(min_length=1, max_length=200, description="Document, date and section.")]
    checks: Annotated[
        list[Annotated[str, whole(CHECK_ID)]],
        distinct(1, "The checks that decide it: role.file.function in kebab case; [CASE] after it is that case alone."),
    ] = []
    excluded: (
        Annotated[str, Meta(min_length=20, max_length=300, description="Why nobody outside can observe it.")] | None
    ) = None
    when: Annotated[Condition, Meta(description="PARAMETER=VALUE or PARAMETER!=VALUE: applies only so.")] | None = None
    surfaces: Annotated[list[Word], distinct(1, "The surfaces it is about; all of the provider if absent.")] = []
    needs: Annotated[Feature | None, Meta(description="What a surface must have for it to apply.")] = None
    id: Annotated[str, Meta(description="The name of its table, and no key in it.")] = ""

    @property
    def roles(self) -> list[str]:
        return [self.role] if isinstance(self.role, str) else list(self.role)

    def applies(self, surface: Applicant) -> bool:
        """Whether it counts for this surface, as the run's parameters make it."""
        return (
            holds(self.when or "", surface.parameters)
            and (not self.surfaces or surface.name in self.surfaces)
            and (not self.needs or self.needs in surface.features)
        )


REQUIREMENTS_FILE = FileType(
    "requirements.toml",
    Annotated[
        dict[
            Annotated[str, whole("[A-Z][A-Z0-9]*(-[A-Z0-9]+)+")],
            Annotated[Requirement, Meta(extra_json_schema=_ENTRY)],
        ],
        Meta(min_length=1, description="Normative sentences by their ids, each with what decides it."),
    ],
)


def requirements(path: Path, name: str = "") -> dict[str, Requirement]:
    """Read a requirements.toml; `name` is what the file is called in a complaint. Raises SpecError."""
    name = name or f"{path.parent.name}/{path.name}"
    data = read_toml(path, name)
    for id_, entry in data.items():
        if isinstance(entry, dict) and ("checks" in entry) == ("excluded" in entry):
            raise SpecError(f"{name}: {id_}: give it `checks`, or `excluded` with the reason, and not both")
    found: dict[str, Requirement] = REQUIREMENTS_FILE.convert(data, name)
    made = {id_: msgspec.structs.replace(row, id=id_) for id_, row in found.items()}
    for id_, row in made.items():
        for check in row.checks:
            if trouble := _trouble(check):
                raise SpecError(f"{name}: {id_}.checks: {trouble}")
    return made


def baseline() -> dict[str, Requirement]:
    """Requirements that hold for every webhook, whoever documents it."""
    return requirements(specs() / "baseline" / "requirements.toml")


def is_check_id(text: str) -> bool:
    """Whether the text has the form of a check's id, with or without a case."""
    return bool(re.fullmatch(CHECK_ID, text))


def _trouble(check: str) -> str:
    """Why a requirement cannot name that check; empty if it can."""
    name, _, case = check.partition("[")
    known = checks()
    if name not in known:
        near = get_close_matches(name, known, 1, 0.0)
        return f"no check is called {shown(name)}; the nearest is {near[0]!r}; and all are in suites/"
    if case and known[name] is None:
        return f"{name!r} has no cases; leave out [{case}"
    return ""


@lru_cache(maxsize=1)
def checks() -> dict[str, str | None]:
    """Every check by its id, and the name of the table of cases that it runs over, where it has one."""
    root = folder("suites")
    found: dict[str, str | None] = {}
    for path in sorted(root.rglob("test_*.py")):
        for node in ast.parse(path.read_bytes()).body:
            if isinstance(node, (ast.FunctionDef, ast.AsyncFunctionDef)) and node.name.startswith("test_"):
                found[check_id(path.relative_to(root), node.name)] = _table(node)
    return found


def _table(check: ast.FunctionDef | ast.AsyncFunctionDef) -> str | None:
    """What its mark says: @pytest.mark.cases("TABLE")."""
    for mark in check.decorator_list:
        if isinstance(mark, ast.Call) and isinstance(mark.func, ast.Attribute) and mark.func.attr == "cases":
            return str(ast.literal_eval(mark.args[0]))
    return None


def check_id(path: Path, function: str) -> str:
    """`receiver.signature.rejects-another-secret` for test_rejects_another_secret in receiver/test_signature.py."""
    subject = path.stem.removeprefix("test_")
    return ".".join([*path.parts[:-1], subject, function.removeprefix("test_").replace("_", "-")])
