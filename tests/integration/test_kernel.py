"""The magics in a real kernel, spoken to over the Jupyter protocol: what the front end gets, and that the kernel stays responsive."""

from __future__ import annotations

import os
import sys
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from jupyter_client.blocking.client import BlockingKernelClient
from jupyter_client.manager import KernelManager

ROOT = Path(__file__).parents[2]
SECONDS = 60


class Kernel:
    """Runs cells and collects what they put out."""

    def __init__(self, client: BlockingKernelClient, manager: KernelManager) -> None:
        self.client = client
        self.interrupt = manager.interrupt_kernel

    def run(self, code: str) -> dict[str, Any]:
        """Run a cell; give ``status``, ``stdout``, ``stderr``, ``results`` and ``displays`` (MIME bundles), ``error`` (traceback text)."""
        outputs: dict[str, Any] = {"stdout": "", "stderr": "", "results": [], "displays": [], "error": ""}

        def hook(message: dict[str, Any]) -> None:
            content = message["content"]
            if message["msg_type"] == "stream":
                outputs[content["name"]] += content["text"]
            elif message["msg_type"] == "execute_result":
                outputs["results"].append(content["data"])
            elif message["msg_type"] == "display_data":
                outputs["displays"].append(content["data"])
            elif message["msg_type"] == "error":
                outputs["error"] = "\n".join(content["traceback"])
                outputs["ename"] = content["ename"]

        reply = self.client.execute_interactive(code, timeout=SECONDS, output_hook=hook, allow_stdin=False)
        return {**outputs, "status": reply["content"]["status"]}


@pytest.fixture(scope="module")
def kernel() -> Iterator[Kernel]:
    manager = KernelManager()
    # The environment's own kernel, whatever kernelspecs this machine has.
    manager.kernel_spec.argv[:] = [sys.executable, "-m", "ipykernel_launcher", "-f", "{connection_file}"]
    manager.start_kernel(cwd=str(ROOT), env={**os.environ, "PYTHONPATH": str(ROOT), "IPYTHONDIR": os.devnull + "-none"})
    client = manager.blocking_client()
    client.start_channels()
    try:
        client.wait_for_ready(timeout=SECONDS)
        kernel = Kernel(client, manager)
        assert kernel.run("%load_ext kontena_ws_nb")["status"] == "ok"
        yield kernel
    finally:
        client.stop_channels()
        manager.shutdown_kernel(now=True)
        manager.cleanup_resources()


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


def test_an_awaiting_cell_is_interrupted(kernel):
    assert kernel.run("%ws_connect demo;")["status"] == "ok"
    message = kernel.client.execute("print('waiting', flush=True); await ws.aexpect('never', None)", allow_stdin=False)
    seen = []
    while "waiting" not in "".join(seen):
        heard = kernel.client.get_iopub_msg(timeout=SECONDS)
        seen += [heard["content"]["text"]] if heard["msg_type"] == "stream" else []
    kernel.interrupt()
    reply = kernel.client.get_shell_msg(timeout=SECONDS)
    assert (reply["parent_header"]["msg_id"], reply["content"]["status"]) == (message, "error")
    assert reply["content"]["ename"] in {"KeyboardInterrupt", "CancelledError"}
    assert kernel.run("%ws_send still there;\nprint((await ws.aread()).text)")["stdout"] == "still there\n"


def test_the_whole_stops_with_the_kernel(kernel):
    # Sessions left open must not keep a kernel from shutting down; the fixture's shutdown would hang.
    assert kernel.run("%ws_connect -s left demo/ticker;")["status"] == "ok"
