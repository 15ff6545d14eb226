"""The account of what may have been lost, against a plain set."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from kontena_ws_nb.protocol import confirmations as module
from kontena_ws_nb.protocol.confirmations import Confirmations, describe, numbers


def test_numbers_in_a_row_are_one_range() -> None:
    account = Confirmations()
    assert (account.unconfirmed, account.latest) == ((), -1)
    assert [account.sent() for _ in range(3)] == [0, 1, 2]
    assert account.sent(5) == 5
    assert account.unconfirmed == (range(3), range(5, 6))
    assert account.latest == 5
    account.confirm(1)
    assert account.unconfirmed == (range(2, 3), range(5, 6))
    account.confirm(-1)
    account.confirm(5)
    assert account.unconfirmed == ()
    account.withdrawn(5)  # too late: it is confirmed


@given(st.lists(st.tuples(st.sampled_from(["send", "skip", "confirm", "withdraw"]), st.integers(0, 30)), max_size=80))
def test_like_a_set(steps: list[tuple[str, int]]) -> None:
    account, known, number = Confirmations(), set[int](), 0
    for what, at in steps:
        if what == "send":
            known.add(account.sent(number))
            number += 1
        elif what == "skip":
            number += 1
        elif what == "confirm":
            account.confirm(min(at, account.latest))
            known = {one for one in known if one > min(at, account.latest)}
        else:
            account.withdrawn(at)
            known.discard(at)
        assert numbers(account.unconfirmed) == tuple(sorted(known))


def test_memory_is_bounded_and_nothing_is_left_out(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(module, "RUNS", 8)
    account = Confirmations()
    sent = [account.sent(2 * number) for number in range(1000)]  # an echo: every other row is ours
    assert len(account.unconfirmed) <= 17
    assert set(sent) <= set(numbers(account.unconfirmed))
    account.confirm(sent[-4])
    assert numbers(account.unconfirmed) == tuple(sent[-3:])  # the latest are exact


def test_words() -> None:
    assert (
        describe((range(4, 5),))
        == "1 message may have been lost: 4; no pong to a later ping confirms it, and it is not sent again"
    )
    assert (
        describe((range(4, 5), range(12, 86)))
        == "75 messages may have been lost: 4, 12–85; no pong to a later ping confirms them, and they are not sent again"
    )


def test_the_text_is_bounded() -> None:
    text = describe(tuple(range(at, at + 1) for at in range(0, 1_000_000, 2)))
    assert len(text) < 4200
    assert text.startswith("500,000 messages may have been lost: 0, 2, 4, ")
    assert " … (all in ws.unconfirmed); no pong" in text
