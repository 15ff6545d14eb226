"""The errors of this package, except those of TLS (`tls.errors`).

    Error
    ├── ConnectError (ConnectionError)        DNS, TCP, proxy
    │   └── SSLConnectError                   the TLS handshake failed
    │       └── SSLVerifyError                the certificate was refused
    ├── ProtocolError                         not a WebSocket server, or broken frames
    ├── SocketError (OSError)                 the open connection broke
    ├── TimeoutError (builtins.TimeoutError)  a named timeout expired
    ├── CloseError                            the server closed
    │   └── EOFError (builtins.EOFError)      closed without a close frame (1006)
    └── CaptureError (ValueError)             a file is no capture, or cannot be written as one

The tree and its names follow the Ruby gem kontena-websocket-client. Where a builtin exception has the same meaning, the
class also derives from it, so that ``except ConnectionError`` works. Errors are plain values: they can be pickled and
copied, and ``str()`` is composed from their attributes.

Tracebacks end up in issues and pickles, so secrets in an error's texts are masked (`kws.secret`, and the credentials of
connections): when the error is made, and again when it is shown, because a secret may become known in between. The
exceptions in its ``__cause__`` and ``__context__`` are masked too. The texts (``message``, ``hint``, ``args``,
``str()``, ``repr()``) are printable and bounded, whatever a server sent. The attributes that hold what a server sent
(``reason``, ``headers``, ``body``) are unchanged, but masked in pickles.
"""

from __future__ import annotations

import builtins
import copy
import sys
from collections.abc import Sequence
from contextlib import suppress
from functools import partial
from typing import Any, TypeVar

from .close import Close
from .redaction.headers import redact_header
from .redaction.payloads import count, mask, mask_bytes
from .redaction.text import printable, safe_message

#: How many characters of the URL ``str()`` shows.
_LONGEST_URL = 300


class Error(Exception):
    """Base of every error of this package.

    Parameters
    ----------
    message : str
        What happened to what, and why. No full stop at the end.
    url : str, optional
        The URL it happened to, secrets already masked.
    hint : str, optional
        What to do next.
    """

    def __init__(self, message: str, *, url: str | None = None, hint: str | None = None) -> None:
        _mask_chain(sys.exc_info()[1])  # Python will show it above this error, as its context or cause
        message = safe_message(message)
        super().__init__(message)
        self.message = message
        self.url = None if url is None else mask(url)
        self.hint = None if hint is None else safe_message(hint)

    @property
    def topic(self) -> str:
        """The address of its explanation, such as ``"close-1006"``: ``%ws_help TOPIC``, ``kontena-ws help TOPIC``, or ``#TOPIC`` on the documentation's page of errors."""
        return "error"

    @property
    def args(self) -> tuple[Any, ...]:
        """The arguments, masked each time they are read."""
        return _masked(BaseException.args.__get__(self))  # type: ignore[attr-defined,no-any-return] # a getset descriptor

    @args.setter
    def args(self, args: tuple[Any, ...]) -> None:
        BaseException.args.__set__(self, args)  # type: ignore[attr-defined] # as above

    def __str__(self) -> str:
        text = f"{safe_message(printable(self.url, _LONGEST_URL))}: {self.message}" if self.url else self.message
        return mask(f"{text}; {self.hint}" if self.hint else text)

    def __repr__(self) -> str:
        return f"{type(self).__name__}({mask(self.message)!r})"

    def __reduce__(self) -> tuple[Any, ...]:
        # OSError's own __reduce__ and keyword-only arguments do not work together. Rebuild without calling __init__,
        # then restore the attributes.
        state = {name: _masked(value) for name, value in self.__dict__.items()}
        if "headers" in state:
            state["headers"] = tuple((name, redact_header(name, value)) for name, value in state["headers"])
        return _rebuild, (type(self), self.args), state

    def __copy__(self) -> Error:
        # Not by __reduce__, which masks: a copy stays in this process.
        copied = _rebuild(type(self), self.args)
        copied.__dict__.update(self.__dict__)
        return copied


def _masked(value: Any) -> Any:
    """Mask str and bytes, also in tuples and lists; return anything else as it is."""
    if isinstance(value, str):
        return mask(value)
    if isinstance(value, bytes):
        return mask_bytes(value)
    if type(value) in (tuple, list):
        return type(value)(map(_masked, value))
    return value


def _mask_chain(error: BaseException | None) -> None:
    """Mask the texts of an exception, its causes and its contexts, in place: a traceback prints them too."""
    seen: set[int] = set()
    waiting = [error] if count() else []
    while waiting:
        one = waiting.pop()
        if one is None or id(one) in seen:
            continue
        seen.add(id(one))
        waiting += [one.__cause__, one.__context__]
        # In our own errors, secrets may have become known since they were made; the attributes left out hold what a
        # server sent. Builtin exceptions hold text in C fields beside `args`: OSError, UnicodeError, SyntaxError …
        ours = isinstance(one, Error)
        names = (
            ("message", "url", "hint")
            if ours
            else (*vars(one), "strerror", "filename", "filename2", "object", "reason", "text", "msg", "value", "args")
        )
        for name in filter(partial(hasattr, one), names):
            value = getattr(one, name)
            masked = _masked(value)
            if masked is not value and masked != value:
                # Some attributes are read-only. The others are masked anyway.
                with suppress(AttributeError, TypeError):
                    setattr(one, name, masked)


