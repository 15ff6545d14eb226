"""Packages that some decoders need and not everybody has: imported when a message first needs them. Any thread."""

from __future__ import annotations

import re
from functools import cache
from importlib import import_module, metadata
from typing import Any, Final

from .decoder import Decoded

#: Older ones have no bound for what they decode.
OLDEST: Final = {"cbor2": (6,), "brotli": (1, 2), "msgpack": (1,)}


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
        None when it is not installed, or too old. What was found is remembered for the process.
    """
    try:
        found = import_module(name)
        if name in OLDEST and tuple(map(int, re.findall(r"\d+", metadata.version(name))[:2])) < OLDEST[name]:
            return None
    except ImportError:  # also for a package that came without its version
        return None
    return found


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
    needed = f"{name}>={'.'.join(map(str, OLDEST[name]))}" if name in OLDEST else name
    hint = f"{what}: needs the package {needed}; pip install 'kontena_ws_nb[decoders]' and restart the kernel"
    return Decoded({"hint": hint}, hint)
