"""mitmproxy's flow files: tnetstrings, one a flow. Each WebSocket is an HTTP flow with ``websocket.messages``.

Source: mitmproxy's ``io/tnetstring.py``, ``websocket.py`` and ``connection.py``; its reader brings older versions of the
format up to date (``io/compat.py``), so we write one that is old enough for all of this decade's.
"""

from __future__ import annotations

import re
import ssl
import uuid
from collections.abc import Iterator, Sequence
from typing import Any, BinaryIO, Final
from urllib.parse import urlsplit

from ..close import Close
from ..log.kinds import CODES
from ..log.message import Message
from ..protocol.batch import BINARY, CLOSE, PING, PONG, TEXT
from ..protocol.handshake import Handshake
from ..recording.records import ConnectionRecord
from ..tls.certificate import Certificate
from .files import LARGEST, CaptureBuilder, CaptureFile, SessionBuilder, UnreadableError, field, whole, words
from .heads import certificate_of, handshake_of, headers_of, know_secrets, split_head, websocket_url
from .moments import epoch_ns
from .saving import Saving, SessionRows

#: The version of the format that we write: mitmproxy 10.1's, of 2023.
_VERSION: Final = 20
_OPCODES: Final = {TEXT: "text", BINARY: "binary", CLOSE: "close", PING: "ping", PONG: "pong"}
#: How deep a flow may be nested, and how many digits a length may have.
_DEEPEST: Final = 24
_DIGITS: Final = 12
_MOST: Final = 2**31 - 1
_NUMBER: Final = re.compile(rb"-?\d{1,40}(?:\.\d{1,40})?(?:e[+-]?\d{1,4})?", re.ASCII)


# ---- tnetstrings


class _Element:
    """Where one value stands in the file: its type, and the bytes of its content that there are."""

    __slots__ = ("cut", "kind", "start", "stop")

    def __init__(self, kind: bytes, start: int, stop: int, cut: bool) -> None:
        self.kind = kind
        self.start = start
        self.stop = stop
        #: Whether the file ends in it.
        self.cut = cut


class _Reader:
    """Walks through tnetstrings without taking more into memory than one message.

    Parameters
    ----------
    file : CaptureFile
        The file.
    """

    def __init__(self, file: CaptureFile) -> None:
        self._file = file

    def element(self, at: int, stop: int) -> _Element:
        """Find the value that begins at a place and must end before another."""
        binary = self._file.file
        binary.seek(at)
        head = binary.read(_DIGITS + 1)
        digits, colon, _ = head.partition(b":")
        if not colon or not digits.isdigit():
            if self._file.size - at <= _DIGITS and (not digits or digits.isdigit()):
                raise UnreadableError("it ends in the middle")
            raise UnreadableError("a length is missing where a value should begin")
        start = at + len(digits) + 1
        end = start + int(digits)
        if end >= self._file.size:
            # The type stands behind the content. Only objects and lists are worth looking into, and `walk` tells them
            # apart by what is in them.
            return _Element(b"", start, self._file.size, True)
        if end >= stop:
            raise UnreadableError("a value is longer than what it is in")
        binary.seek(end)
        return _Element(binary.read(1), start, end, False)

    def walk(self, element: _Element) -> Iterator[_Element]:
        """Find the values in a list, or names and values of an object by turns."""
        at = element.start
        while at < element.stop:
            inner = self.element(at, element.stop + element.cut)
            yield inner
            at = inner.stop + 1
        if element.cut:
            raise UnreadableError("it ends in the middle")

    def members(self, element: _Element) -> Iterator[tuple[str, _Element]]:
        """Find the members of an object."""
        if element.kind not in (b"}", b""):
            return
        inner = self.walk(element)
        for name in inner:
            said = self.value(name)
            value = next(inner, None)
            if value is not None:
                yield words(said, 200), value

    def value(self, element: _Element, depth: int = _DEEPEST) -> Any:
        """Read a value as a whole."""
        if element.cut:
            raise UnreadableError("it ends in the middle")
        if not depth:
            raise UnreadableError("it is nested too deeply")
        if element.kind == b"]":
            return [self.value(one, depth - 1) for one in self.walk(element)]
        if element.kind == b"}":
            inner = [self.value(one, depth - 1) for one in self.walk(element)]
            names = [words(one, 200) for one in inner[::2]]
            return dict(zip(names, inner[1::2], strict=False))
        if element.stop - element.start > LARGEST:
            raise UnreadableError(f"a value has more than {LARGEST >> 20} MiB")
        self._file.file.seek(element.start)
        return _scalar(element.kind, self._file.read(element.stop - element.start))


