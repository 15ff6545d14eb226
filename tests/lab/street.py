"""A picture of the package: its houses in the order of the street, and which imports which.

``python -m tests.lab.street`` prints it. It is made from the imports that there are (`tests.unit.test_layers`), when the site is built.
"""

from __future__ import annotations

from collections import Counter
from typing import Final

from tests.unit.test_layers import DOORS, MODULES, STREET, house, imports

#: Pixels: where the columns begin, how wide and high one is, and where the rows begin.
LEFT, STEP, HIGH, TOP = 256, 27, 27, 104
#: What each house does, below its name.
DOES: Final = {
    "transport": "TCP, proxies, TLS",
    "tls": "certificates, verdicts",
    "demo": "a server to try",
    "protocol": "frames, without I/O",
    "connection": "one WebSocket",
    "log": "rows, filters, tables",
    "conversation": "expect, request",
    "display": "how objects look",
    "recording": "SQLite",
    "feed": "what a panel shows",
    "panel": "the widget",
    "captures": "file formats",
    "playback": "replay as a server",
    "session": "a connection with a reader",
    "api": "connect, load, save …",
    "magics": "%ws_connect …",
    "__init__": "",
    "cli": "kontena-ws",
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
    """Draw it, in the colours of the page around it: a row for each importer, a column for each imported house, a dot for imports."""
    found = edges()
    houses = [name for names in STREET for name in sorted(names)]
    doors = [name for names in DOORS for name in sorted(names)]
    drawn: list[str] = []
    for column, name in enumerate(houses):
        x = LEFT + column * STEP + STEP / 2
        drawn.append(f'<text class="name" transform="translate({x + 4:g} {TOP - 8}) rotate(-60)">{name}</text>')
    for row, name in enumerate([*houses, *doors]):
        y = TOP + row * HIGH + (10 if name in doors else 0)
        shown = name.replace("__init__", "the package itself")
        drawn.append(
            f'<rect class="row" x="26" y="{y + 2}" width="{LEFT - 26 + STEP * len(houses)}" height="{HIGH - 4}"/>'
        )
        drawn.append(
            f'<text class="name" x="34" y="{y + 18}">{shown}</text><text class="does" x="128" y="{y + 18}">{DOES[name]}</text>'
        )
        for column, imported in enumerate(houses):
            x = LEFT + column * STEP + STEP / 2
            if count := found[name, imported]:
                size = min(11.0, 3 + count**0.5)
                drawn.append(
                    f'<circle cx="{x:g}" cy="{y + HIGH / 2:g}" r="{size:.1f}"><title>{shown} imports {imported}: {count}</title></circle>'
                )
            elif name == imported:
                drawn.append(f'<path class="own" d="M{x - 5:g} {y + HIGH / 2:g}h10"/>')
    end = TOP + len(houses) * HIGH
    drawn.append(
        f'<path class="flow" d="M12 {TOP + 4}V{end - 10}m-5 -7l5 8 5 -8"/>'
        f'<text class="does" x="4" y="{TOP - 6}">socket</text><text class="does" x="4" y="{end + 6}">pixel</text>'
    )
    wide, tall = LEFT + len(houses) * STEP + 30, end + 14 + len(doors) * HIGH
    return (
        '<div class="street" tabindex="0" role="region" aria-label="Picture of the imports of the package">'
        f'<svg viewBox="0 0 {wide} {tall}" role="img" aria-label="Every house imports only houses above it: no dot is right of the diagonal">'
        f"{''.join(drawn)}</svg></div>"
    )


if __name__ == "__main__":
    print(svg())
