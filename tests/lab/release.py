"""What a release is checked with; the release checklist names these commands.

    python -m tests.lab.release build            the source distribution and the wheel, twice, into dist/; checked
    python -m tests.lab.release lowest [PYTHON]  the lowest version of each dependency, and a part of the tests
    python -m tests.lab.release pythons          every Python that is there, the newest of each dependency, and a smoke test

`build` and `check` are also what ``tests/integration/test_wheel.py`` calls. Standard library only: the commands install what they need into
environments of their own in ``.cache/release``.
"""

from __future__ import annotations

import glob
import os
import re
import shutil
import subprocess
import sys
import tarfile
import tempfile
from collections.abc import Iterator, Mapping, Sequence
from pathlib import Path
from typing import Any, Final

try:
    import tomllib
except ImportError:  # before Python 3.11; coverage[toml] brings the same
    import tomli as tomllib

ROOT: Final = Path(__file__).resolve().parents[2]
CACHE: Final = ROOT / ".cache" / "release"
#: Seconds since 1970 of everything in an archive (reproducible-builds.org, SOURCE_DATE_EPOCH): no release is younger.
EPOCH: Final = "1767225600"
#: What users install besides the package.
EXTRAS: Final = ("demo", "data", "decoders")
#: What the tests of `PART` need.
TOOLS: Final = (
    "pytest>=8",
    "pytest-timeout",
    "pytest-xdist",
    "hypothesis",
    "nbformat",
    "nbclient",
    "cryptography_vectors",
    "wsproto",
)
#: The part of the tests that meets each dependency: sockets, TLS, proxies, kernels, widgets, magics, tables, decoders, the demo server.
PART: Final = (
    "tests/unit/test_exports.py",
    "tests/unit/test_api_certificate.py",
    "tests/unit/transport",
    "tests/unit/connection",
    "tests/unit/tls",
    "tests/unit/session",
    "tests/unit/magics",
    "tests/unit/panel",
    "tests/unit/decoders/test_packages.py",
    "tests/unit/decoders/test_compressed.py",
    "tests/unit/demo",
    "tests/unit/display",
    "tests/unit/log/test_tables.py",
    "tests/unit/log/filter/test_patterns.py",
    "tests/unit/captures/test_arrow.py",
    "tests/unit/captures/test_sql.py",
    "tests/integration/test_kernel.py",
)
#: Run in an environment with a release: import, connect to the demo server, panel, magics, table, certificate.
SMOKE: Final = """
import sys, warnings
warnings.simplefilter("error")
import kontena_ws_nb as kws
with kws.connect("demo") as ws:
    assert ws.request("hello").text == "hello"
    assert len(ws.messages.to_records()) == 3
    assert "hello" in ws.panel._repr_mimebundle_()[0]["text/html"]
assert kws.certificate("demo+tls").verdict.reason == "self-signed certificate"
warnings.simplefilter("default")
from IPython.core.interactiveshell import InteractiveShell
shell = InteractiveShell.instance()
shell.run_line_magic("load_ext", "kontena_ws_nb")
session = shell.run_line_magic("ws_connect", "demo/ticker")
shell.run_line_magic("ws_send", '{"op": "subscribe", "symbols": ["BTC-USD"]}')
assert shell.run_line_magic("ws_expect", "$.type=subscribed").json()["symbols"] == ["BTC-USD"]
shell.run_line_magic("ws_close", "--all")
from kontena_ws_nb.system import speedups
print(f"kontena_ws_nb {kws.__version__} works on Python {sys.version.split()[0]}", "compiled" if speedups.compiled else "pure")
"""


def project() -> dict[str, Any]:
    """Read the table ``project`` of ``pyproject.toml``."""
    table: dict[str, Any] = tomllib.loads((ROOT / "pyproject.toml").read_text("utf-8"))["project"]
    return table


def lowest(extras: Sequence[str] = EXTRAS) -> dict[str, str]:
    """Give the lowest version of each dependency that ``pyproject.toml`` allows.

    Raises
    ------
    ValueError
        One has no lowest version.
    """
    table = project()
    found = {}
    for requirement in [
        *table["dependencies"],
        *(one for extra in extras for one in table["optional-dependencies"][extra]),
    ]:
        match = re.match(r"([\w.-]+)(?:\[[^]]*\])?\s*>=\s*([\w.]+)", requirement)
        if match is None:
            raise ValueError(f"{requirement} has no lowest version")
        found[match[1]] = match[2]
    return found


def run(command: Sequence[object], **options: Any) -> None:
    """Run a command; what it prints is shown when it fails."""
    done = subprocess.run(
        [str(one) for one in command],
        stdout=subprocess.PIPE,
        stderr=subprocess.STDOUT,
        text=True,
        check=False,
        **options,
    )
    if done.returncode:
        raise SystemExit(f"{' '.join(map(str, command))} failed:\n{done.stdout}")


def build(
    folder: Path, root: Path = ROOT, kinds: Sequence[str] = ("sdist", "wheel"), **environ: str
) -> dict[str, Path]:
    """Build archives of a source tree.

    Parameters
    ----------
    folder : pathlib.Path
        Where they go.
    root : pathlib.Path
        The tree.
    kinds : sequence of {"sdist", "wheel"}
        What to build.
    **environ : str
        More environment.

    Returns
    -------
    dict
        The archive of each kind.
    """
    command = [sys.executable, "-m", "hatchling", "build", *(f"-t{kind}" for kind in kinds), "-d", folder]
    run(command, cwd=root, env={**os.environ, "SOURCE_DATE_EPOCH": EPOCH, **environ})
    made = {"sdist": "*.tar.gz", "wheel": "*.whl"}
    return {kind: next(folder.glob(made[kind])) for kind in kinds}


