"""A picture of the package: its houses from left to right, and an arrow for every import from one house to another.

``python -m tests.lab.street`` prints it. It is made from the imports that there are (`tests.unit.test_layers`), when the site is built.
"""

from __future__ import annotations

from collections import Counter
from typing import Final

from tests.unit.test_layers import DOORS, GROUND, MODULES, STREET, house, imports

WIDTH, HEIGHT = 124, 40
GAP: Final = 26
#: What each house does, below its name.
DOES: Final = {
    "transport": "TCP, proxies, TLS records",
    "tls": "certificates, verdicts",
    "demo": "a server to try",
    "protocol": "frames, without I/O",
    "connection": "one WebSocket",
    "log": "rows, filters, tables",
    "conversation": "expect, request, reply",
    "display": "how objects look",
    "recording": "SQLite",
    "feed": "what a panel shows",
    "panel": "the widget",
    "captures": "file formats",
    "playback": "replay as a server",
    "session": "a connection with a reader",
}


def edges() -> Counter[tuple[str, str]]:
    """Count the imports from one house to another."""
    return Counter(
        (house(module), house(imported))
        for module in MODULES
        for imported, _ in imports(module)
        if house(module) != house(imported)
    )


def svg() -> str:
    """Draw it, in the colours of the page around it."""
    found = edges()
    columns = [sorted(names) for names in STREET]
    top, step = 150, WIDTH + GAP
    places = {
        name: (20 + at * step, top + row * (HEIGHT + 14))
        for at, names in enumerate(columns)
        for row, name in enumerate(names)
    }
    wide = 20 + len(columns) * step
    ground = top + 3 * (HEIGHT + 14) + 14
    drawn: list[str] = []
    for (importer, imported), count in sorted(found.items()):
        if importer in places and imported in places:
            (x1, y1), (x2, y2) = places[importer], places[imported]
            start, end = (x1 + 10, y1), (x2 + WIDTH - 10, y2)
            high = max(28, min(y1, y2) - 14 - 10 * (x1 - x2) / step)
            drawn.append(
                f'<path d="M{start[0]} {start[1]} C{start[0]} {high:.0f} {end[0]} {high:.0f} {end[0]} {end[1]}" '
                f'stroke-width="{min(3.0, 0.8 + count / 8):.1f}" marker-end="url(#to)"><title>{importer} imports {imported}: {count}</title></path>'
            )
    boxes = [_box(x, y, WIDTH, HEIGHT, name, DOES[name]) for name, (x, y) in places.items()]
    stones = " · ".join(sorted(GROUND))
    boxes.append(_box(20, ground, wide - 20 - GAP, HEIGHT, "the ground, which all stand on", stones))
    doors = " → ".join(name.replace("__init__", "kontena_ws_nb") for names in DOORS for name in sorted(names))
    boxes.append(_box(20, ground + HEIGHT + 16, wide - 20 - GAP, HEIGHT, "the doors, which no house knows", doors))
    tall = ground + 2 * HEIGHT + 32
    return (
        f'<div class="street" tabindex="0" role="region" aria-label="Picture of the package\'s imports">'
        f'<svg viewBox="0 0 {wide} {tall}" role="img" aria-label="{len(places)} houses from left to right: each imports only houses to its left">'
        '<defs><marker id="to" viewBox="0 0 8 8" refX="7" refY="4" markerWidth="6" markerHeight="6" orient="auto">'
        '<path d="M0 0 8 4 0 8z" class="tip"/></marker></defs>'
        f'<g class="imports" fill="none">{"".join(drawn)}</g>{"".join(boxes)}</svg></div>'
    )


def _box(x: float, y: float, wide: float, tall: float, name: str, does: str) -> str:
    middle = x + wide / 2
    return (
        f'<g class="house"><rect x="{x}" y="{y}" width="{wide}" height="{tall}" rx="5"/>'
        f'<text x="{middle}" y="{y + 17}" class="name">{name}</text><text x="{middle}" y="{y + 32}" class="does">{does}</text></g>'
    )


if __name__ == "__main__":
    print(svg())
