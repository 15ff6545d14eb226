"""Sending many messages with one magic."""

from __future__ import annotations

import time

import pytest

import kontena_ws_nb as kws
from kontena_ws_nb.log.filter.grammar import QueryError
from kontena_ws_nb.magics import sending
from kontena_ws_nb.magics.report import UsageError

pytestmark = pytest.mark.usefixtures("demo")


@pytest.fixture
def slept(monkeypatch):
    """Seconds that would have been waited; time passes only there."""
    naps = []

    class Clock:
        @staticmethod
        def monotonic():
            return sum(naps)

        @staticmethod
        def sleep(seconds):
            naps.append(seconds)

    monkeypatch.setattr(sending, "time", Clock)
    return naps


def test_each_line_is_a_message(notebook, capsys):
    notebook.run("%ws_connect demo;")
    sent = notebook.run("%%ws_send --each\none\n\n  two {{1 + 1}}\n")
    assert [m.text for m in sent] == ["one", "  two 2"]
    assert "sent to ws: 2 messages, 10 bytes" in capsys.readouterr().out
    assert [m.data for m in notebook.run("%%ws_send --each --hex\n00\nff")] == [b"\x00", b"\xff"]
    with pytest.raises(UsageError, match="--each: the text has no lines to send"):
        notebook.run("%%ws_send --each\n \n")
    with pytest.raises(QueryError, match="not JSON"):
        notebook.run("%%ws_send --each --json\n{}\n{\n")
    assert notebook.ns["ws"].stats.sent_messages == 4  # nothing of the broken ones


def test_a_file_of_lines(notebook, tmp_path):
    notebook.run("%ws_connect demo;")
    path = tmp_path / "lines"
    path.write_text('{"a": {{b}}}\n{}\n')
    assert [m.text for m in notebook.run(f"%ws_send --each --file {path}")] == ['{"a": {{b}}}', "{}"]


def test_repeating_keeps_the_beat(notebook, slept, capsys):
    notebook.run("%ws_connect demo;")
    sent = notebook.run("%ws_send --repeat 3 --interval 500ms tick")
    assert [m.text for m in sent] == ["tick"] * 3
    assert [round(s, 3) for s in slept] == [0.0, 0.5, 0.5]
    assert "sent to ws: 3 messages, 12 bytes" in capsys.readouterr().out
    notebook.run("%ws_send --repeat 3 --interval 1 tick")
    assert "[====" in capsys.readouterr().out  # two seconds: a progress bar
    assert len(notebook.run("%ws_send --repeat 3 --interval 1 tick;")) == 3
    assert capsys.readouterr().out.removeprefix("Out[4]: ") == ""
    assert len(notebook.run("%ws_send --repeat 1 tick")) == 1
    with pytest.raises(UsageError, match="--repeat 0 sends nothing"):
        notebook.run("%ws_send --repeat 0 tick")


def test_an_interrupt_says_how_far_it_came(notebook, monkeypatch, capsys):
    notebook.run("%ws_connect demo;")

    def sleep(seconds, naps=[]):  # noqa: B006 - counts the calls
        naps.append(seconds)
        if len(naps) == 3:
            raise KeyboardInterrupt

    class Clock:
        monotonic = staticmethod(time.monotonic)

    Clock.sleep = staticmethod(sleep)
    monkeypatch.setattr(sending, "time", Clock)
    with pytest.raises(KeyboardInterrupt):
        sending.deliver(notebook.ns["ws"], ["a"], 5, 0.0, True)
    assert capsys.readouterr().out.endswith("interrupted: 2 of 5 messages were sent\n")
    assert not notebook.ns["ws"].closed


def test_an_answer_can_be_waited_for(notebook, capsys):
    notebook.run("%ws_connect demo;")
    answer = notebook.run("%ws_send --expect /p.ng/ ping")
    assert (answer.direction, answer.text) == ("received", "ping")
    assert "received" in capsys.readouterr().out  # the answer is shown
    notebook.run("%ws_send --expect pong pong;")
    with pytest.raises(kws.TimeoutError):
        notebook.run("%ws_send --expect nothing-like-it --timeout 50ms ping")
    before = notebook.ns["ws"].stats.sent_messages
    with pytest.raises(QueryError, match="did you mean text"):
        notebook.run("%ws_send --expect kind:txt ping")
    assert notebook.ns["ws"].stats.sent_messages == before


def test_a_pasted_curl_command(notebook, demo):
    session = notebook.run(
        f"%%ws_connect -s feed -H 'X-Mine: 1' --origin https://mine;\ncurl '{demo.url('headers')}' \\\n -H 'Origin: https://theirs' -H 'X-Theirs: 2' -b 'sid=abc'"
    )
    head = session.handshake.request.decode()
    assert session.name == "feed"
    assert "Origin: https://mine\r\n" in head
    assert "theirs\r\n" not in head
    assert "X-Mine: 1\r\n" in head
    assert "X-Theirs: 2\r\n" in head
    assert "Cookie: sid=abc\r\n" in head
    assert "abc" not in repr(session.options)
    with pytest.raises(UsageError, match=r"the URL is in the curl command; text of 17 characters does not belong"):
        notebook.run("%%ws_connect ws://h/?token=abc\ncurl ws://h")
    with pytest.raises(UsageError, match="must be a curl command"):
        notebook.run("%%ws_connect\nws://h")


def test_files(tmp_path, monkeypatch):
    (tmp_path / "a").write_bytes(b"\x00")
    monkeypatch.setenv("HOME", str(tmp_path))
    assert sending.from_file("~/a") == b"\x00"
    with pytest.raises(UsageError, match="Is a directory; nothing was sent"):
        sending.from_file(str(tmp_path))
