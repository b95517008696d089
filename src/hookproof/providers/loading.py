"""From a provider's folder to a `Provider`: every file in it is read, and one that nobody reads is an error."""

from __future__ import annotations

import contextlib
import os
import re
from collections.abc import Callable, Collection, Iterator
from dataclasses import replace
from functools import partial
from pathlib import Path
from typing import Any

import jsonschema_rs
import msgspec

from hookproof.providers import consistency, examples
from hookproof.providers.files import SpecError, read_json, read_toml, read_yaml, specs
from hookproof.providers.provider import PUBLIC_URL, ROTATION, Provider, body_schema
from hookproof.providers.requirements import REQUIREMENTS_FILE, requirements
from hookproof.providers.signatures import listed
from hookproof.providers.tables import (
    EVENT_FILE,
    PROVIDER_FILE,
    VECTORS_FILE,
    Event,
    EventFields,
    Parameter,
    ProviderFields,
    SurfaceFields,
    Vector,
    VectorsFields,
)

BASELINE = "baseline"
"""Names the endpoint that nobody documents: it gets an event made up, and owes what every receiver owes."""
_FILES = ("provider.toml", "openapi.yaml", "requirements.toml", "vectors.json")
_ROTATION = "Whether the receiver takes the former key, $HOOKPROOF_SECRET_OLD, as well: during a rotation, or over."
_PUBLIC_URL = "The URL that the platform signs, where it is not that of --target: behind a proxy."
_SURFACES = "Which of the documented endpoints the target has, with commas between them; all if not given."


def names() -> list[str]:
    """Names of the known providers: the folders there are."""
    return sorted(path.name for path in _entries(specs() / "providers") if path.is_dir())


def is_folder(name: str) -> bool:
    """Whether this is a provider's folder rather than the name of a known provider: it has a slash, or is there."""
    return "/" in name or os.sep in name or (name not in names() and Path(name).is_dir())


def load(name: str) -> Provider:
    """Read one provider's folder: by its name, or by its path. Raises SpecError naming the file and the remedy."""
    return load_folder(folder_of(name))


def folder_of(name: str) -> Path:
    """The folder of a known provider, of `baseline`, or of one's own by its path. Raises SpecError."""
    if name == BASELINE:
        return specs() / BASELINE
    if is_folder(name):
        if not Path(name).is_dir():
            raise SpecError(f"{name}: there is no such folder; a provider is a folder with provider.toml in it")
        return Path(name).resolve()
    if name not in names():
        known = ", ".join([*names(), BASELINE])
        raise SpecError(f"unknown provider {name!r}; known are: {known}; or the path of a folder, as ./{name}")
    root = specs() / "providers" / name
    for path in _entries(root.parent):
        if not path.is_dir():
            raise SpecError(f"providers/{path.name}: no file is read there; move it into the folder of a provider")
    return root


def load_folder(root: Path) -> Provider:
    """Read the folder of a provider, wherever it is. Raises SpecError naming the file and the remedy."""
    made = _unchecked(root)
    _check_openapi(made, f"{root.name}/openapi.yaml")
    consistency.check(made)
    return replace(made, vectors=_vectors(root, made))


def complaints(root: Path) -> list[str]:
    """All that is wrong in a provider's folder, one line each, as far as it can be seen beside what else is wrong."""
    found: list[str] = []

    def tried(step: Callable[[], object]) -> None:
        try:
            step()
        except SpecError as error:
            found.append(str(error))

    for path in _entries(root):
        tried(partial(_refuse_stray, path))
    for file, kind in (("provider.toml", PROVIDER_FILE), ("requirements.toml", REQUIREMENTS_FILE)):
        with contextlib.suppress(SpecError):  # what is no TOML is said when all is read
            found += kind.complaints(_toml(root, file), f"{root.name}/{file}") if _there(root, file) else []
    for path in sorted((root / "events").rglob("*.json")):
        if path.is_file():
            tried(partial(read_json, path, f"{root.name}/{path.relative_to(root)}"))
    made: list[Provider] = []
    tried(lambda: made.append(_unchecked(root)))
    for provider in made:
        tried(partial(_check_openapi, provider, f"{root.name}/openapi.yaml"))
        found += consistency.complaints(provider) if not found else []
        tried(partial(_vectors, root, provider))
    return list(dict.fromkeys(found))


