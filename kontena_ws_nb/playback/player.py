"""`Player`: plays one recorded connection to one client. On the server's loop."""

from __future__ import annotations

import asyncio
from collections.abc import Callable, Iterator

from websockets.asyncio.server import ServerConnection
from websockets.exceptions import ConnectionClosed
from websockets.frames import CloseCode

from ..close import Close
from ..conversation.changes import Ignored
from ..log.message import Message
from .mismatch import Mismatch, compare
from .script import Script
from .tempo import Due, Tempo

#: Bytes of a control frame (RFC 6455 section 5.5): files have longer ones, of masked secrets or made by hand.
_CONTROL = 125
#: Frames of a message: a file can say any number of them.
_FRAMES = 10_000
#: Messages that are sent without a pause, when all are due: the loop has others to serve.
_AT_ONCE = 100


class Player:
    """One client, to whom a script is played.

    Parameters
    ----------
    script : Script
        What is played.
    connection : ServerConnection
        The client.
    tempo : Tempo
        How fast.
    waits : bool
        Whether the server waits until the client has sent what was recorded.
    strict : bool
        Whether what does not match ends the connection (1008).
    ignored : Ignored
        What does not count in what the client sends.
    told : callable
        Gets each `Mismatch`.
    """

    def __init__(
        self,
        script: Script,
        connection: ServerConnection,
        tempo: Tempo,
        *,
        waits: bool,
        strict: bool,
        ignored: Ignored,
        told: Callable[[Mismatch], object],
    ) -> None:
        self._script = script
        self._connection = connection
        self._tempo = tempo
        self._waits = waits
        self._strict = strict
        self._ignored = ignored
        self._told = told
        # Only looked for when the client sends something: a long recording has to be searched for it.
        self._expected: Iterator[Message] | None = None
        #: The next message that the client has to send.
        self._next: Message | None = None
        self._matched = 0
        self._moved = asyncio.Event()
        self._played = 0
        #: Whether everything that was recorded has been sent.
        self.over = False

    async def run(self) -> None:
        """Play until the script, or the connection, is over."""
        listening = asyncio.ensure_future(self._listen())
        playing = asyncio.ensure_future(self._play())
        try:
            await asyncio.wait({listening, playing}, return_when=asyncio.FIRST_COMPLETED)
            if playing.done():
                self.over = True
                playing.result()
            await listening  # until the client has closed
        except ConnectionClosed:
            return  # the client closed first
        finally:
            for task in (listening, playing):
                task.cancel()
            await asyncio.gather(listening, playing, return_exceptions=True)

    def finish(self) -> None:
        """Say what the client has not sent, where that was waited for. Once, when it is gone or the server ends."""
        if not self._waits:
            return
        expected = self._begin()
        if self._next is not None:
            others = sum(1 for _ in expected)
            more = (f"nor the {others:,} that followed it",) if others else ()
            self._tell(self._next, None, more)
            self._next = None

    async def _play(self) -> None:
        due, sent = Due(self._tempo), 0
        for step in self._script.steps():
            message = step.message
            if message is not None and step.sent and message.kind != "close":
                sent += 1
                if self._waits:
                    while self._matched < sent:
                        self._moved.clear()
                        await self._moved.wait()
                    due.restart(step.after_ns)
                continue
            if message is not None and step.sent:
                return  # it was the client that closed
            await due.wait(step.after_ns)
            if message is None:
                self._connection.transport.abort()
                return
            await self._send(message)
            self._played += 1
            if not self._played % _AT_ONCE:
                await asyncio.sleep(0)

    async def _send(self, message: Message) -> None:
        if message.kind == "close":
            await self._close(Close.decode(message.payload))
        elif message.kind == "ping":
            await self._connection.ping(message.payload[:_CONTROL])
        else:
            data = message.data
            # The library ends what is sent in parts with an empty frame.
            await self._connection.send(
                data if message.fragments < 2 else parts(data, min(message.fragments, _FRAMES) - 1)
            )

    async def _close(self, close: Close) -> None:
        # A code that may not be sent (RFC 6455 section 7.4.1) was sent by a broken server; a close frame without one is
        # what the library cannot write.
        code, reason = (close.code, close.reason) if close.sendable else (CloseCode.NORMAL_CLOSURE, "")
        # Two bytes are the code; the last character may have been cut.
        reason = reason.encode()[: _CONTROL - 2].decode("utf-8", "ignore")
        await self._connection.close(code, reason)

    def _begin(self) -> Iterator[Message]:
        """Look for what the client has to send, the first time."""
        if self._expected is None:
            self._expected = self._script.expected
            self._next = next(self._expected, None)
        return self._expected

    async def _listen(self) -> None:
        async for got in self._connection:
            following = self._begin()
            expected = self._next
            differences = () if expected is None else compare(expected, got, self._ignored)
            if expected is None or differences:
                self._tell(expected, got, differences)
                if self._strict:
                    self._next = None
                    await self._connection.close(CloseCode.POLICY_VIOLATION, "not what was recorded")
                    return
                if expected is None or self._waits:  # it may still come
                    continue
            self._next = next(following, None)
            self._matched += 1
            self._moved.set()

    def _tell(self, expected: Message | None, got: str | bytes | None, differences: tuple[str, ...]) -> None:
        self._told(Mismatch(self._script.record.number, expected, got, differences))


def parts(data: str | bytes, count: int) -> list[str] | list[bytes]:
    """Cut a message into frames; where they were cut is not recorded.

    Parameters
    ----------
    data : str or bytes
        The message.
    count : int
        How many frames it had.

    Returns
    -------
    list of str or list of bytes
        Some may be empty.
    """
    size = max(1, -(-len(data) // count))
    return [data[at * size : (at + 1) * size] for at in range(count)]  # type: ignore[return-value]
