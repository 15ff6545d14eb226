"""Flat combining: every job once and in order, whoever does it; an interrupt loses nothing."""

from __future__ import annotations

import threading
from typing import Any

import pytest

from kontena_ws_nb.log.combiner import Combiner


class Note:
    """A job."""

    def __init__(self, text: str) -> None:
        self.done = False
        self.error: Exception | None = None
        self.text = text


class Desk:
    """Does jobs by noting them; can be made to stumble or to wait."""

    def __init__(self) -> None:
        self.notes: list[str] = []
        self.afters = 0
        self.stumbles: list[BaseException] = []
        self.gate: threading.Event | None = None
        self.reached = threading.Event()
        self.combiner: Combiner[Note] = Combiner(self.perform, self.after)

    def perform(self, job: Note) -> None:
        if self.gate is not None:
            self.reached.set()
            assert self.gate.wait(10)
        if self.stumbles:
            raise self.stumbles.pop()
        self.notes.append(job.text)

    def after(self) -> None:
        self.afters += 1


def test_alone() -> None:
    desk = Desk()
    desk.combiner.offer(Note("a"))
    desk.combiner.submit(Note("b"))
    desk.combiner.help()
    assert desk.notes == ["a", "b"]
    assert desk.afters == 2


def test_who_offers_does_not_wait_for_who_works() -> None:
    desk = Desk()
    desk.gate = threading.Event()
    worker = threading.Thread(target=desk.combiner.submit, args=(Note("slow"),))
    worker.start()
    assert desk.reached.wait(10)
    offered = Note("offered")
    desk.combiner.offer(offered)  # would hang here
    desk.combiner.help()  # somebody is at it
    assert not offered.done
    desk.gate.set()
    worker.join(10)
    assert desk.notes == ["slow", "offered"]


def test_what_is_offered_while_the_role_is_given_back_is_done_by_who_gives_it_back() -> None:
    desk = Desk()

    class Role:
        """A lock in whose last held moment somebody else offers."""

        def __init__(self) -> None:
            self.held = False

        def acquire(self, blocking: bool = True) -> bool:
            assert not blocking
            return not self.held

        def locked(self) -> bool:
            return self.held

        def __enter__(self) -> None:
            self.held = True

        def __exit__(self, *exc: object) -> None:
            if desk.notes == ["a"]:
                desk.combiner.offer(Note("late"))
                assert desk.notes == ["a"]
            self.held = False

    desk.combiner._role = Role()  # type: ignore[assignment]
    desk.combiner.submit(Note("a"))
    assert desk.notes == ["a", "late"]


def test_at_once() -> None:
    desk = Desk()
    assert desk.combiner.at_once(lambda text: [text], "a") == ["a"]
    desk.combiner._queue.append(Note("first"))
    assert desk.combiner.at_once(lambda: "b") is None, "others come first"
    desk.combiner.help()
    assert desk.notes == ["first"]


def test_what_is_offered_while_something_is_done_at_once_is_done_afterwards() -> None:
    desk = Desk()

    def act() -> str:
        desk.combiner.offer(Note("late"))
        assert not desk.notes, "the role is taken"
        return "done"

    assert desk.combiner.at_once(act) == "done"
    assert desk.notes == ["late"]


def test_what_is_queued_before_the_role_is_had_comes_first() -> None:
    desk = Desk()

    class Role:
        """A lock that is had when somebody has just queued something."""

        def locked(self) -> bool:
            return False

        def __enter__(self) -> None:
            if not desk.notes:
                desk.combiner._queue.append(Note("first"))
                desk.notes.append("queued")

        def __exit__(self, *exc: object) -> None:
            pass

    desk.combiner._role = Role()  # type: ignore[assignment]
    assert desk.combiner.at_once(lambda: "done") is None
    assert desk.notes == ["queued", "first"]


def test_offered_at_once() -> None:
    desk = Desk()
    assert desk.combiner.offer_at_once(lambda text: [text], "a") == ["a"]
    with desk.combiner._role:
        assert desk.combiner.offer_at_once(lambda: "b") is None, "it does not wait"
    desk.combiner._queue.append(Note("first"))
    assert desk.combiner.offer_at_once(lambda: "c") is None, "others come first"
    desk.combiner.help()

    def act() -> str:
        desk.combiner.offer(Note("late"))
        return "done"

    assert desk.combiner.offer_at_once(act) == "done"
    assert desk.notes == ["first", "late"]


def test_what_is_queued_before_the_role_is_had_comes_first_for_who_offers_too() -> None:
    desk = Desk()

    class Role:
        """A lock that is had when somebody has just queued something."""

        def __init__(self) -> None:
            self.lock = threading.Lock()

        def acquire(self, blocking: bool = True) -> bool:
            desk.combiner._queue.append(Note("first"))
            return self.lock.acquire(blocking)

        def __getattr__(self, name: str) -> Any:
            return getattr(self.lock, name)

        def __enter__(self) -> bool:
            return self.lock.__enter__()

        def __exit__(self, *exc: object) -> None:
            self.lock.release()

    desk.combiner._role = Role()  # type: ignore[assignment]
    assert desk.combiner.offer_at_once(lambda: "done") is None
    assert desk.notes == ["first"]


@pytest.mark.parametrize("way", ["offer", "submit"])
def test_an_error_goes_to_who_queued_the_job_and_the_others_go_on(way: str, caplog: pytest.LogCaptureFixture) -> None:
    desk = Desk()
    desk.stumbles = [MemoryError("no")]
    with pytest.raises(MemoryError):
        getattr(desk.combiner, way)(Note("lost"))
    desk.combiner.submit(Note("next"))
    assert desk.notes == ["next"]
    assert [record.message for record in caplog.records] == ["writing to the log failed"]


def test_an_interrupt_keeps_the_job_queued() -> None:
    desk = Desk()
    desk.stumbles = [KeyboardInterrupt()]
    with pytest.raises(KeyboardInterrupt):
        desk.combiner.submit(Note("resumed"))
    assert desk.notes == ["resumed"]  # by the help on the way out
    desk.stumbles = [KeyboardInterrupt(), KeyboardInterrupt()]
    with pytest.raises(KeyboardInterrupt):
        desk.combiner.submit(Note("late"))
    desk.combiner.offer(Note("reader"))
    assert desk.notes == ["resumed", "late", "reader"]


def test_a_job_done_before_the_interrupt_is_not_done_again() -> None:
    desk = Desk()
    job = Note("done")
    job.done = True
    desk.combiner._queue.append(job)
    desk.combiner.help()
    assert desk.notes == []
