"""mitmproxy's flow files. That mitmproxy reads ours is tested in tests/integration."""

from __future__ import annotations

from contextlib import suppress
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

import kontena_ws_nb as kws
from kontena_ws_nb.captures.mitm import write_mitm
from kontena_ws_nb.captures.saving import Saving, SessionRows
from kontena_ws_nb.tls.certificate import CertificateChain
from tests.unit.captures.capture_lab import (
    SECRETS,
    Row,
    every_kind,
    handshake,
    log_of,
    record,
    row,
    rows,
    seen,
    there_and_back,
)

SECONDS = 1_700_000_000.25


def dumps(value: Any) -> bytes:
    """A tnetstring, by its specification."""
    if value is None:
        kind, data = b"~", b""
    elif isinstance(value, bool):
        kind, data = b"!", str(value).lower().encode()
    elif isinstance(value, (int, float)):
        kind, data = (b"#" if isinstance(value, int) else b"^"), repr(value).encode()
    elif isinstance(value, (bytes, str)):
        kind, data = (b",", value) if isinstance(value, bytes) else (b";", value.encode())
    elif isinstance(value, dict):
        kind, data = b"}", b"".join(dumps(one) for pair in value.items() for one in pair)
    else:
        kind, data = b"]", b"".join(map(dumps, value))
    return b"%d:%s%s" % (len(data), data, kind)


def flow(**fields: Any) -> dict[str, Any]:
    """A flow in mitmproxy's order: the WebSocket comes first."""
    return {
        "websocket": {
            "timestamp_end": SECONDS + 5,
            "close_reason": "bye",
            "close_code": 1001,
            "closed_by_client": True,
            "messages": [
                [1, True, "hé".encode(), SECONDS, False, False],
                [2, False, b"\x00\xff", SECONDS + 1, True, False],
            ],
        },
        "response": {
            "reason": b"Switching Protocols",
            "status_code": 101,
            "timestamp_end": SECONDS,
            "headers": [[b"Sec-WebSocket-Protocol", b"chat"]],
        },
        "request": {
            "path": b"/feed?x=1",
            "scheme": b"https",
            "method": b"GET",
            "host": "192.0.2.1",
            "port": 443,
            "timestamp_start": SECONDS - 1,
            "headers": [[b"Host", b"feed.example"]],
        },
        "server_conn": {
            "peername": ["192.0.2.1", 443],
            "timestamp_start": SECONDS - 2,
            "timestamp_tcp_setup": SECONDS - 1.5,
            "timestamp_tls_setup": 5,
            "sni": "feed.example",
            "certificate_list": [],
        },
        "error": None,
        "version": 20,
        "type": "http",
        **fields,
    }


def load(path: Path, *flows: Any) -> kws.Capture:
    path.write_bytes(b"".join(map(dumps, flows)))
    return kws.load(path)


def test_a_flow_is_read(tmp_path: Path) -> None:
    capture = load(tmp_path / "a.mitm", {"type": "tcp"}, flow())
    assert [(one.kind, one.direction, one.payload, one.time_ns) for one in capture.messages] == [
        ("text", "sent", "hé".encode(), 1_700_000_000_250_000_000),
        ("binary", "received", b"\x00\xff", 1_700_000_001_250_000_000),
        ("close", "sent", b"\x03\xe9bye", 1_700_000_005_250_000_000),
    ]
    assert capture.problems == ("a message was dropped by mitmproxy, and did not reach the other side",)
    assert capture.handshake is not None
    assert capture.handshake.url == capture.url == "wss://feed.example/feed?x=1"
    assert capture.handshake.subprotocol == "chat"
    assert capture.handshake.address == ("192.0.2.1", 443)
    assert capture.handshake.timings == {"tcp": 0.5, "upgrade": 1.0}
    assert (capture.close_code, capture.close_reason, capture.certificate) == (1001, "bye", None)


