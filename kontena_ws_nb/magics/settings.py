"""Values of ``%config WebSocketMagics``: those from the environment (``KONTENA_WS_…``), and those that cannot work."""

from __future__ import annotations

import math
import os
from collections.abc import Callable
from typing import Any, Final

from ..display.table import MOST_ROWS
from .report import UsageError

#: Where a value comes from that nobody typed in this notebook.
CONFIGURED: Final = "IPython's configuration (ipython_config.py or the command line)"
_SWITCH: Final = {
    "1": True,
    "true": True,
    "yes": True,
    "on": True,
    "0": False,
    "false": False,
    "no": False,
    "off": False,
}


def switch(text: str) -> bool:
    """Read a bool.

    Parameters
    ----------
    text : str
        As typed.

    Returns
    -------
    bool

    Raises
    ------
    ValueError
        Something else.
    """
    if text.lower() not in _SWITCH:
        raise ValueError(f"expected 1 or 0 (also on, off, yes, no, true, false), got {text!r}")
    return _SWITCH[text.lower()]


def whole(text: str) -> int:
    """Read a whole number.

    Parameters
    ----------
    text : str
        As typed.

    Returns
    -------
    int

    Raises
    ------
    ValueError
        Something else.
    """
    if not text.isdecimal():
        raise ValueError(f"expected a whole number, got {text!r}")
    return int(text)


def from_environment(name: str, read: Callable[[str], Any], otherwise: Any) -> Any:
    """Read the default of a trait.

    Parameters
    ----------
    name : str
        Of the trait.
    read : callable
        Makes a value of the variable's text.
    otherwise : object
        What is used when the variable is not set or empty.

    Returns
    -------
    object
        The value.

    Raises
    ------
    UsageError
        The variable holds something that cannot work.
    """
    variable = f"KONTENA_WS_{name.upper()}"
    text = os.environ.get(variable, "")
    if not text:
        return otherwise
    try:
        value = read(text)
        refuse(name, value)
    except ValueError as error:
        raise UsageError(f"{variable}: {error}; correct it, or leave it empty") from None
    return value


def refuse(name: str, value: Any) -> None:
    """Refuse a value that cannot work.

    Parameters
    ----------
    name : str
        Of the trait.
    value : object
        Of the trait's type.

    Raises
    ------
    ValueError
        Says what would.
    """
    if name == "rows":
        if not 1 <= value <= MOST_ROWS:
            raise ValueError(f"expected 1 to {MOST_ROWS:,} rows, got {value}")
    elif name != "panel" and value is not None and not 0 < value < math.inf:
        raise ValueError(f"expected more than 0 seconds, got {value:g}; None never gives up")
