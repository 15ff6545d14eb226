"""The command line: ``kontena-ws URL`` (the gem's echo client), and ``kontena-ws cert``, ``record``, ``demo``.

Messages go to standard output, everything else to standard error through `logging`, at the levels of the gem's echo
client. If a standard stream does not work (closed, disk full, broken pipe), one line says so, and no message is lost
without one. Three threads: the main thread reads messages, the second reads standard input, the third notices when
nobody reads standard output any more.
"""

from __future__ import annotations

import argparse
import contextlib
import errno
import io
import json
import logging
import os
import re
import select
import signal
import sys
import threading
import time
from collections.abc import Callable, Iterator, Sequence
from types import FrameType
from typing import TYPE_CHECKING, Any, NoReturn, TypeVar

from . import __version__, errors
from .options import INSECURE, Options
from .redaction.headers import redact_url
from .redaction.invalid import did_you_mean, quoted_if_harmless
from .redaction.payloads import mask, mask_bytes
from .redaction.prompt import fill_in
from .redaction.text import printable, quoted, safe_message
from .tls.errors import SSLConnectError, SSLVerifyError

if TYPE_CHECKING:
    from .connection.client import Client
    from .session.session import Session

logger = logging.getLogger("kontena-ws")

_N = TypeVar("_N", int, float)

#: Exit codes; 64, 65 and 74 are from sysexits.h, 130 is what shells report for a program that SIGINT ended.
OK, CLOSED, NO_TLS, NO_CONNECTION, REFUSED, USAGE, DATA, INPUT_OUTPUT, INTERRUPTED = 0, 1, 2, 3, 4, 64, 65, 74, 130

#: After the end of input: seconds without a message before we close. Most servers answer within a second; later answers
#: are lost.
QUIET = 2.0
#: Seconds to wait for the server's close frame; shorter than the gem's, because a person or script waits for the
#: program to end.
_CLOSE_TIMEOUT = 10.0
#: This many bytes are more than a few control frames (at most 125 bytes of payload each, RFC 6455 section 5.5), so part
#: of a message has come.
_PART_OF_MESSAGE = 1024
#: Milliseconds between two checks of whether anybody still reads our output.
_POLL_INTERVAL = 200

#: Options about a session's log, which the command line does not have.
_OF_A_LOG = frozenset({"max_bytes", "max_messages", "on_full", "record"})

_EPILOG = """\
other commands:
  kontena-ws cert URL         show the server's certificate and whether it is good
  kontena-ws record URL FILE  record what comes to a SQLite file
  kontena-ws convert A B      write a file of messages in another format: HAR, JSON Lines, Parquet …
  kontena-ws replay FILE      play a capture back as a server
  kontena-ws demo [FOLDER]    open the quickstart in JupyterLab
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

Each message is printed on a line: text as it is, binary as hexadecimal. Characters that the output's encoding does not
have are written as escapes (\\u20ac). Known secrets are masked.
"""

_CERT_EPILOG = """\
exit codes:
  0    the certificate is good
  1    the certificate is bad; it is shown anyway
  2    no TLS
  3    no connection
  64   wrong arguments
  74   standard output cannot be written
"""

_REPLAY_EPILOG = """\
It prints its URL. Each client gets the next recorded connection, of the path it asks for if there is one.

exit codes:
  0    it ended
  1    with --wait or --strict: a client sent something else than was recorded
  64   wrong arguments
  65   FILE is no file of messages
  74   FILE cannot be read
"""


_RECORD_EPILOG = """\
FILE is added to when it exists. Known secrets are masked in it.

exit codes:
  0    interrupted (Ctrl+C), or the server closed with 1000 or 1001
  1    the server closed with another code, or the connection was lost
  3    no connection
  4    the server's certificate was refused
  64   wrong arguments, or FILE is no recording
  74   FILE cannot be written, or not all of what came is in it
"""

