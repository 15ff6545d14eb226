"""Recording when things go wrong: the process is killed, the disk is full, the file is read-only; and other readers of the file.

``KWS_STRESS=full`` kills a hundred times.
"""

from __future__ import annotations

import contextlib
import json
import mmap
import os
import random
import shutil
import signal
import sqlite3
import struct
import subprocess
import sys
import tempfile
from collections.abc import Iterator
from contextlib import closing
from pathlib import Path

import pytest

import kontena_ws_nb as kws
from kontena_ws_nb.recording.database import Database
from kontena_ws_nb.recording.schema import open_to_write
from tests.benchmarks.flood import serving
from tests.lab import peers
from tests.lab.raw_server import RawServer
from tests.lab.waiting import wait_for

ROOT = Path(__file__).resolve().parents[2]
FULL = os.environ.get("KWS_STRESS") == "full"
KILLS = 100 if FULL else 4
RATE = 20_000
#: What may be missing of the end, in nanoseconds. A machine that runs tests beside has a second.
LATEST = 250_000_000 if FULL else 1_000_000_000

#: Records a stream, and writes the time of the newest row in its log where the parent sees it.
VICTIM = """
import mmap, struct, sys, time
import kontena_ws_nb as kws
url, path, told = sys.argv[1:]
with open(told, "r+b") as file:
    memory = mmap.mmap(file.fileno(), 16)
ws = kws.connect(url, record=path, compression=False)
ws.send("go")
while True:
    newest = ws.messages[-1]
    struct.pack_into("qq", memory, 0, newest.time_ns, newest.index)
    time.sleep(0.002)
"""


