"""`Tempo`: when the next recorded message is due. Used on the server's loop; the speed is set on it, too."""

from __future__ import annotations

import asyncio
import math


class Tempo:
    """How fast a capture is played.

    Parameters
    ----------
    speed : float
        1 is as recorded, 10 ten times as fast, `math.inf` without waiting, 0 only step by step.
    """

    def __init__(self, speed: float) -> None:
        self._speed = speed
        self._steps = 0
        self._changed = asyncio.Event()

    @property
    def speed(self) -> float:
        """As for the class; who waits goes on with a new one from where it is."""
        return self._speed

    @speed.setter
    def speed(self, speed: float) -> None:
        self._speed = speed
        self._tell()

    @property
    def steps(self) -> int:
        """How many messages may go at once; set to allow some."""
        return self._steps

    @steps.setter
    def steps(self, steps: int) -> None:
        self._steps = steps
        self._tell()

    def take(self) -> bool:
        """Take a step that was allowed.

        Returns
        -------
        bool
            Whether there was one.
        """
        if not self._steps:
            return False
        self.steps -= 1
        return True

    async def wait(self, seconds: float | None) -> None:
        """Wait for a change.

        Parameters
        ----------
        seconds : float, optional
            At most; None waits for ever.
        """
        try:
            await asyncio.wait_for(self._changed.wait(), seconds)
        except asyncio.TimeoutError:
            return  # the time has passed, as it should

    def _tell(self) -> None:
        """Wake everybody who waits."""
        changed, self._changed = self._changed, asyncio.Event()
        changed.set()


class Due:
    """The clock of one connection that is played.

    Parameters
    ----------
    tempo : Tempo
        How fast.
    """

    def __init__(self, tempo: Tempo) -> None:
        self._tempo = tempo
        self._now_ns = 0
        self._since = asyncio.get_running_loop().time()

    def restart(self, at_ns: int) -> None:
        """Go on from here: what was waited for has come.

        Parameters
        ----------
        at_ns : int
            Where in the recording that is.
        """
        self._now_ns, self._since = at_ns, asyncio.get_running_loop().time()

    async def wait(self, at_ns: int) -> None:
        """Wait until something is due.

        Parameters
        ----------
        at_ns : int
            When it was recorded, nanoseconds since the connection was opened.
        """
        tempo, loop = self._tempo, asyncio.get_running_loop()
        while not tempo.take():
            speed = tempo.speed
            if math.isinf(speed):
                self.restart(at_ns)
                return
            if speed:
                left = self._since + (at_ns - self._now_ns) / 1e9 / speed - loop.time()
                if left <= 0:
                    return
                await tempo.wait(left)
            else:
                await tempo.wait(None)
            if tempo.speed != speed:  # the past was at the old speed
                played = round((loop.time() - self._since) * speed * 1e9) if speed else 0
                self.restart(min(at_ns, self._now_ns + played))
        self.restart(at_ns)