_CONVERT_EPILOG = """\
The suffix of B says its format; what A is, its content says. What the format of B cannot hold is said.

exit codes:
  0    B was written
  64   wrong arguments
  65   A is no file of messages, or B cannot be written in this format
  74   A cannot be read, or B cannot be written (not there, no permission, disk full)
  130  interrupted; B is as it was
"""

#: Errors of argparse that do not quote an argument. All others are replaced, because an argument may be a misplaced
#: secret.
_SAFE_ERRORS = re.compile(
    r"the following arguments are required: \w+|argument [-\w/]+: (expected (one|at least one) argument|not allowed with argument [-\w/]+"
    rf"|expected (seconds|a number that is not negative|a whole number|a whole number or '{INSECURE}'), got .+)"
)


class _OutputError(Exception):
    """Standard output cannot be written; the cause is the `OSError`."""


class _Parser(argparse.ArgumentParser):
    def _print_message(self, message: str, file: Any = None) -> None:
        # argparse's own method ignores an OSError.
        if file is not None and file is sys.stderr:
            super()._print_message(message, file)
        else:
            _write_out(message)

    def error(self, message: str) -> NoReturn:
        """Exit with an error that quotes no argument, only option names. Called by argparse."""
        if _SAFE_ERRORS.fullmatch(message):
            self.refuse(message)
        if ignored := re.match(r"(argument [-\w/]+): ignored explicit argument", message):
            self.refuse(f"{ignored[1]}: takes no value")
        unknown = [
            name
            for word in message.split()
            if (name := word.partition("=")[0]) and re.fullmatch("-[A-Za-z]|--[a-z][-a-z]*", name)
        ]
        if "ambiguous" in message:
            self.refuse(f"{unknown[0]} is ambiguous: {', '.join(unknown[1:])}")
        known = [name for action in self._actions for name in action.option_strings]
        meant = "".join(
            f"; {quoted(name, 30)} is not an option{did_you_mean(name, known)}" for name in unknown if name not in known
        )
        self.refuse(f"expected one URL, but there are more arguments (a value with spaces needs quotes){meant}")

    def refuse(self, message: str) -> NoReturn:
        """Print an error and exit with 64 (EX_USAGE of sysexits.h): argparse's 2 means "no TLS" here."""
        self.print_usage(sys.stderr)
        self.exit(USAGE, f"{self.prog}: {safe_message(message)}\n")


def _seconds(text: str) -> float:
    return _number(text, float, "seconds")


def _speed(text: str) -> float:
    speed = _number(text, float, "a number that is not negative")
    if not speed >= 0:
        raise argparse.ArgumentTypeError(f"expected a number that is not negative, got {quoted_if_harmless(text)}")
    return speed


def _quiet(text: str) -> float:
    seconds = _seconds(text)
    if not 0 <= seconds <= threading.TIMEOUT_MAX:
        raise argparse.ArgumentTypeError(f"expected seconds, got {quoted_if_harmless(text)}")
    return seconds


def _whole(text: str) -> int:
    return _number(text, int, "a whole number")


def _redirects(text: str) -> int | str:
    return text if text == INSECURE else _number(text, int, f"a whole number or {INSECURE!r}")


def _number(text: str, kind: Callable[[str], _N], what: str) -> _N:
    with contextlib.suppress(ValueError):
        return kind(text)
    raise argparse.ArgumentTypeError(f"expected {what}, got {quoted_if_harmless(text)}")


def main(arguments: Sequence[str] | None = None) -> int:
    """Run a command line.

    Parameters
    ----------
    arguments : sequence of str, optional
        Without the program's name; `sys.argv` when left out.

    Returns
    -------
    int
        The exit code.
    """
    words = list(sys.argv[1:] if arguments is None else arguments)
    commands = {"cert": _cert, "convert": _convert, "demo": _demo, "record": _record, "replay": _replay}
    run = commands.get(words[0]) if words else None
    handler = logging.StreamHandler()
    handler.setFormatter(logging.Formatter("%(levelname)s: %(message)s"))
    logger.addHandler(handler)
    logger.propagate = False
    _open_closed_streams()
    if isinstance(sys.stdout, io.TextIOWrapper):
        sys.stdout.reconfigure(errors="backslashreplace")  # for what the terminal's encoding does not have
    try:
        return run(words[1:]) if run else _echo(words)
    except errors.Error as error:
        logger.error("%s", printable(str(error), None, multiline=True))
        return _exit_code(error)
    except _OutputError as failed:
        return _output_failed(failed)
    except KeyboardInterrupt:
        return INTERRUPTED
    finally:
        logger.removeHandler(handler)


