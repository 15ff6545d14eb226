"""Packet captures (pcap, pcapng): Wireshark's ``tshark`` puts the TCP streams together and decrypts them, we read the WebSockets in them.

``tshark -z follow,…,yaml`` writes a stream as ``packets:``, each with the ``peer`` that sent it, a ``timestamp`` and its
bytes in base64. Source: Wireshark's manual page of tshark. Names are not resolved (``-n``): nothing is asked of a network.
"""

from __future__ import annotations

import base64
import binascii
import os
import shutil
import subprocess
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from pathlib import Path
from typing import IO, Final, NamedTuple

from ..close import Close
from ..errors import ProtocolError
from ..log.kinds import KINDS
from ..protocol.batch import CLOSE, PING, PONG
from ..protocol.permessage_deflate import Inflate, negotiate
from ..recording.records import ConnectionRecord
from ..tls.certificate import Certificate
from .files import LARGEST, CaptureBuilder, CaptureFile, SessionBuilder, UnreadableError
from .heads import certificate_of, handshake_of, know_secrets, split_head
from .moments import epoch_ns

#: Where Wireshark's installers put it when it is not on PATH.
_ELSEWHERE: Final = (
    "/Applications/Wireshark.app/Contents/MacOS/tshark",
    r"C:\Program Files\Wireshark\tshark.exe",
)
#: Streams that one run of tshark follows.
_AT_ONCE: Final = 16
#: Bytes of a head, and of a line that tshark writes.
_HEAD: Final = 1 << 18
_LINE: Final = 1 << 20
_FRAMES: Final = frozenset(code for code, kind in KINDS.items() if kind not in ("open", "error", "reconnect"))


class _Packet(NamedTuple):
    """Bytes that one side sent."""

    peer: int
    time_ns: int | None
    data: bytes


