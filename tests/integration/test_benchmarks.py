"""All benchmarks run, with small sizes. Their results are not checked, except that no message is lost."""

from __future__ import annotations

import json
import os
import subprocess
import sys
import time
from collections.abc import Callable
from itertools import accumulate
from pathlib import Path

import pytest

from kontena_ws_nb.log.log import MessageLog
from kontena_ws_nb.protocol.batch import Batch
from tests.benchmarks import command, lossless, plots, rounds, streams
from tests.benchmarks.flood import serving

ROOT = Path(__file__).resolve().parents[2]
FULL = os.environ.get("KWS_STRESS") == "full"
MESSAGES = 10_000_000 if FULL else 1_000_000


@pytest.mark.parametrize(
    ("section", "told"),
    [
        ("receive", "÷ picows"),
        ("tls", "200 B, a record each"),
        ("compressed", "÷ aiohttp"),
        ("wsaccel", "with wsaccel"),
        ("steady", "page faults, ours · picows"),
        ("soak", "10 sessions, 100/s each"),
        ("few", "µs of processor time each"),
        ("sending", "Round trip of 100 bytes"),
        ("memory", "× payload"),
        ("growth", "log[i], random"),
        ("lossless", "all there, once, in order"),
        ("filter", "$.type=needle"),
        ("timeline", "Merging two logs"),
        ("start", "× websocket-client"),
        ("foreground", "websocket-client"),
        ("recording", "first page of a panel"),
        pytest.param("panel", "1,000, busy", marks=pytest.mark.browser),
    ],
    ids=lambda value: value if value in command.SECTIONS else "",
)
def test_a_section_runs(section: str, told: str, tmp_path: Path) -> None:
    table = tmp_path / "table.md"
    done = subprocess.run(
        [
            sys.executable,
            "-m",
            "tests.benchmarks",
            section,
            "--small",
            "--markdown",
            str(table),
            "--plots",
            str(tmp_path),
        ],
        cwd=ROOT,
        check=False,
        capture_output=True,
        text=True,
        timeout=220,
    )
    assert done.returncode == 0, done.stdout + done.stderr
    assert "| holds |" in table.read_text()
    assert told in done.stdout
    for drawn in tmp_path.glob("*.png"):
        assert drawn.read_bytes().startswith(b"\x89PNG")
    assert bool(list(tmp_path.glob("*.png"))) is (section in {"receive", "tls", "compressed", "growth"})


@pytest.mark.timeout(600 if FULL else 240)
@pytest.mark.parametrize("transport", ["plain", "tls", "compressed"])
def test_nothing_is_lost_while_another_thread_asks_all_the_time(transport: str) -> None:
    with serving(tls=transport == "tls") as flood:
        rate, asked = lossless.run(flood, transport, MESSAGES)
    assert asked > 0
    print(f"{transport}: {MESSAGES:,} messages, {rate:,.0f} a second, asked {asked:,} times")


def numbered(count: int) -> list[bytes]:
    return [streams.numbers(lossless.SIZE, number, number + 1) for number in range(count)]


@pytest.mark.parametrize(
    ("spoil", "told"),
    [
        (lambda rows: rows.pop(5), "29 messages instead of 30"),
        (lambda rows: rows.append(rows[-1]), "31 messages instead of 30"),
        (lambda rows: rows.__setitem__(slice(5, 7), [rows[6], rows[5]]), "message number 5 is"),
        (lambda rows: rows.__setitem__(8, rows[7]), "message number 8 is"),
        (lambda rows: rows.__setitem__(slice(2, 4), [rows[2] + rows[3][:1], rows[3][1:]]), "message number 2 is"),
    ],
    ids=["lost", "one too many", "swapped", "twice", "cut elsewhere"],
)
def test_what_is_lost_is_noticed(spoil: Callable[[list[bytes]], object], told: str) -> None:
    rows = numbered(30)
    logs = []
    for log_rows in (list(rows), rows):
        if log_rows is rows:
            spoil(rows)
        log = MessageLog()
        log.add("open", b"")
        for first in range(0, len(log_rows), 20):
            some = log_rows[first : first + 20]
            bounds = list(accumulate(map(len, some), initial=0))
            log.append(Batch(b"".join(some), bounds, bytes([1]) * len(some)), time.time_ns())
        logs.append(log)
    lossless.verify(logs[0], 1, 30)
    with pytest.raises(lossless.LostError, match=told):
        lossless.verify(logs[1], 1, 30)


def test_rows_that_retention_dropped_are_lost() -> None:
    log = MessageLog(max_messages=16)
    for payload in numbered(30):
        log.add("text", payload)
    with pytest.raises(lossless.LostError, match="index 0: the next row kept is"):
        lossless.verify(log, 0, 30)


def test_numbered_messages_are_the_same_made_at_once_or_one_by_one() -> None:
    edge = streams.BLOCK
    several = streams.numbers(40, edge - 2, edge + 3)
    assert several == b"".join(streams.numbers(40, number, number + 1) for number in range(edge - 2, edge + 3))
    assert [json.loads(several[at : at + 40])["n"] for at in range(0, 200, 40)] == [
        f"{number:08d}" for number in range(edge - 2, edge + 3)
    ]
    assert b"".join(streams.numbered(40, edge + 3)).endswith(streams.frame(several[-40:]))


def test_a_client_that_hangs_is_measured_again(capsys: pytest.CaptureFixture[str]) -> None:
    tries = []

    def hangs_once(count: int) -> float:
        tries.append(count)
        if len(tries) == 1:
            time.sleep(60)  # the alarm ends it
        return 1.0

    assert rounds.patient("some", hangs_once, 0.05)(7) == 1.0
    assert tries == [7, 7]
    assert capsys.readouterr().out == "some: stuck for 0.05 s, measured again\n"


def test_labels_of_a_plot_are_moved_apart() -> None:
    assert plots.apart([0.0, 5.0], 1.0) == [0.0, 5.0]
    assert plots.apart([3.1, 1.0, 3.0, 3.2], 1.0) == pytest.approx([3.1, 1.0, 2.1, 4.1])


def test_a_section_that_does_not_exist_is_refused(capsys: pytest.CaptureFixture[str]) -> None:
    with pytest.raises(SystemExit):
        command.main(["recieve"])
    assert "no section recieve; there are receive, tls" in capsys.readouterr().err