def _unchecked(root: Path) -> Provider:
    """What each file of the folder says by itself. Raises SpecError."""
    name = root.name
    if root != specs() / BASELINE and (not re.fullmatch(r"[a-z][a-z0-9_-]*", name) or name == BASELINE):
        raise SpecError(f"{name}/: cannot be a provider's name; rename the folder: small letters, digits, - and _")
    _refuse_strays(root)
    fields: ProviderFields = PROVIDER_FILE.convert(_toml(root, "provider.toml"), f"{name}/provider.toml")
    known = dict(fields.parameters)
    if any(surface.path for surface in fields.surfaces.values()):
        known["surfaces"] = Parameter(_SURFACES, list(fields.surfaces))
    tables = [listed(fields.signature), *(listed(one.signature) for one in fields.surfaces.values())]
    if any("{url}" in one.signs for table in tables for one in table):
        known[PUBLIC_URL] = Parameter(_PUBLIC_URL)
    if any("[" in one.value for table in tables for one in table):
        known[ROTATION] = Parameter(_ROTATION, ["none", "during", "over"], "none")
    events = _events(root, fields, known)
    fields, openapi = _document(root, fields, events)
    rows = {}
    if _there(root, "requirements.toml") and name != BASELINE:  # those rows hold for everybody anyway
        rows = requirements(root / "requirements.toml", f"{name}/requirements.toml")
    return Provider(name, fields, rows, events, openapi, known)


def _there(root: Path, file: str) -> bool:
    return root / file in _entries(root)


def _document(
    root: Path, fields: ProviderFields, events: dict[str, dict[str, Event]]
) -> tuple[ProviderFields, dict[str, object]]:
    """openapi.yaml; without it, what the examples show."""
    if not _there(root, "openapi.yaml"):
        payloads = {name: {kind: event.payload for kind, event in kinds.items()} for name, kinds in events.items()}
        return examples.documented(fields, payloads)
    for surface, table in fields.surfaces.items():
        if not table.webhook:
            where = f"{root.name}/provider.toml: surfaces.{surface}.webhook"
            raise SpecError(f"{where}: is missing; name a key under webhooks of openapi.yaml")
    return fields, read_yaml(root / "openapi.yaml", f"{root.name}/openapi.yaml")


def _toml(root: Path, file: str) -> dict[str, object]:
    return read_toml(root / file, f"{root.name}/{file}")


def _entries(folder: Path) -> list[Path]:
    """What is in a folder, in order. A dot begins the names of the system's and editors' files, but for `.json`."""
    try:
        return sorted(path for path in folder.iterdir() if path.name == ".json" or not path.name.startswith("."))
    except OSError as error:
        raise SpecError(f"{folder.parent.name}/{folder.name}: {error.strerror}; make it a folder") from None


def _refuse_strays(root: Path) -> None:
    """Raises SpecError for a file or a folder that has no business beside provider.toml."""
    for path in _entries(root):
        _refuse_stray(path)


def _refuse_stray(path: Path) -> None:
    if path.name not in (*_FILES, "events"):
        near = next((file for file in (*_FILES, "events") if file.lower() == path.name.lower()), "")
        hint = f"rename it to {near}" if near else f"take it away, or rename it: {', '.join(_FILES)}, events/"
        raise SpecError(f"{path.parent.name}/{path.name}: nobody reads this; {hint}")


def _event_files(root: Path, fields: ProviderFields) -> Iterator[tuple[Path, str, str]]:
    """Every file below events/: its path, the surface whose folder it is in (or empty), its name in complaints."""
    where = f"{root.name}/events"
    if not (root / "events").is_dir():
        raise SpecError(f"{where}/: is missing; put an example of each kind of event there, as events/<kind>.json")
    _inside(root / "events", root, where)
    for path in _entries(root / "events"):
        if not path.is_dir():
            yield _event_file(path, f"{where}/{path.name}"), "", f"{where}/{path.name}"
            continue
        if path.name not in fields.surfaces:
            known = ", ".join(fields.surfaces)
            raise SpecError(f"{where}/{path.name}/: no surface is called so; rename the folder to one of: {known}")
        _inside(path, root, f"{where}/{path.name}")
        for inner in _entries(path):
            yield (
                _event_file(inner, f"{where}/{path.name}/{inner.name}"),
                path.name,
                f"{where}/{path.name}/{inner.name}",
            )


def _inside(folder: Path, root: Path, name: str) -> None:
    if not folder.resolve().is_relative_to(root.resolve()):
        raise SpecError(f"{name}/: leads out of the provider's folder; copy the files in")


def _event_file(path: Path, name: str) -> Path:
    if path.is_dir():
        raise SpecError(f"{name}/: nobody reads a folder there; put its files into events/<surface>/")
    if path.suffix != ".json":
        raise SpecError(f"{name}: nobody reads this; an event is a file <kind>.json")
    return path


