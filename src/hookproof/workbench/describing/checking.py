"""What can be judged with a provider's folder as it is, and what it leaves open. Lines for people."""

from __future__ import annotations

import shlex
from collections import Counter
from collections.abc import Iterator
from pathlib import Path

from hookproof import providers
from hookproof.providers import Provider, Surface
from hookproof.providers.files import read_toml
from hookproof.providers.tables import TESTED_ROLES
from hookproof.verdict import Level


def open_points(provider: Provider, root: Path) -> Iterator[str]:
    """What the folder does not say, and what is assumed in its place."""
    said = read_toml(root / "provider.toml")
    name = provider.name
    if not any(surface.scheme_fields for surface in provider.surfaces({})):
        yield f"{name}/provider.toml: signature: is missing, so nothing is signed; write it if deliveries are"
    if "deadline_s" not in said:
        yield f"{name}/provider.toml: deadline_s: is missing; assumed: {provider.fields.deadline_s:g} seconds"
    if "rejects" not in said:
        listed = ", ".join(map(str, provider.fields.rejects))
        yield f"{name}/provider.toml: rejects: is missing; assumed: {listed}"
    if "source" not in said:
        yield f"{name}/provider.toml: source: is missing; write the URL of the document, and reports link to it"
    if not (root / "openapi.yaml").exists():
        yield f"{name}/openapi.yaml: is missing, so bodies are what the examples show; write a schema to hold more"
    if not (root / "requirements.toml").exists():
        yield f"{name}/requirements.toml: is missing, so what holds for every webhook is asked; write what is promised"
    if any(surface.scheme for surface in provider.surfaces({})) and not (root / "vectors.json").exists():
        yield f"{name}/vectors.json: is missing, so nothing shows that we sign as the sender does; write one delivery"


def judged(provider: Provider, folder: str) -> Iterator[str]:
    """What can be judged now, role by role, and what to type."""
    surfaces = provider.surfaces({})
    for role in (one for one in TESTED_ROLES if one in provider.fields.roles):
        levels = Counter(row for surface in surfaces for row in _levels(provider, surface, role))
        kinds = sorted({kind for surface in surfaces for kind in surface.kinds("kind")})
        asked = " · ".join(f"{level} {levels[level]}" for level in Level if levels[level])
        more = f" and {len(kinds) - 6} more" if len(kinds) > 6 else ""
        yield f"can be judged as {role}: {asked}; kinds of event: {', '.join(kinds[:6])}{more}"
    keyed = "HOOKPROOF_SECRET=… " if any(surface.scheme for surface in surfaces) else ""
    yield f"  {keyed}pytest --pyargs hookproof.suites --target URL --provider {shlex.quote(folder)}"


def _levels(provider: Provider, surface: Surface, role: str) -> Iterator[Level]:
    """The level of each requirement of that role that checks decide for this surface."""
    for row in (*provider.requirements.values(), *providers.baseline().values()):
        if role in row.roles and row.checks and row.applies(surface):
            yield row.level
