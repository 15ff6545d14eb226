"""The standard streams: lines of input, messages to output, everything else to standard error through `logging`.

If a stream does not work (closed, disk full, broken pipe), one line says so, and no message is lost without one.
"""

from __future__ import annotations

import contextlib
import errno
import logging
import os
import sys
from collections.abc import Iterator
from typing import Any

from ..redaction.payloads import mask, mask_bytes
from ..redaction.text import printable
from .exit_codes import INPUT_OUTPUT, OK

logger = logging.getLogger("kontena-ws")


class OutputError(Exception):
    """Standard output cannot be written; the cause is the `OSError`."""


def open_closed_streams(last: int = 2) -> None:
    """Open /dev/null for each closed standard stream: otherwise the next socket would get its file descriptor."""
    while (descriptor := os.open(os.devnull, os.O_RDWR)) <= last:
        pass
    os.close(descriptor)


def descriptor_of(stream: Any) -> int | None:
    """Get the file descriptor of a standard stream; None when it is closed (then Python sets ``sys.stdout`` to None)."""
    with contextlib.suppress(AttributeError, OSError, ValueError):
        return int(stream.fileno())
    return None


def write_out(text: str) -> None:
    """Write to standard output and flush.

    Raises
    ------
    OutputError
        Standard output cannot be written.
    """
    out = sys.stdout
    try:
        if out is None:
            raise OSError(errno.EBADF, "it is closed")
        out.write(text)
        out.flush()
    except KeyboardInterrupt:
        # The reader of the pipe may be stuck, and then the interpreter's flush at exit would block, too.
        _discard(sys.stdout)
        raise
    except OSError as error:
        _discard(sys.stdout)
        raise OutputError from error


def say(line: str) -> None:
    """Write a line to standard output (see `write_out`)."""
    write_out(line + "\n")


def print_message(message: str | bytes) -> None:
    """Print a message on a line: text as it is (escaped and shortened on a terminal), binary as hexadecimal; secrets masked."""
    text = mask_bytes(message).hex(" ") if isinstance(message, bytes) else mask(message)
    if sys.stdout.isatty():
        text = printable(text, 20_000)
    say(text)


def give_up_full_error() -> None:
    """Forget what standard error could not take: the interpreter would try once more at exit, and end with 120 instead of our code."""
    try:
        if sys.stderr is not None:
            sys.stderr.flush()
    except (OSError, ValueError):
        _discard(sys.stderr)


def _discard(stream: Any) -> None:
    """Redirect a standard stream to /dev/null, so that the interpreter's flush at exit does not fail."""
    descriptor = descriptor_of(stream)
    if descriptor is not None:
        null = os.open(os.devnull, os.O_WRONLY)
        os.dup2(null, descriptor)
        os.close(null)


def output_failed(failed: OutputError) -> int:
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


def lines_of(descriptor: int | None) -> Iterator[str]:
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
