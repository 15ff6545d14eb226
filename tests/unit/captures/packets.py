"""Writes packet captures: TCP connections over Ethernet and IPv4, as tcpdump would have captured them."""

from __future__ import annotations

import ssl
import struct
from pathlib import Path

from tests.lab.certificates import lab

CLIENT, SERVER = 0, 1
_PORTS = {CLIENT: 50_000, SERVER: 443}


def pcap(path: Path, streams: list[list[tuple[int, bytes]]], port: int = 80, start: int = 1_700_000_000) -> None:
    """Write what each side of each stream sent; packet by packet, a millisecond apart."""
    out = [struct.pack("<IHHiIII", 0xA1B2C3D4, 2, 4, 0, 0, 65535, 1)]
    now = 0
    for number, packets in enumerate(streams):
        ports = {CLIENT: 50_000 + number, SERVER: port}
        sequence = {CLIENT: 1000, SERVER: 5000}
        for side, data, flags in [(CLIENT, b"", 2), (SERVER, b"", 18), *((side, data, 24) for side, data in packets)]:
            other = 1 - side
            tcp = struct.pack(
                "!HHIIBBHHH", ports[side], ports[other], sequence[side], sequence[other], 80, flags, 65535, 0, 0
            )
            ends = [bytes((127, 0, 0, 1 + side)), bytes((127, 0, 0, 1 + other))]
            head = struct.pack("!BBHHHBBH", 0x45, 0, 40 + len(data), 1, 0x4000, 64, 6, 0)
            frame = bytes(12) + b"\x08\x00" + head + b"".join(ends) + tcp + data
            out.append(struct.pack("<IIII", start + now // 1000, now % 1000 * 1000, len(frame), len(frame)) + frame)
            sequence[side] += len(data) + (flags != 24)
            now += 1
    path.write_bytes(b"".join(out))


def masked(first: int, payload: bytes) -> bytes:
    """A frame as a client sends it."""
    key = b"\x01\x02\x03\x04"
    size = len(payload)
    length = (
        bytes((0x80 | size,))
        if size < 126
        else b"\xfe" + struct.pack("!H", size)
        if size < 65536
        else b"\xff" + struct.pack("!Q", size)
    )
    return bytes((first,)) + length + key + bytes(byte ^ key[at % 4] for at, byte in enumerate(payload))


def encrypted(packets: list[tuple[int, bytes]], keys: Path) -> list[tuple[int, bytes]]:
    """The same conversation within TLS, and the file with its keys."""
    made = lab()
    server_context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    server_context.load_cert_chain(*_pair(made))
    client_context = ssl.SSLContext(ssl.PROTOCOL_TLS_CLIENT)
    client_context.check_hostname, client_context.verify_mode = False, ssl.CERT_NONE
    client_context.keylog_filename = str(keys)
    pipes = {side: (ssl.MemoryBIO(), ssl.MemoryBIO()) for side in (CLIENT, SERVER)}
    ends = {
        CLIENT: client_context.wrap_bio(*pipes[CLIENT]),
        SERVER: server_context.wrap_bio(*pipes[SERVER], server_side=True),
    }
    wire: list[tuple[int, bytes]] = []

    def carry(side: int) -> None:
        if data := pipes[side][1].read():
            wire.append((side, data))
            pipes[1 - side][0].write(data)

    done: set[int] = set()
    while len(done) < 2:
        for side in (CLIENT, SERVER):
            try:
                ends[side].do_handshake()
                done.add(side)
            except ssl.SSLWantReadError:
                pass
            carry(side)
    for side, data in packets:
        ends[side].write(data)
        carry(side)
        assert ends[1 - side].read(1 << 20) == data
    return wire


def _pair(made: object) -> tuple[str, str]:
    folder = made.folder  # type: ignore[attr-defined]
    return str(folder / "good.pem"), str(folder / "good.key")
