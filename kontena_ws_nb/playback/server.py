"""`Replay`: a WebSocket server on loopback that does what the server of a capture did. Public methods: any thread."""

from __future__ import annotations

import asyncio
import http
import logging
import math
import socket
import threading
from collections.abc import Iterable, Sequence
from types import TracebackType
from weakref import WeakSet

from websockets.asyncio.server import Server, ServerConnection, serve
from websockets.datastructures import Headers
from websockets.http11 import Request, Response
from websockets.typing import Subprotocol

from ..conversation.changes import Ignored
from ..errors import Error
from ..redaction.text import printable
from ..system import forks
from ..system.loop_thread import LoopThread
from .mismatch import Mismatch
from .player import Player
from .script import Script
from .tempo import Tempo

logger = logging.getLogger("kontena_ws_nb.playback")

#: Mismatches that are kept.
_KEPT = 1000
#: Seconds after which `step` looks whether there is anything left to send.
_LOOK = 0.05


class Replay:
    """Captured connections, played back to whoever connects: the first to the first client, the next to the next.

    Made by `kontena_ws_nb.playback`. A request for a path that was recorded gets the next connection of that path; any
    other the next of all. After the last comes the first again.

    Parameters
    ----------
    scripts : sequence of Script
        What is played; at least one.
    speed : float, default 1.0
        1 is as recorded, 10 ten times as fast, `math.inf` without waiting, 0 only `step` by step.
    wait : bool, default False
        Whether what was received after the client sent something waits until a client has sent the same.
    strict : bool, default False
        Whether a client that sends something else is closed (1008), and leaving the ``with`` statement raises
        `AssertionError` with the `report`.
    ignore : iterable of str, optional
        Paths of JSON whose values do not count then, such as ``$.time``.
    host : str, default "127.0.0.1"
        Address to listen on.
    port : int, default 0
        Port; 0 takes a free one.
    name : str, optional
        What is played, for `repr`.

    Raises
    ------
    ValueError
        A speed that is negative or no number, a path that is none, an empty host, or a port that is none.
    """

    def __init__(
        self,
        scripts: Sequence[Script],
        speed: float = 1.0,
        *,
        wait: bool = False,
        strict: bool = False,
        ignore: Iterable[str] = (),
        host: str = "127.0.0.1",
        port: int = 0,
        name: str = "capture",
    ) -> None:
        self._scripts = tuple(scripts)
        self._speed = _speed(speed)
        self._wait = wait
        self._strict = strict
        self._ignored = Ignored(ignore)
        self._host, self._port = _address(host, port)
        self._name = name
        self._thread = LoopThread("kontena-ws-replay", self._listen, self._close, logger)
        self._server: Server | None = None
        self._tempo: Tempo | None = None
        self._turn = 0
        self._chosen: dict[ServerConnection, Script] = {}
        self._players: list[Player] = []
        self._connected: set[int] = set()
        self._mismatches: list[Mismatch] = []
        self._more = 0
        self._over = threading.Event()
        self._connections: WeakSet[ServerConnection] = WeakSet()
        forks.tell(self)

    def forked(self, owner: int) -> None:
        """Close the sockets in a forked child."""
        sockets: list[socket.socket] = [] if self._server is None else list(self._server.sockets)
        sockets += [connection.transport.get_extra_info("socket") for connection in list(self._connections)]
        self._thread.forked(sockets)

    # ---- what a person does

    def start(self) -> Replay:
        """Listen; nothing when it does already.

        Returns
        -------
        Replay
            Itself.

        Raises
        ------
        Error
            It cannot listen on the address; the text says why.
        """
        if not self._thread.running:
            try:
                self._thread.start()
            except OSError as error:
                raise Error(
                    f"{self._host} port {self._port} cannot be listened on: {error.strerror or error}",
                    hint="port=0 takes a free port",
                ) from error
        return self

    def stop(self) -> None:
        """Close every connection with 1001, stop listening, and note what clients have not sent."""
        self._thread.stop()

    def leave(self) -> None:
        """As `stop`, without waiting."""
        self._thread.leave()

    @property
    def url(self) -> str:
        """Where to connect to; with the path of the first recorded request.

        Raises
        ------
        Error
            It does not listen.
        """
        if self._server is None:
            raise Error("the capture is not served", hint="start() it, or use it in a with statement")
        host, port = self._server.sockets[0].getsockname()[:2]
        return f"ws://{f'[{host}]' if ':' in host else host}:{port}{self._scripts[0].path or '/'}"

    @property
    def mismatches(self) -> tuple[Mismatch, ...]:
        """How clients differed from what was recorded, the first thousand; complete after `stop`."""
        return tuple(self._mismatches)

    @property
    def report(self) -> str:
        """`mismatches` as text; empty when there are none."""
        more = [f"… and {self._more:,} more"] if self._more else []
        return "\n".join([*map(str, self._mismatches), *more])

    @property
    def speed(self) -> float:
        """As for the class; may be set while it plays."""
        return self._speed

    @speed.setter
    def speed(self, speed: float) -> None:
        self._speed = _speed(speed)
        if self._thread.running:
            self._thread.call(self._change())

    def step(self, count: int = 1, timeout: float = 10.0) -> int:
        """Send the next recorded messages now, and wait until they are sent.

        Parameters
        ----------
        count : int, default 1
            How many.
        timeout : float, default 10
            Seconds to wait for a client that is to connect, or to send what is recorded.

        Returns
        -------
        int
            How many were sent: fewer when no more were recorded, or the time was up.

        Raises
        ------
        Error
            It does not listen.
        """
        if not self._thread.running:
            raise Error("the capture is not served", hint="start() it, or use it in a with statement")
        return self._thread.call(self._step(count, timeout), None)

    def wait(self, timeout: float | None = 10.0) -> bool:
        """Wait until a client has gone.

        Parameters
        ----------
        timeout : float, optional
            Seconds; None waits for ever.

        Returns
        -------
        bool
            False when the time was up.
        """
        return self._over.wait(timeout)

    def __enter__(self) -> Replay:
        return self.start()

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        __tracebackhide__ = True  # pytest shows the test, not this
        self.stop()
        if self._strict and self._mismatches and (error is None or isinstance(error, Exception)):
            raise AssertionError(self.report) from error

    def __repr__(self) -> str:
        where = self.url if self._thread.running else "stopped"
        several = f" of {len(self._scripts):,} connections" if len(self._scripts) > 1 else ""
        found = len(self._mismatches) + self._more
        wrong = f", {found:,} mismatch{'es' if found != 1 else ''}" if found else ""
        return f"<Replay of {printable(self._name)}{several}: {where}, speed {self._speed:g}{wrong}>"

    # ---- on the server's thread

    async def _listen(self) -> None:
        self._tempo = Tempo(self._speed)
        offered: list[Subprotocol] = [Subprotocol(one.subprotocol) for one in self._scripts if one.subprotocol]
        self._server = await serve(
            self._serve,
            self._host,
            self._port,
            subprotocols=offered or None,
            select_subprotocol=self._subprotocol,
            compression="deflate" if any(one.compressed for one in self._scripts) else None,
            process_request=self._before_upgrade,
            process_response=self._response,
            server_header=None,
            logger=logger,
            ping_interval=None,  # only recorded pings are sent
            close_timeout=1,
            max_size=64 << 20,
        )

    async def _close(self) -> None:
        assert self._server is not None
        self._server.close()
        await self._server.wait_closed()
        if self._wait:
            for number, script in enumerate(self._scripts):
                first = next(script.expected, None) if number not in self._connected else None
                if first is not None:
                    self._told(Mismatch(script.record.number, first, None, ("nobody connected for it",)))
        self._server = None

    def _take(self, path: str) -> tuple[int, Script]:
        """Choose what is played next: of those recorded for this path, else of all."""
        order = [(self._turn + at) % len(self._scripts) for at in range(len(self._scripts))]
        number = next((at for at in order if self._scripts[at].path == path), order[0])
        self._turn = number + 1
        return number, self._scripts[number]

    def _before_upgrade(self, connection: ServerConnection, request: Request) -> Response | None:
        self._connections.add(connection)
        number, script = self._take(request.path)
        self._connected.add(number)
        if script.status == 101:
            self._chosen[connection] = script
            return None
        handshake = script.record.handshake
        assert handshake is not None
        headers = Headers(script.headers)
        headers["Content-Length"] = str(len(handshake.body))
        headers["Connection"] = "close"
        return Response(script.status, handshake.reason or _phrase(script.status), headers, handshake.body)

    def _subprotocol(self, connection: ServerConnection, offered: Sequence[Subprotocol]) -> Subprotocol | None:
        wanted = self._chosen[connection].subprotocol
        return next((one for one in offered if one == wanted), None)

    def _response(self, connection: ServerConnection, request: Request, response: Response) -> None:
        script = self._chosen.get(connection)
        if script is not None and response.status_code == 101:
            for name, value in script.headers:
                response.headers[name] = value

    async def _serve(self, connection: ServerConnection) -> None:
        assert self._tempo is not None
        player = Player(
            self._chosen.pop(connection),
            connection,
            self._tempo,
            waits=self._wait,
            strict=self._strict,
            ignored=self._ignored,
            told=self._told,
        )
        self._players.append(player)
        self._over.clear()
        try:
            await player.run()
        finally:
            player.finish()
            self._players.remove(player)
            self._over.set()

    def _told(self, mismatch: Mismatch) -> None:
        if len(self._mismatches) < _KEPT:
            self._mismatches.append(mismatch)
            logger.info("%s", mismatch)
        else:
            self._more += 1

    async def _change(self) -> None:
        assert self._tempo is not None
        self._tempo.speed = self._speed

    async def _step(self, count: int, timeout: float) -> int:
        tempo, clock = self._tempo, asyncio.get_running_loop().time
        assert tempo is not None
        tempo.steps, until = count, clock() + timeout
        while (missing := tempo.steps) and not self._played_out() and (left := until - clock()) > 0:
            await tempo.wait(min(left, _LOOK))
        tempo.steps = 0
        return count - missing

    def _played_out(self) -> bool:
        """Whether clients have come, and none is left that could be sent anything."""
        return bool(self._connected) and not self._chosen and all(player.over for player in self._players)


def _speed(speed: float) -> float:
    if isinstance(speed, bool) or not isinstance(speed, (int, float)) or math.isnan(speed) or speed < 0:
        raise ValueError(f"speed is a number that is not negative: 1 is as recorded, inf does not wait; got {speed!r}")
    return float(speed)


def _address(host: str, port: int) -> tuple[str, int]:
    """Check where to listen: to asyncio, an empty host means every network."""
    if not isinstance(host, str) or not host:
        raise ValueError("host is the address to listen on, such as '127.0.0.1'; '0.0.0.0' is every network")
    if type(port) is not int or not 0 <= port < 1 << 16:
        raise ValueError(f"port is a whole number from 0, which takes a free one, to 65535, got {port!r:.40}")
    return host, port


def _phrase(status: int) -> str:
    try:
        return http.HTTPStatus(status).phrase
    except ValueError:
        return ""
