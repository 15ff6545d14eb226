"""What is sent: order, partial writes, blocked writers and timeouts, plain and under TLS."""

from __future__ import annotations

import signal
import socket
import threading
from collections.abc import Callable, Iterator
from typing import Any

import pytest

from kontena_ws_nb.transport import write_queue as module
from kontena_ws_nb.transport.deadline import Deadline
from kontena_ws_nb.transport.interrupts import shielded
from kontena_ws_nb.transport.poller import Poller
from kontena_ws_nb.transport.write_queue import Outgoing, WriteQueue, WriteStalledError
from tests.lab.ends import BIG, DEADLINE, Background, Ends, connected, fill
from tests.lab.interrupts import interrupt_soon
from tests.lab.waiting import wait_for


def test_nothing_is_sent_at_once(ends: Ends) -> None:
    ends.stream.send(b"", DEADLINE)
    ends.stream.send(b"x", DEADLINE)
    assert ends.read(1) == b"x"


def test_pieces_are_made_when_it_is_their_turn(ends: Ends) -> None:
    made: list[int] = []

    def behind() -> Iterator[bytes]:
        for number in range(200):
            made.append(number)
            yield bytes([number]) * 60_000

    item = ends.stream.writes.submit(b"first", behind=behind())
    behind_it = ends.stream.writes.submit(b"next")
    assert len(made) < 200
    assert not item.done
    reader = Background(lambda: ends.read(5 + 200 * 60_000 + 4))
    ends.stream.writes.finish(behind_it, DEADLINE)
    assert item.done
    assert reader.join() == b"first" + b"".join(bytes([number]) * 60_000 for number in range(200)) + b"next"


def test_many_writers_keep_their_messages_whole(ends: Ends) -> None:
    def write(letter: bytes) -> None:
        for _ in range(20):
            ends.stream.send(letter * 5000, DEADLINE)

    writers = [Background(lambda letter=letter: write(letter)) for letter in (b"a", b"b", b"c")]  # type: ignore[misc]
    got = ends.read(3 * 20 * 5000)
    for writer in writers:
        writer.join()
    for begin in range(0, len(got), 5000):
        assert len(set(got[begin : begin + 5000])) == 1


class Turnstile:
    """A lock; `arrive` is called when somebody is about to get it, `leave` when it was given back."""

    def __init__(self, arrive: Callable[[], object], leave: Callable[[], object] = lambda: None) -> None:
        self.lock = threading.Lock()
        self.arrive, self.leave = arrive, leave

    def acquire(self, blocking: bool = True) -> bool:
        self.arrive()
        return self.lock.acquire(blocking)

    def release(self) -> None:
        self.leave()
        self.lock.release()


def test_nothing_overtakes_what_was_queued_meanwhile(plain: Ends) -> None:
    writes = plain.stream.writes
    others = iter([Outgoing(b"first ")])
    writes._out_lock = Turnstile(lambda: writes._queue.extend(others))  # type: ignore[assignment]
    plain.stream.send(b"second", DEADLINE)
    assert plain.read(12) == b"first second"


def test_what_finds_the_lock_taken_is_queued(plain: Ends) -> None:
    writes = plain.stream.writes
    with writes._out_lock:
        item = writes.submit(b"queued")
    assert not item.done
    writes.drain()
    assert item.done
    assert plain.read(6) == b"queued"


def test_what_found_the_lock_taken_is_written_by_who_has_it(plain: Ends) -> None:
    writes = plain.stream.writes
    sent: list[bytes] = [b"second"]
    writes._out_lock = Turnstile(  # type: ignore[assignment]
        lambda: None, lambda: writes.submit(sent.pop()) if sent else None
    )
    plain.stream.send(b"first ", DEADLINE)
    assert plain.read(12) == b"first second"
    assert not writes.pending


def test_control_frames_queue_behind_a_blocked_writer(ends: Ends) -> None:
    fill(ends)
    ends.stream.writes.submit(b"ping")
    assert ends.stream.writes.pending

    def drain() -> None:
        while ends.stream.writes.pending:
            assert ends.stream.wait(Deadline(DEADLINE), write=True)
            ends.stream.writes.drain()

    drainer = Background(drain)
    assert ends.read(len(BIG) + 4) == BIG + b"ping"
    drainer.join()


def test_write_timeout_before_the_message_began(ends: Ends) -> None:
    first = fill(ends)
    with pytest.raises(WriteStalledError) as caught:
        ends.stream.send(b"never", 0.05)
    assert not caught.value.partial
    assert ends.stream.writes.pending
    reader = Background(lambda: ends.read(len(BIG) + 5))
    ends.stream.writes.finish(first, DEADLINE)
    ends.stream.send(b"later", DEADLINE)
    assert reader.join() == BIG + b"later"


