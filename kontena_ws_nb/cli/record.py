"""``kontena-ws record URL FILE``: record what comes to a SQLite file."""

from __future__ import annotations

import logging
from collections.abc import Sequence
from typing import TYPE_CHECKING

from .. import errors
from ..redaction.headers import redact_url
from ..redaction.text import printable
from .arguments import address_of, parse_with_options, parser_with_options
from .connection import CLOSE_TIMEOUT, report_tls
from .exit_codes import INPUT_OUTPUT, OK, exit_code
from .interrupts import Interrupts
from .streams import logger, say

if TYPE_CHECKING:
    from ..session.session import Session

_EPILOG = """\
FILE is added to when it exists. Known secrets are masked in it.

exit codes:
  0    ended by Ctrl+C, SIGTERM or SIGHUP, or the server closed with 1000 or 1001
  1    the server closed with another code, or the connection was lost
  3    no connection
  4    the server's certificate was refused
  64   wrong arguments, or FILE is no recording
  74   FILE cannot be written, or not all of what came is in it
"""


def run(arguments: Sequence[str]) -> int:
    """Record until the connection ends; return the exit code."""
    parser = parser_with_options(
        "kontena-ws record",
        "Record what a WebSocket server sends to a SQLite file, until it closes or Ctrl+C is typed.",
        _EPILOG,
    )
    parser.add_argument("--secrets", action="store_true", help="do not mask secrets in the file")
    parser.add_argument("url", metavar="URL")
    parser.add_argument("file", metavar="FILE")
    parsed, options = parse_with_options(parser, arguments)
    from ..api import connect

    logger.setLevel(logging.INFO)
    address = address_of(parser, parsed.url)
    logger.info("Connecting to %s...", redact_url(address))
    options = {"close_timeout": CLOSE_TIMEOUT, **options, "record": parsed.file, "record_secrets": parsed.secrets}
    with Interrupts():
        try:
            session = connect(address, **options)
        except ValueError as error:  # not a WebSocket URL, or a file that is no recording
            parser.refuse(str(error))
        except errors.Error:
            raise
        except OSError as error:
            logger.error("%s", printable(str(error), None))
            return INPUT_OUTPUT
        return _recorded(session, redact_url(address))


def _recorded(session: Session, url: str) -> int:
    """Wait for the end of a session that is recorded, and say what is in the file."""
    recorder = session.recording
    assert recorder is not None
    try:
        report_tls(session.client, url)
        session.messages.wait_for(lambda: session.state == "closed")
    except KeyboardInterrupt:
        logger.info("Interrupted: closing the connection; Ctrl+C again ends the program at once")
        session.close(1000, "interrupted")
    recorder.wait()
    stats = session.stats
    say(f"{stats.received_messages:,} messages received; {recorder.rows:,} rows written to {printable(recorder.path)}")
    if recorder.lost:
        logger.error("%s rows are lost: they came faster than they could be written", f"{recorder.lost:,}")
    if recorder.error is not None:
        logger.error("not all is in the file: %s", printable(recorder.error, None))
    if recorder.lost or recorder.error is not None:
        return INPUT_OUTPUT
    if isinstance(session.error, errors.Error):
        logger.info("%s", printable(str(session.error), None))
        return exit_code(session.error)
    return OK
