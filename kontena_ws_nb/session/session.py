"""`Session`: what a notebook holds. A name, a client, a reader thread, and a log that outlives connections.

What lives here: facts, sending, pings, the end, displays. What must not: sockets, widgets, names, the reader thread (`background`), the reading
side (`conversation`). Methods may be called from any thread.
"""

from __future__ import annotations

import itertools
import threading
import time
from collections.abc import Callable
from typing import TYPE_CHECKING, Final

from ..close import Close
from ..connection.client import Client
from ..errors import Error, SocketError, TimeoutError
from ..expect.conversation import WAIT
from ..expect.waiting import Steps
from ..log.log import MessageLog
from ..log.message import Message
from ..log.notifier import StateObserver
from ..log.retention import Budget
from ..options import Options
from ..protocol.encode import encode
from ..protocol.frames import TEXT
from ..protocol.handshake import Handshake
from ..redaction.payloads import mask
from ..tls.certificate import Certificate
from ..transport.deadline import Deadline
from ..transport.interrupts import shielded
from ..transport.write_queue import Outgoing
from .background import Background
from .hooks import Hooks
from .operations import Attempt
from .stats import Stats

if TYPE_CHECKING:
    from ..panel.panel import Panel

#: Seconds `close` gives a reader that is connecting again; its attempt may take ``connect_timeout``.
_CONNECTING: Final = 0.1
#: Seconds beyond ``close_timeout`` after which a reader counts as stuck; a busy machine needs some.
_PATIENCE: Final = 5.0

#: Makes the payloads of pings differ, also those of one moment.
_numbers: Final = itertools.count(1)


