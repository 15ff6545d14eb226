"""The WebSocket protocol without I/O: the opening handshake, frames, permessage-deflate, close codes, keepalive, states."""
