"""Puts notebook variables into the lines of magics: ``{{expression}}`` and ``{{env:NAME}}`` in payloads and filters, ``{x}`` elsewhere.

In payloads and filters nothing else is replaced (`fill`): single braces, quotes and ``$`` are part of the text, and
`left` finds a ``{x}`` that may have been meant as a variable. The line of ``%ws_connect`` is expanded as IPython does
(`expand`). Runs in the thread that runs the cell, because expressions are the user's code.
"""

from __future__ import annotations

import ast
import builtins
import difflib
import json
import os
import re
from collections.abc import Mapping
from typing import Any, Final

from IPython.utils.text import DollarFormatter

from ..log.filter.query_error import QueryError
from ..redaction.payloads import secret
from .report import UsageError

#: An environment variable, with any name.
_ENVIRONMENT: Final = re.compile(r"\{\{\s*env:\s*([^\s{}]*)\s*\}\}")
#: ``{name}``, ``{name.x}``, ``{name[0]}``, ``{name!r}``, ``{name:>5}`` and ``$name``, as IPython expands them in other
#: magics.
_SINGLE: Final = re.compile(r"\{([A-Za-z_]\w*)(?:[.\[!:][^{}]*)?\}|\$([A-Za-z_]\w*)")


#: A replacement field of `str.format` that begins with a name, unless its braces are doubled.
_FIELD: Final = re.compile(r"(?<!\{)\{([A-Za-z_]\w{0,60})[^{}]*\}(?!\})")


class TemplateError(QueryError):
    """An expression cannot be replaced by its value. The text points at its place, as errors in filters do."""


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


def fill(text: str, namespace: Mapping[str, Any], *, as_json: bool = False) -> str:
    """Replace every ``{{expression}}`` by its value, and every ``{{env:NAME}}`` by an environment variable.

    The value of an environment variable becomes a secret (`kws.secret`), masked from then on.

    Parameters
    ----------
    text : str
        A payload or filter.
    namespace : mapping
        The notebook's variables.
    as_json : bool, default False
        Write values as JSON (strings in quotes); otherwise with ``str()``.

    Returns
    -------
    str

    Raises
    ------
    TemplateError
        An expression is not closed, does not parse, fails, or cannot be written as JSON; or an environment variable is
        not set, or is too short to be masked.
    """
    parts, at = [], 0
    while (start := text.find("{{", at)) >= 0:
        variable = _ENVIRONMENT.match(text, start)
        if variable is not None:
            value: Any = _environment(variable[1], text, start)
            parts += [text[at:start], json.dumps(value, ensure_ascii=False) if as_json else value]
            at = variable.end()
            continue
        source, end = _expression(text, start)
        try:
            value = eval(compile(ast.parse(source, "<template>", "eval"), "<template>", "eval"), dict(namespace))  # noqa: S307 - it is the user's own cell
        except Exception as error:
            raise TemplateError(f"{{{{{source}}}}}: {type(error).__name__}: {error}", text, start) from error
        try:
            parts += [text[at:start], json.dumps(value, ensure_ascii=False) if as_json else str(value)]
        except (TypeError, ValueError) as error:
            raise TemplateError(f"{{{{{source}}}}} cannot be written as JSON: {error}", text, start) from error
        at = end
    return "".join([*parts, text[at:]])


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
        text = text[:start] + " " + text[_expression_end(text, start) :]
    for match in _SINGLE.finditer(text):
        name = match[1] or match[2]
        if name in namespace:
            written = "{" + name + "}" if match[1] else "$" + name
            return f"{written} is taken as text; {{{{{name}}}}} is replaced by the variable's value (--raw hides this hint)"
    return ""


def _expression_end(text: str, start: int) -> int:
    variable = _ENVIRONMENT.match(text, start)
    return variable.end() if variable is not None else _expression(text, start)[1]


def _environment(name: str, text: str, start: int) -> str:
    """Read an environment variable, and make it a secret at once, so that no error shows it."""
    value = os.environ.get(name)
    if value is None:
        near = difflib.get_close_matches(name.upper(), os.environ, 3, 0.6)
        then = f"did you mean {' or '.join(near)}? Nothing was sent" if near else "nothing was sent"
        raise TemplateError(
            f"{{{{env:{name}}}}}: {name or 'a variable without a name'} is not set in the kernel's environment; {then}",
            text,
            start,
        )
    try:
        return secret(value)
    except ValueError as error:
        raise TemplateError(
            f"{{{{env:{name}}}}}: {error}; nothing was sent. {{{{os.environ[{name!r}]}}}} sends it unmasked",
            text,
            start,
        ) from None


def _expression(text: str, start: int) -> tuple[str, int]:
    """Return the source between double braces, and where they end: at the first ``}}`` that completes an expression.

    The first one is not always right: ``{{ {"a": {}}["a"] }}``.
    """
    close, problem = text.find("}}", start + 2), ""
    if close < 0:
        raise TemplateError("this {{ is not closed by }}; --raw sends braces as they are", text, start)
    while close >= 0:
        source = text[start + 2 : close].strip()
        try:
            ast.parse(source, "<template>", "eval")
        except (SyntaxError, ValueError) as error:
            problem = (
                problem
                or f"{{{{{source}}}}} is not a Python expression ({getattr(error, 'msg', error)}); --raw sends braces as they are"
            )
            close = text.find("}}", close + 1)
        else:
            return source, close + 2
    raise TemplateError(problem, text, start)
