"""``kontena-ws convert A B``: write a file of messages in another format."""

from __future__ import annotations

from collections.abc import Sequence

from .. import errors
from ..redaction.text import printable
from .arguments import Parser
from .exit_codes import DATA, INPUT_OUTPUT, OK
from .interrupts import Interrupts
from .streams import logger, say

_EPILOG = """\
The suffix of B chooses its format; that of A is recognised by its content. What the format of B
cannot hold is reported.

exit codes:
  0    B was written
  64   wrong arguments
  65   A is no file of messages, or B cannot be written in this format
  74   A cannot be read, or B cannot be written (not there, no permission, disk full)
  130  interrupted (143 by SIGTERM, 129 by SIGHUP); B is as it was
"""


def run(arguments: Sequence[str]) -> int:
    """Convert a file; return the exit code."""
    from ..api import load, save
    from ..captures.formats import FORMATS

    known = "".join(f"\n  {one.name:<20} {' '.join(one.suffixes)}" for one in FORMATS if one.suffixes)
    parser = Parser(
        "kontena-ws convert",
        "Write a file of WebSocket messages in another format, so that another tool opens it.",
        f"formats:{known}\n\n{_EPILOG}",
    )
    parser.add_argument("source", metavar="A", help="the file to read")
    parser.add_argument("target", metavar="B", help="the file to write; one of that name is replaced")
    parser.add_argument("--keylog", metavar="FILE", help="the keys of the TLS connections in A (SSLKEYLOGFILE)")
    parser.add_argument("--secrets", action="store_true", help="do not mask what may be a secret")
    parsed = parser.parse_args(arguments)
    try:
        with Interrupts():
            capture = load(parsed.source, parsed.keylog)
            saved = save(capture, parsed.target, secrets=parsed.secrets)
    except errors.CaptureError as error:
        logger.error("%s", printable(str(error), None))
        return DATA
    except (OSError, ImportError) as error:
        logger.error("%s", printable(str(error), 500))
        return INPUT_OUTPUT if isinstance(error, OSError) else DATA
    say(str(saved))
    return OK
