"""What becomes of everything here in a forked child: it belongs to the parent, and the child lets go of it.

``os.fork`` (and ``multiprocessing`` with it) copies sockets but not the threads that serve them, and locks as they were
held at that moment. So in the child every socket of ours is closed, without a byte or a FIN: the parent's connections
end when the parent ends them, whatever children live. Locks are opened. Objects learn that they are copies (`tell`) and
refuse their use. What the child makes itself works. (``exec`` inherits none of our descriptors: PEP 446.)
"""

from __future__ import annotations

import os
import socket
import threading
from typing import Final, Protocol, TypeVar
from weakref import ref


class Copied(Protocol):
    """Something that is told, in a child, that it is a copy."""

    def forked(self, owner: int) -> None:
        """Become inert.

        Parameters
        ----------
        owner : int
            The process it belongs to.
        """


_O = TypeVar("_O")
_T = TypeVar("_T", bound=Copied)

# Sets of weak references and not WeakSet, whose adding and removing run in Python: each connection has some twenty locks.
_locks: Final[set[ref[threading.Lock]]] = set()
_sockets: Final[set[ref[socket.socket]]] = set()
_told: Final[set[ref[Copied]]] = set()
_process = os.getpid()


def lock() -> threading.Lock:
    """Make a lock that is free in a child, whoever held it at the fork.

    Returns
    -------
    threading.Lock
    """
    made = threading.Lock()
    _locks.add(ref(made, _locks.discard))
    return made


def own(sock: socket.socket) -> None:
    """Have the child's copy of a socket closed.

    Parameters
    ----------
    sock : socket.socket
        Of this process.
    """
    _sockets.add(ref(sock, _sockets.discard))


def tell(copied: _T) -> None:
    """Have an object told in a child that it is a copy.

    Parameters
    ----------
    copied : Copied
        Can be hashed and weakly referred to.
    """
    _told.add(ref(copied, _told.discard))


def belongs(owner: int) -> str:
    """Word whose something is.

    Parameters
    ----------
    owner : int
        A process.

    Returns
    -------
    str
    """
    return f"it belongs to process {owner}, which forked this one ({os.getpid()})"


def _alive(known: set[ref[_O]]) -> list[_O]:
    return [one for reference in known.copy() if (one := reference()) is not None]


def _in_child() -> None:
    """Let go of everything. In a child, before any other code; no other thread is there."""
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
