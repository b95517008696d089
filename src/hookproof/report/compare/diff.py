"""Two runs compared check by check: what broke, what was mended, what came and went. As text, Markdown and HTML."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass

from hookproof.evidence.lines import Json
from hookproof.report.compare import load_diff
from hookproof.report.formats import html_page, page_view
from hookproof.report.formats.markdown_text import code, line, words
from hookproof.report.results.run import change
from hookproof.report.words import headline
from hookproof.verdict import Verdict

MOST = 200

# Kind: title, and whether it is shown with what the check said.
KINDS = {
    "regression": ("Regressions", True),
    "judged now: fails": ("Judged now: fails", True),
    "new: fails": ("New checks that fail", True),
    "still failing": ("Still failing", True),
    "fixed": ("Fixed", False),
    "not judged now": ("Not judged any more", True),
    "judged now": ("Judged now", False),
    "new": ("New checks", False),
    "gone": ("Gone checks", False),
}
FAILING = ("regression", "judged now: fails", "new: fails")
"""The kinds of change that were no known failure before."""
_BAD = (Verdict.FAIL, Verdict.WARN)


@dataclass(frozen=True)
class Change:
    """One check that came out the same way in some of its cases; `before` or `now` is empty where it was not made."""

    kind: str
    check: str
    subject: str
    before: str
    now: str
    cases: list[str]
    requirements: list[str]
    message: str


@dataclass(frozen=True)
class Comparison:
    """What changed, kind by kind, and what makes the two runs hard to compare."""

    old: Json
    new: Json
    differences: list[tuple[str, str, str]]
    changes: dict[str, list[Change]]
    load: list[load_diff.Turned]

    @property
    def failing(self) -> bool:
        """Whether something fails now that was no known failure before."""
        return any(self.changes[kind] for kind in FAILING) or any(one.regressed for one in self.load)

    @property
    def verdict(self) -> str:
        """What stands before the sentence: a check that was never judged or made before has not regressed."""
        regressed = self.changes["regression"] or any(one.regressed for one in self.load)
        return "Regressed:" if regressed else "Fails now:" if self.failing else "No regression:"

    @property
    def sentence(self) -> str:
        counts = [headline.changed(len(found), kind) for kind, found in self.changes.items() if found]
        counts += filter(None, [load_diff.sentence(self.load)])
        return ", ".join(counts) or "nothing changed"


def compare(old: Json, new: Json) -> Comparison:
    """Compare the results of two runs."""
    before, now = _by_key(old), _by_key(new)
    groups: dict[tuple[str, ...], list[Json]] = {}
    for key in [*now, *(key for key in before if key not in now)]:
        one, other = before.get(key), now.get(key)
        if kind := _kind(one, other):
            check = other or one or {}
            turned = (one or {}).get("verdict", ""), (other or {}).get("verdict", "")
            groups.setdefault((kind, check["id"], check["subject"], *turned), []).append(check)
    changes: dict[str, list[Change]] = {kind: [] for kind in KINDS}
    for (kind, id_, subject, was, is_), found in groups.items():
        cases = [str(check["case"]) for check in found if check["case"] is not None]
        first = found[0]
        changes[kind].append(Change(kind, id_, subject, was, is_, cases, first["requirements"], first["message"]))
    return Comparison(old, new, list(_differences(old, new)), changes, load_diff.compare(old["load"], new["load"]))


def _by_key(results: Json) -> dict[tuple[str, str, str | None], Json]:
    return {(check["id"], check["subject"], check["case"]): check for check in results["checks"]}


def _kind(old: Json | None, new: Json | None) -> str:
    """Where a pair of checks belongs; empty if nothing changed that matters."""
    if new is None:
        return "gone"
    now = Verdict(new["verdict"])
    if old is None:
        return "new: fails" if now is Verdict.FAIL and not new["accepted"] else "new"
    before = Verdict(old["verdict"])
    kind = change(before, now)
    if kind in FAILING and new["accepted"]:
        return "still failing"
    return kind or ("still failing" if now in _BAD else "")


def _differences(old: Json, new: Json) -> Iterator[tuple[str, str, str]]:
    """What else is not the same: whose documents, which parameters, which version."""
    for name in ("provider", "role"):
        if old["target"][name] != new["target"][name]:
            yield name, ", ".join(old["target"][name]), ", ".join(new["target"][name])
    for name in sorted({*old["parameters"], *new["parameters"]}):
        one, other = (str(results["parameters"].get(name, "not set")) for results in (old, new))
        if one != other:
            yield f"parameter {name}", one, other
    for name in ("version", "seed", "observer", "deadline_s", "patience_s", "complete"):
        if old[name] != new[name]:
            yield name.removesuffix("_s"), str(old[name]), str(new[name])


def text(comparison: Comparison) -> Iterator[str]:
    """The comparison in lines for a terminal."""
    for title, results in (("old", comparison.old), ("new", comparison.new)):
        yield f"{title}: {line(results['target']['url'])}, {line(results['started'])}: {headline.sentence(results)}"
    for name, one, other in comparison.differences:
        yield f"note: another {line(name)}: {line(one)} → {line(other)}"
    for kind, (title, told) in KINDS.items():
        for at, found in enumerate(comparison.changes[kind]):
            if at == 0:
                yield from ("", f"{title} ({len(comparison.changes[kind])})")
            if at < MOST:
                yield f"  {line(_said(found))}"
                yield from [f"    {line(found.message)}"] if told and found.message else []
    if comparison.load:
        yield from ("", "Load", *(f"  {line(load_diff.line(found), 600)}" for found in comparison.load[:MOST]))
    yield from ("", comparison.sentence)


def _said(found: Change) -> str:
    turned = f"{found.before or 'none'} → {found.now or 'none'}"
    return f"{found.check}{_cases(found)} for {found.subject}: {turned}"


def _cases(found: Change) -> str:
    shown = ", ".join(found.cases[:4]) + (f" and {len(found.cases) - 4} more" if len(found.cases) > 4 else "")
    return f"[{shown}]" if found.cases else ""


def markdown(comparison: Comparison) -> str:
    """The comparison as Markdown."""
    parts = [f"### {'❌' if comparison.failing else '✅'} {words(comparison.sentence)}"]
    parts.append(
        "\n".join(
            f"- {title}: {code(results['target']['url'])}, {words(headline.when(results['started']))}: "
            f"{words(headline.sentence(results))}"
            for title, results in (("old", comparison.old), ("new", comparison.new))
        )
    )
    if comparison.differences:
        noted = [f"- another {words(name)}: {code(one)} → {code(two)}" for name, one, two in comparison.differences]
        parts.append("\n".join(noted))
    for kind, (title, told) in KINDS.items():
        found = comparison.changes[kind]
        lines = [_item(one, told=told) for one in found[:MOST]]
        lines += [f"- and {len(found) - MOST} more"] if len(found) > MOST else []
        parts += [f"#### {title}", "\n".join(lines)] if lines else []
    if comparison.load:
        parts += ["#### Load", "\n".join(f"- {words(load_diff.line(found), 600)}" for found in comparison.load[:MOST])]
    return "\n\n".join(parts) + "\n"


def _item(found: Change, *, told: bool) -> str:
    named = ", ".join(code(name, 80) for name in found.requirements[:4])
    turned = f"{words(found.before or 'none')} → {words(found.now or 'none')}"
    said = f": {code(found.message)}" if told and found.message else ""
    what = f"{code(found.check + _cases(found))} for {words(found.subject)}"
    return f"- {what}, {turned} ({named or 'no requirement'}){said}"


def page(comparison: Comparison) -> str:
    """The comparison as a page."""
    groups = [
        (kind, title, told, comparison.changes[kind])
        for kind, (title, told) in KINDS.items()
        if comparison.changes[kind]
    ]
    sides = [
        (title, results, headline.sentence(results), headline.when(results["started"]))
        for title, results in (("Old", comparison.old), ("New", comparison.new))
    ]
    values = {
        **page_view.vocabulary(),
        "comparison": comparison,
        "failing": FAILING,
        "groups": groups,
        "sides": sides,
        "cases": _cases,
        "turned": load_diff.line,
    }
    return html_page.page("diff.html.j2", values)