@pytest.mark.timeout(900)
def test_a_killed_process_loses_the_last_moment_at_most(tmp_path: Path) -> None:
    chance, missed = random.Random(20), list[int]()
    with serving() as flood:
        url = flood.feed("paced", 200).with_count(RATE).url
        for number in range(KILLS):
            path, told = tmp_path / f"{number}.db", tmp_path / "told"
            told.write_bytes(bytes(16))
            with (
                open(told, "r+b") as file,
                mmap.mmap(file.fileno(), 16) as memory,
                subprocess.Popen([sys.executable, "-c", VICTIM, url, str(path), str(told)], cwd=ROOT) as victim,
            ):
                wait_for(lambda memory=memory: struct.unpack_from("q", memory, 8)[0] > 100, 30)  # type: ignore[misc]
                reached = struct.unpack_from("q", memory, 8)[0] + chance.randrange(RATE)
                wait_for(lambda memory=memory, reached=reached: struct.unpack_from("q", memory, 8)[0] >= reached, 30)  # type: ignore[misc]
                victim.kill()
                victim.wait(10)
                newest, index = struct.unpack_from("qq", memory)
            with closing(sqlite3.connect(path)) as database:
                assert database.execute("PRAGMA integrity_check").fetchall() == [("ok",)]
                found = database.execute('SELECT count(*), min("index"), max("index"), max(time_ns) FROM messages')
                count, first, last, latest = found.fetchone()
                counted = database.execute("SELECT messages, lost FROM sessions").fetchall()
                assert counted == [(count, 0)] or not (counted or count)
                sizes = database.execute(
                    "SELECT DISTINCT length(payload) FROM messages WHERE kind = 'text' AND direction = 'received'"
                )
                assert sizes.fetchall() == [(200,)] * bool(count)
            if not count:  # killed before the first look
                missed.append(index * 1_000_000_000 // RATE)
                continue
            assert (first, count) == (0, last + 1)
            missed.append(newest - latest)
            with Database.open(path) as again:
                assert len(again.log(0)) == count
            with contextlib.closing(open_to_write(str(path))) as file_again:  # another session can be added
                file_again.execute("SELECT 1")
            path.unlink()
    assert max(missed) <= LATEST, missed
    print(f"{KILLS} killed; missed at most {max(0, *missed) / 1e6:.0f} ms")


#: Records to a disk that is nearly full until a filler is removed.
CROWDED = """
import os, resource, sys, time
from pathlib import Path
import kontena_ws_nb as kws
from tests.lab.raw_server import RawServer
from tests.lab.waiting import wait_for
folder, how = Path(sys.argv[1]), sys.argv[2]
filler = folder / "filler"
with RawServer() as server:
    ws = kws.connect(server.url, "ws", record=folder / "feed.db")
    wait_for(lambda: ws.recording.rows)
    if how == "tmpfs":
        with open(filler, "wb", buffering=0) as file:
            try:
                while file.write(b"x" * 4096):
                    pass
            except OSError:
                pass
    else:
        import signal
        signal.signal(signal.SIGXFSZ, signal.SIG_IGN)
        resource.setrlimit(resource.RLIMIT_FSIZE, (100_000, resource.RLIM_INFINITY))
    for _ in range(5):
        ws.request("x" * 100_000, match="x")
    wait_for(lambda: ws.recording.state == "failing")
    print(ws.recording.error)
    assert ws.request("alive", match="alive").text == "alive" and ws.state == "open"
    wait_for(lambda: any("failed" in row.text for row in ws.messages if row.kind == "error"))
    if how == "tmpfs":
        filler.unlink()
    else:
        resource.setrlimit(resource.RLIMIT_FSIZE, (resource.RLIM_INFINITY, resource.RLIM_INFINITY))
    wait_for(lambda: ws.recording.state == "recording", 20)
    ws.close()
    assert (ws.recording.state, ws.recording.lost, ws.recording.rows) == ("ended", 0, len(ws.messages))
    from kontena_ws_nb.recording.database import Database
    with Database.open(folder / "feed.db") as database:
        assert list(database.log(0)) == list(ws.messages)
print("whole")
"""


def a_small_disk() -> list[str]:
    """A command that runs another one with a small tmpfs on a folder; empty where the system lets nobody mount."""
    own = ["unshare", "--map-root-user", "--mount", "sh", "-c", 'mount -t tmpfs -o size=1500k tmpfs "$0" && exec "$@"']
    with tempfile.TemporaryDirectory() as folder, contextlib.suppress(OSError):
        if subprocess.run([*own, folder, "true"], capture_output=True, check=False).returncode == 0:
            return own
    return []


def test_a_full_disk_is_survived_and_told(tmp_path: Path) -> None:
    own = a_small_disk()
    for how, command in {"limit": [], **({"tmpfs": [*own, str(tmp_path)]} if own else {})}.items():
        done = subprocess.run(
            [*command, sys.executable, "-W", "ignore::ResourceWarning", "-c", CROWDED, str(tmp_path), how],
            cwd=ROOT,
            capture_output=True,
            text=True,
            timeout=90,
            check=False,
        )
        assert done.returncode == 0, done.stderr
        error, end = done.stdout.splitlines()
        assert ("disk is full" if how == "tmpfs" else "disk") in error
        assert end == "whole"
        assert "it is tried again" in done.stderr  # the logger


@pytest.fixture
def anybodys() -> Iterator[Path]:
    """A folder of nobody in particular; pytest's own are the user's."""
    folder = Path(tempfile.mkdtemp())
    folder.chmod(0o777)
    yield folder
    shutil.rmtree(folder)


def test_a_read_only_file_is_refused_at_once(anybodys: Path) -> None:
    path = anybodys / "feed.db"
    open_to_write(str(path)).close()
    path.chmod(0o444)
    before = path.read_bytes()
    with RawServer() as server, kws.connect(server.url, "ws") as session:
        root = os.geteuid() == 0
        try:
            if root:
                os.seteuid(65534)  # root may write to everything
            with pytest.raises(PermissionError, match="readonly database"):
                session.record(path)
            anybodys_stat = path.stat()
        finally:
            if root:
                os.seteuid(0)
        assert session.recording is None
        assert session.request("alive", match="alive").text == "alive"
    assert anybodys_stat.st_mode & 0o777 == 0o444
    assert path.read_bytes() == before


FORK = """
import os, sys
import kontena_ws_nb as kws
from tests.lab.raw_server import RawServer
with RawServer() as server:
    ws = kws.connect(server.url, "ws", record=sys.argv[1], max_messages=8)
    for number in range(30):
        ws.request(f"{number}", match=f"{number}")
    while ws.recording.behind:
        pass
    child = os.fork()
    if child == 0:
        try:
            assert ws.recording.state == "ended", ws.recording
            assert ws.messages[1].text == "0"  # reads the file with a connection of its own
            ws.messages.add("text", b"of the child")
        finally:
            os._exit(0 if sys.exc_info()[0] is None else 1)
    assert os.waitpid(child, 0)[1] == 0
    ws.request("after", match="after")
    ws.close()
    rows = [row.text for row in ws.messages if row.kind == "text"]
from kontena_ws_nb.recording.database import Database
with Database.open(sys.argv[1]) as database:
    assert [row.text for row in database.log(0) if row.kind == "text"] == rows
    assert len(rows) == 62 and rows[-1] == "after"
print("whole")
"""

EXIT = """
import sys
import kontena_ws_nb as kws
from tests.lab.raw_server import RawServer
server = RawServer().__enter__()
ws = kws.connect(server.url, "ws", record=sys.argv[1])
ws.bookmarks.add(ws.request("last", match="last"), "first")
ended = kws.connect(server.url, "ended", record=sys.argv[2])
ended.close()
ended.bookmarks.add(0, "after the end")
sys.exit(0)
"""


def ran(program: str, *arguments: str) -> str:
    done = subprocess.run(
        [sys.executable, "-W", "ignore", "-c", program, *arguments],
        cwd=ROOT,
        capture_output=True,
        text=True,
        timeout=60,
        check=False,
    )
    assert done.returncode == 0, done.stderr
    return done.stdout


def test_a_forked_child_writes_nothing_and_reads_by_itself(tmp_path: Path) -> None:
    assert ran(FORK, str(tmp_path / "feed.db")) == "whole\n"
    assert os.listdir(tmp_path) == ["feed.db"]


def test_the_end_of_the_interpreter_ends_the_recording(tmp_path: Path) -> None:
    ran(EXIT, str(tmp_path / "feed.db"), str(tmp_path / "ended.db"))
    assert sorted(os.listdir(tmp_path)) == ["ended.db", "feed.db"]
    with Database.open(tmp_path / "feed.db") as database:
        assert [message.text for message in database.log(0) if message.kind == "text"] == ["last", "last"]
        assert [one.note for one in database.log(0).bookmarks.values()] == ["first"]
    with Database.open(tmp_path / "ended.db") as database:
        assert [one.note for one in database.log(0).bookmarks.values()] == ["after the end"]


def test_two_processes_do_not_record_to_one_file(tmp_path: Path) -> None:
    with serving() as flood:
        url = flood.feed("paced", 200).with_count(1000).url
        (tmp_path / "told").write_bytes(bytes(16))
        command = [sys.executable, "-c", VICTIM, url, str(tmp_path / "feed.db"), str(tmp_path / "told")]
        with subprocess.Popen(command, cwd=ROOT) as other, RawServer() as server:
            wait_for(lambda: (tmp_path / "told").read_bytes() != bytes(16), 30)
            with pytest.raises(OSError, match=f"process {other.pid} on .* is recording to it"):
                kws.connect(server.url, "ws", record=tmp_path / "feed.db")
            other.send_signal(signal.SIGKILL)
            other.wait(10)
            with kws.connect(server.url, "ws", record=tmp_path / "feed.db") as session:
                session.request("mine", match="mine")
    with Database.open(tmp_path / "feed.db") as database:
        assert len(database.sessions) == 2
        assert "mine" in [message.text for message in database.log(1)]


@pytest.mark.peer("sqlite3")
def test_the_shell_of_sqlite_reads_it_also_meanwhile(tmp_path: Path) -> None:
    path = tmp_path / "feed.db"
    shell = peers.SQLITE.path
    assert shell is not None
    query = "SELECT direction, kind, text, is_json FROM readable WHERE kind = 'text'"
    with RawServer() as server, kws.connect(server.url, "ws", record=path) as session:
        session.request('{"a": 1}', match="$.a=1")
        recorder = session.recording
        assert recorder is not None
        wait_for(lambda: recorder.behind == 0)
        command = [shell, "-json", str(path), query]
        meanwhile = subprocess.run(command, capture_output=True, text=True, check=True).stdout
    afterwards = subprocess.run(command, capture_output=True, text=True, check=True).stdout
    assert (
        json.loads(meanwhile)
        == json.loads(afterwards)
        == [
            {"direction": direction, "kind": "text", "text": '{"a": 1}', "is_json": 1}
            for direction in ("sent", "received")
        ]
    )


DUCKDB = """
import json, shutil, sys
from pathlib import Path
import duckdb, duckdb_extension_sqlite
recording, folder = sys.argv[1:]
(brought,) = Path(duckdb_extension_sqlite.__file__).parent.glob("extensions/*/sqlite.duckdb_extension")
extension = Path(folder) / "sqlite_scanner.duckdb_extension"
shutil.copy(brought, extension)
with duckdb.connect(config={"allow_unsigned_extensions": "true"}) as database:
    database.execute(f"LOAD '{extension}'")
    database.execute(f"ATTACH '{recording}' AS feed (TYPE sqlite, READ_ONLY)")
    rows = database.execute('SELECT direction, kind, payload, flags, "index" FROM feed.messages ORDER BY id').fetchall()
    names = [name for name, in database.execute("SELECT name FROM feed.sessions").fetchall()]
print(json.dumps([[[*row[:2], row[2].decode("utf-8", "replace"), *row[3:]] for row in rows], names]))
"""


@pytest.mark.peer("duckdb")
def test_duckdb_reads_it(tmp_path: Path) -> None:
    path = tmp_path / "feed.db"
    with RawServer() as server, kws.connect(server.url, "ws", record=path) as session:
        session.request("zwölf", match="zwölf")
    command = [peers.DUCKDB.python, "-c", DUCKDB, path, tmp_path]
    rows, names = json.loads(subprocess.run(command, capture_output=True, text=True, check=True).stdout)
    assert names == ["ws"]
    assert [row[:3] for row in rows[1:3]] == [["sent", "text", "zwölf"], ["received", "text", "zwölf"]]
    assert [row[4] for row in rows] == list(range(len(session.messages)))
