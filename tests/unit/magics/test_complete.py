"""Tab completion through IPython's completer: the candidates, their order and meanings."""

from __future__ import annotations

import pytest
from IPython.core.completer import CompletionContext, position_to_cursor, provisionalcompleter

import kontena_ws_nb as kws
from kontena_ws_nb.demo import ENDPOINTS
from kontena_ws_nb.magics.complete import _DEMOS
from kontena_ws_nb.magics.flags import FLAGS

pytestmark = pytest.mark.usefixtures("demo")


def complete(notebook, cell):
    """What the cell's end may become: whole cell → what is shown beside it."""
    with provisionalcompleter():
        found = notebook.shell.Completer.completions(cell, len(cell))
        return {cell[: item.start] + item.text + cell[item.end :]: item.type for item in found}


def ours(notebook, cell):
    """What only we offer."""
    (matcher,) = notebook.shell.Completer.custom_matchers
    row, column = position_to_cursor(cell, len(cell))
    found = matcher(CompletionContext(token="", full_text=cell, cursor_position=column, cursor_line=row, limit=500))
    return [cell.removesuffix(found["matched_fragment"]) + item.text for item in found["completions"]]


@pytest.mark.parametrize(
    ("line", "expected"),
    [
        ("%ws_connect --no-v", ["%ws_connect --no-verify"]),
        ("ws_connect --no-v", ["ws_connect --no-verify"]),
        ("%ws_connect -k --user x:y demo/t", ["%ws_connect -k --user x:y demo/ticker"]),
        ("%ws_connect --trust s", ["%ws_connect --trust system"]),
        ("%ws_connect --trust=s", ["%ws_connect --trust=system"]),
        ("%ws_connect --min-tls 1.3", []),
        ("%ws_connect --token ", ["%ws_connect --token -"]),
        ("%ws_connect -H 'Auth", ["%ws_connect -H 'Authorization: Bearer ", "%ws_connect -H 'Authorization: Basic "]),
        ("%ws_connect -H 'Authorization: Be", ["%ws_connect -H 'Authorization: Bearer "]),
        ("%ws_connect -H 'A: 1' --subprotocol mq", ["%ws_connect -H 'A: 1' --subprotocol mqtt"]),
        ("%ws_cert demo+", ["%ws_cert demo+tls"]),
        ("%ws_connect demo --no-v", ["%ws_connect demo --no-verify"]),
        ("%ws_connect demo -k --trust s", ["%ws_connect demo -k --trust system"]),
        ("%ws_connect demo --trust=s", ["%ws_connect demo --trust=system"]),
        ("%ws_cert -k demo+tls --trust s", ["%ws_cert -k demo+tls --trust system"]),
        ("%ws_connect demo -k demo/t", []),
        ("%ws_connect -- --no-v", []),
        ("%ws_send demo --js", []),
        ("%ws_messages dir:", ["%ws_messages dir:received", "%ws_messages dir:sent"]),
        ("%ws_messages x -kind:text,bi", ["%ws_messages x -kind:text,binary"]),
        ("%ws_messages --a", ["%ws_messages --as"]),
        ("%ws_messages ki", ["%ws_messages kind:"]),
        ("%ws_messages -- -ki", ["%ws_messages -- -kind:"]),
        ("%ws_expect dir:received si", ["%ws_expect dir:received size:>", "%ws_expect dir:received since:"]),
        ("%ws_messages ($.a=1 or -(ki", ["%ws_messages ($.a=1 or -(kind:"]),
        ("%ws_messages i:dir:s", ["%ws_messages i:dir:sent"]),
        ("%ws_send --expect ki", ["%ws_send --expect kind:"]),
        ("%ws_send --expect=ki", ["%ws_send --expect=kind:"]),
        ("%ws_send --expect a or dir:s", ["%ws_send --expect a or dir:sent"]),
        ("%ws_send --expect a -- dir:s", []),
        ("%ws_send --expect a --timeout 3 ki", []),
        ("%ws_help fi", ["%ws_help filter"]),
        (
            "%ws_help close-100",
            [f"%ws_help close-{code}" for code in (1000, 1001, 1002, 1003, 1005, 1006, 1007, 1008, 1009)],
        ),
        ("%ws_close 101", ["%ws_close 1010", "%ws_close 1011", "%ws_close 1012", "%ws_close 1013", "%ws_close 1014"]),
        ("x = %ws_send --rep", ["x = %ws_send --repeat"]),
        ("%%ws_send --js", ["%%ws_send --json"]),
        ("%ws_ping --", ["%ws_ping --session", "%ws_ping --timeout"]),
    ],
)
def test_words(notebook, line, expected):
    assert ours(notebook, line) == expected
    if expected:  # then IPython offers nothing else
        assert list(complete(notebook, line)) == expected


@pytest.mark.parametrize("magic", FLAGS)
def test_every_magic_offers_each_of_its_options(notebook, magic):
    found = complete(notebook, f"%{magic} -")
    for flag in FLAGS[magic]:
        for name in flag.names:
            assert found[f"%{magic} {name}"] == (flag.help if len(flag.help) <= 60 else f"{flag.help[:59]}…")
    assert f"%{magic}" in complete(notebook, f"%{magic[:-1]}")


