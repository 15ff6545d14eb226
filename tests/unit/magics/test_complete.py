"""Tab, through IPython's own completer."""

from __future__ import annotations

import pytest
from IPython.core.completer import provisionalcompleter

import kontena_ws_nb as kws
from kontena_ws_nb.magics.complete import Completer, install
from kontena_ws_nb.magics.names import Roster

pytestmark = pytest.mark.usefixtures("demo")


def complete(notebook, line):
    """What the line may become."""
    with provisionalcompleter():
        found = notebook.shell.Completer.completions(line, len(line))
        return [line[: item.start] + item.text + line[item.end :] for item in found]


@pytest.mark.parametrize(
    ("line", "expected"),
    [
        ("%ws_connect --no-v", ["%ws_connect --no-verify"]),
        ("%ws_connect -k --user x:y demo/t", ["%ws_connect -k --user x:y demo/ticker"]),
        ("%ws_connect --trust s", ["%ws_connect --trust system"]),
        ("%ws_connect -H 'Auth", ["%ws_connect -H 'Authorization: Bearer "]),
        ("%ws_messages dir:se", ["%ws_messages dir:sent"]),
        ("%ws_messages x -kind:text,bi", ["%ws_messages x -kind:text,binary"]),
        ("%ws_messages --a", ["%ws_messages --as"]),
        ("%ws_messages ki", ["%ws_messages kind:"]),
        ("%ws_expect dir:received si", ["%ws_expect dir:received size:>"]),
        ("%ws_close 101", ["%ws_close 1011 internal error", "%ws_close 1012 service restart", "%ws_close 1013 try again later"]),
        ("x = %ws_send --rep", ["x = %ws_send --repeat"]),
        ("%%ws_send --js", ["%%ws_send --json"]),
    ],
)
def test_words(notebook, line, expected):
    assert [found for found in complete(notebook, line) if found in expected] == expected


def test_every_option_is_offered(notebook):
    found = complete(notebook, "%ws_connect --")
    assert {"%ws_connect --header", "%ws_connect --ca-file", "%ws_connect --no-panel"} <= set(found)


def test_sessions_and_urls_of_this_notebook(notebook):
    notebook.run("%ws_connect -s feed demo/ticker;")
    url = "demo/ticker?rate=5"
    notebook.run(f"%ws_connect -s orders {url};")
    notebook.run("%ws_connect -s secret -H 'X: token=abc' demo;")
    assert complete(notebook, "%ws_use f")[:1] == ["%ws_use feed"]
    assert "%ws_send -s orders" in complete(notebook, "%ws_send -s ord")
    found = complete(notebook, "%ws_connect demo/ticker?")
    assert f"%ws_connect {url}" in found
    notebook.magics.completer.used("wss://h/?token=abc")
    assert not [line for line in complete(notebook, "%ws_connect wss://h") if "token" in line]


def test_what_is_not_ours():
    completer = Completer(Roster({}))
    for line, symbol in [
        ("%ws_send hello wor", "wor"),
        ("%ws_close 1000 by", "by"),
        ("%ws_nothing x", "x"),
        ("ws_send x", "x"),
        ("%ws_connect ", "odd"),
        ("%ws_list x", "x"),
        ("%ws_connect --ca-file /et", "et"),
    ]:
        assert completer.complete(line, symbol) == [], line
    assert "demo" in completer.complete("%ws_connect ", "")
    assert "dir:" in completer.complete("%ws_messages a ", "")
    assert "1000 normal closure" in completer.complete("%ws_close ", "")


def test_the_hook_is_installed_once_and_silent_without_magics(notebook):
    install(notebook.shell)
    dispatcher = notebook.shell.strdispatchers["complete_command"]
    assert len([pattern for pattern in dispatcher.regexs if "ws_" in pattern.pattern]) == 1
    kws.unload_ipython_extension(notebook.shell)
    assert not [line for line in complete(notebook, "%ws_connect --no-v") if "verify" in line]
    kws.load_ipython_extension(notebook.shell)
