"""A TCP proxy that delays everything, and whose link can be cut: bytes in it are then lost.

To the client's kernel all of it was sent and acknowledged. One thread to accept, two a connection.
"""

from __future__ import annotations

import contextlib
import queue
import socket
import threading
import time

DEADLINE = 20.0


class SlowLink:
    """The proxy.

    Parameters
    ----------
    port : int
        The server's, on loopback.
    delay : float
        Seconds for which every byte is held back, each way.
    """

    def __init__(self, port: int, delay: float) -> None:
        self._target = port
        self._delay = delay
        self._lock = threading.Lock()
        self._pairs: list[tuple[socket.socket, socket.socket]] = []
        self._threads: list[threading.Thread] = []
        self._listener = socket.create_server(("127.0.0.1", 0))
        self.url = f"ws://127.0.0.1:{self._listener.getsockname()[1]}/"

    def cut(self) -> None:
        """End every connection now, both ways; what is held back is lost."""
        with self._lock:
            pairs, self._pairs = self._pairs, []
        for pair in pairs:
            for sock in pair:
                with contextlib.suppress(OSError):
                    sock.shutdown(socket.SHUT_RDWR)

    def __enter__(self) -> SlowLink:
        self._start(self._accept)
        return self

    def __exit__(self, *exc: object) -> None:
        with contextlib.suppress(OSError):
            self._listener.shutdown(socket.SHUT_RDWR)
        self._listener.close()
        self.cut()
        for thread in self._threads:
            thread.join(DEADLINE)

    def _start(self, target: object, *args: object) -> None:
        thread = threading.Thread(target=target, args=args, name="lab-slow-link", daemon=True)  # type: ignore[arg-type]
        self._threads.append(thread)
        thread.start()

    def _accept(self) -> None:
        while True:
            try:
                near, _ = self._listener.accept()
            except OSError:
                return
            far = socket.create_connection(("127.0.0.1", self._target), DEADLINE)
            with self._lock:
                self._pairs.append((near, far))
            self._start(self._serve, near, far)

    def _serve(self, near: socket.socket, far: socket.socket) -> None:
        with near, far:
            held: list[queue.SimpleQueue[tuple[float, bytes]]] = [queue.SimpleQueue(), queue.SimpleQueue()]
            ways = [(near, far, held[0]), (far, near, held[1])]
            threads = [
                threading.Thread(target=act, args=way, name="lab-slow-link", daemon=True)
                for way in ways
                for act in (self._take, self._give)
            ]
            for thread in threads:
                thread.start()
            for thread in threads:
                thread.join()

    def _take(self, source: socket.socket, sink: socket.socket, held: queue.SimpleQueue[tuple[float, bytes]]) -> None:
        data = b"x"
        while data:
            try:
                data = source.recv(1 << 16)
            except OSError:
                data = b""
            held.put((time.monotonic() + self._delay, data))

    def _give(self, source: socket.socket, sink: socket.socket, held: queue.SimpleQueue[tuple[float, bytes]]) -> None:
        with contextlib.suppress(OSError):
            while True:
                due, data = held.get()
                threading.Event().wait(max(0.0, due - time.monotonic()))  # the delay is what this is for
                if not data:
                    sink.shutdown(socket.SHUT_WR)
                    return
                sink.sendall(data)
