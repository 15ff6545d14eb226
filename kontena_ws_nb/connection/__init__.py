"""WebSocket connections: the opening handshake, sending, receiving and closing, and the blocking `Client`."""
