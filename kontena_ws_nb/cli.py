"""The command line: ``kontena-ws URL`` (the gem's echo client), ``kontena-ws cert URL``, ``kontena-ws demo``.

What lives here: arguments, exit codes, what is printed where. Messages go to standard output, everything said about
them to standard error, through `logging` at the levels of the gem's echo client. The main thread reads messages; a
second one reads standard input.
"""

from __future__ import annotations

import argparse
import contextlib
import json
import logging
import os
import re
import sys
import threading
from collections.abc import Callable, Iterator, Sequence
from typing import TYPE_CHECKING, Any, NoReturn, TypeVar

from . import __version__, errors
from .options import INSECURE, Options
from .redaction.headers import redact_url
from .redaction.payloads import mask, mask_bytes
from .redaction.prompt import fill_in
from .redaction.refused import brief, near
from .redaction.text import printable, quoted, said
from .tls.errors import SSLConnectError, SSLVerifyError

if TYPE_CHECKING:
    from .connection.client import Client

logger = logging.getLogger("kontena-ws")

_N = TypeVar("_N", int, float)

#: Exit codes.
OK, CLOSED, NO_TLS, NO_CONNECTION, REFUSED, USAGE, INTERRUPTED = 0, 1, 2, 3, 4, 64, 130

#: Options of a session's log, which the command line has not.
_OF_A_LOG = frozenset({"max_bytes", "max_messages", "on_full"})

_EPILOG = """\
other commands:
  kontena-ws cert URL       show the server's certificate and whether it is good
  kontena-ws demo [FOLDER]  open the quickstart in JupyterLab
  kontena-ws --help, kontena-ws cert --help, kontena-ws demo --help

URL may be demo, demo/ticker, demo+tls …: a server in this very process, to try things on.

exit codes:
  0    the connection was closed by us, or by the server with 1000 or 1001
  1    the server closed with another code, or the connection was lost
  3    no connection: name, address, proxy, TLS or HTTP said no
  4    the server's certificate was refused
  64   wrong arguments
  130  interrupted
"""

_CERT_EPILOG = """\
exit codes:
  0    the certificate is good
  1    the certificate is bad; it is shown all the same
  2    there is no TLS
  3    no connection
  64   wrong arguments
"""


#: What argparse says without quoting what was typed. Everything else that it may say is worded anew: an argument may be
#: a secret in the wrong place.
_NAMED = re.compile(
    r"the following arguments are required: \w+|argument [-\w/]+: (expected (one|at least one) argument|not allowed with argument [-\w/]+"
    rf"|expected (seconds|a whole number|a whole number or '{INSECURE}'), got .+)"
)


class _Parser(argparse.ArgumentParser):
    def error(self, message: str) -> NoReturn:
        """Refuse what argparse refuses, in words that show none of it."""
        if _NAMED.fullmatch(message):
            self.refuse(message)
        if ignored := re.match(r"(argument [-\w/]+): ignored explicit argument", message):
            self.refuse(f"{ignored[1]}: takes no value")
        unknown = [
            name
            for word in message.split()
            if (name := word.partition("=")[0]) and re.fullmatch("-[A-Za-z]|--[a-z][-a-z]*", name)
        ]
        if "ambiguous" in message:
            self.refuse(f"{unknown[0]} may be {', '.join(unknown[1:])}: write more of it")
        known = [name for action in self._actions for name in action.option_strings]
        meant = "".join(
            f"; {quoted(name, 30)} is no option{near(name, known)}" for name in unknown if name not in known
        )
        self.refuse(f"one URL, please; something else is left over (a value that holds spaces needs quotes){meant}")

    def refuse(self, message: str) -> NoReturn:
        """End the program."""
        # argparse exits with 2, which means "no TLS" here (EX_USAGE of sysexits.h is 64).
        self.print_usage(sys.stderr)
        self.exit(USAGE, f"{self.prog}: {said(message)}\n")


def _seconds(text: str) -> float:
    return _number(text, float, "seconds")


def _whole(text: str) -> int:
    return _number(text, int, "a whole number")


def _redirects(text: str) -> int | str:
    return text if text == INSECURE else _number(text, int, f"a whole number or {INSECURE!r}")


