"""Several runs on one page: implementations across, requirements down, a verdict in each cell."""

from __future__ import annotations

import os
import re
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from urllib.parse import quote

from hookproof.evidence.lines import Json
from hookproof.report.formats import html_page, page_view
from hookproof.report.formats.markdown_text import cell, line, words
from hookproof.report.words import headline
from hookproof.report.words.headline import LEGEND
from hookproof.verdict import Verdict


@dataclass(frozen=True)
class Column:
    """One run: what it is called, what it says, where its report is (empty if it is not beside the matrix)."""

    name: str
    results: Json
    sentence: str
    when: str
    report: str
    verdicts: dict[tuple[str, str], Json]


@dataclass(frozen=True)
class Cell:
    """What one run says of one requirement; without a verdict it was no part of the run."""

    verdict: str
    accepted: bool
    link: str


@dataclass(frozen=True)
class Matrix:
    """The columns, and by provider the requirements with their cells."""

    columns: list[Column]
    groups: dict[str, list[tuple[Json, list[Cell]]]]


def arrange(runs: list[tuple[Path, Json]], beside: Path | None) -> Matrix:
    """The results found at these paths; links go from the folder `beside` to reports that are there."""
    columns = [_column(path, results, beside) for path, results in runs]
    rows: dict[tuple[str, str], Json] = {}
    for column in columns:
        for key, row in column.verdicts.items():
            rows.setdefault(key, row)
    groups: dict[str, list[tuple[Json, list[Cell]]]] = {}
    for (provider, id_), row in rows.items():
        cells = [_cell(column, (provider, id_)) for column in columns]
        groups.setdefault(provider, []).append((row, cells))
    return Matrix(columns, groups)


def _column(path: Path, results: Json, beside: Path | None) -> Column:
    folder = path if path.is_dir() else path.parent
    report = folder / "report.html"
    link = quote(os.path.relpath(report, beside)) if beside and report.is_file() else ""
    verdicts = {(row["provider"], row["id"]): row for row in headline.under_test(results)}
    name = folder.resolve().name
    return Column(name, results, headline.sentence(results), headline.when(results["started"]), link, verdicts)


def _cell(column: Column, key: tuple[str, str]) -> Cell:
    row = column.verdicts.get(key)
    if row is None:
        return Cell("", False, "")
    plain = re.fullmatch(r"[A-Za-z0-9._-]{1,80}", row["id"])
    link = f"./{column.report}#req-{row['id']}" if column.report and plain else ""
    return Cell(row["verdict"], bool(row["accepted"]), link)


def text(matrix: Matrix) -> Iterator[str]:
    """A line for each run, for a terminal."""
    for column in matrix.columns:
        yield f"{line(column.name)}: {line(column.sentence)} ({line(column.when)})"


def markdown(matrix: Matrix) -> str:
    """The matrix as a table of GitHub's Markdown, with a legend."""
    heads = [cell(column.name, 60) for column in matrix.columns]
    lines = [f"| requirement | level | {' | '.join(heads)} |", "|---" * (len(heads) + 2) + "|"]
    for provider, rows in matrix.groups.items():
        lines.append(f"| **{words(provider).replace('|', '')}** | | {' | '.join('' for _ in heads)} |")
        for row, cells in rows:
            lines.append(f"| {cell(row['id'], 80)} | {row['level']} | {' | '.join(map(_word, cells))} |")
    legend = [f"{icon} {word.lower()}: {told}" for word, icon, told in LEGEND.values()]
    runs = [
        f"- {cell(column.name, 60)}: {words(column.sentence)}; {cell(column.results['target']['url'])} as "
        f"{words(', '.join(column.results['target']['role']))}, {words(column.when)}, "
        f"hookproof {cell(column.results['version'], 40)}"
        for column in matrix.columns
    ]
    return "\n\n".join(["\n".join(runs), "\n".join(lines), "\n".join(f"- {words(text)}" for text in legend)]) + "\n"


def _word(one: Cell) -> str:
    if not one.verdict:
        return ""
    word, icon, _ = LEGEND[Verdict(one.verdict)]
    return f"{words(icon)} {word.lower()}" + (", accepted" if one.accepted else "")


def page(matrix: Matrix) -> str:
    """The matrix as a page."""
    return html_page.page("matrix.html.j2", {**page_view.vocabulary(), "matrix": matrix})
