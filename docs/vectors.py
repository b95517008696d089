"""Writes vectors/<provider>.json for every provider that signs, and docs/vectors.md: `make vectors`.

The same bytes every time.
"""

from __future__ import annotations

import json
import sys
from collections import Counter
from pathlib import Path

from hookproof import providers
from hookproof.vectors import making, vector_file

FOLDER = Path(__file__).parents[1] / "vectors"
MOST_BYTES = 1_000_000
"""How large a file may be: small enough to be copied into anybody's repository."""


PAGE = Path(__file__).parent / "vectors.md"
SEVEN = {
    "standard-webhooks/printed/1": "What the vendor prints: the first thing to try.",
    "standard-webhooks/spelling/slashes escaped": "The bytes that came are signed, not the JSON as you write it.",
    "standard-webhooks/rotation/the former key first": "While keys rotate, the right signature may be the second.",
    "standard-webhooks/changed-body/a line break behind": "One byte more: a body that was trimmed would be accepted.",
    "standard-webhooks/guessable-key/the empty key": "Signed by anybody: an unset key must never be a key.",
    "standard-webhooks/cut-signature/first half": "Half of the right signature: who compares what was sent accepts it.",
    "standard-webhooks/old-time/an hour past the tolerance": "Rightly signed, and recorded an hour ago.",
}
"""The most instructive vectors, by their ids, and what each teaches."""
HEAD = """# Signature vectors, for any language

Most bugs of signatures live in one function. `vectors/<provider>.json` has what to try it with: requests, the key
that a receiver holds, the moment, and the one right verdict. `specs/schema/vectors.schema.json` says what each
member means; nothing else is needed.

- `valid` must be accepted and `invalid` refused. `acceptable` may be either, because no document decides it: do
  not fail on it.
- `request` is what comes over the wire: each character of a header's value is one byte, the body is Base64.
- `now` is the moment at which a request is judged, in Unix seconds: give it to your function in place of the clock.
- `notes` says for each flag what its tests are about, which bug they catch, and where such a bug was public.

## Without writing a test

```
pytest --role verifier --target 'exec:node verify.js' --provider standard-webhooks
pytest --role verifier --target python:my_package.webhooks:verify --provider github
```

A command is started once and asked in lines of JSON: `{"id", "method", "url", "headers": [[name, value]…],
"body_base64", "secret", "now"}`. It answers each with one line, `{"id", "accepted": true}` or `false`, with a
`why` if it likes; `{"id", "unsupported": "…"}` where it cannot do that at all, and `{"id", "error": "…"}` where it
broke. Output must be flushed after every line. An answer may take 10 s (`--deadline`); a crash fails the request
that it was over, and the command is started again. A function is called with `method`, `url`, `headers`, `body`,
`secret` and `now` by name, and returns True or False; an exception counts as a crash.

These requests are made anew in each run, signed at that moment, so a function with a clock of its own is judged as
well. `--examples N` adds contents drawn by chance. Adapters in Python, JavaScript, Java, Perl and shell, of at
most 30 lines each, are in [examples/verifiers](../examples/verifiers).
"""


def page(files: dict[str, str]) -> str:
    """docs/vectors.md, from the texts of the files by provider."""
    lines = [HEAD, "## The files\n", "| provider | tests | valid | invalid | acceptable |", "|---" * 5 + "|"]
    named = {}
    for name, text in files.items():
        tests = [(group, test) for group in json.loads(text)["groups"] for test in group["tests"]]
        found = Counter(test["result"] for _, test in tests)
        counts = [len(tests), found["valid"], found["invalid"], found["acceptable"]]
        lines.append(f"| [{name}](../vectors/{name}.json) | {' | '.join(map(str, counts))} |")
        named |= {test["id"]: (group, test) for group, test in tests}
    lines.append("\n## The seven most instructive\n")
    lines.append("As they stand in the file, each with the secret of its group.")
    for id_, lesson in SEVEN.items():
        group, test = named[id_]
        shown = json.dumps({"secret": group["secret"], **test}, indent=1, ensure_ascii=False)
        lines.append(f"\n**{lesson}**\n\n```json\n{shown}\n```")
    return "\n".join(lines) + "\n"


def text_of(name: str) -> str:
    """What the file of a provider must say; empty where it signs nothing."""
    found = making.file_of(providers.load(name))
    return vector_file.text(found) if found else ""


def main(names: list[str]) -> None:
    FOLDER.mkdir(exist_ok=True)
    wanted = {name: text_of(name) for name in names or providers.names()}
    for name, text in wanted.items():
        path = FOLDER / f"{name}.json"
        if text and (not path.is_file() or path.read_text("utf-8") != text):
            path.write_text(text, "utf-8")
            print(f"written: vectors/{path.name}, {len(text.encode()):,} B")
    told = page({name: text for name, text in wanted.items() if text}) if not names else ""
    if told and (not PAGE.is_file() or PAGE.read_text("utf-8") != told):
        PAGE.write_text(told, "utf-8")
        print("written: docs/vectors.md")
    for path in [] if names else FOLDER.glob("*.json"):
        if not wanted.get(path.stem):
            path.unlink()
            print(f"removed: vectors/{path.name}")


if __name__ == "__main__":
    main(sys.argv[1:])