def read_pcap(file: CaptureFile, into: CaptureBuilder) -> None:
    """Read a packet capture.

    Parameters
    ----------
    file : CaptureFile
        The file.
    into : CaptureBuilder
        Gets the WebSockets in it.

    Raises
    ------
    UnreadableError
        tshark is not installed, or cannot read the file; or there is no WebSocket in it.
    OSError
        The file with the keys cannot be read.
    """
    program = shutil.which("tshark") or next(filter(os.path.exists, _ELSEWHERE), None)
    if program is None:
        raise UnreadableError(
            "reading packets needs Wireshark's tshark, which is not installed: apt-get install tshark, "
            "brew install wireshark, or the installer of wireshark"
        )
    command = [program, "-n", "-r", str(file.path.absolute())]
    if file.keylog is not None:
        Path(file.keylog).stat()  # raises when it is not there: tshark would go on without
        command += ["-o", f"tls.keylog_file:{os.path.abspath(file.keylog)}"]
    streams, encrypted, chains = _streams(command)
    for layer in ("tcp", "tls"):
        numbers = [number for number, within in streams if within == layer]
        for first in range(0, len(numbers), _AT_ONCE):
            file.tick(file.size * first // len(numbers))
            taps = [
                word for number in numbers[first : first + _AT_ONCE] for word in ("-z", f"follow,{layer},yaml,{number}")
            ]
            with _run([*command, "-q", *taps]) as output:
                _read(output, into, layer == "tls", chains)
    if not into.sessions:
        keys = "" if file.keylog else ": its keys are missing (keylog=, a file that SSLKEYLOGFILE made)"
        hidden = f"; {encrypted:,} of its connections are encrypted{keys}" if encrypted else ""
        raise UnreadableError(f"it has no WebSocket{hidden}")


def _streams(command: Sequence[str]) -> tuple[list[tuple[int, str]], int, dict[tuple[str, int], Certificate]]:
    """List the TCP streams with a WebSocket, and whether each is within TLS; count those with TLS, and get the certificates of servers."""
    wanted = "websocket or (http.response.code == 101) or tls.handshake.type == 1 or tls.handshake.certificate"
    found: dict[int, str] = {}
    secure: set[int] = set()
    chains: dict[tuple[str, int], Certificate] = {}
    names = ("tcp.stream", "frame.protocols", "ip.src", "ipv6.src", "tcp.srcport", "tls.handshake.certificate")
    fields = [word for name in names for word in ("-e", name)]
    with _run([*command, "-Y", wanted, "-T", "fields", *fields]) as output:
        for line in _lines(output):
            number, protocols, host, host6, port, certificates = [*line.split("\t"), *[""] * len(names)][: len(names)]
            if number.isdecimal():
                layers = protocols.split(":")
                leaf = certificate_of(map(_hex, certificates.split(",")))
                if leaf is not None and port.isdecimal():
                    chains[host or host6, int(port)] = leaf
                if "tls" in layers:
                    secure.add(int(number))
                if "http" in layers:
                    found[int(number)] = "tls" if "tls" in layers or int(number) in secure else "tcp"
    return sorted(found.items()), len(secure), chains


def _hex(text: str) -> bytes | None:
    try:
        return bytes.fromhex(text)
    except ValueError:
        return None


def _lines(output: IO[bytes]) -> Iterator[str]:
    while line := output.readline(_LINE):
        yield str(line, "ascii", "replace").rstrip("\r\n")


@contextmanager
def _run(command: Sequence[str]) -> Iterator[IO[bytes]]:
    """Run tshark, and read what it writes."""
    with subprocess.Popen(  # noqa: S603 - the arguments are ours and a path
        command, stdin=subprocess.DEVNULL, stdout=subprocess.PIPE, stderr=subprocess.PIPE, bufsize=1 << 20
    ) as process:
        assert process.stdout is not None
        assert process.stderr is not None
        try:
            yield process.stdout
            # It writes a line or two of warnings, which a pipe holds.
            said = str(process.stderr.read(_LINE), "utf-8", "replace")
        except BaseException:
            process.kill()
            raise
    # A file that was cut off is read up to there, with code 2.
    if process.returncode and "cut short" not in said:
        raise UnreadableError("tshark cannot read it")


def _read(output: IO[bytes], into: CaptureBuilder, secure: bool, chains: Mapping[tuple[str, int], Certificate]) -> None:
    """Read streams as tshark writes them."""
    stream: _Stream | None = None
    peer, time_ns, text = 0, None, list[str]()

    def flush() -> None:
        if text and stream is not None:
            stream.packet(_Packet(peer, time_ns, _bytes("".join(text))))
        text.clear()

    for line in _lines(output):
        name, colon, value = line.partition(":")
        name, value = name.strip(" -"), value.strip()
        if not colon:
            text.append(line.strip())
        elif name == "peers":
            flush()
            if stream is not None:
                stream.end()
            stream = _Stream(into, secure, chains)
        elif name == "packet":
            flush()
        elif name == "peer":
            peer = 1 if value == "1" else 0
        elif name == "host" and stream is not None:
            stream.hosts.append(value.strip('"'))
        elif name == "port" and stream is not None:
            stream.ports.append(int(value) if value.isdecimal() else 0)
        elif name == "timestamp":
            # A float, of which only the microseconds are what was captured.
            found = epoch_ns(value)
            time_ns = None if found is None else round(found, -3)
    flush()
    if stream is not None:
        stream.end()


def _bytes(text: str) -> bytes:
    try:
        return base64.b64decode(text)
    except binascii.Error:
        return b""


class _Stream:
    """One TCP stream: heads, then frames."""

    def __init__(self, into: CaptureBuilder, secure: bool, chains: Mapping[tuple[str, int], Certificate]) -> None:
        self._into = into
        self._chains = chains
        self._secure = secure
        self.hosts: list[str] = []
        self.ports: list[int] = []
        self._sides: dict[int, _Side] = {}
        self._heads: dict[int, bytes] = {}
        self._session: SessionBuilder | None = None
        self._opened: int | None = None
        self._last: int | None = None
        self._close: Close | None = None
        self._client = 0

    def packet(self, packet: _Packet) -> None:
        """Take what one side sent."""
        self._last = packet.time_ns or self._last
        data = packet.data
        side = self._sides.get(packet.peer)
        if side is None:
            head = self._heads[packet.peer] = self._heads.get(packet.peer, b"") + data
            end = head.find(b"\r\n\r\n")
            if end < 0 or len(self._heads) > 2:
                self._heads[packet.peer] = head[-_HEAD:]
                return
            self._heads[packet.peer], data = head[: end + 4], head[end + 4 :]
            if head.startswith(b"HTTP/") and not head.startswith(b"HTTP/1.1 101"):
                # Another request on the same connection may be the one.
                self._heads.clear()
                self._sides.clear()
                return
            side = self._sides[packet.peer] = _Side(head.startswith(b"HTTP/") is False)
            if side.sent:
                self._client = packet.peer
            if len(self._sides) == 2:
                self._open(packet.time_ns)
        side.data += data
        if self._session is not None:
            for each in self._sides.values():
                self._frames(each, packet.time_ns)

    def _open(self, time_ns: int | None) -> None:
        """Both heads are there."""
        self._opened = time_ns
        self._session = self._into.session()
        response = self._heads[1 - self._client]
        _, headers = split_head(str(response, "latin-1"))
        offered = next((value for name, value in headers if name.lower() == "sec-websocket-extensions"), None)
        try:
            parameters = negotiate(offered, True)
        except ProtocolError:
            parameters = None
        if parameters is not None:
            for each in self._sides.values():
                bits = parameters.client_max_window_bits if each.sent else parameters.server_max_window_bits
                fresh = parameters.client_no_context_takeover if each.sent else parameters.server_no_context_takeover
                each.inflate = Inflate(bits, fresh)
        self._connection()

    def _connection(self) -> None:
        assert self._session is not None
        start, request = split_head(str(self._heads[self._client], "latin-1"))
        status, response = split_head(str(self._heads[1 - self._client], "latin-1"))
        server = 1 - self._client
        host, port = (self.hosts[server], self.ports[server]) if len(self.hosts) == len(self.ports) == 2 else ("", 0)
        given = next((value for name, value in request if name.lower() == "host"), f"{host}:{port}")
        target = [*start.split(" "), "/", "/"][1]
        url = f"{'wss' if self._secure else 'ws'}://{given}{target}"
        know_secrets(url, request, response)
        handshake = handshake_of(
            url,
            request,
            response,
            101,
            " ".join(status.split(" ")[2:]),
            time=(self._opened or 0) / 1e9,
            address=(host, port),
        )
        self._session.connection(
            ConnectionRecord(
                url=url,
                opened_ns=self._opened,
                closed_ns=self._last,
                handshake=handshake,
                certificate=self._chains.get((host, port)),
                close=self._close,
            )
        )

    def _frames(self, side: _Side, time_ns: int | None) -> None:
        assert self._session is not None
        for row in side.frames():
            if row.kind not in _FRAMES:
                self._into.problem("a frame has an opcode that is none")
                continue
            if row.kind == CLOSE and self._close is None:
                self._close = Close.decode(row.payload)
            self._session.add(
                KINDS[row.kind],
                row.payload,
                time_ns,
                sent=side.sent,
                compressed=row.compressed,
                fragments=row.fragments,
                incomplete=row.incomplete,
            )

    def end(self) -> None:
        """Nothing more comes."""
        if self._session is None:
            return
        if any(side.data or side.begun for side in self._sides.values()):
            self._into.problem("a connection ends in the middle of a message")
        self._connection()


class _Row(NamedTuple):
    kind: int
    payload: bytes
    compressed: bool = False
    fragments: int = 1
    incomplete: bool = False


class _Side:
    """What one side sends: frames (RFC 6455 section 5.2), put together to messages."""

    def __init__(self, sent: bool) -> None:
        self.sent = sent
        self.data = bytearray()
        self.inflate: Inflate | None = None
        #: The fragments of a message so far.
        self.begun: list[bytes] = []
        self._kind = 0
        self._compressed = False

    def frames(self) -> Iterator[_Row]:
        """Take the messages that are whole."""
        while (found := self._frame()) is not None:
            first, payload = found
            opcode = first & 0x0F
            if opcode in (CLOSE, PING, PONG):
                yield _Row(opcode, payload)
                continue
            if opcode:
                self._kind, self._compressed, self.begun = opcode, bool(first & 0x40), []
            self.begun.append(payload)
            if first & 0x80:
                parts, self.begun = self.begun, []
                yield self._message(b"".join(parts), len(parts))

    def _message(self, payload: bytes, fragments: int) -> _Row:
        if not self._compressed:
            return _Row(self._kind, payload, False, fragments)
        try:
            if self.inflate is None:
                raise ProtocolError("nothing was agreed")
            return _Row(self._kind, bytes(self.inflate.inflate(payload, True, LARGEST)), True, fragments)
        except ProtocolError:  # what it says cannot be known: its bytes are there as they came
            return _Row(self._kind, payload, True, fragments, True)

    def _frame(self) -> tuple[int, bytes] | None:
        """Take a frame: its first byte and its payload."""
        data = self.data
        if len(data) < 2:
            return None
        length, at = data[1] & 0x7F, 2
        if length >= 126:
            at = 4 if length == 126 else 10
            if len(data) < at:
                return None
            length = int.from_bytes(data[2:at], "big")
        if length > LARGEST:
            raise UnreadableError(f"a frame has more than {LARGEST >> 20} MiB")
        key = b""
        if data[1] & 0x80:
            key, at = bytes(data[at : at + 4]), at + 4
        if len(data) < at + length:
            return None
        payload = bytes(data[at : at + length])
        first = data[0]
        del data[: at + length]
        return first, _unmask(payload, key) if key else payload


def _unmask(payload: bytes, key: bytes) -> bytes:
    """Undo the masking (RFC 6455 section 5.3), all at once."""
    size = len(payload)
    mask = (key * (size // 4 + 1))[:size]
    return (int.from_bytes(payload, "big") ^ int.from_bytes(mask, "big")).to_bytes(size, "big")