# --- the standard streams --------------------------------------------------------------------------------------------


def _open_closed_streams(last: int = 2) -> None:
    """Open /dev/null for each closed standard stream: otherwise the next socket would get its file descriptor."""
    while (descriptor := os.open(os.devnull, os.O_RDWR)) <= last:
        pass
    os.close(descriptor)


def _descriptor(stream: Any) -> int | None:
    """Get the file descriptor of a standard stream; None when it is closed (then Python sets ``sys.stdout`` to None)."""
    with contextlib.suppress(AttributeError, OSError, ValueError):
        return int(stream.fileno())
    return None


def _write_out(text: str) -> None:
    """Write to standard output and flush.

    Raises
    ------
    _OutputError
        Standard output cannot be written.
    """
    out = sys.stdout
    try:
        if out is None:
            raise OSError(errno.EBADF, "it is closed")
        out.write(text)
        out.flush()
    except (
        KeyboardInterrupt
    ):  # the reader of the pipe may be stuck, and then the interpreter's flush at exit would block too
        _discard_output()
        raise
    except OSError as error:
        _discard_output()
        raise _OutputError from error


def _say(line: str) -> None:
    _write_out(line + "\n")


def _discard_output() -> None:
    """Redirect standard output to /dev/null, so that the interpreter's flush at exit does not fail."""
    descriptor = _descriptor(sys.stdout)
    if descriptor is not None:
        null = os.open(os.devnull, os.O_WRONLY)
        os.dup2(null, descriptor)
        os.close(null)


def _output_failed(failed: _OutputError) -> int:
    """Say why standard output cannot be written, and choose the exit code. A broken pipe is not a failure."""
    cause = failed.__cause__
    if isinstance(cause, BrokenPipeError):
        return OK
    why = cause.strerror if isinstance(cause, OSError) else None
    logger.error(
        "cannot write to standard output: %s; messages from here on are lost. Redirect it to a writable file or /dev/null",
        why,
    )
    return INPUT_OUTPUT


def _exit_code(error: errors.Error) -> int:
    """Choose the exit code of an error."""
    if isinstance(error, SSLVerifyError):
        return REFUSED
    if isinstance(error, errors.CloseError):
        return OK if error.code in (1000, 1001) else CLOSED
    if isinstance(error, errors.TimeoutError):
        return NO_CONNECTION if error.phase in ("connect", "open") else CLOSED
    refused_upgrade = isinstance(error, errors.ProtocolError) and error.close_code is None
    return NO_CONNECTION if refused_upgrade or isinstance(error, errors.ConnectError) else CLOSED


# --- kontena-ws URL --------------------------------------------------------------------------------------------------


def _echo(arguments: Sequence[str]) -> int:
    parser = _parser(
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
        type=_quiet,
        default=QUIET,
        metavar="SECONDS",
        help=f"after the end of input, close when no message has come for this long; 0 closes at once (default: {QUIET:g})",
    )
    parser.add_argument("--no-close", action="store_true", help="after the end of input, run until the server closes")
    parser.add_argument("-v", "--verbose", action="store_true", help="log every message")
    parser.add_argument(
        "url", metavar="URL", nargs="?", default=os.environ.get("WEBSOCKET_URL"), help="default: $WEBSOCKET_URL"
    )
    parsed, options = _parse(parser, arguments)
    if not parsed.url:
        parser.refuse(
            "a URL is missing; pass one or set WEBSOCKET_URL. To try it without a server: kontena-ws demo/ticker"
        )
    logger.setLevel(logging.DEBUG if parsed.verbose else logging.INFO)
    _write_out("")  # fails before anything is sent, if answers could not be written
    address = _address(parser, parsed.url)
    logger.info("Connecting to %s...", redact_url(address))
    with _Interrupts(), _connected(parser, address, options) as client:
        return _Echo(client, quiet=None if parsed.no_close else parsed.wait).run(
            redact_url(address), read_input=not parsed.no_input
        )


