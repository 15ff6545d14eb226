"""Batches of messages."""

from __future__ import annotations

from kontena_ws_nb.protocol.batch import Batch


def test_batch() -> None:
    batch = Batch(b"onetwo", [0, 3, 6], b"\x01\x01")
    assert (len(batch), batch.payload(0), batch.payload(1)) == (2, b"one", b"two")


def test_frames_where_they_were_received() -> None:
    batch = Batch(b"..one..two..", [2, 5, 10], b"\x01\x01", {}, [2, 7], 2)
    assert (len(batch), batch.payload(0), batch.payload(1), batch.text(1)) == (2, b"one", b"two", "two")
    assert batch.size == 6
