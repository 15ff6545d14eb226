"""Captures: files of messages, our own and those of other tools, read and written."""
