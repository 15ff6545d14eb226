"""What a file tells about a session."""

from __future__ import annotations

import dataclasses

import pytest

from kontena_ws_nb.recording.records import ConnectionRecord, SessionRecord


def test_what_a_file_does_not_tell_is_none() -> None:
    one = SessionRecord(name="feed", connections=(ConnectionRecord(),))
    assert (one.url, one.started_ns) == ("", None)
    assert dataclasses.astuple(one.connections[0]) == (1, "", None, None, None, None, None)


def test_records_do_not_change() -> None:
    with pytest.raises(dataclasses.FrozenInstanceError):
        SessionRecord(name="feed").name = "other"  # type: ignore[misc]
