"""`Session`: a named connection that a thread reads in the background, with a log that outlives reconnects.

Any thread.
"""

from __future__ import annotations

import itertools
import os
import sys
import time
from _thread import start_new_thread
from collections.abc import Callable
from typing import TYPE_CHECKING, Final
from weakref import ref

from ..close import Close
from ..connection.client import Client
from ..connection.connection import Connection
from ..conversation.conversation import WAIT, Conversation
from ..errors import Error, SocketError, TimeoutError
from ..feed.registry import Registry
from ..log.bookmarks import Bookmarks
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
from ..transport.write_queue import Outgoing
from .attempts import Attempt, Attempts, closed_while_connecting
from .callbacks import Callbacks
from .connections import Connections, SessionConnection
from .journal import Journal
from .pulse import Pulse
from .reader import Reader
from .recordings import Recordings
from .send_every import Schedule
from .stats import Stats

if TYPE_CHECKING:
    import os

    from ..captures.saving import Saved, SessionRows
    from ..conversation.matcher import Match
    from ..conversation.replies import Answer, Reply
    from ..log.decoding import Choice
    from ..panel.panel import Panel
    from ..recording.recorder import Recorder

#: Seconds that `close` waits for a reader that is reconnecting: the attempt itself may take ``connect_timeout``.
_CONNECTING: Final = 0.1
#: Seconds beyond ``close_timeout`` after which `close` stops waiting for the reader; a busy machine needs some.
_GRACE: Final = 5.0

#: Makes every ping's payload different.
_numbers: Final = itertools.count(1)


