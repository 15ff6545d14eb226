"""The client with a real Jupyter server's kernel channel: a token, an upgrade without a subprotocol, JSON in both directions."""

from __future__ import annotations

import json
from collections.abc import Iterator

import pytest

import kontena_ws_nb as kws
from tests.lab.jupyter import TOKEN, message, rest
from tests.lab.process import jupyter_server


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
