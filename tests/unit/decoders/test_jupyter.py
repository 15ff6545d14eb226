"""Messages of a Jupyter kernel: JSON, JSON with buffers, and the v1 subprotocol."""

from __future__ import annotations

import json
import struct
from typing import Any

import pytest

from kontena_ws_nb.decoders.decoder import Opening
from kontena_ws_nb.decoders.jupyter import JupyterKernel
from kontena_ws_nb.decoders.limits import PARTS
from tests.lab.conversations import received, v1

V1 = Opening(subprotocol="v1.kernel.websocket.jupyter.org")


def header(kind: Any, number: str = "1") -> dict[str, Any]:
    return {"msg_id": number, "msg_type": kind}


def with_buffers(value: Any, *buffers: bytes) -> bytes:
    parts = [json.dumps(value).encode(), *buffers]
    at = 4 + 4 * len(parts)
    offsets = []
    for one in parts:
        offsets.append(at)
        at += len(one)
    return struct.pack(f">{len(parts) + 1}I", len(parts), *offsets) + b"".join(parts)


@pytest.mark.parametrize(
    ("kind", "content", "label"),
    [
        ("execute_request", {"code": "1+1"}, 'execute_request "1+1"'),
        ("stream", {"name": "stdout", "text": "hi\n"}, 'stream "stdout" "hi\\n"'),
        ("status", {"execution_state": "busy"}, 'status "busy"'),
        ("execute_reply", {"status": "error", "ename": "E", "evalue": "v"}, 'execute_reply "error" "E" "v"'),
        ("error", {"ename": "E", "evalue": "v", "status": "x"}, 'error "E" "v"'),
        ("execute_result", {"data": {"text/plain": "2"}}, 'execute_result "2"'),
        ("comm_msg", {"comm_id": "c", "data": {"method": "update"}}, 'comm_msg "c" "update"'),
        ("input_reply", {"value": "a password"}, "input_reply"),
        ("comm_info_reply", None, "comm_info_reply"),
        (7, {"code": "x"}, '"x"'),
    ],
)
def test_labels(kind: Any, content: Any, label: str) -> None:
    found = JupyterKernel(Opening()).decode(received({"header": header(kind), "content": content}))
    assert found is not None
    assert (found.label, found.id, found.answers) == (label, "1", None)


def test_the_parent_is_what_it_answers() -> None:
    message = {"header": header("a", "2"), "parent_header": header("b", "1"), "channel": "shell"}
    found = JupyterKernel(Opening()).decode(received(message))
    assert found is not None
    assert (found.value, found.label, found.id, found.answers) == (message, "shell a", "2", "1")


def test_the_v1_subprotocol() -> None:
    found = JupyterKernel(V1).decode(received(v1("iopub", header("a"), {}, {"m": 1}, {"c": 1}, b"one", b"")))
    assert found is not None
    assert found.value == {
        "channel": "iopub",
        "header": header("a"),
        "parent_header": {},
        "metadata": {"m": 1},
        "content": {"c": 1},
        "buffers": [b"one", b""],
    }
    found = JupyterKernel(Opening()).decode(received(v1("shell", header("a"), {}, {}, {})))
    assert found is not None
    assert "buffers" not in found.value


def test_json_with_buffers() -> None:
    found = JupyterKernel(Opening()).decode(received(with_buffers({"header": header("a")}, b"one", b"two")))
    assert found is not None
    assert found.value == {"header": header("a"), "buffers": [b"one", b"two"]}
    found = JupyterKernel(Opening()).decode(received(with_buffers({"header": header("a")})))
    assert found is not None
    assert found.value == {"header": header("a")}


@pytest.mark.parametrize(
    "data",
    [
        b"",
        b"\0" * 8,
        struct.pack("<Q", PARTS + 1) + bytes(8 * (PARTS + 1)),
        struct.pack("<Q", 7) + b"short",
        struct.pack("<4Q", 3, 32, 16, 32),
        struct.pack("<3Q", 2, 24, 99),
        v1("shell", header("a"), {}),
        v1("shell", header("a"), {}, [], {}),
        with_buffers([1]),
        with_buffers({"header": 1}),
    ],
)
@pytest.mark.parametrize("opening", [Opening(), V1])
def test_what_is_no_message(data: bytes, opening: Opening) -> None:
    assert JupyterKernel(opening).decode(received(data)) is None


@pytest.mark.parametrize("text", ["hello", "[]", "{}", '{"header": 1}'])
def test_texts_that_are_none(text: str) -> None:
    assert JupyterKernel(V1).decode(received(text)) is None


def test_recognized_by_a_header() -> None:
    message = {"header": header("a"), "parent_header": {}}
    assert JupyterKernel.recognizes(Opening(), [received(message)])
    assert not JupyterKernel.recognizes(Opening(), [received({**message, "header": {"msg_type": "a", "msg_id": ""}})])
