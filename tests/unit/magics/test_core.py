"""The magics in a real shell, with the demo server."""

from __future__ import annotations

import re

import pytest
from IPython.core.error import StdinNotImplementedError

import kontena_ws_nb as kws
from kontena_ws_nb.log.filter.grammar import QueryError
from kontena_ws_nb.magics import UsageError
from kontena_ws_nb.magics.core import FLAGS, _path
from tests.lab.certificates import PASSWORD, lab

pytestmark = pytest.mark.usefixtures("demo")


def test_a_conversation(notebook, capsys):
    session = notebook.run("%ws_connect demo")
    assert notebook.ns["ws"] is session is kws.sessions["ws"]
    said, out, card, *_ = capsys.readouterr().out.splitlines()
    assert re.fullmatch(r"connected to ws://127.0.0.1:\d+/; the session is in the variable ws", said)
    assert (out, card[:7]) == ("Out[1]: ", "● open ")
    sent = notebook.run("%ws_send hello")
    assert (sent.text, sent.direction) == ("hello", "sent")
    assert capsys.readouterr().out == "sent to ws: text, 5 bytes\n"
    assert notebook.run("%ws_expect hello").direction == "received"
    assert [m.text for m in notebook.run("%ws_messages kind:text")] == ["hello", "hello"]
    assert notebook.run("%ws_close 1000 bye") is None
    assert session.close_code == 1000
    assert capsys.readouterr().out.endswith("ws is closed with 1000 (normal closure)\n")
    notebook.run("%ws_close")
    assert capsys.readouterr().out == "ws is closed already with 1000 (normal closure)\n"
    assert len(notebook.run("%ws_messages")) >= 4  # the closed session stays current


def test_without_a_url_the_demo(notebook):
    assert notebook.run("%ws_connect").url.startswith("ws://127.0.0.1:")


def test_a_magic_can_be_assigned_and_silenced(notebook, capsys):
    notebook.run("feed = %ws_connect -s feed demo;")
    assert notebook.ns["feed"] is kws.sessions["feed"]
    notebook.run("m = %ws_send hi;")
    assert notebook.ns["m"].text == "hi"
    notebook.run("%ws_close;")
    notebook.run("%ws_use feed;")
    assert notebook.magics.roster.current is notebook.ns["feed"]
    notebook.run("%ws_connect demo;")
    notebook.run("%ws_ping;")
    notebook.run("%ws_list;")
    notebook.run("%ws_messages dir:sent ;")
    notebook.run("ws.send('hi');")
    notebook.run("%ws_expect hi;")
    assert capsys.readouterr().out == ""


def test_a_semicolon_at_the_end_is_not_sent_but_in_a_cell(notebook):
    notebook.run("%ws_connect demo;")
    assert notebook.run("%ws_send a;b; ;").text == "a;b;"
    assert notebook.run("%%ws_send\nx\n%ws_close;\n%ws_list;").text == "x\n%ws_close;\n%ws_list;"
    notebook.run("if True:\n    text = '''\n%ws_list; x\n'''")
    assert notebook.ns["text"] == "\n%ws_list; x\n"


@pytest.mark.parametrize(
    "text",
    ['{"a": "{b}", "c": "$d"}', 'it\'s "quoted" \\n $HOME {x}', "!ls", "?", "тест 🚀", "a = b", "trailing  ;x", "{{{"],
)
def test_text_is_sent_as_it_stands(notebook, text):
    notebook.run("%ws_connect demo;")
    raw = "--raw " if "{{" in text else ""
    assert notebook.run(f"%ws_send {raw}{text}").text == text


def test_a_cell_is_sent_as_it_stands(notebook):
    notebook.run("%ws_connect demo;")
    body = '  {"a": "{b}",\n\n   "c": "$d"};\n'
    assert notebook.run(f"%%ws_send\n{body}\n").text == body
    assert notebook.run("%%ws_send\n\n").text == ""
    assert notebook.run('%%ws_send --json\n{"a":\n1}').text == '{"a":\n1}'
    with pytest.raises(UsageError, match="the payload is the cell's body; 'x' does not belong"):
        notebook.run("%%ws_send x\ny")


