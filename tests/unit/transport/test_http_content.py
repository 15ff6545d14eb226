"""What refusals say: codings, charsets, HTML, bounds."""

from __future__ import annotations

import gzip
import zlib

import pytest

from kontena_ws_nb import secret
from kontena_ws_nb.transport.http_content import decoded, excerpt, place, readable
from kontena_ws_nb.transport.http_response import MAX_BODY

SAID = b'{"error": "token expired"}'
RAW = zlib.compressobj(wbits=-15)
RAW_DEFLATE = RAW.compress(SAID) + RAW.flush()


def coded(*codings: str) -> list[tuple[str, str]]:
    return [("Content-Encoding", coding) for coding in codings]


@pytest.mark.parametrize(
    ("body", "headers"),
    [
        (SAID, []),
        (SAID, coded("identity")),
        (gzip.compress(SAID, mtime=0), coded("gzip")),
        # RFC 9110 section 8.4.1.3: "A recipient SHOULD consider x-gzip to be equivalent to gzip"; no case (8.4.1).
        (gzip.compress(SAID, mtime=0), coded("X-GZIP")),
        (gzip.compress(SAID[:9], mtime=0) + gzip.compress(SAID[9:], mtime=0) + bytes(20), coded("gzip")),
        (zlib.compress(SAID), coded("deflate")),
        (RAW_DEFLATE, coded("deflate")),
        # Section 8.4: in the order in which they were applied.
        (gzip.compress(zlib.compress(SAID), mtime=0), coded("deflate", ", gzip")),
        (gzip.compress(SAID, mtime=0), [("Transfer-Encoding", "gzip, chunked")]),
    ],
)
def test_codings_are_undone(body: bytes, headers: list[tuple[str, str]]) -> None:
    assert decoded(body, headers) == (SAID, None)
    assert excerpt(body, headers) == SAID.decode()


@pytest.mark.parametrize(
    ("body", "headers", "told"),
    [
        (b"12345", coded("br"), "(5 bytes in the coding br, which cannot be undone here)"),
        (b"12345", coded("zstd"), "(5 bytes in the coding zstd, which cannot be undone here)"),
        (b"12345", coded("compress"), "(5 bytes in the coding compress, which cannot be undone here)"),
        (b"12345", coded("gzip"), "(5 bytes in the coding gzip, but broken, which cannot be undone here)"),
        (b"12345", coded("gzip,gzip,gzip,gzip"), "(5 bytes in the coding 4 codings, which cannot be undone here)"),
        (b"", coded("br"), ""),
    ],
)
def test_what_cannot_be_undone_is_named(body: bytes, headers: list[tuple[str, str]], told: str) -> None:
    assert excerpt(body, headers) == told


def test_cut_bodies_and_bombs() -> None:
    whole = gzip.compress(SAID, mtime=0)
    assert SAID.startswith(decoded(whole[:-12], coded("gzip"))[0])
    bomb = gzip.compress(bytes(10_000_000))
    assert len(decoded(bomb, coded("gzip"))[0]) == MAX_BODY
    assert len(decoded(gzip.compress(bomb), coded("gzip, gzip"))[0]) <= MAX_BODY


@pytest.mark.parametrize(
    ("body", "media", "told"),
    [
        ("für".encode(), "text/plain", "für"),
        ("für".encode("latin-1"), "text/plain; charset=ISO-8859-1", "für"),
        ("für".encode("utf-16"), "", "für"),
        ("für".encode("utf-8-sig"), "", "für"),
        ("für €".encode("windows-1252"), "text/html", "für €"),
        ("für".encode("latin-1"), "application/json", "f\N{REPLACEMENT CHARACTER}r"),
        ("日本".encode("shift_jis"), 'text/plain; Charset="Shift_JIS"', "日本"),
        (b'<meta charset="shift_jis">' + "日本".encode("shift_jis"), "text/html", "日本"),
        ("für".encode(), "text/plain; charset=nobody-knows", "für"),
        ("für".encode(), "text/plain; charset=hex", "für"),
        (b"\x89PNG\0\0", "image/png", "(6 bytes of image/png)"),
        (b"\0", "", "(1 bytes of binary data)"),
        (
            b"<!DOCTYPE html><style>a { b: c }</style><title>403</title><script>if (a<b) x</script></b></script>"
            b"<h1>403</h1><p>Policy&nbsp;4711 &lt;x&gt;",
            "",
            "403 Policy 4711 <x>",
        ),
        (b"<h1>go\taway\x1b[31m</h1>", "", "<h1>go away\N{REPLACEMENT CHARACTER}[31m</h1>"),
        (b"x" * 200, "", "x" * 160 + "…"),
    ],
)
def test_what_a_body_says(body: bytes, media: str, told: str) -> None:
    assert excerpt(body, [("Content-Type", media)] if media else []) == told


def test_secrets_are_masked_in_every_coding() -> None:
    secret("hunter-2-canary")
    said = "<html><p>no: hunter-2-<b></b>canary, hunter-2-canary</p>"
    for body, headers in (
        (gzip.compress(said.encode(), mtime=0), coded("gzip")),
        (said.encode("utf-16"), []),
    ):
        assert "hunter-2-canary" not in excerpt(body, headers)


def test_headers_for_people() -> None:
    assert readable("\N{EURO SIGN}") == "\N{EURO SIGN}"
    assert place("http://me:pw@portal.test/f\xc3\xbc?token=abc") == ", to http://***@portal.test/fü?token=***"
    assert place(None) == ""
