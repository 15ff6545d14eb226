"""The magics in a real kernel, spoken to over the Jupyter protocol: what the front end gets, and that the kernel stays responsive."""

from __future__ import annotations

import asyncio
import contextlib
import os
import queue
import re
import signal
import socket
import sys
import threading
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import nbclient
import nbformat
import pytest
from jupyter_client.blocking.client import BlockingKernelClient
from jupyter_client.manager import KernelManager
from websockets.sync.server import ServerConnection, serve

from kontena_ws_nb.magics.flags import FLAGS
from tests.lab.waiting import wait_for

ROOT = Path(__file__).parents[2]
SECONDS = 60


class Kernel:
    """Runs cells and collects what they put out."""

    def __init__(self, client: BlockingKernelClient, manager: KernelManager) -> None:
        self.client = client
        self._manager = manager

    def interrupt(self) -> None:
        """Press the stop button; the manager's own method starts a thread when called from within its loop."""
        self._manager.provisioner.process.send_signal(signal.SIGINT)  # type: ignore[union-attr]

    def run(self, code: str, typed: str | None = None, on_waiting: Callable[[], object] | None = None) -> dict[str, Any]:
        """Run a cell; give ``status``, ``stdout``, ``stderr``, ``results`` and ``displays`` (MIME bundles), ``error`` (traceback text).

        `typed` is what the person answers when asked (nobody is there without it); `on_waiting` is called when the cell prints "waits".
        """
        outputs: dict[str, Any] = {"stdout": "", "stderr": "", "results": [], "displays": [], "error": ""}

        def hook(message: dict[str, Any]) -> None:
            content = message["content"]
            if message["msg_type"] == "stream":
                outputs[content["name"]] += content["text"]
                if on_waiting is not None and outputs["stdout"] == "waits\n":
                    on_waiting()
            elif message["msg_type"] == "execute_result":
                outputs["results"].append(content["data"])
            elif message["msg_type"] == "display_data":
                outputs["displays"].append(content["data"])
            elif message["msg_type"] == "error":
                outputs["error"] = "\n".join(content["traceback"])
                outputs["ename"] = content["ename"]

        def answer(message: dict[str, Any]) -> None:
            outputs["prompt"] = message["content"]
            self.client.input(typed)

        reply = self.client.execute_interactive(
            code, timeout=SECONDS, output_hook=hook, allow_stdin=typed is not None, stdin_hook=answer
        )
        return {**outputs, "status": reply["content"]["status"]}

    def reply(self, message_id: str) -> dict[str, Any]:
        """Wait for the answer to a request on the shell channel."""
        while True:
            message = self.client.get_shell_msg(timeout=SECONDS)
            if message["parent_header"]["msg_id"] == message_id:
                return message["content"]  # type: ignore[no-any-return]

    def complete(self, code: str) -> dict[str, str]:
        """Press Tab at the end: what the cell may become → what is shown beside it."""
        content = self.reply(self.client.complete(code, len(code)))
        start, end = content["cursor_start"], content["cursor_end"]
        types = {item["text"]: item["type"] for item in content["metadata"]["_jupyter_types_experimental"]}
        return {code[:start] + text + code[end:]: types[text] for text in content["matches"]}

    def inspect(self, code: str) -> str:
        """Press Shift+Tab at the end: the tooltip as text, without colours."""
        content = self.reply(self.client.inspect(code, len(code)))
        return re.sub(r"\x1b\[[0-9;]*m", "", content["data"]["text/plain"]) if content["found"] else ""


@contextlib.contextmanager
def started() -> Iterator[tuple[KernelManager, Kernel]]:
    """A kernel of its own, and us to talk to it."""
    manager = KernelManager()
    # The environment's own kernel, whatever kernelspecs this machine has.
    manager.kernel_spec.argv[:] = [sys.executable, "-m", "ipykernel_launcher", "-f", "{connection_file}"]
    environ = {name: value for name, value in os.environ.items() if not name.startswith("KONTENA_WS_")}
    manager.start_kernel(cwd=str(ROOT), env={**environ, "PYTHONPATH": str(ROOT), "IPYTHONDIR": os.devnull + "-none"})
    client = manager.blocking_client()
    client.start_channels()
    try:
        client.wait_for_ready(timeout=SECONDS)
        kernel = Kernel(client, manager)
        assert kernel.run("%load_ext kontena_ws_nb")["status"] == "ok"
        yield manager, kernel
    finally:
        client.stop_channels()
        if manager.has_kernel:
            manager.shutdown_kernel(now=True)
        manager.cleanup_resources()


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
    # The panel, and not the card too.
    (panel,) = out["displays"]
    assert "application/vnd.jupyter.widget-view+json" in panel
    assert out["results"] == []
    out = kernel.run("%ws_send hello")
    assert (out["stdout"], out["results"], out["displays"]) == ("sent to ws: text, 5 bytes\n", [], [])
    assert kernel.run("%%ws_send\n{'a': \"$x {y}\"}")["stdout"] == "sent to ws: text, 15 bytes\n"
    assert kernel.run("print(ws.read().text, ws.read().text)")["stdout"] == "hello {'a': \"$x {y}\"}\n"
    (table,) = kernel.run("%ws_messages kind:text dir:sent")["results"]
    assert table["text/plain"].startswith("2 messages")
    assert "<table" in table["text/html"]
    (rows,) = kernel.run("%ws_list")["results"]
    assert "● open" in rows["text/html"]
    (widget,) = kernel.run("%ws_panel")["results"]
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
        ("%ws_connect http://host", "ValueError", "ValueError: 'http://host' is an HTTP address; a WebSocket's begins with ws://"),
        ("%ws_send --json {", "PayloadError", "PayloadError: not JSON: Expecting property name enclosed in double quotes; nothing was sent\n  {\n   ^"),
        ("%ws_messages kind:txt", "QueryError", "QueryError: kind: 'txt' is unknown; did you mean text?\n  kind:txt\n       ^"),
        ("%ws_send -s nobody x", "UsageError", "UsageError: %ws_send: no session is called 'nobody'; there are ws"),
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
        assert all(offered[f"{magic} {option}"] == flag.help for option in flag.names)