def test_values_go_in_by_double_braces_only(notebook):
    notebook.run("%ws_connect demo;")
    notebook.ns["user"] = 'A "B"'
    assert notebook.run("%ws_send hi {{user}} {user} $user").text == 'hi A "B" {user} $user'
    assert notebook.run('%ws_send --json {"u": {{user}}}').text == '{"u": "A \\"B\\""}'
    assert notebook.run("%ws_send --raw {{user}}").text == "{{user}}"
    before = notebook.ns["ws"].stats.sent_messages
    with pytest.raises(QueryError, match="NameError: name 'nobody' is not defined"):
        notebook.run("%ws_send {{nobody}}")
    assert notebook.ns["ws"].stats.sent_messages == before
    notebook.ns["wanted"] = "hi"
    assert len(notebook.run("%ws_messages dir:sent {{wanted}}")) == 1
    notebook.ns["unique"] = "only here"
    notebook.run("%ws_send {{unique}}")
    assert notebook.run('%ws_expect "{{unique}}"').text == "only here"


def test_bytes(notebook, tmp_path):
    notebook.run("%ws_connect demo;")
    assert notebook.run("%ws_send --hex 00 ff:10").data == b"\x00\xff\x10"
    assert notebook.run("%ws_send --base64 AP8").data == b"\x00\xff"
    path = tmp_path / "a b.json"
    path.write_bytes(b"{}")
    sent = notebook.run(f"%ws_send --file '{path}'")
    assert (sent.kind, sent.data) == ("binary", b"{}")
    assert notebook.run(f"%ws_send --json --file '{path}'").kind == "text"
    for line, problem in [
        (f"--file '{path}' x", "--file and text exclude each other; the text is 'x'"),
        ("--hex --base64 00", "--hex and --base64 exclude each other"),
        ("--json --hex 00", "--json and --hex exclude each other"),
        ("", "a text is missing"),
        ("--file /nowhere/at/all", "/nowhere/at/all: No such file or directory; nothing was sent"),
    ]:
        with pytest.raises(UsageError) as caught:
            notebook.run(f"%ws_send {line}")
        assert problem in str(caught.value)
    assert notebook.ns["ws"].stats.sent_messages == 4


def test_running_a_cell_again_replaces_the_session(notebook):
    first = notebook.run("%ws_connect demo")
    second = notebook.run("%ws_connect demo")
    assert second is notebook.ns["ws"]
    assert second.previous is first
    assert (first.closed, first.close_code) == (True, 1000)


def test_a_name_that_is_taken_keeps_its_value(notebook, capsys):
    notebook.ns["ws"] = 7
    notebook.run("%ws_connect demo")
    assert notebook.ns["ws"] == 7
    assert (
        "the variable ws is not a session (int) and was not replaced: the session is kws.sessions['ws'], -s NAME"
        in capsys.readouterr().out
    )
    notebook.run("%ws_connect -s print demo")
    assert "the name 'print' cannot be a variable here" in capsys.readouterr().out
    notebook.run("%ws_connect -s my-feed demo")
    assert "in Python the session is kws.sessions['my-feed']" in capsys.readouterr().out
    assert "print" not in notebook.ns
    assert len(notebook.run("%ws_list")) == 3


def test_choosing_between_sessions(notebook, capsys):
    with pytest.raises(UsageError, match=r"%ws_send: no session is open; %ws_connect URL opens one"):
        notebook.run("%ws_send hi")
    with pytest.raises(UsageError, match="there is no session 'a'; no session was opened yet"):
        notebook.run("%ws_send -s a hi")
    for name in ("feed", "orders", "third"):
        notebook.run(f"%ws_connect -s {name} demo;")
    capsys.readouterr()
    assert notebook.run("%ws_use feed") is kws.sessions["feed"]
    assert capsys.readouterr().out.splitlines()[0].startswith("current session: feed (ws://127.0.0.1:")
    notebook.run("%ws_send -s orders hi")
    assert capsys.readouterr().out.splitlines()[0] == "sent to orders: text, 2 bytes"
    notebook.run("%ws_send hi")
    assert capsys.readouterr().out.splitlines()[0] == "sent to feed: text, 2 bytes"
    with pytest.raises(UsageError, match="there is no session 'order'; did you mean orders"):
        notebook.run("%ws_use order")
    with pytest.raises(UsageError, match="there is no session 'zzz'; the sessions are feed, orders, third"):
        notebook.run("%ws_close -s zzz")
    with pytest.raises(UsageError, match="%ws_use: a session's name is missing: feed, orders, third"):
        notebook.run("%ws_use")
    notebook.run("%ws_close")
    with pytest.raises(
        UsageError,
        match=r"several sessions are open \(orders, third\): choose one with %ws_use NAME or -s NAME",
    ):
        notebook.run("%ws_send hi")
    notebook.run("%ws_close -s orders")
    assert notebook.run("%ws_send hi").text == "hi"
    notebook.run("%ws_use feed")
    notebook.run("%ws_close")
    assert notebook.magics.roster.current is kws.sessions["third"]
    notebook.run("%ws_close --all")
    assert not kws.sessions


