"""`SessionRecord` and `ConnectionRecord`: what a file tells about a session besides its messages. Values, made once."""

from __future__ import annotations

from dataclasses import dataclass

from ..close import Close
from ..protocol.handshake import Handshake
from ..tls.certificate import Certificate

__all__ = ["ConnectionRecord", "SessionRecord"]


@dataclass(frozen=True, slots=True, kw_only=True)
class ConnectionRecord:
    """One connection of a recorded session. None stands for what the file does not tell.

    Parameters
    ----------
    number : int
        As `Message.connection`: 1 for the first.
    url : str
        Where it led, without user info.
    opened_ns, closed_ns : int, optional
        Nanoseconds since the epoch.
    handshake : Handshake, optional
        Its opening handshake, secrets redacted unless the file was written with them.
    certificate : Certificate, optional
        The server's, with its chain.
    close : Close, optional
        How it ended.
    """

    number: int = 1
    url: str = ""
    opened_ns: int | None = None
    closed_ns: int | None = None
    handshake: Handshake | None = None
    certificate: Certificate | None = None
    close: Close | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class SessionRecord:
    """One recorded session.

    Parameters
    ----------
    name : str
        What it was called.
    url : str
        Where it led, secrets masked.
    started_ns : int, optional
        Nanoseconds since the epoch.
    connections : tuple of ConnectionRecord
        In the order they were made.
    """

    name: str
    url: str = ""
    started_ns: int | None = None
    connections: tuple[ConnectionRecord, ...] = ()
