"""Jupyter kernel messages over WebSocket: JSON, JSON with buffers, and ``v1.kernel.websocket.jupyter.org``.

Source: https://jupyter-server.readthedocs.io/en/latest/developers/websocket-protocols.html.
"""

from __future__ import annotations

import struct
from collections.abc import Sequence
from itertools import pairwise
from typing import Any, Final

from .decoder import Decoded, Decoder, Encoded, Opening
from .json_text import line, parse, short
from .limits import PARTS

#: What people scan for, by the type of a message: members of its content, in order.
_TOLD: Final = {
    "stream": ("name", "text"),
    "status": ("execution_state",),
    "error": ("ename", "evalue"),
    "comm_open": ("target_name", "comm_id"),
    "comm_msg": ("comm_id",),
    "comm_close": ("comm_id",),
    "input_request": ("prompt",),
    "input_reply": (),  # a password, perhaps
}
_USUALLY: Final = ("status", "code", "ename", "evalue", "value")


class JupyterKernel(Decoder):
    """Decodes messages of a kernel's channels; a message's parent is what it answers."""

    name = "jupyter"
    subprotocols = ("v1.kernel.websocket.jupyter.org",)

    @classmethod
    def recognizes(cls, opening: Opening, first: Sequence[Encoded]) -> bool:
        """As `Decoder.recognizes`: by the URL of a kernel's channels, or a header of the messaging protocol."""
        if "/api/kernels/" in opening.url and "/channels" in opening.url:
            return True
        for one in first:
            value = parse(one.payload) if one.text and b'"msg_type"' in one.payload else None
            if isinstance(value, dict) and "parent_header" in value and _id(value.get("header")) is not None:
                return True
        return False

    def decode(self, message: Encoded) -> Decoded | None:
        """As `Decoder.decode`."""
        data = message.payload
        if message.text:
            value = parse(data)
        elif self.opening.subprotocol in self.subprotocols:
            value = _v1(data)
        else:
            value = _with_buffers(data) or _v1(data)
        if not isinstance(value, dict) or not isinstance(header := value.get("header"), dict):
            return None
        kind, channel = header.get("msg_type"), value.get("channel")
        label = line(*(one for one in (channel, kind) if isinstance(one, str)), *_told(kind, value.get("content")))
        return Decoded(value, label, _id(header), _id(value.get("parent_header")))


def _told(kind: Any, content: Any) -> list[str]:
    if not isinstance(content, dict):
        return []
    names = _TOLD.get(kind, _USUALLY) if isinstance(kind, str) else _USUALLY
    told = [content[name] for name in names if content.get(name)]
    data = content.get("data")
    if isinstance(data, dict):  # a result's text, what a widget's message is about
        told += [data[name] for name in ("text/plain", "method") if data.get(name)][:1]
    return [short(one) for one in told[:3]]


def _id(header: Any) -> str | None:
    found = header.get("msg_id") if isinstance(header, dict) else None
    return found if isinstance(found, str) and found else None


def _parts(data: bytes, form: str, at: int, count: int) -> list[bytes] | None:
    """Cut a message at its offsets; None when they are none."""
    size = struct.calcsize(form)
    if not 1 <= count <= PARTS or at + count * size > len(data):
        return None
    offsets = [offset for (offset,) in struct.iter_unpack(form, data[at : at + count * size])]
    if any(end < begin for begin, end in pairwise(offsets)) or offsets[-1] > len(data):
        return None
    return [data[begin:end] for begin, end in pairwise((*offsets, len(data)))]


def _v1(data: bytes) -> dict[str, Any] | None:
    # The last offset is the end of the last part.
    found = _parts(data, "<Q", 8, int.from_bytes(data[:8], "little"))
    if found is None or len(found) < 6:
        return None
    channel, *parts = found[:-1]
    value: dict[str, Any] = {"channel": str(channel, "utf-8", "replace")}
    for name, part in zip(("header", "parent_header", "metadata", "content"), parts, strict=False):
        value[name] = parse(part)
        if not isinstance(value[name], dict):
            return None
    if parts[4:]:
        value["buffers"] = parts[4:]
    return value


def _with_buffers(data: bytes) -> dict[str, Any] | None:
    found = _parts(data, ">I", 4, int.from_bytes(data[:4], "big"))
    value = parse(found[0]) if found else None
    if found is None or not isinstance(value, dict):
        return None
    return {**value, "buffers": found[1:]} if found[1:] else value
