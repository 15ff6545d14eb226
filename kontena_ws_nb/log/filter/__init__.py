"""Filters of messages: the grammar, and searching a log for the rows that match."""
