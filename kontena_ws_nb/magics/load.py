"""``%load_ext`` and ``%unload_ext``: register the magics, and name what on this machine will not work.

What lives here: the two hooks and the checks. What must not: magics themselves (`core`). The cell's thread.
"""

from __future__ import annotations

import importlib.metadata
import re
import warnings
from typing import Final

from IPython.core.interactiveshell import InteractiveShell

from .complete import install
from .core import WebSocketMagics

#: A magic without arguments, alone on its line or assigned, with the semicolon that silences.
_JOINED: Final = re.compile(r"^(\s*(?:\w+\s*=\s*)?%ws_\w+);(?=\s*$)")


def load(shell: InteractiveShell) -> None:
    """Register the magics with a shell; a second time replaces the first.

    Parameters
    ----------
    shell : InteractiveShell
        Who asked.
    """
    for problem in problems():
        warnings.warn(problem, stacklevel=4)
    magics = WebSocketMagics(shell)
    before = shell.magics_manager.registry.get("WebSocketMagics")
    if isinstance(before, WebSocketMagics):
        magics.take_over(before)
    shell.register_magics(magics)
    install(shell)
    _remove_transformer(shell)
    shell.input_transformers_cleanup.append(part_semicolon)


def unload(shell: InteractiveShell) -> None:
    """Remove the magics and close the sessions they opened.

    Parameters
    ----------
    shell : InteractiveShell
        Who asked.
    """
    _remove_transformer(shell)
    magics = shell.magics_manager.registry.pop("WebSocketMagics", None)
    for kind in ("line", "cell"):
        for name in [name for name in shell.magics_manager.magics[kind] if name.startswith("ws_")]:
            del shell.magics_manager.magics[kind][name]
    if isinstance(magics, WebSocketMagics):
        shell.configurables.remove(magics)  # type: ignore[arg-type]
        magics.close_all()


def part_semicolon(lines: list[str]) -> list[str]:
    """Let ``%ws_close;`` mean ``%ws_close ;``: IPython would look for a magic whose name ends in a semicolon.

    Parameters
    ----------
    lines : list of str
        A cell.

    Returns
    -------
    list of str
        The cell; the body of a cell magic is left alone.
    """
    if lines and lines[0].startswith("%%"):
        return lines
    return [_JOINED.sub(r"\1 ;", line) for line in lines]


def _remove_transformer(shell: InteractiveShell) -> None:
    if part_semicolon in shell.input_transformers_cleanup:
        shell.input_transformers_cleanup.remove(part_semicolon)


def problems() -> list[str]:
    """Look for installed packages that are known not to work with this one.

    Returns
    -------
    list of str
        What is wrong and what to do; empty when all is well.
    """
    found = []
    if _version("ipykernel") == "7.0.0":
        found.append("ipykernel 7.0.0 breaks widgets that update while a cell runs: pip install 'ipykernel!=7.0.0', then restart the kernel")
    if _version("websocket") is not None:
        found.append(
            "the package 'websocket' takes the import name of websocket-client: pip uninstall websocket, "
            "then pip install --force-reinstall websocket-client, then restart the kernel"
        )
    return found


def _version(package: str) -> str | None:
    try:
        return importlib.metadata.version(package)
    except importlib.metadata.PackageNotFoundError:
        return None
