"""Packages that some decoders need and not everybody has: imported when a message first needs them. Any thread."""

from __future__ import annotations

from functools import cache
from importlib import import_module
from typing import Any

from .decoder import Decoded


@cache
def package(name: str) -> Any:
    """Import a package.

    Parameters
    ----------
    name : str
        Of its module.

    Returns
    -------
    module or None
        None when it is not installed. What was found is remembered for the process.
    """
    try:
        return import_module(name)
    except ImportError:
        return None


def missing(name: str, what: str) -> Decoded:
    """Say that a message needs a package that is not there.

    Parameters
    ----------
    name : str
        What people install.
    what : str
        What the message is: ``"zstd"``.

    Returns
    -------
    Decoded
        The hint is its label, and in its value under ``hint``.
    """
    hint = f"{what}: needs the package {name}; pip install 'kontena_ws_nb[decoders]' and restart the kernel"
    return Decoded({"hint": hint}, hint)
