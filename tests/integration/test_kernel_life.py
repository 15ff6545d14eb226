"""The magics during the life of a kernel: interrupts, unloading, restart, shutdown, and notebooks that run without a person."""

from __future__ import annotations

import asyncio
import os
import queue
import re
import socket
import threading
from pathlib import Path

import nbclient
import nbformat
import pytest
from jupyter_core.utils import ensure_event_loop
from websockets.sync.server import ServerConnection, serve

from tests.lab.kernel import ROOT, SECONDS, started
from tests.lab.waiting import wait_for


@pytest.fixture(scope="module", autouse=True)
def loop() -> None:
    """jupyter_client's event loop, which it makes once and keeps."""
    ensure_event_loop()


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
            if magic in names and names[0] in ("wait_for", "deliver", "select"):
                print("waits", flush=True)
                told.set()
    threading.Thread(target=watch).start()
"""


def test_an_interrupt_stops_the_magic_and_nothing_else():
    with started() as (_, kernel), socket.create_server(("127.0.0.1", 0)) as mute:
        host = f"127.0.0.1:{mute.getsockname()[1]}"  # TCP connects, and then nobody says a word
        kernel.run(ANNOUNCE)
        kernel.run("%ws_connect demo/silent;")
        assert kernel.run("%config WebSocketMagics.timeout = None")["status"] == "ok"
        # A ping is answered at once, unless nobody reads the answer.
        cells = [
            "%ws_expect never",
            "%ws_send --expect never x;",
            "%ws_send --repeat 100 --interval 10 x;",
            "ws.pause()\n%ws_ping",
        ]
        cells += [f"%ws_connect --timeout 300 ws://{host};", f"%ws_cert --timeout 300 {host}"]
        for cell in cells:
            magic = re.search("ws_[a-z]+", cell)[0]  # type: ignore[index]
            out = kernel.run(f"announce({magic!r})\n{cell}", on_waiting=kernel.interrupt)
            assert out["stdout"].startswith("waits\n")
            assert (out["ename"], out["error"]) == (
                "KeyboardInterrupt",
                "KeyboardInterrupt: the magic was interrupted; open sessions stay open, %ws_list shows them",
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
        kernel.run(
            "%ws_connect -s warm demo\n%ws_panel\n%unload_ext kontena_ws_nb"
        )  # what is made once and kept: comms, IOPub's sockets
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
    client = nbclient.NotebookClient(
        notebook, timeout=SECONDS, kernel_name="python3", resources={"metadata": {"path": str(tmp_path)}}
    )
    with pytest.raises(nbclient.exceptions.CellExecutionError) as caught:
        asyncio.run(client.async_execute())
    assert caught.value.ename == ename
    assert notebook.cells[2].outputs == []
    (error,) = [output for output in notebook.cells[1].outputs if output.output_type == "error"]
    assert len("\n".join(error.traceback)) < 600
    assert "Traceback" not in "\n".join(error.traceback)
    assert (
        ename != "ConnectError" or "localhost is the machine this Python process (the kernel) runs on" in error.evalue
    )
