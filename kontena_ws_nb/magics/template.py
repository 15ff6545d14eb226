"""``{{expression}}`` in payloads and filters: the only way notebook values get into them; ``{{env:NAME}}`` takes a secret from the environment.

Nothing else is expanded: braces, quotes, ``$`` and single ``{x}`` stay what they are, and `left` tells what looks like
IPython's own expansion. Runs in the thread that runs the cell, because expressions are the user's code.
"""

from __future__ import annotations

import ast
import difflib
import json
import os
import re
from collections.abc import Mapping
from typing import Any, Final

from ..log.filter.query_error import QueryError
from ..redaction.payloads import secret

#: A variable of the environment, whatever its name.
_ENVIRONMENT: Final = re.compile(r"\{\{\s*env:\s*([^\s{}]*)\s*\}\}")
#: ``{name}``, ``{name.x}``, ``{name[0]}``, ``{name!r}``, ``{name:>5}`` and ``$name``, as IPython expands them in other magics.
_SINGLE: Final = re.compile(r"\{([A-Za-z_]\w*)(?:[.\[!:][^{}]*)?\}|\$([A-Za-z_]\w*)")


class TemplateError(QueryError):
    """An expression that cannot be put in; points at its place, like a filter's mistakes."""


def fill(text: str, namespace: Mapping[str, Any], *, as_json: bool = False) -> str:
    """Replace every ``{{expression}}`` by its value, and every ``{{env:NAME}}`` by that of a variable of the environment.

    The latter is a secret from then on: masked wherever something is shown or saved (`kws.secret`).

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
        An expression that is never closed, does not parse, fails, or has no JSON; a variable that is not set, or too
        short to be masked. Nothing was sent.
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
            raise TemplateError(f"{{{{{source}}}}} has no JSON: {error}", text, start) from error
        at = end
    return "".join([*parts, text[at:]])


def left(text: str, namespace: Mapping[str, Any]) -> str:
    """Find a variable that was written as IPython's other magics take it, and so was not replaced.

    Parameters
    ----------
    text : str
        A payload or filter that `fill` took.
    namespace : mapping
        The notebook's variables.

    Returns
    -------
    str
        A sentence with what to write instead; empty when no variable of the notebook is meant.
    """
    while (start := text.find("{{")) >= 0:  # what stands in an expression is Python
        text = text[:start] + " " + text[_expression_end(text, start) :]
    for match in _SINGLE.finditer(text):
        name = match[1] or match[2]
        if name in namespace:
            written = "{" + name + "}" if match[1] else "$" + name
            return f"{written} is text here: {{{{{name}}}}} puts in the variable's value (--raw says that the text is meant)"
    return ""


def _expression_end(text: str, start: int) -> int:
    variable = _ENVIRONMENT.match(text, start)
    return variable.end() if variable is not None else _expression(text, start)[1]


def _environment(name: str, text: str, start: int) -> str:
    """Read a variable, and make it a secret at once. What is said about it never shows a value."""
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
    """Find the source between the braces, and where they end: at the first ``}}`` that leaves an expression, as {{ {"a": {}}["a"] }} needs."""
    close, problem = text.find("}}", start + 2), ""
    if close < 0:
        raise TemplateError("this {{ is never closed by }}; --raw sends braces as they are", text, start)
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
