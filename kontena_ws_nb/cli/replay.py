"""``kontena-ws replay FILE``: play a capture back as a server."""

from __future__ import annotations

import contextlib
import threading
from collections.abc import Sequence

from .. import errors
from ..redaction.text import printable
from .arguments import Parser, speed, whole
from .exit_codes import CLOSED, DATA, INPUT_OUTPUT, OK
from .interrupts import Interrupts
from .streams import logger, say

_EPILOG = """\
It prints its URL. Each client gets the next recorded connection, of the path it asks for if there is one.

exit codes:
  0    it ended
  1    with --wait or --strict: a client sent something else than was recorded
  64   wrong arguments
  65   FILE is no file of messages
  74   FILE cannot be read
"""


def run(arguments: Sequence[str]) -> int:
    """Serve a capture until it is interrupted; return the exit code."""
    parser = Parser(
        "kontena-ws replay",
        "Play a capture back as a WebSocket server on loopback, until Ctrl+C.",
        _EPILOG,
    )
    parser.add_argument("file", metavar="FILE", help="HAR, mitmproxy flows, JSON Lines … or a recording of ours")
    parser.add_argument(
        "--speed", type=speed, default=1.0, metavar="N", help="1 as recorded (the default), inf at once"
    )
    parser.add_argument("--wait", action="store_true", help="wait until a client sends what was recorded")
    parser.add_argument("--strict", action="store_true", help="close a client that sends something else (1008)")
    parser.add_argument("--ignore", action="append", default=[], metavar="PATH", help="$.path whose value may differ")
    parser.add_argument("--session", metavar="NAME", help="one of several sessions in the file")
    parser.add_argument(
        "--host", default="127.0.0.1", metavar="ADDRESS", help="address to listen on (default: 127.0.0.1)"
    )
    parser.add_argument("--port", type=whole, default=0, metavar="PORT", help="port; a free one by default")
    parsed = parser.parse_args(arguments)
    from ..api import replay

    options = {name: value for name, value in vars(parsed).items() if name != "file"}
    try:
        server = replay(parsed.file, **options)
    except (errors.CaptureError, OSError, ImportError) as error:
        logger.error("%s", printable(str(error), None))
        return INPUT_OUTPUT if isinstance(error, OSError) else DATA
    except ValueError as error:
        parser.refuse(str(error))
    with Interrupts(), server:
        say(server.url)
        logger.info("%r; Ctrl+C ends it", server)
        with contextlib.suppress(KeyboardInterrupt):
            threading.Event().wait()
    for mismatch in server.mismatches:
        logger.warning("%s", printable(str(mismatch), None, multiline=True))
    return CLOSED if server.mismatches and (parsed.wait or parsed.strict) else OK