def test_a_session_of_python_can_be_used(notebook):
    notebook.ns["mine"] = kws.connect("demo", "theirs")
    assert notebook.run("%ws_send -s mine hi").text == "hi"
    assert notebook.run("%ws_send hi").text == "hi"  # the only live one is current
    notebook.ns["mine"].close()
    assert len(notebook.run("%ws_messages -s mine dir:sent kind:text")) == 2


def test_messages(notebook, capsys):
    notebook.run("%ws_connect demo;")
    for number in range(5):
        notebook.run(f"%ws_send {number}")
    assert [m.text for m in notebook.run("%ws_messages -n 2 dir:sent")] == ["3", "4"]
    assert [m.text for m in notebook.run("%ws_messages -n 99 dir:sent")] == ["0", "1", "2", "3", "4"]
    assert len(notebook.run("%ws_messages -n 0 dir:sent")) == 0
    assert len(notebook.run("%ws_messages -n 0")) == 0
    assert len(notebook.run("%ws_messages -n 3")) == 3
    for number in range(30):
        notebook.run(f"%ws_send more {number};")
    capsys.readouterr()
    assert len(notebook.run("%ws_messages -n 25 dir:sent more")) == 25
    assert "the last" not in capsys.readouterr().out  # all 25 are shown
    assert len(notebook.run("%ws_messages dir:sent more")) == 30
    assert "… the last 20:" in capsys.readouterr().out
    notebook.run("%config WebSocketMagics.rows = 3")
    notebook.run("%ws_messages dir:sent")
    assert "… the last 3:" in capsys.readouterr().out
    notebook.run("ws.messages")
    assert "… the last 3:" in capsys.readouterr().out
    notebook.run("%ws_messages -n 4")
    assert "… the last" not in capsys.readouterr().out
    assert len(notebook.run("%ws_messages --as sent dir:sent -more -3")) == 4
    assert len(notebook.ns["sent"]) == 4
    assert len(notebook.run("%ws_messages -- -3 -more dir:sent")) == 4
    with pytest.raises(UsageError, match="--as 'a-b': not a variable name"):
        notebook.run("%ws_messages --as a-b")
    with pytest.raises(QueryError, match="'txt' is unknown; did you mean text"):
        notebook.run("%ws_messages kind:txt")
    notebook.run('%ws_send {"kind": 1}')
    capsys.readouterr()
    for line, said in (
        ("$.kind=2", "no message of the newest 50 has such a value; they have $.kind=1\n"),
        ("nothing", ""),
    ):
        assert len(notebook.run(f"%ws_messages {line};")) == 0
        assert capsys.readouterr().out == ""
        notebook.run(f"%ws_messages -n 3 {line}")
        assert capsys.readouterr().out.startswith(said)
    assert len(notebook.run("%ws_messages -more dir:sent")) == len(notebook.run("%ws_messages -- -more dir:sent"))
    with pytest.raises(UsageError, match="unknown option --mor"):
        notebook.run("%ws_messages --mor")


def test_expect_says_when_nothing_comes(notebook):
    notebook.run("%ws_connect demo;")
    notebook.run("%ws_send hi")
    with pytest.raises(kws.TimeoutError):
        notebook.run("%ws_expect --timeout 50ms nothing-like-it")
    with pytest.raises(UsageError, match="%ws_expect: a filter is missing"):
        notebook.run("%ws_expect")


def test_ping(notebook, capsys):
    notebook.run("%ws_connect demo;")
    capsys.readouterr()
    assert 0 < notebook.run("%ws_ping") < 10
    assert capsys.readouterr().out.startswith("ws answered after ")
    with pytest.raises(UsageError, match=r"%ws_ping: unexpected argument: 'x'; %ws_ping\? shows what it takes"):
        notebook.run("%ws_ping x")


