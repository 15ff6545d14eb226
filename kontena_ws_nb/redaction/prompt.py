"""Asks for secrets with ``getpass``, so that they are not typed into a line that histories and notebooks keep.

Only in the main thread of a terminal or a kernel, where ``getpass`` works.
"""

from __future__ import annotations

import getpass
from collections.abc import Mapping
from typing import Any

from .payloads import know


def fill_in(options: Mapping[str, Any]) -> dict[str, Any]:
    """Ask for a token or passphrase that is ``-``, and for the password of a user without one (as curl does).

    Parameters
    ----------
    options : mapping
        Connection options, by name.

    Returns
    -------
    dict
        The options, with the typed secrets.

    Raises
    ------
    EOFError
        The input ended.
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
    know([typed])  # at once, because an error about the options may quote it
    return typed
