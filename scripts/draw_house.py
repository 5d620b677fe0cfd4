"""Draw the house from its imports: floors of ARCHITECTURE.md, rooms as boxes, an arrow where one imports another.

``python scripts/draw_house.py`` writes ``docs/images/house.svg``; arrows that go up would be red.
"""

from __future__ import annotations

import ast
import re
from collections import Counter
from html import escape
from pathlib import Path

ROOT = Path(__file__).parents[1]
PACKAGE = ROOT / "valuestats"
TARGET = ROOT / "docs" / "images" / "house.svg"
WIDTH, HEIGHT, GAP, MARGIN = 104, 34, 12, 24
INK, RULE, BOX, DOWN, UP = "#1b1f26", "#858d99", "#edf3f9", "#4f8cbd", "#c0392b"


def floors() -> list[list[str]]:
    """Rooms by floor, from the ground up."""
    text = (ROOT / "ARCHITECTURE.md").read_text(encoding="utf-8")
    found = re.search(r"```floors\n(.*?)```", text, re.DOTALL)
    assert found is not None, "ARCHITECTURE.md has no block of floors"
    lines = found[1].strip().splitlines()
    return [
        [re.sub(r" \(.*", "", room).strip() for room in re.split(r",\s+(?![^(]*\))", line)] for line in lines
    ]


def imports() -> Counter[tuple[str, str]]:
    """How many modules of one room import another."""
    counts: Counter[tuple[str, str]] = Counter()
    for file in sorted(PACKAGE.rglob("*.py")):
        inside = file.relative_to(PACKAGE).parts
        if len(inside) < 2:
            continue
        names = set()
        for node in ast.walk(ast.parse(file.read_text(encoding="utf-8"))):
            if isinstance(node, ast.ImportFrom) and (node.module or "").startswith("valuestats."):
                names.add((node.module or "").split(".")[1])
        counts.update((inside[0], name) for name in names - {inside[0]})
    return counts


def drawing() -> str:
    """The drawing as SVG."""
    rows = floors()
    level = {room: number for number, row in enumerate(rows) for room in row}
    widest = max(map(len, rows))
    width = 2 * MARGIN + widest * (WIDTH + GAP) - GAP
    step = HEIGHT + 34
    height = 2 * MARGIN + len(rows) * step - 34
    centre = {}
    for number, row in enumerate(rows):
        left = (width - len(row) * (WIDTH + GAP) + GAP) / 2
        top = height - MARGIN - HEIGHT - number * step
        for place, room in enumerate(row):
            centre[room] = (left + place * (WIDTH + GAP) + WIDTH / 2, top)
    parts = [
        f'<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 {width} {height}" width="{width}" height="{height}" '
        'font-family="Inter, sans-serif" font-size="12" role="img" aria-label="Rooms by floor, with imports">',
        f'<rect width="{width}" height="{height}" fill="#ffffff"/>',
    ]
    for (room, other), count in sorted(imports().items()):
        if room not in level or other not in level:
            continue
        (x1, y1), (x2, y2) = centre[room], centre[other]
        down = level[other] < level[room]
        beside = level[other] == level[room]
        start, end = (y1 + HEIGHT, y2) if down else (y1, y2 + HEIGHT)
        if beside:
            start = end = y1 + HEIGHT
        bend = f"C {x1:.0f} {start + 26:.0f} {x2:.0f} {end - 26 if down else end + 26:.0f} {x2:.0f} {end:.0f}"
        colour = UP if not (down or beside) else DOWN
        parts.append(
            f'<path d="M {x1:.0f} {start:.0f} {bend}" fill="none" stroke="{colour}" '
            f'stroke-width="{min(0.5 + count / 12, 3):.2f}" stroke-opacity="{1 if colour == UP else 0.35}">'
            f"<title>{escape(room)} imports {escape(other)} in {count} modules</title></path>"
        )
    for room, (x, y) in centre.items():
        parts.append(
            f'<rect x="{x - WIDTH / 2:.0f}" y="{y:.0f}" width="{WIDTH}" height="{HEIGHT}" rx="4" fill="{BOX}" '
            f'stroke="{RULE}"/><text x="{x:.0f}" y="{y + 21:.0f}" text-anchor="middle" fill="{INK}">{escape(room)}</text>'
        )
    return "\n".join([*parts, "</svg>"]) + "\n"


if __name__ == "__main__":
    TARGET.write_text(drawing(), encoding="utf-8")
    print(TARGET)
