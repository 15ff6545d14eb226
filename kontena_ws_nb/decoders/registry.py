"""Which decoder a connection gets: the one that was chosen, that its subprotocol names, or that recognizes it. Any thread."""

from __future__ import annotations

import inspect
from collections.abc import Callable, Mapping, Sequence
from types import MappingProxyType
from typing import Any, ClassVar, Final, TypeVar

from .calls import JSONRPC, OCPP, DevTools, Phoenix, Pusher
from .compressed import Brotli, Deflate, Gzip, Zlib, Zstd
from .decoder import Decoded, Decoder, Encoded, Opening
from .engineio import SocketIO
from .graphql import GraphQL
from .json_text import short
from .jupyter import JupyterKernel
from .mqtt import MQTT
from .plain import Cbor, MessagePack, NestedJSON, Plain
from .protobuf import Protobuf
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
        return type("FunctionDecoder", (cls,), {"name": name, "function": staticmethod(function)})

    def decode(self, message: Encoded) -> Decoded | None:
        """As `Decoder.decode`."""
        data = str(message.payload, "utf-8", "replace") if message.text else message.payload
        value = type(self).function(data)
        return value if value is None or isinstance(value, Decoded) else Decoded(value, short(value))


def decoder(name: str) -> Callable[[_F], _F]:
    """Register a decoder of one's own under a name. A decorator of a function or of a subclass of `Decoder`.

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
        What is decorated is neither.

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
        if inspect.isclass(decorated) and issubclass(decorated, Decoder):
            _named[name] = type(decorated.__name__, (decorated,), {"name": name})
        elif callable(decorated) and not inspect.isclass(decorated):
            _named[name] = FunctionDecoder.of(name, decorated)
        else:
            raise TypeError("a decoder is a function of a message's data, or a subclass of Decoder")
        return decorated

    return register


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