def test_the_list_and_the_help(notebook, capsys):
    notebook.run("%ws_list")
    assert "No sessions. %ws_connect opens one" in capsys.readouterr().out
    notebook.run("%ws_connect demo;")
    sessions = notebook.run("%ws_list")
    assert list(sessions) == [kws.sessions["ws"]]
    assert sessions[:1] == [sessions[0]]
    assert repr(sessions).startswith("[<Session 'ws'")
    assert "→  ws    ● open" in capsys.readouterr().out
    notebook.run("%ws_help")
    screen = capsys.readouterr().out
    assert all(f"%{magic}" in screen for magic in FLAGS)
    assert len(screen.splitlines()) <= 30
    assert all(len(line) <= 160 for line in screen.splitlines())


def test_every_magic_documents_itself(notebook):
    for magic, flags in FLAGS.items():
        text = notebook.shell.object_inspect(f"%{magic}")["docstring"]
        assert text.startswith(f"%{magic}")
        assert all(flag.synopsis in text for flag in flags)


def test_the_certificate(notebook, demo):
    notebook.run("%ws_connect demo;")
    with pytest.raises(
        UsageError, match=r"%ws_cert: ws is not encrypted \(ws://127.0.0.1:\d+/\): there is no certificate"
    ):
        notebook.run("%ws_cert")
    with pytest.raises(kws.SSLVerifyError):
        notebook.run("%ws_connect demo+tls")
    refused = notebook.run("%ws_cert")
    assert not refused.verdict.ok
    assert notebook.run("%ws_cert demo+tls").der == refused.der
    notebook.run("%ws_connect -k demo+tls;")
    assert notebook.run("%ws_cert").der == refused.der
    assert notebook.run("%ws_cert -s ws").der == refused.der
    with pytest.raises(ValueError, match="has no certificate"):
        notebook.run("%ws_cert ws://localhost:1")


def test_options_reach_the_connection(notebook, demo, tmp_path):
    notebook.ns["header"] = "abc"
    session = notebook.run(
        "%ws_connect -H 'X-One: {header}' -H 'X-Two: 2' --cookie a=1 --cookie b=2 --user me:pw --timeout 5 "
        "--ping-interval 3 --no-compression --origin https://o.example demo/headers;"
    )
    head = session.handshake.request.decode()
    assert "X-One: abc\r\n" in head
    assert "X-Two: 2\r\n" in head
    assert "Cookie: a=1; b=2\r\n" in head
    assert "Origin: https://o.example\r\n" in head
    assert "permessage-deflate" not in head
    assert (session.options.connect_timeout, session.options.open_timeout, session.options.ping_interval) == (
        5.0,
        5.0,
        3.0,
    )
    assert "pw" not in repr(session.options)
    session = notebook.run("%ws_connect --no-ping demo;")
    assert (session.options.ping_interval, session.options.connect_timeout) == (None, 10.0)
    pem = tmp_path / "demo.pem"
    pem.write_bytes(demo.certificate_pem())
    assert notebook.run(f"%ws_connect --ca-file {pem} demo+tls").certificate.verdict.ok


@pytest.mark.parametrize(
    ("options", "prompt", "header"),
    [
        ("--token -", "bearer token: ", "Authorization: Bearer s3cret"),
        ("--user me", "password of me: ", "Authorization: Basic bWU6czNjcmV0"),
        ("--user me:", None, "Authorization: Basic bWU6"),
        ("--user me:pw", None, "Authorization: Basic bWU6cHc="),
    ],
)
def test_secrets_can_be_asked_for(notebook, monkeypatch, options, prompt, header):
    asked = []
    monkeypatch.setattr("getpass.getpass", lambda prompt: asked.append(prompt) or "s3cret")
    session = notebook.run(f"%ws_connect {options} demo;")
    assert f"{header}\r\n" in session.handshake.request.decode()
    assert asked == ([prompt] if prompt else [])
    assert "s3cret" not in repr(session.options)