def _number(text: str, kind: Callable[[str], _N], what: str) -> _N:
    with contextlib.suppress(ValueError):
        return kind(text)
    raise argparse.ArgumentTypeError(f"expected {what}, got {brief(text)}")


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
    given = list(sys.argv[1:] if arguments is None else arguments)
    commands = {"cert": _cert, "demo": _demo}
    run = commands.get(given[0]) if given else None
    handler = logging.StreamHandler()
    handler.setFormatter(logging.Formatter("%(levelname)s: %(message)s"))
    logger.addHandler(handler)
    logger.propagate = False
    try:
        return run(given[1:]) if run else _echo(given)
    except errors.Error as error:
        logger.error("%s", printable(str(error), None, multiline=True))
        return _exit_code(error)
    except KeyboardInterrupt:
        return INTERRUPTED
    finally:
        logger.removeHandler(handler)


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
        "kontena-ws", "Send lines of standard input to a WebSocket server and print the messages that come.", _EPILOG
    )
    parser.add_argument("--version", action="version", version=__version__)
    parser.add_argument(
        "-n", "--no-input", action="store_true", help="read no standard input; stay until the server closes"
    )
    parser.add_argument(
        "-w",
        "--wait",
        type=_seconds,
        default=0.5,
        metavar="SECONDS",
        help="after the end of input, wait for answers before closing (default: 0.5)",
    )
    parser.add_argument("-v", "--verbose", action="store_true", help="log every message")
    parser.add_argument(
        "url", metavar="URL", nargs="?", default=os.environ.get("WEBSOCKET_URL"), help="default: $WEBSOCKET_URL"
    )
    given, options = _parse(parser, arguments)
    if not given.url:
        parser.refuse("give a URL, or set WEBSOCKET_URL; 'kontena-ws demo/ticker' needs no server of yours")
    logger.setLevel(logging.DEBUG if given.verbose else logging.INFO)
    address = _address(given.url)
    logger.info("Connecting to %s...", redact_url(address))
    ended = threading.Event()
    with _connected(parser, address, options) as client:
        _report_tls(client, redact_url(address))
        if not given.no_input:
            what = (client, sys.stdin.fileno(), ended, given.wait)
            threading.Thread(target=_write, args=what, name="kontena-ws-stdin", daemon=True).start()
        try:
            for message in client:
                logger.debug("websocket read: %r", message)
                _print(message)
        except errors.CloseError as closed:
            logger.info("%s", printable(str(closed), None))
            return _exit_code(closed)
        except KeyboardInterrupt:
            client.close(1000, "interrupted")
            return INTERRUPTED
        except BrokenPipeError:  # whoever read our output has enough
            client.close(1000, "EOF")
            _discard_output()
            return OK
        finally:
            ended.set()
        logger.info(
            "Client closed connection with code %s: %s", client.close_code, printable(client.close_reason or "")
        )
    return OK


def _connected(parser: _Parser, address: str, options: dict[str, Any]) -> Client:
    from .connection.client import Client

    try:
        return Client.connect(address, **options)
    except ValueError as error:  # no WebSocket address at all
        parser.refuse(str(error))


def _report_tls(client: Client, url: str) -> None:
    """Say which of the gem's situations this connection is in, in its words and at its levels."""
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


def _write(client: Client, descriptor: int, ended: threading.Event, wait: float) -> None:
    """Send lines until standard input ends, wait for answers, close; the body of the second thread."""
    try:
        for line in _lines(descriptor):
            logger.debug("websocket write: %r", line)
            client.send(line)
        # A server may answer a close frame before it has looked at the messages in front of it: give it a moment.
        ended.wait(wait)
        logger.debug("websocket close: EOF")
        client.close(1000, "EOF")
    except errors.Error as error:
        # The connection is gone; the main thread has said so, or is about to.
        logger.debug("%s", error)


def _lines(descriptor: int) -> Iterator[str]:
    # os.read instead of sys.stdin: a daemon thread inside a buffered reader holds its lock when the interpreter goes
    # down.
    rest = b""
    while chunk := os.read(descriptor, 65536):
        *lines, rest = (rest + chunk).split(b"\n")
        for line in lines:
            yield line.removesuffix(b"\r").decode(errors="replace")
    if rest:
        yield rest.decode(errors="replace")


