"""A real kernel, used over the Jupyter protocol as a front end does.

Called from the main thread of a test. `started` ends the kernel, whatever became of it.
"""

from __future__ import annotations

import contextlib
import os
import re
import signal
import sys
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

from jupyter_client.blocking.client import BlockingKernelClient
from jupyter_client.manager import KernelManager

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

    def run(
        self, code: str, typed: str | None = None, on_waiting: Callable[[], object] | None = None
    ) -> dict[str, Any]:
        """Run a cell; give ``status``, ``stdout``, ``stderr``, ``results`` and ``displays`` (MIME bundles), ``error`` (traceback text).

        `typed` is what the person answers when asked (nobody is there without it); `on_waiting` is called when the cell
        prints "waits".
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
        types = {
            item["text"]: item["type"].replace("\u00a0", " ")
            for item in content["metadata"]["_jupyter_types_experimental"]
        }
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
