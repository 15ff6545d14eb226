"""HTTP Archives (HAR 1.2) with WebSocket messages, as Chrome, Playwright, HTTP Toolkit and mitmproxy write them.

Each WebSocket is an entry; Chrome's ``_webSocketMessages`` has its messages: ``type`` (``send``, ``receive`` or
``error``), ``time`` (epoch seconds), ``opcode`` (-1 for an error) and ``data``, in base64 unless the opcode is 1. The
others differ:

- Playwright has milliseconds, and -1 without times; with attached contents, the messages are lines of a file named in
  ``response.content._file``, beside the HAR or in one zip with it.
- HTTP Toolkit says in ``_webSocketClose`` how it ended: ``code``, ``reason`` and ``timestamp``, or ``"aborted"``.
- mitmproxy has floating-point seconds, and the URL of the request, with ``https:``.

We write Chrome's, and HTTP Toolkit's close. What neither has is in fields of our own, which HAR 1.2 allows when they
begin with an underscore: ``_kontena`` of an entry has its session, connection, certificates, and the ``rows`` that are no
text or binary message, each with the number of messages before it; ``_compressed``, ``_fragments``, ``_incomplete``,
``_encoding`` and ``_bookmark`` (its note) of a message are there where they tell something.
"""

from __future__ import annotations

import base64
import io
import json
import zipfile
from collections.abc import Iterable, Iterator, Sequence
from pathlib import Path
from typing import Any, BinaryIO, Final

from ..close import Close
from ..log.export import encoded, time_text
from ..log.kinds import CODES
from ..log.message import Message
from ..protocol.batch import BINARY, CLOSE, PING, PONG, TEXT
from ..recording.records import ConnectionRecord
from .files import (
    LARGEST,
    CaptureBuilder,
    CaptureFile,
    SessionBuilder,
    UnreadableError,
    field,
    from_base64,
    text_bytes,
    whole,
    words,
)
from .heads import certificate_of, handshake_of, headers_of, know_secrets, split_head, websocket_url
from .json_stream import JSONError, JSONStream, parse
from .moments import epoch_ns, seconds_text
from .saving import Saving, SessionRows

_OPCODES: Final = {TEXT: "text", BINARY: "binary", CLOSE: "close", PING: "ping", PONG: "pong"}
_MOST: Final = 2**31 - 1
#: Bytes that the members of a zip may have together when they are unpacked, and of how many its list is read.
_UNPACKED: Final = 4 << 30
_MOST_MEMBERS: Final = 10_000
#: Phases of `Handshake.timings` by HAR's names.
_TIMINGS: Final = {"dns": "dns", "connect": "tcp", "ssl": "tls", "wait": "upgrade"}


# ---- reading


def read_har(file: CaptureFile, into: CaptureBuilder) -> None:
    """Read a HAR, or a zip that has one.

    Parameters
    ----------
    file : CaptureFile
        The file.
    into : CaptureBuilder
        Gets what is in it.

    Raises
    ------
    UnreadableError, JSONError
        It is none from some place on; what stands before it was read.
    """
    if file.head.startswith(b"PK"):
        _read_zip(file, into)
    else:
        _read(JSONStream(file.read), into, _Beside(file.path.parent))


def read_messages(file: CaptureFile, into: CaptureBuilder) -> None:
    """Read the lines of messages that Playwright attaches to a HAR, without the HAR.

    Parameters
    ----------
    file : CaptureFile
        The file.
    into : CaptureBuilder
        Gets what is in it.

    Raises
    ------
    UnreadableError
        A line is too long; what stands before it was read.
    """
    entry = _Entry(into, _Beside(file.path.parent))
    for number, line in file.lines():
        try:
            entry.message(parse(str(line, "utf-8-sig", "replace")))
        except JSONError:
            into.problem(f"line {number:,} is no JSON")


class _Beside:
    """Files in the folder of a HAR."""

    def __init__(self, folder: Path) -> None:
        self._folder = folder

    def open(self, name: str) -> BinaryIO | None:
        """Open a file by the name that the HAR has; None when it is not there. A HAR names no file elsewhere."""
        path = self._folder / name
        if Path(name).name != name or not path.is_file():
            return None
        return path.open("rb")