def test_tab_knows_this_notebook(kernel):
    kernel.run("%ws_connect -s feed demo/ticker?rate=50;")
    kernel.run("feed.read();")
    assert list(kernel.complete("%ws_use fe")) == ["%ws_use feed"]
    assert kernel.complete("%ws_messages -s fe")["%ws_messages -s feed"].startswith("open ws://127.0.0.1:")
    assert kernel.complete("%ws_connect demo/ticker?") == {"%ws_connect demo/ticker?rate=50": "used before"}
    assert kernel.complete("%ws_messages $.sym") == {"%ws_messages $.symbol": "JSON key of a message"}
    assert kernel.complete("%ws_close 1011") == {}
    assert kernel.complete("%ws_close 100")["%ws_close 1001"] == "going away"
    assert kernel.complete("x = 1\n%ws_messages dir:s") == {"x = 1\n%ws_messages dir:sent": "dir"}
    assert list(kernel.complete("%ws_connect -H 'auth")) == []
    assert list(kernel.complete("%ws_connect -H 'Authorization: Be")) == ["%ws_connect -H 'Authorization: Bearer "]
    kernel.run("%ws_close -s feed;")


def test_secrets_are_asked_for_where_somebody_can_answer(kernel):
    out = kernel.run("print(b'Authorization: Bearer s3cret' in get_ipython().run_line_magic('ws_connect', '--token - demo;').handshake.request)", "s3cret")
    assert (out["prompt"], out["stdout"]) == ({"prompt": "bearer token: ", "password": True}, "True\n")
    out = kernel.run("%ws_connect --user me demo;")
    assert (out["ename"], out["error"].partition(";")[0]) == ("UsageError", "UsageError: a secret is to be asked for, and nobody is there to answer")


#: Says so as soon as the main thread waits inside a magic.
ANNOUNCE = """
import sys, threading
def announce(magic):
    main, told = threading.main_thread().ident, threading.Event()
    def watch():
        while not told.wait(0.01):
            names, frame = [], sys._current_frames()[main]
            while frame is not None:
                names.append(frame.f_code.co_name)
                frame = frame.f_back
            if magic in names and names[0] in ("wait_for", "deliver"):
                print("waits", flush=True)
                told.set()
    threading.Thread(target=watch).start()
"""


def test_an_interrupt_stops_the_magic_and_nothing_else():
    with started() as (_, kernel):
        kernel.run(ANNOUNCE)
        kernel.run("%ws_connect demo/silent;")
        assert kernel.run("%config WebSocketMagics.timeout = None")["status"] == "ok"
        # A ping is answered at once, unless nobody reads the answer.
        for cell in ("%ws_expect never", "%ws_send --expect never x;", "%ws_send --repeat 100 --interval 10 x;", "ws.pause()\n%ws_ping"):
            magic = re.search("ws_[a-z]+", cell)[0]  # type: ignore[index]
            out = kernel.run(f"announce({magic!r})\n{cell}", on_waiting=kernel.interrupt)
            assert out["stdout"].startswith("waits\n")
            assert (out["ename"], out["error"]) == (
                "KeyboardInterrupt",
                "KeyboardInterrupt: the magic was stopped; open sessions stay open, %ws_list shows them",
            ), cell
            assert kernel.run("ws.resume()\nprint(ws.state)")["stdout"] == "open\n"
        assert kernel.run("%ws_send hi")["stdout"] == "sent to ws: text, 2 bytes\n"


LEFT = """
import gc, os, threading
gc.collect()
def _target(fd):
    try:
        return os.readlink(f"/proc/self/fd/{fd}")
    except OSError:
        return ""
print(sorted(t.name for t in threading.enumerate()))
print(len([fd for fd in os.listdir("/proc/self/fd") if _target(fd).startswith("socket:")]))
print([child for task in os.listdir("/proc/self/task") for child in open(f"/proc/self/task/{task}/children").read().split()])
"""


