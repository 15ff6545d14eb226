"""The magics in a real kernel, over the Jupyter protocol: what the front end gets, and that the kernel stays responsive."""

from __future__ import annotations

from collections.abc import Iterator

import pytest

from kontena_ws_nb.magics.flags import FLAGS
from tests.lab.kernel import Kernel, started


@pytest.fixture(scope="module")
def kernel() -> Iterator[Kernel]:
    with started() as (_, kernel):
        yield kernel


def test_loading_says_nothing(kernel):
    out = kernel.run("%reload_ext kontena_ws_nb")
    assert (out["status"], out["stdout"], out["stderr"], out["results"]) == ("ok", "", "", [])


def test_a_conversation_with_the_panel(kernel):
    out = kernel.run("%ws_connect demo")
    assert out["status"] == "ok", out
    # The panel and what a saved notebook shows of it, and not the card too.
    panel, table = out["displays"]
    assert "not live" in table["text/html"]
    assert "application/vnd.jupyter.widget-view+json" in panel
    assert out["results"] == []
    out = kernel.run("%ws_send hello")
    assert (out["stdout"], out["results"], out["displays"]) == ("sent to ws: text, 5 bytes\n", [], [])
    assert kernel.run("%%ws_send\n{'a': \"$x {y}\"}")["stdout"] == "sent to ws: text, 15 bytes\n"
    assert kernel.run("print(ws.read().text, ws.read().text)")["stdout"] == "hello {'a': \"$x {y}\"}\n"
    (table,) = kernel.run("%ws_messages kind:text dir:sent")["results"]
    assert table["text/plain"].startswith("2 rows")
    assert "<table" in table["text/html"]
    (rows,) = kernel.run("%ws_list")["results"]
    assert "● open" in rows["text/html"]
    widget, _ = kernel.run("%ws_panel")["displays"]
    assert "application/vnd.jupyter.widget-view+json" in widget
    out = kernel.run("%ws_close 1000 bye")
    assert (out["stdout"], out["results"]) == ("ws is closed with 1000 (normal closure)\n", [])


def test_silence_and_assignment(kernel):
    for cell in ("%ws_connect demo;", "%ws_send hi;", "m = %ws_send hi;", "%ws_ping;", "%ws_list;", "%ws_close;"):
        out = kernel.run(cell)
        assert (cell, out["status"], out["stdout"], out["results"], out["displays"]) == (cell, "ok", "", [], [])
    assert kernel.run("print(m.text)")["stdout"] == "hi\n"


def test_the_card_instead_of_the_panel(kernel):
    out = kernel.run("%ws_connect --no-panel demo")
    assert out["displays"] == []
    assert "● open" in out["results"][0]["text/html"]
    assert kernel.run("%config WebSocketMagics.panel = False")["status"] == "ok"
    assert len(kernel.run("%ws_connect demo")["results"]) == 1
    assert kernel.run("%config WebSocketMagics.panel = True")["status"] == "ok"


@pytest.mark.parametrize(
    ("cell", "ename", "text"),
    [
        (
            "%ws_connect http://host",
            "ValueError",
            "ValueError: 'http://host' is an HTTP address; a WebSocket's begins with ws://",
        ),
        (
            "%ws_send --json {",
            "PayloadError",
            "PayloadError: not JSON: Expecting property name enclosed in double quotes; nothing was sent\n  {\n   ^",
        ),
        (
            "%ws_messages kind:txt",
            "QueryError",
            "QueryError: kind: 'txt' is unknown; did you mean text?\n  kind:txt\n       ^",
        ),
        (
            "%ws_send -s nobody x",
            "UsageError",
            "UsageError: %ws_send: there is no session 'nobody'; the sessions are ws",
        ),
    ],
)
def test_mistakes_stop_the_run_with_one_paragraph(kernel, cell, ename, text):
    kernel.run("%ws_connect demo;")
    out = kernel.run(cell)
    assert (out["status"], out["ename"], out["error"]) == ("error", ename, text)


def test_a_refused_certificate_can_be_looked_at(kernel):
    out = kernel.run("%ws_connect demo+tls")
    assert out["ename"] == "SSLVerifyError"
    assert "self-signed certificate" in out["error"]
    assert "\n" not in out["error"]
    assert out["error"].endswith(" (%ws_help certificate-18)")
    (card,) = kernel.run("%ws_cert")["results"]
    assert "self-signed" in card["text/plain"]
    assert "<div" in card["text/html"]