def _scalar(kind: bytes, data: bytes) -> Any:
    if kind == b",":
        return data
    if kind == b";":
        return str(data, "utf-8", "replace")
    if kind == b"!":
        return data == b"true"
    if kind == b"~":
        return None
    if kind in (b"#", b"^") and len(data) <= 100 and _NUMBER.fullmatch(data):
        return float(data) if kind == b"^" or not data.lstrip(b"-").isdigit() else int(data)
    raise UnreadableError("a value has a type that is none")


def _dumps(value: Any) -> bytes:
    """Write a value as a tnetstring."""
    if value is None:
        kind, data = b"~", b""
    elif isinstance(value, bool):
        kind, data = b"!", b"true" if value else b"false"
    elif isinstance(value, int):
        kind, data = b"#", b"%d" % value
    elif isinstance(value, float):
        kind, data = b"^", repr(value).encode()
    elif isinstance(value, bytes):
        kind, data = b",", value
    elif isinstance(value, str):
        kind, data = b";", value.encode("utf-8", "replace")
    elif isinstance(value, dict):
        kind, data = b"}", b"".join(_dumps(one) for pair in value.items() for one in pair)
    else:
        kind, data = b"]", b"".join(map(_dumps, value))
    return b"%d:%s%s" % (len(data), data, kind)


# ---- reading


def read_mitm(file: CaptureFile, into: CaptureBuilder) -> None:
    """Read a flow file.

    Parameters
    ----------
    file : CaptureFile
        The file.
    into : CaptureBuilder
        Gets the WebSockets in it.

    Raises
    ------
    UnreadableError
        It is none from some place on; what stands before it was read.
    """
    reader = _Reader(file)
    at = others = 0
    while at < file.size:
        flow = reader.element(at, file.size)
        others += not _Flow(reader, into).read(flow)
        at = flow.stop + 1
    if others and not into.sessions:
        into.problem(f"it has {others:,} flows and no WebSocket")


class _Flow:
    """One flow of a file."""

    def __init__(self, reader: _Reader, into: CaptureBuilder) -> None:
        self._reader = reader
        self._into = into
        self._said: dict[str, Any] = {}
        self._session: SessionBuilder | None = None
        self._number = 1

    def read(self, flow: _Element) -> bool:
        """Read it; tell whether it is a WebSocket."""
        try:
            for name, value in self._reader.members(flow):
                if name == "websocket" and value.kind in (b"}", b""):
                    self._session = self._begin()
                    self._websocket(self._session, value)
                elif name in ("request", "response", "server_conn", "metadata", "error"):
                    self._said[name] = self._reader.value(value)
        finally:  # also when the file ends here
            if self._session is not None:
                self._finish(self._session)
        return self._session is not None

    def _begin(self) -> SessionBuilder:
        """Begin a session, or go on with that of our own flow before: what we write says first whose it is."""
        own = words(field(self._said, "metadata", "kontena_session"), 1000)
        if not own:
            return self._into.session()
        self._number = whole(field(self._said, "metadata", "kontena_connection"), 0, _MOST, 1)
        return self._into.named(own)

    def _websocket(self, session: SessionBuilder, websocket: _Element) -> None:
        for name, value in self._reader.members(websocket):
            if name == "messages":
                for message in self._reader.walk(value):
                    self._message(session, self._reader.value(message))
            else:
                self._said[name] = self._reader.value(value)

    def _message(self, session: SessionBuilder, state: Any) -> None:
        said = state if isinstance(state, list) and len(state) >= 4 else [None] * 4
        kind = _OPCODES.get(said[0]) if isinstance(said[0], int) else None
        if kind is None or not isinstance(said[2], bytes):
            self._into.problem("a message of a WebSocket is none")
            return
        session.add(kind, said[2], epoch_ns(said[3]), sent=said[1] is True, connection=self._number)
        if len(said) > 4 and said[4] is True:
            self._into.problem("a message was dropped by mitmproxy, and did not reach the other side")

    def _finish(self, session: SessionBuilder) -> None:
        said = self._said
        request, response, server = (field(said, name) for name in ("request", "response", "server_conn"))
        close = None
        code = said.get("close_code")
        if code is not None:
            sent, ended = said.get("closed_by_client") is True, epoch_ns(said.get("timestamp_end"))
            close = session.close(code, said.get("close_reason"), ended, sent=sent, connection=self._number)
        elif message := words(field(said, "error", "msg"), 4000):
            when = epoch_ns(field(said, "error", "timestamp"))
            session.add("error", message.encode(), when, connection=self._number)
        session.name = session.name or words(field(said, "metadata", "kontena_session"), 1000)
        if not isinstance(request, dict):
            return
        url = _url(request)
        sent_headers, received = headers_of(_pairs(request)), headers_of(_pairs(response))
        know_secrets(url, sent_headers, received)
        opened = epoch_ns(field(response, "timestamp_end")) or epoch_ns(request.get("timestamp_start"))
        peer = field(server, "peername") or field(server, "address")
        peer = peer if isinstance(peer, list) and len(peer) >= 2 else ["", 0]
        handshake = handshake_of(
            url,
            sent_headers,
            received,
            whole(field(response, "status_code"), 0, 999, 0),
            words(field(response, "reason"), 200),
            method=words(request.get("method"), 20) or "GET",
            time=(opened or 0) / 1e9,
            address=(words(peer[0], 200), whole(peer[1], 0, 65535, 0)),
            timings=_timings(request, response, server),
        )
        listed = field(server, "certificate_list")
        ders = (_der(one) for one in listed) if isinstance(listed, list) else ()
        session.connection(
            ConnectionRecord(
                number=self._number,
                url=handshake.url,
                opened_ns=opened,
                closed_ns=epoch_ns(said.get("timestamp_end")),
                handshake=handshake,
                certificate=certificate_of(ders, words(field(server, "sni"), 300) or None),
                close=close,
            )
        )