class _Zipped:
    """Members of the zip that a HAR is in."""

    def __init__(self, archive: zipfile.ZipFile) -> None:
        self._archive = archive
        self.left = _UNPACKED

    def open(self, name: str) -> BinaryIO | None:
        """Open a member; None when it is not there."""
        try:
            return io.BufferedReader(_Member(self, self._archive.open(name)))
        except (KeyError, NotImplementedError, RuntimeError):  # not there; a compression or a password we don't have
            return None


class _Member(io.RawIOBase):
    """A member of a zip, which must not grow without bound."""

    def __init__(self, zipped: _Zipped, member: Any) -> None:
        self._zipped = zipped
        self._member = member

    def readable(self) -> bool:
        """Yes."""
        return True

    def readinto(self, buffer: Any) -> int:
        """As `io.RawIOBase.readinto`."""
        data = self._member.read(len(buffer))
        self._zipped.left -= len(data)
        if self._zipped.left < 0:
            raise UnreadableError(f"it unpacks to more than {_UNPACKED >> 30} GiB")
        buffer[: len(data)] = data
        return len(data)

    def close(self) -> None:
        """As `io.RawIOBase.close`."""
        self._member.close()
        super().close()


def _read_zip(file: CaptureFile, into: CaptureBuilder) -> None:
    import zlib

    try:
        with zipfile.ZipFile(file.file) as archive:
            members = archive.infolist()[:_MOST_MEMBERS]
            name = next((one.filename for one in members if one.filename.lower().endswith(".har")), None)
            zipped = _Zipped(archive)
            opened = None if name is None else zipped.open(name)
            if opened is None:
                raise UnreadableError("it is a zip without a HAR in it that can be read")
            with opened:
                _read(JSONStream(opened.read), into, zipped)
    except (zipfile.BadZipFile, zlib.error, EOFError, OSError, NotImplementedError):
        raise UnreadableError("it is a damaged zip, or one of a kind that cannot be unpacked") from None


def _read(stream: JSONStream, into: CaptureBuilder, beside: _Beside | _Zipped) -> None:
    for name in stream.members():
        for inner in stream.members() if name == "log" else ():
            if inner == "entries":
                others = 0
                for _ in stream.items():
                    others += not _Entry(into, beside).read(stream)
                if others and not into.sessions:
                    into.problem(f"it has {others:,} HTTP requests and no WebSocket")