class _Interrupts:
    """Handles SIGINT while the echo client runs: the first raises KeyboardInterrupt, a second ends the process at once."""

    #: Replaced in tests.
    leave: Callable[[int], object] = staticmethod(os._exit)

    def __enter__(self) -> None:
        self._before = signal.getsignal(signal.SIGINT)
        self._came = False
        # An ignored SIGINT (nohup, a shell's background job) stays ignored. Only the main thread may set handlers.
        self._ours = callable(self._before) and threading.current_thread() is threading.main_thread()
        if self._ours:
            signal.signal(signal.SIGINT, self._interrupted)

    def _interrupted(self, number: int, frame: FrameType | None) -> None:
        if self._came:
            self.leave(INTERRUPTED)
        self._came = True
        raise KeyboardInterrupt

    def __exit__(self, *exc: object) -> None:
        if self._ours:
            signal.signal(signal.SIGINT, self._before)


class _Echo:
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
            _report_tls(client, url)
            if read_input:
                threading.Thread(target=self._send_lines, name="kontena-ws-stdin", daemon=True).start()
            threading.Thread(target=self._watch_output, name="kontena-ws-stdout", daemon=True).start()
            for message in client:
                logger.debug("websocket read: %r", message)
                _print(message)
                self._printed += 1
                self._last_message = time.monotonic()
        except errors.CloseError as closed:
            logger.info("%s", printable(str(closed), None))
            return self._input_failed_or(_exit_code(closed))
        except _OutputError as failed:
            client.close(1000, "EOF")
            return _output_failed(failed)
        except KeyboardInterrupt:
            if client.open:
                logger.info("Interrupted: closing the connection; Ctrl+C again ends the program at once")
                client.close(1000, "interrupted")
            client.abort()  # does nothing after close(); ends a closing handshake that the interrupt came into
            return INTERRUPTED
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
                for line in _lines(_descriptor(sys.stdin)):
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
        descriptor, poll = _descriptor(sys.stdout), getattr(select, "poll", None)
        if descriptor is None or poll is None:
            return
        poller = poll()
        poller.register(descriptor, 0)  # poll(2) always reports POLLERR and POLLHUP; for a file neither happens
        while not self._ended.is_set():
            if poller.poll(_POLL_INTERVAL):
                self._client.close(1000, "EOF")
                return


def _connected(parser: _Parser, address: str, options: dict[str, Any]) -> Client:
    from .connection.client import Client

    try:
        return Client.connect(address, Options(close_timeout=_CLOSE_TIMEOUT), **options)
    except ValueError as error:  # not a WebSocket URL
        parser.refuse(str(error))


def _report_tls(client: Client, url: str) -> None:
    """Log one of the gem's five lines about TLS, with its text and level."""
    error, certificate = None, None
    if client.ssl:
        try:
            certificate = client.verify_ssl_cert()
        except SSLVerifyError as refused:
            error, certificate = refused, refused.cert
    subject = printable(f"{certificate.subject}", 300) if certificate else ""
    issuer = printable(f"{certificate.issuer}", 300) if certificate else ""
    if error:
        who = f" (subject {subject}, issuer {issuer})" if certificate else ""
        logger.warning("Connected to %s with ssl errors: %s (code %s)%s", url, error.reason, error.verify_code, who)
    elif certificate and not client.ssl_verify:
        logger.warning("Connected to %s without ssl verify: %s (issuer %s)", url, subject, issuer)
    elif certificate:
        logger.info("Connected to %s with ssl verify: %s (issuer %s)", url, subject, issuer)
    else:
        logger.info("Connected to %s without ssl", url)


