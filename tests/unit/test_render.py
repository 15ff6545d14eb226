"""How objects look is registered by type; what nobody registered says so."""

from __future__ import annotations

from types import ModuleType
from typing import Any

import pytest

import kontena_ws_nb as kws
from kontena_ws_nb.feed.status import certificate_answer
from kontena_ws_nb.log.log import MessageLog
from kontena_ws_nb.magics.help import SessionList
from kontena_ws_nb.render import bundle, rich


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


@pytest.mark.parametrize(("show", "where"), [(bundle, "a notebook"), (rich, "a terminal")])
def test_what_nobody_registered(show: Any, where: str) -> None:
    with pytest.raises(TypeError, match=f"nothing says how a int looks in {where}"):
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
        state = {name: value for name, value in session.panel.get_state().items() if name == "_snapshot"}
        assert odd(state) == []
        assert odd([(str(one), repr(one)) for one in sent]) == []
        assert (
            odd([certificate_answer(session.certificate), session.certificate.to_dict(), session.certificate.pem]) == []
        )
        session.panel.close()
