"""Draws docs/house.svg, the rooms of src/hookproof/ and who imports whom, from the imports themselves: `make house`.

Each room stands on the lowest floor that is above all rooms it imports. An arrow that a way over other rooms says
already is left out, so that the eye can follow the rest; ARCHITECTURE.md's table has them all.
"""

from __future__ import annotations

import ast
import re
from collections.abc import Iterator
from html import escape
from pathlib import Path

ROOT = Path(__file__).parents[1]
SRC = ROOT / "src" / "hookproof"
PICTURE = ROOT / "docs" / "house.svg"
WIDTH, FLOOR, HIGH, LETTER, GAP = 1180, 92, 40, 7.6, 22
"""Pixels: the picture's width, a floor's and a box's height, a letter's width, the least room between two boxes."""
STYLE = """
  text { font: 13px ui-monospace, monospace; fill: #1b1f24; text-anchor: middle }
  .files { font-size: 10px; fill: #57606a } rect { fill: #eef3fb; stroke: #6b86b3; rx: 5 }
  path { fill: none; stroke: #8c99ad; stroke-width: 1.1; marker-end: url(#tip) }
  #tip path { fill: #8c99ad; stroke: none }
  @media (prefers-color-scheme: dark) {
    text { fill: #e6edf3 } .files { fill: #9aa5b1 } rect { fill: #1d2733; stroke: #6b86b3 }
  }
"""


def modules() -> list[Path]:
    """Every module of the package but its own `__init__.py`."""
    return sorted(path for path in SRC.rglob("*.py") if path != SRC / "__init__.py")


def room_of(module: Path) -> str:
    """The room a module is in: its folder; for a module in the package's root, the module itself."""
    return "/".join(module.relative_to(SRC).parent.parts) or module.stem


def imported(module: Path) -> Iterator[str]:
    """The rooms that a module imports from, anywhere in it; its own among them."""
    for node in ast.walk(ast.parse(module.read_text("utf-8"))):
        if isinstance(node, ast.ImportFrom) and node.module and node.module.split(".")[0] == "hookproof":
            inside = SRC.joinpath(*node.module.split(".")[1:])
            for alias in node.names:
                if found := next(filter(None, map(_file, (inside / alias.name, inside))), None):
                    yield room_of(found)


def _file(path: Path) -> Path | None:
    """The file of the module that would stand there, or none; the package itself is nobody's room."""
    if path == SRC:
        return None
    return next((file for file in (path / "__init__.py", path.with_suffix(".py")) if file.is_file()), None)


def imports() -> dict[str, set[str]]:
    """Every room, and the other rooms it imports from."""
    found: dict[str, set[str]] = {room_of(module): set() for module in modules()}
    for module in modules():
        found[room_of(module)] |= set(imported(module)) - {room_of(module)}
    return found


def table() -> dict[str, set[str]]:
    """Every room of ARCHITECTURE.md's table, in its order, and the rooms that it may import."""
    text = (ROOT / "ARCHITECTURE.md").read_text("utf-8")
    rows = re.findall(r"^\| `([a-z/]+)` \|.*\| ([^|]*) \|$", text, re.MULTILINE)
    return {room: set(re.findall(r"`([a-z/]+)`", allowed)) for room, allowed in rows}


def picture(rooms: dict[str, set[str]]) -> str:
    """The drawing as SVG: the same text for the same imports."""
    floors = dict.fromkeys(rooms, 0)
    for _ in rooms:
        floors = {room: max((floors[other] + 1 for other in below), default=0) for room, below in rooms.items()}
    arrows = [
        (room, other) for room, below in rooms.items() for other in sorted(below) if not _detour(rooms, room, other)
    ]
    middles, height = _places(rooms, floors, arrows), (max(floors.values()) + 1) * FLOOR + 10
    counts = {room: sum(room_of(module) == room for module in modules()) for room in rooms}
    lines = [
        f'<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 {WIDTH} {height}" role="img" aria-labelledby="title">',
        f'<title id="title">{len(rooms)} rooms on {max(floors.values()) + 1} floors; arrows point to what is imported'
        "</title>",
        f"<style>{STYLE}</style>",
        '<defs><marker id="tip" viewBox="0 0 8 8" refX="7" refY="4" markerWidth="7" markerHeight="7" orient="auto">'
        '<path d="M0 0L8 4L0 8z"/></marker></defs>',
    ]
    top = {room: height - 10 - floors[room] * FLOOR - HIGH for room in rooms}
    for room, other in arrows:
        (x, y), (to, end) = (middles[room], top[room] + HIGH), (middles[other], top[other] - 1)
        bend = (end - y) / 2
        lines.append(
            f'<path d="M{x:.0f} {y:.0f}C{x:.0f} {y + bend:.0f} {to:.0f} {end - bend:.0f} {to:.0f} {end:.0f}"/>'
        )
    for room in sorted(rooms):
        wide = _wide(room)
        lines += [
            f'<rect x="{middles[room] - wide / 2:.0f}" y="{top[room]:.0f}" width="{wide:.0f}" height="{HIGH}"/>',
            f'<text x="{middles[room]:.0f}" y="{top[room] + 18:.0f}">{escape(room)}</text>',
            f'<text class="files" x="{middles[room]:.0f}" y="{top[room] + 32:.0f}">'
            f"{counts[room]} file{'s' * (counts[room] > 1)}</text>",
        ]
    return "\n".join([*lines, "</svg>", ""])


def _wide(room: str) -> float:
    return max(len(room), 7) * LETTER + 18


def _detour(rooms: dict[str, set[str]], room: str, other: str) -> bool:
    """Whether a room reaches another one by way of a third."""
    seen, ahead = set(), list(rooms[room] - {other})
    while ahead:
        here = ahead.pop()
        if here == other:
            return True
        if here not in seen:
            seen.add(here)
            ahead += rooms[here]
    return False


def _places(rooms: dict[str, set[str]], floors: dict[str, int], arrows: list[tuple[str, str]]) -> dict[str, float]:
    """The middle of each room's box: near what it imports, and over nobody else's box."""
    middles: dict[str, float] = {}
    for floor in range(max(floors.values()) + 1):
        row = sorted(room for room in rooms if floors[room] == floor)
        near = {room: [middles[other] for one, other in arrows if one == room] for room in row}
        row.sort(key=lambda room: (sum(near[room]) / len(near[room]) if near[room] else WIDTH / 2, room))
        spare = (WIDTH - sum(map(_wide, row))) / (len(row) + 1)
        x = 0.0
        for room in row:
            x += max(spare, GAP / 2)
            middles[room] = x + _wide(room) / 2
            x += _wide(room)
    return middles


if __name__ == "__main__":
    PICTURE.write_text(picture(imports()), "utf-8")