def _lines(descriptor: int | None) -> Iterator[str]:
    """Read lines of UTF-8; none if the descriptor is None.

    Raises
    ------
    OSError
        Standard input cannot be read.
    """
    # os.read instead of sys.stdin: a daemon thread in a buffered read would hold the buffer's lock when the interpreter
    # shuts down.
    pieces: list[bytes] = []
    number = 0
    while chunk := b"" if descriptor is None else os.read(descriptor, 65536):
        first, *others = chunk.split(b"\n")
        pieces.append(first)
        for other in others:
            number += 1
            yield _text(b"".join(pieces).removesuffix(b"\r"), number)
            pieces = [other]
    if rest := b"".join(pieces):
        yield _text(rest, number + 1)


def _text(line: bytes, number: int) -> str:
    try:
        return line.decode()
    except UnicodeDecodeError as error:
        logger.warning(
            "line %d of the input is not UTF-8 (byte %d), but text messages must be (RFC 6455 section 5.6): U+FFFD is sent"
            " instead of the invalid bytes; iconv -t UTF-8 converts the input",
            number,
            error.start + 1,
        )
        return line.decode(errors="replace")


def _print(message: str | bytes) -> None:
    """Print a message on a line: text as it is (escaped and shortened on a terminal), binary as hexadecimal; secrets masked."""
    text = mask_bytes(message).hex(" ") if isinstance(message, bytes) else mask(message)
    if sys.stdout.isatty():
        text = printable(text, 20_000)
    _say(text)


# --- kontena-ws cert -------------------------------------------------------------------------------------------------


def _cert(arguments: Sequence[str]) -> int:
    parser = _parser("kontena-ws cert", "Show a server's certificate, its chain and whether it is good.", _CERT_EPILOG)
    form = parser.add_mutually_exclusive_group()
    form.add_argument("--json", action="store_true", help="every field, as JSON")
    form.add_argument("--pem", action="store_true", help="the chain the server sent, as PEM")
    parser.add_argument("url", metavar="URL", help="wss://host[:port], or just host[:port]")
    parsed, options = _parse(parser, arguments)
    from .api import certificate
    from .render import bundle

    address = parsed.url if "://" in parsed.url else _address(parser, parsed.url)
    if address.startswith("ws://"):
        logger.error("%s: ws:// has no TLS, so there is no certificate; try wss://", redact_url(address))
        return NO_TLS
    try:
        leaf = certificate(address, **options)
    except ValueError as error:
        parser.refuse(str(error))
    except SSLConnectError as error:
        logger.error("%s", printable(str(error), None))
        # Without a URL it is not about the server: a CA file or client certificate in the options cannot be used.
        return NO_TLS if error.url else USAGE
    verdict = leaf.verdict
    good = verdict is not None and verdict.ok
    if parsed.pem:
        _write_out(leaf.chain.pem)
        if not good:
            logger.warning("%s", verdict.summary if verdict else "not verified")
    elif parsed.json:
        _say(json.dumps(leaf.chain.to_dict(), indent=2, default=str))
    else:
        _say(bundle(leaf)["text/plain"])
    return OK if good else CLOSED


# --- kontena-ws record -----------------------------------------------------------------------------------------------


