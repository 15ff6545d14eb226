"""How objects look in a notebook and in a rich console: they ask here, and `display/` registers what is shown of each type.

So a log or a certificate knows no HTML, and nothing imports `display/` but whoever registers it.
"""

from __future__ import annotations

from functools import singledispatch
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from rich.console import RenderableType


@singledispatch
def bundle(value: Any) -> dict[str, str]:
    """Show a value in a notebook.

    Parameters
    ----------
    value : object
        Of a type that has been registered.

    Returns
    -------
    dict of str → str
        A MIME bundle: ``text/plain`` and ``text/html``.

    Raises
    ------
    TypeError
        Nothing has been registered for its type.
    """
    raise TypeError(f"nothing says how a {type(value).__name__} looks in a notebook")


@singledispatch
def rich(value: Any) -> RenderableType:
    """Show a value in a terminal through rich.

    Parameters
    ----------
    value : object
        Of a type that has been registered.

    Returns
    -------
    rich.console.RenderableType

    Raises
    ------
    TypeError
        Nothing has been registered for its type.
    """
    raise TypeError(f"nothing says how a {type(value).__name__} looks in a terminal")
