"""Sending messages and waiting for the answers: cursors, matchers, the nearest misses, and ids that pair requests with responses."""
