"""Subprotocols: names are shown, tokens are masked."""

from __future__ import annotations

import secrets
import uuid
from base64 import urlsafe_b64encode

import pytest
from hypothesis import given
from hypothesis import strategies as st

from kontena_ws_nb.options import Options
from kontena_ws_nb.redaction.headers import Found, redact_header, redact_subprotocols
from kontena_ws_nb.redaction.subprotocols import KNOWN

TOKEN = "q9X_hunter2-7vKp.Zr"
JWT = "eyJhbGciOiJIUzI1NiJ9.eyJzdWIiOiJtZSJ9.c2lnbmF0dXJlLXNpZ25hdHVyZQ"
K8S = "base64url.bearer.authorization.k8s.io."

#: What is offered, and what is shown of it.
CARRIED = [
    (["bearer", TOKEN], "bearer, ***"),
    (["Bearer", "swordfish"], "Bearer, ***"),
    (["chat", "Authorization", TOKEN, "v12.stomp"], "chat, Authorization, ***, v12.stomp"),
    (["access_token", JWT], "access_token, ***"),
    (["jwt", JWT], "jwt, ***"),
    (["x-api-key", "k3y1"], "x-api-key, ***"),
    (["token", "mqtt", "swordfish"], "token, mqtt, swordfish"),
    (["realtime", f"openai-insecure-api-key.sk-{TOKEN}"], "realtime, openai-insecure-api-key.***"),
    (
        ["openai-organization.org-4fK9s2LmQ0", "openai-beta.realtime-v1"],
        "openai-organization.org-***, openai-beta.realtime-v1",
    ),
    (["openai-project.proj_4fK9s2LmQ0"], "openai-project.***"),
    ([K8S + urlsafe_b64encode(b"t0k3n-of-mine").decode().rstrip("=")], f"{K8S}***"),
    ([K8S + "swordfish", "v4.channel.k8s.io"], f"{K8S}***, v4.channel.k8s.io"),
    ([f"token.{TOKEN}"], "token.***"),
    ([f"jwt-{JWT}"], "jwt-***"),
    (["auth-swordfish"], "auth-***"),
    (["pass-swordfish"], "pass-***"),
    ([f"Bearer.{TOKEN}"], "Bearer.***"),
    ([f"access_token.{TOKEN}"], "access_token.***"),
    ([f"bearer+{TOKEN}"], "bearer+***"),
    ([f"auth_token_{TOKEN}"], "auth_token_***"),
    ([f"x-api-key.{TOKEN}"], "x-api-key.***"),
    (["session-9fd8a7c3"], "session-***"),
    ([JWT], "***"),
    ([TOKEN], "***"),
    (["s3cr3t-t0k3n"], "***"),
    (["supersecrettoken"], "***"),
    (["1234567890"], "***"),
    (["a" * 70], "***"),
]


@pytest.mark.parametrize(("offered", "shown"), CARRIED)
def test_tokens(offered: list[str], shown: str) -> None:
    found: list[Found] = []
    assert redact_subprotocols(offered, found) == shown
    assert redact_header("Sec-WebSocket-Protocol", ", ".join(offered)) == shown
    assert redact_header("sec-websocket-protocol", ",".join(offered)) == shown
    assert len(found) == shown.count("***")
    for token, _ in found:
        assert token in ",".join(offered)
        assert token not in shown
    assert repr(Options.of(subprotocols=offered)) == f"Options(subprotocols={tuple(shown.split(', '))!r})"


NAMES = [
    "graphql-ws", "acme.chat.v2", "com.example.feed.2", "chat-v1", "jwt-auth-v1", "MQTT", "OCPP1.6", "session", "v1", "2024-10-01", "20241001",
    "auth", "access_token", "my-company.orders", "ticket-service", "notifications", "x",
]  # fmt: skip


@pytest.mark.parametrize("name", [*NAMES, *sorted(KNOWN)])
def test_names(name: str) -> None:
    assert redact_subprotocols([name]) == name


@pytest.mark.parametrize("prefix", ["", "token.", "jwt-", "Bearer.", "openai-insecure-api-key.", K8S, "auth_"])
@given(
    st.sampled_from([secrets.token_hex, secrets.token_urlsafe, lambda n: str(uuid.UUID(bytes=secrets.token_bytes(n)))])
)
def test_random_tokens(prefix: str, make: object) -> None:
    token = make(16)  # type: ignore[operator]
    assert token not in redact_subprotocols([prefix + token])
    assert redact_subprotocols(["bearer", token]) == "bearer, ***"


@given(st.lists(st.from_regex(r"\A[!#$%&'*+\-.^_`|~0-9A-Za-z]{1,40}\Z"), max_size=4))
def test_any_names(names: list[str]) -> None:
    shown = redact_subprotocols(names)
    assert shown.count(",") == max(0, len(names) - 1)
