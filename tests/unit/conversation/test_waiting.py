"""Waiting in event loops: it does not block, lose messages, starve other tasks or start threads, and closed loops do no harm."""

from __future__ import annotations

import asyncio
import contextlib
import gc
import threading
import time
from collections.abc import Awaitable, Callable
from typing import Any

import pytest

from kontena_ws_nb.conversation import waiting as steps
from kontena_ws_nb.conversation.waiting import Flow
from kontena_ws_nb.errors import CloseError, SocketError, TimeoutError
from kontena_ws_nb.log.message import Message
from tests.lab.talk import Talk, later

QUESTIONS: dict[str, Callable[[Talk], Awaitable[object]]] = {
    "read": lambda talk: talk.aread(None),
    "expect": lambda talk: talk.aexpect("never", None),
    "request": lambda talk: talk.arequest("x", "never", None),
    "collect": lambda talk: talk.acollect(5, timeout=None),
    "wait_closed": lambda talk: talk.wait_closed(),
    "iterate": lambda talk: talk.__aiter__().__anext__(),
}


async def waiting(talk: Talk, count: int = 1) -> None:
    """Give the loop turns until so many wait."""
    while len(talk.messages._waiters._gates) < count:  # noqa: ASYNC110 - there is no event for it
        await asyncio.sleep(0)


@pytest.mark.parametrize("question", QUESTIONS)
def test_the_loop_goes_on_and_no_thread_is_made(question: str) -> None:
    talk = Talk()

    async def program() -> int:
        before = threading.active_count()
        task = asyncio.ensure_future(QUESTIONS[question](talk))
        await waiting(talk)
        made = threading.active_count() - before
        talk.hear("1", "2", "never", "4", "5")
        talk.over()
        await asyncio.wait_for(task, 10)
        return made

    assert asyncio.run(program()) == 0
    assert not talk.messages._waiters._gates


@pytest.mark.parametrize("question", QUESTIONS)
def test_cancelled_at_once_and_nothing_is_lost(question: str) -> None:
    talk = Talk()

    async def program() -> list[str]:
        task = asyncio.ensure_future(QUESTIONS[question](talk))
        await waiting(talk)
        started = time.monotonic()
        task.cancel()
        with pytest.raises(asyncio.CancelledError):
            await task
        assert time.monotonic() - started < 1
        assert not talk.messages._waiters._gates
        talk.hear("a", "b")
        return [message.text for message in await talk.acollect(2)] + [(await talk.aread()).text]  # type: ignore[union-attr]

    assert asyncio.run(program()) == ["a", "b", "a"]


def test_a_cancelled_read_takes_no_message_also_when_one_is_there() -> None:
    """Cancelled before its first step, after the loop was given its turn."""
    talk = Talk()
    talk.hear("a", "b")

    async def program() -> str:
        steps._turns.last = 0.0
        task = asyncio.ensure_future(talk.aread())
        await asyncio.sleep(0)  # it has begun, and gives the loop its turn
        task.cancel()
        with pytest.raises(asyncio.CancelledError):
            await task
        return (await talk.aread()).text  # type: ignore[union-attr]

    assert asyncio.run(program()) == "a"


def test_cancelled_in_the_moment_a_message_comes() -> None:
    """The wake-up is on its way to the loop already, and finds nobody."""
    talk = Talk()

    async def program() -> str:
        task = asyncio.ensure_future(talk.aread())
        await waiting(talk)
        talk.hear("a")
        task.cancel()
        with pytest.raises(asyncio.CancelledError):
            await task
        await asyncio.sleep(0)
        return (await talk.aread()).text  # type: ignore[union-attr]

    assert asyncio.run(program()) == "a"


def test_many_tasks_read_at_one_cursor() -> None:
    talk = Talk()
    got: list[int] = []

    async def read() -> None:
        while (message := await talk.aread(10)) is not None:
            got.append(message.index)

    async def program() -> None:
        tasks = [asyncio.ensure_future(read()) for _ in range(10)]
        await waiting(talk, 10)
        for number in range(200):
            talk.hear(str(number))
            if number % 10 == 0:
                await asyncio.sleep(0)
        talk.over()
        await asyncio.gather(*tasks)

    asyncio.run(program())
    assert sorted(got) == list(range(200))


def test_loops_in_several_threads_and_a_thread_without() -> None:
    talk = Talk()
    got: list[str] = []
    ready = threading.Barrier(4)

    async def program() -> None:
        await asyncio.to_thread(ready.wait, 10)
        got.append((await talk.aexpect("go", 10, since=0)).text)

    def thread() -> None:
        ready.wait(10)
        got.append(talk.expect("go", 10, since=0).text)

    threads = [threading.Thread(target=lambda: asyncio.run(program())) for _ in range(3)]
    threads.append(threading.Thread(target=thread))
    for each in threads:
        each.start()
    for number in range(100):
        talk.hear(str(number))
    talk.hear("go")
    for each in threads:
        each.join(10)
    assert got == ["go"] * 4


def test_iteration_goes_on_after_a_cancellation_and_ends() -> None:
    talk = Talk()

    async def program() -> list[str]:
        walk = talk.__aiter__()
        assert walk.__aiter__() is walk
        task = asyncio.ensure_future(walk.__anext__())
        await waiting(talk)
        task.cancel()
        with contextlib.suppress(asyncio.CancelledError):
            await task
        talk.hear("a")
        timer = later(talk.hear, "b")
        got = []
        async for message in walk:
            got.append(message.text)
            if message.text == "b":
                talk.over()
        timer.join()
        return got

    assert asyncio.run(program()) == ["a", "b"]


