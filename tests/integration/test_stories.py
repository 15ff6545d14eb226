"""Three stories of debugging, told as people would live them: with sessions, filters, requests and tables, against real peers."""

from __future__ import annotations

import base64
import http.server
import itertools
import json
import threading
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from websockets.sync.server import ServerConnection, serve

import kontena_ws_nb as kws
from tests.browser.harness import chromium
from tests.lab.process import devtools

PAGES = {
    "/": (
        "text/html",
        b'<link rel="stylesheet" href="/style.css"><script src="/app.js"></script><img src="/none.png">',
    ),
    "/style.css": ("text/css", b"body { color: navy }"),
    "/app.js": (
        "text/javascript",
        b"fetch('/data.json').then(answer => answer.json()).then(found => document.title = found.title)",
    ),
    "/data.json": ("application/json", b'{"title": "loaded"}'),
}


class Pages(http.server.BaseHTTPRequestHandler):
    def do_GET(self) -> None:
        kind, body = PAGES.get(self.path, ("text/plain", b""))
        self.send_response(200 if self.path in PAGES else 404)
        self.send_header("Content-Type", kind)
        self.send_header("Content-Length", str(len(body)))
        self.end_headers()
        self.wfile.write(body)

    def log_message(self, format: str, *args: Any) -> None:
        pass


@pytest.fixture
def site() -> Iterator[str]:
    with http.server.ThreadingHTTPServer(("127.0.0.1", 0), Pages) as server:
        thread = threading.Thread(target=server.serve_forever, args=(0.01,))
        thread.start()
        yield f"http://127.0.0.1:{server.server_port}"
        server.shutdown()
        thread.join()


def test_what_a_page_loads(site: str, tmp_path: Path) -> None:
    """Chromium loads a page; which requests were there, of what type, and which failed?"""
    with devtools(chromium(), tmp_path) as url, kws.connect(url, "chrome", max_size=None) as ws:
        created = ws.request({"id": 1, "method": "Target.createTarget", "params": {"url": "about:blank"}})
        assert created.decoder == "devtools"
        target = created.decoded["result"]["targetId"]
        # Events come before answers; an answer of another session has an id of its own.
        attached = ws.request(
            {"id": 2, "method": "Target.attachToTarget", "params": {"targetId": target, "flatten": True}}
        )
        assert "answers" in repr(attached)
        session = attached.decoded["result"]["sessionId"]
        for number, method in ((3, "Network.enable"), (4, "Page.enable")):
            ws.request({"id": number, "sessionId": session, "method": method})
        ws.request({"id": 5, "sessionId": session, "method": "Page.navigate", "params": {"url": f"{site}/"}})
        ws.expect("$.method=Page.loadEventFired", since=0)
        # The page fetches data.json by itself: it is there when it has been received whole.
        received = ws.expect(
            {"method": "Network.responseReceived", "params": {"response": {"url": f"{site}/data.json"}}}, since=0
        )
        ws.expect(
            {"method": "Network.loadingFinished", "params": {"requestId": received.decoded["params"]["requestId"]}},
            since=0,
        )
        responses = ws.messages.where("$.method=Network.responseReceived").to_records(json=True)
        found = {row["params.response.url"].removeprefix(site): row["params.response.status"] for row in responses}
        assert (
            found.items() >= {"/": 200, "/style.css": 200, "/app.js": 200, "/none.png": 404, "/data.json": 200}.items()
        )
        failed = ws.messages.where("label:responseReceived $.params.response.status>=400 $..url~none")
        assert [message.decoded["params"]["type"] for message in failed] == ["Image"]
        title = ws.request(
            {"id": 6, "sessionId": session, "method": "Runtime.evaluate", "params": {"expression": "document.title"}}
        )
        assert title.decoded["result"]["result"]["value"] == "loaded"
        assert "Runtime.evaluate" in title.label  # the method of the request it answers


#: Audio of 24,000 samples a second, 16 bits each.
SECOND = 48_000


def voice(connection: ServerConnection) -> None:
    """Speak as the OpenAI Realtime API does."""

    def tell(kind: str, **fields: Any) -> None:
        connection.send(json.dumps({"type": kind, "event_id": f"event_{next(numbers)}", **fields}))

    numbers = itertools.count()
    tell("session.created", session={"id": "sess_1", "output_audio_format": "pcm16"})
    for data in connection:
        if json.loads(data)["type"] == "response.create":
            tell("response.created", response={"id": "resp_1", "status": "in_progress"})
            for size in (SECOND // 2, SECOND):
                tell("response.audio.delta", response_id="resp_1", delta=base64.b64encode(bytes(size)).decode())
            tell("response.audio_transcript.done", response_id="resp_1", transcript="Hello there")
            usage = {"total_tokens": 42, "input_tokens": 12, "output_tokens": 30}
            tell("response.done", response={"id": "resp_1", "status": "completed", "usage": usage})


def test_a_voice_turn(tmp_path: Path) -> None:
    """How long until the first audio, how much of it, and what did the turn cost?"""
    with serve(voice, "127.0.0.1", 0) as server:
        thread = threading.Thread(target=server.serve_forever)
        thread.start()
        with kws.connect(f"ws://127.0.0.1:{server.socket.getsockname()[1]}/v1/realtime?model=gpt", "voice") as ws:
            assert ws.expect("$.type=session.created", since=0).decoder == "realtime"
            asked = ws.send_json({"type": "response.create"})
            turn = ws.collect(until="$.type=response.done")
            first = next(message for message in turn if "audio.delta" in message.label)
            assert 0 < first.time - asked.time < 5
            assert [message.label for message in turn if "audio.delta" in message.label] == [
                label for label in (message.label for message in ws.messages.where("label:audio.delta"))
            ]
            assert "0.50 s" in first.label  # seconds of audio, not base64
            assert len(str(first.decoded)) < 300
            assert (
                first.json()["delta"] == base64.b64encode(bytes(SECOND // 2)).decode()
            )  # the payload stays what it is
            assert turn[-1].decoded["response"]["usage"]["total_tokens"] == 42
            (row,) = ws.messages.where("$.response.usage.total_tokens>0").to_records(json=True)
            assert row["response.usage.output_tokens"] == 30
        server.shutdown()
        thread.join()