def test_write_timeout_in_the_middle_of_a_message(ends: Ends) -> None:
    item = fill(ends)
    with pytest.raises(WriteStalledError) as caught:
        ends.stream.writes.finish(item, 0.05)
    assert caught.value.partial
    assert not ends.stream.writes.pending, "nothing can be written any more"
    with pytest.raises(BrokenPipeError, match="cut off by write_timeout"):
        ends.stream.send(b"after", DEADLINE)


def test_progress_restarts_write_timeout(plain: Ends) -> None:
    item = fill(plain)
    writer = Background(lambda: plain.stream.writes.finish(item, 0.5))
    got = 0
    while got < len(BIG):
        got += len(plain.peer.recv(1 << 20))
    writer.join()
    plain.stream.writes.finish(item, 0.0)  # done: no timeout


def test_a_write_done_meanwhile_does_not_time_out(plain: Ends) -> None:
    item = Outgoing(b"x")
    item.done = True
    plain.stream.writes._give_up(item)


def test_withdrawing_a_message_others_build_on(plain: Ends) -> None:
    restarts: list[str] = []
    lock = threading.Lock()

    def withdrawn() -> None:
        assert lock.locked()
        restarts.append("again")

    fill(plain)
    item = plain.stream.writes.submit(b"compressed", withdrawn)
    with pytest.raises(WriteStalledError) as caught:
        plain.stream.writes.finish(item, 0.05, lock)
    assert not caught.value.partial
    assert restarts == ["again"]
    one = plain.stream.writes.submit(b"compressed 1", withdrawn)
    plain.stream.writes.submit(b"plain")
    plain.stream.writes.submit(b"compressed 2", withdrawn)
    with pytest.raises(WriteStalledError) as caught:
        plain.stream.writes.finish(one, 0.05, lock)
    assert caught.value.partial, "the second cannot be read without the first"
    assert restarts == ["again"]


def test_what_the_peer_has_taken_where_the_kernel_does_not_tell() -> None:
    """Linux does not for a socket that listens."""
    with socket.create_server(("127.0.0.1", 0)) as listener:
        poller = Poller(listener)
        writes = WriteQueue(listener, poller)
        writes._written = 7
        assert writes.taken == 7
        poller.close(shutdown=False)


def test_an_interrupt_while_the_kernel_is_asked_leaves_nobody_inside(plain: Ends) -> None:
    """As from `Session.ping`, in the main thread: the socket would never be closed."""

    class Users(list[None]):
        def append(self, item: None) -> None:
            super().append(item)
            signal.raise_signal(signal.SIGINT)

    users = plain.stream.writes._poller._users = Users()
    with pytest.raises(KeyboardInterrupt):
        _ = plain.stream.writes.taken
    assert list(users) == []


def test_a_socket_that_seemed_to_take_more_and_does_not(monkeypatch: pytest.MonkeyPatch) -> None:
    """What woke the writer may have been for another one: its time goes on."""
    with connected(False) as ends:
        writes, looked = ends.stream.writes, []

        class Full:
            def send(self, data: memoryview) -> int:
                if len(looked) < 3:
                    raise BlockingIOError
                return len(data)

        def wait(deadline: Deadline, **_: bool) -> bool:
            looked.append(deadline)
            return True

        monkeypatch.setattr(writes, "_sock", Full())
        monkeypatch.setattr(writes._poller, "wait", wait)
        writes.send(b"x", DEADLINE)
        assert len(looked) == 3
        assert looked[0] is looked[2]


def test_a_broken_send_is_told_to_everybody_who_waits(plain: Ends) -> None:
    item = fill(plain)
    writers = [Background(lambda: plain.stream.writes.finish(item, None)) for _ in range(2)]
    plain.peer.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, b"\1\0\0\0\0\0\0\0")
    plain.peer.close()
    for writer in writers:
        with pytest.raises(OSError):  # noqa: PT011
            writer.join()


def test_what_comes_after_a_broken_send_is_told_the_same(plain: Ends) -> None:
    writes = plain.stream.writes
    plain.peer.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, b"\1\0\0\0\0\0\0\0")
    plain.peer.close()
    wait_for(lambda: writes.submit(b"a") is None or writes._error is not None)
    assert writes._write_at_once(b"b", None) is None
    with pytest.raises(ConnectionError):
        plain.stream.send(b"c", DEADLINE)


# ---- many threads with long messages: one waits for the socket, the others behind it


def long(letter: bytes, pieces: int = 40) -> Iterator[bytes]:
    for _ in range(pieces):
        yield letter * 50_000


