"""The committed front end is what its sources build to, and its types hold. A copy is built, the tree is left alone."""

from __future__ import annotations

import shutil
import subprocess
from pathlib import Path

import pytest

from tests.lab import peers

pytestmark = pytest.mark.peer("front-end")


@pytest.fixture(scope="module")
def workshop(tmp_path_factory: pytest.TempPathFactory) -> Path:
    panel = tmp_path_factory.mktemp("panel")
    shutil.copytree(peers.FRONT_END.source, panel / "frontend", ignore=shutil.ignore_patterns("node_modules"))
    shutil.copytree(peers.FRONT_END.source.parent / "static", panel / "static")
    (panel / "frontend" / "node_modules").symlink_to(peers.FRONT_END.node_modules)
    return panel / "frontend"


@pytest.mark.parametrize("command", [["node", "build.mjs", "--check"], ["node", "node_modules/typescript/bin/tsc", "--noEmit"]], ids=["built", "types"])
def test_it(workshop: Path, command: list[str]) -> None:
    done = subprocess.run(command, cwd=workshop, capture_output=True, text=True, check=False, stdin=subprocess.DEVNULL)
    assert done.returncode == 0, done.stdout + done.stderr
