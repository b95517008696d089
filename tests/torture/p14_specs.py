"""P14: hostile spec files. No other file is read, no socket opened; one line, two seconds and 128 MB at most."""

from __future__ import annotations

import functools
import json
import os
import shutil
import signal
import sys
import tempfile
import time
from collections.abc import Callable
from pathlib import Path
from typing import Any

import jsonschema_rs
import yaml

from hookproof import providers
from hookproof.delivery.secret import Secret
from hookproof.folders import folder
from hookproof.providers import events, files
from hookproof.providers.files import SpecError
from tests.torture import running
from tests.torture.apart import Memory, all_apart
from tests.torture.figures import Figure, Scale

NAME = "P14"
TITLE = "Loading a hostile spec is inert"
WITHIN_S, MOST_MB = 2.0, 128

Text = bytes | Callable[[Path], Any]
YAML, TOML, EVENT, RULES = "openapi.yaml", "provider.toml", "events/text.json", "requirements.toml"


def _schema(schema: str, **components: Any) -> Callable[[Path], Any]:
    """The provider's own document, with another schema of its deliveries."""

    def change(path: Path) -> None:
        document = yaml.safe_load(path.read_text())
        content = document["webhooks"]["anyIncomingMessage"]["post"]["requestBody"]["content"]
        content["application/json"]["schema"] = yaml.safe_load(schema)
        document["components"] |= components
        path.write_text(json.dumps(document))

    return change


RULE = '[X]\nrole = "receiver"\nlevel = "%s"\ntext = ""\nsource = ""\nchecks = ["%s"]'


def _bomb(marks: bool) -> bytes:
    lines = ["a0: &a0 [x,x,x,x,x,x,x,x,x]"]
    lines += [f"a{n}: &a{n} [{','.join([f'*a{n - 1}'] * 9)}]" for n in range(1, 10)]
    merged = ["m0: &m0 {k: 1}"] + [f"m{n}: &m{n} {{<<: [{','.join([f'*m{n - 1}'] * 9)}]}}" for n in range(1, 10)]
    return "\n".join(merged if marks else lines).encode()


HOSTILE: dict[str, tuple[str, Text]] = {
    "a reference to a file": (YAML, _schema('{$ref: "file:///etc/passwd"}')),
    "a reference to a host": (YAML, _schema('{$ref: "http://127.0.0.1:9/latest/meta-data"}')),
    "a reference over FTP": (YAML, _schema('{$ref: "ftp://127.0.0.1/x"}')),
    "a reference to a sibling": (YAML, _schema('{$ref: "../../../../etc/passwd"}')),
    "a reference without a scheme": (YAML, _schema('{$ref: "//127.0.0.1/x"}')),
    "a reference by $id": (YAML, _schema('{$id: "http://127.0.0.1:9/x", $ref: "other"}')),
    "a dynamic reference": (YAML, _schema('{$dynamicRef: "http://127.0.0.1:9/x#y"}')),
    "a metaschema elsewhere": (YAML, _schema('{$schema: "http://127.0.0.1:9/schema", type: object}')),
    "a reference to nothing": (YAML, _schema('{$ref: "#/components/schemas/Nothing"}')),
    "a reference to itself": (YAML, _schema('{$ref: "#/components/x"}', x={"$ref": "#/components/x"})),
    "an alias bomb": (YAML, _bomb(False)),
    "a merge bomb": (YAML, _bomb(True)),
    "50 000 brackets": (YAML, b"a: " + b"[" * 50_000),
    "deep blocks": (YAML, "\n".join(" " * n + "a:" for n in range(3000)).encode()),
    "six megabytes": (YAML, b"a: " + b"x" * 6_000_000),
    "300 000 nodes": (YAML, b"a: [" + b"1," * 300_000 + b"]"),
    "an object of Python": (YAML, b"a: !!python/object/apply:os.system ['touch /tmp/pwned']"),
    "a module of Python": (YAML, b"a: !!python/module:antigravity"),
    "an integer of 5000 digits": (YAML, b"a: " + b"9" * 5000),
    "a date that is none": (YAML, b"a: 2026-02-30"),
    "binary that is none": (YAML, b"a: !!binary '%%%'"),
    "a key that is a list": (YAML, b"? [1]\n: 2"),
    "UTF-16": (YAML, "a: ü\n".encode("utf-16")),
    "no UTF-8": (YAML, b"a: \xff\xfe\xff"),
    "NUL": (YAML, b"a: \0"),
    "nothing": (YAML, b""),
    "nothing of OpenAPI": (YAML, b"a: 1"),
    "a list where webhooks are": (YAML, b"webhooks: [1, 2]"),
    "operations of words": (YAML, b"paths: {/a: {get: hello}}\nwebhooks: {}"),
    "a pattern that backtracks": (YAML, _schema('{type: object, patternProperties: {"^(a+)+$": {type: string}}}')),
    "a pattern that backtracks, with lookahead": (YAML, _schema('{propertyNames: {pattern: "^(?=a)(a+)+$"}}')),
    "a pattern that is none": (YAML, _schema('{propertyNames: {pattern: "("}}')),
    "a pattern of a thousand million": (YAML, _schema('{propertyNames: {pattern: "((a{1000}){1000}){1000}"}}')),
    "a folder": (YAML, lambda path: (path.unlink(), path.mkdir())),
    "a pipe": (YAML, lambda path: (path.unlink(), os.mkfifo(path))),
    "a device": (YAML, lambda path: (path.unlink(), path.symlink_to("/dev/zero"))),
    "a link out of the folder": (EVENT, lambda path: (path.unlink(), path.symlink_to("/etc/passwd"))),
    "TOML of 50 000 brackets": (TOML, b"a = " + b"[" * 50_000),
    "TOML with an integer of 5000 digits": (TOML, b"deadline_s = " + b"9" * 5000),
    "a deadline that is no number": (TOML, b'title = "x"\nsource = "x"\ndeadline_s = nan'),
    "a template that looks inside": (TOML, lambda path: _replaced(path, "{body}", "{body.__class__.__mro__}")),
    "a template without its value": (TOML, lambda path: _replaced(path, "{digest_hex}", "{nothing}")),
    "JSON of 100 000 brackets": (EVENT, b"[" * 100_000),
    "JSON with an integer of 5000 digits": (EVENT, b'{"payload": ' + b"9" * 5000 + b"}"),
    "an event that is a word": (EVENT, b'"hello"'),
    "an event with a deep payload": (EVENT, b'{"payloads": {"envelope": ' + b'{"a":' * 500 + b"1" + b"}" * 500 + b"}}"),
    "requirements with a check of words": (RULES, (RULE % ("MUST", "a b; rm -rf /")).encode()),
    "requirements with no level": (RULES, (RULE % ("SHALL", "a")).encode()),
}  # fmt: skip


