"""Secrets are masked in everything a session shows and writes, over real connections."""

from __future__ import annotations

import json
import logging
import os
import pickle
import re
import sys
from collections.abc import Iterator
from pathlib import Path
from types import ModuleType, SimpleNamespace
from typing import Any

import comm
import pytest
from hypothesis import given
from hypothesis import strategies as st

import kontena_ws_nb as kws
from kontena_ws_nb import cli
from kontena_ws_nb.connection.logger import LOGGERS
from kontena_ws_nb.conversation.differences import Comparison
from kontena_ws_nb.display.message import message_bundle
from kontena_ws_nb.display.preview import preview
from kontena_ws_nb.display.table import Snapshot, log_bundle
from kontena_ws_nb.log.export import FORMATS
from kontena_ws_nb.log.filter.query import Query, QueryError
from kontena_ws_nb.log.log import MessageLog
from kontena_ws_nb.panel import Panel
from kontena_ws_nb.redaction import payloads as masking
from kontena_ws_nb.redaction.text import printable, visible
from kontena_ws_nb.session.session import Session
from tests.lab.raw_server import BINARY, TEXT, Peer, RawServer, frame, text
from tests.lab.waiting import wait_for
from tests.unit.panel.conversation import Page, Wire

SECRET = 'hunter2/"é-t0k3n'
#: What would tell it: any five characters in a row.
PARTS = {SECRET[at : at + 5] for at in range(len(SECRET) - 4)} | {"6e7465723", "50657232", "aHVudGVyM"}


def clean(shown: Any) -> str:
    """What is shown, as one text; fails when a part of the secret is in it."""
    said = shown if isinstance(shown, str) else json.dumps(shown, default=repr, ensure_ascii=False)
    for said_so in (
        said,
        said.replace(" ", "").replace("\\n", "").replace("\\", ""),
        said.encode().decode("unicode_escape", "replace"),
    ):
        assert not [part for part in PARTS if part in said_so], said
    return said


def talk(peer: Peer) -> None:
    """Leak it in every way."""
    peer.send(text(SECRET))
    peer.send(text(json.dumps({"token": SECRET})))
    peer.send(text(json.dumps({"filler": "x" * 120, "token": SECRET})))  # across the 160 bytes of a row
    peer.send(text("y" * 70 + SECRET))  # across the 80 bytes of a repr
    peer.send(text("z" * 3990 + SECRET))  # across the 4,000 of a display
    peer.send(
        frame(BINARY, b"\x00" * 24 + SECRET.encode() + b"\x00" * 300)
    )  # across the 32 of a preview in hexadecimal
    peer.send(frame(BINARY, b"\x01" * 250 + SECRET.encode()))
    peer.send(text("w" * 199_990 + SECRET + "v" * 50))  # across a page of details
    peer.expect(TEXT)
    peer.close(4001, f"bad token {SECRET}")


@pytest.fixture
def ws() -> Iterator[Session]:
    """A session whose server leaks, closed by it."""
    kws.secret(SECRET)
    with RawServer(talk) as server, kws.connect(server.url, "leaky", compression=False) as session:
        wait_for(lambda: session.stats.received_messages == 8)
        session.send(SECRET)
        wait_for(lambda: session.closed)
        yield session


def test_messages_and_tables(ws: Session) -> None:
    for message in ws.messages:
        clean(repr(message))
        bundle = message._repr_mimebundle_()
        clean(bundle)
        if message.kind in ("text", "binary"):
            assert SECRET.encode() in message.payload or json.dumps(SECRET).encode() in message.payload, (
                "values stay what they are"
            )
    assert repr(ws.messages[1]) == f"<Message 1 ↓ text {len(SECRET.encode())} B '***'>"
    for shown in (
        log_bundle(ws.messages),
        ws.messages[:]._repr_mimebundle_(),
        ws.messages.where("dir:received")._repr_mimebundle_(),
    ):
        assert "***" in clean(shown)
    for row in ws.messages.rows(range(ws.messages.next_index)):
        clean(preview(row))
    clean(repr(ws.messages.where(json.dumps(SECRET, ensure_ascii=False))))
    clean(repr(Query.parse(json.dumps(SECRET, ensure_ascii=False))))


def test_python_gets_what_was_received(ws: Session) -> None:
    received = [
        message for message in ws.messages if message.kind in ("text", "binary") and message.direction == "received"
    ]
    assert received[0].text == received[0].data == SECRET
    assert received[0].payload == bytes(received[0].view) == SECRET.encode()
    assert received[0].masked() == b"***"
    assert received[1].json() == {"token": SECRET}
    assert SECRET.encode().hex() in received[5].hex("")
    assert SECRET in [record["text"] for record in ws.messages.to_records()]
    assert ws.close_reason == f"bad token {SECRET}"
    assert pickle.loads(pickle.dumps(received[0])) == received[0]


