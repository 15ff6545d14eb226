"""HTTP/1.1 responses as a client must take them (RFC 9110, RFC 9112): heads, lists in them, and the bodies of refusals.

Called by the thread that opens a connection. Bytes are a stranger's: bounded in size and time.
"""

from __future__ import annotations

import io
import re
from collections.abc import Callable, Iterable
from typing import Any, Final, NamedTuple, TypeAlias

from ..errors import ProtocolError
from ..redaction.text import quoted
from .deadline import Deadline
from .stream import Stream

#: A response head longer than this, with all interim ones before it, is not one.
MAX_HEAD: Final = 64 << 10
#: How much of a body is kept.
MAX_BODY: Final = 64 << 10
#: How much of a body is read, with what chunks (RFC 9112 section 7.1) put around it.
_MAX_FRAMED: Final = 4 * MAX_BODY
#: How long a body without an announced end is waited for.
PATIENCE: Final = 2.0

Headers: TypeAlias = tuple[tuple[str, str], ...]

#: RFC 9112 section 2.2: a client may take a single LF as the end of a line, and ignores a CR before it.
_LINE_END: Final = re.compile(r"\r?\n")
_HEAD_END: Final = re.compile(rb"\n\r?\n")
#: RFC 9112 section 4, as leniently as it allows; the reason may be absent, and is ignored.
_STATUS_LINE: Final = re.compile(r"HTTP/1\.[0-9][ \t\v\f\r]+([0-9]{3})(?:[ \t\v\f\r]+(.*))?[ \t\v\f\r]*\Z", re.ASCII)
#: RFC 9110 section 5.5: a bare CR, LF or NUL in a field is invalid and dangerous: some read it as the end of a line.
_DANGEROUS: Final = re.compile("[\r\n\0]")
#: RFC 9110 section 5.6.1: an element of a list; a comma in a quoted string (section 5.6.4) does not end it.
_ELEMENT: Final = re.compile(r'(?:[^,"]|"(?:[^"\\]|\\.)*"?)+')
_SCHEME: Final = re.compile(r"([!#$%&'*+\-.^_`|~0-9A-Za-z]+)(?:\s+(.*))?\Z", re.DOTALL)
_BLANKS: Final = " \t"


class SilenceError(Exception):
    """The deadline passed while a response was read."""


class EndOfStreamError(Exception):
    """The connection ended before a head was whole."""


class HeadTooLongError(Exception):
    """A response head exceeds `MAX_HEAD`."""


class NotHTTPError(Exception):
    """What answered does not begin as a response does."""


class Head(NamedTuple):
    """The head of a final response.

    Parameters
    ----------
    raw : bytes
        As received, to the empty line.
    status : int
        Three digits.
    reason : str
        Perhaps empty.
    headers : tuple of (str, str)
        In their order, folded lines unfolded; bytes as Latin-1.
    """

    raw: bytes
    status: int
    reason: str
    headers: Headers


def lines_of(head: str) -> list[str]:
    r"""Divide a head into its lines, folded ones (RFC 9112 section 5.2) made one again.

    Parameters
    ----------
    head : str
        With the line ends that were sent: CRLF or LF.

    Returns
    -------
    list of str
        The start line, then one a header. A fold becomes a blank, as a user agent must do before it looks at the value.

    Examples
    --------
    >>> lines_of("HTTP/1.1 401\r\nWWW-Authenticate: Basic\r\n\trealm=x\nA: b\r\n\r\n")
    ['HTTP/1.1 401', 'WWW-Authenticate: Basic realm=x', 'A: b']
    """
    lines: list[list[str]] = []
    for line in _LINE_END.split(head.rstrip("\r\n")):
        if line[:1] in (" ", "\t") and len(lines) > 1:
            lines[-1].append(line.strip(_BLANKS))
        else:
            lines.append([line])
    return [line[0] if len(line) == 1 else " ".join([line[0].rstrip(_BLANKS), *line[1:]]) for line in lines]


