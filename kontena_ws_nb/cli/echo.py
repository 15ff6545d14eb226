"""``kontena-ws URL``: the gem's echo client, with its texts and levels.

Three threads: the main thread reads messages, the second reads standard input, the third notices when nobody reads
standard output any more.
"""

from __future__ import annotations

import logging
import os
import select
import sys
import threading
import time
from collections.abc import Sequence
from typing import TYPE_CHECKING, Any

from .. import __version__, errors
from ..options import Options
from ..redaction.headers import redact_url
from ..redaction.text import printable
from .arguments import Parser, address_of, parse_with_options, parser_with_options, quiet_time
from .connection import CLOSE_TIMEOUT, report_tls
from .exit_codes import INPUT_OUTPUT, OK, exit_code
from .interrupts import Interrupts, code_of
from .streams import OutputError, descriptor_of, lines_of, logger, output_failed, print_message, write_out

if TYPE_CHECKING:
    from ..connection.client import Client

#: After the end of input: seconds without a message before we close. Most servers answer within a second; later answers
#: are lost.
QUIET = 2.0

#: This many bytes are more than a few control frames (at most 125 bytes of payload each, RFC 6455 section 5.5), so part
#: of a message has come.
_PART_OF_MESSAGE = 1024

#: Milliseconds between two checks of whether anybody still reads our output.
_POLL_INTERVAL = 200

_EPILOG = """\
other commands:
  kontena-ws cert URL         show the server's certificate and whether it is good
  kontena-ws record URL FILE  record what comes to a SQLite file
  kontena-ws convert A B      write a file of messages in another format: HAR, JSON Lines, Parquet …
  kontena-ws replay FILE      play a capture back as a server
  kontena-ws demo [FOLDER]    open the notebooks in JupyterLab
  kontena-ws help TOPIC       explain an error: close-1006, 1006, EOFError; all without TOPIC
  kontena-ws --help, kontena-ws cert --help and so on

URL may be demo, demo/ticker, demo+tls …: a demo server inside this process.

exit codes:
  0    we closed the connection, or the server did with 1000 or 1001, or the reader of our output went away
  1    the server closed with another code, or the connection was lost
  3    no connection: name lookup, TCP, proxy, TLS or the HTTP upgrade failed
  4    the server's certificate was refused
  64   wrong arguments
  74   standard input cannot be read, or standard output cannot be written (closed, disk full)
  130  interrupted: the first Ctrl+C closes the connection, a second one ends the program at once
  143  the same with SIGTERM; 129 with SIGHUP

Each message is printed on a line: text as it is, binary as hexadecimal. Characters that the
output's encoding does not have are written as escapes (\\u20ac). Known secrets are masked.
"""


def run(arguments: Sequence[str]) -> int:
    """Run the echo client until one side closes; return the exit code."""
    parser = parser_with_options(
        "kontena-ws",
        "Send lines of standard input (UTF-8) to a WebSocket server and print the messages that come.",
        _EPILOG,
    )
    parser.add_argument("--version", action="version", version=__version__)
    parser.add_argument(
        "-n", "--no-input", action="store_true", help="do not read standard input; run until the server closes"
    )
    parser.add_argument(
        "-w",
        "--wait",
        type=quiet_time,
        default=QUIET,
        metavar="SECONDS",
        help=f"after the end of input, close when no message has come for this long; 0 closes at once (default: {QUIET:g})",
    )
    parser.add_argument("--no-close", action="store_true", help="after the end of input, run until the server closes")
    parser.add_argument("-v", "--verbose", action="store_true", help="log every message")
    parser.add_argument(
        "url", metavar="URL", nargs="?", default=os.environ.get("WEBSOCKET_URL"), help="default: $WEBSOCKET_URL"
    )
    parsed, options = parse_with_options(parser, arguments)
    if not parsed.url:
        parser.refuse(
            "a URL is missing; pass one or set WEBSOCKET_URL. To try it without a server: kontena-ws demo/ticker"
        )
    logger.setLevel(logging.DEBUG if parsed.verbose else logging.INFO)
    write_out("")  # fails before anything is sent, if answers could not be written
    address = address_of(parser, parsed.url)
    logger.info("Connecting to %s...", redact_url(address))
    with Interrupts(), _connected(parser, address, options) as client:
        return Echo(client, quiet=None if parsed.no_close else parsed.wait).run(
            redact_url(address), read_input=not parsed.no_input
        )