class Session(Background):
    """A named WebSocket connection that is read in the background.

    Made by `sessions.connect`.

    Attributes
    ----------
    name : str
        Its name in `sessions` and in the notebook.
    url : str
        Where it leads, secrets masked.
    messages : MessageLog
        Every message, control frame and lifecycle event.
    previous : Session or None
        The session this one replaced under its name.
    """

    def __init__(self, url: str, name: str, options: Options, hooks: Hooks | None = None, budget: Budget | None = None) -> None:
        self.previous: Session | None = None
        self._panel: Panel | None = None
        self._panel_lock = threading.Lock()
        self._send_order = threading.Lock()
        super().__init__(url, name, options, hooks, budget)

    # ---- facts

    @property
    def handshake(self) -> Handshake:
        """The record of the latest opening handshake."""
        return self.client.handshake

    @property
    def certificate(self) -> Certificate | None:
        """The server's certificate with its chain and verdict; None without TLS."""
        return self.client.ssl_cert

    @property
    def close_code(self) -> int | None:
        """The code of the latest connection's end; None while it is open."""
        return self.client.close_code

    @property
    def close_reason(self) -> str | None:
        """The reason that came with `close_code`."""
        return self.client.close_reason

    @property
    def stats(self) -> Stats:
        """Counts up to now; cheap to ask."""
        uptime = (self._ended or time.monotonic()) - self._opened
        return self._counters.snapshot(self.client.latencies, uptime)

    # ---- sending

    def _sending(self, data: str | bytes | bytearray | memoryview) -> Steps[Message]:
        """As `send`."""
        opcode, payload = encode(data)
        client, number = self._reader.link
        # Senders only; the reader never takes it. Makes the order of the log the order on the wire.
        # An interrupt between the row and the bytes would leave a row of something that was never sent.
        with shielded(), self._send_order:
            client.require_open("send")
            index = self.messages.add("text" if opcode == TEXT else "binary", payload, sent=True, connection=number)
            row = self.messages[index]  # now: retention may drop it while we wait
            problem: Error | None = None
            try:
                item = client.submit(opcode, payload, index)
            except Error as error:  # closed between the two
                problem = error
        self._pace.sent()
        try:
            if problem is not None:
                raise problem
            waited = not item.done and (yield _Written(client, item, self.messages))
            client.finish(item, waited=waited)
        except Error as error:
            self._note("error", f"message {index} was not sent: {error.message}", number)
            raise
        self._counters.sent(len(payload))
        self._expect_from = max(self._expect_from, index + 1)
        return row

    def ping(self, timeout: float | None = WAIT) -> float:
        """Send a ping and wait for its pong.

        Parameters
        ----------
        timeout : float, optional
            Seconds, 10 by default; None waits for ever.

        Returns
        -------
        float
            Seconds of round trip.

        Raises
        ------
        TimeoutError
            No pong in time (phase ``"ping"``).
        SocketError
            The connection is not open, or ended meanwhile.
        """
        client = self.client
        payload = b"%d" % next(_numbers) + b" rtt"
        pong = client.pong_waiter(payload)
        client.ping(payload)
        self._pace.sent()
        self.messages.wait_for(lambda: pong.delay is not None or client.closed, Deadline(timeout).left())
        if pong.delay is not None:
            return pong.delay
        if client.closed:
            raise SocketError("the connection ended before the pong came", url=self.url)
        raise TimeoutError("ping", timeout or 0, f"no pong within {timeout:g} s", url=self.url)

    # ---- the end

    def close(self, code: int = 1000, reason: str = "") -> None:
        """Close the connection; waits for the server's answer, at most ``close_timeout``.

        Parameters
        ----------
        code : int, default 1000
            Close code to send.
        reason : str, default ""
            At most 123 bytes of UTF-8.

        Raises
        ------
        ValueError
            A code or reason that may not be sent; the session stays open.
        """
        Close(code, reason).encode()  # refused before anything is stopped
        # The reader receives the answer, or waits for it close_timeout; also when this call is interrupted.
        self._operations.end(lambda: self._stop(lambda client: client.begin_close(code, reason)))
        self._leave()

    def abort(self, reset: bool = False) -> None:
        """Drop the connection without a close frame.

        Parameters
        ----------
        reset : bool, default False
            Send RST instead of FIN.
        """
        self._operations.end(lambda: self._stop(lambda client: client.drop(reset=reset)))
        self._leave()

    def _stop(self, act: Callable[[Client], object]) -> None:
        """Have the reader come to its end. Under the lock of the operations."""
        if not self._reader.done.is_set():
            self._reader.stopping.set()
            act(self.client)

    def _leave(self) -> None:
        """Wait for the reader, unless it is busy connecting again: then it ends by itself, and the session has ended now."""
        self.messages.wake()
        reader, timeout = self._reader, self.options.close_timeout
        limit = None if timeout is None else timeout + _PATIENCE
        if reader.awaitable and not reader.done.wait(limit if reader.lost is None else _CONNECTING):
            reader.client.abort()
            self._end_of(reader)

    def reconnect(self) -> Session:
        """Connect again with the same settings; the log goes on, `Message.connection` counts up.

        A session that is open is closed first (1000 "reconnect"). A second call while one is under way waits for it and has its result. `close` and `abort`
        meanwhile give it up, for the last call wins.

        Returns
        -------
        Session
            This one, open.

        Raises
        ------
        ConnectError, ProtocolError, TimeoutError
            As `Client.connect`; the session stays closed.
        SocketError
            It was closed while it was connecting.
        """
        while not self._reconnect(Attempt()):
            pass  # who was at it was interrupted
        return self

    def _reconnect(self, mine: Attempt) -> bool:
        """Make an attempt, or share the one that is under way; False when nobody made it to the end."""
        try:
            attempt = self._operations.join(mine)
            if attempt is mine:
                self._operations.adopt(lambda: not mine.given_up, lambda: self._stop(lambda client: client.begin_close(1000, "reconnect")))
                self._leave()
                self._begin(mine)
                mine.opened = True
        except Exception as error:
            mine.error = error
            raise
        finally:
            mine.end()  # the try is entered before anybody can share it: an interrupt leaves nobody waiting
        return mine.opened or attempt.result(self.url)

    def pause(self) -> None:
        """Stop reading the socket: its buffers fill and TCP pushes back on the server. Keepalive rests too."""
        self.client.pause()

    def resume(self) -> None:
        """Read again after `pause`."""
        self.client.resume()

    def __enter__(self) -> Session:
        return self

    def __exit__(self, *exc: object) -> None:
        self.close()

    def observe_state(self, fn: Callable[[], object]) -> StateObserver:
        """Call ``fn()`` on a notifier thread whenever `state` changes.

        Parameters
        ----------
        fn : callable
            Takes nothing.

        Returns
        -------
        StateObserver
            Ends with its ``close()``.
        """
        return StateObserver(self.messages, lambda: self.state, fn)

    # ---- displays (upward, imported when asked for)

    @property
    def panel(self) -> Panel:
        """The live panel of this session; kept when the session is replaced under its name; another one after it was closed."""
        from ..panel.panel import Panel

        with self._panel_lock:
            if self._panel is None or self._panel.closed:
                self._panel = Panel(self)
            return self._panel

    def __repr__(self) -> str:
        return mask(f"<Session {self.name!r} {self.url} {self.state}, {len(self.messages):,} messages>")

    def _repr_mimebundle_(self, include: object = None, exclude: object = None) -> dict[str, str]:
        from .card import session_bundle

        return session_bundle(self)


class _Written:
    """Wait until a message is written, or the server takes no byte for ``write_timeout``.

    Parameters
    ----------
    client : Client
        Who writes it.
    item : Outgoing
        From its `submit`.
    log : MessageLog
        Woken when it is written, and by the end.
    """

    def __init__(self, client: Client, item: Outgoing, log: MessageLog) -> None:
        self._client = client
        self._item = item
        self._log = log

    def block(self) -> bool:
        """As `Wait.block`: nothing has been waited for, `Client.finish` does."""
        return False

    async def pend(self) -> bool:
        """As `Wait.pend`: the time there is has been waited for."""
        self._item.told = self._log.wake
        written = self._client.push()
        while not self._over():
            before = written
            came = await self._log.await_for(self._over, self._client.options.write_timeout)
            written = self._client.push()
            if not came and written == before:
                break
        return True

    def _over(self) -> bool:
        self._client.push()  # the reader may be held, or have so much to read that it does not write
        return self._item.done or self._client.ended
