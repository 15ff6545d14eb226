"""`Session`: what a notebook holds. A name, a client, a reader thread, and a log that outlives connections.

Any thread.
"""

from __future__ import annotations

import itertools
import time
from collections.abc import Callable
from typing import TYPE_CHECKING, Final

from ..close import Close
from ..connection.client import Client
from ..connection.connection import Connection
from ..errors import Error, SocketError, TimeoutError
from ..expect.conversation import WAIT, Conversation
from ..expect.waiting import Steps
from ..feed.registry import Registry
from ..log.log import MessageLog
from ..log.message import Message
from ..log.notifier import StateObserver
from ..log.retention import Budget
from ..options import Options
from ..protocol.confirmations import numbers
from ..protocol.encode import encode
from ..protocol.frames import SENT, TEXT
from ..protocol.handshake import Handshake
from ..redaction.payloads import mask
from ..render import bundle
from ..system import forks
from ..tls.certificate import Certificate
from ..transport.deadline import Deadline
from ..transport.interrupts import shielded
from ..transport.write_queue import Outgoing
from .callbacks import Callbacks
from .connections import Connections, Link
from .journal import Journal
from .operations import Attempt, Operations, closed_meanwhile
from .reader import Reader
from .send_every import Schedule
from .stats import Stats

if TYPE_CHECKING:
    from ..panel.panel import Panel

#: Seconds `close` gives a reader that is connecting again; its attempt may take ``connect_timeout``.
_CONNECTING: Final = 0.1
#: Seconds beyond ``close_timeout`` after which a reader counts as stuck; a busy machine needs some.
_PATIENCE: Final = 5.0

#: Makes the payloads of pings differ, also those of one moment.
_numbers: Final = itertools.count(1)