def _connected(parser: Parser, address: str, options: dict[str, Any]) -> Client:
    from ..connection.client import Client

    try:
        return Client.connect(address, Options(close_timeout=CLOSE_TIMEOUT), **options)
    except ValueError as error:  # not a WebSocket URL
        parser.refuse(str(error))


class Echo:
    """Sends the lines of standard input, and prints received messages to standard output.

    Parameters
    ----------
    client : Client
        Open.
    quiet : float or None
        After the end of input, close when no message has come for this many seconds; None does not close.
    """

    def __init__(self, client: Client, quiet: float | None) -> None:
        self._client = client
        self._quiet = quiet
        self._ended = threading.Event()
        #: When the latest message was printed, and how many were.
        self._last_message = time.monotonic()
        self._printed = 0
        #: Why standard input could not be read.
        self._input_error: OSError | None = None

    def run(self, url: str, *, read_input: bool) -> int:
        """Run until one side closes; return the exit code."""
        client = self._client
        try:
            report_tls(client, url)
            if read_input:
                threading.Thread(target=self._send_lines, name="kontena-ws-stdin", daemon=True).start()
            threading.Thread(target=self._watch_output, name="kontena-ws-stdout", daemon=True).start()
            for message in client:
                logger.debug("websocket read: %r", message)
                print_message(message)
                self._printed += 1
                self._last_message = time.monotonic()
        except errors.CloseError as closed:
            logger.info("%s", printable(str(closed), None))
            return self._input_failed_or(exit_code(closed))
        except OutputError as failed:
            client.close(1000, "EOF")
            return output_failed(failed)
        except KeyboardInterrupt as interrupt:
            if client.open:
                logger.info("Interrupted: closing the connection; Ctrl+C again ends the program at once")
                client.close(1000, "interrupted")
            client.abort()  # does nothing after close(); ends a closing handshake that the interrupt came into
            return code_of(interrupt)
        finally:
            self._ended.set()
        if client.connection.outcome is not None:  # our close frame was not answered
            logger.warning("%s", printable(str(client.connection.outcome), None))
        logger.info(
            "Client closed connection with code %s: %s", client.close_code, printable(client.close_reason or "")
        )
        return self._input_failed_or(OK)

    def _input_failed_or(self, code: int) -> int:
        return code if self._input_error is None else INPUT_OUTPUT

    def _send_lines(self) -> None:
        """Send lines until standard input ends, wait until no more messages come, and close.

        The second thread runs this.
        """
        client = self._client
        try:
            try:
                for line in lines_of(descriptor_of(sys.stdin)):
                    logger.debug("websocket write: %r", line)
                    client.send(line)
            except errors.Error:
                raise
            except OSError as error:  # a directory, a terminal that was closed
                self._input_error = error
                logger.error(
                    "cannot read standard input: %s; redirect it from a file or a pipe, or use -n", error.strerror
                )
            else:
                self._wait_until_quiet()
            if not self._ended.is_set():
                logger.debug("websocket close: EOF")
                client.close(1000, "EOF")
        except errors.Error as error:
            # The connection has ended, which the main thread reports.
            logger.debug("%s", error)

    def _wait_until_quiet(self) -> None:
        """Return when no message has come for ``quiet`` seconds, or when the connection has ended."""
        if self._quiet is None:
            self._ended.wait()
            return
        since = time.monotonic()
        received = self._client.connection.wire_bytes[1]
        while (left := max(self._last_message, since) + self._quiet - time.monotonic()) > 0:
            if self._ended.wait(left):
                return
            now = self._client.connection.wire_bytes[1]
            if now - received >= _PART_OF_MESSAGE:  # a long message is coming in
                since = time.monotonic()
            received = now
        if self._quiet and not self._printed:
            logger.info(
                "no message came within %g s after the end of input; -w SECONDS waits longer, --no-close without limit",
                self._quiet,
            )

    def _watch_output(self) -> None:
        """Close as soon as nobody reads our output any more, also if no message comes. The third thread runs this."""
        descriptor, poll = descriptor_of(sys.stdout), getattr(select, "poll", None)
        if descriptor is None or poll is None:
            return
        poller = poll()
        poller.register(descriptor, 0)  # poll(2) always reports POLLERR and POLLHUP; for a file neither happens
        while not self._ended.is_set():
            if poller.poll(_POLL_INTERVAL):
                self._client.close(1000, "EOF")
                return
