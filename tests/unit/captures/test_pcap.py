"""Packet captures, read through tshark."""

from __future__ import annotations

import io
import struct
import subprocess
from contextlib import nullcontext
from pathlib import Path

import pytest

import kontena_ws_nb as kws
from kontena_ws_nb.captures import pcap as reader
from kontena_ws_nb.captures.files import CaptureBuilder
from kontena_ws_nb.protocol.permessage_deflate import Deflate, Parameters
from tests.unit.captures.capture_lab import REQUEST, RESPONSE
from tests.unit.captures.packets import CLIENT, SERVER, encrypted, masked, pcap

pytestmark = pytest.mark.peer("tshark")

HEADS = [(CLIENT, REQUEST), (SERVER, RESPONSE)]
DEFLATED = RESPONSE.replace(b"\r\n\r\n", b"\r\nSec-WebSocket-Extensions: permessage-deflate\r\n\r\n")
TALK = [
    (CLIENT, masked(0x81, "hé".encode())),
    (SERVER, b"\x82\x02\x00\xff"),
    (SERVER, b"\x01\x02on\x89\x01p\x80\x01e"),
    (CLIENT, masked(0x8A, b"p")),
    (SERVER, b"\x82\x7e" + struct.pack("!H", 300) + bytes(300)),
    (CLIENT, masked(0x88, b"\x03\xe8bye")),
    (SERVER, b"\x88\x05\x03\xe8bye"),
]
EXPECTED = [
    ("text", "sent", "hé".encode(), 1),
    ("binary", "received", b"\x00\xff", 1),
    ("ping", "received", b"p", 1),
    ("text", "received", b"one", 2),
    ("pong", "sent", b"p", 1),
    ("binary", "received", bytes(300), 1),
    ("close", "sent", b"\x03\xe8bye", 1),
    ("close", "received", b"\x03\xe8bye", 1),
]


def seen(capture: kws.Capture) -> list[tuple[str, str, bytes, int]]:
    return [(one.kind, one.direction, one.payload, one.fragments) for one in capture.messages]


def test_a_capture_is_read(tmp_path: Path) -> None:
    path = tmp_path / "a.pcap"
    pcap(path, [[*HEADS, *TALK]])
    capture = kws.load(path)
    assert seen(capture) == EXPECTED
    assert [one.time_ns for one in capture.messages][:2] == [1_700_000_000_004_000_000, 1_700_000_000_005_000_000]
    assert capture.handshake is not None
    assert (capture.handshake.request, capture.handshake.response) == (REQUEST, RESPONSE)
    assert capture.handshake.address == ("127.0.0.2", 80)
    assert capture.url == "ws://feed.example/feed?symbol=BTC&token=***"
    assert (capture.close_code, capture.problems, capture.certificate) == (1000, (), None)


@pytest.mark.parametrize("step", [1, 7])
def test_however_the_packets_are_cut(tmp_path: Path, step: int) -> None:
    path = tmp_path / "a.pcap"
    cut = [(side, data[at : at + step]) for side, data in [*HEADS, *TALK] for at in range(0, len(data), step)]
    pcap(path, [cut])
    assert seen(kws.load(path)) == EXPECTED


def test_tls_is_decrypted_with_its_keys(tmp_path: Path) -> None:
    path, keys = tmp_path / "a.pcap", tmp_path / "keys"
    pcap(path, [encrypted([*HEADS, *TALK], keys)], port=443)
    capture = kws.load(path, keylog=keys)
    assert seen(capture) == EXPECTED
    assert capture.url.startswith("wss://feed.example/feed")
    assert capture.certificate is not None
    assert "DNS:good.test" in capture.certificate.san
    with pytest.raises(kws.CaptureError, match=r"1 of its connections are encrypted: its keys are missing \(keylog="):
        kws.load(path)
    keys.write_text("")
    with pytest.raises(kws.CaptureError, match="1 of its connections are encrypted"):
        kws.load(path, keylog=keys)
    with pytest.raises(FileNotFoundError):
        kws.load(path, keylog=tmp_path / "missing")


def test_compressed_messages(tmp_path: Path) -> None:
    deflate = Deflate(Parameters())
    one, two = deflate.deflate(b"hello hello hello"), deflate.deflate(b"hello hello hello")
    talk = [
        (SERVER, bytes((0xC1, len(one))) + one),
        (SERVER, bytes((0xC1, len(two))) + two),
        (SERVER, b"\xc1\x03\xff\xff\xff"),
    ]
    path = tmp_path / "a.pcap"
    pcap(path, [[HEADS[0], (SERVER, DEFLATED), *talk]])
    assert [(one.payload, one.compressed, one.incomplete) for one in kws.load(path).messages] == [
        (b"hello hello hello", True, False),
        (b"hello hello hello", True, False),
        (b"\xff\xff\xff", True, True),
    ]
    pcap(path, [[*HEADS, *talk[:1]]])  # compressed, though it was not agreed
    assert kws.load(path).messages[0].incomplete
    pcap(path, [[HEADS[0], (SERVER, DEFLATED.replace(b"deflate", b"other")), (SERVER, b"\x81\x01a")]])
    assert kws.load(path).messages[0].text == "a"


