"""The command line: ``kontena-ws URL`` (the gem's echo client), and ``kontena-ws cert``, ``record``, ``demo`` and more.

Each command is a module with its help and a function ``run``. All stand on `arguments` (parsers), `streams` (standard
input, output and error) and `exit_codes`; those that keep a connection open also on `connection` and `interrupts`.
"""

from __future__ import annotations

import io
import logging
import sys
from collections.abc import Sequence

from .. import errors
from ..redaction.text import printable
from . import cert, convert, demo, echo, explain, record, replay
from .exit_codes import exit_code
from .interrupts import code_of
from .streams import OutputError, give_up_full_error, logger, open_closed_streams, output_failed


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
    commands = {
        "cert": cert.run,
        "convert": convert.run,
        "demo": demo.run,
        "help": explain.run,
        "record": record.run,
        "replay": replay.run,
    }
    run = commands.get(words[0]) if words else None
    handler = logging.StreamHandler()
    handler.setFormatter(logging.Formatter("%(levelname)s: %(message)s"))
    logger.addHandler(handler)
    logger.propagate = False
    open_closed_streams()
    if isinstance(sys.stdout, io.TextIOWrapper):
        sys.stdout.reconfigure(errors="backslashreplace")  # for what the terminal's encoding does not have
    try:
        return run(words[1:]) if run else echo.run(words)
    except errors.Error as error:
        logger.error("%s (kontena-ws help %s)", printable(str(error), None, multiline=True), error.topic)
        return exit_code(error)
    except OutputError as failed:
        return output_failed(failed)
    except KeyboardInterrupt as interrupt:
        return code_of(interrupt)
    finally:
        logger.removeHandler(handler)
        give_up_full_error()