def rebuild(sdist: Path, folder: Path, **environ: str) -> Path:
    """Unpack a source distribution, and build a wheel from it, as pip does where there is none."""
    with tarfile.open(sdist) as archive:
        archive.extractall(folder, filter="data")
    (tree,) = folder.iterdir()
    return build(folder / "made", tree, ("wheel",), **environ)["wheel"]


def check(archives: Mapping[str, Path]) -> list[str]:
    """Ask twine, check-wheel-contents and pyroma; give what they complain about.

    Pyroma asks for a home page and an address of the authors, which there are none of: this repository knows no address of its own.
    """
    complaints = []
    commands: list[Sequence[object]] = [
        ["-m", "twine", "check", "--strict", *archives.values()],
        # W010: a package and modules side by side at the top; there is one package.
        ["-m", "check_wheel_contents", "--toplevel=kontena_ws_nb", archives["wheel"]],
    ]
    for command in commands:
        done = subprocess.run([sys.executable, *map(str, command)], capture_output=True, text=True, check=False)
        if done.returncode:
            complaints.append(done.stdout + done.stderr)
    done = subprocess.run(
        [sys.executable, "-m", "pyroma", "--min=1", "--file", str(archives["sdist"])],
        capture_output=True,
        text=True,
        check=False,
    )
    between = done.stdout.split("-" * 30)
    complaints += (
        [line for line in between[2].strip().splitlines() if line] if len(between) > 3 else [done.stdout + done.stderr]
    )
    return complaints


def environment(name: str, interpreter: str) -> Path:
    """Make an empty environment; give its interpreter."""
    folder = CACHE / name
    shutil.rmtree(folder, ignore_errors=True)
    run([interpreter, "-m", "venv", folder])
    return folder / "bin" / "python"


def with_lowest(interpreter: str) -> int:
    """Install the lowest version of everything that is named in ``pyproject.toml``, and run a part of the tests.

    By uv, whose resolution ``lowest-direct`` takes the newest of what these depend on.
    """
    uv = [environment("uv", sys.executable), "-m", "uv", "pip", "install", "--quiet"]
    run([uv[0], "-m", "pip", "install", "-q", "uv"])
    python = environment("lowest", interpreter)
    package = f"{ROOT}[{','.join(EXTRAS)}]"
    run([*uv, "--python", python, "--resolution=lowest-direct", "-e", package])
    run([*uv, "--python", python, *TOOLS])
    listed = subprocess.run(
        [str(one) for one in (*uv[:4], "freeze", "--python", python)], capture_output=True, text=True, check=True
    )
    versions = dict(line.split("==") for line in listed.stdout.split() if "==" in line)
    print(*(f"{name}=={versions.get(name.lower(), '?')}" for name in lowest()), flush=True)
    command = [python, "-m", "pytest", "-q", "-n2", "-p", "no:cacheprovider", "-W", "default", *PART]
    return subprocess.run([str(one) for one in command], cwd=ROOT, check=False).returncode


def interpreters() -> Iterator[str]:
    """Find every Python from 3.10 on: pyenv's, and those on PATH; one of each version."""
    places = [
        *sorted(glob.glob(os.path.expanduser("~/.pyenv/versions/*/bin/python"))),
        *(shutil.which(f"python3.{minor}") or "" for minor in range(10, 20)),
    ]
    found = {}
    for place in filter(None, places):
        asked = subprocess.run(
            [place, "-c", "import sys; print(*sys.version_info[:2])"], capture_output=True, text=True, check=False
        )
        version = tuple(map(int, asked.stdout.split())) if asked.returncode == 0 else (0, 0)
        if version >= (3, 10):
            found.setdefault(version, place)
    yield from (place for _, place in sorted(found.items()))


def with_each_python() -> int:
    """Install the wheel with the newest of everything into each Python, and see that it works."""
    failed = 0
    for interpreter in interpreters():
        python = environment("python", interpreter)
        with tempfile.TemporaryDirectory() as folder:
            wheel = build(Path(folder), kinds=("wheel",), KONTENA_WS_NB_PURE="1")["wheel"]
            run([python, "-m", "pip", "install", "-q", f"{wheel}[{','.join(EXTRAS)}]"])
            failed += subprocess.run([str(python), "-c", SMOKE], cwd=folder, check=False).returncode != 0
    return failed


def with_archives() -> int:
    """Build everything twice, and check it."""
    folder = ROOT / "dist"
    shutil.rmtree(folder, ignore_errors=True)
    archives = build(folder)
    with tempfile.TemporaryDirectory() as scratch:
        if rebuild(archives["sdist"], Path(scratch)).read_bytes() != archives["wheel"].read_bytes():
            print("the wheel of the source distribution is another one")
            return 1
    complaints = check(archives)
    print(*archives.values(), *complaints, sep="\n")
    return 0


if __name__ == "__main__":
    match sys.argv[1:]:
        case ["build"]:
            sys.exit(with_archives())
        case ["lowest", *rest]:
            sys.exit(with_lowest(rest[0] if rest else sys.executable))
        case ["pythons"]:
            sys.exit(with_each_python())
        case _:
            sys.exit(__doc__)
