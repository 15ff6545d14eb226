"""Asking for a secret with ``getpass``, instead of having it typed into a line that history and notebooks keep.

Only in the main thread of a terminal or a kernel, where ``getpass`` works.
"""

from __future__ import annotations

import getpass
from collections.abc import Mapping
from typing import Any

from .payloads import know


def fill_in(options: Mapping[str, Any]) -> dict[str, Any]:
    """Ask for a token or a passphrase given as ``-``, and for the password of a user given without one (as curl does).

    Parameters
    ----------
    options : mapping
        Connection options, by name.

    Returns
    -------
    dict
        The same, with what was typed.

    Raises
    ------
    EOFError
        Input ended instead.
    """
    filled = dict(options)
    if filled.get("token") == "-":
        filled["token"] = _asked("bearer token: ")
    if filled.get("client_key_password") == "-":
        filled["client_key_password"] = _asked("passphrase of the client key: ")
    user = filled.get("user")
    if user and ":" not in user:
        filled["user"] = f"{user}:{_asked(f'password of {user}: ')}"
    return filled


def _asked(prompt: str) -> str:
    typed = getpass.getpass(prompt)
    know([typed])  # now: what refuses the options may quote it
    return typed