def _replaced(path: Path, old: str, new: str) -> None:
    text = path.read_text()
    path.write_text(text.replace(old, new) if old in text else text + f'\n# {old}\n[signature]\nsigns = "{new}"\n')


def measure(scale: Scale) -> Figure:
    names = list(HOSTILE)[:: scale.of(1, 4)]
    running.warm_up()
    figure, slowest_s, most_mb = Figure(), 0.0, 0.0
    for name, seen in zip(names, all_apart([functools.partial(_loaded, name) for name in names], 2), strict=True):
        trouble = _trouble(seen)
        figure.note(not trouble, f"{name}: {trouble}")
        slowest_s, most_mb = (
            max(slowest_s, (seen or {}).get("took_s", 0)),
            max(most_mb, (seen or {}).get("grown_mb", 0)),
        )
    figure.text = f"hostile specs: one line or harmless, no other file, no socket; {slowest_s:.2f} s, {most_mb:.0f} MB"
    figure.more = {"slowest_s": slowest_s, "most_mb": most_mb}
    return figure


def _trouble(seen: dict[str, Any] | None) -> str:
    if seen is None:
        return "its process died or hung"
    if seen["elsewhere"]:
        return f"touched {seen['elsewhere']}"
    if seen["took_s"] > WITHIN_S:
        return f"took {seen['took_s']:.1f} s"
    if seen["grown_mb"] > MOST_MB:
        return f"grew by {seen['grown_mb']} MB"
    return seen["wrong"]


def _loaded(name: str) -> dict[str, Any]:
    """Load a provider of which one file is hostile, and use it; what it said and what it touched."""
    with tempfile.TemporaryDirectory() as scratch:
        root = Path(scratch) / "specs"
        shutil.copytree(folder("specs"), root)
        file, text = HOSTILE[name]
        path = root / "providers" / "whatsable" / file
        path.write_bytes(text) if isinstance(text, bytes) else text(path)
        files.folder = lambda _: root
        elsewhere = _watch(root)
        memory, began = Memory(), time.monotonic()
        wrong = _wrong()
        return {
            "took_s": round(time.monotonic() - began, 3), "grown_mb": memory.grown_mb, "wrong": wrong,
            "elsewhere": list(elsewhere),
        }  # fmt: skip


def _wrong() -> str:
    """What is wrong with how a hostile spec is refused, if it is; with how it is used, if it is not."""
    signal.alarm(10)
    try:
        provider = providers.load("whatsable")
        for surface in provider.surfaces({}):
            maker = events.Maker(surface, secret=Secret(b"a key for our own tests"))
            maker.make()
            jsonschema_rs.validator_for(surface.schema()).is_valid({"a" * 60 + "b": 1})
        assert provider.operations is not None
    except SpecError as error:
        return "more than a line: " + str(error)[:300] if "\n" in str(error) or len(str(error)) > 400 else ""
    except Exception as error:
        return f"{type(error).__name__}: {str(error)[:200]}"
    return ""


def _watch(root: Path) -> list[str]:
    """From now on, what of this machine is touched beyond the folder of specs and Python's own files."""
    elsewhere: list[str] = []
    fine = (
        str(root),
        sys.prefix,
        sys.base_prefix,
        str(Path(__file__).parents[2]),
        "/proc/",
        os.path.realpath(sys.prefix),
    )

    def hook(event: str, arguments: tuple[Any, ...]) -> None:
        if event == "open" and not str(arguments[0]).startswith(fine):
            elsewhere.append(str(arguments[0]))
        if event == "open" and not os.path.realpath(str(arguments[0])).startswith(fine):
            elsewhere.append(f"{arguments[0]} -> {os.path.realpath(arguments[0])}")
        if event in ("socket.connect", "socket.getaddrinfo", "subprocess.Popen", "os.system"):
            elsewhere.append(f"{event} {arguments[1:]}")

    sys.addaudithook(hook)
    return elsewhere