def _record(arguments: Sequence[str]) -> int:
    parser = _parser(
        "kontena-ws record",
        "Record what a WebSocket server sends to a SQLite file, until it closes or Ctrl+C is typed.",
        _RECORD_EPILOG,
    )
    parser.add_argument("--secrets", action="store_true", help="do not mask secrets in the file")
    parser.add_argument("url", metavar="URL")
    parser.add_argument("file", metavar="FILE")
    parsed, options = _parse(parser, arguments)
    from .api import connect

    logger.setLevel(logging.INFO)
    address = _address(parser, parsed.url)
    logger.info("Connecting to %s...", redact_url(address))
    options = {"close_timeout": _CLOSE_TIMEOUT, **options, "record": parsed.file, "record_secrets": parsed.secrets}
    with _Interrupts():
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
        _report_tls(session.client, url)
        session.messages.wait_for(lambda: session.state == "closed")
    except KeyboardInterrupt:
        logger.info("Interrupted: closing the connection; Ctrl+C again ends the program at once")
        session.close(1000, "interrupted")
    recorder.wait()
    stats = session.stats
    _say(f"{stats.received_messages:,} messages received; {recorder.rows:,} rows written to {printable(recorder.path)}")
    if recorder.lost:
        logger.error("%s rows are lost: they came faster than they could be written", f"{recorder.lost:,}")
    if recorder.error is not None:
        logger.error("not all is in the file: %s", printable(recorder.error, None))
    if recorder.lost or recorder.error is not None:
        return INPUT_OUTPUT
    if isinstance(session.error, errors.Error):
        logger.info("%s", printable(str(session.error), None))
        return _exit_code(session.error)
    return OK


# --- kontena-ws convert ----------------------------------------------------------------------------------------------


def _convert(arguments: Sequence[str]) -> int:
    from .api import load, save
    from .captures.formats import FORMATS

    known = "".join(f"\n  {one.name:<20} {' '.join(one.suffixes)}" for one in FORMATS if one.suffixes)
    parser = _Parser(
        prog="kontena-ws convert",
        description="Write a file of WebSocket messages in another format, so that another tool opens it.",
        epilog=f"formats:{known}\n\n{_CONVERT_EPILOG}",
        formatter_class=argparse.RawDescriptionHelpFormatter,
    )
    parser.add_argument("source", metavar="A", help="the file to read")
    parser.add_argument("target", metavar="B", help="the file to write; one of that name is replaced")
    parser.add_argument("--keylog", metavar="FILE", help="the keys of the TLS connections in A (SSLKEYLOGFILE)")
    parser.add_argument("--secrets", action="store_true", help="do not mask what may be a secret")
    parsed = parser.parse_args(arguments)
    try:
        capture = load(parsed.source, parsed.keylog)
        saved = save(capture, parsed.target, secrets=parsed.secrets)
    except errors.CaptureError as error:
        logger.error("%s", printable(str(error), None))
        return DATA
    except (OSError, ImportError) as error:
        logger.error("%s", printable(str(error), 500))
        return INPUT_OUTPUT if isinstance(error, OSError) else DATA
    _say(str(saved))
    return OK


# --- kontena-ws demo -------------------------------------------------------------------------------------------------


def _demo(arguments: Sequence[str]) -> int:
    from .demo import lab
    from .demo.endpoints import catalogue

    parser = _Parser(
        prog="kontena-ws demo",
        description="Open the quickstart notebook in JupyterLab, on loopback.",
        epilog=f"'kontena-ws demo/NAME' and '%ws_connect demo/NAME' connect to a demo server:\n{catalogue()}",
        formatter_class=argparse.RawDescriptionHelpFormatter,
    )
    parser.add_argument("folder", metavar="FOLDER", nargs="?", help="working folder; a new temporary one by default")
    parser.add_argument("--port", type=_whole, help="port of JupyterLab; a free one by default")
    parser.add_argument("--no-browser", action="store_true", help="only print the URL")
    parsed = parser.parse_args(arguments)
    return lab.run(parsed.folder, port=parsed.port, browser=not parsed.no_browser, say=_say)


# --- kontena-ws replay -----------------------------------------------------------------------------------------------


