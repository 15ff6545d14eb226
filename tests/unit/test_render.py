"""Displays are registered by type; unregistered types raise."""

from __future__ import annotations

from types import ModuleType
from typing import Any

import comm
import pytest

import kontena_ws_nb as kws
from kontena_ws_nb.feed.status import certificate_answer
from kontena_ws_nb.log.export import csv_line, jsonl_line
from kontena_ws_nb.log.log import MessageLog
from kontena_ws_nb.magics.help import SessionList
from kontena_ws_nb.render import bundle, rich
from tests.unit.panel.conversation import Page, Wire


class Parent:
    pass


class Child(Parent):
    pass


def test_a_type_shows_itself_as_it_was_registered() -> None:
    @bundle.register
    def _(value: Parent) -> dict[str, str]:
        return {"text/plain": type(value).__name__}

    assert bundle(Child()) == {"text/plain": "Child"}
    assert set(bundle(MessageLog())) == {"text/plain", "text/html"}


@pytest.mark.parametrize(("show", "where"), [(bundle, "notebook"), (rich, "terminal")])
def test_what_nobody_registered(show: Any, where: str) -> None:
    with pytest.raises(TypeError, match=f"no {where} display is registered for int"):
        show(3)


def odd(value: Any, place: str = "") -> list[str]:
    """Where something is no plain value: the encoders of some front ends take no subclasses."""
    if isinstance(value, (dict, list, tuple)):  # named tuples are arrays to all of them
        items = value.items() if isinstance(value, dict) else enumerate(value)
        return [found for key, one in items for found in [*odd(key, f"{place} key"), *odd(one, f"{place}.{key}")]]
    if type(value) in (str, bytes, int, float, bool, type(None), memoryview):
        return []
    return [f"{place}: {type(value).__name__}"]


def test_what_leaves_the_package_is_plain(demo: ModuleType) -> None:
    sent: list[Any] = []
    with kws.connect(demo.url(tls=True), "plain", ssl_verify=False) as session:
        sent += [session.send("<b>hello</b>"), session.send(b"\x00"), session.expect("hello", since=0)]
        sent += [session, session.messages, session.messages.where("hello"), session.messages[:2], session.panel]
        assert session.certificate is not None
        sent += [
            session.certificate,
            session.certificate.chain,
            session.panel.snapshot(),
            SessionList([session], session),
        ]
        sent += [SessionList([], None), kws.certificate(demo.url(tls=True))]
        shown = {type(one).__name__: one._repr_mimebundle_() for one in sent}
        assert odd(shown) == []
        pages = [made["text/html"] for made in shown.values() if "text/html" in made]
        assert len(pages) > 6
        assert [page for page in pages if not page.startswith('<div class="mathjax_ignore tex2jax_ignore">')] == []
        state = {name: value for name, value in session.panel.get_state().items() if name == "_snapshot"}
        assert odd(state) == []
        assert odd([(str(one), repr(one)) for one in sent]) == []
        assert (
            odd([certificate_answer(session.certificate), session.certificate.to_dict(), session.certificate.pem]) == []
        )
        session.panel.close()


def test_what_a_panel_answers_is_plain(demo: ModuleType, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(comm, "create_comm", Wire)
    kws.secret("s3cret-value")
    with kws.connect(demo.url(tls=True), "plain", ssl_verify=False) as session:
        session.send('{"id": 1, "token": "s3cret-value"}')
        session.expect("id", since=0)
        page = Page(session.panel)
        page.say("hello")
        tick, rows = page.tick()
        gen = tick["gen"]
        said: list[Any] = [(tick, rows)]
        for request, fields in (
            ("rows", {"gen": gen, "first": 0, "n": 10}),
            ("locate", {"key": 1}),
            ("detail", {"key": 0, "offset": 0}),
            ("detail", {"key": 1, "offset": 0}),
            ("export", {"gen": gen, "format": "csv", "start": 1, "first": 0, "stop": 3}),
            ("export", {"gen": gen, "format": "jsonl", "start": 1, "first": 0, "stop": 3}),
            ("sessions", {}),
            ("statistics", {"of": "plain"}),
            ("handshake", {"of": "plain"}),
            ("certificate", {"of": "plain"}),
            ("draft", {"of": "plain", "key": 1}),
            ("send", {"of": "plain", "kind": "text", "text": "again"}),
            ("resend", {"of": "plain", "key": 1}),
            ("filter", {"text": "id"}),
            ("filter", {"text": "/(/"}),
            ("fold", {"on": 1}),
            ("decode", {"of": "plain", "decoder": "json-rpc"}),
            ("detail", {"key": 1, "offset": 0}),
            ("decode", {"of": "plain", "decoder": "nothing"}),
            ("show", {"names": ["plain"]}),
            ("close", {"of": "plain", "code": 1000, "reason": "bye"}),
            ("close", {"of": "plain", "code": 1005, "reason": ""}),
            ("detail", {"key": 5, "offset": 0}),
            ("clear", {}),
            ("nothing", {}),
        ):
            answer = page.ask(request, **fields)
            said.append((request, *answer))
        assert odd(said) == []
        assert odd(page.wire.states) == []
        session.panel.close()


def test_what_a_log_gives_is_plain(demo: ModuleType) -> None:
    kws.secret("s3cret-value")
    with kws.connect(demo.url(), "plain") as session:
        sent = session.send('{"id": 1, "token": "s3cret-value", "list": [1.5, null, true]}')
        session.send(b"\x00")
        answer = session.expect("id", since=0)
        session.expect("kind:binary", since=0)
    log = session.messages
    for records in (log.to_records(), log.to_records(json=True), log.where("id").to_records(json=True)):
        assert odd(records) == []
    for one in (sent, answer, *log):
        assert odd([one.text, one.data, one.kind, one.direction, one.index, one.time_ns, one.size, str(one)]) == []
        assert odd([jsonl_line(one), csv_line(one)]) == []
    assert odd(answer.json()) == []
    assert odd([session.close_code, session.close_reason, session.url, session.name, session.state]) == []
    assert odd([session.handshake.url, session.handshake.status, dict(session.handshake.headers)]) == []