class _Entry:
    """One entry: a WebSocket, or another request."""

    def __init__(self, into: CaptureBuilder, beside: _Beside | _Zipped) -> None:
        self._into = into
        self._beside = beside
        self._session: SessionBuilder | None = None
        self._number = 1
        #: Our own rows: how many messages stand before each, and what it is.
        self._rows: list[tuple[int, dict[str, Any]]] = []
        self._count = 0
        self._said: dict[str, Any] = {}

    def read(self, stream: JSONStream) -> bool:
        """Read it; tell whether it is a WebSocket."""
        try:
            for name in stream.members():
                if name == "_webSocketMessages":
                    if stream.peek() == "[":
                        for _ in stream.items():
                            self.message(stream.value())
                elif name == "_kontena":
                    self._own(stream.value())
                elif name in (
                    "startedDateTime",
                    "request",
                    "response",
                    "timings",
                    "serverIPAddress",
                    "_webSocketClose",
                ):
                    self._said[name] = stream.value()
                    if name == "startedDateTime" and self._session is not None:
                        self._begin()
                elif name == "_resourceType" and stream.value() == "websocket":
                    self._begin()
        finally:  # also when the file ends here
            finished = self._finish()
        return finished

    def _own(self, own: Any) -> None:
        self._said["_kontena"] = own
        self._number = whole(field(own, "connection"), 0, _MOST, 1)
        name = words(field(own, "session"), 1000)
        if name and self._session is None:
            self._session = self._into.named(name)
        rows = field(own, "rows")
        for row in rows if isinstance(rows, list) else ():
            if isinstance(row, dict):
                self._rows.append((whole(row.get("after"), 0, 2**63, 0), row))
        self._rows.sort(key=lambda pair: pair[0])
        self._rows.reverse()

    def _begin(self) -> SessionBuilder:
        if self._session is None:
            self._session = self._into.session()
        if self._session.started_ns is None:
            self._session.started_ns = epoch_ns(self._said.get("startedDateTime"))
        return self._session

    def message(self, said: Any) -> None:
        """Take one message."""
        session = self._begin()
        self._rows_before(session)
        self._count += 1
        kind, payload = _row(said)
        if payload is None:
            self._into.problem(f"message {self._count:,} of a WebSocket has no data, or data that is no base64")
            return
        session.add(
            kind,
            payload,
            epoch_ns(said.get("time")),
            sent=said.get("type") == "send",
            connection=self._number,
            compressed=said.get("_compressed") is True,
            fragments=whole(said.get("_fragments"), 1, _MOST, 1),
            incomplete=said.get("_incomplete") is True,
        )
        _bookmark(session, said.get("_bookmark"))

    def _rows_before(self, session: SessionBuilder, last: bool = False) -> None:
        while self._rows and (last or self._rows[-1][0] <= self._count):
            _, row = self._rows.pop()
            kind = row.get("kind")
            payload = from_base64(row.get("data"))
            if not isinstance(kind, str) or kind not in CODES or payload is None:
                self._into.problem("a row of its own that is none was left out")
                continue
            sent, when = row.get("direction") == "sent", epoch_ns(row.get("time"))
            incomplete = row.get("incomplete") is True
            session.add(kind, payload, when, sent=sent, connection=self._number, incomplete=incomplete)
            _bookmark(session, row.get("bookmark"))

    def _finish(self) -> bool:
        said = self._said
        url = words(field(said, "request", "url"))
        shut = said.get("_webSocketClose")
        attached = field(said, "response", "content", "_file")
        if self._session is None and not (
            url.lower().startswith(("ws:", "wss:")) or field(said, "response", "status") == 101 or shut is not None
        ):
            return False
        session = self._begin()
        if isinstance(attached, str) and not self._count:
            self._attached(attached)
        own = said.get("_kontena")
        self._rows_before(session, last=True)
        close = None
        if shut == "aborted":
            close = Close(1006)
            if own is None:
                session.add("error", b"the connection was aborted", None, connection=self._number)
        elif isinstance(shut, dict):
            when = epoch_ns(shut.get("timestamp"))
            if own is None:
                close = session.close(shut.get("code"), shut.get("reason"), when, connection=self._number)
            else:  # its frame is among our own rows
                close = Close(whole(shut.get("code"), 1, 65535, 1005), words(shut.get("reason"), 4000))
        failed = words(field(said, "response", "_failureText") or field(said, "response", "_error"), 4000)
        if failed and own is None:
            session.add("error", text_bytes(failed), None, connection=self._number)
        self._connection(session, websocket_url(url), close)
        return True

    def _attached(self, name: str) -> None:
        """Read messages that Playwright wrote to a file of their own."""
        opened = self._beside.open(name)
        if opened is None:
            self._into.problem(
                "its messages are in a file of their own that is not there; it belongs into the same folder"
            )
            return
        with opened:
            while line := opened.readline(LARGEST):
                try:
                    self.message(parse(str(line, "utf-8", "replace")))
                except JSONError:
                    self._into.problem("a line of the file with its messages is no JSON")

    def _connection(self, session: SessionBuilder, url: str, close: Close | None) -> None:
        said = self._said
        request, response = field(said, "request"), field(said, "response")
        started = epoch_ns(said.get("startedDateTime"))
        handshake = None
        if request is not None:
            sent, received = headers_of(field(request, "headers")), headers_of(field(response, "headers"))
            know_secrets(url, sent, received)
            timings = {
                phase: float(spent) / 1000
                for name, phase in _TIMINGS.items()
                if _number(spent := field(said, "timings", name)) and 0 <= spent < 10**9
            }
            handshake = handshake_of(
                url,
                sent,
                received,
                whole(field(response, "status"), 0, 999, 0),
                words(field(response, "statusText"), 200),
                method=words(field(request, "method"), 20) or "GET",
                time=(started or 0) / 1e9,
                address=(words(said.get("serverIPAddress"), 100), 0),
                timings=timings,
            )
        chain = field(said, "_kontena", "certificates")
        ders = map(from_base64, chain) if isinstance(chain, list) else ()
        session.connection(
            ConnectionRecord(
                number=self._number,
                url=handshake.url if handshake is not None else url,
                opened_ns=started,
                closed_ns=epoch_ns(field(said, "_kontena", "closed")),
                handshake=handshake if field(said, "_kontena", "handshake") is not False else None,
                certificate=certificate_of(ders),
                close=close,
            )
        )


