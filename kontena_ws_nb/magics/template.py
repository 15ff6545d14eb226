"""Puts notebook variables into the lines of magics: ``{x}`` and ``$x``, as IPython does.

In payloads and filters it is ``{{expression}}`` instead (`conversation.template`), and `left` finds a ``{x}`` that may
have been meant as a variable. Runs in the thread that runs the cell.
"""

from __future__ import annotations

import builtins
import difflib
import re
from collections.abc import Mapping
from typing import Any, Final

from IPython.utils.text import DollarFormatter

from ..conversation.template import expression_end
from .report import UsageError

#: ``{name}``, ``{name.x}``, ``{name[0]}``, ``{name!r}``, ``{name:>5}`` and ``$name``, as IPython expands them in other
#: magics.
_SINGLE: Final = re.compile(r"\{([A-Za-z_]\w*)(?:[.\[!:][^{}]*)?\}|\$([A-Za-z_]\w*)")


#: A replacement field of `str.format` that begins with a name, unless its braces are doubled.
_FIELD: Final = re.compile(r"(?<!\{)\{([A-Za-z_]\w{0,60})[^{}]*\}(?!\})")


def expand(line: str, namespace: Mapping[str, Any], magic: str) -> str:
    """Expand ``{x}`` and ``$x`` in a line as IPython does for magics, but say so when that fails.

    IPython passes a line on as it is when one expression in it fails, so that ``--token {tokne}`` would send the braces.

    Parameters
    ----------
    line : str
        A magic's line.
    namespace : mapping
        The variables that the cell sees.
    magic : str
        The magic's name, for the error.

    Returns
    -------
    str
        The line as it is, if it cannot be expanded and no braces in it begin with a name (``{"a": 1}``).

    Raises
    ------
    UsageError
        A name is unknown, or an expression in the line fails.
    """
    try:
        return str(DollarFormatter().vformat(line, args=[], kwargs=dict(namespace)))
    except Exception as error:  # noqa: BLE001 - an expression of the user, which may raise anything
        names = [match[1] for match in _FIELD.finditer(line)]
        if not names:
            return line
        unknown = next((name for name in names if name not in namespace and not hasattr(builtins, name)), None)
        if unknown is None:
            raise UsageError(
                f"%{magic}: {{{names[0]}}} was not replaced, because an expression in this line fails ({type(error).__name__}); "
                "write {{ and }} for braces that are text"
            ) from None
        near = difflib.get_close_matches(unknown, [name for name in namespace if not name.startswith("_")], 1)
        raise UsageError(
            f"%{magic}: {{{unknown}}} was not replaced: there is no variable {unknown}{f'; did you mean {near[0]}?' if near else ''}"
            f"; write {{{{{unknown}}}}} for braces that are text"
        ) from None


def left(text: str, namespace: Mapping[str, Any]) -> str:
    """Find a variable that was written for IPython's expansion (``{x}``, ``$x``), and so was not replaced.

    Parameters
    ----------
    text : str
        A payload or filter, before `fill`.
    namespace : mapping
        The notebook's variables.

    Returns
    -------
    str
        A sentence that says what to write instead; empty if the text names no variable of the notebook.
    """
    while (start := text.find("{{")) >= 0:  # leave out expressions
        text = text[:start] + " " + text[expression_end(text, start) :]
    for match in _SINGLE.finditer(text):
        name = match[1] or match[2]
        if name in namespace:
            written = "{" + name + "}" if match[1] else "$" + name
            return f"{written} is taken as text; {{{{{name}}}}} is replaced by the variable's value (--raw hides this hint)"
    return ""
