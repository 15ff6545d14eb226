"""The committed front end equals a build of its sources, and their types, lint and unit tests pass. A copy is built."""

from __future__ import annotations

import re
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


#: Percent of the lines of each module that the unit tests run.
BAR = 98.0


def run(workshop: Path, *command: str) -> str:
    done = subprocess.run(command, cwd=workshop, capture_output=True, text=True, check=False, stdin=subprocess.DEVNULL)
    assert done.returncode == 0, done.stdout + done.stderr
    return done.stdout


@pytest.mark.parametrize(
    "command",
    [
        ["node", "build.mjs", "--check"],
        ["node", "node_modules/typescript/bin/tsc", "--noEmit"],
        ["node", "node_modules/@biomejs/biome/bin/biome", "lint", "--error-on-warnings"],
        ["node", "node_modules/@biomejs/biome/bin/biome", "format"],
    ],
    ids=["built", "types", "lint", "format"],
)
def test_it(workshop: Path, command: list[str]) -> None:
    run(workshop, *command)


@pytest.mark.timeout(400)  # a process for each file of tests
def test_units(workshop: Path) -> None:
    report = run(workshop, "node", "test.mjs", "--test-reporter=tap")
    print(report[report.index("# start of coverage report") :])
    assert re.search(r"^# skipped 0$", report, re.MULTILINE)
    lines = {
        name: float(percent)
        for name, percent in re.findall(r"^# build/src/(\S+)\.js\s+\|\s+([\d.]+) \|", report, re.MULTILINE)
    }
    source = workshop / "src"
    modules = [path.relative_to(source).with_suffix("").as_posix() for path in source.rglob("*.ts")]
    assert modules
    assert {name: lines.get(name, 0.0) for name in modules if lines.get(name, 0.0) < BAR} == {}
