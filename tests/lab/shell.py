"""An IPython shell in this process, as a kernel has one."""

from __future__ import annotations

import atexit
from collections.abc import Iterator
from contextlib import contextmanager

import IPython
from IPython.core.interactiveshell import InteractiveShell
from traitlets.config import Config

import kontena_ws_nb as kws


@contextmanager
def ipython() -> Iterator[InteractiveShell]:
    """Make the shell that magics find, without a history on disk; afterwards its sessions are closed, and nothing of it is left."""
    config = Config()
    config.HistoryManager.enabled = False
    config.InteractiveShell.colors = "nocolor" if IPython.version_info >= (9,) else "NoColor"
    shell = InteractiveShell.instance(config=config)
    try:
        yield shell
    finally:
        shell.run_line_magic("unload_ext", "kontena_ws_nb")
        for session in list(kws.sessions.values()):
            session.close()
        shell.reset()
        InteractiveShell.clear_instance()
        shell.atexit_operations()
        atexit.unregister(shell.atexit_operations)