def _print(message: str | bytes) -> None:
    """Print a message, a line each: text as it is (made harmless on a terminal), binary as hexadecimal; secrets masked."""
    text = mask_bytes(message).hex(" ") if isinstance(message, bytes) else mask(message)
    if sys.stdout.isatty():
        text = printable(text, 20_000)
    print(text, flush=True)


def _discard_output() -> None:
    # Else the interpreter complains, at its end, that it cannot flush.
    null = os.open(os.devnull, os.O_WRONLY)
    os.dup2(null, sys.stdout.fileno())
    os.close(null)


# --- kontena-ws cert -------------------------------------------------------------------------------------------------


def _cert(arguments: Sequence[str]) -> int:
    parser = _parser("kontena-ws cert", "Show a server's certificate, its chain and whether it is good.", _CERT_EPILOG)
    form = parser.add_mutually_exclusive_group()
    form.add_argument("--json", action="store_true", help="every field, as JSON")
    form.add_argument("--pem", action="store_true", help="the chain the server sent, as PEM")
    parser.add_argument("url", metavar="URL", help="wss://host[:port], or just host[:port]")
    given, options = _parse(parser, arguments)
    from .api import certificate
    from .render import bundle

    address = given.url if "://" in given.url else _address(given.url)
    if address.startswith("ws://"):
        logger.error(
            "%s: ws:// has no TLS, so there is no certificate; is there a wss:// address?", redact_url(address)
        )
        return NO_TLS
    try:
        leaf = certificate(address, **options)
    except ValueError as error:
        parser.refuse(str(error))
    except SSLConnectError as error:
        logger.error("%s", printable(str(error), None))
        # Without a URL it is not about the server: a store or a client certificate that was named cannot be used.
        return NO_TLS if error.url else USAGE
    verdict = leaf.verdict
    good = verdict is not None and verdict.ok
    if given.pem:
        print(leaf.chain.pem, end="")
        if not good:
            logger.warning("%s", verdict.summary if verdict else "not verified")
    elif given.json:
        print(json.dumps(leaf.chain.to_dict(), indent=2, default=str))
    else:
        print(bundle(leaf)["text/plain"])
    return OK if good else CLOSED


# --- kontena-ws demo -------------------------------------------------------------------------------------------------


def _demo(arguments: Sequence[str]) -> int:
    from .demo import lab
    from .demo.endpoints import catalogue

    parser = _Parser(
        prog="kontena-ws demo",
        description="Open the quickstart in JupyterLab, on loopback.",
        epilog=f"'kontena-ws demo/NAME' and '%ws_connect demo/NAME' talk to a server of ours:\n{catalogue()}",
        formatter_class=argparse.RawDescriptionHelpFormatter,
    )
    parser.add_argument("folder", metavar="FOLDER", nargs="?", help="working folder; a fresh temporary one by default")
    parser.add_argument("--port", type=_whole, help="a free one by default")
    parser.add_argument("--no-browser", action="store_true", help="only print the address")
    given = parser.parse_args(arguments)
    return lab.run(given.folder, port=given.port, browser=not given.no_browser)


# --- options ---------------------------------------------------------------------------------------------------------


def _address(target: str) -> str:
    from . import demo

    return demo.resolve(target) or target


def _parser(prog: str, description: str, epilog: str) -> _Parser:
    """Make a parser that knows every connection option with a flag (the table is `Options`)."""
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
    """Parse, and take the connection options apart; wrong values end the program as wrong arguments do."""
    given = parser.parse_args(arguments)
    names = [row["name"] for row in Options.table()]
    options = {name: value for name, value in vars(given).items() if name in names}
    if "cookies" in options:
        options["cookies"] = "; ".join(options["cookies"])
    if "resolve" in options:
        options["resolve"] = [tuple(item.partition(":")[::2]) for item in options["resolve"]]
    try:
        options = fill_in(options)
    except EOFError:
        parser.refuse("a secret is to be asked for, and nobody is there to answer")
    try:
        Options.of(**options)
    except (ValueError, TypeError) as error:
        parser.refuse(str(error))
    return given, options
