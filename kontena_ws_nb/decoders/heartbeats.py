"""The heartbeats of protocols that have their own besides WebSocket's pings: without them their servers hang up."""

from __future__ import annotations

from collections.abc import Mapping
from types import MappingProxyType
from typing import Final, NamedTuple


class Heartbeat(NamedTuple):
    """A message that keeps a connection alive.

    Parameters
    ----------
    message : str or bytes
        What we send.
    answers : str, optional
        A filter: which of the server's messages it answers. Without one it is sent every `seconds`.
    seconds : float, optional
        How often it is sent.
    """

    message: str | bytes
    answers: str = ""
    seconds: float = 0


#: By the decoder's name.
HEARTBEATS: Final[Mapping[str, Heartbeat]] = MappingProxyType(
    {
        # Engine.IO 4: the server asks. https://github.com/socketio/engine.io-protocol#heartbeat
        "socket.io": Heartbeat("3", r"kind:text /^2$/"),
        # The client asks: https://hexdocs.pm/phoenix/writing_a_channels_client.html
        "phoenix": Heartbeat('[null,"heartbeat","phoenix","heartbeat",{}]', seconds=30.0),
        # https://github.com/enisdenjo/graphql-ws/blob/master/PROTOCOL.md#ping
        "graphql": Heartbeat('{"type":"pong"}', "$.type=ping"),
        # https://pusher.com/docs/channels/library_auth_reference/pusher-websockets-protocol/#ping-pong-messages
        "pusher": Heartbeat('{"event":"pusher:pong","data":{}}', '$.event="pusher:ping"'),
        # https://github.com/dotnet/aspnetcore/blob/main/src/SignalR/docs/specs/HubProtocol.md
        "signalr": Heartbeat('{"type":6}\x1e', seconds=15.0),
        # MQTT 3.1.1 section 3.12, PINGREQ
        "mqtt": Heartbeat(b"\xc0\x00", seconds=30.0),
        # STOMP 1.2, "Heart-beating": an end of line
        "stomp": Heartbeat("\n", seconds=10.0),
    }
)