def test_the_passphrase_of_a_key_can_be_asked_for(notebook, monkeypatch, demo, tmp_path):
    asked = []
    monkeypatch.setattr("getpass.getpass", lambda prompt: asked.append(prompt) or PASSWORD)
    trusted = tmp_path / "demo.pem"
    trusted.write_bytes(demo.certificate_pem())
    key = f"--ca-file {trusted} --cert {lab().path('client.pem')} --key {lab().path('client_encrypted.key')} --key-password"
    session = notebook.run(f"%ws_connect {key} - demo+tls;")
    assert PASSWORD not in repr(session.options)
    assert notebook.run(f"%ws_cert {key} - demo+tls;").verdict.ok
    assert asked == ["passphrase of the client key: "] * 2
    with pytest.raises(kws.SSLConnectError, match="cannot be decrypted; check client_key_password"):
        notebook.run(f"%ws_connect {key} wrong demo+tls")


@pytest.mark.parametrize("error", [StdinNotImplementedError, EOFError])
def test_nobody_there_to_answer(notebook, monkeypatch, error):
    def getpass(prompt):
        raise error

    monkeypatch.setattr("getpass.getpass", getpass)
    with pytest.raises(
        UsageError,
        match="a secret has to be typed, but this front end has no input; pass it from a variable: --token ",
    ):
        notebook.run("%ws_connect --token - demo")


@pytest.mark.parametrize(
    ("line", "problem"),
    [
        ("%ws_connect a b", "%ws_connect: expected one URL, but there is another argument: 'b'"),
        ("%ws_cert a b --strict", "%ws_cert: expected one URL, but there is another argument: "),
        ("%ws_connect --no-verfy demo", "unknown option --no-verfy; did you mean --no-verify?"),
        ("%ws_connect -H", "-H needs a value: -H, --header 'NAME: VALUE'"),
        ("%ws_connect -H nocolon demo", "expected 'Name: value', number 1 (text of 7 characters) is something else"),
        ("%ws_connect --timeout soon demo", "--timeout: expected seconds such as 5 or 0.5, got 'soon'"),
        ("%ws_connect --user a:b --token c demo", "user and token both set the Authorization header"),
        ("%ws_close bye", "the code comes first: %ws_close 1000 bye"),
        ("%ws_close 5", "close code 5"),
        ("%ws_panel x", "%ws_panel: 'x' is no session, no variable that holds one or a capture, and no file here"),
        ("%ws_panel -s ws x", "unexpected argument: 'x'"),
        ("%ws_panel ws x", "unexpected argument: 'x'"),
        ("%ws_panel In", "the variable In holds no session and no capture, but list"),
        ("%ws_list x", "unexpected argument: 'x'"),
        ("%ws_help x", "%ws_help 'x': no help about that"),
    ],
)
def test_mistakes_are_one_paragraph(notebook, capsys, line, problem):
    notebook.run("%ws_connect demo;")
    with pytest.raises(ValueError) as caught:  # noqa: PT011 - the text is compared below
        notebook.run(line)
    assert problem in str(caught.value)
    out = capsys.readouterr().out
    assert problem in out
    assert "Traceback" not in out
    assert "File " not in out
    assert not notebook.ns["ws"].closed


def test_defects_keep_their_traceback(notebook, capsys, monkeypatch):
    notebook.run("%ws_connect demo;")
    monkeypatch.setattr(kws.Session, "ping", lambda self, timeout: 1 / 0)
    with pytest.raises(ZeroDivisionError):
        notebook.run("%ws_ping")
    assert "Traceback" in capsys.readouterr().out


def test_panel_or_card(notebook, capsys, monkeypatch):
    shown = []
    monkeypatch.setattr("kontena_ws_nb.magics.core.display", shown.append)
    assert notebook.magics.panel is False  # no kernel, no comm
    session = notebook.run("%ws_connect demo")
    assert shown == []
    assert "● open" in capsys.readouterr().out
    notebook.run("%config WebSocketMagics.panel = True")
    again = notebook.run("%ws_connect demo")
    assert shown == [again.panel]
    assert "● open" not in capsys.readouterr().out
    notebook.run("%ws_connect demo;")
    notebook.run("%ws_connect --no-panel demo")
    assert len(shown) == 1
    assert session.closed
    assert notebook.run("%ws_panel") is notebook.ns["ws"].panel
    notebook.ns["ws"].panel.close()


