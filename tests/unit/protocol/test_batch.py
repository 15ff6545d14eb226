"""Batches of messages."""

from __future__ import annotations

from kontena_ws_nb.protocol.batch import Batch


def test_batch() -> None:
    batch = Batch(b"onetwo", [0, 3, 6], b"\x01\x01")
    assert (len(batch), batch.payload(0), batch.payload(1)) == (2, b"one", b"two")
