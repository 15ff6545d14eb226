"""`DemoServer`: a WebSocket server on loopback, with an asyncio loop in a daemon thread; plain, and TLS on demand.

It also answers before the upgrade (404, 400, ``reject``); after it, `endpoints` does. Public methods may be called from
any thread; coroutines run on the server's.
"""

from __future__ import annotations

import http
import logging
import socket
import threading
from typing import Any
from weakref import WeakSet

from websockets.asyncio.server import Server, ServerConnection, serve
from websockets.exceptions import ConnectionClosed
from websockets.http11 import Request, Response

from .. import errors
from ..system import forks
from ..system.loop_thread import LoopThread
from . import endpoints
from . import tls as _tls

logger = logging.getLogger("kontena_ws_nb.demo")


class _HandshakeNoise(logging.Filter):
    # Do not log failed handshakes: the client reports them, and a traceback of the server in the same notebook would
    # confuse. Exceptions in endpoints are logged.
    def filter(self, record: logging.LogRecord) -> bool:
        return not record.getMessage().startswith("opening handshake failed")


logger.addFilter(_HandshakeNoise())


class DemoServer:
    """A WebSocket server on loopback, in a daemon thread.

    Parameters
    ----------
    host : str, default "127.0.0.1"
        A loopback address to listen on.
    """

    def __init__(self, host: str = "127.0.0.1") -> None:
        self.host = host
        self._thread = LoopThread("kontena-ws-demo", lambda: self._listen(tls=False), self._close, logger)
        self._servers: dict[bool, Server] = {}
        self._pem = b""
        self._opening = threading.Lock()
        self._connections: WeakSet[ServerConnection] = WeakSet()
        forks.tell(self)

    def forked(self, owner: int) -> None:
        """Close the sockets in a forked child, so that the parent's port is free when the parent stops."""
        sockets: list[socket.socket] = [sock for server in self._servers.values() for sock in server.sockets]
        sockets += [connection.transport.get_extra_info("socket") for connection in list(self._connections)]
        self._thread.forked(sockets)

    def start(self) -> None:
        """Start the thread, and listen.

        Raises
        ------
        Error
            The server cannot listen on the address; the text says why.
        """
        try:
            self._thread.start()
        except OSError as error:
            raise errors.Error(f"the demo server cannot listen on {self.host}: {error}") from error

    def stop(self) -> None:
        """Close every connection with 1001, stop listening and end the thread."""
        self._thread.stop()

    def url(self, path: str = "", tls: bool = False) -> str:
        """Return the URL of an endpoint.

        Parameters
        ----------
        path : str, default ""
            Endpoint and query, without a leading slash.
        tls : bool, default False
            Whether over TLS; the TLS port is opened on first use.

        Returns
        -------
        str

        Raises
        ------
        Error
            The server is not running.
        """
        if not self._thread.running:
            raise errors.Error("the demo server is not running", hint="start() it first")
        with self._opening:
            if tls not in self._servers:
                self._thread.call(self._listen(tls=True))
        port = self._servers[tls].sockets[0].getsockname()[1]
        return f"{'wss' if tls else 'ws'}://{self.host}:{port}/{path.lstrip('/')}"

    @property
    def certificate_pem(self) -> bytes:
        """The certificate of the TLS port (PEM); empty until `url` was called with ``tls=True``."""
        return self._pem

    # --- on the server's thread --------------------------------------------------------------------------------------

    async def _close(self) -> None:
        for server in self._servers.values():
            server.close()
        for server in self._servers.values():
            await server.wait_closed()

    async def _listen(self, tls: bool) -> None:
        options: dict[str, Any] = {}
        if tls:
            self._pem, key = _tls.self_signed()
            options["ssl"] = _tls.server_context(self._pem, key)
        self._servers[tls] = await serve(
            self._serve,
            self.host,
            0,
            process_request=self._before_upgrade,
            server_header="kontena_ws_nb demo",
            logger=logger,
            ping_interval=None,  # so that a paused client is not dropped; only /pings sends pings
            close_timeout=1,
            max_size=64 << 20,
            write_limit=256 << 10,
            **options,
        )

    async def _before_upgrade(self, connection: ServerConnection, request: Request) -> Response | None:
        self._connections.add(connection)
        try:
            endpoint, values = endpoints.find(request.path)
        except KeyError:
            return connection.respond(
                http.HTTPStatus.NOT_FOUND, f"No such endpoint: {request.path}\n\n{endpoints.catalogue()}"
            )
        except ValueError as error:
            return connection.respond(http.HTTPStatus.BAD_REQUEST, f"{error}\n")
        if endpoint is endpoints.ENDPOINTS["reject"]:
            status = _status(int(values["status"]))
            response = connection.respond(status, f"{status.value} {status.phrase}: refused because you asked for it\n")
            if status == http.HTTPStatus.UNAUTHORIZED:
                response.headers["WWW-Authenticate"] = 'Basic realm="demo"'  # RFC 9110 section 11.6.1
            return response
        return None

    async def _serve(self, connection: ServerConnection) -> None:
        request = connection.request
        endpoint, values = endpoints.find(request.path if request else "/")
        try:
            await endpoint.serve(connection, values)
        except ConnectionClosed:
            return  # the client closed


def _status(code: int) -> http.HTTPStatus:
    try:
        return http.HTTPStatus(code)
    except ValueError:
        return http.HTTPStatus.IM_A_TEAPOT  # instead of a number that HTTPStatus does not have