def test_only_the_one_value_is_hushed(notebook, capsys):
    notebook.run("%ws_connect demo;")
    notebook.run("%ws_send hi\nws.messages[0]")
    out = capsys.readouterr().out
    assert "sent to ws: text, 2 bytes" in out
    assert "connected to" in out  # another message is shown
    took = notebook.run("%ws_ping\n%ws_ping")
    assert notebook.ns["_"] == took  # IPython's own names know it
    assert [line.partition(" after")[0] for line in capsys.readouterr().out.splitlines()] == ["ws answered"] * 2
    notebook.run("%%capture caught\n%ws_ping")
    assert (notebook.ns["caught"].stdout[:17], notebook.ns["caught"].outputs) == ("ws answered after", [])
    notebook.run("%%capture caught\n%ws_list")
    assert len(notebook.ns["caught"].outputs) == 1
    notebook.run("m = %ws_send ho")
    capsys.readouterr()
    notebook.run("m")
    assert "ho" in capsys.readouterr().out  # and in the next cell, the same one too


@pytest.mark.parametrize(
    "line", ["'demo/headers'", '"demo/headers"', "<demo/headers>", "\u201cdemo/headers\u201d", "`demo/headers`"]
)
@pytest.mark.parametrize(
    "options",
    ["-H 'X-A: 1' URL -H 'X-B: 2'", "URL -H 'X-A: 1' -H 'X-B: 2' --no-panel", "-- URL -H 'X-A: 1' -H 'X-B: 2'"],
)
def test_quotes_around_a_url_and_options_on_both_sides(notebook, line, options):
    session = notebook.run(f"%ws_connect {options.replace('URL', line)}")
    headers = dict(session.read(10).json()["headers"])
    assert (headers["X-A"], headers["X-B"]) == ("1", "2")


def test_what_did_not_open_is_no_candidate(notebook):
    for line in ("%ws_connect demo/tickr", "%ws_cert demo+tls/tickr"):
        with pytest.raises(ValueError, match="no such endpoint: did you mean demo/ticker"):
            notebook.run(line)
    with pytest.raises(kws.ProtocolError):
        notebook.run("%ws_connect demo/reject?status=403")
    offered = [found.text for found in notebook.magics.completer.complete("%ws_connect demo")[1]]
    assert "demo/ticker" in offered
    assert not {"demo/tickr", "demo+tls/tickr", "demo/reject?status=403"} & {*offered}


def test_expressions_see_the_locals_of_a_function_and_of_a_loop(notebook):
    notebook.run("%ws_connect demo;")
    notebook.run(
        "n = 'global'\ndef send(n):\n    for i in range(2):\n        %ws_send {{n}} {{i}}\n    %ws_expect {{n}}\nsend('local')"
    )
    assert [row.data for row in notebook.ns["ws"].messages if row.direction == "sent"] == ["local 0", "local 1"]
    assert notebook.run("%ws_send {{n}}").data == "global"


def test_single_braces_are_text_and_it_says_so(notebook, capsys):
    notebook.run("%ws_connect --no-panel")
    capsys.readouterr()
    notebook.run("for i in range(2):\n    %ws_send {i}\n")
    hint = "{i} is taken as text; {{i}} is replaced by the variable's value (--raw hides this hint)\n"
    assert capsys.readouterr().out == f"sent to ws: text, 3 bytes\n{hint}" * 2
    notebook.run("def f(inner):\n    %ws_send $inner\nf(1)")
    assert "$inner is taken as text; {{inner}} is replaced" in capsys.readouterr().out
    notebook.run("%%ws_send --each\n{i}\n{i}")
    assert capsys.readouterr().out.count("is taken as text") == 1
    for line in ("%ws_send --raw {i}", "%ws_send {i} ;", "%ws_send {nobody}", "%ws_send {{i}}"):
        notebook.run(line)
        assert "is taken as text" not in capsys.readouterr().out
    for line in ("%ws_messages {i}", "%ws_expect --timeout 5 {i}"):
        notebook.run(line)
        assert capsys.readouterr().out.startswith(hint)


def test_what_a_magic_returned_is_shown_when_it_is_asked_for(notebook, capsys):
    notebook.run("%ws_connect --no-panel")
    for line in ("%ws_send hi", "%ws_send hi ;", "%ws_ping", "%ws_use ws", "%ws_connect --no-panel ;"):
        capsys.readouterr()
        notebook.run(f"m = {line}\nm")
        assert "Out[" in capsys.readouterr().out, line
        notebook.run(f"{line}")
        assert "Out[" not in capsys.readouterr().out, line


