"""What ``%config WebSocketMagics`` sets, also from ``ipython_config.py`` and the environment.

What lives here: the traits, their defaults from ``KONTENA_WS_…``, and the refusal of values that cannot work, at once. What must not: magics.
The cell's thread.
"""

from __future__ import annotations

import math
import os
from collections.abc import Callable
from typing import Any, Final

from IPython.core.magic import Magics, magics_class
from traitlets import Bool, Float, Int, TraitError, TraitType, default, observe, validate

from ..display.table import MAX_ROWS, MOST_ROWS, show_rows
from .parse import seconds
from .report import UsageError

#: Where a value comes from that nobody typed in this notebook.
CONFIGURED: Final = "IPython's configuration (ipython_config.py or the command line)"
_SWITCH: Final = {"1": True, "true": True, "yes": True, "on": True, "0": False, "false": False, "no": False, "off": False}


def _switch(text: str) -> bool:
    if text.lower() not in _SWITCH:
        raise ValueError(f"expected 1 or 0 (also on, off, yes, no, true, false), got {text!r}")
    return _SWITCH[text.lower()]


def _whole(text: str) -> int:
    if not text.isdecimal():
        raise ValueError(f"expected a whole number, got {text!r}")
    return int(text)


@magics_class
class Settings(Magics):
    """The configurable part of `WebSocketMagics`."""

    panel = Bool(help="Show the live panel on %ws_connect (True), or a card. True where there is a kernel. Environment: KONTENA_WS_PANEL (1 or 0).").tag(
        config=True
    )
    connect_timeout = Float(
        allow_none=True, help="Seconds %ws_connect waits for TCP, for TLS and for HTTP, each; None never gives up. Environment: KONTENA_WS_CONNECT_TIMEOUT."
    ).tag(config=True)
    timeout = Float(
        allow_none=True, help="Seconds %ws_ping, %ws_expect and %ws_send --expect wait; None never gives up. Environment: KONTENA_WS_TIMEOUT."
    ).tag(config=True)
    rows = Int(help=f"Rows a table of messages shows, at most {MOST_ROWS:,}; %ws_messages -n says otherwise. Environment: KONTENA_WS_ROWS.").tag(config=True)

    def check(self) -> None:
        """Look at every value now, so that a bad one is told on loading, and apply what others look at.

        Raises
        ------
        UsageError
            The environment or IPython's configuration holds something that cannot work.
        """
        for name in ("panel", "connect_timeout", "timeout", "rows"):
            value = getattr(self, name)
            try:
                _refuse(name, value)  # traitlets validates nothing that comes from its configuration but the type
            except ValueError as error:
                raise UsageError(f"{CONFIGURED}: WebSocketMagics.{name}: {error}") from None
        show_rows(self.rows)

    @default("panel")
    def _default_panel(self) -> bool:
        # Without a kernel there is no comm, and the panel could only be a picture.
        return self._from_environment("panel", _switch, hasattr(self.shell, "kernel"))  # type: ignore[no-any-return]

    @default("connect_timeout")
    def _default_connect_timeout(self) -> float:
        return self._from_environment("connect_timeout", seconds, 10.0)  # type: ignore[no-any-return]

    @default("timeout")
    def _default_timeout(self) -> float:
        return self._from_environment("timeout", seconds, 10.0)  # type: ignore[no-any-return]

    @default("rows")
    def _default_rows(self) -> int:
        return self._from_environment("rows", _whole, MAX_ROWS)  # type: ignore[no-any-return]

    def _from_environment(self, name: str, read: Callable[[str], Any], otherwise: Any) -> Any:
        variable = f"KONTENA_WS_{name.upper()}"
        text = os.environ.get(variable, "")
        if not text:
            return otherwise
        try:
            value = read(text)
            _refuse(name, value)
        except ValueError as error:
            raise UsageError(f"{variable}: {error}; correct it, or leave it empty") from None
        return value

    @validate("connect_timeout", "timeout", "rows")
    def _validated(self, proposal: dict[str, Any]) -> Any:
        trait: TraitType[Any, Any] = proposal["trait"]
        try:
            _refuse(str(trait.name), proposal["value"])
        except ValueError as error:
            raise TraitError(f"WebSocketMagics.{trait.name}: {error}") from None
        return proposal["value"]

    @observe("rows")
    def _show(self, change: dict[str, Any]) -> None:
        show_rows(change["new"])


def _refuse(name: str, value: Any) -> None:
    if name == "rows":
        if not 1 <= value <= MOST_ROWS:
            raise ValueError(f"expected 1 to {MOST_ROWS:,} rows, got {value}")
    elif name != "panel" and value is not None and not 0 < value < math.inf:
        raise ValueError(f"expected more than 0 seconds, got {value:g}; None never gives up")
