"""`page_runs_code`: whether a page of this front end can run code in the kernel anyway. Any thread.

What a panel does for a page is no more than a session does, but for two things: it evaluates the ``{{expressions}}`` of
a template, and writes messages to a file that the page names. Where the page runs cells, that is nothing new. Where it
does not (Voilà, an app of marimo), a visitor must not get there by way of a panel.
"""

from __future__ import annotations

import os
import sys

from IPython.core.getipython import get_ipython


def page_runs_code() -> bool:
    """Tell whether a page can run code in this kernel.

    Returns
    -------
    bool
        True in Jupyter's front ends and where marimo edits a notebook. False in Voilà, which names its variables
        ``VOILA_…`` in the environment of its kernels, in an app of marimo (`marimo.app_meta`), and where nobody knows.
    """
    if (marimo := sys.modules.get("marimo")) is not None and get_ipython() is None:
        return bool(marimo.app_meta().mode == "edit")
    return get_ipython() is not None and not any(name.startswith("VOILA_") for name in os.environ)
