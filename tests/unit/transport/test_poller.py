"""Waiting, waking, and closing when nobody is inside."""

from __future__ import annotations

import errno
import os
import select
import socket
import threading

import pytest

from kontena_ws_nb.transport import poller
from kontena_ws_nb.transport.deadline import Deadline
from kontena_ws_nb.transport.poller import Poller
from tests.lab.ends import DEADLINE, Background, Ends, fill, receive


def test_waiting_for_nothing_ends_with_the_deadline(plain: Ends) -> None:
    assert not plain.stream.wait(Deadline(0.01))
    assert not plain.stream.wait(Deadline(-1))
    assert plain.stream.wait(Deadline(0.0), write=True)


def test_wake(plain: Ends) -> None:
    waiter = Background(lambda: plain.stream.wait(Deadline(None)))
    plain.stream.wake()
    assert waiter.join()
    for _ in range(5000):  # more than the pair holds is no error
        plain.stream.wake()
    assert plain.stream.wait(Deadline(DEADLINE))
    assert not plain.stream.wait(Deadline(0.01)), "all wakes were taken"


def test_a_wake_does_not_reach_writers(plain: Ends) -> None:
    fill(plain)
    plain.stream.wake()
    assert not plain.stream.wait(Deadline(0.02), read=False, write=True)
    assert plain.stream.wait(Deadline(0)), "the reader's wake is still there"


def test_a_wake_that_was_taken_already(plain: Ends) -> None:
    plain.stream._poller._take_wakes()
    assert not plain.stream.wait(Deadline(0.01))


def test_what_is_expected_at_once_gathers(plain: Ends) -> None:
    poller, sock = plain.stream._poller, plain.stream._sock
    plain.peer.sendall(b"few")
    assert poller.wait(Deadline(DEADLINE), read=True, write=False, least=50_000), "not for long"
    assert sock.getsockopt(socket.SOL_SOCKET, socket.SO_RCVLOWAT) == 50_000
    assert not select.select([sock], [], [], 0)[0]
    assert not poller.wait(Deadline(0.001), read=True, write=False, least=50_000)
    assert poller.wait(Deadline(0), read=False, write=True), "of no concern to who writes"
    fill(plain)
    assert not poller.wait(Deadline(0.05), read=False, write=True)
    assert receive(plain.stream, 3) == b"few", "what is there can be read all the same"
    plain.peer.sendall(b"x" * 50_000)
    assert poller.wait(Deadline(DEADLINE), read=True, write=False, least=50_000)
    assert select.select([sock], [], [], 0)[0]
    assert poller.wait(Deadline(DEADLINE), read=True, write=False)
    assert sock.getsockopt(socket.SOL_SOCKET, socket.SO_RCVLOWAT) == 1
    assert receive(plain.stream, 50_000) == b"x" * 50_000


def test_an_end_comes_through_whatever_is_expected(plain: Ends) -> None:
    plain.peer.shutdown(socket.SHUT_WR)
    assert plain.stream._poller.wait(Deadline(DEADLINE), read=True, write=False, least=50_000)
    assert plain.stream.receive_into(memoryview(bytearray(1))) == 0


def test_where_it_cannot_be_asked_for_nothing_gathers(plain: Ends, monkeypatch: pytest.MonkeyPatch) -> None:
    refused = []

    class Other:
        def setsockopt(self, *args: object) -> None:
            refused.append(args)
            raise OSError(errno.ENOPROTOOPT, "no")

    with monkeypatch.context() as patched:
        patched.setattr(plain.stream._poller, "_sock", Other())
        for _ in range(2):
            assert not plain.stream._poller.wait(Deadline(0.02), read=True, write=False, least=50_000)
    assert len(refused) == 1, "asked once"
    assert plain.stream._sock.getsockopt(socket.SOL_SOCKET, socket.SO_RCVLOWAT) == 1


def test_who_is_inside_is_waited_for() -> None:
    near, far = socket.socketpair()
    near.setblocking(False)
    poller = Poller(near)
    assert poller.enter()
    assert poller.close(shutdown=True)
    assert near.fileno() != -1
    assert not poller.enter()
    assert not poller.close(shutdown=True)
    poller.leave()
    assert near.fileno() == -1
    far.close()


def test_who_leaves_while_another_thread_closes_waits_for_it(monkeypatch: pytest.MonkeyPatch) -> None:
    near, far = socket.socketpair()
    near.setblocking(False)
    poller = Poller(near)
    assert poller.enter()
    leaver, wake = threading.Thread(target=poller.leave), poller._send_wake

    def slow_wake() -> None:
        leaver.start()
        leaver.join(0.05)
        wake()  # needs an open socket

    monkeypatch.setattr(poller, "_send_wake", slow_wake)
    assert poller.close(shutdown=True)
    leaver.join(10)
    assert near.fileno() == -1
    far.close()


def test_writers_share_one_pair() -> None:
    near, far = socket.socketpair()
    poller = Poller(near)
    assert poller._writers_wake() is poller._writers_wake()
    poller.close(shutdown=False)
    far.close()


def test_a_writer_that_comes_in_with_the_end() -> None:
    near, far = socket.socketpair()
    near.setblocking(False)
    poller = Poller(near)
    assert poller.enter()
    poller.close(shutdown=False)
    assert poller._writers_wake().recv(1) == b"", "it does not wait"
    poller.leave()
    far.close()


def test_a_poller_that_could_not_be_made_leaves_the_socket_alone(plain: Ends, monkeypatch: pytest.MonkeyPatch) -> None:
    def full() -> tuple[socket.socket, socket.socket]:
        raise OSError(errno.EMFILE, os.strerror(errno.EMFILE))

    monkeypatch.setattr(poller, "_pair", full)
    ours, theirs = socket.socketpair()
    with ours, theirs:
        with pytest.raises(OSError, match="Too many open files"):
            Poller(ours)
        ours.sendall(b"still there")
        assert theirs.recv(11) == b"still there"
