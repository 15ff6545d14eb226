"""Helpers around the operating system: forked processes, paths, atomic writes of files."""
