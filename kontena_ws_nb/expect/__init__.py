"""Waiting for messages: cursors, matchers, the nearest misses, and the ids that pair requests with responses."""