class Session(Conversation):
    """A named WebSocket connection that is read in the background.

    `kontena_ws_nb.connect` makes one.

    Parameters
    ----------
    url : str
        Where to connect.
    name : str
        Its name.
    options : Options
        The options of its connections and its log.
    registry : Registry, optional
        Lists the session while it is live.
    budget : Budget, optional
        A size limit that several logs share.
    kept : bool, default True
        Whether the registry refers to it until it ends. Otherwise it is closed (1000) when nothing refers to it any
        more: no variable, panel, observer or waiting call.

    Attributes
    ----------
    name : str
        Its name in `sessions` and in the notebook.
    url : str
        The URL of the latest connection, secrets masked.
    messages : MessageLog
        Every message, control frame and lifecycle event.
    previous : Session or None
        The session this one replaced under its name.
    """

    _reader: Reader

    def __init__(
        self,
        url: str,
        name: str,
        options: Options,
        registry: Registry | None = None,
        budget: Budget | None = None,
        *,
        kept: bool = True,
    ) -> None:
        super().__init__(MessageLog(options.max_bytes, options.max_messages, options.on_full, budget=budget))
        self.name = name
        self.options = options
        self.decode = options.decode
        self.previous: Session | None = None
        self._panel: Panel | None = None
        self._heartbeats: list[Reply | Pulse] = []
        self._panel_lock = forks.lock()
        self._registry = registry or Registry()
        self._kept = kept
        self._journal = Journal(name, self.messages)
        self._attempts = Attempts()
        callbacks = Callbacks(self, options, self._journal)
        self._connections = Connections(url, options, self.messages, self._journal, self._attempts, callbacks)
        self.messages.belong_to(self)
        self._recordings = Recordings(self.messages, self._connections, self._journal)
        rules = [_rule(self, *rule) for rule in options.auto_reply]
        try:
            if options.record is not None:
                self._recordings.begin(options.record, secrets=options.record_secrets)
            self._connect(Attempt())
        except BaseException:
            self._recordings.end()
            for rule in rules:
                rule.close()
            raise
        forks.tell(self)

    def __del__(self) -> None:
        reader = self.__dict__.get("_reader")
        if reader is not None and not reader.done.is_set() and not sys.is_finalizing():
            # This may run on any thread, inside any lock, so it must not wait for one. Starting a `threading.Thread`
            # would.
            start_new_thread(_close_dropped, (reader, self._attempts, self._journal))

    # ---- in a forked child

    def forked(self, owner: int) -> None:
        """Become closed in a forked child: the parent has the reader thread and the connection."""
        self._reader.forked(self._connections)

    def require_own(self) -> None:
        """As `Connection.require_own`."""
        self.client.connection.require_own()

    # ---- bookmarks

    @property
    def bookmarks(self) -> Bookmarks:
        """Messages to find again, with a note each: those of `messages`, as a panel shows them.

        Examples
        --------
        ``ws.bookmarks.add(ws.messages[-1], "the wrong price")``; ``{m.index: m.note for m in ws.messages.where("is:bookmarked")}``.
        """
        return self.messages.bookmarks

    # ---- decoding

    @property
    def decode(self) -> Choice:
        """Which decoder says what the messages mean.

        A name (``"mqtt"``), a function of a message's data, a `Decoder`, a class that protoc generated, or a schema
        (``"feed.proto:Trade"``). None, the default, leaves it to the subprotocol and the first messages of each
        connection; ``"raw"`` decodes nothing. Assigning another decodes every message of the log anew.

        Raises
        ------
        ValueError
            No decoder has this name, or the schema no such message.
        TypeError
            Something else.
        OSError, ImportError
            The schema cannot be read, or a package for it is not there.
        """
        return self.messages.meanings.choice

    @decode.setter
    def decode(self, choice: Choice) -> None:
        self.messages.meanings.choose(choice)
        self.messages.wake()

    @property
    def heartbeat(self) -> bool:
        """Whether the protocol's own heartbeats are answered, or sent, by a thread of ours; each is a row.

        The decoder says which protocol it is: Socket.IO, Phoenix, GraphQL, Pusher, SignalR, MQTT and STOMP have some.
        It ends with the session.

        Raises
        ------
        ValueError
            Set to True while no such protocol is known to be spoken.
        """
        return any(not beat.closed for beat in self._heartbeats)

    @heartbeat.setter
    def heartbeat(self, on: bool) -> None:
        if on is self.heartbeat:
            return
        for beat in self._heartbeats:
            beat.close()
        self._heartbeats = _heartbeats(self, self._reader.current.number, self._journal) if on else []

    # ---- opening

    def _connect(self, attempt: Attempt) -> None:
        """Open a connection and start its reader.

        Raises as `Client.connect`, or `SocketError` if the session was closed meanwhile.
        """
        opened = self._connections.open()
        if not self._connections.adopt(opened, lambda: not attempt.cancelled, self._start_reader):
            raise closed_while_connecting(opened[0].url)
        if self.options.send_every is not None:
            Schedule(self, *self.options.send_every, self._reader.done, self._journal)

    def _start_reader(self, current: SessionConnection) -> None:
        """Start a reader for a connection. Under the lock of the attempts."""
        reader = Reader(current)
        self._reader, self._done = reader, reader.done
        self.messages.go_on()
        self._recordings.go_on()
        self._registry.begin(self, kept=self._kept)
        try:
            reader.start(self._connections, _ReaderEnded(self))
        except Error as error:
            error.url = current.client.url
            reader.crash = error
            current.client.abort()
            self._journal.note("error", str(error))
            reader.done.set()
            self._registry.end(self)
            raise

    # ---- state

    @property
    def url(self) -> str:
        """The URL of the latest connection (after redirects), secrets masked."""
        return self._connections.url

    @property
    def client(self) -> Client:
        """The latest connection."""
        return self._reader.client

    @property
    def state(self) -> str:
        """``"open"``, ``"closing"``, ``"closed"``, or ``"connecting"`` while ``auto_reconnect`` tries to connect again."""
        reader = self._reader
        if reader.done.is_set():
            return "closed"
        if reader.lost is not None:
            return "connecting"
        client = reader.client
        return "closing" if client.closed else client.state

    @property
    def error(self) -> Exception | None:
        """Why the session ended, or why it is reconnecting; None while it is open and when it was closed by us."""
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
        """Permanent indexes of the sent messages that may have been lost with the latest connection that ended.

        These are the text and binary messages, fully or partly sent, since the last ping that was answered
        (``ping_interval``, ``ws.ping()``), or all of that connection if none was. The server's answer to our close
        frame confirms all of them. ``on_open`` of the next connection can send them again. For each lost connection the
        log has the same in a row of kind ``"error"``.
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
        """The latest connection's close code; None while it is open. See `Client.close_code`."""
        return self.client.close_code

    @property
    def close_reason(self) -> str | None:
        """The reason that came with `close_code`."""
        return self.client.close_reason

    @property
    def stats(self) -> Stats:
        """Counts and rates up to now."""
        connections = self._connections
        uptime = (connections.ended or time.monotonic()) - connections.opened
        return connections.counters.snapshot(self.client.connection.latencies, uptime)

    # ---- recording

    @property
    def recording(self) -> Recorder | None:
        """The latest recording of this session (`record`): its path, how many rows are in the file, and what it fails of; else None."""
        return self._recordings.current

    def record(self, path: str | os.PathLike[str] | None, *, secrets: bool = False) -> Recorder | None:
        """Record to a file from now on.

        It begins with the oldest row that is in memory, and goes on, also over reconnects, until the session ends or
        this is called with another file. What the log drops (``max_bytes``, ``max_messages``) is read from the file: it stays in the
        panel, ``ws.messages[i]``, ``where`` and tables. A disk that is full or slow never stops the session, unless
        with ``on_full="block"``; it is noted in the log, and tried again. What is not written yet is kept in memory, up to
        64 MiB beyond ``max_bytes``; what has to be dropped before is counted as lost. What is cleared in the tenth of a
        second before it is written is not recorded; what was written stays in the file. Bookmarks of recorded
        rows are in it as they are set, named and removed, also after the session has ended, until ``record(None)``.

        Parameters
        ----------
        path : str, path-like or None
            A SQLite file (`recording.schema` describes it). A session is added to an existing one. None ends the
            recording; rows that the log has dropped are read from the file still.
        secrets : bool, default False
            Do not mask secrets in the file: what `kws.secret` knows, credentials, and the handshake's.

        Returns
        -------
        Recorder or None
            As `recording`.

        Raises
        ------
        ValueError
            The file is no recording, or one of a newer version; it is unchanged. Or there is none, and its suffix says
            another format (``.jsonl``, ``.har`` …).
        OSError
            It cannot be made or written, or another process records to it.
        """
        self.require_own()
        if path is None:
            self._recordings.end()
            return None
        recorder = self._recordings.begin(path, secrets=secrets)
        if self._reader.done.is_set():
            recorder.rest()
            recorder.wait()
        return recorder

    # ---- sending

    def _begin_sending(self, data: str | bytes | bytearray | memoryview) -> tuple[Message, _WriteWait | None]:
        """As `Conversation._begin_sending`."""
        opcode, payload = encode(data)
        client, number = self._reader.current
        connection, log, connections = client.connection, self.messages, self._connections
        index, now = -1, 0

        def note() -> int:
            # Under the connection's lock: the order of the log is the order on the wire.
            nonlocal index, now
            now = time.time_ns()
            index = log.add("text" if opcode == TEXT else "binary", payload, sent=True, time_ns=now, connection=number)
            return index

        try:
            item = connection.submit(opcode, payload, note)
        except SocketError:
            self._require_open(connection, "send")  # tells what the session does about it, too
            raise
        # Retention may drop the row while we wait.
        row = Message(index, now, opcode | SENT, number, 1, payload, log.meanings)
        connections.pacing.sent()
        if item.done:
            connections.counters.sent(len(payload))
            return row, None
        journal = self._journal

        def failed(error: Error) -> None:
            journal.note("error", f"message {index} was not sent: {error.message}", number)

        return row, _WriteWait(client, item, log, lambda: connections.counters.sent(len(payload)), failed)

    def note_error(self, text: str) -> None:
        """As `Conversation.note_error`, of the latest connection; secrets are masked."""
        self._journal.note("error", text)

    def _wait(self, holds: Callable[[], bool], deadline: Deadline, index: int) -> bool:
        return self._reader.wait(self._connections, holds, deadline, index)

    def ping(self, timeout: float | None = WAIT) -> float:
        """Send a ping and wait for its pong.

        Parameters
        ----------
        timeout : float, optional
            Seconds from when the ping was written, 10 by default; None waits for ever. Messages that are queued before
            the ping are written first.

        Returns
        -------
        float
            Seconds of round trip.

        Raises
        ------
        TimeoutError
            No pong in time (phase ``"ping"``).
        SocketError
            The connection is not open, or ended before the pong came.
        """
        client = self.client
        connection = client.connection
        self._require_open(connection, "ping")
        payload = b"%d" % next(_numbers) + b" rtt"
        pong = connection.pong_waiter(payload, timeout)
        self._reader.recall()  # the time of the pong counts
        client.ping(payload)
        self._connections.pacing.sent()

        def over() -> bool:
            return pong.delay is not None or client.closed

        while not (self.messages.wait_for(over, Deadline.until(pong.limit.next).left()) or pong.limit.passed):
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

    def _refusal(self, connection: Connection, failed: str) -> SocketError:
        """Make the error for what cannot be done, with the reason why the session ended or is reconnecting."""
        reader = self._reader
        if reader.lost is not None and not reader.done.is_set():
            hint = "the session is connecting again: on_open= is called, and ws.state is 'open', when it has"
            return connection.refusal(failed, reader.lost, hint)
        this = self.name if self.name.isidentifier() else f"kws.sessions[{self.name!r}]"  # ws may be another session
        return connection.refusal(failed, reader.crash or reader.lost, f"connect again: {this}.reconnect()")

    # ---- the end

    def close(self, code: int = 1000, reason: str = "") -> None:
        """Close the connection and wait for the server's close frame, at most ``close_timeout``.

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
        Close(code, reason).encode()  # raises before anything is stopped
        # The reader receives the answer, or gives up after close_timeout, even if this call is interrupted.
        self._attempts.cancel_and(
            lambda: _stop(self._reader, lambda client: client.connection.begin_close(code, reason))
        )
        self._wait_for_reader()

    def abort(self, reset: bool = False) -> None:
        """Drop the connection without a close frame.

        Parameters
        ----------
        reset : bool, default False
            Send RST instead of FIN.
        """
        self.require_own()
        self._attempts.cancel_and(lambda: _stop(self._reader, lambda client: client.connection.drop(reset=reset)))
        self._wait_for_reader()

    def _wait_for_reader(self) -> None:
        """Wait for the reader to end, and for the recording.

        One that is reconnecting ends later by itself; the session counts as ended now.
        """
        self.messages.wake()
        reader, timeout = self._reader, self.options.close_timeout
        limit = None if timeout is None else timeout + _GRACE
        if not reader.joinable:
            return
        while not reader.done.wait(limit if reader.lost is None else _CONNECTING):
            left = reader.client.connection.close_time_left
            if reader.lost is None and left is not None and left > 0:
                limit = left + _GRACE  # the server is still taking what was queued before our close frame
                continue
            reader.client.abort()
            self._reader_ended(reader)
        self._recordings.settle()

    def _reader_ended(self, reader: Reader) -> None:
        """Note that a reader has ended, or is not waited for any more. Later calls for the same reader do nothing.

        The session ends with it, unless it has another reader by now.
        """
        self._attempts.run_if(lambda: not reader.done.is_set(), lambda: self._finish(reader))
        self.messages.wake()

    def _finish(self, reader: Reader) -> None:
        reader.done.set()
        if reader is self._reader:
            self.messages.rest()
            self._recordings.rest()
            self._registry.end(self)

    def reconnect(self) -> Session:
        """Connect again with the same options; the log goes on, `Message.connection` counts up.

        An open session is closed first (1000 "reconnect"). A second call while one is under way waits for that one and
        returns its result. `close` and `abort` cancel it: the last call wins.

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
            pass  # the caller whose attempt we waited for was interrupted
        return self

    def _reconnect(self, own: Attempt) -> bool:
        """Make an attempt, or share the one that is under way; False when that one was interrupted."""
        try:
            attempt = self._attempts.join(own)
            if attempt is own:
                self._attempts.run_if(
                    lambda: not own.cancelled,
                    lambda: _stop(self._reader, lambda client: client.connection.begin_close(1000, "reconnect")),
                )
                self._wait_for_reader()
                self._connect(own)
                own.opened = True
        except Exception as error:
            own.error = error
            raise
        finally:
            own.finish()  # `join` is inside the try, so that an interrupt leaves nobody waiting
        return own.opened or attempt.result(self.url)

    def pause(self) -> None:
        """Stop reading the socket: its buffers fill and TCP pushes back on the server.

        No keepalive pings are sent meanwhile.
        """
        self.client.connection.pause()

    def resume(self) -> None:
        """Read again after `pause`."""
        self.client.connection.resume()

    def __enter__(self) -> Session:
        return self

    def __exit__(self, *exc: object) -> None:
        if not self.client.connection.copied:  # a forked child leaves closing to its parent
            self.close()

    def observe_state(self, fn: Callable[[], object]) -> StateObserver:
        """Call ``fn()`` on a notifier thread whenever `state` changes.

        Parameters
        ----------
        fn : callable
            Called without arguments.

        Returns
        -------
        StateObserver
            Its ``close()`` ends the observation.
        """
        self.require_own()
        return StateObserver(self.messages, lambda: self.state, fn)

    # ---- files

    def recorded(self) -> list[SessionRows]:
        """List what is written of it: what is known of its latest connections, and its rows.

        Returns
        -------
        list of SessionRows
        """
        from ..captures.saving import SessionRows

        return [SessionRows(self._connections.describe(), self.messages)]

    def save(self, path: str | os.PathLike[str], *, secrets: bool = False) -> Saved:
        """Write the messages to a file, as `kontena_ws_nb.save` does.

        Parameters
        ----------
        path : str or path-like
            The file; its suffix says the format.
        secrets : bool, default False
            Write everything as it was, also known secrets.

        Returns
        -------
        Saved
            What was written, and what the format could not hold.

        Raises
        ------
        CaptureError
            The suffix says no format that we write.
        OSError
            It cannot be written; an old file is as it was.
        """
        from ..captures.save import save  # with all formats

        return save(self, path, secrets=secrets)

    # ---- displays

    @property
    def panel(self) -> Panel:
        """The live panel of this session, made on first access and again after it was closed.

        A session that replaces this one under its name takes the panel over.
        """
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
    """Close a session that another one replaces under its name, and hand its panel over.

    Parameters
    ----------
    before : Session
        The old session; closed with 1000 "replaced".
    session : Session
        The new one; the old one becomes its `previous`.
    """
    session.previous = before
    before.previous = None  # only one previous session is kept, so that older logs are freed
    try:
        before.close(1000, "replaced")
    except BaseException:  # an interrupt: the caller gets no session that it could close
        session.abort()
        raise
    if before._panel is not None:
        session._panel = before._panel
        session._panel.attach(session)
        before._panel = None


