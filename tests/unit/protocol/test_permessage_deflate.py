"""permessage-deflate: every parameter and every refusal; what we send; and what we receive: windows that survive BFINAL, bombs, cut and trailing data."""

from __future__ import annotations

import random
import tracemalloc
import zlib

import pytest

from kontena_ws_nb.errors import ProtocolError
from kontena_ws_nb.protocol.permessage_deflate import WINDOW, Deflate, Inflate, Parameters, negotiate
from tests.lab.streams import Compressor

SENTENCE = b"the quick brown fox jumps over the lazy dog; "


@pytest.mark.parametrize(
    ("answer", "expected"),
    [
        (None, None),
        ("", None),
        ("  ", None),
        # RFC 9110 section 5.6.1: empty elements of a list do not count.
        (", ,", None),
        (", permessage-deflate,,", Parameters()),
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
        (
            "permessage-deflate; server_no_context_takeover; server_no_context_takeover",
            "server_no_context_takeover twice",
        ),
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
    assert (
        caught.value.message
        == f"the server answered Sec-WebSocket-Extensions with {why}: {answer!r} (RFC 7692 section 7.1)"
    )
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
    assert (
        server.inflate(ours.deflate(b"something else, never sent " * 5), True, None)
        == b"something else, never sent " * 5
    )
    assert Deflate(Parameters(client_no_context_takeover=True)).withdrawn is None


class FinalCompressor:
    """A server that ends blocks with BFINAL (RFC 7692 section 7.2.3.4) and keeps its window all the same."""

    def __init__(self) -> None:
        self._sent = b""

    def message(self, payload: bytes, *, flush: bool = True) -> bytes:
        window = self._sent[-WINDOW:]
        deflate = (
            zlib.compressobj(6, zlib.DEFLATED, -15, zdict=window) if window else zlib.compressobj(6, zlib.DEFLATED, -15)
        )
        data = deflate.compress(payload) + deflate.flush(zlib.Z_FINISH)
        self._sent += payload
        return data + (b"\x00" if flush else b"")


def told(inflate: Inflate, payload: bytes, limit: int | None = None, *, run: bool = False) -> tuple[str, int | None]:
    if run:
        _, _, error = inflate.inflate_run([bytearray(payload)], limit)
        assert error is not None
    else:
        with pytest.raises(ProtocolError) as caught:
            inflate.inflate(payload, True, limit)
        error = caught.value
    return error.message, error.close_code


def test_the_rfcs_own_examples() -> None:
    """RFC 7692 section 7.2.3."""
    inflate = Inflate()
    assert inflate.inflate(bytes.fromhex("f248cdc9c90700"), True, None) == b"Hello"
    assert inflate.inflate(bytes.fromhex("f200110000"), True, None) == b"Hello"  # refers to the one before
    assert inflate.inflate(bytes.fromhex("000500faff48656c6c6f00"), True, None) == b"Hello"  # no compression
    assert inflate.inflate(bytes.fromhex("f348cdc9c90700 00".replace(" ", "")), True, None) == b"Hello"  # BFINAL
    assert (
        inflate.inflate(bytes.fromhex("f248050000 00ffff cac9c90700".replace(" ", "")), True, None) == b"Hello"
    )  # two blocks
    assert inflate.inflate(b"\x00", True, None) == b""
    assert (
        inflate.inflate(bytes.fromhex("f248cd"), False, None) + inflate.inflate(bytes.fromhex("c9c90700"), True, None)
        == b"Hello"
    )


@pytest.mark.parametrize("flush", [True, False], ids=["flushed", "bare"])
@pytest.mark.parametrize("run", [True, False])
def test_context_takeover_after_bfinal(flush: bool, run: bool) -> None:
    server, texts = FinalCompressor(), [SENTENCE * 3 + str(number).encode() for number in range(400)]
    datas = [bytearray(server.message(text, flush=flush)) for text in texts]
    assert len(datas[-1]) < 20, "the later ones refer to the earlier ones"
    inflate = Inflate()
    if run:
        out, _, error = inflate.inflate_run(datas, 1000)
        assert error is None
    else:
        out = [inflate.inflate(data, True, 1000) for data in datas]
    assert out == texts


@pytest.mark.parametrize("before", [WINDOW - 1, WINDOW, WINDOW + 1, 5 * WINDOW])
def test_a_match_that_reaches_back_the_whole_window_over_bfinal(before: int) -> None:
    payload = random.Random(before).randbytes(before)
    compressor = Compressor()
    one = compressor.message(payload)
    server = FinalCompressor()
    server._sent = payload
    two, three = server.message(payload[-WINDOW:][:500]), server.message(payload[-WINDOW:][500:900])
    for runs in ([[one, two, three]], [[one], [two], [three]]):
        inflate = Inflate()
        out = []
        for run in runs:
            got, _, error = inflate.inflate_run([bytearray(data) for data in run], None)
            assert error is None
            out += got
        assert out[1:] == [payload[-WINDOW:][:500], payload[-WINDOW:][500:900]]


def test_blocks_after_bfinal_inside_one_message() -> None:
    server = FinalCompressor()
    both = server.message(SENTENCE, flush=False) + server.message(SENTENCE * 2)
    for forget in (False, True):
        inflate = Inflate(no_context_takeover=forget)
        assert inflate.inflate(both, True, None) == SENTENCE * 3
        assert inflate.inflate_run([bytearray(both)], None) == ([SENTENCE * 3], SENTENCE * 3, None) if forget else True


def test_bfinal_at_the_end_of_a_fragment() -> None:
    for forget in (False, True):
        server, inflate = FinalCompressor(), Inflate(no_context_takeover=forget)
        first = inflate.inflate(server.message(SENTENCE, flush=False), False, None)
        second = inflate.inflate(server.message(SENTENCE, flush=False), False, None)
        assert first + second + inflate.inflate(b"", True, None) == SENTENCE * 2
        assert inflate.inflate(Compressor().message(b"next"), True, None) == b"next"


def test_cut_after_a_fragment_that_ended_with_bfinal() -> None:
    server, inflate = FinalCompressor(), Inflate()
    inflate.inflate(server.message(SENTENCE, flush=False), False, None)
    assert told(inflate, Compressor().message(SENTENCE)[:-5])[1] == 1007


def test_no_context_takeover_forgets() -> None:
    server, inflate = Compressor(takeover=False), Inflate(no_context_takeover=True)
    for _ in range(3):
        assert inflate.inflate(server.message(SENTENCE), True, None) == SENTENCE
    assert inflate.inflate_run([bytearray(server.message(SENTENCE))] * 3, None) == ([SENTENCE] * 3, SENTENCE * 3, None)
    lying = Compressor()
    lying.message(SENTENCE)
    message, code = told(inflate, lying.message(SENTENCE))
    assert (message, code) == (
        "the server sent a compressed message that does not inflate: Error -3 while decompressing data: invalid distance too far back",
        1007,
    )


@pytest.mark.parametrize("bits", range(9, 16))
def test_window_bits(bits: int) -> None:
    server, inflate = Compressor(bits), Inflate(bits)
    for _ in range(50):
        assert inflate.inflate(server.message(SENTENCE * 50), True, None) == SENTENCE * 50


def test_eight_window_bits_take_what_servers_send() -> None:
    server, inflate = Compressor(9), Inflate(8)
    assert inflate.inflate(server.message(SENTENCE * 50), True, None) == SENTENCE * 50


def payload_of_many_symbols() -> bytes:
    return b"".join(b'{"price": %d, "name": "%s"}' % (number * 7919, SENTENCE[: number % 40]) for number in range(60))


@pytest.mark.parametrize("run", [True, False])
def test_every_cut_message_is_found(run: bool) -> None:
    whole = Compressor(takeover=False).message(payload_of_many_symbols())
    for size in range(1, len(whole)):
        message, code = told(Inflate(no_context_takeover=True), whole[:size], 100_000, run=run)
        assert code == 1007
        assert message.startswith("the server sent a compressed message that ")
    assert (
        told(Inflate(), b"")[0]
        == "the server sent a compressed message that is cut off or does not end with an empty block (RFC 7692 section 7.2.1)"
    )


def test_every_cut_message_is_found_with_the_next_at_the_latest() -> None:
    server = Compressor()
    whole, following = server.message(payload_of_many_symbols()), server.message(SENTENCE)
    late = 0
    for size in range(1, len(whole)):
        out, _, error = Inflate().inflate_run([bytearray(whole[:size]), bytearray(following)], 100_000)
        assert error is not None
        assert error.close_code == 1007
        late += len(out)
    assert late < 10, "only inside the header of a block"


def test_every_cut_stored_message_is_found() -> None:
    whole = zlib.compressobj(0, zlib.DEFLATED, -15)
    data = (whole.compress(bytes(range(256)) * 2) + whole.flush(zlib.Z_SYNC_FLUSH))[:-4]
    for size in range(2, len(data)):  # one zero byte alone is an empty message
        assert told(Inflate(), data[:size])[1] == 1007


@pytest.mark.parametrize("rest", [b"trailing", b"\x07", b"\xff\xff\xff"])
def test_trailing_data(rest: bytes) -> None:
    assert told(Inflate(), Compressor().message(SENTENCE) + rest)[1] == 1007
    assert told(Inflate(), FinalCompressor().message(SENTENCE, flush=False) + rest)[1] == 1007


@pytest.mark.parametrize("limit", [0, 1, 1000, (1 << 20) - 1, 1 << 20, (1 << 20) + 1, 3 << 20])
def test_the_limit_is_exact(limit: int) -> None:
    payload = b"\0" * limit
    for run in (True, False):
        inflate = Inflate()
        data = bytearray(Compressor().message(payload))
        if run:
            assert inflate.inflate_run([data], limit) == ([payload], payload, None)
        else:
            assert inflate.inflate(data, True, limit) == payload
        message, code = told(Inflate(), Compressor().message(payload + b"\0"), limit, run=run)
        assert (message, code) == (
            f"the server sent a compressed message that inflates to more than max_size={limit:,} bytes",
            1009,
        )


def test_the_limit_counts_earlier_frames() -> None:
    data = Compressor().message(b"\0" * 100)
    assert Inflate().inflate(data, True, 150, 50) == b"\0" * 100
    with pytest.raises(ProtocolError, match="max_size=150 "):
        Inflate().inflate(data, True, 150, 51)


def test_a_large_incompressible_message() -> None:
    payload = random.Random(1).randbytes(300_000)
    inflate, server = Inflate(), Compressor()
    for _ in range(3):
        assert inflate.inflate(server.message(payload), True, 300_000) == payload


def test_a_bomb_costs_no_more_than_the_limit() -> None:
    """1 GiB in 1 MB: refused when 8 MiB are there."""
    deflate = zlib.compressobj(9, zlib.DEFLATED, -15)
    block = deflate.compress(bytes(1 << 20)) + deflate.flush(zlib.Z_FULL_FLUSH)  # stands alone, so it can be repeated
    bomb = block * 1023 + block[:-4]
    limit = 8 << 20
    tracemalloc.start()
    try:
        assert told(Inflate(), bomb, limit)[1] == 1009
        _, peak = tracemalloc.get_traced_memory()
    finally:
        tracemalloc.stop()
    assert peak < 1.5 * limit


def test_little_is_kept_of_the_past() -> None:
    server, inflate = Compressor(), Inflate()
    for number in range(500):
        inflate.inflate(server.message(b"%d" % number * 500), True, None)
    assert sum(map(len, inflate._recent)) <= 4 * WINDOW
    for _ in range(5000):
        inflate.inflate(server.message(b""), True, None)
    assert len(inflate._recent) <= 1001
    forgetful = Inflate(no_context_takeover=True)
    forgetful.inflate(Compressor(takeover=False).message(SENTENCE), True, None)
    assert forgetful._recent == []
