"""Paths that people give. Any thread."""

from __future__ import annotations

import os


def local_path(path: str | os.PathLike[str]) -> str:
    """Read a path: text or path-like, with ``~`` for the home folder, everywhere a path is taken.

    Parameters
    ----------
    path : str or path-like
        ``~`` and ``~name`` at its beginning are expanded; a name nobody has stays as it is, and is then not found.

    Returns
    -------
    str

    Raises
    ------
    TypeError
        It is neither.

    Examples
    --------
    >>> from pathlib import Path
    >>> local_path(Path("~") / "ca.pem") == str(Path.home() / "ca.pem")
    True
    """
    return os.path.expanduser(os.fsdecode(path))


def local_paths(paths: str | os.PathLike[str]) -> str:
    """Read a list of paths, separated as in ``PATH``; each as `local_path`.

    Parameters
    ----------
    paths : str or path-like
        One, or several.

    Returns
    -------
    str
    """
    return os.pathsep.join(map(os.path.expanduser, os.fsdecode(paths).split(os.pathsep)))
