"""``kontena-ws demo``: open the notebooks in JupyterLab."""

from __future__ import annotations

from collections.abc import Sequence

from .arguments import Parser, whole
from .streams import say


def run(arguments: Sequence[str]) -> int:
    """Run the demo until JupyterLab ends; return the exit code."""
    from ..demo import lab
    from ..demo.endpoints import catalogue

    parser = Parser(
        "kontena-ws demo",
        "Open a page with the notebooks that come with this package in JupyterLab, on loopback.",
        f"'kontena-ws demo/NAME' and '%ws_connect demo/NAME' connect to a demo server:\n{catalogue()}",
    )
    parser.add_argument("folder", metavar="FOLDER", nargs="?", help="working folder; a new temporary one by default")
    parser.add_argument("--port", type=whole, help="port of JupyterLab; a free one by default")
    parser.add_argument("--no-browser", action="store_true", help="only print the URL")
    parsed = parser.parse_args(arguments)
    return lab.run(parsed.folder, port=parsed.port, browser=not parsed.no_browser, say=say)