def test_long_messages_take_turns(ends: Ends, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(module, "HEARTBEAT", 60.0)  # nobody depends on it
    writes, most, inside = ends.stream.writes, [0], [0]
    wait = writes._poller.wait

    def counted(*arguments: Any, **named: Any) -> bool:
        inside[0] += 1
        most[0] = max(most[0], inside[0])
        try:
            return wait(*arguments, **named)
        finally:
            inside[0] -= 1

    def write(letter: bytes) -> None:
        for _ in range(2):
            writes.finish(writes.submit(letter, behind=long(letter)), DEADLINE)

    monkeypatch.setattr(writes._poller, "wait", counted)
    size, letters = 1 + 40 * 50_000, (b"a", b"b", b"c")
    writers = [Background(lambda letter=letter: write(letter)) for letter in letters]  # type: ignore[misc]
    got = ends.read(2 * len(letters) * size)
    for writer in writers:
        writer.join()
    messages = sorted(got[begin : begin + size] for begin in range(0, len(got), size))
    assert messages == [letter * size for letter in letters for _ in range(2)]
    assert most == [1]
    assert writes._behind == []


def two_long_ones(ends: Ends, monkeypatch: pytest.MonkeyPatch, timeout: float) -> list[Background]:
    """One thread waits for the socket, another behind it, with a timeout of its own."""
    monkeypatch.setattr(module, "HEARTBEAT", 60.0)
    writes = ends.stream.writes
    first = writes.submit(b"a", behind=long(b"a", 250))
    writers = [Background(lambda: writes.finish(first, timeout))]
    wait_for(writes._watch.locked)
    second = writes.submit(b"b", behind=long(b"b"))
    writers.append(Background(lambda: writes.finish(second, DEADLINE)))
    wait_for(lambda: writes._behind)
    return writers


def test_who_gives_up_wakes_who_waits_behind(ends: Ends, monkeypatch: pytest.MonkeyPatch) -> None:
    first, second = two_long_ones(ends, monkeypatch, 0.2)
    with pytest.raises(WriteStalledError):
        first.join()
    with pytest.raises(BrokenPipeError, match="cut off by write_timeout"):
        second.join()


def test_closing_wakes_who_waits_behind(ends: Ends, monkeypatch: pytest.MonkeyPatch) -> None:
    writers = two_long_ones(ends, monkeypatch, DEADLINE)
    ends.stream.close()
    for writer in writers:
        with pytest.raises(BrokenPipeError, match="closed while sending"):
            writer.join()


def test_who_waits_behind_gives_up_in_time(ends: Ends, monkeypatch: pytest.MonkeyPatch) -> None:
    fill(ends)
    writes = ends.stream.writes
    item = writes.submit(b"b", behind=long(b"b"))
    with writes._watch, pytest.raises(WriteStalledError) as caught:
        writes.finish(item, 0.05)
    assert not caught.value.partial


def test_a_turn_that_is_free_meanwhile_is_not_waited_for_but_passed_on(plain: Ends) -> None:
    writes, other = plain.stream.writes, threading.Lock()
    other.acquire()
    item = Outgoing(b"x")
    with shielded() as shield:
        writes._wait_behind(item, Deadline(DEADLINE), shield)
    item.end()
    writes._behind.append(other)
    with shielded() as shield:
        writes._wait_behind(item, Deadline(DEADLINE), shield)
    assert not other.locked()
    assert writes._behind == [other]


def test_an_interrupt_passes_the_turn_on(monkeypatch: pytest.MonkeyPatch) -> None:
    with connected(False) as ends:
        monkeypatch.setattr(module, "HEARTBEAT", 60.0)
        writes = ends.stream.writes
        first = writes.submit(b"a", behind=long(b"a", 250))
        followers: list[Background] = []

        def follow() -> None:
            second = writes.submit(b"b", behind=long(b"b"))
            followers.append(Background(lambda: writes.finish(second, DEADLINE)))

        timer = threading.Timer(0.05, follow)
        timer.start()
        with interrupt_soon(), pytest.raises(KeyboardInterrupt):
            writes.finish(first, DEADLINE)
        timer.join()
        size = 1 + 250 * 50_000 + 1 + 40 * 50_000
        assert len(ends.read(size)) == size
        followers[0].join()


def test_a_write_that_is_done_wakes_one_thread_only_once() -> None:
    item = Outgoing(b"x")
    item.gate = threading.Lock()
    item.end()
    assert item.done


def test_a_handshake_whose_bytes_leave_in_two_goes(monkeypatch: pytest.MonkeyPatch) -> None:
    with connected(False) as ends:
        stream = ends.stream
        calls: list[object] = []
        drain = stream.writes.drain
        monkeypatch.setattr(stream.writes, "drain", lambda: calls.append(1) if len(calls) < 2 else drain())
        stream.writes._queue.append(Outgoing(b"hello"))
        stream.writes.flush(Deadline(DEADLINE))
        assert ends.read(5) == b"hello"
