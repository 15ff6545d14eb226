"""A connection's secrets are masked in displays, rows, and errors with their causes, over real connections."""

from __future__ import annotations

import copy
import json
import logging
import pickle
import traceback
from base64 import b64encode
from collections.abc import Callable, Iterator
from typing import Any

import comm
import pytest

import kontena_ws_nb as kws
from kontena_ws_nb.display.table import log_bundle
from kontena_ws_nb.errors import Error
from kontena_ws_nb.feed.status import handshake_answer
from kontena_ws_nb.panel import Panel
from kontena_ws_nb.session.card import sessions_bundle
from tests.lab.raw_server import Peer, RawServer, text
from tests.lab.waiting import wait_for
from tests.unit.panel.conversation import Page, Wire

TOKEN = "q9X_hunter2-7vKp-Zr"
JWT = "eyJhbGciOiJIUzI1NiJ9.eyJzdWIiOiJtZSJ9.c2lnbmF0dXJlLXNpZ25hdHVyZQ"
LISTEN_KEY = "pqia91ma19a5s61cv6a81va65sdf19v8a65a1a5s61cv6a81va65sdf19v8a65a1"


def everything(session: kws.Session, monkeypatch: pytest.MonkeyPatch) -> str:
    """All that is shown of a session, as one text."""
    monkeypatch.setattr(comm, "create_comm", Wire)
    page = Page(Panel(session))
    try:
        page.say("hello")
        tick, _ = page.tick()
        _, rows = page.ask("rows", gen=tick["gen"], first=0, n=500)
        parts = [
            tick,
            page.ask("handshake", of=session.name)[0],
            bytes(rows[0]).decode(),
            [
                bytes(page.ask("detail", key=index, offset=0)[1][0]).decode("utf-8", "replace")
                for index in range(len(session.messages))
            ],
            page.panel._repr_mimebundle_()[0],
            page.wire.states,
        ]
    finally:
        page.panel.close()
    parts += [
        repr(session),
        repr(session.client),
        repr(session.options),
        repr(session.handshake),
        session.handshake.text(),
        session.handshake.redacted_request(),
        session.url,
        session.client.url,
        session._repr_mimebundle_(),
        sessions_bundle([session]),
        handshake_answer(session.handshake, "ws"),
        log_bundle(session.messages),
        [repr(message) for message in session.messages],
        [message.text for message in session.messages if message.kind not in ("text", "binary", "close")],
    ]
    return "\n".join(
        part if isinstance(part, str) else json.dumps(part, default=repr, ensure_ascii=False) for part in parts
    )


def talkative(chosen: str | None = None, *headers: str) -> Callable[[Peer], None]:
    """Accept, with a subprotocol, and say what was asked for."""

    def script(peer: Peer) -> None:
        head = peer.read_head()
        peer.accept(*([f"Sec-WebSocket-Protocol: {chosen}"] if chosen else []), *headers)
        peer.send(text(json.dumps({"you": head.decode("latin-1")})))
        peer.send(text(json.dumps({"mine": [*headers]})))
        peer.answer_close()

    return script


@pytest.mark.parametrize(
    ("offered", "secret"),
    [
        (["bearer", TOKEN], TOKEN),
        (["Authorization", TOKEN], TOKEN),
        (["access_token", JWT], JWT),
        (["realtime", f"openai-insecure-api-key.sk-{TOKEN}"], TOKEN),
        ([f"base64url.bearer.authorization.k8s.io.{TOKEN}"], TOKEN),
        ([f"token.{JWT}"], JWT),
        ([f"jwt-{JWT}"], JWT),
        ([f"auth-{TOKEN}"], TOKEN),
        ([f"Bearer.{TOKEN}"], TOKEN),
        ([JWT], JWT),
        (["b7e23ec29af22b0b4e41da31e868d572"], "b7e23ec29af22b0b4e41da31e868d572"),
        (["59c68230-e0ae-48f0-a8dd-7c539957e69b"], "59c68230-e0ae-48f0-a8dd-7c539957e69b"),
    ],
)
@pytest.mark.parametrize("chooses", [True, False])
def test_tokens_in_subprotocols(
    offered: list[str], secret: str, chooses: bool, monkeypatch: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture
) -> None:
    caplog.set_level(logging.DEBUG)
    server = RawServer(talkative(offered[-1] if chooses else None), handshake=False)
    with server, kws.connect(server.url, "sub", subprotocols=offered) as session:
        wait_for(lambda: session.stats.received_messages == 2)
        assert session.handshake.subprotocol == (offered[-1] if chooses else None), "the value stays what it is"
        assert secret in session.messages.where("kind:text")[0].text
        said = everything(session, monkeypatch)
        assert secret not in said + caplog.text
        assert "***" in said
        assert secret in session.handshake.text(secrets=True)
        assert "print(sub.handshake.text(secrets=True)) shows what is *** here" in said