def test_expressions_see_what_a_comprehension_counts(notebook):
    notebook.run("%ws_connect --no-panel")
    sent = notebook.run(
        '[get_ipython().run_line_magic("ws_send", "{{n}}{{[n * m for m in (1, 2)]}}").text for n in (1, 2)]'
    )
    assert sent == ["1[1, 2]", "2[2, 4]"]
    notebook.run("def f(k):\n    %ws_send {{[k * n for n in (1, 2)]}} {{sum(k for _ in range(3))}}\nf(4)")
    assert notebook.ns["ws"].messages.where("dir:sent")[-1].text == "[4, 8] 12"


def test_a_filter_that_begins_with_an_options_letter(notebook):
    notebook.run("%ws_connect --no-panel -s feed")
    for text in ("sell", "buy"):
        notebook.run(f"%ws_send --expect {text} {text}")
    assert {one.text for one in notebook.run("%ws_messages -sell dir:sent")} == {"buy"}
    assert {one.text for one in notebook.run("%ws_messages -sfeed -buy dir:sent")} == {"sell"}
    assert {one.text for one in notebook.run("%ws_messages -n4 -name kind:text")} == {"sell", "buy"}
    notebook.run("%ws_send buy")
    assert notebook.run("%ws_expect -sell").text == "buy"


def test_an_answer_is_waited_for_by_any_filter(notebook, capsys):
    notebook.run("%ws_connect --no-panel")
    run = notebook.run
    assert run('%ws_send --expect $.op="p g" or kind:close -- {"op": "p g"}').text == '{"op": "p g"}'
    assert run("%ws_send --expect (nothing or hi) hi").text == "hi"
    notebook.ns["n"] = 7
    assert run('%ws_send --expect $.n={{n}} -- {"n": {{n}}}').text == '{"n": 7}'
    assert run("%%ws_send --expect two or words\nwords").text == "words"
    sent = len(notebook.ns["ws"].messages.where("dir:sent"))
    for bad in ("$.a=", "(a", "a or", "type=x", "/(/"):
        with pytest.raises(QueryError, match=r"\^"):
            run(f"%ws_send --expect {bad} -- hi")
    with pytest.raises(UsageError, match="a text is missing"):
        run("%ws_send --expect a or b --")
    assert len(notebook.ns["ws"].messages.where("dir:sent")) == sent  # nothing went out
    assert {one.text for one in run("%ws_messages (hi or words) and dir:sent")} == {"hi", "words"}
    with pytest.raises(QueryError):
        run("%ws_expect $.a = ")
    capsys.readouterr()
    run("%ws_help filter")
    assert "$.path~text" in capsys.readouterr().out
    run("%ws_help errors")
    assert "\n  close-1006 " in capsys.readouterr().out
    run("%ws_help 1006")
    assert capsys.readouterr().out.startswith("close-1006: closed without a close frame\n")
    run("%ws_help decoders")
    assert "Socket.IO on Engine.IO" in capsys.readouterr().out
    with pytest.raises(UsageError, match="did you mean 'filter'"):
        run("%ws_help filer")


def test_the_help_says_where_options_may_stand(notebook):
    for magic in ("ws_connect", "ws_cert"):
        said = getattr(notebook.magics, magic).__doc__
        assert f"%{magic} [options] [URL] [options]: " in said
        assert "Options, before or after the URL:" in said
    assert "Options, before the rest of the line:" in notebook.magics.ws_send.__doc__


# ---- {x} in the lines that IPython would expand


def test_a_name_in_braces_that_is_unknown_is_an_error(notebook):
    notebook.ns["path"] = "echo"
    for line in ("%ws_connect --token {tokne} demo;", "%ws_cert {hots};", "%%ws_connect -H 'A: {tokne}'\ncurl ws://h"):
        with pytest.raises(UsageError, match=r"was not replaced: there is no variable (tokne|hots)"):
            notebook.run(line)
    assert not kws.sessions
    assert notebook.run("%ws_connect demo/{path[:0]};").url.startswith("ws://127.0.0.1")


def test_local_variables_are_replaced_in_the_lines_of_functions(notebook):
    notebook.run("def connect(place):\n    %ws_connect -s inner {place};\n")
    notebook.run("connect('demo');")
    assert kws.sessions["inner"].state == "open"