def close_panel(session: Session) -> None:
    """Close the panel of a session, if it has one; otherwise the panel's thread would go on waiting for a reconnect.

    Parameters
    ----------
    session : Session
        A session that is not shown any more.
    """
    if session._panel is not None:
        session._panel.close()


def _heartbeats(session: Session, connection: int, journal: Journal) -> list[Reply | Pulse]:
    from ..decoders.registry import DECODERS, beating  # with all decoders, as the name of the one asks for

    name = session.messages.meanings.name(connection)
    if name not in (known := beating()):
        raise ValueError(
            f"no heartbeat is known of {name or 'this connection'}: it is for {', '.join(known)}; "
            "ws.reply(match, answer) and connect(…, send_every=(seconds, message)) do it for others"
        )
    kind = DECODERS[name]
    beats: list[Reply | Pulse] = [_rule(session, match, answer) for match, answer in kind.replies]
    if kind.heartbeat is not None:
        seconds, message = kind.heartbeat
        beats.append(Pulse(session, session.messages, message, seconds, journal))
    return beats


def _rule(session: Session, match: Match, answer: Answer) -> Reply:
    from ..conversation.replies import Reply  # which loads the filters

    return Reply(session, match, answer)


class _ReaderEnded:
    """Calls `Session._reader_ended`, without keeping the session alive: a reader's thread refers to this."""

    def __init__(self, session: Session) -> None:
        self._session = ref(session)
        self._log = session.messages
        self._recordings = session._recordings

    def __call__(self, reader: Reader) -> None:
        session = self._session()
        if session is not None:
            session._reader_ended(reader)
        else:
            reader.done.set()
            self._log.rest()
            self._recordings.rest()
            self._log.wake()