def test_several_connections_and_other_requests(tmp_path: Path) -> None:
    path = tmp_path / "a.pcap"
    plain = [(CLIENT, b"GET / HTTP/1.1\r\nHost: a\r\n\r\n"), (SERVER, b"HTTP/1.1 200 OK\r\nContent-Length: 0\r\n\r\n")]
    pcap(path, [plain, [*plain, *HEADS, *TALK], *[[*HEADS, *TALK]] * 20])
    capture = kws.load(path)
    assert len(capture.sessions) == 21
    assert all(seen(one) == EXPECTED for one in capture.sessions.values())
    pcap(path, [plain])
    with pytest.raises(kws.CaptureError, match=r"it has no WebSocket \(|it has no WebSocket;"):
        kws.load(path)


def test_half_a_capture_has_what_is_whole(tmp_path: Path) -> None:
    path = tmp_path / "a.pcap"
    pcap(path, [[*HEADS, *TALK[:3], (SERVER, b"\x81\x10half")]])
    capture = kws.load(path)
    assert seen(capture) == EXPECTED[:4]
    assert capture.problems == ("a connection ends in the middle of a message",)
    path.write_bytes(path.read_bytes()[:-5])
    assert seen(kws.load(path)) == EXPECTED[:4]
    path.write_bytes(path.read_bytes()[:20] + b"nothing")
    with pytest.raises(kws.CaptureError, match="tshark cannot read it"):
        kws.load(path)


def test_strange_frames(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    path = tmp_path / "a.pcap"
    pcap(path, [[*HEADS, (SERVER, b"\x83\x01x\x81\x01a")]])
    capture = kws.load(path)
    assert [one.text for one in capture.messages] == ["a"]
    assert capture.problems == ("a frame has an opcode that is none",)
    monkeypatch.setattr(reader, "LARGEST", 1000)
    pcap(path, [[*HEADS, (SERVER, b"\x81\x01a"), (SERVER, b"\x81\x7f" + struct.pack("!Q", 5000))]])
    assert kws.load(path).problems == ("the rest cannot be read: a frame has more than 0 MiB",)


def test_a_tap_that_writes_nonsense() -> None:
    into = CaptureBuilder()
    text = b"  text before\npeers:\n  - peer: x\n    host: a\n    port: y\npackets:\n  - packet: 1\n    peer: 0\n    timestamp: never\n    data: !!binary |\n      A\n"
    reader._read(io.BytesIO(text), into, False, {})
    reader._read(io.BytesIO(b"nothing: 1\n"), into, False, {})
    assert into.sessions == []
    stream = reader._Stream(into, False, {})
    stream.packet(reader._Packet(0, None, REQUEST))
    stream.packet(reader._Packet(1, None, RESPONSE))
    assert into.sessions[0].url == "ws://feed.example/feed?symbol=BTC&token=s3cr3t-s3cr3t"
    assert reader._hex("zz") is None


def test_lines_of_tshark_that_are_none(monkeypatch: pytest.MonkeyPatch) -> None:
    said = b"nothing\n0\teth:tls\n1\teth:tls:http\tx\n2\teth:http\n"
    monkeypatch.setattr(reader, "_run", lambda _command: nullcontext(io.BytesIO(said)))
    assert reader._streams([]) == ([(1, "tls"), (2, "tcp")], 2, {})


def test_without_tshark(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    pcap(tmp_path / "a.pcap", [HEADS])
    monkeypatch.setattr("shutil.which", lambda _name: None)
    with pytest.raises(kws.CaptureError, match="apt-get install tshark, brew install wireshark"):
        kws.load(tmp_path / "a.pcap")


def test_an_interrupt_ends_tshark(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    pcap(tmp_path / "a.pcap", [HEADS])
    started: list[subprocess.Popen[bytes]] = []
    real = subprocess.Popen

    def popen(*arguments: object, **options: object) -> subprocess.Popen[bytes]:
        started.append(real(*arguments, **options))  # type: ignore[call-overload]
        return started[-1]

    def interrupted(_output: object) -> None:
        raise KeyboardInterrupt

    monkeypatch.setattr(subprocess, "Popen", popen)
    monkeypatch.setattr(reader, "_lines", interrupted)
    with pytest.raises(KeyboardInterrupt):
        kws.load(tmp_path / "a.pcap")
    assert started[0].returncode is not None
