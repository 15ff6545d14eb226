"""The client with a real Jupyter server's kernel channel: a token, an upgrade without a subprotocol, JSON in both directions."""

from __future__ import annotations

import json
import urllib.request
import uuid
from collections.abc import Iterator
from datetime import datetime, timezone
from typing import Any

import pytest

import kontena_ws_nb as kws
from tests.lab.process import jupyter_server

TOKEN = "a-token-of-the-tests"


@pytest.fixture(scope="module")
def server(tmp_path_factory: pytest.TempPathFactory) -> Iterator[str]:
    with jupyter_server(tmp_path_factory.mktemp("jupyter"), TOKEN) as address:
        yield address


@pytest.fixture(scope="module")
def kernel(server: str) -> Iterator[str]:
    """A running kernel; gives the URL of its channels."""
    started = rest(server, "POST", "/api/kernels", {"name": "python3"})
    yield f"{server.replace('http', 'ws')}/api/kernels/{started['id']}/channels"
    rest(server, "DELETE", f"/api/kernels/{started['id']}")


def rest(server: str, method: str, path: str, body: object = None) -> Any:
    data = None if body is None else json.dumps(body).encode()
    request = urllib.request.Request(server + path, data, {"Authorization": f"token {TOKEN}"}, method=method)
    opener = urllib.request.build_opener(urllib.request.ProxyHandler({}))
    with opener.open(request, timeout=60) as response:
        return json.loads(response.read() or "null")


def message(kind: str, content: dict[str, Any]) -> dict[str, Any]:
    """A message of the Jupyter messaging protocol 5.3, as front ends put it on the WebSocket."""
    header = {"msg_id": uuid.uuid4().hex, "username": "test", "session": "s", "msg_type": kind, "version": "5.3"}
    header["date"] = datetime.now(timezone.utc).isoformat()
    return {"channel": "shell", "header": header, "parent_header": {}, "metadata": {}, "content": content}


def test_kernel_info_through_the_client(kernel: str) -> None:
    asked = message("kernel_info_request", {})
    with kws.Client.connect(kernel, headers={"Authorization": f"token {TOKEN}"}) as client:
        client.send(json.dumps(asked))
        while True:
            answer = json.loads(client.read(60) or "")
            if (
                answer["msg_type"] == "kernel_info_reply"
                and answer["parent_header"]["msg_id"] == asked["header"]["msg_id"]
            ):
                break
    assert answer["content"]["status"] == "ok"
    assert answer["content"]["language_info"]["name"] == "python"


def test_a_cell_through_the_session(kernel: str) -> None:
    session = kws.connect(kernel + "?token=" + TOKEN)
    assert TOKEN not in session.url
    session.send_json(message("execute_request", {"code": "print(6 * 7)", "silent": False, "store_history": False}))
    printed = session.expect({"msg_type": "stream"}, timeout=60)
    session.close()
    assert printed.json()["content"]["text"] == "42\n"


def test_without_the_token_the_server_says_403(kernel: str) -> None:
    with pytest.raises(kws.ProtocolError) as caught:
        kws.Client.connect(kernel)
    assert caught.value.status == 403
