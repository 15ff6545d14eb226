"""The package's types: mypy --strict over files of typical use, and over mistakes that it must find.

mypy finds the installed package and reads its types because it ships ``py.typed``.
"""

from __future__ import annotations

import re
import subprocess
import sys
from pathlib import Path

import pytest

HERE = Path(__file__).parent
ROOT = HERE.parents[1]
REFUSED = re.compile(r"# refused: ([\w-]+)")
FOUND = re.compile(r"mistakes\.py:(\d+): error: .*\[([\w-]+)\]")


@pytest.fixture(scope="module")
def checked(tmp_path_factory: pytest.TempPathFactory) -> str:
    """What mypy says. Far from the sources and their settings, as in somebody else's project."""
    folder = tmp_path_factory.mktemp("project")
    for path in HERE.glob("*.py"):
        if not path.name.startswith("test_"):
            (folder / path.name).write_text(path.read_text())
    command = [sys.executable, "-m", "mypy", "--strict", "--config-file=", "--no-error-summary", "--hide-error-context"]
    command += ["--cache-dir", str(ROOT / ".cache" / "mypy-typing"), *sorted(path.name for path in folder.glob("*.py"))]
    return subprocess.run(command, cwd=folder, capture_output=True, text=True, timeout=300, check=False).stdout


@pytest.mark.timeout(300)  # mypy's first run
def test_typical_use_has_the_right_types(checked: str) -> None:
    assert [line for line in checked.splitlines() if not line.startswith("mistakes.py:")] == []


def test_mistakes_are_found(checked: str) -> None:
    lines = (HERE / "mistakes.py").read_text().splitlines()
    wanted = {(number, code) for number, line in enumerate(lines, 1) for code in REFUSED.findall(line)}
    found = {(int(number), code) for number, code in FOUND.findall(checked)}
    assert wanted
    assert found == wanted, checked
