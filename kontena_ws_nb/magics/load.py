"""``%load_ext`` and ``%unload_ext``: register the magics, take them back, and name what on this machine will not work.

What lives here: the two hooks and the checks. What must not: magics themselves (`core`). The cell's thread.
"""

from __future__ import annotations

import importlib.metadata
import importlib.util
import re
import warnings
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Final
from weakref import WeakKeyDictionary

from IPython.core.interactiveshell import InteractiveShell
from traitlets import TraitError

from ..display.table import show_rows
from .complete import install
from .core import WebSocketMagics
from .flags import FLAGS
from .report import UsageError, short_errors
from .settings import CONFIGURED

#: A magic without arguments, alone on its line or assigned, with the semicolon that silences.
_JOINED: Final = re.compile(r"^(\s*(?:\w+\s*=\s*)?%ws_\w+);(?=\s*$)")


@dataclass
class _Loaded:
    """What was done to a shell, and what was there before."""

    magics: WebSocketMagics
    uninstall: Callable[[], None]
    before: dict[tuple[str, str], Any]


_loaded: Final[WeakKeyDictionary[InteractiveShell, _Loaded]] = WeakKeyDictionary()


def load(shell: InteractiveShell) -> None:
    """Register the magics with a shell; a second time replaces the first.

    Parameters
    ----------
    shell : InteractiveShell
        Who asked.

    Raises
    ------
    UsageError
        A setting, of the environment or of IPython's configuration, cannot work; the text names it.
    """
    for problem in problems():
        warnings.warn(problem, stacklevel=4)
    with short_errors():
        magics = _configured(shell)
    last = _loaded.get(shell)
    if last is not None:
        magics.take_over(last.magics)
        _remove(shell, last)
    before = {
        (kind, name): table[name]
        for kind, table in shell.magics_manager.magics.items()
        for name in FLAGS
        if name in table
    }
    if before:
        names = ", ".join(sorted({f"%{name}" for _, name in before}))
        warnings.warn(
            f"taken over from another extension: {names}; %unload_ext kontena_ws_nb gives back what was there",
            stacklevel=4,
        )
    shell.register_magics(magics)
    _loaded[shell] = _Loaded(magics, install(shell, magics.completer), before)
    shell.input_transformers_cleanup.append(part_semicolon)


def unload(shell: InteractiveShell) -> None:
    """Take magics and completion back, and close the sessions they opened. Variables that hold sessions stay, with their messages.

    Parameters
    ----------
    shell : InteractiveShell
        Who asked.
    """
    last = _loaded.pop(shell, None)
    if last is not None:
        _remove(shell, last)
        last.magics.roster.close_all()
        show_rows()


def _configured(shell: InteractiveShell) -> WebSocketMagics:
    known = list(shell.configurables)
    try:
        magics = WebSocketMagics(shell)
        magics.check()
    except (TraitError, UsageError) as error:
        shell.configurables[:] = known  # the base class lists what it has only begun to make
        if isinstance(error, UsageError):
            raise
        raise UsageError(f"{CONFIGURED}: {error}") from error
    return magics


def _remove(shell: InteractiveShell, last: _Loaded) -> None:
    last.uninstall()
    shell.input_transformers_cleanup.remove(part_semicolon)
    shell.configurables.remove(last.magics)  # type: ignore[arg-type]
    shell.magics_manager.registry.pop("WebSocketMagics", None)
    for kind, table in shell.magics_manager.magics.items():
        for name in FLAGS:
            if getattr(table.get(name), "__self__", None) is last.magics:
                del table[name]
            if (kind, name) in last.before:
                table.setdefault(name, last.before[kind, name])


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


def problems() -> list[str]:
    """Look for what is known not to work with this package.

    Returns
    -------
    list of str
        What is wrong and what to do; empty when all is well.
    """
    found = []
    if _version("ipykernel") == "7.0.0":
        found.append(
            "ipykernel 7.0.0 breaks widgets that update while a cell runs: %pip install 'ipykernel!=7.0.0', then restart the kernel"
        )
    if _version("websocket") is not None:
        found.append(
            "the package 'websocket' takes the import name of websocket-client, which we need: %pip uninstall -y websocket, "
            "then %pip install --force-reinstall websocket-client, then restart the kernel"
        )
    else:
        found += _shadowed()
    return found


def _shadowed() -> list[str]:
    """Find a module named websocket that Python meets before websocket-client's: often a file of that name beside the notebook."""
    spec = importlib.util.find_spec("websocket")
    there = spec.origin if spec is not None else None
    try:
        wanted = Path(str(importlib.metadata.distribution("websocket-client").locate_file("websocket/__init__.py")))
    except importlib.metadata.PackageNotFoundError:
        return ["websocket-client is not installed: %pip install websocket-client, then restart the kernel"]
    if there is not None and wanted.exists() and Path(there).resolve() != wanted.resolve():
        return [
            f"import websocket finds {there} instead of websocket-client, which we need: rename or move that, then restart the kernel"
        ]
    return []


def _version(package: str) -> str | None:
    try:
        return importlib.metadata.version(package)
    except importlib.metadata.PackageNotFoundError:
        return None
