"""Telling tokens from names."""

from __future__ import annotations

import random
import secrets
import string
import uuid

import pytest

from kontena_ws_nb.redaction.tokens import is_uuid, looks_secret, plain

WORDS = [
    "production", "kontena-notebook", "BTC-USDT", "2024-01-01T00:00:00Z", "2024-01-01T10:00:00.123+01:00", "20200101T000000Z", "en-US", "application/json", "trace-4567",
    "1.2.3-rc1", "graphql-transport-ws", "orders.created", "1700000000000", "accessToken", "refresh_token", "Mozilla/5.0 (X11; Linux x86_64)",
    "straße", "über", "",
]  # fmt: skip
NO_WORDS = [
    "hunter2",
    "s3cr3t-t0k3n",
    "supersecrettoken",
    "XXXXXXXX",
    "pa55-w0rd",
    "BTC-27DEC24-100000-C",
    "a" * 25,
    "12345678901234567890",
]
#: In URLs, what is looked at all day.
SEEN = [
    "btcusdt@trade/ethusdt@depth20@100ms", "btcusdt@kline_1m", "BTC-27DEC24-100000-C,ETH-27DEC24-1000-P", "nginx-deployment-66b6c48dd5-7w27p",
    "12345678901234567890", "hunter2", "socket.io", "v1.2.3", "2024-01-01T00:00:00Z", "websocket", "",
]  # fmt: skip
MARKED = [
    "sk-proj-abcdefgh",
    "sk_live_abcdefgh",
    "ghp_abcdefgh",
    "xoxb-abcdefgh",
    "AKIAIOSFODNN7EXAMPLE",
    "eyJhbGciOiJub25lIn0.e30.",
    "glpat-abcdefgh",
]


@pytest.mark.parametrize("text", WORDS)
def test_words(text: str) -> None:
    assert plain(text)
    assert not looks_secret(text)


@pytest.mark.parametrize("text", NO_WORDS)
def test_no_words(text: str) -> None:
    assert not plain(text)


@pytest.mark.parametrize("text", SEEN)
def test_what_stays_visible(text: str) -> None:
    assert not looks_secret(text)


@pytest.mark.parametrize(
    "text", [*MARKED, "pqia91ma19a5s61cv6a81va65sdf19v8a65a1a5s61cv6a81va65sdf19v8a65a1", "k" * 64, "1" * 24]
)
def test_what_services_mark_and_what_is_long(text: str) -> None:
    assert looks_secret(text)
    assert looks_secret(f"x={text}&y=1")


def test_random_values_look_random() -> None:
    source = random.Random(7)

    def of(alphabet: str, length: int) -> str:
        return "".join(source.choices(alphabet, k=length))

    for make in (
        lambda: secrets.token_hex(8),
        lambda: secrets.token_hex(16).upper(),
        lambda: secrets.token_urlsafe(32),
        lambda: of(string.ascii_letters + string.digits, 24),
        lambda: of(string.ascii_lowercase, 26),
        lambda: of(string.ascii_uppercase + string.digits, 20),
        lambda: str(uuid.uuid4()),
    ):
        found = [looks_secret(make()) for _ in range(500)]
        assert sum(found) >= 490, make()


def test_uuids() -> None:
    one = str(uuid.UUID(int=7))
    assert is_uuid(one)
    assert looks_secret(one)
    assert not is_uuid(f"{one}x")
    assert not is_uuid("x")
