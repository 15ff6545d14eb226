"""``{{expression}}`` in payloads and filters: the only way notebook values get into them.

What lives here: finding the expressions and putting their values in. What must not: any other expansion; braces, quotes, ``$`` and single
``{x}`` stay what they are. Runs in the thread that runs the cell, because expressions are the user's code.
"""

from __future__ import annotations

import ast
import json
from collections.abc import Mapping
from typing import Any

from ..log.grammar import QueryError


class TemplateError(QueryError):
    """An expression that cannot be put in; points at its place, like a filter's mistakes."""


def fill(text: str, namespace: Mapping[str, Any], *, as_json: bool = False) -> str:
    """Replace every ``{{expression}}`` by its value.

    Parameters
    ----------
    text : str
        A payload or filter.
    namespace : mapping
        The notebook's variables.
    as_json : bool, default False
        Write values as JSON (texts in quotes); otherwise with ``str()``.

    Returns
    -------
    str

    Raises
    ------
    TemplateError
        An expression that is never closed, does not parse, fails, or has no JSON; nothing was sent.
    """
    parts, at = [], 0
    while (start := text.find("{{", at)) >= 0:
        source, end = _expression(text, start)
        try:
            value = eval(compile(ast.parse(source, "<template>", "eval"), "<template>", "eval"), dict(namespace))  # noqa: S307 - it is the user's own cell
        except Exception as error:
            raise TemplateError(f"{{{{{source}}}}}: {type(error).__name__}: {error}", text, start) from error
        try:
            parts += [text[at:start], json.dumps(value, ensure_ascii=False) if as_json else str(value)]
        except (TypeError, ValueError) as error:
            raise TemplateError(f"{{{{{source}}}}} has no JSON: {error}", text, start) from error
        at = end
    return "".join([*parts, text[at:]])


def _expression(text: str, start: int) -> tuple[str, int]:
    """Find the source between the braces, and where they end: at the first ``}}`` that leaves an expression, as {{ {"a": {}}["a"] }} needs."""
    close, problem = text.find("}}", start + 2), ""
    if close < 0:
        raise TemplateError("this {{ is never closed by }}; --raw sends braces as they are", text, start)
    while close >= 0:
        source = text[start + 2 : close].strip()
        try:
            ast.parse(source, "<template>", "eval")
        except (SyntaxError, ValueError) as error:
            problem = problem or f"{{{{{source}}}}} is not a Python expression ({getattr(error, 'msg', error)}); --raw sends braces as they are"
            close = text.find("}}", close + 1)
        else:
            return source, close + 2
    raise TemplateError(problem, text, start)
