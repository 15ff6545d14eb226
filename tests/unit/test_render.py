"""How objects look is registered by type; what nobody registered says so."""

from __future__ import annotations

from typing import Any

import pytest

from kontena_ws_nb.log.log import MessageLog
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
