"""One connection: the upgrade over a stream, receiving, sending and closing, and the gem's blocking `Client`."""
