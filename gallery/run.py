"""Judge released packages, the examples and the embedded reference; write the matrix and docs/gallery.md.

`python -m gallery.run` takes everything, `python -m gallery.run pywa grammy` only these and writes nothing.
Whatever a package does not meet must stand in its findings.toml, where somebody has confirmed it by hand; as long as
something does not, nothing is written either.
Exit: 0 every finding is confirmed and still there, 1 one is not, 10 something was not judged.
"""

import json
import secrets
import subprocess
import sys
import tomllib
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

from examples.judging import ROOT, NotJudged, conformance, judge
from gallery.page import Subject, page, stale, unconfirmed

GALLERY, RUNS, PAGE = ROOT / "gallery", Path("reports", "runs", "gallery"), ROOT / "docs" / "gallery.md"
REFERENCE = ["--target", "demo", "--role", "receiver", "--provider", "pingback", "--set", "signatures=platform"]
SIGNED = ["--set", "surfaces=whatsapp,telegram", "--set", "channels.telegram=123"]
CONFIRMED, UNCONFIRMED, NOT_JUDGED = 0, 1, 10


def main(names: list[str]) -> int:
    entries = tomllib.loads((GALLERY / "gallery.toml").read_text(encoding="utf-8"))
    if unknown := set(names) - set(entries):
        print(f"no such entry: {' '.join(sorted(unknown))}; there are {' '.join(entries)}", file=sys.stderr)
        return NOT_JUDGED
    jobs = {name: lambda name=name: third_party(name, entries[name]) for name in names or entries}
    if not names:
        jobs |= ours()
    with ThreadPoolExecutor(2) as pool:  # most of a run is waiting
        found = list(pool.map(attempt, jobs, jobs.values()))
    judged = [subject for subject in found if subject]
    wrong = complain(judged, whole=not names)
    if len(judged) < len(jobs):
        return NOT_JUDGED
    if wrong:
        return UNCONFIRMED
    if not names:
        write(judged)
    return CONFIRMED


def third_party(name: str, entry: dict) -> Subject:
    folder = GALLERY / entry.get("folder", name)
    version = pinned(folder, entry["package"])
    report = RUNS / f"{name}-{version}"
    results = judge(folder, entry, report)
    told = tomllib.loads((folder / "findings.toml").read_text(encoding="utf-8"))["finding"]
    return Subject(name, entry["package"], version, entry["channel"], report, results, told)


def ours() -> dict[str, Callable[[], Subject]]:
    """What must be without a fault, to read the others by, and one example that must not."""
    examples = tomllib.loads((ROOT / "examples" / "examples.toml").read_text(encoding="utf-8"))
    receivers = {name: entry for name, entry in examples.items() if entry.get("role", "receiver") == "receiver"}
    jobs = {f"examples/{name}": lambda name=name: example(name, receivers[name]) for name in receivers}
    return jobs | {"reference": reference}


def example(name: str, entry: dict) -> Subject:
    report = RUNS / f"example-{name}"
    results = judge(ROOT / "examples" / name, entry, report)
    return Subject(f"examples/{name}", "", "", entry["provider"], report, results, [])


def reference() -> Subject:
    report = RUNS / "reference"
    results = conformance(REFERENCE + SIGNED, report, {"HOOKPROOF_SECRET": secrets.token_hex(32)})
    return Subject("reference", "", "", "WhatsApp, Telegram", report, results, [])


def pinned(folder: Path, package: str) -> str:
    """The version in the folder's lock."""
    lock = folder / "package-lock.json"
    if lock.exists():
        return json.loads(lock.read_text(encoding="utf-8"))["packages"][f"node_modules/{package}"]["version"]
    lines = (folder / "requirements.txt").read_text(encoding="utf-8").splitlines()
    return next(line.split("==")[1].split()[0] for line in lines if line.startswith(f"{package}=="))


def attempt(name: str, job: Callable[[], Subject]) -> Subject | None:
    try:
        subject = job()
    except NotJudged as reason:
        print(f"{name:<24} {reason}", flush=True)
        return None
    print(f"{name:<24} {subject.sentence} · {subject.report / 'report.html'}", flush=True)
    return subject


def complain(judged: list[Subject], whole: bool) -> bool:
    """Say what nobody has confirmed, and with all of a package's runs at hand what is told and no longer there."""
    lines = [
        f"{one.name}: {id_} is not met, and findings.toml does not say so" for one in judged for id_ in unconfirmed(one)
    ]
    lines += [f"{package}: {id_} is met now; findings.toml says it is not" for package, id_ in stale(judged) if whole]
    print(*lines, sep="\n", end="\n" * bool(lines))
    return bool(lines)


def write(judged: list[Subject]) -> None:
    runs = [str(one.report) for one in judged]
    files = ["--html", str(RUNS / "matrix.html"), "--markdown", str(RUNS / "matrix.md")]
    subprocess.run([sys.executable, "-m", "hookproof.cli", "matrix", *runs, *files], cwd=ROOT, check=True)
    PAGE.write_text(page(judged), encoding="utf-8")
    print(f"written: {PAGE.relative_to(ROOT)}, {RUNS / 'matrix.html'}")


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
