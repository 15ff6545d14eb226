"""Servers and helpers the tests share; nothing here is collected, and nothing here imports the package at module level."""