def _number(value: Any) -> bool:
    return isinstance(value, (int, float)) or hasattr(value, "as_tuple")


def _row(said: Any) -> tuple[str, bytes | None]:
    """Read a message: its kind, and its payload, or None when there is none."""
    data = field(said, "data")
    opcode = field(said, "opcode")
    if field(said, "type") == "error" or opcode == -1:
        return "error", text_bytes(data) if isinstance(data, str) else None
    kind = _OPCODES.get(opcode, "binary") if isinstance(opcode, int) else "text"
    if not isinstance(data, str):
        return kind, None
    if kind == "text" and field(said, "_encoding") != "base64":
        return kind, text_bytes(data)
    return kind, from_base64(data)


# ---- writing


def write_har(file: BinaryIO, sessions: Sequence[SessionRows], saving: Saving) -> None:
    """Write sessions, each connection as an entry.

    Parameters
    ----------
    file : BinaryIO
        Where to.
    sessions : sequence of SessionRows
        What.
    saving : Saving
        How.
    """
    creator = {"name": "kontena_ws_nb", "version": "1"}
    file.write(f'{{"log":{{"version":"1.2","creator":{_json(creator)},"pages":[],"entries":['.encode())
    between = b"\n"
    for rows in sessions:
        for connection, messages in rows.connections():
            file.write(between)
            between = b",\n"
            _write_entry(file, rows.record.name, connection, messages, saving)
    file.write(b"\n]}}\n")


def _json(value: Any) -> str:
    return json.dumps(value, ensure_ascii=False, separators=(",", ":"))


def _write_entry(
    file: BinaryIO, name: str, connection: ConnectionRecord, messages: Iterable[Message], saving: Saving
) -> None:
    close = connection.close
    first = last = None
    own: list[dict[str, Any]] = []
    count = 0
    for message in messages:
        first = message.time_ns if first is None else first
        last = message.time_ns
        if message.kind in ("text", "binary", "error"):
            count += 1
            continue
        own.append(_own_row(message, count, saving))
        if message.kind == "close" and close is None:
            close = Close(message.close_code or 1005, message.close_reason)  # who closes first decides
    started = connection.opened_ns or first or 0
    certificate = connection.certificate
    chain = () if certificate is None else certificate.chain or (certificate,)
    handshake = connection.handshake
    kontena = {
        "session": name,
        "connection": connection.number,
        "handshake": handshake is not None,
        "certificates": [base64.b64encode(one.der).decode() for one in chain],
        "closed": None if connection.closed_ns is None else time_text(connection.closed_ns),
        "rows": own,
    }
    entry: dict[str, Any] = {
        "_kontena": kontena,  # first: who reads knows the session before its messages come
        "_resourceType": "websocket",
        "startedDateTime": time_text(started),
        "time": max(0.0, ((last or started) - started) / 1e6),
        **_request_and_response(connection, saving),
    }
    if close is not None:
        ended = seconds_text(connection.closed_ns or last or started)
        reason = saving.text(close.reason)
        entry["_webSocketClose"] = (
            "aborted" if close.code == 1006 else {"code": close.code, "reason": reason, "timestamp": float(ended)}
        )
    file.write(_json(entry)[:-1].encode("utf-8", "replace"))
    file.write(b',"_webSocketMessages":[')
    between = b"\n"
    for message in saving.each(messages):
        if message.kind in ("text", "binary", "error"):
            file.write(between)
            file.write(_message(message, saving).encode())
            between = b",\n"
    file.write(b"]}")


