"""Secrets in cells, from the environment and from variables, and what the output shows of them."""

from __future__ import annotations

import pytest

import kontena_ws_nb as kws
from kontena_ws_nb.conversation.template import TemplateError

pytestmark = pytest.mark.usefixtures("demo")

SECRET = 's3cr"t/v4lue'


@pytest.fixture
def env(monkeypatch):
    monkeypatch.setenv("FEED_TOKEN", SECRET)


def shown(capsys):
    said = "".join(capsys.readouterr())
    assert "s3cr" not in said
    assert "v4lue" not in said
    return said


def test_a_secret_of_the_environment_is_sent_and_never_shown(notebook, capsys, env):
    notebook.run("%ws_connect demo;")
    sent = notebook.run('%ws_send --json {"token": {{env:FEED_TOKEN}}}')
    assert sent.json() == {"token": SECRET}
    answer = notebook.run("%ws_expect v4lue")
    assert answer.json() == {"token": SECRET}
    notebook.run("%%ws_send\nraw {{env:FEED_TOKEN}}")
    assert notebook.run("%ws_expect raw").text == f"raw {SECRET}"
    assert [message.text for message in notebook.run("%ws_messages raw")] == [f"raw {SECRET}"] * 2
    notebook.run("%ws_messages")
    notebook.run("ws")
    notebook.run("ws.messages[-1]")
    assert '{"token": "***"}' in shown(capsys)


def test_nothing_is_sent_without_the_variable(notebook, capsys, env):
    notebook.run("%ws_connect demo;")
    with pytest.raises(
        TemplateError, match="FEED_TOKE is not set in the kernel's environment; did you mean FEED_TOKEN"
    ):
        notebook.run("%ws_send {{env:FEED_TOKE}}")
    assert not [message for message in notebook.ns["ws"].messages if message.direction == "sent"]
    shown(capsys)


def test_mistakes_do_not_tell_it(notebook, capsys, env, monkeypatch):
    notebook.run("%ws_connect demo;")
    with pytest.raises(ValueError, match="not JSON"):
        notebook.run('%ws_send --json {"token": {{env:FEED_TOKEN}}')
    with pytest.raises(ValueError, match="quote text that contains quotes"):
        notebook.run('%ws_messages "{{env:FEED_TOKEN}}')
    with pytest.raises(ValueError, match="not hexadecimal"):
        notebook.run("%ws_send --hex {{env:FEED_TOKEN}}")
    with pytest.raises(ValueError, match="follow a regular expression"):
        notebook.run("%ws_expect /{{env:FEED_TOKEN}}x/")
    monkeypatch.setenv("FEED_WORD", "s3cr-v4lue")
    with pytest.raises(kws.TimeoutError, match=r"nothing matched '\*\*\*x' within"):
        notebook.run("%ws_expect --timeout 0.01 {{env:FEED_WORD}}x")
    shown(capsys)


def test_redact_and_credentials(notebook, capsys):
    notebook.ns["token"] = "t0k3n-of-mine"
    notebook.run("%ws_connect --token {token} --redact 127.0.0.1 --redact {token} --no-panel demo/headers")
    notebook.run("%ws_expect headers")
    notebook.run("ws.messages[-1]")
    said = "".join(capsys.readouterr())
    assert "t0k3n" not in said
    assert "Bearer ***" in said
    assert "127.0.0.1" not in said
    with pytest.raises(ValueError, match="redact: a secret of fewer than 4 characters"):
        notebook.run("%ws_connect --redact abc demo")
    assert notebook.ns["ws"].messages.where("kind:text")[0].json()["from"][0] == "127.0.0.1"