def test_urls_without_a_host_header(tmp_path: Path) -> None:
    for scheme, host, port, expected in (
        (b"https", "a.example", 443, "wss://a.example/p"),
        (b"http", "a.example", 80, "ws://a.example/p"),
        (b"http", "::1", 8080, "ws://[::1]:8080/p"),
    ):
        request = {"path": b"/p", "scheme": scheme, "host": host, "port": port, "headers": []}
        assert load(tmp_path / "a.mitm", flow(request=request, server_conn=None)).url == expected


def test_certificates_are_read(tmp_path: Path) -> None:
    pem = CertificateChain([b"a leaf"]).pem.encode()
    server = {"certificate_list": [b"no PEM", 5, pem], "address": ["feed.example", 443], "sni": "feed.example"}
    capture = load(tmp_path / "a.mitm", flow(server_conn=server))
    assert capture.certificate is not None
    assert (capture.certificate.der, capture.certificate.chain.hostname) == (b"a leaf", "feed.example")  # type: ignore[union-attr]


@pytest.mark.parametrize(
    "fields",
    [
        {"websocket": {"messages": [[1, True, b"x", SECONDS]]}, "request": None},
        {"websocket": {"messages": [[1, True, b"x", SECONDS]]}, "error": {"msg": "lost", "timestamp": SECONDS}},
        {"websocket": {"close_code": 1006, "messages": [[1, True, b"x", -1]]}},
    ],
)
def test_flows_that_lack_something(tmp_path: Path, fields: dict[str, Any]) -> None:
    capture = load(tmp_path / "a.mitm", flow(**fields))
    assert capture.messages[0].payload == b"x"
    assert [one.kind for one in capture.messages[1:]] == (["error"] if fields.get("request", 1) is not None else [])


@pytest.mark.parametrize("message", [5, [], [7, True, b"", 1.0], ["x", True, b"", 1.0], [1, True, "no bytes", 1.0]])
def test_messages_that_are_none_are_told(tmp_path: Path, message: Any) -> None:
    capture = load(tmp_path / "a.mitm", flow(websocket={"messages": [message, [1, False, b"next", SECONDS]]}))
    assert [one.text for one in capture.messages] == ["next"]
    assert capture.problems == ("a message of a WebSocket is none",)


def test_a_file_without_websockets(tmp_path: Path) -> None:
    with pytest.raises(kws.CaptureError, match="it has 2 flows and no WebSocket"):
        load(tmp_path / "a.mitm", flow(websocket=None), {"type": "http"})


def test_half_a_file_has_what_is_whole(tmp_path: Path) -> None:
    path = tmp_path / "a.mitm"
    one = dumps(flow(websocket={"messages": [[1, True, b"m%d" % n, SECONDS, False, False] for n in range(20)]}))
    whole = one * 2
    for end in range(len(whole)):
        path.write_bytes(whole[:end])
        expected = whole[:end].count(b",13:1700000000.25^5:false!5:false!]")
        if not expected:
            with suppress(kws.CaptureError):
                assert not kws.load(path).messages
            continue
        capture = kws.load(path)
        texts = [message.text for message in capture.messages]
        assert sorted(texts) == sorted(f"m{n % 20}" for n in range(expected))
        assert capture.problems or end == len(one)


@pytest.mark.parametrize(
    "data",
    [
        b"999999999999:9:",
        b"5:9:abc}",
        b"9:3:abc;3:x}",
        b"9:3:abc;1:x?}",
        b"20:9:websocket;4:true}}",
        b"16:7:request;3:xyz#}",
        b"16:7:request;3:xyz^}",
        b"12:7:request;0:}}" * 3,
        b"7:3:abc;}",
        b"6:3:abc;}",
    ],
)
def test_damage_is_one_clear_error(tmp_path: Path, data: bytes) -> None:
    (tmp_path / "a.mitm").write_bytes(data)
    with pytest.raises(kws.CaptureError, match="cannot be opened as a capture"):
        kws.load(tmp_path / "a.mitm")