def parse_head(head: bytes, url: str) -> tuple[int, str, Headers]:
    r"""Read a response head (RFC 9112 sections 2.2, 4 and 5).

    Parameters
    ----------
    head : bytes
        Status line and headers.
    url : str
        For the error.

    Returns
    -------
    (int, str, tuple of (str, str))
        Status, reason, headers.

    Raises
    ------
    ProtocolError
        It is not one.

    Examples
    --------
    >>> parse_head(b"HTTP/1.1 401\nWWW-Authenticate : Basic\n  realm=x\n\n", "ws://h/")
    (401, '', (('WWW-Authenticate', 'Basic realm=x'),))
    """
    first, *lines = lines_of(head.decode("latin-1"))
    status = _STATUS_LINE.match(first)
    if status is None:
        raise ProtocolError(f"the response does not begin with an HTTP/1.1 status line: {quoted(first, 80)}", url=url)
    headers: list[tuple[str, str]] = []
    for line in lines:
        name, colon, value = line.partition(":")
        # Section 5.1: blanks before the colon are taken away, as a proxy must do. A name that begins with blanks would
        # be a fold of no line (section 2.2).
        if not colon or not name.strip(_BLANKS) or name[0] in _BLANKS or _DANGEROUS.search(line):
            raise ProtocolError(
                f"the response holds a malformed header line: {quoted(line, 80)} (RFC 9112 section 5)", url=url
            )
        headers.append((name.rstrip(_BLANKS), value.strip(_BLANKS)))
    return int(status[1]), (status[2] or "").strip(), tuple(headers)


def values(headers: Iterable[tuple[str, str]], name: str) -> list[str]:
    """List the values of a header, one a line that had it.

    Parameters
    ----------
    headers : iterable of (str, str)
        Of a response.
    name : str
        Any case (RFC 9110 section 5.1).

    Returns
    -------
    list of str
    """
    return [value for key, value in headers if key.lower() == name.lower()]


def elements(headers: Iterable[tuple[str, str]], name: str) -> list[str]:
    """List the elements of a header that is a list (RFC 9110 sections 5.3 and 5.6.1).

    Parameters
    ----------
    headers : iterable of (str, str)
        Of a response; several lines are one list.
    name : str
        Any case.

    Returns
    -------
    list of str
        Without the empty ones, which a recipient must ignore.

    Examples
    --------
    >>> elements([("Connection", ", keep-alive,, "), ("connection", "Upgrade")], "Connection")
    ['keep-alive', 'Upgrade']
    """
    joined = ",".join(values(headers, name))
    return [element for part in _ELEMENT.findall(joined) if (element := part.strip(_BLANKS))]


def challenges(headers: Iterable[tuple[str, str]], name: str) -> list[tuple[str, str]]:
    """List what a server or proxy wants to be asked with (RFC 9110 section 11.6.1).

    Parameters
    ----------
    headers : iterable of (str, str)
        Of a response.
    name : str
        ``"WWW-Authenticate"`` or ``"Proxy-Authenticate"``.

    Returns
    -------
    list of (str, str)
        Scheme as written, and its parameters. Commas separate both challenges and parameters; a challenge begins with a
        word that no ``=`` follows.

    Examples
    --------
    >>> challenges([("WWW-Authenticate", 'Digest realm="a, b", qop=auth, NTLM, Basic realm = "c"')], "www-authenticate")
    [('Digest', 'realm="a, b", qop=auth'), ('NTLM', ''), ('Basic', 'realm = "c"')]
    """
    found: list[tuple[str, str]] = []
    for element in elements(headers, name):
        scheme = _SCHEME.match(element)
        rest = (scheme[2] or "").strip() if scheme else ""
        if scheme and not rest.startswith("="):
            found.append((scheme[1], rest))
        elif found:
            found[-1] = found[-1][0], f"{found[-1][1]}, {element}".strip(", ")
    return found


