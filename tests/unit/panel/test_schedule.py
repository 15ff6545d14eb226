"""Messages that are sent again and again: when, how often, and until when."""

from __future__ import annotations

import threading
from collections.abc import Callable
from typing import Any

import pytest

import kontena_ws_nb as kws
from kontena_ws_nb.conversation.template import TemplateError
from kontena_ws_nb.errors import SocketError
from kontena_ws_nb.feed.comm_messages import RequestError
from kontena_ws_nb.log.log import MessageLog
from kontena_ws_nb.panel import schedule as module
from kontena_ws_nb.panel.schedule import FAILURES, Schedule, Schedules
from tests.lab.waiting import wait_for
from tests.unit.panel.conversation import Conversation, Page


class Clock:
    """Time that passes while a schedule waits, and as long as sending takes; also the log it waits on."""

    def __init__(self, until: float = 1e9) -> None:
        self.now = 100.0
        self.until = until
        self.state = "open"
        self.took: list[float] = []
        self.sent: list[float] = []
        self.told = 0
        self.states: list[str] = []

    def wait_for(self, done: Callable[[], bool], timeout: float) -> bool:
        self.now += max(timeout / 2, 1e-6)  # a wait may return early
        if self.now >= self.until:
            self.state = "closed"
        return done()

    def wake(self) -> None: ...

    def send(self, data: str | bytes) -> None:
        self.sent.append(round(self.now - 100.0, 1))
        self.now += self.took.pop(0) if self.took else 0.0
        if isinstance(data, bytes):
            raise SocketError("the connection is closed")

    def tell(self) -> None:
        self.told += 1

    def run(self, every: float, count: int | None = None, make: Callable[[], Any] = lambda: "hello") -> Schedule:
        schedule = Schedule(
            "feed",
            self,
            lambda: self.state,
            self.send,
            make,
            every,
            count,
            self.tell,
            lambda: self.now,  # type: ignore[arg-type]
        )
        schedule.begin()
        assert schedule._thread is not None
        schedule._thread.join(10)
        assert not schedule.running
        return schedule


def test_the_first_goes_at_once_and_times_do_not_drift() -> None:
    clock = Clock()
    clock.took = [0.3, 0.4]
    schedule = clock.run(5, 4)
    assert clock.sent == [0, 5, 10, 15]
    assert (schedule.sent, schedule.error) == (4, "")
    assert repr(schedule) == "<Schedule to feed every 5 s, ended, 4 of 4 sent>"
    assert schedule.info() == {
        "of": "feed", "every": 5, "count": 4, "sent": 4, "running": 0, "next": 0.0, "error": ""
    }  # fmt: skip


def test_what_was_missed_is_left_out_never_a_burst() -> None:
    clock = Clock()
    clock.took = [17.0, 5.0]
    clock.run(5, 3)
    assert clock.sent == [0, 20, 30], "what is due while another one is sent is not sent behind it"


def test_it_ends_with_its_session() -> None:
    clock = Clock(until=112)
    schedule = clock.run(5)
    assert clock.sent == [0, 5, 10]
    assert repr(schedule) == "<Schedule to feed every 5 s, ended, 3 sent>"


def test_while_it_connects_nothing_is_sent_and_nothing_fails() -> None:
    clock = Clock(until=100 + 50)
    clock.state = "connecting"
    schedule = clock.run(1)
    assert (clock.sent, schedule.error) == ([], "not sent: connecting")


def test_failures_are_told_and_ten_in_a_row_end_it() -> None:
    clock = Clock()
    schedule = clock.run(1, make=lambda: b"refused")
    assert len(clock.sent) == FAILURES
    assert schedule.error == "not sent: the connection is closed (10 times in a row: ended)"
    assert clock.told == FAILURES + 1, "each is told at once"


def test_one_that_succeeds_forgets_what_failed() -> None:
    answers = iter([TemplateError("{{x}}: NameError:\nx", "{{x}}", 0), ValueError(), "b", *[KeyError("k")] * 9, "c"])

    def make() -> str:
        answer = next(answers)
        if isinstance(answer, Exception):
            raise answer
        return answer

    clock = Clock()
    seen: list[str] = []
    clock.tell = lambda: seen.append(schedule.error if schedule else "")  # type: ignore[method-assign]
    schedule: Any = None
    schedule = Schedule("feed", clock, lambda: "open", clock.send, make, 1, 2, clock.tell, lambda: clock.now)  # type: ignore[arg-type]
    schedule.begin()
    schedule._thread.join(10)
    assert (schedule.sent, schedule.error) == (2, "")
    assert seen[:3] == ["not sent: {{x}}: NameError: x", "not sent: ValueError", ""]


