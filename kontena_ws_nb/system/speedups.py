"""`compiled`: the functions of ``_speedups.c``, where they could be built. Each has a twin in Python that does the same."""

from __future__ import annotations

import importlib
import os
from types import ModuleType
from typing import Final

#: Set, and not empty: the functions in Python are used although others were built.
PURE: Final = "KONTENA_WS_NB_PURE"


def load(name: str = "kontena_ws_nb.system._speedups") -> ModuleType | None:
    """Import the compiled functions.

    Parameters
    ----------
    name : str
        Of the module.

    Returns
    -------
    module or None
        None where they were not built, or are not wanted (`PURE`).
    """
    if os.environ.get(PURE):
        return None
    try:
        return importlib.import_module(name)
    except ImportError:
        return None


compiled: Final = load()
