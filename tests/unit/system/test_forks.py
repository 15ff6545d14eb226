"""Forked children: copies of sessions write nothing, close nothing, say whose they are, and the parent's sockets are closed.

Each test is a program that forks. `subprocess` runs it, so that no thread of the tests is there at the fork.
"""

from __future__ import annotations

import subprocess
import sys
import threading

import pytest

from kontena_ws_nb.system import forks
from tests.lab.certificates import lab
from tests.lab.raw_server import Peer, RawServer, echo
from tests.lab.tls_server import server_context

BEGIN = """
import multiprocessing, os, sys, threading, time, warnings
warnings.simplefilter("ignore", DeprecationWarning)  # fork with threads, since Python 3.12
import kontena_ws_nb as kws
ws = kws.connect(sys.argv[1], "ws", close_timeout=5)
client = kws.Client.connect(sys.argv[1], close_timeout=5)
ws.request("before", match="before")
"""

END = """
assert ws.request("after", match="after").data == "after", ws.error
client.send("client"); assert client.read(10) == "client"
ws.close(); client.close()
assert (ws.close_code, client.close_code) == (1000, 1000)
print("parent done")
"""


def fork(child: str, leave: str) -> str:
    body = "\n".join(f"    {line}" for line in child.strip().splitlines())
    return f"pid = os.fork()\nif pid == 0:\n{body}\n    {leave}\nassert os.waitpid(pid, 0)[1] == 0\n"


USE = """
for use in (lambda: ws.send("x"), ws.ping, lambda: ws.read(1), lambda: ws.expect("x", 1), lambda: ws.request("x"),
            lambda: ws.collect(1), lambda: next(iter(ws)), ws.close, ws.abort, ws.reconnect, ws.pause, ws.resume,
            lambda: ws.panel, lambda: ws.observe_state(print), lambda: client.send("x"), lambda: client.read(1),
            client.ping, client.close, client.abort, client.connection.pause, client.connection.resume):
    try:
        use()
    except kws.SocketError as error:
        assert f"it belongs to process {os.getppid()}" in str(error), error
    else:
        raise AssertionError("used")
assert (ws.state, client.state, dict(kws.sessions), len(ws.messages)) == ("closed", "closed", {}, 3)
assert ws.stats.sent_messages == 1 and "closed" in repr(ws) and "belongs to" in str(ws.error)
with kws.connect(sys.argv[1], "ws") as mine:
    assert mine.request("mine", match="mine").data == "mine"
"""


def run(program: str, *arguments: str, warn: str = "error::ResourceWarning") -> str:
    done = subprocess.run(
        [sys.executable, "-W", warn, "-c", program, *arguments], capture_output=True, text=True, timeout=60, check=False
    )
    assert (done.returncode, done.stderr) == (0, "")
    return done.stdout


@pytest.mark.parametrize(
    "program",
    [
        fork(USE, "os._exit(0)"),
        fork(USE, "sys.exit(0)"),
        fork("pass", "sys.exit(0)"),
        "",
        """
try:
    with ws, client:
        if not (pid := os.fork()):
            sys.exit(0)
        raise KeyError
except KeyError:
    pass
os.waitpid(pid, 0)
ws.reconnect(); client = kws.Client.connect(sys.argv[1])
""",
        """
context = multiprocessing.get_context("fork")
process = context.Process(target=lambda: ws.state == "closed" or os._exit(1))
process.start(); process.join(); assert process.exitcode == 0
""",
        "import gc\n" + fork("del ws, client; gc.collect()", "sys.exit(0)"),
    ],
    ids=["os._exit", "sys.exit", "exit without use", "no fork", "with", "multiprocessing", "finalizers"],
)
def test_a_child_leaves_the_parents_connections_alone(program: str) -> None:
    with RawServer() as server:
        assert run(BEGIN + program + END, server.url) == "parent done\n"


@pytest.mark.parametrize("leave", ["os._exit(0)", "sys.exit(0)"])
def test_over_tls_a_child_writes_no_record_and_tells_the_logger_nothing(leave: str) -> None:
    """A record of the child's, a close_notify also, would break the parent's: they share the sequence numbers."""
    begin = """
import logging
class Told(logging.Handler):
    def emit(self, record):
        if os.getpid() != PARENT:
            os.write(2, f"the child told: {record.getMessage()}".encode())
        lines.append(record.getMessage())
import os; PARENT, lines = os.getpid(), []
logger = logging.getLogger("kontena_ws_nb"); logger.setLevel(logging.DEBUG); logger.addHandler(Told()); logger.propagate = False
"""
    connect = BEGIN.replace("close_timeout=5", "close_timeout=5, ca_file=sys.argv[2]")
    child = """
for use in (lambda: ws.send("x"), lambda: client.send("x"), ws.ping, client.close, ws.close, ws.abort):
    try:
        use()
    except kws.SocketError as error:
        assert f"it belongs to process {os.getppid()}" in str(error), error
    else:
        raise AssertionError("used")
"""
    with RawServer(context=server_context("good")) as server:
        program = begin + connect + fork(child, leave) + END + "assert lines"
        assert run(program, server.url, str(lab().ca_file)) == "parent done\n"


