"""Negotiation of permessage-deflate, every parameter and every refusal; and what we send."""

from __future__ import annotations

import zlib

import pytest

from kontena_ws_nb.errors import ProtocolError
from kontena_ws_nb.protocol.permessage_deflate import Deflate, Inflate, Parameters, negotiate

SENTENCE = b"the quick brown fox jumps over the lazy dog; "


@pytest.mark.parametrize(
    ("answer", "expected"),
    [
        (None, None),
        ("", None),
        ("  ", None),
        ("permessage-deflate", Parameters()),
        ("permessage-deflate; server_no_context_takeover", Parameters(server_no_context_takeover=True)),
        ("permessage-deflate;client_no_context_takeover", Parameters(client_no_context_takeover=True)),
        ("permessage-deflate; server_max_window_bits=9", Parameters(server_max_window_bits=9)),
        ('permessage-deflate; server_max_window_bits="15"', Parameters(server_max_window_bits=15)),
        ("permessage-deflate; client_max_window_bits = 8 ", Parameters(client_max_window_bits=8)),
        (
            " permessage-deflate ; server_no_context_takeover; client_no_context_takeover; server_max_window_bits=10; client_max_window_bits=12",
            Parameters(True, True, 10, 12),
        ),
    ],
)
def test_what_a_server_may_answer(answer: str | None, expected: Parameters | None) -> None:
    assert negotiate(answer, True) == expected


@pytest.mark.parametrize(
    ("answer", "why"),
    [
        ("permessage-deflate, permessage-deflate", "more than one extension"),
        ("permessage-deflate, x-other", "more than one extension"),
        ("x-webkit-deflate-frame", "an extension that was not offered"),
        ("permessage-deflate; server_max_window_bits", "server_max_window_bits without a value from 8 to 15"),
        ("permessage-deflate; client_max_window_bits", "client_max_window_bits without a value from 8 to 15"),
        ("permessage-deflate; server_max_window_bits=7", "server_max_window_bits without a value from 8 to 15"),
        ("permessage-deflate; server_max_window_bits=16", "server_max_window_bits without a value from 8 to 15"),
        ("permessage-deflate; server_max_window_bits=08", "server_max_window_bits without a value from 8 to 15"),
        ("permessage-deflate; server_max_window_bits=", "the malformed parameter 'server_max_window_bits='"),
        ("permessage-deflate; server_no_context_takeover=1", "server_no_context_takeover with a value"),
        ("permessage-deflate; client_no_context_takeover=true", "client_no_context_takeover with a value"),
        ("permessage-deflate; server_no_context_takeover; server_no_context_takeover", "server_no_context_takeover twice"),
        ("permessage-deflate; client_max_window_bits=9; client_max_window_bits=9", "client_max_window_bits twice"),
        ("permessage-deflate; level=9", "the unknown parameter 'level'"),
        ("permessage-deflate;", "the malformed parameter ''"),
        ("permessage-deflate;; client_max_window_bits=9", "the malformed parameter ''"),
        ('permessage-deflate; x="a;b, c"', "the unknown parameter 'x'"),
        (";", "an extension that was not offered"),
    ],
)
def test_what_fails_the_connection(answer: str, why: str) -> None:
    with pytest.raises(ProtocolError) as caught:
        negotiate(answer, True)
    assert caught.value.message == f"the server answered Sec-WebSocket-Extensions with {why}: {answer!r} (RFC 7692 section 7.1)"
    assert caught.value.close_code == 1010
    assert caught.value.hint == "pass compression=False to connect without"


def test_nothing_was_offered() -> None:
    assert negotiate(None, False) is None
    with pytest.raises(ProtocolError, match="not offered"):
        negotiate("permessage-deflate", False)


@pytest.mark.parametrize("takeover", [True, False])
@pytest.mark.parametrize("bits", range(8, 16))
def test_what_we_send_inflates_with_exactly_the_window_promised(bits: int, takeover: bool) -> None:
    ours = Deflate(Parameters(client_max_window_bits=bits, client_no_context_takeover=not takeover))
    server = zlib.decompressobj(-max(9, bits)) if bits > 8 else None
    for number in range(20):
        payload = SENTENCE * 100 + str(number).encode()
        data = ours.deflate(payload)
        if not takeover:
            server = zlib.decompressobj(-max(9, bits))
        if bits == 8:
            # No zlib here can be limited to 256 bytes: stored blocks reach back to nothing.
            assert zlib.decompressobj(-9).decompress(data + b"\x00\x00\xff\xff") == payload
            assert len(data) > len(payload)
            continue
        assert server is not None
        assert server.decompress(data + b"\x00\x00\xff\xff") == payload
        assert len(data) < len(payload)


def test_messages_of_any_size_survive() -> None:
    ours, server = Deflate(Parameters()), Inflate()
    for payload in (b"", b"", b"x", SENTENCE, b"", bytes(1_000_000), b"end"):
        assert server.inflate(ours.deflate(payload), True, None) == payload


def test_a_withdrawn_message_restarts_the_window() -> None:
    ours, server = Deflate(Parameters()), Inflate()
    assert server.inflate(ours.deflate(SENTENCE), True, None) == SENTENCE
    ours.deflate(b"something else, never sent " * 5)
    assert ours.withdrawn is not None
    ours.withdrawn()
    assert server.inflate(ours.deflate(b"something else, never sent " * 5), True, None) == b"something else, never sent " * 5
    assert Deflate(Parameters(client_no_context_takeover=True)).withdrawn is None
