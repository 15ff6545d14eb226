"""wsaccel, which websocket-client uses when it can import it: kept out of the tests' environment, beside it, and on the path of one run only."""

from __future__ import annotations

import os
import subprocess
import sys

from tests.benchmarks.flood import ROOT


def again(arguments: list[str]) -> int:
    """Run ``python -m`` with these arguments where wsaccel can be imported; installs it once per Python into ``.cache``."""
    folder = ROOT / ".cache" / "wsaccel" / f"{sys.implementation.cache_tag}"
    if not (folder / "wsaccel").exists():
        install = [
            sys.executable,
            "-m",
            "pip",
            "install",
            "--quiet",
            "--disable-pip-version-check",
            "--no-input",
            "--no-deps",
        ]
        done = subprocess.run(
            [*install, "--target", str(folder), "wsaccel"],
            capture_output=True,
            text=True,
            stdin=subprocess.DEVNULL,
            check=False,
        )
        if done.returncode != 0:
            print(f"wsaccel could not be installed:\n{done.stderr}", file=sys.stderr)
            return 1
    path = os.pathsep.join(filter(None, [str(folder), os.environ.get("PYTHONPATH")]))
    check = [sys.executable, "-c", "import wsaccel.utf8validator, wsaccel.xormask"]
    environ = dict(os.environ, PYTHONPATH=path)
    subprocess.run(check, env=environ, check=True)  # else `arguments` would come back here
    return subprocess.run([sys.executable, "-m", *arguments], env=environ, cwd=ROOT, check=False).returncode