def _rebuild(cls: type[Error], args: tuple[Any, ...]) -> Error:
    error = cls.__new__(cls, *args)
    error.args = args
    return error


_E = TypeVar("_E", bound=BaseException)


def again(error: _E) -> _E:
    """Copy a stored error to raise it again: raising the same object twice would append to its traceback.

    Parameters
    ----------
    error : BaseException
        The stored error.

    Returns
    -------
    BaseException
        The same error, with the same cause.
    """
    fresh = copy.copy(error)
    fresh.__cause__ = error.__cause__
    return fresh


_Ours = TypeVar("_Ours", bound=Error)


def following(error: _Ours, first: BaseException, clause: str) -> _Ours:
    """Copy the last of several errors and add the first one, to its text and to its chain of causes.

    Parameters
    ----------
    error : Error
        The last error.
    first : BaseException
        The first error.
    clause : str
        What the text says about the first error.

    Returns
    -------
    Error
    """
    fresh = again(error)
    fresh.message = safe_message(f"{fresh.message}; {clause}")
    link: BaseException = fresh
    while link.__cause__ is not None and link.__cause__ is not first:
        link = link.__cause__
    link.__cause__ = first
    return fresh


class ConnectError(Error, ConnectionError):
    """No connection could be made: name lookup, TCP or proxy failed."""

    @property
    def topic(self) -> str:
        """As `Error.topic`."""
        return "connect"


class ProtocolError(Error):
    """What answered is not a WebSocket server, or it broke the protocol.

    Parameters
    ----------
    message, url, hint
        As for `Error`.
    status : int, optional
        HTTP status, if the server answered with HTTP.
    headers : sequence of (str, str), optional
        The HTTP response's headers.
    body : bytes, optional
        The start of the HTTP response's body.
    close_code : int, optional
        The code we closed with, if the server broke the protocol after the handshake (RFC 6455 section 7.4.1).
    """

    def __init__(
        self,
        message: str,
        *,
        url: str | None = None,
        hint: str | None = None,
        status: int | None = None,
        headers: Sequence[tuple[str, str]] = (),
        body: bytes = b"",
        close_code: int | None = None,
    ) -> None:
        super().__init__(message, url=url, hint=hint)
        self.status = status
        self.headers = tuple(headers)
        self.body = body
        self.close_code = close_code

    @property
    def topic(self) -> str:
        """As `Error.topic`."""
        if self.close_code is not None:
            return f"protocol-{self.close_code}"
        return "protocol" if self.status in (None, 101) else f"http-{self.status}"


class SocketError(Error, OSError):
    """The open connection broke below the WebSocket protocol."""

    @property
    def topic(self) -> str:
        """As `Error.topic`."""
        return "socket"


class TimeoutError(Error, builtins.TimeoutError):
    """One of the named timeouts expired.

    Parameters
    ----------
    phase : str
        ``"connect"``, ``"open"``, ``"read"``, ``"write"``, ``"ping"``, ``"close"`` or ``"expect"``.
    seconds : float
        The timeout.
    message : str, optional
        By default ``"<phase> timed out after <seconds> s"``.
    url, hint
        As for `Error`.
    """

    def __init__(
        self, phase: str, seconds: float, message: str | None = None, *, url: str | None = None, hint: str | None = None
    ) -> None:
        super().__init__(message or f"{phase} timed out after {seconds:g} s", url=url, hint=hint)
        self.phase = phase
        self.seconds = seconds

    @property
    def topic(self) -> str:
        """As `Error.topic`."""
        return f"timeout-{self.phase}"


class CloseError(Error):
    """The server closed the connection.

    Parameters
    ----------
    code : int
        The close code it sent (RFC 6455 section 7.4).
    reason : str, default ""
        The reason it sent, unchanged; the message has it made printable.
    message, url, hint
        As for `Error`; by default the message is composed from code and reason.
    details : sequence of str
        Clauses to add to the composed message.
    """

    def __init__(
        self,
        code: int,
        reason: str = "",
        *,
        message: str | None = None,
        url: str | None = None,
        hint: str | None = None,
        details: Sequence[str] = (),
    ) -> None:
        if message is None:
            quoted = f' "{printable(reason)}"' if reason else ""
            message = "; ".join([f"the server closed with {code} ({Close(code).meaning}){quoted}", *details])
        super().__init__(message, url=url, hint=hint)
        self.code = code
        self.reason = reason

    @property
    def topic(self) -> str:
        """As `Error.topic`."""
        return f"close-{self.code}"


class CaptureError(Error, ValueError):
    """A file cannot be opened as a capture, or written as one."""

    @property
    def topic(self) -> str:
        """As `Error.topic`."""
        return "capture"


class EOFError(CloseError, builtins.EOFError):
    """The connection ended without a close frame (1006).

    Parameters
    ----------
    message, url, hint
        As for `Error`.
    """

    def __init__(
        self,
        message: str = "the connection ended without a close frame (1006)",
        *,
        url: str | None = None,
        hint: str | None = None,
    ) -> None:
        super().__init__(1006, "", message=message, url=url, hint=hint)
