"""What docs/gallery.md says of the subjects that were judged; what of it nobody has confirmed."""

from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

STATES = {"conformant": "conformant", "nonconformant": "not conformant", "undecided": "undecided"}
SIGNS = {"fail": "✗", "warn": "!", "inconclusive": "?", "pass": "✓", "info": "i", "error": "#", "not_applicable": "–"}
WHOSE = {"package": "its own", "app": "left to your app", "framework": "its framework's"}
INTRO = """# Gallery

What hookproof says of released packages that receive webhooks, each in the smallest app that its documentation shows:
one handler, no database, no proxy in front. `make gallery` installs the versions pinned in [`gallery/`](../gallery/),
judges them on this machine and writes this page.

A verdict is about that app, not about what the package is good for: much of what fails is *left to your app*, as the
package's documentation often says, and is told here because somebody has to do it. Whatever is told was seen by the
suite **and** shown again by hand; the command ends with an error for anything that was not. *Kept alive* means that
Node.js was told to go on after an unhandled rejection, of which the process otherwise dies, so that the rest could be
judged too.

What WhatsApp and Telegram send is described in [`specs/providers/pingback`](../specs/providers/pingback/), so some
requirements are sentences about PingBack: where they say that a message is saved or shown to agents, read that your
handler is called for it. BASE-* hold for every receiver.
"""


@dataclass(frozen=True)
class Subject:
    """One run, and what was confirmed by hand; package and version are empty for what is ours."""

    name: str
    package: str
    version: str
    channel: str
    report: Path
    results: dict
    findings: list[dict]

    @property
    def rows(self) -> dict[str, dict]:
        found = self.results["requirements"]
        return {row["id"]: row for row in found if row["applies"] and not row["excluded"]}

    @property
    def sentence(self) -> str:
        must, should = self.results["totals"]["MUST"], self.results["totals"]["SHOULD"]
        judged = [
            must["pass"],
            must["fail"],
            must["inconclusive"],
            should["pass"],
            should["warn"],
            should["inconclusive"],
        ]
        return STATES[self.results["verdict"]] + " · MUST {} ✓ {} ✗ {} ? · SHOULD {} ✓ {} ! {} ?".format(*judged)

    @property
    def title(self) -> str:
        return f"{self.name} {self.version}".strip()


def unmet(subject: Subject) -> list[str]:
    """The requirements that fail or warn."""
    return [id_ for id_, row in subject.rows.items() if row["verdict"] in ("fail", "warn")]


def told(subject: Subject) -> set[str]:
    return {id_ for finding in subject.findings for id_ in finding["requirements"]}


def unconfirmed(subject: Subject) -> list[str]:
    """What a package does not meet and nobody has confirmed."""
    return [id_ for id_ in unmet(subject) if subject.package and id_ not in told(subject)]


def stale(subjects: list[Subject]) -> Iterator[tuple[str, str]]:
    """What is told of a package, and none of its runs shows any more."""
    for package in dict.fromkeys(one.package for one in subjects if one.package):
        runs = [one for one in subjects if one.package == package]
        gone = set().union(*map(told, runs)) - {id_ for one in runs for id_ in unmet(one)}
        yield from ((package, id_) for id_ in sorted(gone))


def page(subjects: list[Subject]) -> str:
    theirs = [one for one in subjects if one.package]
    parts = [INTRO, *summary(subjects), "\n## What is not met\n", *matrix(theirs), "\n## Findings"]
    for package in dict.fromkeys(one.package for one in theirs):
        parts += findings(next(one for one in theirs if one.package == package))
    return "\n".join(parts) + "\n"


def summary(subjects: list[Subject]) -> list[str]:
    lines = ["| | receives | verdict | MUST ✓ ✗ ? | SHOULD ✓ ! ? |", "|---|---|---|---|---|"]
    for one in subjects:
        state, must, should = (part.strip() for part in one.sentence.split(" · "))
        numbers = [part.partition(" ")[2] for part in (must, should)]
        lines.append(f"| {one.title} | {one.channel} | {state} | {numbers[0]} | {numbers[1]} |")
    return [
        *lines,
        "",
        "✓ met, ✗ a MUST and ! a SHOULD that is not, ? not judged: TLS and restarts, for one, on this machine.",
    ]


def matrix(subjects: list[Subject]) -> list[str]:
    """The requirements that somebody does not meet, implementations across."""
    wanted = dict.fromkeys(id_ for one in subjects for id_ in unmet(one))
    lines = [f"| requirement | {' | '.join(one.name for one in subjects)} |", "|---" * (len(subjects) + 1) + "|"]
    for id_ in sorted(wanted):
        row = next(one.rows[id_] for one in subjects if id_ in one.rows)
        cells = [SIGNS[one.rows[id_]["verdict"]] if id_ in one.rows else "" for one in subjects]
        lines.append(f"| **{id_}** {row['level']}: {row['text']} | {' | '.join(cells)} |")
    return lines


def findings(subject: Subject) -> list[str]:
    lines = [f"\n### {subject.package} {subject.version}\n"]
    for one in subject.findings:
        ids = ", ".join(one["requirements"])
        lines.append(f"- **{one['says']}** ({WHOSE[one['whose']]}; {ids})")
        lines += [f"  - By hand: {one['seen']}", f"  - Why: {one['why']}"]
    return lines
