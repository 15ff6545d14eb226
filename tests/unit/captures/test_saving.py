"""How a file is written, and what is said of it."""

from __future__ import annotations

from pathlib import Path

import kontena_ws_nb as kws
from kontena_ws_nb.captures.saving import Saved, Saving, SessionRows
from kontena_ws_nb.recording.records import SessionRecord
from tests.unit.captures.capture_lab import every_kind, log_of, record, row


def test_connections_of_which_only_messages_are_known() -> None:
    rows = SessionRows(record(), log_of(every_kind()))
    (first, of_first), (second, of_second) = rows.connections()
    assert first == record().connections[0]
    assert (second.number, second.url) == (2, record().url)
    assert [len(list(of_first)), len(list(of_second))] == [15, 2]
    assert SessionRows(SessionRecord(name="x"), []).connections() == []


def test_what_is_written_is_counted() -> None:
    told: list[int] = []
    saving = Saving(tick=told.append)
    for _ in saving.each(range(300)):
        pass
    saving.lose("pings", 0)
    saving.leave_out("pongs")
    assert (saving.messages, told, saving.lost) == (299, [256], ("pongs (1)",))


def test_secrets_are_masked_unless_they_are_wanted() -> None:
    kws.secret("hunter3-hunter3")
    message = log_of([row("text", b"hunter3-hunter3", 0)])[0]
    assert (Saving().payload(message), Saving(True).payload(message)) == (b"***", b"hunter3-hunter3")
    assert (Saving().text("hunter3-hunter3"), Saving(True).text("hunter3-hunter3")) == ("***", "hunter3-hunter3")
    assert (Saving().url("ws://a/?token=abcdefgh"), Saving(True).url("ws://a/?token=abcdefgh")) == (
        "ws://a/?token=***",
        "ws://a/?token=abcdefgh",
    )


def test_it_is_said_in_a_line() -> None:
    assert str(Saved(Path("a.csv"), "CSV", 1, 1, 1234)) == "saved 1 row to a.csv (CSV, 1,234 bytes)"
    assert repr(Saved(Path("a.csv"), "CSV", 2, 2, 5, ("pings (1)",))) == (
        "<Saved 2 rows of 2 sessions to a.csv (CSV, 5 bytes); CSV cannot hold pings (1)>"
    )
