"""When the next message is due."""

from __future__ import annotations

import asyncio
import math

import pytest

from kontena_ws_nb.playback.tempo import Due, Tempo

MS = 1_000_000


def test_as_recorded_and_faster() -> None:
    async def seconds(speed: float, *at: int) -> float:
        loop = asyncio.get_running_loop()
        due, begun = Due(Tempo(speed)), loop.time()
        for one in at:
            await due.wait(one * MS)
        return loop.time() - begun

    assert 0.03 <= asyncio.run(seconds(1, 10, 10, 30)) < 1
    assert 0.03 <= asyncio.run(seconds(100, 1000, 3000)) < 1
    assert asyncio.run(seconds(math.inf, 10_000, 20_000)) < 1


def test_what_is_late_is_due_at_once_and_a_restart_counts_from_now() -> None:
    async def main() -> None:
        loop = asyncio.get_running_loop()
        due = Due(Tempo(1))
        due.restart(-5000 * MS)  # as if five seconds had passed
        due._since -= 5
        begun = loop.time()
        await due.wait(0)
        assert loop.time() - begun < 1
        due.restart(7000 * MS)
        await due.wait(7010 * MS)
        assert 0.01 <= loop.time() - begun < 2

    asyncio.run(main())


def test_steps_go_at_any_speed() -> None:
    async def main() -> None:
        tempo = Tempo(0)
        due = Due(tempo)
        waiting = asyncio.ensure_future(due.wait(10_000 * MS))
        with pytest.raises(asyncio.TimeoutError):
            await asyncio.wait_for(asyncio.shield(waiting), 0.01)
        tempo.steps = 2
        await waiting
        await due.wait(20_000 * MS)
        assert tempo.steps == 0
        tempo.speed = 1
        begun = asyncio.get_running_loop().time()
        await due.wait(20_010 * MS)  # from where the steps have led
        assert asyncio.get_running_loop().time() - begun < 2

    asyncio.run(main())


@pytest.mark.parametrize("before", [0, 1])
def test_another_speed_counts_from_where_it_is(before: float) -> None:
    async def main() -> None:
        tempo = Tempo(before)
        due = Due(tempo)
        waiting = asyncio.ensure_future(due.wait(3_600_000 * MS))
        await asyncio.sleep(0)
        tempo.speed = 3_600_000
        begun = asyncio.get_running_loop().time()
        await waiting
        assert asyncio.get_running_loop().time() - begun < 5

    asyncio.run(main())