def _bookmark(session: SessionBuilder, note: Any) -> None:
    """Bookmark the row that was added last, when there is a note, if only an empty one."""
    if isinstance(note, str):
        session.bookmark(note)


def _own_row(message: Message, after: int, saving: Saving) -> dict[str, Any]:
    row: dict[str, Any] = {
        "after": after,
        "time": time_text(message.time_ns),
        "kind": message.kind,
        "direction": message.direction,
        "data": base64.b64encode(saving.payload(message)).decode(),
    }
    note = saving.note(message)
    return {
        **row,
        **({"incomplete": True} if message.incomplete else {}),
        **({} if note is None else {"bookmark": note}),
    }


def _message(message: Message, saving: Saving) -> str:
    error = message.kind == "error"
    kind = "error" if error else "send" if message.direction == "sent" else "receive"
    opcode = -1 if error else CODES[message.kind]
    data, encoding = encoded(saving.payload(message), message.kind)
    extras: dict[str, Any] = {"_encoding": encoding} if message.kind == "text" and encoding == "base64" else {}
    if error and encoding == "base64":
        data = str(saving.payload(message), "utf-8", "replace")
        saving.lose("errors that are not UTF-8")
    for name, value in (("_compressed", message.compressed), ("_incomplete", message.incomplete)):
        if value:
            extras[name] = True
    if message.fragments != 1:
        extras["_fragments"] = message.fragments
    if (note := saving.note(message)) is not None:
        extras["_bookmark"] = note
    said = f'{{"type":"{kind}","time":{seconds_text(message.time_ns)},"opcode":{opcode},"data":{_json(data)}'
    return f"{said},{_json(extras)[1:]}" if extras else f"{said}}}"


def _request_and_response(connection: ConnectionRecord, saving: Saving) -> dict[str, Any]:
    handshake = connection.handshake
    url = saving.url(connection.url or (handshake.url if handshake is not None else ""))
    request, response = ("", "") if handshake is None else saving.heads(handshake)
    sent, received = split_head(request) if request else ("", []), split_head(response) if response else ("", [])
    timings = {} if handshake is None else handshake.timings
    spent = {name: round(1000 * timings[phase], 3) if phase in timings else -1 for name, phase in _TIMINGS.items()}
    return {
        "request": {
            "method": sent[0].partition(" ")[0] or "GET",
            "url": url,
            "httpVersion": "HTTP/1.1",
            "headers": _listed(sent[1]),
            "queryString": list(_query(url)),
            "cookies": [],
            "headersSize": -1,
            "bodySize": 0,
        },
        "response": {
            "status": 101 if handshake is None else handshake.status,
            "statusText": "Switching Protocols" if handshake is None else handshake.reason,
            "httpVersion": "HTTP/1.1",
            "headers": _listed(received[1]),
            "cookies": [],
            "content": {"size": 0, "mimeType": "x-unknown"},
            "redirectURL": "",
            "headersSize": -1,
            "bodySize": -1,
        },
        "cache": {},
        "timings": {"blocked": -1, **spent, "send": 0, "receive": 0},
        **({"serverIPAddress": handshake.address[0]} if handshake is not None and handshake.address[0] else {}),
    }


def _listed(headers: Iterable[tuple[str, str]]) -> list[dict[str, str]]:
    return [{"name": name, "value": value} for name, value in headers]


def _query(url: str) -> Iterator[dict[str, str]]:
    from urllib.parse import parse_qsl

    for name, value in parse_qsl(url.partition("?")[2].partition("#")[0], keep_blank_values=True):
        yield {"name": name, "value": value}
