"""The WebSocket protocol without I/O: the heads of the opening handshake, frames, permessage-deflate, keepalive, the closing handshake."""
