"""How objects look in notebooks and in rich consoles: single-dispatch functions that `display/` registers implementations with.

This way logs, certificates and sessions know no HTML and do not import `display/`.
"""

from __future__ import annotations

from functools import singledispatch
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from rich.console import RenderableType


@singledispatch
def bundle(value: Any) -> dict[str, str]:
    """Return the MIME bundle that shows a value in a notebook.

    Parameters
    ----------
    value : object
        Of a registered type.

    Returns
    -------
    dict of str → str
        ``text/plain`` and ``text/html``.

    Raises
    ------
    TypeError
        The type is not registered.
    """
    raise TypeError(f"no notebook display is registered for {type(value).__name__}")


@singledispatch
def rich(value: Any) -> RenderableType:
    """Return the rich renderable that shows a value in a terminal.

    Parameters
    ----------
    value : object
        Of a registered type.

    Returns
    -------
    rich.console.RenderableType

    Raises
    ------
    TypeError
        The type is not registered.
    """
    raise TypeError(f"no terminal display is registered for {type(value).__name__}")
