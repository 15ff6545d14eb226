"""The exit code of each error."""

from __future__ import annotations

import pytest

from kontena_ws_nb import errors
from kontena_ws_nb.cli.exit_codes import exit_code


@pytest.mark.parametrize(
    ("error", "code"),
    [
        (errors.TimeoutError("connect", 1), 3),
        (errors.TimeoutError("read", 1), 1),
        (errors.ProtocolError("bad frame", close_code=1002), 1),
        (errors.ProtocolError("no WebSocket"), 3),
        (errors.SocketError("broken"), 1),
        (errors.Error("other"), 1),
    ],
)
def test_exit_codes_of_errors(error: errors.Error, code: int) -> None:
    assert exit_code(error) == code