def test_fast_ones_are_told_of_twice_a_second() -> None:
    clock = Clock()
    clock.run(0.1, 50)
    assert 9 <= clock.told <= 12


@pytest.mark.parametrize(("every", "count"), [(0.05, None), (86_401, None), (float("nan"), None), (1, 0), (1, 10**7)])
def test_what_no_schedule_can_be(every: float, count: int | None) -> None:
    with pytest.raises(ValueError, match=r"(every|count) must be"):
        Schedule("feed", MessageLog(), lambda: "open", print, lambda: "", every, count, print)


def a_schedule(log: MessageLog, made: Callable[[], str] = lambda: "again", to: str = "feed") -> Schedule:
    return Schedule(to, log, lambda: "open", lambda data: log.add("text", str(data).encode()), made, 3600, None, print)


def test_stop_ends_it_at_once_also_from_its_own_thread() -> None:
    log = MessageLog()
    schedule = a_schedule(log)
    schedule.begin()
    log.wait_for(lambda: len(log) == 1, 10)
    schedule.stop()
    assert not schedule.running

    def made() -> str:
        itself.stop()
        return "last"

    itself = a_schedule(log, made)
    itself.begin()
    wait_for(lambda: not itself.running, what="it goes on")
    assert [message.text for message in log] == ["again", "last"]


def test_one_a_session_and_none_when_the_panel_is_closed() -> None:
    log = MessageLog()
    told: list[int] = []
    schedules = Schedules(lambda: told.append(1))
    first, second, other = a_schedule(log), a_schedule(log), a_schedule(log, to="other")
    for one in (first, second, other):
        schedules.begin(one)
    assert (first.running, second.running, other.running, len(told)) == (False, True, True, 3)
    schedules.stop("nobody")
    schedules.stop("other", wait=True)
    assert schedules.all == [second, other], "what came of it can still be read"
    schedules.begin(first := a_schedule(log))
    assert schedules.all == [first]
    schedules.close()
    assert not first.running
    with pytest.raises(RequestError, match="the panel is closed"):
        schedules.begin(a_schedule(log))


def test_without_a_thread_it_does_not_run(monkeypatch: pytest.MonkeyPatch) -> None:
    def none(*_arguments: object) -> None:
        raise kws.Error("no threads")

    monkeypatch.setattr(module, "start_thread", none)
    schedule = a_schedule(MessageLog())
    with pytest.raises(kws.Error, match="no threads"):
        schedule.begin()
    assert not schedule.running
    schedule.stop()


# ---- of a panel


def test_python_schedules(open_panel: Callable[..., Page], session: Conversation) -> None:
    page = open_panel(session)
    panel = page.panel
    numbers = iter(range(10))
    for message, sent in (
        ("{{1 + 1}}", "2"),
        (lambda: f"n{next(numbers)}", "n0"),
        (b"\x00", b"\x00"),
    ):
        schedule = panel.schedule(message, every=60)
        session.messages.wait_for(lambda sent=sent: session.messages[-1:] and session.messages[-1].data == sent, 10)
        assert session.messages[-1].data == sent
    assert panel.schedule("{{x}}", every=60, raw=True, to=session, count=1).count == 1
    session.messages.wait_for(lambda: session.messages[-1].data == "{{x}}", 10)
    assert not schedule.running, "another one takes its place"
    page.until(lambda said: said["k"] == "schedules" and not any(one["running"] for one in said["schedules"]))
    assert panel._scheduled is False
    with pytest.raises(ValueError, match="not shown in this panel"):
        panel.schedule("x", 1, to=Conversation("other"))
    panel.show(session, MessageLog())
    with pytest.raises(ValueError, match="2 sessions are shown: say which"):
        panel.schedule("x", 1)
    panel.show(MessageLog())
    with pytest.raises(ValueError, match="log cannot send"):
        panel.schedule("x", 1)


def test_closing_the_panel_ends_its_schedules(open_panel: Callable[..., Page], session: Conversation) -> None:
    panel = open_panel(session).panel
    schedule = panel.schedule("x", every=0.1)
    session.messages.wait_for(lambda: len(session.messages) >= 2, 10)
    assert panel._scheduled is True
    panel.close()
    assert not schedule.running
    assert [one.running for one in panel.schedules] == [False]
    assert not any(thread.name == "kontena-ws-schedule" for thread in threading.enumerate())


def test_closing_the_session_ends_it_at_once(open_panel: Callable[..., Page], session: Conversation) -> None:
    schedule = open_panel(session).panel.schedule("x", every=3600)
    session.messages.wait_for(lambda: len(session.messages) == 1, 10)
    session.close(1000, "")
    wait_for(lambda: not schedule.running, what="the schedule goes on")