def test_messages_are_saved_to_a_file(notebook, capsys, tmp_path):
    session = notebook.run("%ws_connect demo;")
    notebook.run("%ws_send hello;")
    assert session.read().text == "hello"
    notebook.ns["folder"] = str(tmp_path)
    saved = notebook.run("%ws_save {{folder}}/a.har kind:text dir:sent")
    assert (saved.messages, saved.lost) == (1, ())
    assert capsys.readouterr().out.startswith(f"saved 1 row to {tmp_path}/a.har (HAR, ")
    capture = kws.load(tmp_path / "a.har")
    assert [message.text for message in capture.messages] == ["hello"]
    assert capture.handshake.status == 101
    for typed in ('"{{folder}}/two words.jsonl"', "'{{folder}}/two words.jsonl' kind:text"):
        notebook.run(f"%ws_save {typed};")
        assert (tmp_path / "two words.jsonl").exists()
    assert capsys.readouterr().out == ""
    for typed, error in (
        ("", UsageError),
        ('""', UsageError),
        ("'{{folder}}/a.csv'x", kws.CaptureError),
        ("{{folder}}/a.xyz", kws.CaptureError),
        ("{{folder}}/a.csv kind:none", QueryError),
    ):
        with pytest.raises(error):
            notebook.run(f"%ws_save {typed}")
    assert not (tmp_path / "a.csv").exists()


@pytest.mark.parametrize(
    ("line", "parts"),
    [
        ("a.har dir:sent", ("a.har", "dir:sent")),
        ('"a b.har"', ("a b.har", "")),
        ("'a b.har'  x", ("a b.har", "x")),
        ('"a"b c', ('"a"b', "c")),
        ("", ("", "")),
    ],
)
def test_a_path_in_front_of_a_filter(line, parts):
    assert _path(line) == parts


def test_a_panel_of_a_variable_or_a_file(notebook, tmp_path):
    with pytest.raises(ValueError, match=r"no session is open.*%ws_panel NAME shows a capture.*%ws_panel PATH a file"):
        notebook.run("%ws_panel")
    notebook.run("%ws_connect -s feed demo;")
    notebook.run("%ws_send --expect hi hi;")  # its echo is in the file, too
    feed = notebook.ns["feed"]
    assert notebook.run("%ws_panel feed") is feed.panel
    notebook.ns["other"] = feed
    assert notebook.run("%ws_panel other") is feed.panel
    path = tmp_path / "two words.jsonl"
    kws.save(feed, path)
    notebook.ns["taken"] = capture = kws.load(path)
    assert notebook.run("%ws_panel taken") is capture.panel
    notebook.ns["changed"] = difference = kws.diff(capture, capture)
    assert notebook.run("%ws_panel changed") is difference.panel
    of_file = notebook.run(f'%ws_panel "{path}"')
    assert [message.text for message in of_file.messages if message.kind == "text"] == [
        message.text for message in feed.messages if message.kind == "text"
    ]
    for panel in (feed.panel, capture.panel, difference.panel, of_file):
        panel.close()


def test_a_quote_that_ends_inside_a_word_is_no_quote(notebook, tmp_path):
    notebook.run("%ws_connect demo;")
    with pytest.raises(ValueError, match=r"a'b\.nothing"):
        notebook.run(f"%ws_save '{tmp_path}/a'b.nothing")


def test_a_missing_folder_is_named(notebook, tmp_path):
    notebook.run("%ws_connect demo;")
    missing = tmp_path / "missing"
    for name in ("a.har", "a.csv", "a.parquet"):
        for call in (
            lambda path: notebook.run(f'%ws_save "{path}"'),
            notebook.ns["ws"].save,
            lambda path: kws.save(notebook.ns["ws"], path),
        ):
            with pytest.raises(
                FileNotFoundError, match=r"missing.* does not exist: create it first, or choose another"
            ):
                call(missing / name)


def test_help_in_a_page_breaks_between_words(notebook, monkeypatch):
    shown = []
    monkeypatch.setattr("kontena_ws_nb.magics.core.display", lambda bundle, raw: shown.append(bundle))
    monkeypatch.setattr(notebook.shell, "kernel", object(), raising=False)
    notebook.run("%ws_help")
    assert "word-break:normal" in shown[0]["text/html"]
    assert shown[0]["text/plain"].startswith("WebSockets in this notebook.")
