"""Makes sessions and connections inert in a forked child, which must not use the parent's.

``os.fork`` (also in ``multiprocessing``) copies sockets, but not the threads that use them, and locks in their current
state. So the child closes its copies of our sockets, which sends nothing, so that the parent's connections end when the
parent ends them; it releases our locks; and objects registered with `tell` are told that they are copies. Objects that
the child makes itself work. (After ``exec`` no descriptor of ours is open: PEP 446.)
"""

from __future__ import annotations

import os
import socket
import threading
from typing import Final, Protocol, TypeVar
from weakref import ref


class Copied(Protocol):
    """An object that is told in a forked child that it is a copy."""

    def forked(self, owner: int) -> None:
        """Become unusable.

        Parameters
        ----------
        owner : int
            Id of the process that the original belongs to.
        """


_O = TypeVar("_O")
_T = TypeVar("_T", bound=Copied)

# Sets of weak references and not WeakSet, whose adding and removing run in Python: each connection has some twenty locks.
_locks: Final[set[ref[threading.Lock]]] = set()
_sockets: Final[set[ref[socket.socket]]] = set()
_told: Final[set[ref[Copied]]] = set()
_process = os.getpid()


def lock() -> threading.Lock:
    """Make a lock that is released in a forked child, even if a thread held it at the fork.

    Returns
    -------
    threading.Lock
    """
    made = threading.Lock()
    _locks.add(ref(made, _locks.discard))
    return made


def own(sock: socket.socket) -> None:
    """Register a socket, so that a forked child closes its copy.

    Parameters
    ----------
    sock : socket.socket
        A socket of this process.
    """
    _sockets.add(ref(sock, _sockets.discard))


def tell(copied: _T) -> None:
    """Register an object, so that it is told in a forked child that it is a copy.

    Parameters
    ----------
    copied : Copied
        Must be hashable and weakly referable.
    """
    _told.add(ref(copied, _told.discard))


def belongs(owner: int) -> str:
    """Return a clause for errors that says which process something belongs to.

    Parameters
    ----------
    owner : int
        Id of that process.

    Returns
    -------
    str
    """
    return f"it belongs to process {owner}, which forked this one ({os.getpid()})"


def _alive(known: set[ref[_O]]) -> list[_O]:
    return [one for reference in known.copy() if (one := reference()) is not None]


def _in_child() -> None:
    """Release locks, close sockets and tell objects.

    Called in a forked child before any other code, in its only thread.
    """
    global _process
    owner, _process = _process, os.getpid()
    for held in _alive(_locks):
        if held.locked():
            held.release()
    for sock in _alive(_sockets):
        sock.close()
    _sockets.clear()
    for copied in _alive(_told):
        copied.forked(owner)
    _told.clear()


if hasattr(os, "register_at_fork"):  # pragma: no branch  absent on Windows
    os.register_at_fork(after_in_child=_in_child)