def _events(root: Path, fields: ProviderFields, parameters: Collection[str]) -> dict[str, dict[str, Event]]:
    """The events of each surface, by kind: from its own folder, and from the files beside the folders."""
    found: dict[str, dict[str, Event]] = {surface: {} for surface in fields.surfaces}
    for path, surface, name in _event_files(root, fields):
        entry: EventFields = _event_fields(path, name, fields.surfaces.get(surface or next(iter(fields.surfaces))))
        for mine, payload in _payloads(entry, surface, list(found), name).items():
            if path.stem in found[mine]:
                raise SpecError(f"{name}: surface {mine!r} has an event {path.stem!r} already; take one file away")
            made = Event(
                payload=payload,
                media=msgspec.structs.asdict(entry.media) if entry.media else None,
                use=entry.use,
                effects=entry.effects,
                damaged=entry.damaged,
                headers=entry.headers,
                webhook=entry.webhook,
            )
            for member, text in consistency.event_troubles(made, parameters):
                raise SpecError(f"{name}: {member}: {text}")
            found[mine][path.stem] = made
    return found


def _event_fields(path: Path, name: str, surface: SurfaceFields | None) -> EventFields:
    entry = read_json(path, name)
    if surface is not None and examples.is_body(entry):
        entry = {"payload": examples.templated(entry, examples.identities(surface))}
    if isinstance(entry, dict) and ("payload" in entry) == ("payloads" in entry):
        raise SpecError(f"{name}: give it `payload`, or `payloads` by the names of surfaces, and not both")
    made: EventFields = EVENT_FILE.convert(entry, name)
    return made


def _payloads(entry: EventFields, surface: str, surfaces: list[str], name: str) -> dict[str, Any]:
    """The payloads in a file of that surface's folder, or of no surface's, by surface."""
    if entry.payloads:
        if surface:
            raise SpecError(f"{name}: payloads: the folder says the surface already; give it `payload`")
        if stranger := next((one for one in entry.payloads if one not in surfaces), None):
            raise SpecError(f"{name}: payloads.{stranger}: no surface is called so; there are: {', '.join(surfaces)}")
        return entry.payloads
    if not surface and len(surfaces) > 1:
        raise SpecError(
            f"{name}: payload: of which surface? Move the file to events/<surface>/, or give it `payloads` by surface: "
            f"{', '.join(surfaces)}"
        )
    assert isinstance(entry.payload, (dict, list)), "the schema demands one of the two"
    return {surface or surfaces[0]: entry.payload}


def _check_openapi(provider: Provider, name: str) -> None:
    """Whether the document has what the rest of the folder names, in schemas that are some. Raises SpecError."""
    schemas = []
    for surface, fields in provider.fields.surfaces.items():
        named = {fields.webhook, fields.accepts, *(event.webhook for event in provider.events[surface].values())}
        for webhook in filter(None, sorted(named)):
            try:
                schemas.append(body_schema(provider.openapi, webhook, fields.content_type))
            except (LookupError, TypeError):
                where = f"webhooks.{webhook}.post.requestBody.content.{fields.content_type}.schema"
                raise SpecError(f"{name}: {where} is missing, and surface {surface!r} is documented by it") from None
    try:
        components = provider.openapi.get("components", {})
        jsonschema_rs.validator_for({"anyOf": schemas, "components": components})
    except (jsonschema_rs.ValidationError, ValueError) as error:
        raise SpecError(f"{name}: no JSON Schema: {str(error).splitlines()[0][:200]}") from None
    try:
        assert provider.operations is not None
    except ValueError as error:
        raise SpecError(f"{name}: {error}") from None
    except (LookupError, TypeError, AttributeError) as error:
        raise SpecError(f"{name}: an operation in `paths` lacks or misnames {error}; see another provider's") from None


def _vectors(root: Path, provider: Provider) -> tuple[Vector, ...]:
    """What vectors.json, where there is one, says of signatures that the provider sends. Raises SpecError."""
    if not _there(root, "vectors.json"):
        return ()
    name = f"{root.name}/vectors.json"
    found: VectorsFields = VECTORS_FILE.convert(read_json(root / "vectors.json", name), name)
    tables = [provider.fields.signature, *(surface.signature for surface in provider.fields.surfaces.values())]
    headers = sorted({scheme.header or scheme.place for table in tables for scheme in listed(table)})
    for at, vector in enumerate(found.vectors):
        if vector.header not in headers:
            known = ", ".join(headers) or "none: write [signature] into provider.toml"
            raise SpecError(
                f"{name}: vectors[{at}].header: no delivery has {vector.header!r}; signatures are in: {known}"
            )
    return tuple(found.vectors)
