"""Names and keys of what a panel shows."""

from __future__ import annotations

from types import SimpleNamespace
from typing import Any

import pytest

from kontena_ws_nb.feed.shown import KEY_BITS, NUMBERS, Sources, item, name_sources, split
from kontena_ws_nb.feed.status import merged_status
from kontena_ws_nb.log.log import MessageLog
from kontena_ws_nb.log.segment import INCOMPLETE
from kontena_ws_nb.protocol.frames import TEXT, Batch


def session(name: str, **changes: Any) -> Any:
    stats = SimpleNamespace(
        sent_messages=1, sent_bytes=2, received_messages=3, received_bytes=4, rate=0.5, latency=0.1, uptime=5.0
    )
    made = {
        "name": name,
        "url": "wss://x",
        "state": "open",
        "error": None,
        "certificate": None,
        "messages": MessageLog(),
        "stats": stats,
        "send": None,
    }
    return SimpleNamespace(**{**made, "options": SimpleNamespace(ping_interval=None), **changes})


def test_every_source_has_a_name_of_its_own() -> None:
    feed, before, log = session("feed"), session("feed"), MessageLog()
    found = name_sources([feed, log, before, feed, MessageLog(), session("feed")])
    assert [source.name for source in found] == ["feed", "log", "feed (2)", "log (2)", "feed (3)"]
    assert (found[0].source, found[1].log) == (feed, log)
    assert [source.state for source in found[:2]] == ["open", "log"]
    again = name_sources([MessageLog(), log, before], found)
    assert [source.name for source in again] == ["log (3)", "log", "feed (2)"]
    with pytest.raises(TypeError, match=r"shows sessions and logs, got str; kws\.sessions holds"):
        name_sources(["feed"])  # type: ignore[list-item]


def test_keys_are_exact_in_javascript_and_never_another_logs() -> None:
    logs = name_sources([MessageLog() for _ in range(3)])
    alone = Sources(logs[:1])
    assert (alone.number, alone.key(logs[0], 7), alone.find(7)) == (0, 7, (logs[0], 7))
    several = Sources(logs, alone)
    key = several.key(logs[2], (1 << KEY_BITS) - 1)
    assert key < 1 << 53
    assert several.find(key) == (logs[2], (1 << KEY_BITS) - 1)
    assert several.find(7) is None
    assert alone.find(key) is None
    assert split(key) == (3, (1 << KEY_BITS) - 1)
    assert Sources(logs[:2], several).find(key) is None
    assert Sources(logs[:1], several).after == several.after
    assert several[:2] == tuple(logs[:2])
    used = several
    for _ in range(NUMBERS):
        used = Sources(logs, used)
        assert used.number >= 1
        assert used.number + len(logs) <= NUMBERS


def test_rows_by_their_keys() -> None:
    first, second = MessageLog(), MessageLog()
    for at, log in enumerate((first, second)):
        log.add("text", b"%d" % at)
    several = Sources(name_sources([first, second]))
    mine, other = several.key(several[0], 0), several.key(several[1], 0)
    assert [row.preview for row in several.rows([other, -1, mine, other + 1]).values()] == [b"1", b"0"]
    assert several.written == 2


def test_what_can_be_said_of_several() -> None:
    log = MessageLog()
    sources = name_sources([session("feed"), session("trades", state="closed", close_code=None), log])
    log.add("text", b"the oldest", time_ns=5_000)
    info, stats = merged_status([source.name for source in sources], [source.describe() for source in sources])
    assert (info["name"], info["state"], info["writable"]) == ("feed + trades + log", "merged", True)
    assert (info["url"], info["began"]) == ("3 sessions merged by time", 5)
    assert (stats["sent_messages"], stats["received_bytes"], stats["rate"], stats["latency"]) == (2, 18, 1.0, None)


def test_a_part_of_what_was_cut_off_says_so() -> None:
    log = MessageLog()
    log.add("text", b"whole")
    log.append(Batch.one(b"half", TEXT | INCOMPLETE), 1)
    assert [item(row.index, row).incomplete for row in log.rows(range(2))] == [0, 1]