class Responses:
    """Reads the responses to one request.

    Parameters
    ----------
    stream : Stream
        Where from.
    deadline : Deadline
        For the heads.
    url : str
        For errors, redacted.
    at_once : int
        Bytes to receive at once: 1 where what follows the head is not ours to read.
    """

    def __init__(self, stream: Stream, deadline: Deadline, url: str, at_once: int = 16384) -> None:
        self._stream = stream
        self._deadline = deadline
        self._url = url
        self._at_once = at_once
        #: What was received of a head, also when none came about.
        self.received = b""
        #: What was received behind the head.
        self.rest = b""

    def head(self) -> Head:
        """Read up to the empty line that ends the head of the final response.

        Any number of interim responses may come first, asked for or not (RFC 9110 section 15.2); 101 is final for who
        asked for an upgrade.

        Returns
        -------
        Head

        Raises
        ------
        SilenceError, EndOfStreamError, HeadTooLongError, NotHTTPError
            As they say; `received` is what there was.
        ProtocolError
            The head is malformed.
        OSError
            The connection broke.
        """
        received = bytearray()
        skipped = searched = 0
        try:
            while True:
                end = _HEAD_END.search(received, searched)
                if end is not None:
                    raw = bytes(received[: end.end()])
                    head = Head(raw, *parse_head(raw, self._url))
                    if not 100 <= head.status <= 199 or head.status == 101:
                        break
                    skipped += len(raw)
                    del received[: end.end()]
                    searched = 0
                    continue
                if skipped + len(received) > MAX_HEAD:
                    raise HeadTooLongError
                if not received.startswith(b"HTTP/"[: len(received)]):
                    raise NotHTTPError
                searched = max(0, len(received) - 2)
                data = self._read()
                if not data:
                    raise EndOfStreamError
                received += data
        except BaseException:
            self.received = bytes(received)
            raise
        self.received = raw
        self.rest = bytes(received[end.end() :])
        return head

    def body(self, head: Head) -> bytes:
        """Read the start of the body, as long as it comes quickly.

        Parameters
        ----------
        head : Head
            The response's.

        Returns
        -------
        bytes
            As `read_body`.
        """
        self._at_once = 16384
        return read_body(head, self.rest, self._read_patiently)

    def _read(self, deadline: Deadline | None = None) -> bytes:
        """Read whatever comes next; empty at the end of the stream."""
        buffer = bytearray(self._at_once)
        until = self._deadline if deadline is None else deadline.sooner(self._deadline)
        while True:
            with memoryview(buffer) as view:
                count = self._stream.receive_into(view)
            if count is not None:
                return bytes(buffer[:count])
            if until.passed or not self._stream.wait(until):
                raise SilenceError

    def _read_patiently(self, deadline: Deadline) -> bytes:
        """Read, but take silence for the end."""
        try:
            return self._read(deadline)
        except SilenceError:
            return b""


class _BodyReader(io.RawIOBase):
    """A response as the file http.client reads."""

    def __init__(self, ready: bytes, read: Callable[[Deadline], bytes]) -> None:
        self._ready = ready
        self._read = read
        self._deadline = Deadline(PATIENCE)
        self._left = _MAX_FRAMED

    def readable(self) -> bool:
        return True

    def readinto(self, buffer: Any) -> int:
        if not self._ready:
            try:
                self._ready = self._read(self._deadline)
            except OSError:
                pass  # the connection broke: the end of what can be shown
        count = min(len(buffer), len(self._ready), self._left)  # whatever sizes a server announces
        buffer[:count], self._ready = self._ready[:count], self._ready[count:]
        self._left -= count
        return count

    def makefile(self, mode: str) -> io.BufferedReader:
        return io.BufferedReader(self)


def read_body(head: Head, rest: bytes, read: Callable[[Deadline], bytes]) -> bytes:
    """Read the start of a response's body (RFC 9112 section 6.3).

    Parameters
    ----------
    head : Head
        The response's.
    rest : bytes
        What was received beyond the head.
    read : callable
        Gives the next bytes, or none at the end or when the deadline it gets has passed.

    Returns
    -------
    bytes
        At most `MAX_BODY`, as sent: `http_content.decoded` undoes content codings.
    """
    from http.client import HTTPException, HTTPResponse, IncompleteRead

    if head.status in (204, 304):  # no content, whatever the headers announce
        return b""
    # Our own reading of the framing, written in the one way that http.client takes.
    codings = [coding.lower() for coding in elements(head.headers, "Transfer-Encoding")]
    lengths = set(elements(head.headers, "Content-Length"))
    framing = ""
    if codings:  # section 6.3: it overrides Content-Length; without chunks at its end the body ends with the connection
        framing = "Transfer-Encoding: chunked\r\n" if codings[-1] == "chunked" else ""
    elif len(lengths) == 1 and (length := lengths.pop()).isascii() and length.isdigit():  # "42, 42" is 42
        framing = f"Content-Length: {min(int(length[:9]), MAX_BODY)}\r\n"
    start = f"HTTP/1.1 {head.status} -\r\n{framing}\r\n".encode("ascii")
    response = HTTPResponse(_BodyReader(start + rest, read))  # type: ignore[arg-type]
    try:
        response.begin()
        return response.read(MAX_BODY)
    except IncompleteRead as error:
        return error.partial or rest[:MAX_BODY]
    except (HTTPException, ValueError, OSError):
        return rest[:MAX_BODY]  # its chunks are none: show the raw bytes
    finally:
        response.close()
