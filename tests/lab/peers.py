"""Third-party servers for the integration tests: where they are, and how they are installed.

Standard library only: the bootstrap behind ``python3 -m tests`` imports this before anything is installed. `missing` is
cheap and has no side effect, `install` may take minutes. Installed peers live in ``.cache/peers`` of the checkout,
never in the tree.
"""

from __future__ import annotations

import hashlib
import os
import shutil
import subprocess
import sys
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from pathlib import Path

ROOT = Path(__file__).resolve().parents[2]
CACHE = ROOT / ".cache" / "peers"


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
    return missing(name)


def run(command: Sequence[str | os.PathLike[str]], **kwargs: object) -> None:
    """Run a command quietly; its output travels in the CalledProcessError when it fails."""
    subprocess.run(
        command,
        check=True,
        stdin=subprocess.DEVNULL,
        stdout=subprocess.PIPE,
        stderr=subprocess.STDOUT,
        text=True,
        **kwargs,
    )  # type: ignore[call-overload]


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


# --- packages of npm -------------------------------------------------------------------------------------------------


@dataclass(frozen=True)
class Npm:
    """A folder with package.json and package-lock.json, installed into the cache, exactly as locked."""

    name: str
    source: Path
    package: str

    @property
    def node_modules(self) -> Path:
        """Where its packages are, once installed; another place for every other lock file."""
        files = [self.source / "package.json", self.source / "package-lock.json"]
        key = hashlib.sha256(b"".join(file.read_bytes() for file in files)).hexdigest()[:16]
        return CACHE / f"{self.name}-{key}" / "node_modules"

    def missing(self) -> str | None:
        if not shutil.which("node"):
            return "no 'node' on PATH"
        if not (self.node_modules / self.package / "package.json").exists():
            return f"the npm package {self.package} is not in .cache/peers; 'python3 -m tests' installs it"
        return None

    def install(self) -> None:
        if not shutil.which("node") or not shutil.which("npm"):
            apt_install("nodejs", "npm")
        folder = self.node_modules.parent
        folder.mkdir(parents=True, exist_ok=True)
        for name in ("package.json", "package-lock.json"):
            shutil.copy(self.source / name, folder)
        run(["npm", "ci", "--no-audit", "--no-fund", "--loglevel=error"], cwd=folder)


NODE_WS = Npm("node-ws", ROOT / "tests" / "lab" / "node", "ws")
PROTOCOLS = Npm("protocols", ROOT / "tests" / "lab" / "protocols", "socket.io")
FRONT_END = Npm("front-end", ROOT / "kontena_ws_nb" / "panel" / "frontend", "esbuild")

# --- packages of Python, in an environment of their own --------------------------------------------------------------


@dataclass(frozen=True)
class Pip:
    """A package in an environment of its own in the cache: what it depends on must not meet what we do."""

    name: str
    requirement: str

    @property
    def python(self) -> Path:
        """Its interpreter, once installed; another one for every other requirement."""
        key = hashlib.sha256(self.requirement.encode()).hexdigest()[:16]
        return CACHE / f"{self.name}-{key}" / "bin" / "python"

    def missing(self) -> str | None:
        done = self.python.parent.parent / "installed"
        return None if done.exists() else f"{self.requirement} is not in .cache/peers; 'python3 -m tests' installs it"

    def install(self) -> None:
        folder = self.python.parent.parent
        run([sys.executable, "-m", "venv", "--clear", folder])
        run([self.python, "-m", "pip", "install", "-q", "--disable-pip-version-check", self.requirement])
        (folder / "installed").touch()


@dataclass(frozen=True)
class Beside(Pip):
    """A package and what only it needs, in an environment that sees ours: an extension that would be loaded in all other tests."""

    @property
    def python(self) -> Path:
        """As of `Pip`; another one for every other checkout."""
        key = hashlib.sha256(f"{self.requirement} {ROOT}".encode()).hexdigest()[:16]
        return CACHE / f"{self.name}-{key}" / "bin" / "python"

    def install(self) -> None:
        folder = self.python.parent.parent
        run([sys.executable, "-m", "venv", "--clear", folder])
        (ours,) = (ROOT / ".venv").glob("lib/python*/site-packages")
        (theirs,) = folder.glob("lib/python*/site-packages")
        (theirs / "ours.pth").write_text(f"{ours}\n")
        run([self.python, "-m", "pip", "install", "-q", "--disable-pip-version-check", self.requirement])
        (folder / "installed").touch()


# With its extension as a package: what DuckDB would download itself is not for tests.
DUCKDB = Pip("duckdb", "duckdb-extension-sqlite==1.5.5")
MITMPROXY = Pip("mitmproxy", "mitmproxy==11.0.2")
COLLABORATION = Beside("collaboration", "jupyter-collaboration>=4")

# --- programs of the operating system --------------------------------------------------------------------------------


@dataclass(frozen=True)
class Program:
    """A command, and the Debian package that brings it."""

    name: str
    package: str

    def missing(self) -> str | None:
        # Servers live where an ordinary user's PATH does not lead.
        return None if self.path else f"no '{self.name}' on PATH; on Debian: apt-get install {self.package}"

    def install(self) -> None:
        apt_install(self.package)

    @property
    def path(self) -> str | None:
        """Where it is."""
        return shutil.which(
            self.name, path=os.pathsep.join((os.environ.get("PATH", os.defpath), "/usr/sbin", "/usr/local/sbin"))
        )


CC = Program("cc", "gcc")
MOSQUITTO = Program("mosquitto", "mosquitto")
NGINX = Program("nginx", "nginx-light")
OPENSSL = Program("openssl", "openssl")
SQLITE = Program("sqlite3", "sqlite3")
SQUID = Program("squid", "squid")
TINYPROXY = Program("tinyproxy", "tinyproxy-bin")
DANTED = Program("danted", "dante-server")
TCPDUMP = Program("tcpdump", "tcpdump")
TSHARK = Program("tshark", "tshark")
MICROSOCKS = Program("microsocks", "microsocks")

#: Every peer that a `peer(name)` marker may name.
PEERS: dict[str, Peer] = {
    peer.name: Peer(peer.missing, peer.install)
    for peer in (
        NODE_WS,
        PROTOCOLS,
        FRONT_END,
        CC,
        MOSQUITTO,
        NGINX,
        OPENSSL,
        SQLITE,
        SQUID,
        TINYPROXY,
        DANTED,
        MICROSOCKS,
        TSHARK,
        TCPDUMP,
        DUCKDB,
        MITMPROXY,
        COLLABORATION,
    )
}
