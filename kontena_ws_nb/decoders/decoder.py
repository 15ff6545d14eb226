"""What a decoder is told, and what it gives: the one seam between messages and what they mean.

Pure values; any thread.
"""

from __future__ import annotations

from abc import ABC, abstractmethod
from collections.abc import Sequence
from typing import Any, ClassVar, NamedTuple

from .json_text import line


class Opening(NamedTuple):
    """What a decoder is told of the opening handshake.

    Parameters
    ----------
    url : str
        Where the connection leads.
    subprotocol : str or None
        The server's choice.
    headers : tuple of (str, str)
        Of the response.
    """

    url: str = ""
    subprotocol: str | None = None
    headers: tuple[tuple[str, str], ...] = ()


class Encoded(NamedTuple):
    """A text or binary message, as a decoder is told of it.

    Parameters
    ----------
    payload : bytes
        All of it; of a text message its UTF-8.
    text : bool
        Whether it is a text message.
    sent : bool
        Whether we sent it.
    """

    payload: bytes
    text: bool = True
    sent: bool = False


class Decoded(NamedTuple):
    """What a message means.

    Parameters
    ----------
    value : object
        What filters, `expect` and tables look into.
    label : str
        What a person scans for, in one line: ``EVENT chat "hi"``; empty when the value's own text says it best.
    id : str, int or None
        The id under which an answer will come, or under which this was asked for.
    answers : str, int or None
        The id of what this answers.
    parts : tuple of Decoded
        What it has several of: records, frames, packets; empty for one.
    """

    value: Any
    label: str = ""
    id: str | int | None = None
    answers: str | int | None = None
    parts: tuple[Decoded, ...] = ()


class Decoder(ABC):
    """Decodes the messages of one connection, in order.

    Subclasses may keep what later messages need: attachments, parts of a message, requests. What they keep is bounded.

    Parameters
    ----------
    opening : Opening
        Of the connection.
    """

    #: What people type to choose it.
    name: ClassVar[str]
    #: Whether what a message means depends on those before it.
    stateful: ClassVar[bool] = False
    #: Subprotocols that mean it (RFC 6455 section 1.9), in small letters.
    subprotocols: ClassVar[tuple[str, ...]] = ()
    #: What the protocol wants answered at once, of what was received: filters, and the messages that answer.
    replies: ClassVar[tuple[tuple[str, str | bytes], ...]] = ()
    #: What the protocol wants a client to send regularly: seconds, and the message.
    heartbeat: ClassVar[tuple[float, str | bytes] | None] = None

    def __init__(self, opening: Opening) -> None:
        self.opening = opening

    @abstractmethod
    def decode(self, message: Encoded) -> Decoded | None:
        """Decode the next message.

        Parameters
        ----------
        message : Encoded
            Any bytes a peer may send.

        Returns
        -------
        Decoded or None
            None when it is none of this protocol's.

        Raises
        ------
        Exception
            Of any kind, on broken input: the caller takes it for None, and names the decoder.
        """

    @classmethod
    def recognizes(cls, opening: Opening, first: Sequence[Encoded]) -> bool:
        """Tell whether a connection speaks this protocol, when no subprotocol says so.

        Parameters
        ----------
        opening : Opening
            Of the connection.
        first : sequence of Encoded
            The first messages, either way; at least one.

        Returns
        -------
        bool
        """
        return False


def together(parts: Sequence[Decoded], noun: str, count: int | None = None) -> Decoded | None:
    """Join what one message has several of: frames, packets, records.

    Parameters
    ----------
    parts : sequence of Decoded
        In order.
    noun : str
        What they are, in the plural.
    count : int, optional
        How many there are, when only the first are decoded.

    Returns
    -------
    Decoded or None
        None for none; one alone as it is. The ids are those of the first that has one.
    """
    if not parts:
        return None
    if len(parts) == 1 and count in (None, 1):
        return parts[0]
    labels = "; ".join(one.label for one in parts[:3])
    return Decoded(
        [one.value for one in parts],
        line(f"{count or len(parts):,} {noun}: {labels}"),
        next((one.id for one in parts if one.id is not None), None),
        next((one.answers for one in parts if one.answers is not None), None),
        tuple(parts),
    )
