"""Captures played back as a server: what each connection does and when, the server, and what a client sent instead."""
