"""Errors in a notebook: one short paragraph instead of a traceback, for faults that are not ours.

What lives here: `UsageError`, and giving an exception its ``_render_traceback_``, which IPython asks for. What must
not: deciding what is an error. The exception itself is raised as it is: ``except`` clauses and papermill see what
Python would have raised.
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from typing import Any

from IPython.core.error import StdinNotImplementedError

from ..errors import Error, ProtocolError
from ..redaction.prompt import fill_in
from ..redaction.text import printable
from ..tls.errors import SSLVerifyError
from ..transport.http_content import excerpt

#: Characters of an HTTP response's body to show.
_BODY = 500
_LIMIT = 4000


class UsageError(ValueError):
    """A magic that was typed in a way it cannot be understood. The text says what would be right."""


class Paragraph:
    """A ``_render_traceback_`` that says one thing; a class, so that errors still pickle.

    Parameters
    ----------
    text : str
        What IPython shows.
    """

    def __init__(self, text: str) -> None:
        self.text = text

    def __call__(self) -> list[str]:
        """Give IPython its lines."""
        return self.text.split("\n")


def paragraph(error: BaseException) -> str:
    """Describe an error in a few lines, safe to print.

    Parameters
    ----------
    error : BaseException
        Any.

    Returns
    -------
    str
        Its class, its text, and the start of the body when HTTP answered.
    """
    text = f"{type(error).__name__}: {printable(str(error), _LIMIT, multiline=True)}"
    if isinstance(error, SSLVerifyError):
        # The error speaks of Python; here is what to type.
        text += "; %ws_cert shows the certificate, %ws_connect --pin PIN trusts exactly this key, %ws_connect -k connects without the check"
    if isinstance(error, ProtocolError) and error.body:
        # Its codings are undone already; where they cannot be, the message says so.
        kind = [(name, value) for name, value in error.headers if name.lower() == "content-type"]
        body = excerpt(error.body, kind, _BODY)
        if _words(body) not in _words(text) and "cannot be undone here" not in text:  # a short one is in it already
            text += f"\n  {body}"
    return text


def _words(text: str) -> str:
    return " ".join(re.findall(r"\w+", text))


@contextmanager
def short_errors() -> Iterator[None]:
    """Let errors of use and of the network pass with a short rendering; faults of this package keep their traceback.

    ValueError is what options and URLs refuse with. What foreign code raises (an expression in a template, a callback)
    passes through.
    """
    try:
        yield
    except (Error, UsageError, ValueError) as error:  # of ours, what cannot be read is a `ValueError`
        _shorten(error, paragraph(error))
        raise
    except KeyboardInterrupt as error:
        _shorten(error, "KeyboardInterrupt: the magic was stopped; open sessions stay open, %ws_list shows them")
        raise


def _shorten(error: BaseException, text: str) -> None:
    if not hasattr(error, "_render_traceback_"):
        error._render_traceback_ = Paragraph(text)  # type: ignore[attr-defined]


def asked(options: Mapping[str, Any]) -> dict[str, Any]:
    """Ask for the secrets that were not typed, where there is somebody to ask.

    Parameters
    ----------
    options : mapping
        Connection options.

    Returns
    -------
    dict
        As `ask.fill_in`.

    Raises
    ------
    UsageError
        The front end takes no input, as when a notebook is run by papermill or nbconvert.
    """
    try:
        return fill_in(options)
    except (StdinNotImplementedError, EOFError) as error:
        raise UsageError(
            "a secret is to be asked for, and nobody is there to answer; give it from a variable: --token {name}, --user me:{name}, --key-password {name}"
        ) from error