def test_iteration_raises_why_it_ended() -> None:
    talk = Talk()
    talk.hear("a")
    talk.over(CloseError(4000))

    async def program() -> list[Message]:
        return [message async for message in talk]

    with pytest.raises(CloseError):
        asyncio.run(program())


def test_wait_closed_is_not_woken_by_messages() -> None:
    talk = Talk()

    async def program() -> Any:
        task = asyncio.ensure_future(talk.wait_closed())
        await waiting(talk)
        (gate,) = talk.messages._waiters._gates
        talk.hear(*(["x"] * 100))
        called = gate._called  # type: ignore[attr-defined]
        talk.over(CloseError(1001))
        await asyncio.wait_for(task, 10)  # raises nothing
        await talk.wait_closed()
        return called

    assert asyncio.run(program()) is False


# ---- floods


@pytest.mark.parametrize("question", ["read", "iterate", "expect", "collect", "misses"])
def test_a_flood_does_not_starve_the_loop(question: str) -> None:
    """Enough is there for seconds: another task gets its turns all the same."""
    talk = Talk()
    talk.hear(*(["x"] * 20_000))
    talk.over()

    async def walk() -> None:
        async for _ in talk:
            pass

    async def read() -> None:
        while await talk.aread() is not None:
            pass

    async def missed() -> None:
        with pytest.raises(TimeoutError):
            await talk.aexpect("never", 0, since=20_000)

    questions: dict[str, Callable[[], Any]] = {
        "read": read,
        "iterate": walk,
        "expect": lambda: talk.acollect(20_000),
        "collect": lambda: talk.acollect(until=lambda message: message.index == 19_999),
        "misses": missed,
    }
    if question == "misses":
        talk._done.clear()
        talk.hear(*(["{" * 50_000] * 1_000))

    async def program() -> tuple[int, float]:
        task = asyncio.ensure_future(questions[question]())
        turns, longest, last = 0, 0.0, time.thread_time()
        while not task.done():
            await asyncio.sleep(0)
            turns, now = turns + 1, time.thread_time()
            longest, last = max(longest, now - last), now
        await task
        return turns, longest

    gc.disable()  # what else this process holds is none of the loop's business
    try:
        turns, longest = asyncio.run(program())
    finally:
        gc.enable()
    assert turns > 5
    assert longest < 20 * steps.SLICE


def test_a_busy_loop_is_called_once_however_much_comes() -> None:
    talk = Talk()

    async def program() -> int:
        loop = asyncio.get_running_loop()
        calls = 0
        schedule = loop.call_soon_threadsafe

        def counted(*arguments: Any, **named: Any) -> Any:
            nonlocal calls
            calls += 1
            return schedule(*arguments, **named)

        task = asyncio.ensure_future(talk.aread())
        await waiting(talk)
        loop.call_soon_threadsafe = counted  # type: ignore[method-assign]
        writer = threading.Thread(target=talk.hear, args=["x"] * 1000)
        writer.start()
        writer.join()  # the loop is busy all the while
        del loop.call_soon_threadsafe  # type: ignore[method-assign]
        assert (await task).text == "x"  # type: ignore[union-attr]
        return calls

    assert asyncio.run(program()) == 1


# ---- loops that end


def test_a_loop_that_was_closed_hurts_nobody_who_writes() -> None:
    talk = Talk()
    loop = asyncio.new_event_loop()
    task = loop.create_task(talk.aread(None))
    task._log_destroy_pending = False  # type: ignore[attr-defined] # what happens here is the loop's owner's mistake
    loop.run_until_complete(waiting(talk))
    loop.close()
    talk.hear("a", "b")
    assert len(talk.messages) == 2
    assert [message.text for message in (talk.read(), talk.read()) if message] == ["a", "b"]
    del task


def test_a_lost_wake_up_costs_a_heartbeat(monkeypatch: pytest.MonkeyPatch) -> None:
    from kontena_ws_nb.log import waiters

    monkeypatch.setattr(waiters, "HEARTBEAT", 0.005)
    talk = Talk()
    looks: list[int] = []
    assert asyncio.run(talk.messages.await_for(lambda: len(looks) > 5 or bool(looks.append(1))))
    assert not asyncio.run(talk.messages.await_for(lambda: False, 0.02))


class Refused:
    """A wait that ends in an error."""

    def block(self) -> bool:
        raise SocketError("refused")

    async def pend(self) -> bool:
        raise SocketError("refused")


def test_the_error_of_a_wait_is_raised_in_the_steps() -> None:
    def patient() -> Flow[str]:
        try:
            yield Refused()
        except SocketError as error:
            assert (yield steps.TURN)
            return error.message
        raise AssertionError("nothing was raised")

    def impatient() -> Flow[str]:
        yield Refused()
        raise AssertionError("nothing was raised")

    assert steps.run(patient()) == asyncio.run(steps.arun(patient())) == "refused"
    with pytest.raises(SocketError):
        steps.run(impatient())
    with pytest.raises(SocketError):
        asyncio.run(steps.arun(impatient()))
