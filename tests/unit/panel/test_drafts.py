"""Texts that are edited in the page: it sees names of secrets, and they come back as what they stand for."""

from __future__ import annotations

import re

import pytest

from kontena_ws_nb import secret
from kontena_ws_nb.feed.comm_messages import RequestError
from kontena_ws_nb.panel.drafts import Drafts


def test_there_and_back() -> None:
    secret("swordfish-4711")
    drafts = Drafts()
    text = 'ü {"token": "swordfish-4711", "again": "swordfish-4711"} \ud800'
    named = drafts.named(text)
    assert "swordfish" not in named
    names = re.findall("«secret [0-9a-f]{8}»", named)
    assert len(names) == 2
    assert names[0] == names[1], "one secret, one name"
    assert drafts.filled(named) == text
    assert drafts.filled(f"moved {names[0]}") == "moved swordfish-4711"


def test_without_secrets_a_text_stays() -> None:
    drafts = Drafts()
    assert drafts.named("plain «secret»") == "plain «secret»"
    assert drafts.filled("plain «secret»") == "plain «secret»"


def test_the_name_of_another_panel_is_refused() -> None:
    secret("swordfish-4711")
    named = Drafts().named("swordfish-4711")
    with pytest.raises(RequestError, match="is a secret of another panel, or of a kernel that has ended"):
        Drafts().filled(named)
