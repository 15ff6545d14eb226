"""Rows of every kind for the tests of captures, made by hand and by Hypothesis, and what is compared of them."""

from __future__ import annotations

from collections.abc import Iterable
from pathlib import Path
from typing import Any, Final

from hypothesis import strategies as st

import kontena_ws_nb as kws
from kontena_ws_nb.captures.files import append
from kontena_ws_nb.close import Close
from kontena_ws_nb.log.log import MessageLog
from kontena_ws_nb.log.message import Message
from kontena_ws_nb.protocol.handshake import Handshake
from kontena_ws_nb.recording.records import ConnectionRecord, SessionRecord
from kontena_ws_nb.tls.certificate import CertificateChain

START: Final = 1_700_000_000_123_456_789
REQUEST: Final = (
    b"GET /feed?symbol=BTC&token=s3cr3t-s3cr3t HTTP/1.1\r\nHost: feed.example\r\nUpgrade: websocket\r\n"
    b"Connection: Upgrade\r\nSec-WebSocket-Key: dGhlIHNhbXBsZSBub25jZQ==\r\nSec-WebSocket-Version: 13\r\n"
    b"Authorization: Bearer b34r3r-b34r3r\r\nCookie: sid=c00kie-c00kie\r\n\r\n"
)
RESPONSE: Final = (
    b"HTTP/1.1 101 Switching Protocols\r\nUpgrade: websocket\r\nConnection: Upgrade\r\n"
    b"Sec-WebSocket-Accept: s3pPLMBiTxaQ9kYGzzhZRbK+xOo=\r\nSec-WebSocket-Protocol: chat\r\n\r\n"
)
SECRETS: Final = ("s3cr3t-s3cr3t", "b34r3r-b34r3r", "c00kie-c00kie")


def handshake() -> Handshake:
    """An opening handshake with secrets in it."""
    return Handshake(
        url="wss://feed.example/feed?symbol=BTC&token=s3cr3t-s3cr3t",
        request=REQUEST,
        response=RESPONSE,
        status=101,
        reason="Switching Protocols",
        headers=(("Upgrade", "websocket"),),
        subprotocol="chat",
        address=("192.0.2.1", 443),
        timings={"tcp": 0.25, "tls": 0.5, "upgrade": 0.125},
        time=1_700_000_000.0,
    )


def record(name: str = "feed") -> SessionRecord:
    """What a file may tell of a session."""
    leaf = CertificateChain([b"not a certificate, but bytes", b"its issuer"]).leaf
    connection = ConnectionRecord(
        url="wss://feed.example/feed?symbol=BTC&token=s3cr3t-s3cr3t",
        opened_ns=START - 10**9,
        closed_ns=START + 10**10,
        handshake=handshake(),
        certificate=leaf,
        close=Close(1000, "bye"),
    )
    return SessionRecord(name=name, url=connection.url, started_ns=START - 10**9, connections=(connection,))


Row = dict[str, Any]


def row(kind: str, payload: bytes, at: int, **more: Any) -> Row:
    """A row, as `append` takes it."""
    plain = {"sent": False, "connection": 1, "compressed": False, "fragments": 1, "incomplete": False}
    return {"kind": kind, "payload": payload, "time_ns": START + at, **plain, **more}


def every_kind() -> list[Row]:
    """A row of every kind, and with everything that a row can have."""
    return [
        row("open", b"connected to wss://feed.example", 0),
        row("text", '{"s":"é\n\u2028"}'.encode(), 1, sent=True),
        row("text", b"", 2),
        row("text", b"\xff not UTF-8", 3),
        row("text", b"=1+1", 4, compressed=True, fragments=3),
        row("text", "'quoted', \U0001f600".encode(), 4, sent=True),
        row("text", b"half of", 5, incomplete=True, fragments=2),
        row("binary", bytes(range(256)), 6, sent=True, compressed=True),
        row("binary", b"", 7),
        row("ping", b"p", 8, sent=True),
        row("pong", b"p", 9),
        row("error", b"something failed", 10),
        row("close", b"\x03\xe8bye", 11, sent=True),
        row("close", b"", 12),
        row("reconnect", b"again", 13),
        row("open", b"connected again", 14, connection=2),
        row("text", b"on the second", 15, connection=2),
    ]


_PAYLOADS = {
    "text": st.text(alphabet=st.characters(codec="utf-8")).map(str.encode) | st.binary(max_size=40),
    "close": st.just(b"")
    | st.tuples(st.integers(1000, 4999), st.text(max_size=20)).map(
        lambda pair: pair[0].to_bytes(2, "big") + pair[1].encode()
    ),
}
_WORDS = st.text(alphabet=st.characters(codec="utf-8"), max_size=30).map(str.encode)


@st.composite
def rows(draw: st.DrawFn) -> list[Row]:
    """Rows of any kind, in the order of their times; each connection begins where the one before ends."""
    found, now, connection = [], 0, 1
    for kind in draw(
        st.lists(st.sampled_from(["text", "binary", "ping", "pong", "close", "open", "error", "reconnect"]))
    ):
        now += draw(st.integers(0, 10**10))
        connection += draw(st.integers(0, 5)) == 0
        life = kind in ("open", "error", "reconnect")
        data = kind in ("text", "binary")
        found.append(
            row(
                kind,
                draw(_WORDS if life else _PAYLOADS.get(kind, st.binary(max_size=60))),
                now,
                sent=not life and draw(st.booleans()),
                connection=connection,
                compressed=data and draw(st.booleans()),
                fragments=draw(st.integers(1, 3)) if data else 1,
                incomplete=data and draw(st.booleans()),
            )
        )
    return found


def log_of(listed: Iterable[Row]) -> MessageLog:
    """A log with these rows."""
    log = MessageLog(None)
    for one in listed:
        append(log, **one)
    return log


def seen(messages: Iterable[Message]) -> list[Row]:
    """What a log has, as `row` makes it."""
    return [
        {
            "kind": one.kind,
            "payload": one.payload,
            "time_ns": one.time_ns,
            "sent": one.direction == "sent",
            "connection": one.connection,
            "compressed": one.compressed,
            "fragments": one.fragments,
            "incomplete": one.incomplete,
        }
        for one in messages
    ]


def there_and_back(path: Path, listed: list[Row]) -> tuple[list[Row], tuple[str, ...]]:
    """Write rows to a file and read it; also what the format could not hold."""
    saved = kws.save({"feed": log_of(listed)}, path, secrets=True)
    capture = kws.load(path)
    assert capture.problems == ()
    assert len(capture.records) == 1
    return seen(capture.messages), saved.lost