def _pairs(message: Any) -> Any:
    return field(message, "headers")


def _url(request: dict[str, Any]) -> str:
    scheme, path = words(request.get("scheme"), 20), words(request.get("path"))
    host, port = words(request.get("host"), 300), whole(request.get("port"), 0, 65535, 0)
    given = next((value for name, value in headers_of(_pairs(request)) if name.lower() == "host"), "")
    secure = scheme in ("https", "wss")
    usual = port in (0, 443 if secure else 80)
    host = f"[{host}]" if ":" in host else host
    return websocket_url(f"{'https' if secure else 'http'}://{given or (host if usual else f'{host}:{port}')}{path}")


def _timings(request: Any, response: Any, server: Any) -> dict[str, float]:
    def moment(of: Any, name: str) -> float | None:
        value = field(of, name)
        return value if isinstance(value, float) else None

    steps = {
        "tcp": (moment(server, "timestamp_start"), moment(server, "timestamp_tcp_setup")),
        "tls": (moment(server, "timestamp_tcp_setup"), moment(server, "timestamp_tls_setup")),
        "upgrade": (moment(request, "timestamp_start"), moment(response, "timestamp_end")),
    }
    return {
        name: stop - start
        for name, (start, stop) in steps.items()
        if start is not None and stop is not None and 0 <= stop - start < 1e6
    }


def _der(pem: Any) -> bytes | None:
    try:
        return ssl.PEM_cert_to_DER_cert(words(pem)) if isinstance(pem, (bytes, str)) else None
    except ValueError:
        return None


# ---- writing


def write_mitm(file: BinaryIO, sessions: Sequence[SessionRows], saving: Saving) -> None:
    """Write sessions, each connection as a flow.

    Parameters
    ----------
    file : BinaryIO
        Where to.
    sessions : sequence of SessionRows
        What. mitmproxy's flows have text and binary messages, and how a connection ended.
    saving : Saving
        How.
    """
    for rows in sessions:
        for connection, messages in rows.connections():
            close, by_us, ended = connection.close, False, connection.closed_ns
            first = None
            size = 0
            closes = 0
            for message in messages:
                first = message.time_ns if first is None else first
                if message.kind == "close":
                    closes += 1
                    if closes == 1:  # who closes first decides
                        close = Close.decode(saving.payload(message))
                        by_us, ended = message.direction == "sent", message.time_ns
                elif message.kind in ("text", "binary"):
                    size += len(_state(message, saving))
            started = connection.opened_ns or first or 0
            websocket = {
                "closed_by_client": None if close is None else by_us,
                "close_code": None if close is None else close.code,
                "close_reason": None if close is None else saving.text(close.reason),
                "timestamp_end": None if close is None else (ended or started) / 1e9,
            }
            saving.lose("further close frames", max(0, closes - 1))
            saving.messages -= max(0, closes - 1)
            flow = _flow(rows.record.name, connection, started / 1e9, saving)
            listed = b"".join(_dumps(one) for pair in websocket.items() for one in pair) + _dumps("messages")
            listed_size = len(listed) + _length(size)
            inner = b"".join(_dumps(one) for pair in flow.items() for one in pair) + _dumps("websocket")
            # The lengths stand in front: the messages are gone through once more for what they are.
            file.write(b"%d:%s%d:%s%d:" % (len(inner) + _length(listed_size), inner, listed_size, listed, size))
            for message in saving.each(messages):
                if message.kind in ("text", "binary"):
                    saving.lose_details(message)
                    rounded = epoch_ns(message.time_ns / 1e9) != message.time_ns  # a float has 240 ns
                    saving.lose("times finer than a microsecond", rounded)
                    file.write(_state(message, saving))
                elif message.kind != "close":
                    saving.leave_out(f"rows of kind {message.kind!r}")
            file.write(b"]}}")


