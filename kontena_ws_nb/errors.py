"""The errors of this package, but for those of TLS (`tls.errors`).

    Error
    ├── ConnectError (ConnectionError)        DNS, TCP, proxy
    │   └── SSLConnectError                   the TLS handshake failed
    │       └── SSLVerifyError                the certificate was refused
    ├── ProtocolError                         not a WebSocket server, or broken frames
    ├── SocketError (OSError)                 the open connection broke
    ├── TimeoutError (builtins.TimeoutError)  a named timeout expired
    └── CloseError                            the server closed
        └── EOFError (builtins.EOFError)      closed without a close frame (1006)

The tree and its names follow the Ruby gem kontena-websocket-client; each class is also its builtin cousin, so ``except
ConnectionError`` works for people who never heard of us. Errors are plain values: they hold what they were given,
compose ``str()`` from it, survive pickle and copy, and may be made on any thread. Nothing here does I/O.

Errors leave the notebook, in tracebacks, issues and pickles. So everything in their texts is masked (`kws.secret`, and
the credentials of connections): when they are made, and again when they are shown, because a value may become known
later. The foreign exceptions that they are made from are masked with them. Their texts (``message hint args``,
``str()``, ``repr()``) are printable and bounded, whatever a server wrote; only what the server itself said, in the
attributes made for it (``reason``, ``headers``, ``body``), stays what it is, and is masked in pickles.
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

#: Characters of a URL to show before an error.
_LONGEST_URL = 300


class Error(Exception):
    """Base of every error of this package.

    Parameters
    ----------
    message : str
        What happened to what, and why. No full stop at the end.
    url : str, optional
        The URL it happened to, secrets already redacted.
    hint : str, optional
        What to do next.
    """

    def __init__(self, message: str, *, url: str | None = None, hint: str | None = None) -> None:
        _clean(sys.exc_info()[1])  # what Python will show above this error, as its context or cause
        # What a server wrote may be in all of them, and a terminal shows errors as they are.
        message = safe_message(message)
        super().__init__(message)
        self.message = message
        self.url = None if url is None else mask(url)
        self.hint = None if hint is None else safe_message(hint)

    @property
    def args(self) -> tuple[Any, ...]:
        """What it was made from, masked; an exception's own ``args`` would be read as they are."""
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
        # The builtin cousins (OSError) and keyword-only arguments defeat the inherited protocol: rebuild without
        # calling __init__, then restore the attributes.
        state = {name: _masked(value) for name, value in self.__dict__.items()}
        if "headers" in state:
            state["headers"] = tuple((name, redact_header(name, value)) for name, value in state["headers"])
        return _rebuild, (type(self), self.args), state

    def __copy__(self) -> Error:
        # A copy stays in this process, so that it may hold what this one holds.
        twin = _rebuild(type(self), self.args)
        twin.__dict__.update(self.__dict__)
        return twin


def _masked(value: Any) -> Any:
    """Mask texts and bytes, also in tuples and lists; everything else is left alone."""
    if isinstance(value, str):
        return mask(value)
    if isinstance(value, bytes):
        return mask_bytes(value)
    if type(value) in (tuple, list):
        return type(value)(map(_masked, value))
    return value


def _clean(error: BaseException | None) -> None:
    """Mask what foreign exceptions say, in place: a traceback prints them above ours, and they quote addresses, requests and answers."""
    seen: set[int] = set()
    waiting = [error] if count() else []
    while waiting:
        one = waiting.pop()
        if one is None or id(one) in seen:
            continue
        seen.add(id(one))
        waiting += [one.__cause__, one.__context__]
        # Of ours, what was not known when it was made; the rest is what the server said. Of others, also what C holds
        # beside `args`: an OSError's texts, the subject of a UnicodeError, a SyntaxError's line.
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
                # A class may refuse; then its other texts are masked, and the last word is `__str__`'s of whoever shows
                # it.
                with suppress(AttributeError, TypeError):
                    setattr(one, name, masked)


def _rebuild(cls: type[Error], args: tuple[Any, ...]) -> Error:
    error = cls.__new__(cls, *args)
    error.args = args
    return error


_E = TypeVar("_E", bound=BaseException)


def again(error: _E) -> _E:
    """Copy an error that is raised more than once: raising one object twice grows its traceback.

    Parameters
    ----------
    error : BaseException
        Stored when it happened.

    Returns
    -------
    BaseException
        The same error, with the same cause.
    """
    fresh = copy.copy(error)
    fresh.__cause__ = error.__cause__
    return fresh


_Ours = TypeVar("_Ours", bound=Error)


def following(error: _Ours, first: BaseException, told: str) -> _Ours:
    """Copy an error that is the last of several, so that it does not hide the first: its text and its chain of causes have both.

    Parameters
    ----------
    error : Error
        The last one; raised by nobody else.
    first : BaseException
        What began it.
    told : str
        What its text says of that.

    Returns
    -------
    Error
    """
    fresh = again(error)
    fresh.message = safe_message(f"{fresh.message}; {told}")
    link: BaseException = fresh
    while link.__cause__ is not None and link.__cause__ is not first:
        link = link.__cause__
    if link is not first:
        link.__cause__ = first
    return fresh


class ConnectError(Error, ConnectionError):
    """No connection could be made: name lookup, TCP or proxy failed."""


class ProtocolError(Error):
    """What answered is not a WebSocket server, or it broke the protocol.

    Parameters
    ----------
    message, url, hint
        As for `Error`.
    status : int, optional
        HTTP status, when HTTP answered.
    headers : sequence of (str, str), optional
        The HTTP response's headers.
    body : bytes, optional
        The start of the HTTP response's body.
    close_code : int, optional
        The code we closed with, when frames were broken (RFC 6455 section 7.4.1).
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


class SocketError(Error, OSError):
    """The open connection broke below the WebSocket protocol."""


class TimeoutError(Error, builtins.TimeoutError):
    """One of the named timeouts expired.

    Parameters
    ----------
    phase : str
        ``"connect" "open" "read" "write" "ping" "close"`` or ``"expect"``.
    seconds : float
        How long was waited.
    message : str, optional
        Says more than the default ``"<phase> timed out after <seconds> s"``.
    url, hint
        As for `Error`.
    """

    def __init__(
        self, phase: str, seconds: float, message: str | None = None, *, url: str | None = None, hint: str | None = None
    ) -> None:
        super().__init__(message or f"{phase} timed out after {seconds:g} s", url=url, hint=hint)
        self.phase = phase
        self.seconds = seconds


class CloseError(Error):
    """The server closed the connection.

    Parameters
    ----------
    code : int
        The close code it sent (RFC 6455 section 7.4).
    reason : str, default ""
        The reason it sent, exactly; the message has it printable.
    message, url, hint
        As for `Error`; the message is composed when not given.
    facts : sequence of str
        What a composed message says besides.
    """

    def __init__(
        self,
        code: int,
        reason: str = "",
        *,
        message: str | None = None,
        url: str | None = None,
        hint: str | None = None,
        facts: Sequence[str] = (),
    ) -> None:
        text = f' "{printable(reason)}"' if reason else ""
        told = "; ".join([f"the server closed with {code} ({Close(code).meaning}){text}", *facts])
        super().__init__(message or told, url=url, hint=hint)
        self.code = code
        self.reason = reason


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
