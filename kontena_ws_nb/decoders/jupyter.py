"""Jupyter kernel messages over WebSocket: JSON, JSON with buffers, and ``v1.kernel.websocket.jupyter.org``.

Source: https://jupyter-server.readthedocs.io/en/latest/developers/websocket-protocols.html.
"""

from __future__ import annotations

import struct
from collections.abc import Sequence
from itertools import pairwise
from typing import Any

from .decoder import Decoded, Decoder, Encoded, Opening
from .json_text import parse, short


class JupyterKernel(Decoder):
    """Decodes messages of a kernel's channels; a message's parent is what it answers."""

    name = "jupyter"
    subprotocols = ("v1.kernel.websocket.jupyter.org",)

    @classmethod
    def recognizes(cls, opening: Opening, first: Sequence[Encoded]) -> bool:
        """As `Decoder.recognizes`: by the URL of a kernel's channels."""
        return "/api/kernels/" in opening.url and "/channels" in opening.url

    def decode(self, message: Encoded) -> Decoded | None:
        """As `Decoder.decode`."""
        data = message.payload
        if message.text:
            value = parse(data)
        elif self.opening.subprotocol in self.subprotocols:
            value = _v1(data)
        else:
            value = _with_buffers(data)
        if not isinstance(value, dict) or not isinstance(header := value.get("header"), dict):
            return None
        kind, content = header.get("msg_type"), value.get("content")
        parent = value.get("parent_header")
        label = f"{value.get('channel', '')} {kind}".strip()
        if isinstance(content, dict):
            told = [
                content[name]
                for name in ("execution_state", "status", "code", "text", "name", "ename")
                if content.get(name)
            ]
            label += "".join(f" {short(one)}" for one in told[:2])
        return Decoded(value, label, _id(header), _id(parent))


def _id(header: Any) -> str | None:
    found = header.get("msg_id") if isinstance(header, dict) else None
    return found if isinstance(found, str) else None


def _parts(data: bytes, offsets: Sequence[int]) -> list[bytes]:
    if any(end < begin for begin, end in pairwise(offsets)) or offsets[-1] > len(data):
        raise ValueError("the offsets are out of order")
    return [data[begin:end] for begin, end in pairwise(offsets)]


def _v1(data: bytes) -> dict[str, Any] | None:
    (count,) = struct.unpack_from("<Q", data)
    if not 6 <= count <= 10_000:
        raise ValueError("no message has so many parts")
    channel, *parts = _parts(data, struct.unpack_from(f"<{count}Q", data, 8))
    if len(parts) < 4:
        return None
    value: dict[str, Any] = {"channel": str(channel, "utf-8", "replace")}
    for name, part in zip(("header", "parent_header", "metadata", "content"), parts, strict=False):
        value[name] = parse(part)
        if not isinstance(value[name], dict):
            return None
    if parts[4:]:
        value["buffers"] = parts[4:]
    return value


def _with_buffers(data: bytes) -> dict[str, Any] | None:
    (count,) = struct.unpack_from(">I", data)
    if not 1 <= count <= 10_000:
        raise ValueError("no message has so many parts")
    offsets = struct.unpack_from(f">{count}I", data, 4)
    text, *buffers = _parts(data, (*offsets, len(data)))
    value = parse(text)
    return {**value, "buffers": buffers} if isinstance(value, dict) else None
