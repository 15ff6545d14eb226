"""Which session a magic uses, and how sessions are named."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

import pytest

import kontena_ws_nb as kws
from kontena_ws_nb.magics.names import Roster
from kontena_ws_nb.magics.report import UsageError
from tests.lab.raw_server import RawServer


@pytest.fixture
def address() -> Iterator[str]:
    with RawServer() as server:
        yield server.url


def test_the_only_live_session_is_meant_until_one_is_chosen(address: str) -> None:
    roster = Roster({})
    with pytest.raises(UsageError, match="%ws_send: no session is open; %ws_connect URL opens one"):
        roster.find(None, "ws_send")
    with kws.connect(address, "feed") as feed:
        assert roster.current is feed
        with kws.connect(address, "trades") as trades:
            assert roster.current is None
            with pytest.raises(UsageError, match="several sessions are open"):
                roster.find(None, "ws_send")
            roster.use(trades)
            assert roster.find(None, "ws_send") is trades
            assert roster.find("feed", "ws_send") is feed
            assert roster.all() == [feed, trades]


def test_a_name_goes_into_the_notebook_but_never_over_something_else(address: str) -> None:
    namespace: dict[str, Any] = {"taken": 5}
    roster = Roster(namespace)
    with (
        kws.connect(address, "ws") as ws,
        kws.connect(address, "taken") as taken,
        kws.connect(address, "my-feed") as dashed,
    ):
        assert "is in the variable ws" in roster.opened_by_magic(ws)
        assert "is not a session (int)" in roster.opened_by_magic(taken)
        assert "cannot be a variable here: in Python the session is kws.sessions['my-feed']" in roster.opened_by_magic(
            dashed
        )
        assert namespace == {"taken": 5, "ws": ws}
        roster.closed_by_magic(dashed)
        assert roster.current is None
        roster.close_all()
        assert [one.closed for one in (ws, taken, dashed)] == [True, True, True]


def test_an_address_that_is_none_of_the_demos_stays() -> None:
    assert Roster({}).resolve("wss://demo.example/") == "wss://demo.example/"