def _close_dropped(reader: Reader, attempts: Attempts, journal: Journal) -> None:
    """Close the connection of a session that nothing refers to any more. Runs on a thread of its own."""
    journal.note("error", "nothing refers to this session any more (no variable, panel or observer): closing it")
    attempts.cancel_and(lambda: _stop(reader, lambda client: client.connection.begin_close(1000, "")))


def _stop(reader: Reader, act: Callable[[Client], object]) -> None:
    """Make a reader end, by closing or dropping its connection. Under the lock of the attempts."""
    if not reader.done.is_set():
        reader.stopping.set()
        act(reader.client)
        reader.recall()


class _WriteWait:
    """Waits until a message is written. Raises as `Connection.finish`.

    Parameters
    ----------
    client : Client
        The client that sends it.
    item : Outgoing
        From `Connection.submit`.
    log : MessageLog
        Woken when the message is written, and when the connection ends.
    written : callable
        Called when it is.
    failed : callable
        As for `Connection.finish`.
    """

    def __init__(
        self,
        client: Client,
        item: Outgoing,
        log: MessageLog,
        written: Callable[[], object],
        failed: Callable[[Error], object],
    ) -> None:
        self._connection = client.connection
        self._timeout = client.options.write_timeout
        self._item = item
        self._log = log
        self._written = written
        self._failed = failed

    def block(self) -> bool:
        """As `Wait.block`."""
        self._connection.finish(self._item, failed=self._failed)
        self._written()
        return True

    async def pend(self) -> bool:
        """As `Wait.pend`."""
        self._item.told = self._log.wake
        written = self._connection.push()
        waiting = True
        try:
            while not self._over():
                before = written
                came = await self._log.await_for(self._over, self._timeout)
                written = self._connection.push()
                if not came and written == before:
                    break
            waiting = False
        finally:
            if waiting:  # it was cancelled
                self._connection.leave(self._item)
        self._connection.finish(self._item, waited=True, failed=self._failed)
        self._written()
        return True

    def _over(self) -> bool:
        self._connection.push()  # the reader may be waiting for a full log, or too busy reading to write
        return self._item.done or self._connection.ended
