"""The wheel: its contents, and that it works without Node and without other packages, installed as users do."""

from __future__ import annotations

import os
import subprocess
import sys
import venv
import zipfile
from pathlib import Path

import pytest

ROOT = Path(__file__).resolve().parents[2]

NOTEBOOKS = sorted((ROOT / "notebooks").glob("*.ipynb"))

#: Run in the fresh environment: the extension loads, the panel finds its built front end, the demo answers, the
#: notebooks are there.
PROGRAM = """
import shutil
assert shutil.which("node") is None
from IPython.core.interactiveshell import InteractiveShell
shell = InteractiveShell.instance()
shell.run_line_magic("load_ext", "kontena_ws_nb")
session = shell.run_line_magic("ws_connect", "demo")
session.send("from a wheel")
print(session.read().text)
assert session.panel is not None
from kontena_ws_nb.system import speedups
print(speedups.compiled is not None)
session.close()
from kontena_ws_nb.demo import lab
print(*sorted(path.name for path in lab.prepare("demo").iterdir()))
"""


def build(folder: Path, **environ: str) -> Path:
    subprocess.run(
        [sys.executable, "-m", "hatchling", "build", "-t", "wheel", "-d", str(folder)],
        cwd=ROOT,
        env={**os.environ, **environ},
        check=True,
        capture_output=True,
    )
    return next(folder.glob("*.whl"))


@pytest.fixture(scope="module", params=["compiled", "pure"])
def wheel(request: pytest.FixtureRequest, tmp_path_factory: pytest.TempPathFactory) -> Path:
    pure = "" if request.param == "compiled" else "1"
    made = build(tmp_path_factory.mktemp("wheel"), KONTENA_WS_NB_PURE=pure)
    assert made.name.endswith("-py3-none-any.whl") == bool(pure)
    return made


def test_it_holds_the_front_end_the_notebooks_and_nothing_of_the_workshop(wheel: Path) -> None:
    names = zipfile.ZipFile(wheel).namelist()
    assert any("/system/_speedups." in name and name.endswith((".so", ".pyd")) for name in names) != (
        "none-any" in wheel.name
    )
    for expected in (
        "panel/static/panel.js",
        "panel/static/panel.css",
        "captures/page.js",
        "captures/page.css",
        "py.typed",
        *(f"demo/notebooks/{path.name}" for path in NOTEBOOKS),
    ):
        assert f"kontena_ws_nb/{expected}" in names
    assert [name for name in names if "node_modules" in name or "/frontend/" in name or name.startswith("tests")] == []


@pytest.mark.timeout(400)  # installs from the package index
def test_it_works_in_a_fresh_environment_without_node(wheel: Path, tmp_path: Path) -> None:
    venv.create(tmp_path / "venv", with_pip=False, symlinks=True)
    python = tmp_path / "venv" / "bin" / "python"
    install = [
        sys.executable,
        "-m",
        "pip",
        "--python",
        str(python),
        "install",
        "--quiet",
        "--disable-pip-version-check",
        str(wheel),
    ]
    subprocess.run(install, check=True, capture_output=True, stdin=subprocess.DEVNULL)
    environ = {
        name: value
        for name, value in os.environ.items()
        if name not in ("PYTHONPATH", "VIRTUAL_ENV") and "COVERAGE" not in name
    }
    environ |= {"PATH": str(python.parent), "IPYTHONDIR": str(tmp_path), "HOME": str(tmp_path)}
    done = subprocess.run(
        [str(python), "-W", "error::DeprecationWarning:kontena_ws_nb", "-c", PROGRAM],
        env=environ,
        cwd=tmp_path,
        capture_output=True,
        text=True,
        timeout=120,
        check=False,
    )
    assert done.returncode == 0, done.stderr
    compiled = "none-any" not in wheel.name
    names = " ".join([*(path.name for path in NOTEBOOKS), "start.ipynb"])
    assert done.stdout.splitlines()[-3:] == ["from a wheel", str(compiled), names]
    command = [str(python.parent / "kontena-ws"), "demo/"]
    echo = subprocess.run(
        command,
        env=environ,
        cwd=tmp_path,
        input="over the command line",
        capture_output=True,
        text=True,
        timeout=60,
        check=False,
    )
    assert (echo.returncode, echo.stdout) == (0, "over the command line\n")
