"""Connections of a recording: everything comes back, secrets only when asked for."""

from __future__ import annotations

import json
from dataclasses import replace
from typing import Any

import pytest

from kontena_ws_nb.close import Close
from kontena_ws_nb.log.export import time_text
from kontena_ws_nb.protocol.handshake import Handshake
from kontena_ws_nb.protocol.permessage_deflate import Parameters
from kontena_ws_nb.recording.connection_rows import COLUMNS, from_row, to_row
from kontena_ws_nb.recording.records import ConnectionRecord
from kontena_ws_nb.redaction.payloads import secret
from kontena_ws_nb.tls.certificate import CertificateChain, TLSInfo
from kontena_ws_nb.tls.verdict import Verdict

REQUEST = b"GET /feed?token=t0psecr3t HTTP/1.1\r\nHost: localhost\r\nAuthorization: Bearer t0psecr3t\r\n\r\n"
RESPONSE = (
    b"HTTP/1.1 101 Switching Protocols\r\nUpgrade: websocket\r\nSet-Cookie: id=c00kies3cret\r\n"
    b"Sec-WebSocket-Extensions: permessage-deflate\r\nSec-WebSocket-Protocol: mqtt\r\n\r\n"
)
HANDSHAKE = Handshake(
    url="wss://localhost/feed?token=t0psecr3t",
    request=REQUEST,
    response=RESPONSE,
    status=101,
    reason="Switching Protocols",
    headers=(
        ("Upgrade", "websocket"),
        ("Set-Cookie", "id=c00kies3cret"),
        ("Sec-WebSocket-Extensions", "permessage-deflate"),
        ("Sec-WebSocket-Protocol", "mqtt"),
    ),
    subprotocol="mqtt",
    extensions="permessage-deflate",
    body=b"\x00body",
    redirects=("wss://localhost/",),
    address=("127.0.0.1", 443),
    proxy="socks5://localhost:1",
    timings={"tls": 0.25},
    time=12.5,
    compression=Parameters(),
)
CHAIN = CertificateChain(
    [b"leaf", b"issuer" * 40],
    hostname="localhost",
    verdict=Verdict(ok=True, verified=True, code=0, reason="ok", path=(b"leaf", b"root")),
    tls=TLSInfo("TLSv1.3", "TLS_AES_256_GCM_SHA384", 256, "http/1.1", "localhost"),
)
RECORD = ConnectionRecord(
    number=2,
    url="wss://localhost/feed",
    opened_ns=1,
    closed_ns=2,
    handshake=HANDSHAKE,
    certificate=CHAIN.leaf,
    close=Close(4000, "bye"),
)


def test_everything_comes_back_with_its_secrets() -> None:
    found = from_row(to_row(RECORD, secrets=True))
    assert found == RECORD
    assert found.certificate is not None
    chain = found.certificate.chain
    assert (chain, chain.hostname, chain.verdict, chain.tls) == (CHAIN, "localhost", CHAIN.verdict, CHAIN.tls)


def test_a_text_may_come_back_as_bytes() -> None:
    row = [value.encode() if isinstance(value, str) else value for value in to_row(RECORD, secrets=True)]
    assert from_row(row) == RECORD


def test_secrets_are_masked() -> None:
    secret("bye-s3cret")
    row = to_row(replace(RECORD, url="wss://localhost/?token=t0psecr3t", close=Close(1000, "bye-s3cret")))
    written = repr(row)
    assert "t0psecr3t" not in written
    assert "c00kies3cret" not in written
    assert "bye-s3cret" not in written
    found = from_row(row)
    assert found.handshake is not None
    assert found.handshake.header("Set-Cookie") == "id=***"
    assert (found.handshake.subprotocol, found.handshake.compression) == ("mqtt", Parameters())


def test_what_is_not_known_stays_unknown() -> None:
    assert from_row(to_row(ConnectionRecord())) == ConnectionRecord()
    bare = replace(RECORD, certificate=CertificateChain([b"leaf"]).leaf)
    found = from_row(to_row(bare)).certificate
    assert found is not None
    assert (found.der, found.verdict, found.tls) == (b"leaf", None, None)


@pytest.mark.parametrize(
    ("column", "value"),
    [("handshake", "{}"), ("handshake", "nothing"), ("tls", "[]"), ("response", b"no head"), ("response", None)],
)
def test_a_row_that_somebody_changed_is_told(column: str, value: object) -> None:
    row = list(to_row(RECORD))
    row[COLUMNS.index(column)] = value
    with pytest.raises(ValueError, match="of the recording cannot be read"):
        from_row(row)


#: What the columns, and JSON in them, may have instead of what was written. `bytes` of a number would be as many bytes.
STRANGE = [None, b"\xff", "x", -1, 2.5, float("nan"), 1e300, 2**62, True, [], {}, [1, 2], {"a": 1}]


def is_whole(record: ConnectionRecord) -> bool:
    """Whether every value has its type, as whoever reads a record relies on; raises what they would."""
    handshake = record.handshake
    if handshake is not None:
        assert time_text(round(handshake.time * 1e9))
        assert f"{handshake.address[0]}:{handshake.address[1]:d}".upper()
        assert sum(handshake.timings.values()) >= -1
    if record.certificate is not None and (verdict := record.certificate.chain.verdict) is not None:
        assert isinstance(verdict.reason, str)
    numbers = (record.number, record.opened_ns, record.closed_ns)
    return all(type(one) in (int, type(None)) for one in numbers) and len(to_row(record)) == len(COLUMNS)


@pytest.mark.parametrize("value", STRANGE, ids=repr)
@pytest.mark.parametrize("column", COLUMNS)
def test_whatever_is_in_a_column_is_whole_or_told(column: str, value: object) -> None:
    row = list(to_row(RECORD))
    row[COLUMNS.index(column)] = value
    assert read(row) is None or is_whole(from_row(row))


@pytest.mark.parametrize("value", STRANGE, ids=repr)
@pytest.mark.parametrize(
    ("column", "path"),
    [
        *(("handshake", (name,)) for name in json.loads(to_row(RECORD)[COLUMNS.index("handshake")])),
        *(("handshake", path) for path in (("address", 0), ("address", 1), ("timings", "tls"), ("redirects", 0))),
        *(("tls", (name,)) for name in ("hostname", "verdict", "connection")),
        *(("tls", ("verdict", name)) for name in ("ok", "code", "reason", "hint", "path", "more")),
        *(("tls", ("connection", name)) for name in ("version", "bits", "alpn", "more")),
    ],
)
def test_whatever_is_in_json_is_whole_or_told(column: str, path: tuple[Any, ...], value: object) -> None:
    row = list(to_row(RECORD))
    told = json.loads(row[COLUMNS.index(column)])
    inner = told
    for name in path[:-1]:
        inner = inner[name]
    inner[path[-1]] = "ü" if isinstance(value, bytes) else value
    row[COLUMNS.index(column)] = json.dumps(told)
    assert read(row) is None or is_whole(from_row(row))


def read(row: list[Any]) -> ConnectionRecord | None:
    try:
        return from_row(row)
    except ValueError as error:
        if "somebody changed the file" not in str(error):
            raise
        return None


def test_the_rest_of_a_handshake_is_json() -> None:
    more = json.loads(dict(zip(COLUMNS, to_row(RECORD), strict=True))["handshake"])
    assert (more["address"], more["timings"]) == (["127.0.0.1", 443], {"tls": 0.25})
