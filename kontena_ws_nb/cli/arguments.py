"""Parsers of arguments: every connection option as a flag, types of numbers, and errors that quote no secret."""

from __future__ import annotations

import argparse
import contextlib
import re
import sys
import threading
from collections.abc import Callable, Sequence
from typing import Any, NoReturn, TypeVar

from ..options import INSECURE, Options
from ..redaction.invalid import did_you_mean, quoted_if_harmless
from ..redaction.prompt import fill_in
from ..redaction.text import quoted, safe_message
from .exit_codes import USAGE
from .streams import write_out

_N = TypeVar("_N", int, float)

#: Options about a session's log, which the command line does not have.
_OF_A_LOG = frozenset({"max_bytes", "max_messages", "on_full", "record"})

#: Errors of argparse that do not quote an argument. All others are replaced, because an argument may be a misplaced
#: secret.
_SAFE_ERRORS = re.compile(
    r"the following arguments are required: \w+|argument [-\w/]+: (expected (one|at least one) argument|not allowed with argument [-\w/]+"
    rf"|expected (seconds|a number that is not negative|a whole number|a whole number or '{INSECURE}'), got .+)"
)


class _HelpFormatter(argparse.RawDescriptionHelpFormatter):
    """Names the value of an option once, as argparse does from Python 3.13 on."""

    def _format_action_invocation(self, action: argparse.Action) -> str:
        if not action.option_strings or action.nargs == 0:
            return super()._format_action_invocation(action)
        value = self._format_args(action, self._get_default_metavar_for_optional(action))
        return f"{', '.join(action.option_strings)} {value}"


class Parser(argparse.ArgumentParser):
    """Prints its help with `write_out`, and its errors without quoting what may be a secret.

    Parameters
    ----------
    prog : str
        The command's name.
    description : str
        Sentences before the options.
    epilog : str
        Lines after the options, printed as they are.
    """

    def __init__(self, prog: str, description: str, epilog: str) -> None:
        super().__init__(prog=prog, description=description, epilog=epilog, formatter_class=_HelpFormatter)

    def _print_message(self, message: str, file: Any = None) -> None:
        # argparse's own method ignores an OSError.
        if file is not None and file is sys.stderr:
            super()._print_message(message, file)
        else:
            write_out(message)

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


def seconds(text: str) -> float:
    """Read a number of seconds; its range is checked by `Options`."""
    return _number(text, float, "seconds")


def speed(text: str) -> float:
    """Read a factor that is not negative; infinity is one."""
    factor = _number(text, float, "a number that is not negative")
    if not factor >= 0:
        raise argparse.ArgumentTypeError(f"expected a number that is not negative, got {quoted_if_harmless(text)}")
    return factor


def quiet_time(text: str) -> float:
    """Read seconds that a thread can wait."""
    duration = seconds(text)
    if not 0 <= duration <= threading.TIMEOUT_MAX:
        raise argparse.ArgumentTypeError(f"expected seconds, got {quoted_if_harmless(text)}")
    return duration


def whole(text: str) -> int:
    """Read a whole number."""
    return _number(text, int, "a whole number")


def redirects(text: str) -> int | str:
    """Read how many redirects are followed, or that insecure ones are, too."""
    return text if text == INSECURE else _number(text, int, f"a whole number or {INSECURE!r}")


def _number(text: str, kind: Callable[[str], _N], what: str) -> _N:
    with contextlib.suppress(ValueError):
        return kind(text)
    raise argparse.ArgumentTypeError(f"expected {what}, got {quoted_if_harmless(text)}")


def address_of(parser: Parser, target: str) -> str:
    """Resolve the name of a demo server to its URL; everything else is returned as it is."""
    from .. import demo

    try:
        return demo.resolve(target) or target
    except ValueError as error:  # a mistyped endpoint
        parser.refuse(str(error))


def parser_with_options(prog: str, description: str, epilog: str) -> Parser:
    """Make a parser with every option of `Options.table` that has a flag."""
    parser = Parser(prog, description, epilog)
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
            how["type"] = redirects if row["name"] == "redirects" else seconds if "float" in row["type"] else whole
        group.add_argument(*flags.split(), metavar=row["metavar"], **how)
        if negative:
            group.add_argument(
                negative, dest=row["name"], action="store_const", const=None, default=argparse.SUPPRESS, help="never"
            )
    return parser


def parse_with_options(parser: Parser, arguments: Sequence[str]) -> tuple[argparse.Namespace, dict[str, Any]]:
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
