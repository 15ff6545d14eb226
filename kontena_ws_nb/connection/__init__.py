"""One connection: the upgrade over a dialled stream, receiving, sending and closing, and the gem's blocking `Client`."""
