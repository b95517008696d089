"""Start each example, judge it with hookproof, and compare the verdict with the one it must get.

`run.py` takes all of examples.toml, `run.py flask django` only these.
Exit: 0 every verdict is as expected, 1 one is not, 10 an example was not judged.
"""

import os
import sys
import textwrap
import tomllib
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

from judging import NotJudged, judge

EXAMPLES = Path(__file__).resolve().parent
SHOWN = {"MUST": ("pass", "fail", "inconclusive"), "SHOULD": ("pass", "warn", "inconclusive")}
AS_EXPECTED, UNEXPECTED, NOT_JUDGED = 0, 1, 10


def main(names: list[str]) -> int:
    os.chdir(EXAMPLES.parent)
    examples = tomllib.loads((EXAMPLES / "examples.toml").read_text(encoding="utf-8"))
    if unknown := set(names) - set(examples):
        print(f"no such example: {' '.join(sorted(unknown))}; there are {' '.join(examples)}", file=sys.stderr)
        return NOT_JUDGED
    codes = []
    with ThreadPoolExecutor(2) as pool:  # most of a run is waiting
        for code, lines in pool.map(lambda name: show(name, examples[name]), names or examples):
            print(*lines, sep="\n", flush=True)
            codes.append(code)
    return min(filter(None, codes), default=AS_EXPECTED)


def show(name: str, example: dict) -> tuple[int, list[str]]:
    """Judge one example; what came of it, as an exit status and in lines."""
    report = Path("reports", "runs", f"example-{name}")
    try:
        results = judge(EXAMPLES / name, example, report)
    except NotJudged as reason:
        return NOT_JUDGED, [f"examples/{name:<14} {reason}"]
    lines = describe(name, results, report)
    if as_expected(example["expected"], results):
        return AS_EXPECTED, lines
    wanted = example["expected"] + (" without a warning" if example["expected"] == "conformant" else "")
    return UNEXPECTED, [*lines, f"  expected: {wanted}"]


def describe(name: str, results: dict, report: Path) -> list[str]:
    """One line of verdict and totals, then the ids of the requirements that are not met."""
    counts = results["totals"]
    must, should = (" ".join(f"{counts[of].get(key, 0)} {key}" for key in keys) for of, keys in SHOWN.items())
    lines = [f"examples/{name:<14} {results['verdict']:<15} MUST {must} · SHOULD {should} · {report / 'report.html'}"]
    for verdict in ("fail", "warn"):
        ids = [row["id"] for row in results["requirements"] if row["verdict"] == verdict]
        indent = {"initial_indent": f"  {verdict}  ", "subsequent_indent": " " * 8}
        lines += textwrap.wrap(" ".join(ids), 80, break_on_hyphens=False, **indent)
    return lines


def as_expected(expected: str, results: dict) -> bool:
    flawless = not any(counts.get(verdict) for counts in results["totals"].values() for verdict in ("fail", "warn"))
    return results["verdict"] == expected and (flawless or results["verdict"] != "conformant")


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
