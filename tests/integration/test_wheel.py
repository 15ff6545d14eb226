"""The archives of a release: their contents, that they are reproducible, what tools say of them, and that the wheel works, installed as users do."""

from __future__ import annotations

import os
import re
import subprocess
import sys
import tarfile
import venv
import zipfile
from pathlib import Path

import pytest

from tests.lab import release

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


@pytest.fixture(scope="module", params=["compiled", "pure"])
def wheel(request: pytest.FixtureRequest, tmp_path_factory: pytest.TempPathFactory) -> Path:
    pure = "" if request.param == "compiled" else "1"
    made = release.build(tmp_path_factory.mktemp("wheel"), kinds=("wheel",), KONTENA_WS_NB_PURE=pure)["wheel"]
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
        "captures/page_filter.js",
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


@pytest.fixture(scope="module")
def archives(tmp_path_factory: pytest.TempPathFactory) -> dict[str, Path]:
    return release.build(tmp_path_factory.mktemp("archives"))


def test_the_same_source_makes_the_same_bytes(archives: dict[str, Path], tmp_path: Path) -> None:
    """From a checkout and, elsewhere, from the source distribution, which therefore lacks nothing."""
    rebuilt = release.rebuild(archives["sdist"], tmp_path)
    assert rebuilt.name == archives["wheel"].name
    assert rebuilt.read_bytes() == archives["wheel"].read_bytes()
    (tree,) = (folder for folder in tmp_path.iterdir() if folder.name != "made")
    (tree / "PKG-INFO").unlink()  # what a checkout has not
    again = release.build(tmp_path / "again", tree, ("sdist",))["sdist"]
    assert again.read_bytes() == archives["sdist"].read_bytes()


def test_what_tools_say_of_the_archives(archives: dict[str, Path]) -> None:
    """All that is missing are addresses: this repository knows none of its own, of people or on the web."""
    assert [re.search(r"author-email|project_urls", line)[0] for line in release.check(archives)] == [  # type: ignore[index]
        "author-email",
        "project_urls",
    ]


def test_the_source_distribution_holds_what_was_written_and_nothing_that_was_made(archives: dict[str, Path]) -> None:
    with tarfile.open(archives["sdist"]) as archive:
        names = {name.partition("/")[2] for name in archive.getnames()}
    expected = {"README.md", "CHANGELOG.md", "LICENSE", "hatch_build.py", "tests/__main__.py"}
    assert (
        expected | {"kontena_ws_nb/system/_speedups.c", "kontena_ws_nb/py.typed", "notebooks/docs/mkdocs.yml"} <= names
    )
    made = re.compile(r"node_modules|__pycache__|\.so$|\.pyc$|^\.(cache|venv|hypothesis)|(^|/)(dist|build|htmlcov)/")
    assert sorted(name for name in names if made.search(name)) == []


def test_every_dependency_has_a_lowest_version() -> None:
    """``python -m tests.lab.release lowest`` runs tests with them."""
    assert release.lowest().keys() >= {"websocket-client", "certifi", "jupyterlab", "pandas", "brotli"}
