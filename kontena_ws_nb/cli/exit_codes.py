"""Exit codes, and the one of each error."""

from __future__ import annotations

from .. import errors
from ..tls.errors import SSLVerifyError

#: Exit codes; 64, 65 and 74 are from sysexits.h, 130 is what shells report for a program that SIGINT ended.
OK, CLOSED, NO_TLS, NO_CONNECTION, REFUSED, USAGE, DATA, INPUT_OUTPUT, INTERRUPTED = 0, 1, 2, 3, 4, 64, 65, 74, 130


def exit_code(error: errors.Error) -> int:
    """Choose the exit code of an error."""
    if isinstance(error, SSLVerifyError):
        return REFUSED
    if isinstance(error, errors.CloseError):
        return OK if error.code in (1000, 1001) else CLOSED
    if isinstance(error, errors.TimeoutError):
        return NO_CONNECTION if error.phase in ("connect", "open") else CLOSED
    refused_upgrade = isinstance(error, errors.ProtocolError) and error.close_code is None
    return NO_CONNECTION if refused_upgrade or isinstance(error, errors.ConnectError) else CLOSED