def test_unloading_leaves_the_kernel_as_it_was():
    with started() as (_, kernel):
        kernel.run("%ws_connect -s warm demo\n%ws_panel\n%unload_ext kontena_ws_nb")  # what is made once and kept: comms, IOPub's sockets
        before = kernel.run(LEFT)["stdout"]
        kernel.run("%load_ext kontena_ws_nb")
        kernel.run("%ws_connect demo/ticker?rate=100")
        kernel.run("%ws_connect -k -s other --auto-reconnect demo+tls")
        kernel.run("%ws_send hello\n%ws_expect hello")
        assert "kontena-ws" in kernel.run(LEFT)["stdout"]
        assert kernel.run("%unload_ext kontena_ws_nb")["status"] == "ok"
        wait_for(lambda: kernel.run(LEFT)["stdout"] == before, what=f"back to {before}")
        assert kernel.run("print(ws.state, other.state, len(ws.messages) > 0)")["stdout"] == "closed closed True\n"
        assert "Line magic function `%ws_list` not found" in kernel.run("%ws_list")["stderr"]
        assert kernel.run("%load_ext kontena_ws_nb\n%ws_connect demo;")["status"] == "ok"


@pytest.mark.parametrize("end", ["shutdown", "restart"])
def test_nothing_outlives_the_kernel(end):
    with started() as (manager, kernel), Listener() as listener:
        kernel.run("%ws_connect demo/flood?rate=1000\n%ws_connect -k -s tls demo+tls\n%ws_panel -s tls")
        assert kernel.run(f"%ws_connect -s theirs {listener.url};")["status"] == "ok"
        demo = int(kernel.run("print(ws.url.split(':')[2].split('/')[0])")["stdout"])
        assert connects(demo)
        process = manager.provisioner.process.pid  # type: ignore[union-attr]
        if end == "shutdown":
            kernel.client.stop_channels()
            manager.shutdown_kernel()
        else:
            manager.restart_kernel()
            kernel.client.wait_for_ready(timeout=SECONDS)
            assert kernel.run("print('ws' in dir())")["stdout"] == "False\n"
            assert kernel.run("%load_ext kontena_ws_nb\n%ws_connect demo;")["status"] == "ok"
        wait_for(lambda: not Path(f"/proc/{process}").exists(), what="the old kernel's process is gone")
        assert not connects(demo)
        assert listener.goodbye() == 1001  # not just gone: it said so


class Listener:
    """A WebSocket server of this process, which remembers how its one client left."""

    def __enter__(self) -> Listener:
        self._server = serve(self._serve, "127.0.0.1", 0)
        self._codes: queue.Queue[int | None] = queue.Queue()
        self._thread = threading.Thread(target=self._server.serve_forever)
        self._thread.start()
        self.url = f"ws://127.0.0.1:{self._server.socket.getsockname()[1]}/"
        return self

    def _serve(self, connection: ServerConnection) -> None:
        for _ in connection:
            pass
        self._codes.put(connection.close_code)

    def goodbye(self) -> int | None:
        return self._codes.get(timeout=SECONDS)

    def __exit__(self, *exc: object) -> None:
        self._server.shutdown()
        self._thread.join()


def connects(port: int) -> bool:
    with socket.socket() as attempt:
        return attempt.connect_ex(("127.0.0.1", port)) == 0


@pytest.mark.parametrize(
    ("cell", "ename"),
    [
        ("%ws_send hello", "UsageError"),
        ("%ws_connect ws://localhost:1", "ConnectError"),
        ("%ws_connect --token - demo", "UsageError"),
        ("%ws_connect demo;\n%ws_expect --timeout 50ms never", "TimeoutError"),
        ("%ws_connect demo;\n%ws_send --json {", "PayloadError"),
    ],
)
def test_a_notebook_that_is_run_stops_at_the_failing_magic(tmp_path, monkeypatch, cell, ename):
    monkeypatch.setenv("IPYTHONDIR", str(tmp_path))
    monkeypatch.setenv("PYTHONPATH", os.pathsep.join([str(ROOT), os.environ.get("PYTHONPATH", "")]))
    cells = [nbformat.v4.new_code_cell(source) for source in ("%load_ext kontena_ws_nb", cell, "print('not reached')")]
    notebook = nbformat.v4.new_notebook(cells=cells)
    client = nbclient.NotebookClient(notebook, timeout=SECONDS, kernel_name="python3", resources={"metadata": {"path": str(tmp_path)}})
    with pytest.raises(nbclient.exceptions.CellExecutionError) as caught:
        asyncio.run(client.async_execute())
    assert caught.value.ename == ename
    assert notebook.cells[2].outputs == []
    (error,) = [output for output in notebook.cells[1].outputs if output.output_type == "error"]
    assert len("\n".join(error.traceback)) < 600
    assert "Traceback" not in "\n".join(error.traceback)
    assert ename != "ConnectError" or "localhost is the machine this Python process (the kernel) runs on" in error.evalue