def _length(size: int) -> int:
    """Tell how many bytes a value has whose content has so many."""
    return len(b"%d" % size) + 2 + size


def _state(message: Message, saving: Saving) -> bytes:
    sent, when = message.direction == "sent", message.time_ns / 1e9
    return _dumps([CODES[message.kind], sent, saving.payload(message), when, False, False])


def _flow(name: str, connection: ConnectionRecord, started: float, saving: Saving) -> dict[str, Any]:
    handshake = connection.handshake
    url = urlsplit(saving.url(connection.url or (handshake.url if handshake is not None else "")))
    secure = url.scheme == "wss"
    host, port = _host_port(url.netloc, secure)
    target = url.path + (f"?{url.query}" if url.query else "")
    return {
        "version": _VERSION,
        "type": "http",
        "id": str(uuid.uuid4()),
        "error": None,
        "client_conn": _connection(started, ("127.0.0.1", 0), mitmcert=None, proxy_mode="regular"),
        "server_conn": _server(connection, started, host, port, secure),
        "intercepted": False,
        "is_replay": None,
        "marked": "",
        "metadata": {"kontena_session": name, "kontena_connection": connection.number},
        "comment": "",
        "timestamp_created": started,
        "backup": None,
        **_messages(handshake, started, target, host, port, secure, saving),
    }


def _host_port(netloc: str, secure: bool) -> tuple[str, int]:
    found = re.fullmatch(r"(?:.*@)?(\[[^\]]*\]|[^:]*)(?::(\d{1,5}))?", netloc)
    host = found[1].strip("[]") if found else netloc
    return host, int(found[2]) if found and found[2] else 443 if secure else 80


def _connection(started: float, peer: tuple[str, int] | None, **more: Any) -> dict[str, Any]:
    return {
        "id": str(uuid.uuid4()),
        "peername": peer,
        "sockname": ("127.0.0.1", 0) if peer else None,
        "transport_protocol": "tcp",
        "error": None,
        "tls": False,
        "certificate_list": [],
        "alpn": None,
        "alpn_offers": [],
        "cipher": None,
        "cipher_list": [],
        "tls_version": None,
        "sni": None,
        "timestamp_start": started,
        "timestamp_end": None,
        "timestamp_tls_setup": None,
        **more,
    }


def _server(connection: ConnectionRecord, started: float, host: str, port: int, secure: bool) -> dict[str, Any]:
    handshake = connection.handshake
    address = None if handshake is None or not handshake.address[0] else handshake.address[:2]
    timings = {} if handshake is None else handshake.timings
    tcp = started - timings.get("upgrade", 0.0) - timings.get("tls", 0.0)
    return _connection(
        tcp - timings.get("tcp", 0.0),
        address,
        address=(host, port),
        via=None,
        timestamp_tcp_setup=tcp,
        tls=secure,
        timestamp_tls_setup=tcp + timings.get("tls", 0.0) if secure else None,
        sni=host if secure else None,
        certificate_list=[one.pem.encode() for one in _chain(connection.certificate)],
    )


def _chain(certificate: Certificate | None) -> Sequence[Certificate]:
    return () if certificate is None else certificate.chain or (certificate,)


def _messages(
    handshake: Handshake | None, started: float, target: str, host: str, port: int, secure: bool, saving: Saving
) -> dict[str, Any]:
    request, response = ("", "") if handshake is None else saving.heads(handshake)
    start, sent = split_head(request) if request else ("", [])
    _, received = split_head(response) if response else ("", [])
    began = started - (handshake.timings.get("upgrade", 0.0) if handshake is not None else 0.0)
    return {
        "request": {
            "http_version": b"HTTP/1.1",
            "headers": [[name.encode(), value.encode("utf-8", "replace")] for name, value in sent],
            "content": b"",
            "trailers": None,
            "timestamp_start": began,
            "timestamp_end": began,
            "host": host,
            "port": port,
            "method": (start.partition(" ")[0] or "GET").encode(),
            "scheme": b"https" if secure else b"http",
            "authority": b"",
            "path": (target or "/").encode("utf-8", "replace"),
        },
        "response": {
            "http_version": b"HTTP/1.1",
            "headers": [[name.encode(), value.encode("utf-8", "replace")] for name, value in received],
            "content": b"",
            "trailers": None,
            "timestamp_start": started,
            "timestamp_end": started,
            "status_code": 101 if handshake is None else handshake.status,
            "reason": (b"" if handshake is None else handshake.reason.encode("utf-8", "replace")),
        },
    }