def test_the_end_and_the_card(ws: Session) -> None:
    assert isinstance(ws.error, kws.CloseError)
    assert clean(str(ws.error)).endswith('the server closed with 4001 (application code) "bad token ***"')
    assert clean(repr(ws.error)) == "CloseError('the server closed with 4001 (application code) \"bad token ***\"')"
    assert ws.error.reason == f"bad token {SECRET}"
    assert '"bad token ***"' in clean(ws._repr_mimebundle_()["text/plain"])
    clean(ws._repr_mimebundle_())
    clean(repr(ws))


def test_the_panel_and_what_it_sends(ws: Session, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(comm, "create_comm", Wire)
    page = Page(Panel(ws))
    try:
        page.say("hello")
        said = [page.tick()[0:2]]
        clean(said)
        gen = said[0][0]["gen"]
        assert said[0][0]["session"]["close"]["reason"] == "bad token ***"
        _, buffers = page.ask("rows", gen=gen, first=0, n=500)
        assert "***" in clean(bytes(buffers[0]).decode())
        for message in ws.messages:
            pages, at = b"", 0
            while at < message.size or not at:
                answer, buffers = page.ask("detail", key=message.index, offset=at)
                clean({key: value for key, value in answer.items() if key != "code"})
                pages, at = pages + bytes(buffers[0]), max(1, answer["next"])
            assert pages == message.masked()
            clean(pages.decode("utf-8", "replace"))
        assert page.ask("detail", key=1, offset=0)[0]["masked"] == 1
        assert page.ask("detail", key=0, offset=0)[0]["masked"] == 0, "a lifecycle row"
        for name in FORMATS:
            _, buffers = page.ask(
                "export", format=name, start=1, gen=gen, first=0, stop=ws.messages.next_index, notes=0
            )
            assert "***" in clean(bytes(buffers[0]).decode())
        assert page.ask("handshake", of="leaky")[0]["available"]
        clean(page.ask("handshake", of="leaky")[0])
        page.panel.filter = json.dumps(SECRET, ensure_ascii=False)
        tick, _ = page.tick(lambda tick: tick["filter"] != "")
        assert re.fullmatch('"?«secret [0-9a-f]{8}»"?', clean(tick["filter"]))
        bundle, _ = page.panel._repr_mimebundle_()
        clean(bundle)
        clean(repr(page.panel.snapshot()))
        clean(page.wire.states)
    finally:
        page.panel.close()


@pytest.mark.parametrize("suffix", FORMATS)
def test_files(ws: Session, tmp_path: Path, suffix: str) -> None:
    panel = Panel(ws)
    assert panel.export(tmp_path / f"all.{suffix}") == len(ws.messages)
    panel.close()
    assert clean((tmp_path / f"all.{suffix}").read_text("utf-8")).count("***") >= 6


def test_the_nearest_misses(ws: Session) -> None:
    for match in (
        {"token": "other", "filler": "x" * 80},
        {"token": 7},
        {"token": [1]},
        "nothing like it",
        re.compile(re.escape(SECRET + "!")),
        {"token": SECRET + "!"},
    ):
        with pytest.raises((kws.CloseError, kws.SocketError)) as caught:
            ws.expect(match, timeout=5, since=0)
        clean(str(caught.value))


def test_misses_of_a_live_session() -> None:
    kws.secret(SECRET)
    long = "n" * 40 + SECRET + "m" * 40

    def script(peer: Peer) -> None:
        peer.send(text(json.dumps({"op": long, "n": 1})))
        peer.send(text(json.dumps([long, {SECRET: SECRET}])))
        peer.hang()

    with RawServer(script) as server, kws.connect(server.url, "near") as session:
        wait_for(lambda: session.stats.received_messages == 2)
        with pytest.raises(kws.TimeoutError) as caught:
            session.expect({"op": "x", "n": 1}, timeout=0.01, since=0)
        assert "$.op: wanted 'x', got 'nnnn" in clean(str(caught.value))
        with pytest.raises(kws.TimeoutError) as caught:
            session.expect({"op": SECRET}, timeout=0.01, since=0)
        clean(str(caught.value))


def test_numbers_are_secrets_too() -> None:
    kws.secret("31415926535")
    assert Comparison({"pin": 1}, {"pin": 31415926535}).differences == ["$.pin: wanted 1, got ***"]
    assert Comparison({"pin": 1}, {"pin": int("31415926535" * 7)}).differences == ["$.pin: wanted 1, got ***"]
    assert "31415926" not in Comparison({"pin": 1}, {"pin": int("9" * 50 + "31415926535" + "8" * 50)}).differences[0]
    assert "..." in Comparison({"pin": 1}, {"pin": int("9" * 1500)}).differences[0]


def test_the_logger(caplog: pytest.LogCaptureFixture) -> None:
    kws.secret(SECRET)

    def failing(session: Session) -> None:
        raise RuntimeError(f"no {SECRET}")

    caplog.set_level(logging.DEBUG, "kontena_ws_nb")
    with RawServer(talk) as server, kws.connect(server.url, "logs", on_open=failing) as session:
        wait_for(lambda: "on_open of logs failed" in caplog.text)
        session.send("go on")
        wait_for(lambda: session.closed)
    assert 'ended: the server closed with 4001 (application code) "bad token ***"' in clean(caplog.text)
    assert "RuntimeError: no ***" in caplog.text
    told = [row["text"] for row in session.messages.to_records() if row["kind"] == "error"]
    assert told[0] == f"on_open failed: RuntimeError: no {SECRET}"
    assert [text.partition(":")[0] for text in told[1:]] == ["1 message may have been lost"]
    clean(log_bundle(session.messages))


def test_every_logger_of_ours_masks() -> None:
    used = {
        name
        for path in Path(kws.__file__).parent.rglob("*.py")
        for name in re.findall(r'getLogger\("([^"]+)"\)', path.read_text("utf-8"))
    }
    assert used == set(LOGGERS)
    kws.secret(SECRET)
    records: list[logging.LogRecord] = []
    handler = logging.Handler()
    handler.emit = records.append  # type: ignore[method-assign]
    for name in LOGGERS:
        logger = logging.getLogger(name)
        logger.addHandler(handler)
        try:
            logger.critical("token %s and %d", SECRET, 7)
            logger.critical("nothing to hide")
            try:
                raise ValueError(SECRET)
            except ValueError:
                logger.critical("failed", exc_info=True)
            try:
                raise ValueError("harmless")
            except ValueError:
                logger.critical("failed", exc_info=True)
        finally:
            logger.removeHandler(handler)
    shown = {handler.format(record) for record in records}
    clean("\n".join(shown))
    assert "token *** and 7" in shown
    assert "nothing to hide" in shown
    assert any("ValueError: harmless" in text for text in shown)


def test_errors_survive_and_mask_what_becomes_secret_later() -> None:
    error = kws.Error(f"no {SECRET}", url="ws://host/", hint=f"not {SECRET}")
    assert SECRET in str(error)
    kws.secret(SECRET)
    for same in (error, pickle.loads(pickle.dumps(error))):
        assert str(same) == "ws://host/: no ***; not ***"
        assert repr(same) == "Error('no ***')"


def test_a_filters_mistake_points_at_the_same_place() -> None:
    kws.secret("t0k3n-t0k3n")
    error = QueryError("wrong: t0k3n-t0k3n", f"{'x' * 80} t0k3n-t0k3n ab!cd t0k3n-t0k3n", 95)
    message, shown, caret = str(error).split("\n")
    assert message == "wrong: ***"
    assert shown[caret.index("^")] == "!"
    assert "t0k3n" not in str(error) + repr(error)
    inside = QueryError("here", "a t0k3n-t0k3n b", 6)
    assert str(inside) == "here\n  a *** b\n       ^"


# ---- credentials, as a server sees them


@pytest.mark.parametrize(
    ("url", "options", "secret"),
    [
        ("headers", {"token": "b3ar3r-t0k3n"}, "b3ar3r-t0k3n"),
        ("headers", {"user": "me:pa55word"}, "pa55word"),
        ("headers", {"user": "me:pa55word"}, "bWU6cGE1NXdvcmQ"),
        ("headers", {"cookies": {"sid": "c00k13-jar"}}, "c00k13-jar"),
        ("headers", {"headers": {"X-Api-Key": "k3y-k3y-k3y"}}, "k3y-k3y-k3y"),
        ("headers", {"redact": ["demo-agent"], "headers": {"User-Agent": "demo-agent"}}, "demo-agent"),
    ],
)
def test_what_an_echoed_handshake_shows(demo: ModuleType, url: str, options: dict[str, Any], secret: str) -> None:
    with kws.connect(demo.url(url), "echo", **options) as session:
        seen = session.read()
        assert seen is not None
        assert secret in seen.text or "bWU6cGE1NXdvcmQ" in seen.text  # base64
        session.send(f"mine: {secret}")
        for shown in (
            message_bundle(seen),
            log_bundle(session.messages),
            repr(session.messages[2]),
            session.handshake.redacted_request(),
        ):
            said = shown if isinstance(shown, str) else json.dumps(shown)
            assert secret not in said
            assert "***" in said
        assert secret not in repr(seen) + repr(session.options)
        assert "mine: ***" in log_bundle(session.messages)["text/plain"]


def test_a_rejection_that_echoes_a_token() -> None:
    def script(peer: Peer) -> None:
        peer.read_head()
        body = b"x" * 150 + b" b3ar3r-t0k3n is not valid"
        peer.send(b"HTTP/1.1 401 Unauthorized\r\nContent-Length: %d\r\n\r\n%s" % (len(body), body))

    with RawServer(script, handshake=False) as server, pytest.raises(kws.ProtocolError) as caught:
        kws.Client.connect(server.url, token="b3ar3r-t0k3n")
    assert "b3ar" not in str(caught.value)
    assert b"b3ar3r-t0k3n" in caught.value.body


def test_a_secret_in_a_path() -> None:
    kws.secret("r00m-name")
    with RawServer() as server, kws.connect(f"{server.url}r00m-name?access_token=t0k3n", "path") as session:
        for shown in (
            repr(session),
            repr(session.client),
            repr(session.handshake),
            json.dumps(session._repr_mimebundle_()),
        ):
            assert "r00m" not in shown
            assert "t0k3n" not in shown
            assert "/***?access_token=***" in shown
        assert repr(session.handshake).endswith(f"status=101, address=('127.0.0.1', {server.port}))")


def test_the_command_line(
    demo: ModuleType, capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    stdin, writer = os.pipe()
    os.write(writer, b"again b3ar3r-t0k3n\n")
    os.close(writer)
    monkeypatch.setattr(sys, "stdin", SimpleNamespace(fileno=lambda: stdin))
    try:
        assert cli.main(["-v", "--token", "b3ar3r-t0k3n", "--redact", "127.0.0.1", demo.url("headers")]) == 0
    finally:
        os.close(stdin)
    said = capsys.readouterr()
    assert "b3ar" not in said.out + said.err
    assert "127.0.0.1" not in said.out
    assert '"Bearer ***"' in said.out
    assert "again ***" in said.out
    assert "websocket write: 'again ***'" in said.err


# ---- any payload, any cut


@st.composite
def leaks(draw: st.DrawFn) -> tuple[list[str], bytes]:
    secrets = draw(st.lists(st.text(st.sampled_from("QWZJéÜ/"), min_size=6, max_size=20), min_size=1, max_size=3))
    pieces = []
    for _ in range(draw(st.integers(1, 4))):
        pieces.append("-" * draw(st.integers(0, 90)))
        secret = draw(st.sampled_from(secrets))
        pieces.append(draw(st.sampled_from([secret, json.dumps(secret), json.dumps({"x": json.dumps(secret)})])))
    return secrets, "".join([*pieces, "-" * draw(st.integers(0, 200))]).encode()


@given(leaks(), st.sampled_from([("text", 1), ("binary", 2)]), st.integers(1, 170))
def test_no_display_shows_a_part(case: tuple[list[str], bytes], kind: tuple[str, int], limit: int) -> None:
    secrets, payload = case
    masking._registry.known = masking._Registry().known
    masking.know(secrets)
    log = MessageLog()
    log.add(kind[0], payload)
    message = log[0]
    shown = [
        repr(message),
        json.dumps(message_bundle(message), ensure_ascii=False),
        json.dumps(log_bundle(log), ensure_ascii=False),
        repr(Snapshot(log.rows([0]), 1)),
        *(preview(row) for row in log.rows([0], limit)),
        *(line(message, None) for plain, noted in FORMATS.values() for _, line in (plain, noted)),
        visible(payload.decode()),
        printable(payload.decode(), limit),
        "".join(message.masked(at, at + limit).decode("utf-8", "replace") for at in range(0, len(payload), limit)),
    ]
    for said in shown:
        for secret in secrets:
            assert secret not in said
            # At a cut, nothing of it but what stands there by chance: no display of ours says such things.
            assert not any(secret[at : at + 4] in said for at in range(len(secret) - 3))
            assert secret.encode().hex()[:12] not in said.replace(" ", "")