def test_nesting_has_an_end(tmp_path: Path) -> None:
    deep: Any = b"x"
    for _ in range(100):
        deep = [deep]
    with pytest.raises(kws.CaptureError, match="nested too deeply"):
        load(tmp_path / "a.mitm", {"request": deep})


def test_a_value_has_a_largest_size(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("kontena_ws_nb.captures.mitm.LARGEST", 1000)
    capture = load(
        tmp_path / "a.mitm", flow(websocket={"messages": [[1, True, bytes(size), SECONDS] for size in (9, 5000)]})
    )
    assert len(capture.messages) == 1
    assert capture.problems == ("the rest cannot be read: a value has more than 0 MiB",)


def kept(listed: list[Row]) -> list[Row]:
    """What a flow holds of rows: text and binary messages, and the first close frame of each connection, at its end."""
    found = []
    for number in sorted({one["connection"] for one in listed}):
        own = [one for one in listed if one["connection"] == number]
        data = [one for one in own if one["kind"] in ("text", "binary")]
        closes = [one for one in own if one["kind"] == "close"][:1]
        plain = {"compressed": False, "fragments": 1, "incomplete": False}
        found += [{**one, **plain} for one in (*data, *closes)]
    return found


def microseconds(listed: list[Row]) -> list[Row]:
    return [{**one, "time_ns": round(one["time_ns"], -4)} for one in listed]


def test_every_kind_of_row_comes_back_or_is_said(tmp_path: Path) -> None:
    back, lost = there_and_back(tmp_path / "a.mitm", every_kind())
    assert microseconds(back) == microseconds(kept(every_kind()))
    assert set(lost) == {
        "further close frames (1)",
        "times finer than a microsecond (9)",
        "rows of kind 'open' (2)",
        "marks of compression (2)",
        "counts of fragments (2)",
        "marks of incomplete messages (1)",
        "rows of kind 'ping' (1)",
        "rows of kind 'pong' (1)",
        "rows of kind 'error' (1)",
        "rows of kind 'reconnect' (1)",
    }


@settings(max_examples=60, deadline=None)
@given(listed=rows())
def test_messages_come_back_byte_for_byte(tmp_path_factory: pytest.TempPathFactory, listed: list[Row]) -> None:
    back, _ = there_and_back(tmp_path_factory.getbasetemp() / "any.mitm", listed)
    assert [(one["kind"], one["payload"], one["sent"], one["connection"]) for one in back] == [
        (one["kind"], one["payload"], one["sent"], one["connection"]) for one in kept(listed)
    ]


def written(path: Path, *, secrets: bool) -> kws.Capture:
    with path.open("wb") as file:
        write_mitm(file, [SessionRows(record(), log_of([row("text", b"x", 0)]))], Saving(secrets))
    return kws.load(path)


def test_what_is_known_of_a_session_comes_back(tmp_path: Path) -> None:
    capture = written(tmp_path / "a.mitm", secrets=True)
    assert capture.handshake is not None
    assert (capture.handshake.request, capture.handshake.response) == (handshake().request, handshake().response)
    assert capture.handshake.timings == pytest.approx(handshake().timings, abs=1e-5)
    assert capture.certificate == record().connections[0].certificate
    assert (capture.close_code, capture.close_reason) == (1000, "bye")
    assert list(capture.sessions) == ["feed"]
    assert seen(capture.messages)[0]["payload"] == b"x"


def test_secrets_are_masked_in_heads_and_urls(tmp_path: Path) -> None:
    written(tmp_path / "a.mitm", secrets=False)
    data = (tmp_path / "a.mitm").read_bytes()
    assert [secret for secret in SECRETS if secret.encode() in data] == []
    assert b"Bearer ***" in data


@given(value=st.recursive(st.none() | st.booleans() | st.integers() | st.binary(), st.lists))
def test_what_we_write_is_what_the_specification_says(value: Any) -> None:
    from kontena_ws_nb.captures.mitm import _dumps

    assert _dumps(value) == dumps(value)
