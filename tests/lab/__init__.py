"""Servers and helpers that tests share. Not collected, and nothing here imports the package at module level."""