def test_a_chosen_token_that_was_not_offered() -> None:
    server = RawServer(talkative(f"token.{TOKEN}"), handshake=False)
    with server, pytest.raises(kws.ProtocolError) as caught:
        kws.Client.connect(server.url, subprotocols=["bearer", JWT])
    assert "chose the subprotocol 'token.***', which was not offered (offered: bearer, ***;" in str(caught.value)
    assert caught.value.hint is None
    assert not [part for part in told(caught.value) if TOKEN in part or JWT in part]


def test_a_subprotocol_that_is_none_is_not_quoted() -> None:
    with pytest.raises(ValueError, match=r"number 2 .*is not an HTTP token .*holds a space") as caught:
        kws.connect("ws://127.0.0.1:1/", subprotocols=["chat", f"bearer {TOKEN}"])
    assert TOKEN not in "".join(told(caught.value))
    for wrong in ("", f"a,{TOKEN}"):
        with pytest.raises(ValueError, match="not an HTTP token") as caught:
            kws.connect("ws://127.0.0.1:1/", subprotocols=[wrong])
        assert TOKEN not in "".join(told(caught.value))


@pytest.mark.parametrize(
    ("path", "options", "secrets"),
    [
        ("?%74oken=k3y-t0k3n-1", {}, ["k3y-t0k3n-1"]),
        ("?symbol=BTC;listenKey=k3y-t0k3n-1&n=2", {}, ["k3y-t0k3n-1"]),
        ("?x=" + LISTEN_KEY, {}, [LISTEN_KEY]),
        ("ws/" + LISTEN_KEY, {}, [LISTEN_KEY]),
        ("hooks/T00/B00/aB3dE5fG7h", {}, ["aB3dE5fG7h"]),
        ("", {"headers": {"Ocp-Apim-Subscription-Key": "k3y-t0k3n-1"}}, ["k3y-t0k3n-1"]),
        (
            "",
            {"headers": {"X-Functions-Key": "k3y-t0k3n-1", "CB-ACCESS-SIGN": "s1gn4ture=="}},
            ["k3y-t0k3n-1", "s1gn4ture"],
        ),
        ("", {"headers": {"X-Nobody-Knows-It": "k3y-t0k3n-1"}}, ["k3y-t0k3n-1"]),
        (
            "",
            {
                "headers": {
                    "Authorization": f"AWS4-HMAC-SHA256 Credential=AK/2015/x, SignedHeaders=host, Signature={LISTEN_KEY}"
                }
            },
            [LISTEN_KEY],
        ),
        (
            "",
            {
                "headers": {
                    "Authorization": 'Digest username="me", uri="/", response="6629fae49393a053", nonce="dcd98b7102dd2f0e"'
                }
            },
            ["6629fae49393a053"],
        ),
        ("", {"origin": "https://me:p4ssw0rd@a.example"}, ["p4ssw0rd"]),
    ],
)
def test_secrets_under_many_names(
    path: str, options: dict[str, Any], secrets: list[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    with (
        RawServer(talkative(), handshake=False) as server,
        kws.connect(server.url + path, "names", **options) as session,
    ):
        wait_for(lambda: session.stats.received_messages == 2)
        said = everything(session, monkeypatch)
        for secret in secrets:
            assert secret in session.messages.where("kind:text")[0].text
            assert secret not in said
            assert secret in session.handshake.text(secrets=True)


def test_words_under_unknown_names_stay_in_payloads(monkeypatch: pytest.MonkeyPatch) -> None:
    given = {"X-Env": "production", "X-Client": "kontena-notebook"}
    with RawServer(talkative(), handshake=False) as server, kws.connect(server.url, "words", headers=given) as session:
        wait_for(lambda: session.stats.received_messages == 2)
        assert "X-Env: ***" in session.handshake.text()
        assert (
            "X-Env: production\\r\\nX-Client: kontena-notebook"
            in session.messages.where("kind:text")[0].masked().decode()
        )


def test_cookies_that_a_server_sets(monkeypatch: pytest.MonkeyPatch) -> None:
    script = talkative(None, "Set-Cookie: sid=9fd8a7c3e1; Path=/; HttpOnly", "X-Session-Token: t0k3n-of-it")
    with RawServer(script, handshake=False) as server, kws.connect(server.url, "cookies") as session:
        wait_for(lambda: session.stats.received_messages == 2)
        said = everything(session, monkeypatch)
        assert "9fd8a7c3e1" not in said
        assert "t0k3n-of-it" not in said
        assert "Set-Cookie: sid=***; Path=/; HttpOnly" in session.handshake.text()
        assert "9fd8a7c3e1" in session.handshake.text(secrets=True)


# ---- errors


def told(error: BaseException) -> Iterator[str]:
    """All that an error can be made to say, and what it was made from."""
    yield from traceback.format_exception(error)
    seen: list[BaseException | None] = [error]
    for one in seen:
        if one is None:
            continue
        yield from (
            str(one),
            repr(one),
            repr(one.args),
            *(str(value) for value in vars(one).values() if isinstance(value, str)),
        )
        seen += [other for other in (one.__cause__, one.__context__) if other not in seen]
    if isinstance(error, Error):
        yield pickle.dumps(error).decode("latin-1")
        yield repr(pickle.loads(pickle.dumps(error)).__dict__)
        yield pickle.dumps(copy.copy(error)).decode("latin-1")


PASSWORD = "p4ss-w0rd!"
BASIC = b64encode(f"me:{PASSWORD}".encode()).decode().rstrip("=")


@pytest.mark.parametrize(
    "answer",
    [
        f"HTTP/1.1 407 me:{PASSWORD}\r\n\r\n",
        f"HTTP/1.1 407 {BASIC}\r\n\r\n",
        f"HTTP/1.1 502 no {PASSWORD.replace('!', '%21')} here\r\n\r\n",
        f"{PASSWORD}\r\n\r\n",
        f"HTTP/1.1 {PASSWORD} x\r\n\r\n",
    ],
)
@pytest.mark.parametrize("scheme", ["http", "socks5"])
def test_a_proxy_that_quotes_its_password(answer: str, scheme: str) -> None:
    def script(peer: Peer) -> None:
        peer.sock.recv(65536)
        peer.send(answer.encode())
        peer.wait_end()

    with RawServer(script, handshake=False) as server, pytest.raises(kws.Error) as caught:
        kws.Client.connect(
            "ws://feed.example/", proxy=f"{scheme}://me:{PASSWORD}@127.0.0.1:{server.port}", connect_timeout=5
        )
    for part in told(caught.value):
        for secret in (PASSWORD, BASIC, PASSWORD.replace("!", "%21")):
            assert secret not in part


def test_a_rejection_is_pickled_without_its_secrets() -> None:
    def script(peer: Peer) -> None:
        peer.read_head()
        body = f"no {TOKEN}".encode()
        peer.send(
            b"HTTP/1.1 401 %s\r\nSet-Cookie: a=%s\r\nX-Nobody: short\r\nContent-Length: %d\r\n\r\n%s"
            % (TOKEN.encode(), LISTEN_KEY.encode(), len(body), body)
        )
        peer.wait_end()

    given = "url-t0k3n-1"  # not in the line that a traceback quotes
    with RawServer(script, handshake=False) as server, pytest.raises(kws.ProtocolError) as caught:
        kws.Client.connect(f"{server.url}?%74oken={given}", token=TOKEN)
    error = caught.value
    assert error.body == f"no {TOKEN}".encode(), "what the server said stays what it is"
    assert ("X-Nobody", "short") in error.headers
    assert copy.copy(error).body == error.body
    assert error.url is not None
    assert error.url.endswith("?%74oken=***")
    for part in told(error):
        assert TOKEN not in part
        assert LISTEN_KEY not in part
        assert given not in part
    twin = pickle.loads(pickle.dumps(error))
    assert (twin.body, twin.status, dict(twin.headers)["X-Nobody"]) == (b"no ***", 401, "***")


def test_what_an_error_is_made_from_is_masked_whatever_it_is() -> None:
    kws.secret(TOKEN)

    class Stubborn(Exception):
        @property
        def value(self) -> str:
            return TOKEN

    foreign = [
        ValueError(f"no {TOKEN}"),
        OSError(2, f"no {TOKEN}", f"/tmp/{TOKEN}"),
        UnicodeDecodeError("utf-8", TOKEN.encode(), 0, 1, f"no {TOKEN}"),
        KeyError((TOKEN, [TOKEN], 7)),
        json.JSONDecodeError("no", f'["{TOKEN}"', 3),
        SyntaxError("no", ("x", 1, 1, TOKEN)),
    ]
    for one in foreign:
        try:
            try:
                raise RuntimeError(f"first {TOKEN}")
            except RuntimeError:
                raise one  # noqa: B904 - a context
        except Exception as caught:
            error = kws.Error("it failed")
            error.__cause__ = caught
        assert TOKEN not in "".join(told(error)), one
        assert "first ***" in "".join(told(error))
    stubborn = Stubborn(TOKEN)
    stubborn.__cause__ = stubborn
    try:
        raise stubborn
    except Stubborn:
        error = kws.Error(f"with {TOKEN}")
    assert stubborn.args == ("***",)
    assert error.args == ("with ***",)
    error.args = (TOKEN,)
    assert error.args == ("***",)


def test_an_error_of_ours_masks_itself_and_what_it_was_made_from() -> None:
    first = kws.Error(f"with {TOKEN}")
    kws.secret(TOKEN)
    try:
        try:
            raise ValueError(TOKEN)
        except ValueError:
            raise first  # noqa: B904 - a context
    except kws.Error:
        second = kws.TimeoutError("read", 1)
        second.__cause__ = first
    assert not [part for part in told(second) if TOKEN in part]


def test_an_error_keeps_no_secret_that_becomes_known_later() -> None:
    error = kws.Error(f"with {TOKEN}", url=f"ws://host/{TOKEN}", hint=TOKEN)
    assert error.args == (f"with {TOKEN}",)
    kws.secret(TOKEN)
    assert error.args == ("with ***",)
    assert TOKEN not in pickle.dumps(error).decode("latin-1")
    assert (error.__reduce__()[1][1], str(error)) == (("with ***",), "ws://host/***: with ***; ***")
