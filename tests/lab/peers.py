"""Third-party servers the integration tests talk to: where they are, how they are installed.

Standard library only: the bootstrap behind ``python3 -m tests`` imports this before anything is installed. `missing` is cheap and
has no side effect, `install` may take minutes. Installed peers live in ``.cache/peers`` of the checkout, never in the tree.
"""

from __future__ import annotations

import hashlib
import os
import shutil
import subprocess
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from functools import cache
from pathlib import Path

ROOT = Path(__file__).resolve().parents[2]
CACHE = ROOT / ".cache" / "peers"
NODE_SOURCE = Path(__file__).parent / "node"


@dataclass(frozen=True)
class Peer:
    """One third-party server: how to see that it is here, and how to get it."""

    missing: Callable[[], str | None]
    install: Callable[[], None]


def missing(name: str) -> str | None:
    """Say why a peer cannot be used, or None when it can."""
    return PEERS[name].missing()


def install(name: str) -> str | None:
    """Install a peer where that is possible; say why it is still missing, or None."""
    if missing(name):
        try:
            PEERS[name].install()
        except (OSError, subprocess.CalledProcessError) as error:
            output = getattr(error, "output", None)
            return f"{error}" + (f"\n{output}" if output else "")
        finally:
            _node_key.cache_clear()
    return missing(name)


def run(command: Sequence[str | os.PathLike[str]], **kwargs: object) -> None:
    """Run a command quietly; its output travels in the CalledProcessError when it fails."""
    subprocess.run(command, check=True, stdin=subprocess.DEVNULL, stdout=subprocess.PIPE, stderr=subprocess.STDOUT, text=True, **kwargs)  # type: ignore[call-overload]


def apt_install(*packages: str) -> None:
    """Install Debian packages; only root on a Debian can."""
    if not hasattr(os, "geteuid") or os.geteuid() != 0 or not shutil.which("apt-get"):
        raise OSError(f"{' '.join(packages)} can only be installed by root on a Debian; install it by hand")
    environ = dict(os.environ, DEBIAN_FRONTEND="noninteractive")
    command = ["apt-get", "install", "-y", "-qq", "--no-install-recommends", *packages]
    try:
        run(command, env=environ)
    except subprocess.CalledProcessError:  # most often: the package lists are missing or old
        run(["apt-get", "update", "-qq"], env=environ)
        run(command, env=environ)


# --- Node's ws -------------------------------------------------------------------------------------------------------


@cache
def _node_key() -> str:
    files = [NODE_SOURCE / "package.json", NODE_SOURCE / "package-lock.json"]
    return hashlib.sha256(b"".join(file.read_bytes() for file in files)).hexdigest()[:16]


def node_modules() -> Path:
    """The folder that holds ``ws`` of exactly the pinned version."""
    return CACHE / f"node-{_node_key()}" / "node_modules"


def _node_missing() -> str | None:
    if not shutil.which("node"):
        return "no 'node' on PATH"
    if not (node_modules() / "ws" / "package.json").exists():
        return "the npm package ws is not in .cache/peers; 'python3 -m tests' installs it"
    return None


def _node_install() -> None:
    if not shutil.which("node") or not shutil.which("npm"):
        apt_install("nodejs", "npm")
    folder = node_modules().parent
    folder.mkdir(parents=True, exist_ok=True)
    for name in ("package.json", "package-lock.json"):
        shutil.copy(NODE_SOURCE / name, folder)
    run(["npm", "ci", "--no-audit", "--no-fund", "--loglevel=error"], cwd=folder)


#: Every peer that a `peer(name)` marker may name.
PEERS: dict[str, Peer] = {"node-ws": Peer(_node_missing, _node_install)}
