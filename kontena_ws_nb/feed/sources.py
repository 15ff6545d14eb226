"""`Source`: whatever a panel can show. A session, a bare log, a loaded capture, a proxied connection.

A source has a name, an address, a state and rows. Everything else is optional: `capabilities` tells what there is, and
a panel greys out the rest. Nothing in `feed` or `panel` knows a session otherwise.
"""

from __future__ import annotations

from typing import Any, Final, Literal, Protocol, get_args

from ..log.log import MessageLog

#: What a source may be able to do or to tell besides its rows; each is the name of an attribute.
Capability = Literal["send", "resend", "close", "reconnect", "handshake", "certificate", "stats", "heartbeat"]
CAPABILITIES: Final[tuple[Capability, ...]] = get_args(Capability)


class Source(Protocol):
    """What a panel shows rows of.

    Optional attributes are ``send(data) -> Message``, ``resend(rows) -> list[Message]``, ``close(code, reason)``,
    ``reconnect()``, ``handshake``, ``certificate``, ``stats``, ``error``, ``close_code``, ``close_reason``, ``heartbeat``,
    ``options.ping_interval``, ``recording`` and ``previous``, all as `Session` has them; ``expression`` is Python that gives it. The log has to be woken when the state
    changes.
    """

    @property
    def name(self) -> str:
        """What it is called."""

    @property
    def url(self) -> str:
        """Where it leads or what it is, secrets masked."""

    @property
    def state(self) -> str:
        """``"connecting"``, ``"open"``, ``"closing"``, ``"closed"``; ``"log"`` for what has no connection, ``"capture"`` for a file."""

    @property
    def messages(self) -> MessageLog:
        """Its rows."""


class LogSource:
    """A bare log as a source: rows, and nothing else.

    Parameters
    ----------
    messages : MessageLog
        The log.
    """

    name = "log"
    url = "a log without a connection"
    state = "log"

    def __init__(self, messages: MessageLog) -> None:
        self.messages = messages


def as_source(one: Source | MessageLog) -> Source:
    """Take what a person wants to see as a source.

    Parameters
    ----------
    one : Source or MessageLog
        A session, anything else with ``name url state messages``, or a log.

    Returns
    -------
    Source

    Raises
    ------
    TypeError
        Something else.
    """
    if isinstance(one, MessageLog):
        return LogSource(one)
    if not isinstance(getattr(one, "messages", None), MessageLog) or not all(
        hasattr(one, name) for name in ("name", "url", "state")
    ):
        raise TypeError(
            f"a panel shows sessions and logs, got {type(one).__name__}; kws.sessions holds the sessions by name"
        )
    return one


def capabilities(source: Source) -> frozenset[Capability]:
    """Tell what a source can do or tell besides its rows.

    Parameters
    ----------
    source : Source
        Any.

    Returns
    -------
    frozenset of str
        Of `CAPABILITIES`; by the attributes of its class and of itself, none of which is asked for its value.
    """
    known = {*dir(type(source)), *getattr(source, "__dict__", ())}
    return frozenset(name for name in CAPABILITIES if name in known)


def capable(source: Source, what: Capability) -> Any:
    """Get an optional attribute of a source.

    Parameters
    ----------
    source : Source
        Any.
    what : str
        Of `CAPABILITIES`.

    Returns
    -------
    object
        The attribute; None when there is none.
    """
    return getattr(source, what, None)
