"""Shows errors of use and of the network as a short paragraph in a notebook, instead of a traceback.

The exception itself is raised unchanged, so that ``except`` clauses and papermill see it; only its
``_render_traceback_``, which IPython calls to show it, is set.
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

#: How many characters of an HTTP response's body are shown.
_BODY = 500
_LIMIT = 4000


class UsageError(ValueError):
    """A magic's line or setting is invalid. The text says what would be valid."""


class Paragraph:
    """A ``_render_traceback_`` that returns a fixed text.

    A class, because a closure could not be pickled with the error.

    Parameters
    ----------
    text : str
        The text that IPython shows.
    """

    def __init__(self, text: str) -> None:
        self.text = text

    def __call__(self) -> list[str]:
        """Return the lines to show. Called by IPython."""
        return self.text.split("\n")


def paragraph(error: BaseException) -> str:
    """Describe an error in a few lines, safe to print.

    Parameters
    ----------
    error : BaseException
        Any exception.

    Returns
    -------
    str
        Its class and text, the start of the body if it is about an HTTP response, and the magic that explains it.
    """
    text = f"{type(error).__name__}: {printable(str(error), _LIMIT, multiline=True)}"
    if isinstance(error, SSLVerifyError):
        # The error's hint is about Python; add the magics to use.
        text += "; %ws_cert shows the certificate, %ws_connect --pin PIN trusts exactly this key, %ws_connect -k connects without the check"
    if isinstance(error, Error):
        text += f" (%ws_help {error.topic})"
    if isinstance(error, ProtocolError) and error.body:
        # The body's content codings are decoded already; if they could not be, the message says so.
        kind = [(name, value) for name, value in error.headers if name.lower() == "content-type"]
        body = excerpt(error.body, kind, _BODY)
        if (
            _words(body) not in _words(text) and "cannot be undone here" not in text
        ):  # the message has a short body already
            text += f"\n  {body}"
    return text


def _words(text: str) -> str:
    return " ".join(re.findall(r"\w+", text))


@contextmanager
def short_errors() -> Iterator[None]:
    """Give errors of use, of the network and of files a short rendering; others, such as bugs, keep their traceback.

    ValueError is included because invalid options and URLs raise it, OSError where it names a file.
    """
    try:
        yield
    except (Error, UsageError, ValueError, OSError) as error:
        if not isinstance(error, OSError) or isinstance(error, Error) or error.filename is not None:
            _shorten(error, paragraph(error))
        raise
    except KeyboardInterrupt as error:
        _shorten(error, "KeyboardInterrupt: the magic was interrupted; open sessions stay open, %ws_list shows them")
        raise


def _shorten(error: BaseException, text: str) -> None:
    if not hasattr(error, "_render_traceback_"):
        error._render_traceback_ = Paragraph(text)  # type: ignore[attr-defined]


def ask_for_secrets(options: Mapping[str, Any]) -> dict[str, Any]:
    """Ask the user for secrets that the options say to ask for; as `fill_in`.

    Parameters
    ----------
    options : mapping
        Connection options.

    Returns
    -------
    dict
        The options with the secrets.

    Raises
    ------
    UsageError
        The front end has no input, as when papermill or nbconvert runs a notebook.
    """
    try:
        return fill_in(options)
    except (StdinNotImplementedError, EOFError) as error:
        raise UsageError(
            "a secret has to be typed, but this front end has no input; pass it from a variable: --token {name}, --user me:{name}, --key-password {name}"
        ) from error