class Session(Conversation):
    """A named WebSocket connection that is read in the background.

    Made by `kontena_ws_nb.connect`.

    Parameters
    ----------
    url : str
        Where to connect.
    name : str
        Its name.
    options : Options
        All settings.
    registry : Registry, optional
        Lists it while it lives.
    budget : Budget, optional
        A limit that several logs share.

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

    _reader: Reader

    def __init__(
        self, url: str, name: str, options: Options, registry: Registry | None = None, budget: Budget | None = None
    ) -> None:
        super().__init__(MessageLog(options.max_bytes, options.max_messages, options.on_full, budget=budget))
        self.name = name
        self.options = options
        self.previous: Session | None = None
        self._panel: Panel | None = None
        self._panel_lock = forks.lock()
        self._send_order = forks.lock()
        self._registry = registry or Registry()
        self._journal = Journal(name, self.messages)
        self._operations = Operations()
        callbacks = Callbacks(self, options, self._journal)
        self._connections = Connections(url, options, self.messages, self._journal, self._operations, callbacks)
        self._begin(Attempt())
        forks.tell(self)

    # ---- in a forked child

    def forked(self, owner: int) -> None:
        """Become closed in a child: the parent has the thread that reads, and the connection."""
        self._reader.forked(self._connections)

    def require_own(self) -> None:
        """As `Connection.require_own`."""
        self.client.connection.require_own()

    # ---- opening

    def _begin(self, attempt: Attempt) -> None:
        """Connect, and read in the background. Raises what `Client.connect` raises, and when a close came meanwhile."""
        opened = self._connections.open()
        if not self._connections.adopt(opened, lambda: not attempt.given_up, self._read):
            raise closed_meanwhile(opened[0].url)
        if self.options.send_every is not None:
            Schedule(self, *self.options.send_every, self._reader.done, self._journal)

    def _read(self, link: Link) -> None:
        """Start a reader of a connection."""
        reader = Reader(link)
        self._reader, self._done = reader, reader.done
        self.messages.go_on()
        self._registry.begin(self)
        try:
            reader.start(self._connections, self._end_of)
        except Error as error:
            error.url = link.client.url
            reader.crash = error
            link.client.abort()
            self._journal.note("error", str(error))
            reader.done.set()
            self._registry.end(self)
            raise

    # ---- facts

    @property
    def url(self) -> str:
        """Where it leads, secrets masked."""
        return self._connections.url

    @property
    def client(self) -> Client:
        """The latest connection."""
        return self._reader.client

    @property
    def state(self) -> str:
        """``"connecting"`` (again, after a loss), ``"open"``, ``"closing"`` or ``"closed"``."""
        reader = self._reader
        if reader.done.is_set():
            return "closed"
        if reader.lost is not None:
            return "connecting"
        client = reader.client
        return "closing" if client.closed else client.state

    @property
    def error(self) -> Exception | None:
        """Why the session ended, or what it is recovering from; None while all is well and when it was closed by us."""
        reader = self._reader
        lost, crash, failure = reader.lost, reader.crash, reader.client.connection.failure
        if reader.stopping.is_set() and crash is None:
            return None if lost is not None else failure
        return crash or lost or failure

    @property
    def _loss(self) -> Error | None:
        return self._connections.failure

    @property
    def unconfirmed(self) -> tuple[int, ...]:
        """Permanent indexes of the messages that may have been lost with the latest connection that ended.

        Counted are all text and binary messages, sent or begun, since the last confirmed round trip: behind the last
        ping that was answered (``ping_interval``, ``ws.ping()``), or all of the connection's when none was. The
        server's answer to our close frame confirms every one. ``on_open`` of the next connection sees here what it may
        want to send again. The log says the same of each lost connection in a row of kind ``"error"``.
        """
        return numbers(self._connections.lost)

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
        connections = self._connections
        uptime = (connections.ended or time.monotonic()) - connections.opened
        return connections.counters.snapshot(self.client.latencies, uptime)

    # ---- sending

    def _sending(self, data: str | bytes | bytearray | memoryview) -> Steps[Message]:
        """As `send`."""
        opcode, payload = encode(data)
        client, number = self._reader.link
        connection = client.connection
        # Senders only; the reader never takes it. Makes the order of the log the order on the wire.
        # An interrupt between the row and the bytes would leave a row of something that was never sent.
        with shielded(), self._send_order:
            self._require_open(connection, "send")
            now = time.time_ns()
            index = self.messages.add(
                "text" if opcode == TEXT else "binary", payload, sent=True, time_ns=now, connection=number
            )
            row = Message(index, now, opcode | SENT, number, 1, payload)  # retention may drop it while we wait
            problem: Error | None = None
            try:
                item = connection.submit(opcode, payload, index)
            except Error as error:  # closed between the two
                problem = error
        self._connections.pace.sent()
        try:
            if problem is not None:
                raise problem
            if not item.done:
                yield _Written(client, item, self.messages)
        except Error as error:
            self._journal.note("error", f"message {index} was not sent: {error.message}", number)
            raise
        self._connections.counters.sent(len(payload))
        self._sent(index)
        return row

    def ping(self, timeout: float | None = WAIT) -> float:
        """Send a ping and wait for its pong.

        Parameters
        ----------
        timeout : float, optional
            Seconds from when the ping was written, 10 by default; None waits for ever. A large message that is being
            sent before it is written first.

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
        connection = client.connection
        self._require_open(connection, "ping")
        payload = b"%d" % next(_numbers) + b" rtt"
        pong = connection.pong_waiter(payload, timeout)
        client.ping(payload)
        self._connections.pace.sent()

        def over() -> bool:
            return pong.delay is not None or client.closed

        while not (self.messages.wait_for(over, Deadline.until(pong.patience.next).left()) or pong.patience.passed):
            pass
        if pong.delay is not None:
            return pong.delay
        if client.closed:
            raise self._refusal(connection, "the connection ended before the pong came")
        raise TimeoutError("ping", timeout or 0, f"no pong within {timeout:g} s", url=self.url)

    def _require_open(self, connection: Connection, what: str) -> None:
        self.require_own()
        if not connection.open:
            raise self._refusal(connection, f"cannot {what}")

    def _refusal(self, connection: Connection, told: str) -> SocketError:
        """Word what cannot be done, with the first cause of the session's end, or of what it is recovering from."""
        reader = self._reader
        if reader.lost is not None and not reader.done.is_set():
            hint = "the session is connecting again: on_open= is called, and ws.state is 'open', when it has"
            return connection.refusal(told, reader.lost, hint)
        return connection.refusal(told, reader.crash or reader.lost, "connect again: ws.reconnect()")

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
        self.require_own()
        Close(code, reason).encode()  # refused before anything is stopped
        # The reader receives the answer, or waits for it close_timeout; also when this call is interrupted.
        self._operations.end(lambda: self._stop(lambda client: client.connection.begin_close(code, reason)))
        self._leave()

    def abort(self, reset: bool = False) -> None:
        """Drop the connection without a close frame.

        Parameters
        ----------
        reset : bool, default False
            Send RST instead of FIN.
        """
        self.require_own()
        self._operations.end(lambda: self._stop(lambda client: client.connection.drop(reset=reset)))
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
        if not reader.awaitable:
            return
        while not reader.done.wait(limit if reader.lost is None else _CONNECTING):
            left = reader.client.connection.close_left
            if reader.lost is None and left is not None and left > 0:
                limit = left + _PATIENCE  # the server takes what stands before our close frame
                continue
            reader.client.abort()
            self._end_of(reader)

    def _end_of(self, reader: Reader) -> None:
        """Note that a reader is through, or that nobody waits for it any more. Once for each.

        It ends the session only while it is its reader.
        """
        self._operations.adopt(lambda: not reader.done.is_set(), lambda: self._finish(reader))
        self.messages.wake()

    def _finish(self, reader: Reader) -> None:
        reader.done.set()
        if reader is self._reader:
            self.messages.rest()
            self._registry.end(self)

    def reconnect(self) -> Session:
        """Connect again with the same settings; the log goes on, `Message.connection` counts up.

        A session that is open is closed first (1000 "reconnect"). A second call while one is under way waits for it and
        has its result. `close` and `abort` meanwhile give it up, for the last call wins.

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
        self.require_own()
        while not self._reconnect(Attempt()):
            pass  # who was at it was interrupted
        return self

    def _reconnect(self, mine: Attempt) -> bool:
        """Make an attempt, or share the one that is under way; False when nobody made it to the end."""
        try:
            attempt = self._operations.join(mine)
            if attempt is mine:
                self._operations.adopt(
                    lambda: not mine.given_up,
                    lambda: self._stop(lambda client: client.connection.begin_close(1000, "reconnect")),
                )
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
        if not self.client.connection.copied:  # in a forked child it is the parent's to close
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
        self.require_own()
        return StateObserver(self.messages, lambda: self.state, fn)

    # ---- displays (upward, imported when asked for)

    @property
    def panel(self) -> Panel:
        """The live panel of this session; kept when the session is replaced under its name; another one after it was closed."""
        from ..panel.panel import Panel

        self.require_own()
        with self._panel_lock:
            if self._panel is None or self._panel.closed:
                self._panel = Panel(self)
            return self._panel

    def __repr__(self) -> str:
        return mask(f"<Session {self.name!r} {self.url} {self.state}, {len(self.messages):,} messages>")

    def _repr_mimebundle_(self, include: object = None, exclude: object = None) -> dict[str, str]:
        return bundle(self)


def replace_session(before: Session, session: Session) -> None:
    """Close a session that another one replaces under its name; its panel shows that one from now on.

    Parameters
    ----------
    before : Session
        Closed with 1000 "replaced".
    session : Session
        Gets it as `previous`.
    """
    session.previous = before
    before.previous = None  # one generation: older logs are not kept alive
    try:
        before.close(1000, "replaced")
    except BaseException:  # an interrupt: the caller gets no session, so there must be none
        session.abort()
        raise
    if before._panel is not None:
        session._panel = before._panel
        session._panel.attach(session)
        before._panel = None


def close_panel(session: Session) -> None:
    """Close the panel of a session that has one: its thread would wait for a reconnect.

    Parameters
    ----------
    session : Session
        Nobody is to see any more.
    """
    if session._panel is not None:
        session._panel.close()


class _Written:
    """Wait until a message is written.

    Raises as `Connection.finish`, which decides: the server takes no byte for ``write_timeout``, or the connection
    ends.

    Parameters
    ----------
    client : Client
        Who writes it.
    item : Outgoing
        From its connection's `submit`.
    log : MessageLog
        Woken when it is written, and by the end.
    """

    def __init__(self, client: Client, item: Outgoing, log: MessageLog) -> None:
        self._connection = client.connection
        self._timeout = client.options.write_timeout
        self._item = item
        self._log = log

    def block(self) -> bool:
        """As `Wait.block`."""
        self._connection.finish(self._item)
        return True

    async def pend(self) -> bool:
        """As `Wait.pend`."""
        self._item.told = self._log.wake
        written = self._connection.push()
        while not self._over():
            before = written
            came = await self._log.await_for(self._over, self._timeout)
            written = self._connection.push()
            if not came and written == before:
                break
        self._connection.finish(self._item, waited=True)
        return True

    def _over(self) -> bool:
        self._connection.push()  # the reader may be held, or have so much to read that it does not write
        return self._item.done or self._connection.ended
