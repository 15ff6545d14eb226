"""``kontena-ws help TOPIC``: explain an error."""

from __future__ import annotations

from collections.abc import Sequence

from .arguments import Parser
from .exit_codes import OK
from .streams import say

_EPILOG = """\
TOPIC is what an error names in brackets, the name of its class, a close code, an HTTP status, or
the number of an OpenSSL verification error; "errors" lists all.

exit codes:
  0    it was explained
  64   there is no such topic
"""


def run(arguments: Sequence[str]) -> int:
    """Explain an error; return the exit code."""
    parser = Parser("kontena-ws help", "Say what an error means and what to do.", _EPILOG)
    parser.add_argument("topic", metavar="TOPIC", nargs="?", default="errors", help="by default all are listed")
    parsed = parser.parse_args(arguments)
    from ..display import error_topics  # only for those who ask

    try:
        said = error_topics.listing() if parsed.topic in ("error", "errors") else error_topics.explained(parsed.topic)
    except ValueError as error:
        parser.refuse(str(error))
    say(said)
    return OK
