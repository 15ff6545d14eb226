"""`Hooks`: how a session tells whoever keeps names that it begins and ends.

Nothing else lives here. ``begin`` runs in the thread that connects, ``end`` on the reader thread: both must be quick.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import Any


def _nothing(session: Any) -> None:
    """Nobody keeps this session's name."""


@dataclass(frozen=True)
class Hooks:
    """Two callbacks.

    Parameters
    ----------
    begin, end : callable
        Get the session.
    """

    begin: Callable[[Any], object] = _nothing
    end: Callable[[Any], object] = _nothing
