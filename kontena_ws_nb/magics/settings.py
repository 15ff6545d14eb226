"""Reads the defaults of ``%config WebSocketMagics`` from the environment (``KONTENA_WS_…``), and validates its values."""

from __future__ import annotations

import math
import os
from collections.abc import Callable
from typing import Any, Final

from ..display.table import MOST_ROWS
from .report import UsageError

#: How errors name the source of a value that is not set in the notebook.
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
    """Parse a bool.

    Parameters
    ----------
    text : str
        The variable's text.

    Returns
    -------
    bool

    Raises
    ------
    ValueError
        It is not one of the accepted words.
    """
    if text.lower() not in _SWITCH:
        raise ValueError(f"expected 1 or 0 (also on, off, yes, no, true, false), got {text!r}")
    return _SWITCH[text.lower()]


def whole(text: str) -> int:
    """Parse a whole number.

    Parameters
    ----------
    text : str
        The variable's text.

    Returns
    -------
    int

    Raises
    ------
    ValueError
        It is not a whole number.
    """
    if not text.isdecimal():
        raise ValueError(f"expected a whole number, got {text!r}")
    return int(text)


def from_environment(name: str, read: Callable[[str], Any], otherwise: Any) -> Any:
    """Return the default of a trait.

    Parameters
    ----------
    name : str
        The trait's name.
    read : callable
        Parses the variable's text.
    otherwise : object
        The default if the variable is not set or empty.

    Returns
    -------
    object
        The value.

    Raises
    ------
    UsageError
        The variable's value is invalid.
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
    """Refuse an invalid value.

    Parameters
    ----------
    name : str
        The trait's name.
    value : object
        Of the trait's type.

    Raises
    ------
    ValueError
        It is invalid; the text says what is valid.
    """
    if name == "rows":
        if not 1 <= value <= MOST_ROWS:
            raise ValueError(f"expected 1 to {MOST_ROWS:,} rows, got {value}")
    elif name != "panel" and value is not None and not 0 < value < math.inf:
        raise ValueError(f"expected more than 0 seconds, got {value:g}; None waits for ever")
