"""Prompts for secrets."""

from __future__ import annotations

import pytest

from kontena_ws_nb.redaction.payloads import mask
from kontena_ws_nb.redaction.prompt import fill_in


@pytest.mark.parametrize(
    ("given", "filled", "prompts"),
    [
        ({}, {}, []),
        (
            {"token": "t", "user": "me:pw", "client_key_password": "x"},
            {"token": "t", "user": "me:pw", "client_key_password": "x"},
            [],
        ),
        ({"token": "-"}, {"token": "typed"}, ["bearer token: "]),
        ({"client_key_password": "-"}, {"client_key_password": "typed"}, ["passphrase of the client key: "]),
        ({"user": "me"}, {"user": "me:typed"}, ["password of me: "]),
        ({"user": "me:"}, {"user": "me:"}, []),
        ({"user": ""}, {"user": ""}, []),
    ],
)
def test_what_is_asked_for(
    monkeypatch: pytest.MonkeyPatch, given: dict[str, str], filled: dict[str, str], prompts: list[str]
) -> None:
    asked: list[str] = []

    def getpass(prompt: str) -> str:
        asked.append(prompt)
        return "typed"

    monkeypatch.setattr("getpass.getpass", getpass)
    before = dict(given)
    assert fill_in(given) == filled
    assert (asked, given) == (prompts, before)
    assert mask("typed") == ("***" if prompts else "typed"), "what is typed is known at once"