def test_what_a_candidate_means_stands_beside_it(notebook):
    found = complete(notebook, "%ws_close 10")
    assert found["%ws_close 1001"] == "going away"
    assert found["%ws_close 1011"] == "internal error"
    assert not {"%ws_close 1005", "%ws_close 1006", "%ws_close 1015"} & set(found)  # they never travel
    assert complete(notebook, "%ws_close 4")["%ws_close 4000"] == "application code"
    assert complete(notebook, "%ws_expect di")["%ws_expect dir:"] == "sent or received"
    with provisionalcompleter():
        (item,) = notebook.shell.Completer.completions("%ws_expect -- ki", 16)
    assert item.type == "text, binary, ping, pong, close, open, error, reconnect; commas mean or"[:59] + "…"
    assert complete(notebook, "%ws_connect -H 'X-A")["%ws_connect -H 'X-Api-Key: "] == "key"


def test_sessions_and_urls_of_this_notebook(notebook):
    notebook.run("%ws_connect -s feed demo/silent;")
    url = "demo/ticker?rate=5"
    notebook.run(f"%ws_connect -s 'my orders' {url};")
    notebook.run("%ws_connect -s secret -H 'X: token=abc' demo;")
    found = complete(notebook, "%ws_use ")
    assert list(found)[:3] == ["%ws_use feed", "%ws_use my orders", "%ws_use secret"]
    assert found["%ws_use feed"].startswith("open ws://127.0.0.1:")
    assert ours(notebook, "%ws_send -s my") == []
    assert "%ws_send -s 'my orders'" in ours(notebook, "%ws_send -s ")
    assert ours(notebook, "%ws_messages --session=f") == ["%ws_messages --session=feed"]
    assert complete(notebook, "%ws_connect demo/ticker?") == {f"%ws_connect {url}": "used before"}
    assert ours(notebook, "%ws_connect ")[:3] == [f"%ws_connect {url}", "%ws_connect demo", "%ws_connect demo/ticker"]
    notebook.magics.completer.used("wss://h/?token=abc")
    assert not [line for line in complete(notebook, "%ws_connect wss://h") if "token" in line]


def test_no_candidate_holds_a_secret(notebook):
    notebook.run("%ws_connect demo;")
    notebook.run('%ws_send {"r00m-name": {"a": 1}, "b": 1};')
    notebook.magics.completer.used("wss://host/r00m-name")
    assert ours(notebook, "%ws_connect wss://host") == ["%ws_connect wss://host/r00m-name"]
    assert len(ours(notebook, "%ws_messages $.r00m")) == 2
    kws.secret("r00m-name")
    assert ours(notebook, "%ws_connect wss://host") == []
    assert ours(notebook, "%ws_messages $.") == ["%ws_messages $.b"]


def test_json_keys_that_came(notebook):
    assert ours(notebook, "%ws_messages $.") == []
    session = notebook.run("%ws_connect demo")
    for text in (
        '{"type": "trade", "odd key": 1, "data": {"price": 1, "a": {"b": {"too": "deep"}}}}',
        "not JSON",
        "[" * 5000,
        "7",
    ):
        session.send(text)
    session.send(b"{}")
    paths = ["$.data", "$.data.a", "$.data.a.b", "$.data.price", "$.type"]
    assert ours(notebook, "%ws_messages $.") == [f"%ws_messages {path}" for path in paths]
    assert ours(notebook, "%ws_expect kind:text -$.ty") == ["%ws_expect kind:text -$.type"]


@pytest.mark.parametrize(
    "cell",
    [
        "%ws_send hello --js",
        "%ws_send -- --js",
        "%ws_close 1000 --a",
        "%ws_nothing --",
        "x ws_send --js",
        "%ws_list x",
        "%ws_send - --js",
        "%%ws_send\n%ws_close 10",
    ],
)
def test_what_is_not_ours(notebook, cell):
    assert ours(notebook, cell) == []


def test_files_and_expressions_are_ipythons(notebook, tmp_path):
    (tmp_path / "lab.pem").touch()
    assert list(complete(notebook, f"%ws_connect --ca-file {tmp_path}/la")) == [
        f"%ws_connect --ca-file {tmp_path}/lab.pem"
    ]
    notebook.ns["username"] = "me"
    assert "%ws_send {{username" in complete(notebook, "%ws_send {{userna")


def test_the_demo_server_has_what_is_offered():
    assert [name.removeprefix("demo").removeprefix("/") for name in _DEMOS if name != "demo+tls"] == sorted(
        ENDPOINTS, key=[name.removeprefix("demo").removeprefix("/") for name in _DEMOS].index
    )


def test_unloading_takes_completion_back(notebook):
    assert len(notebook.shell.Completer.custom_matchers) == 1
    notebook.shell.run_line_magic("reload_ext", "kontena_ws_nb")
    assert len(notebook.shell.Completer.custom_matchers) == 1
    assert complete(notebook, "%ws_connect --no-v")
    kws.unload_ipython_extension(notebook.shell)
    assert notebook.shell.Completer.custom_matchers == []
    assert not [line for line in complete(notebook, "%ws_connect --no-v") if "verify" in line]


def test_decoders(notebook):
    assert ours(notebook, "%ws_connect --decode socket") == ["%ws_connect --decode socket.io"]
    assert ours(notebook, "%ws_messages decoder:mq") == ["%ws_messages decoder:mqtt"]
