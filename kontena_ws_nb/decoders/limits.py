"""What decoders take from a peer at most: every bound of this package, in one place."""

from __future__ import annotations

from typing import Final

#: Levels of objects and arrays in each other. Texts that are JSON in JSON add as many again.
DEPTH: Final = 100
#: Elements that one MessagePack array or map may announce.
ELEMENTS: Final = 1 << 20
#: MessagePack or CBOR objects in a row.
OBJECTS: Final = 10_000
#: Compression: bytes inside at most, bytes inside for each byte outside, and bytes inside that are always allowed.
INFLATED: Final = 16 << 20
RATIO: Final = 64
INFLATED_ANYWAY: Final = 1 << 20
#: Bytes of one application message that arrives in parts (MQTT packets, STOMP frames, Socket.IO attachments).
PARTIAL: Final = 16 << 20
#: Attachments of a Socket.IO packet.
ATTACHMENTS: Final = 256
#: Packets, frames or records of one message that are shown.
RECORDS: Final = 1000
#: Requests, topic aliases and the like that are remembered for a connection, and characters of an id or a name of one.
REMEMBERED: Final = 4096
NAME: Final = 256
#: Fields of a Protobuf message without a schema, inner ones counted: as many, or an eighth of its bytes; and levels.
FIELDS: Final = 20_000
FIELD_DEPTH: Final = 32
#: Parts of a Jupyter message.
PARTS: Final = 10_000
#: Characters of a value in a label, and of a label.
SHOWN: Final = 60
LABEL: Final = 240
#: Connections of a log of which something is remembered: a session that is lost every second for an hour has more.
CONNECTIONS: Final = 1000
