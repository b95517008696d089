"""What was generated, kept: it depends on the document, the seed and the versions of what made it, and on nothing else.

Kept for the process, and in files of `$HOOKPROOF_CACHE` (else `$XDG_CACHE_HOME/hookproof`, else `~/.cache/hookproof`),
which may be deleted at any time. `HOOKPROOF_CACHE=off` keeps no files. What cannot be read is made again, and what
cannot be written is not kept.
"""

from __future__ import annotations

import contextlib
import hashlib
import json
import os
import tempfile
from collections.abc import Callable
from importlib.metadata import version
from pathlib import Path
from typing import Any, TypeVar

import msgspec

MAKERS = ("schemathesis", "hypothesis", "hypothesis-jsonschema", "jsonschema-rs")
"""Packages whose version decides what is generated."""
FORMAT = 1
"""Raised whenever this room makes something else of the same document."""
MOST = 400
"""Files that are kept at most; the oldest go first."""
_MADE: dict[str, list[Any]] = {}
Made = TypeVar("Made", bound=msgspec.Struct)


class GeneratedBody(msgspec.Struct, frozen=True):
    """A body of a delivery.

    kind   the event's kind
    why    what the generator says of it, after a colon; empty if nothing
    drawn  whether it was drawn at random; otherwise it is a boundary value
    """

    kind: str
    body: bytes
    why: str
    drawn: bool = False


class GeneratedCall(msgspec.Struct, frozen=True):
    """A request to an operation.

    values   what stands in the path in place of {…}
    payload  the body as JSON text; None: there is none
    raw      the bytes of a body that is not JSON; None: there is none
    why      what the generator says of it, after a colon; empty if nothing
    drawn    whether it was drawn at random; otherwise it is a boundary value
    """

    values: dict[str, str]
    payload: str | None
    raw: bytes | None
    why: str
    drawn: bool = False


def kept(
    about: dict[str, Any], seed: int, examples: int, valid: bool, make: Callable[[], list[Made]], of: type[Made]
) -> list[Made]:
    """What was made of `about` with this seed and number of examples, if it was kept; else it is made and kept."""
    said = json.dumps([FORMAT, of.__name__, seed, examples, valid, _versions(), about], sort_keys=True, default=str)
    name = hashlib.sha256(said.encode()).hexdigest()[:32]
    if name not in _MADE:
        file = _file(name)
        _MADE[name] = _read(file, of) or make()
        _write(file, _MADE[name])
    return _MADE[name]


def _versions() -> list[str]:
    found = []
    for package in MAKERS:
        with contextlib.suppress(ImportError):
            found.append(f"{package} {version(package)}")
    return found


def _file(name: str) -> Path | None:
    given = os.environ.get("HOOKPROOF_CACHE", "")
    if given.lower() in ("off", "no", "0"):
        return None
    with contextlib.suppress(RuntimeError):  # there may be no home
        base = os.environ.get("XDG_CACHE_HOME", "")
        return Path(given or (Path(base) if base else Path.home() / ".cache") / "hookproof") / f"generated-{name}"
    return None


def _read(file: Path | None, of: type[Made]) -> list[Made]:
    if file is None:
        return []
    with contextlib.suppress(OSError, msgspec.MsgspecError):
        return msgspec.msgpack.decode(file.read_bytes(), type=list[of])  # type: ignore[valid-type]
    return []


def _write(file: Path | None, made: list[Any]) -> None:
    """Whole or not at all: several runs may do the same at the same time."""
    if file is None or file.exists():
        return
    with contextlib.suppress(OSError):
        file.parent.mkdir(mode=0o700, parents=True, exist_ok=True)
        others = sorted(file.parent.glob("generated-*"), key=lambda other: other.stat().st_mtime)
        for other in others[: max(0, len(others) - MOST + 1)]:
            other.unlink(missing_ok=True)
        descriptor, part = tempfile.mkstemp(dir=file.parent, prefix=".part-")
        with os.fdopen(descriptor, "wb") as out:
            out.write(msgspec.msgpack.encode(made))
        os.replace(part, file)
