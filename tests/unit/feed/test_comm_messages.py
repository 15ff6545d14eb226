"""The messages of the comm: one definition, from which the front end's is made; and what a page may say."""

from __future__ import annotations

import ast

import pytest

from kontena_ws_nb.feed.comm_messages import NOTICES, REQUESTS, MemberItem, RowItem, flag, pack
from kontena_ws_nb.panel.handlers import Handlers
from tests.lab import comm_messages


def test_the_front_ends_types_are_made_from_this_definition() -> None:
    assert comm_messages.TARGET.read_text(encoding="utf-8") == comm_messages.typescript(), (
        "stale: run python -m tests.lab.comm_messages"
    )


def test_every_message_has_a_handler_and_every_handler_a_message() -> None:
    handlers = {name.removeprefix("_on_") for name in vars(Handlers) if name.startswith("_on_")}
    assert handlers == {*REQUESTS, *NOTICES}


def test_a_type_that_the_front_end_has_no_word_for_is_refused() -> None:
    with pytest.raises(ValueError, match="no TypeScript for"):
        comm_messages._type(ast.parse("set[int]", mode="eval").body)


def test_a_flag() -> None:
    assert (flag(True), flag(False)) == (1, 0)


def test_what_a_row_has_nothing_to_say_of_does_not_travel() -> None:
    plain = RowItem(7, 1, 0, "text", 2, "hi", 0, 0)
    assert pack([plain, None]) == b'[[7,1,0,"text",2,"hi",0,0],null]'
    assert pack([plain._replace(cells=("BTC", ""))]) == b'[[7,1,0,"text",2,"hi",0,0,["BTC",""]]]'
    assert pack([plain._replace(hits=(0, 2))]) == b'[[7,1,0,"text",2,"hi",0,0,[],0,[0,2]]]'
    member = MemberItem("", "number", "0", 1, 0, 0)
    assert pack([member]) == b'[["","number","0",1,0,0]]', "a member's zeros are news"
