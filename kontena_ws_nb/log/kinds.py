"""The kinds of rows, and their codes in a row's flags. Every list of kinds is made from this one."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Final, Literal, get_args

from ..protocol.batch import BINARY, CLOSE, PING, PONG, TEXT

#: What a row may be: data and control frames of RFC 6455 section 5.2, then what happened to the session.
Kind = Literal["text", "binary", "ping", "pong", "close", "open", "error", "reconnect"]

#: The same, in the order people are told them.
ALL: Final[tuple[Kind, ...]] = get_args(Kind)
#: Rows that are no frames.
LIFECYCLE: Final[frozenset[Kind]] = frozenset({"open", "error", "reconnect"})
#: Rows whose payload is bytes to people too; of the others it is text.
BYTES: Final[tuple[Kind, ...]] = ("binary", "ping", "pong", "close")

#: The low four bits of a row's flags say its kind. Frames have their opcode, lifecycle rows take opcodes the RFC
#: reserves.
KIND_MASK: Final = 0x0F
KINDS: Final[Mapping[int, Kind]] = {
    TEXT: "text",
    BINARY: "binary",
    CLOSE: "close",
    PING: "ping",
    PONG: "pong",
    0xC: "open",
    0xD: "error",
    0xE: "reconnect",
}
CODES: Final[Mapping[str, int]] = {kind: code for code, kind in KINDS.items()}
