"""`Latch`: something that happens once, waited for by several threads. Any thread.

`threading.Event` is not enough where the waiting thread can be interrupted: a `KeyboardInterrupt` inside its Python
code can leave its inner lock held, and then ``set`` blocks the thread that would end the waiting.
"""

from __future__ import annotations

import threading


class Latch:
    """A flag that is set once and never taken back; `wait` may be interrupted at any step."""

    __slots__ = ("__weakref__", "_gates", "_set")

    def __init__(self) -> None:
        self._set = False
        self._gates: list[threading.Lock] = []  # one a waiter, held; append and remove are atomic

    def is_set(self) -> bool:
        """Tell whether it has happened.

        Returns
        -------
        bool
        """
        return self._set

    def set(self) -> None:
        """Note that it has happened, and let everybody go on. Never waits; may be called again."""
        self._set = True
        for gate in tuple(self._gates):
            try:
                gate.release()
            except RuntimeError:
                pass  # another thread set it at the same time

    def wait(self, timeout: float | None = None) -> bool:
        """Wait until it happens.

        Parameters
        ----------
        timeout : float, optional
            Seconds; None waits for ever.

        Returns
        -------
        bool
            False when the time was up first.
        """
        gate = threading.Lock()
        gate.acquire()
        self._gates.append(gate)
        try:
            # Asked with the gate in place: what set it before this is seen, what sets it from here on opens the gate.
            if not self._set:
                gate.acquire(timeout=-1 if timeout is None else min(max(0.0, timeout), threading.TIMEOUT_MAX))
            return self._set
        finally:
            self._gates.remove(gate)
