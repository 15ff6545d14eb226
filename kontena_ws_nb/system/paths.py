"""Expands ``~`` in paths, wherever a path is passed. Any thread."""

from __future__ import annotations

import os


def local_path(path: str | os.PathLike[str]) -> str:
    """Convert a path to str, and expand ``~``.

    Parameters
    ----------
    path : str or path-like
        ``~`` and ``~name`` at its beginning are expanded; an unknown name stays as it is.

    Returns
    -------
    str

    Raises
    ------
    TypeError
        It is neither str nor path-like.

    Examples
    --------
    >>> from pathlib import Path
    >>> local_path(Path("~") / "ca.pem") == str(Path.home() / "ca.pem")
    True
    """
    return os.path.expanduser(os.fsdecode(path))


def local_paths(paths: str | os.PathLike[str]) -> str:
    """Convert a list of paths, separated as in ``PATH``; each as by `local_path`.

    Parameters
    ----------
    paths : str or path-like
        One path or several.

    Returns
    -------
    str
    """
    return os.pathsep.join(map(os.path.expanduser, os.fsdecode(paths).split(os.pathsep)))
