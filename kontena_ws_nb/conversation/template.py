"""``{{expression}}`` and ``{{env:NAME}}`` in a text that is sent or filtered by: the one grammar, for magics and panels.

Nothing else is replaced: single braces, quotes and ``$`` are part of the text, and ``{{"{{"}}`` stands for two braces.
Expressions are the user's code, and are evaluated in the thread that calls.
"""

from __future__ import annotations

import ast
import difflib
import json
import os
import re
from collections.abc import Callable, Mapping
from typing import Any, Final

from ..log.filter.query_error import QueryError
from ..redaction.payloads import secret

#: An environment variable, with any name.
_ENVIRONMENT: Final = re.compile(r"\{\{\s*env:\s*([^\s{}]*)\s*\}\}")
#: What to do about braces that are text, in magics.
_RAW: Final = "--raw sends braces as they are"


class TemplateError(QueryError):
    """An expression cannot be replaced by its value. The text points at its place, as errors in filters do."""


def fill(
    text: str,
    namespace: Mapping[str, Any],
    *,
    as_json: bool = False,
    raw: str = _RAW,
    literal: Callable[[str], str] = str,
) -> str:
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
    raw : str, optional
        What to do about braces that are text, for errors.
    literal : callable, optional
        What is to be done to everything that is not a value, expressions included. Errors quote what was there before.

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
            parts += [literal(text[at:start]), json.dumps(value, ensure_ascii=False) if as_json else value]
            at = variable.end()
            continue
        source, end = _expression(text, start, raw)
        try:
            tree = ast.parse(literal(source), "<template>", "eval")
            value = eval(compile(tree, "<template>", "eval"), dict(namespace))  # noqa: S307 - it is the user's own cell
        except Exception as error:
            raise TemplateError(f"{{{{{source}}}}}: {type(error).__name__}: {error}", text, start) from error
        try:
            parts += [literal(text[at:start]), json.dumps(value, ensure_ascii=False) if as_json else str(value)]
        except (TypeError, ValueError) as error:
            raise TemplateError(f"{{{{{source}}}}} cannot be written as JSON: {error}", text, start) from error
        at = end
    return "".join([*parts, literal(text[at:])])


def expression_end(text: str, start: int) -> int:
    """Find where an expression ends.

    Parameters
    ----------
    text : str
        A text.
    start : int
        Where there are two braces.

    Returns
    -------
    int

    Raises
    ------
    TemplateError
        Nothing closes them, or what is between them is no expression.
    """
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


def _expression(text: str, start: int, raw: str = _RAW) -> tuple[str, int]:
    """Return the source between double braces, and where they end: at the first ``}}`` that completes an expression.

    The first one is not always right: ``{{ {"a": {}}["a"] }}``.
    """
    close, problem = text.find("}}", start + 2), ""
    if close < 0:
        raise TemplateError(f"this {{{{ is not closed by }}}}; {raw}", text, start)
    while close >= 0:
        source = text[start + 2 : close].strip()
        try:
            ast.parse(source, "<template>", "eval")
        except (SyntaxError, ValueError) as error:
            problem = problem or f"{{{{{source}}}}} is not a Python expression ({getattr(error, 'msg', error)}); {raw}"
            close = text.find("}}", close + 1)
        else:
            return source, close + 2
    raise TemplateError(problem, text, start)
