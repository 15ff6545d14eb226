"""``%load_ext`` and ``%unload_ext``: registers and removes the magics, and warns of incompatible packages.

Called in the thread that runs the cell.
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

#: A magic without arguments, alone on its line or assigned, directly followed by a semicolon.
_JOINED: Final = re.compile(r"^(\s*(?:\w+\s*=\s*)?%ws_\w+);(?=\s*$)")


@dataclass
class _Loaded:
    """What was registered with a shell, and the magics that were replaced."""

    magics: WebSocketMagics
    uninstall: Callable[[], None]
    before: dict[tuple[str, str], Any]


_loaded: Final[WeakKeyDictionary[InteractiveShell, _Loaded]] = WeakKeyDictionary()


def load(shell: InteractiveShell) -> None:
    """Register the magics with a shell. A second call replaces the magics of the first.

    Parameters
    ----------
    shell : InteractiveShell
        The shell.

    Raises
    ------
    UsageError
        A setting in the environment or in IPython's configuration is invalid; the text names it.
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
            f"replaces magics of another extension: {names}; %unload_ext kontena_ws_nb restores them",
            stacklevel=4,
        )
    shell.register_magics(magics)
    _loaded[shell] = _Loaded(magics, install(shell, magics.completer), before)
    shell.input_transformers_cleanup.append(separate_semicolon)


def unload(shell: InteractiveShell) -> None:
    """Remove magics and completion, and close the sessions they opened.

    Variables keep their sessions, with the messages.

    Parameters
    ----------
    shell : InteractiveShell
        The shell.
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
        shell.configurables[:] = known  # the base class added the object before its __init__ failed
        if isinstance(error, UsageError):
            raise
        raise UsageError(f"{CONFIGURED}: {error}") from error
    return magics


def _remove(shell: InteractiveShell, last: _Loaded) -> None:
    last.uninstall()
    shell.input_transformers_cleanup.remove(separate_semicolon)
    shell.configurables.remove(last.magics)  # type: ignore[arg-type]
    shell.magics_manager.registry.pop("WebSocketMagics", None)
    for kind, table in shell.magics_manager.magics.items():
        for name in FLAGS:
            if getattr(table.get(name), "__self__", None) is last.magics:
                del table[name]
            if (kind, name) in last.before:
                table.setdefault(name, last.before[kind, name])


def separate_semicolon(lines: list[str]) -> list[str]:
    """Turn ``%ws_close;`` into ``%ws_close ;``: IPython would take the semicolon for part of the name.

    Parameters
    ----------
    lines : list of str
        A cell.

    Returns
    -------
    list of str
        The cell; that of a cell magic is not changed.
    """
    if lines and lines[0].startswith("%%"):
        return lines
    return [_JOINED.sub(r"\1 ;", line) for line in lines]


def problems() -> list[str]:
    """Look for installed packages that are known to break this one.

    Returns
    -------
    list of str
        What is wrong, and what to do; empty if nothing is.
    """
    found = []
    if _version("ipykernel") == "7.0.0":
        found.append(
            "ipykernel 7.0.0 breaks widgets that update while a cell runs: %pip install 'ipykernel!=7.0.0', then restart the kernel"
        )
    if _version("websocket") is not None:
        found.append(
            "the package 'websocket' has the same import name as websocket-client, which is needed: %pip uninstall -y websocket, "
            "then %pip install --force-reinstall websocket-client, then restart the kernel"
        )
    else:
        found += _shadowed()
    return found


def _shadowed() -> list[str]:
    """Find a module named websocket that is imported instead of websocket-client: often a file beside the notebook."""
    spec = importlib.util.find_spec("websocket")
    found = spec.origin if spec is not None else None
    try:
        wanted = Path(str(importlib.metadata.distribution("websocket-client").locate_file("websocket/__init__.py")))
    except importlib.metadata.PackageNotFoundError:
        return ["websocket-client is not installed: %pip install websocket-client, then restart the kernel"]
    if found is not None and wanted.exists() and Path(found).resolve() != wanted.resolve():
        return [
            f"import websocket finds {found} instead of websocket-client, which is needed: rename or move that file, then restart the kernel"
        ]
    return []


def _version(package: str) -> str | None:
    try:
        return importlib.metadata.version(package)
    except importlib.metadata.PackageNotFoundError:
        return None