def _replay(arguments: Sequence[str]) -> int:
    parser = _Parser(
        prog="kontena-ws replay",
        description="Play a capture back as a WebSocket server on loopback, until Ctrl+C.",
        epilog=_REPLAY_EPILOG,
        formatter_class=argparse.RawDescriptionHelpFormatter,
    )
    parser.add_argument("file", metavar="FILE", help="HAR, mitmproxy flows, JSON Lines … or a recording of ours")
    parser.add_argument(
        "--speed", type=_speed, default=1.0, metavar="N", help="1 as recorded (the default), inf at once"
    )
    parser.add_argument("--wait", action="store_true", help="wait until a client sends what was recorded")
    parser.add_argument("--strict", action="store_true", help="close a client that sends something else (1008)")
    parser.add_argument("--ignore", action="append", default=[], metavar="PATH", help="$.path whose value may differ")
    parser.add_argument("--session", metavar="NAME", help="one of several sessions in the file")
    parser.add_argument(
        "--host", default="127.0.0.1", metavar="ADDRESS", help="address to listen on (default: 127.0.0.1)"
    )
    parser.add_argument("--port", type=_whole, default=0, metavar="PORT", help="port; a free one by default")
    parsed = parser.parse_args(arguments)
    from .api import replay

    options = {name: value for name, value in vars(parsed).items() if name != "file"}
    try:
        server = replay(parsed.file, **options)
    except (errors.CaptureError, OSError, ImportError) as error:
        logger.error("%s", printable(str(error), None))
        return INPUT_OUTPUT if isinstance(error, OSError) else DATA
    except ValueError as error:
        parser.refuse(str(error))
    with server:
        _say(server.url)
        logger.info("%r; Ctrl+C ends it", server)
        with contextlib.suppress(KeyboardInterrupt):
            threading.Event().wait()
    for mismatch in server.mismatches:
        logger.warning("%s", printable(str(mismatch), None, multiline=True))
    return CLOSED if server.mismatches and (parsed.wait or parsed.strict) else OK


# --- options ---------------------------------------------------------------------------------------------------------


def _address(parser: _Parser, target: str) -> str:
    from . import demo

    try:
        return demo.resolve(target) or target
    except ValueError as error:  # a mistyped endpoint
        parser.refuse(str(error))


def _parser(prog: str, description: str, epilog: str) -> _Parser:
    """Make a parser with every option of `Options.table` that has a flag."""
    parser = _Parser(
        prog=prog, description=description, epilog=epilog, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    group = parser.add_argument_group("connection options")
    for row in Options.table():
        flags, _, negative = row["flag"].partition(", ")
        if not flags or row["name"] in _OF_A_LOG:
            continue
        default = "" if row["default"] in ("–", "None", "True", "False") else f" (default: {row['default']})"
        how: dict[str, Any] = {
            "dest": row["name"],
            "default": argparse.SUPPRESS,
            "help": (row["help"] + default).replace("%", "%%"),
        }
        if row["type"] == "bool":
            if row["default"] == "True":
                how |= {"action": "store_false", "help": "do not " + how["help"]}
            else:
                how |= {"action": "store_true"}
            group.add_argument(*flags.split(), **how)
            continue
        if row["type"].startswith("tuple"):
            how["action"] = "append"
        elif "float" in row["type"] or "int" in row["type"]:
            how["type"] = _redirects if row["name"] == "redirects" else _seconds if "float" in row["type"] else _whole
        group.add_argument(*flags.split(), metavar=row["metavar"], **how)
        if negative:
            group.add_argument(
                negative, dest=row["name"], action="store_const", const=None, default=argparse.SUPPRESS, help="never"
            )
    return parser


def _parse(parser: _Parser, arguments: Sequence[str]) -> tuple[argparse.Namespace, dict[str, Any]]:
    """Parse arguments, and return the connection options separately. Invalid options exit like invalid arguments."""
    parsed = parser.parse_args(arguments)
    names = [row["name"] for row in Options.table()]
    options = {name: value for name, value in vars(parsed).items() if name in names}
    if "cookies" in options:
        options["cookies"] = "; ".join(options["cookies"])
    if "resolve" in options:
        options["resolve"] = [tuple(item.partition(":")[::2]) for item in options["resolve"]]
    try:
        options = fill_in(options)
    except EOFError:
        parser.refuse("a secret has to be typed, but standard input has ended")
    try:
        Options.of(**options)
    except (ValueError, TypeError) as error:
        parser.refuse(str(error))
    return parsed, options