def test_a_cell_awaits_in_the_kernels_own_loop(kernel):
    """Another task of the loop goes on meanwhile, and no thread is made."""
    assert kernel.run("%ws_connect demo;")["status"] == "ok"
    cell = """
import asyncio, threading
ticks = 0
async def tick():
    global ticks
    while True:
        await asyncio.sleep(0.001)
        ticks += 1
ticking = asyncio.create_task(tick())
before = threading.active_count()
waiting = asyncio.create_task(ws.aexpect("later", None))
while ticks < 20:
    await asyncio.sleep(0.001)
made = threading.active_count() - before
answer = (await ws.arequest({"id": 7, "say": "later"})).json()
print(made, answer["id"], (await waiting).json() == answer, (await ws.aread()).json() == answer)
async for message in ws:
    print(message.json() == answer)
    break
ws.close()
await ws.wait_closed()
print([message.kind for message in await ws.acollect(seconds=1, since=0)])
ticking.cancel()
"""
    out = kernel.run(cell)
    assert (out["status"], out["stdout"]) == ("ok", "0 7 True True\nTrue\n['text']\n"), out


#: Says so as soon as a coroutine waits for the log, and the kernel's loop for whatever comes.
AWAITED = """
import sys, threading
def watch():
    pause, main = threading.Event(), threading.main_thread().ident
    while not (
        any(type(gate).__name__ == "_LoopGate" for gate in ws.messages._waiters._gates)
        and sys._current_frames()[main].f_code.co_name == "select"
    ):
        pause.wait(0.01)
    print("waits", flush=True)
threading.Thread(target=watch).start()
await ws.aexpect("never", None)
"""


def test_an_awaiting_cell_is_interrupted(kernel):
    assert kernel.run("%ws_connect demo;")["status"] == "ok"
    out = kernel.run(AWAITED, on_waiting=kernel.interrupt)
    assert (out["status"], out["stdout"]) == ("error", "waits\n")
    assert out["ename"] in {"KeyboardInterrupt", "CancelledError"}
    assert kernel.run("%ws_send still there;\nprint((await ws.aread()).text)")["stdout"] == "still there\n"


@pytest.mark.parametrize("magic", [f"%{name}" for name in FLAGS] + ["%%ws_connect", "%%ws_send"])
def test_help_and_tab_of_every_magic(kernel, magic):
    name = magic.lstrip("%")
    out = kernel.inspect(magic)
    assert f"%{name}" in out
    assert "Examples" in out
    assert all(flag.synopsis in out for flag in FLAGS[name])
    assert kernel.complete(magic[:-1])[magic] == "magic"
    offered = kernel.complete(f"{magic} -")
    assert {found: offered[found] for found in offered if found.startswith(f"{magic} -")} == offered
    for flag in FLAGS[name]:
        assert all(flag.help.startswith(offered[f"{magic} {option}"].removesuffix("…")) for option in flag.names)


def test_tab_knows_this_notebook(kernel):
    kernel.run("%ws_connect -s feed demo/ticker?rate=50;")
    kernel.run("feed.read();")
    assert list(kernel.complete("%ws_use fe")) == ["%ws_use feed"]
    assert kernel.complete("%ws_messages -s fe")["%ws_messages -s feed"].startswith("open ws://127.0.0.1:")
    assert kernel.complete("%ws_connect demo/ticker?") == {"%ws_connect demo/ticker?rate=50": "used before"}
    assert kernel.complete("%ws_messages $.sym") == {"%ws_messages $.symbol": "JSON key of a message"}
    assert kernel.complete("%ws_close 1011") == {}
    assert kernel.complete("%ws_close 100")["%ws_close 1001"] == "going away"
    shown = kernel.reply(kernel.client.complete("%ws_close 100", 13))["metadata"]["_jupyter_types_experimental"]
    assert "going\u00a0away" in [item["type"] for item in shown]  # JupyterLab would break the line at a space
    assert kernel.complete("x = 1\n%ws_messages dir:s") == {"x = 1\n%ws_messages dir:sent": "dir"}
    assert list(kernel.complete("%ws_connect -H 'auth")) == []
    assert list(kernel.complete("%ws_connect -H 'Authorization: Be")) == ["%ws_connect -H 'Authorization: Bearer "]
    kernel.run("%ws_close -s feed;")


def test_secrets_are_asked_for_where_somebody_can_answer(kernel):
    out = kernel.run(
        "print(b'Authorization: Bearer s3cret' in get_ipython().run_line_magic('ws_connect', '--token - demo;').handshake.request)",
        "s3cret",
    )
    assert (out["prompt"], out["stdout"]) == ({"prompt": "bearer token: ", "password": True}, "True\n")
    out = kernel.run("%ws_connect --user me demo;")
    assert (out["ename"], out["error"].partition(";")[0]) == (
        "UsageError",
        "UsageError: a secret has to be typed, but this front end has no input",
    )
