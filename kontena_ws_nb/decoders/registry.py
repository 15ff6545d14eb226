"""Which decoder a connection gets: the one that was chosen, that its subprotocol names, or that recognizes it. Any thread."""

from __future__ import annotations

import difflib
import inspect
import os
import re
from collections.abc import Callable, Mapping, Sequence
from types import MappingProxyType
from typing import Any, ClassVar, Final, TypeVar

from ..redaction.text import quoted
from .calls import JSONRPC, OCPP, DevTools, Phoenix, Pusher
from .compressed import Brotli, Deflate, Gzip, Zlib, Zstd
from .decoder import Decoded, Decoder, Encoded, Opening
from .engineio import SocketIO
from .graphql import GraphQL
from .json_text import short
from .jupyter import JupyterKernel
from .mqtt import MQTT
from .plain import Cbor, MessagePack, NestedJSON, Plain
from .protobuf import Protobuf, ProtobufMessage
from .realtime import Realtime
from .signalr import SignalR
from .sockjs import SockJS
from .stomp import STOMP

#: In the order in which they are asked whether they recognize a connection.
_BUILT_IN: Final[tuple[type[Decoder], ...]] = (
    SocketIO,
    SockJS,
    JupyterKernel,
    DevTools,
    STOMP,
    MQTT,
    SignalR,
    Phoenix,
    Pusher,
    JSONRPC,
    Realtime,
    GraphQL,
    OCPP,
    MessagePack,
    Cbor,
    Protobuf,
    NestedJSON,
    Gzip,
    Zlib,
    Deflate,
    Zstd,
    Brotli,
    Plain,
)

_named: Final[dict[str, type[Decoder]]] = {one.name: one for one in _BUILT_IN}

#: Every decoder by its name. To be read.
DECODERS: Final[Mapping[str, type[Decoder]]] = MappingProxyType(_named)

#: What people choose who want no decoder.
RAW: Final = "raw"
#: What a file with a schema is called.
_SCHEMA: Final = re.compile(r"\.(?:proto|pb|binpb|desc|protoset|fds)$")

_F = TypeVar("_F", bound=Callable[..., Any])


class FunctionDecoder(Decoder):
    """A person's own function as a decoder; made by `of`."""

    function: ClassVar[Callable[[Any], Any]]

    @classmethod
    def of(cls, name: str, function: Callable[[Any], Any]) -> type[FunctionDecoder]:
        """Make a decoder of a function.

        Parameters
        ----------
        name : str
            What it is called.
        function : callable
            Takes a text (str) or binary (bytes) message's data; gives an object, a `Decoded`, or None when it has
            nothing to say.

        Returns
        -------
        type
            A `Decoder`.
        """
        return type(
            "FunctionDecoder", (cls,), {"name": name, "function": staticmethod(function), "__doc__": function.__doc__}
        )

    def decode(self, message: Encoded) -> Decoded | None:
        """As `Decoder.decode`."""
        data = str(message.payload, "utf-8", "replace") if message.text else message.payload
        value = type(self).function(data)
        return value if value is None or isinstance(value, Decoded) else Decoded(value, short(value))


def decoder(name: str) -> Callable[[_F], _F]:
    """Register a decoder of one's own under a name. A decorator of a function or of a subclass of `Decoder`.

    A Protobuf message class can be registered too: ``decoder("trades")(Trade)``.

    Parameters
    ----------
    name : str
        What people choose it by; one that is there already is replaced.

    Returns
    -------
    callable

    Raises
    ------
    ValueError
        The name is empty.
    TypeError
        What is decorated is none of these.

    Examples
    --------
    >>> @decoder("csv")
    ... def fields(data):
    ...     return data.split(",")
    >>> DECODERS["csv"](Opening()).decode(Encoded(b"a,b")).value
    ['a', 'b']
    """
    if not name:
        raise ValueError("a decoder's name cannot be empty")

    def register(decorated: _F) -> _F:
        made = decoder_of(decorated)
        _named[name] = type(made.__name__, (made,), {"name": name, "__doc__": made.__doc__})
        return decorated

    return register


def decoder_of(choice: Any) -> type[Decoder]:
    """Make a decoder of what people choose one by.

    Parameters
    ----------
    choice : str, path, type or callable
        A name in `DECODERS`; a file with a Protobuf schema, as text with its message behind a colon
        (``"feed.proto:Trade"``); a message class that protoc generated; a `Decoder`; or a function of a message's data.

    Returns
    -------
    type
        A `Decoder`.

    Raises
    ------
    ValueError
        No decoder has this name; or the schema has no such message.
    TypeError
        Something else.
    OSError, ImportError
        As `ProtobufMessage.of`.

    Examples
    --------
    >>> decoder_of("mqtt").name, decoder_of(len).name
    ('mqtt', 'len')
    """
    if isinstance(choice, str):
        if choice in _named:
            return _named[choice]
        path, _, message = choice.rpartition(":") if _SCHEMA.search(choice) is None else (choice, "", "")
        if _SCHEMA.search(path) is None:
            names = (*_named, RAW)
            near = difflib.get_close_matches(choice, names, 1)
            more = f"did you mean {near[0]!r}?" if near else f"there are {', '.join(names)}"
            raise ValueError(f"no decoder is called {quoted(choice, 60)}; {more}")
        return ProtobufMessage.of(path, message or None)
    if isinstance(choice, os.PathLike) or hasattr(choice, "FromString"):
        return ProtobufMessage.of(choice)
    if inspect.isclass(choice) and issubclass(choice, Decoder):
        return choice
    if not callable(choice) or inspect.isclass(choice):
        what = choice.__name__ if inspect.isclass(choice) else type(choice).__name__
        raise TypeError(f"a decoder's name, a function of a message's data, a Decoder or a Protobuf schema, got {what}")
    return FunctionDecoder.of(getattr(choice, "__name__", "function"), choice)


def beating() -> list[str]:
    """List the decoders whose protocols have heartbeats of their own.

    Returns
    -------
    list of str
        Names in `DECODERS`.
    """
    return [name for name, kind in _named.items() if kind.replies or kind.heartbeat is not None]


def choose(opening: Opening, first: Sequence[Encoded]) -> type[Decoder] | None:
    """Choose the decoder of a connection for which nobody chose one.

    Parameters
    ----------
    opening : Opening
        Of the connection.
    first : sequence of Encoded
        Its first messages; may be empty.

    Returns
    -------
    type or None
        A `Decoder`; `Plain` when no protocol is recognized; None when there is nothing yet to tell it by.
    """
    subprotocol = (opening.subprotocol or "").lower()
    if subprotocol:
        for one in _named.values():
            if subprotocol in one.subprotocols:
                return one
    for one in _named.values():
        try:
            if one.recognizes(opening, first):
                return one
        except Exception:  # noqa: BLE001, S112  a person's own decoder: what it does not recognize is not its
            continue
    return Plain if first else None