def test_the_parents_sockets_end_with_the_parent_whatever_children_live() -> None:
    """The child lives on, and the server sees the end all the same: also one without a FIN of ours."""
    ended = threading.Event()

    def until_the_end(peer: Peer) -> list[tuple[int, bytes]]:
        frames = peer.read_all()
        ended.set()
        return frames

    program = """
import os, sys, warnings
warnings.simplefilter("ignore", DeprecationWarning)
import kontena_ws_nb as kws
ws = kws.connect(sys.argv[1])
read, write = os.pipe()
if os.fork() == 0:
    os.close(write)
    os.read(0, 1)  # until the test says so
    os._exit(0)
os._exit(0)
"""
    with RawServer(until_the_end) as server:
        with subprocess.Popen([sys.executable, "-c", program, server.url], stdin=subprocess.PIPE) as process:
            assert process.wait(30) == 0
            assert ended.wait(10)
            assert server.result() == [], "and no close frame"
            assert process.stdin is not None
            process.stdin.close()


def test_exec_inherits_nothing() -> None:
    program = """
import subprocess
child = subprocess.Popen([sys.executable, "-c", "import os; print(len(os.listdir('/proc/self/fd')))"],
                         close_fds=False, stdout=subprocess.PIPE)
bare = subprocess.run([sys.executable, "-c", "import os; print(len(os.listdir('/proc/self/fd')))"], stdout=subprocess.PIPE)
assert child.communicate()[0] == bare.stdout
"""
    with RawServer() as server:
        assert run(BEGIN + program + END, server.url) == "parent done\n"


def test_a_lock_that_was_held_at_the_fork_does_not_hang_the_child() -> None:
    held = """
def hold(lock):
    lock.acquire(); there.set(); time.sleep(60)
for lock in kws.system.forks._alive(kws.system.forks._locks):
    there = threading.Event()
    if not lock.locked():
        threading.Thread(target=hold, args=(lock,), daemon=True).start(); there.wait(5)
"""
    program = BEGIN + "import kontena_ws_nb.system.forks\n" + held + fork(USE, "os._exit(0)") + "os._exit(0)"
    with RawServer(echo) as server:
        assert run(program, server.url) == ""


class Copied:
    def __init__(self) -> None:
        self.owner = 0

    def forked(self, owner: int) -> None:
        self.owner = owner


def test_what_happens_in_the_child(monkeypatch: pytest.MonkeyPatch) -> None:
    """The same in this process, with lists of its own."""
    for name in ("_locks", "_sockets", "_told"):
        monkeypatch.setattr(forks, name, set())
    monkeypatch.setattr(forks, "_process", 4711)
    lock, copied = forks.lock(), Copied()
    lock.acquire()
    forks.tell(copied)
    forks._in_child()
    assert not lock.locked()
    assert copied.owner == 4711
    assert "process 4711" in forks.belongs(4711)


def test_what_is_gone_is_not_kept_for_the_child(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(forks, "_locks", set())
    lock, gone = forks.lock(), forks.lock()
    assert len(forks._locks) == 2
    del gone
    assert forks._alive(forks._locks) == [lock]
    assert len(forks._locks) == 1


def test_a_child_lets_go_of_the_demo_server_and_may_have_its_own() -> None:
    program = """
import os, socket, sys, warnings
warnings.simplefilter("ignore", DeprecationWarning)
import kontena_ws_nb as kws
import kontena_ws_nb.demo as demo
ws = kws.connect("demo", "ws")
port = ws.client.port
read, write = os.pipe()
pid = os.fork()
if pid == 0:
    os.close(write)
    os.read(read, 1)  # until the parent's server has stopped
    with kws.connect("demo", "ws") as mine:
        assert mine.request("x", match="x").data == "x"
    demo.stop()
    os._exit(0)
assert ws.request("y", match="y").data == "y"
demo.stop()
assert ws.join(10) and ws.close_code == 1001, ws.close_code
with socket.socket() as probe:
    assert probe.connect_ex(("127.0.0.1", port)) != 0
os.close(write)
assert os.waitpid(pid, 0)[1] == 0
print("parent done")
"""
    assert run(program, warn="default") == "parent done\n"
