"""The README's comparison with other tools, and for each cell how it is known.

Cells of programs were tried or read in the versions named, on the day named; those of hosted tools are from their documentation. "–" says that
neither has it, not that nobody could build it.
"""

from __future__ import annotations

from typing import Final, NamedTuple

from kontena_ws_nb.captures.formats import FORMATS
from kontena_ws_nb.magics.help import DECODERS

#: When each cell was looked at last.
CHECKED: Final = "2026-11-28"
TOOLS: Final = ("kontena_ws_nb", "Chrome DevTools", "mitmproxy 11.0", "Postman", "websocat 1.13, wscat 6.1")


class Cell(NamedTuple):
    """What a tool does, and how that is known: a test of ours, a page, or what was run."""

    text: str
    evidence: str


NONE: Final = "–"
#: Of chrome-devtools-frontend, the program that Chrome shows.
_DEVTOOLS: Final = "Chrome DevTools' source, panels/network/ResourceWebSocketFrameView.ts, read 2026-11-28"
_LISTS: Final = f"{_DEVTOOLS}: the tab lists messages, and filters, shows and copies them"
_POSTMAN: Final = "Postman Learning Center, Save WebSocket requests, read 2026-11-28: a collection with them does not support scripting"
_HELP: Final = "`websocat --help=long` and `wscat --help` name nothing of the kind"

_WRITTEN: Final = sum(one.writable for one in FORMATS)
_FORMATS: Final = f"{_WRITTEN} formats, {len(FORMATS) - _WRITTEN} more to open"
_DECODED: Final = f"{len(DECODERS.keys() - {'plain', 'raw'})} protocols and encodings"

ROWS: Final[dict[str, tuple[Cell, ...]]] = {
    "sees a page's own connection": (
        Cell("its HAR, or a copy of its request", "tests/unit/magics/test_curl.py, tests/integration/test_captures.py"),
        Cell("yes", _DEVTOOLS),
        Cell("yes, as a proxy", "mitmproxy documentation, Protocols: WebSocket"),
        Cell(NONE, "Postman Learning Center, Create a WebSocket request: it opens one of its own"),
        Cell(NONE, _HELP),
    ),
    "connects and sends by itself": (
        Cell("yes", "tests/integration/test_websockets.py"),
        Cell("as JavaScript in its console", "the console runs `new WebSocket(…)`, under the rules of the page"),
        Cell("into an open connection", "mitmproxy 11.0.2, command inject.websocket (addons/proxyserver.py)"),
        Cell("yes", "Postman Learning Center, Create a WebSocket request"),
        Cell("yes", "both run against the demo server"),
    ),
    "filters messages": (
        Cell("text, regex, JSON fields", "tests/unit/log/filter/test_grammar.py"),
        Cell("regex, direction", _DEVTOOLS),
        Cell("whole connections, by regex", "mitmproxy 11.0.2, flowfilter.py: ~b looks into a flow's messages"),
        Cell("text", "Postman's page of its WebSocket client, read 2026-11-28: “a searchable timeline”"),
        Cell(NONE, _HELP),
    ),
    "waits for an answer in a script": (
        Cell("yes", "tests/unit/conversation/test_conversation.py"),
        Cell(NONE, "what its console runs is a script of yours"),
        Cell("in an addon", "mitmproxy documentation, Event hooks: websocket_message"),
        Cell(NONE, _POSTMAN),
        Cell(
            "the next message, or for a time",
            "run against the demo server: websocat -1 ends with the next message; wscat -x -w 1 after a second",
        ),
    ),
    "on a refused certificate": (
        Cell("reason, chain, what to do", "tests/browser/test_certificate_card.py"),
        Cell("error code", "Chromium's console: net::ERR_CERT_AUTHORITY_INVALID"),
        Cell("OpenSSL's reason", "mitmproxy 11.0.2, server TLS: Certificate verify failed"),
        Cell("not tried", "no documentation found"),
        Cell("OpenSSL's reason", "both run against the demo server: self-signed certificate"),
    ),
    "opens and writes": (
        Cell(_FORMATS, "tests/unit/captures/test_formats.py"),
        Cell(
            "HAR",
            "Chrome 76, What's new in DevTools: WebSocket messages in HAR; no pings and closes in it, says rama-http 0.4.0, har.spec.WebSocketMessage",
        ),
        Cell("its flows, writes HAR", "mitmproxy 11.0.2, addons/savehar.py"),
        Cell("examples of a collection", "Postman Learning Center, Save WebSocket requests, read 2026-11-28"),
        Cell("lines of text", "run: websocat URL > FILE, and FILE as its input; wscat prints to the terminal"),
    ),
    "plays a recording back as a server": (
        Cell("yes", "tests/unit/playback/test_server.py"),
        Cell(NONE, _LISTS),
        Cell(NONE, 'mitmproxy 11.0.2, addons/clientplayback.py: "Can\'t replay WebSocket flows."'),
        Cell("not tried", "no documentation found"),
        Cell("the lines of a file", "run: websocat -t ws-l:127.0.0.1:PORT readfile:FILE; wscat -l sends what is typed"),
    ),
    "tables for pandas, Polars, Arrow": (
        Cell("yes", "tests/unit/log/test_tables.py"),
        Cell(NONE, _LISTS),
        Cell(NONE, "mitmproxy 11.0.2, addons/export.py: curl, httpie, raw"),
        Cell(NONE, "Postman Learning Center, list of the pages about WebSocket, read 2026-11-28"),
        Cell(NONE, _HELP),
    ),
    "looks inside": (
        Cell(_DECODED, "tests/integration/test_decoders.py"),
        Cell("JSON, hex, base64", _DEVTOOLS),
        Cell("JSON, MessagePack, Protobuf, MQTT, GraphQL", "mitmproxy 11.0.2, contentviews/"),
        Cell("JSON; Socket.IO as its own kind", "Postman Learning Center, Create a Socket.IO request"),
        Cell(NONE, _HELP),
    ),
}


def table() -> str:
    """Write the README's table."""
    lines = [f"| as of {CHECKED} | " + " | ".join(TOOLS) + " |", "|---" * (len(TOOLS) + 1) + "|"]
    lines += [f"| {what} | " + " | ".join(cell.text for cell in cells) + " |" for what, cells in ROWS.items()]
    return "\n".join(lines)


def page() -> str:
    """Write the documentation's page: the same, with how each cell is known."""
    parts = [
        "# Beside other tools",
        (
            f"As of {CHECKED}. Programs were tried or read in the versions named; of Chrome the source was read, and of Postman the documentation. “–” means that it does not have it. "
            "Made by `python -m tests.lab.readme` from `tests/lab/comparison.py`: mend a cell there."
        ),
        table(),
        "## How each cell is known",
    ]
    for what, cells in ROWS.items():
        parts.append(f"**{what[0].upper()}{what[1:]}**")
        parts.append(
            "\n".join(
                f"- {tool}: **{cell.text}** ({cell.evidence.rstrip('.')})"
                for tool, cell in zip(TOOLS, cells, strict=True)
            )
        )
    return "\n\n".join(parts) + "\n"
