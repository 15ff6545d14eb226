"""A page and a session that do as they are told, for tests of `Panel`."""

from __future__ import annotations

import json
import queue
from collections.abc import Callable
from types import SimpleNamespace
from typing import Any

from comm.base_comm import BaseComm
from IPython.core.events import EventManager

from kontena_ws_nb.log.log import MessageLog
from kontena_ws_nb.panel import Panel

DEADLINE = 10.0


class Wire(BaseComm):
    """A comm whose other end is the test."""

    _reply_subshell_for: Any = print  # what ipykernel 7.4 has: it must be switched off

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        self.said: queue.Queue[tuple[dict[str, Any], list[Any]]] = queue.Queue()
        self.broken = False
        self.states: list[dict[str, Any]] = []
        super().__init__(*args, **kwargs)

    def publish_msg(
        self, msg_type: str, data: Any = None, metadata: Any = None, buffers: Any = None, **keys: Any
    ) -> None:
        if not data:
            return
        if data.get("method") == "custom":
            if self.broken:
                raise ConnectionResetError("the comm is gone")
            self.said.put((data["content"], list(buffers or [])))
        elif "state" in data:
            self.states.append(data["state"])


class Shell:
    """IPython as a panel sees it: keeps what was published, and ends cells."""

    def __init__(self) -> None:
        self.display_pub: Any = self
        self.events = EventManager(self, {"post_run_cell": lambda result: None})
        self._published: list[tuple[dict[str, str], dict[str, Any], dict[str, Any], bool]] = []

    def publish(
        self, data: dict[str, str], metadata: dict[str, Any], *, transient: Any = None, update: bool = False
    ) -> None:
        self._published.append((data, metadata, transient or {}, update))

    def end_cell(self) -> None:
        self.events.trigger("post_run_cell", None)

    def take(self) -> list[tuple[dict[str, str], dict[str, Any], dict[str, Any], bool]]:
        """Give what was published since."""
        taken, self._published = self._published, []
        return taken


class Conversation:
    """A stand-in for `Session`: the panel reads these names and no others."""

    def __init__(self, name: str = "feed") -> None:
        self.name = name
        self.previous: Any = None
        self.url = "wss://feed.example/v1"
        self.state = "open"
        self.error: Exception | None = None
        self.close_code: int | None = None
        self.close_reason: str | None = None
        self.certificate = None
        self.handshake = None
        self.options = SimpleNamespace(ping_interval=60.0)
        self.messages = MessageLog()
        self.stats = SimpleNamespace(
            sent_messages=0, sent_bytes=0, received_messages=0, received_bytes=0, rate=0.04, latency=None, uptime=None
        )
        self.refuse: Exception | None = None
        self.closed_with: tuple[int, str] | None = None

    def send(self, data: str | bytes) -> Any:
        if self.refuse is not None:
            raise self.refuse
        kind, payload = ("text", data.encode()) if isinstance(data, str) else ("binary", data)
        return self.messages[self.messages.add(kind, payload, sent=True)]

    def resend(self, row: int) -> list[Any]:
        return [self.send(self.messages[row].data)]

    def reconnect(self) -> None:
        if self.refuse is not None:
            raise self.refuse
        self.state, self.close_code = "open", None
        self.messages.add("reconnect", b"connected again")

    def close(self, code: int, reason: str) -> None:
        if self.refuse is not None:
            raise self.refuse
        self.closed_with = (code, reason)
        self.messages.add("close", code.to_bytes(2, "big") + reason.encode(), sent=True)
        self.close_code, self.close_reason, self.state = code, reason, "closed"
        self.messages.wake()


class Page:
    """The browser: sends requests, reads answers and ticks."""

    def __init__(self, panel: Panel, view: str = "page") -> None:
        self.panel = panel
        self.view = view
        self.wire: Wire = panel.comm
        self.serial = 0

    def say(self, request: str, buffers: Any = (), /, **fields: Any) -> str:
        self.serial += 1
        message = {"v": 1, "k": request, "id": f"{self.view}:{self.serial}", **fields}
        self.panel._handle_msg(
            {"content": {"data": {"method": "custom", "content": message}}, "buffers": list(buffers)}
        )
        return str(message["id"])

    def until(self, wanted: Callable[[dict[str, Any]], bool]) -> tuple[dict[str, Any], list[Any]]:
        while True:
            message, buffers = self.wire.said.get(timeout=DEADLINE)
            if wanted(message):
                return message, buffers

    def ask(self, request: str, buffers: Any = (), /, **fields: Any) -> tuple[dict[str, Any], list[Any]]:
        name = self.say(request, buffers, **fields)
        return self.until(lambda message: message.get("id") == name)

    def tick(self, wanted: Callable[[dict[str, Any]], bool] = lambda tick: True) -> tuple[dict[str, Any], list[Any]]:
        message, buffers = self.until(lambda message: message["k"] == "tick" and wanted(message))
        return message, json.loads(buffers[0])
