"""``python3 -m tests``: from a bare Python ≥ 3.10 to the verdict, in one line.

Makes ``.venv`` (or uses the one that is there), installs the package with its tests' needs, finds or installs Chromium
and the third-party servers, then runs ruff, mypy and pytest and holds the coverage bar. Standard library only, since it
runs before anything is installed. pytest's closing line is printed last: people and CI read that one.

    python3 -m tests                     everything
    python3 -m tests --require-peers     the same; fails when a third-party server is missing (CI)
    python3 -m tests tests/unit -k demo  only pytest, with these arguments
"""

from __future__ import annotations

import glob
import hashlib
import os
import re
import shutil
import subprocess
import sys
import venv
from pathlib import Path

from tests.lab import peers

ROOT = Path(__file__).resolve().parents[1]
VENV = ROOT / ".venv"
STAMP = VENV / ".installed-for-tests"
COVERAGE = ROOT / ".cache" / "coverage"
CLOSING = re.compile(r"=+ .*\bin \d+\.\d+s.* =+$")
BROWSERS = ("chromium", "chromium-browser", "google-chrome", "google-chrome-stable", "chrome")


def main(arguments: list[str]) -> int:
    if sys.version_info < (3, 10):  # noqa: UP036  the one place that meets any Python
        return fail(f"Python 3.10 or newer is needed; this is {sys.version.split()[0]} ({sys.executable})")
    os.chdir(ROOT)
    if (problem := environment()) is not None:
        return fail(problem)
    required = "--require-peers" in arguments
    chosen = [argument for argument in arguments if argument != "--require-peers"]
    environ = dict(os.environ)
    browser = chromium()
    if browser is None:
        say("no Chromium: the browser tests will fail. Install one, or set CHROMIUM to its path")
    else:
        environ["CHROMIUM"] = browser
    for name in peers.PEERS:
        why = peers.install(name)
        if why is not None:
            if required:
                return fail(f"peer {name} is missing: {why}")
            say(f"peer {name} could not be installed: {why}")
    pytest = [python(), "-m", "pytest", *(["--require-peers"] if required else [])]
    if chosen:
        return subprocess.run([*pytest, *chosen], env=environ, check=False).returncode
    return everything(pytest, environ)


def everything(pytest: list[str], environ: dict[str, str]) -> int:
    """Run every check; return 0 when all passed."""
    failed = []
    checks = {
        "ruff": ["-m", "ruff", "check", "--quiet"],
        "ruff format": ["-m", "ruff", "format", "--quiet", "--check"],
        "mypy": ["-m", "mypy", "--no-error-summary"],
    }
    for name, command in checks.items():
        say(name)
        if subprocess.run([python(), *command], check=False).returncode != 0:
            failed.append(name)
    shutil.rmtree(COVERAGE, ignore_errors=True)
    COVERAGE.mkdir(parents=True)
    environ["COVERAGE_FILE"] = str(COVERAGE / "data")
    workers = str(min(4, os.cpu_count() or 1))
    measured = [python(), "-m", "coverage", "run", *pytest[1:], "-n", workers]
    say("pytest")
    code, closing = streamed(measured, environ)
    if code != 0:
        failed.append("pytest")
    say("coverage")
    combine, report = ([python(), "-m", "coverage", *rest] for rest in (["combine", "--quiet"], ["report"]))
    if any(subprocess.run(command, env=environ, check=False).returncode for command in (combine, report)):
        failed.append("coverage")
    if failed:
        say("FAILED: " + ", ".join(failed))
    print(closing, end="", flush=True)
    return 1 if failed else 0


def streamed(command: list[str], environ: dict[str, str]) -> tuple[int, str]:
    """Run pytest, passing its output on as it comes, but for the closing line, which is returned."""
    closing = ""
    with subprocess.Popen(
        command, env=environ, stdout=subprocess.PIPE, stderr=subprocess.STDOUT, text=True, errors="replace"
    ) as process:
        assert process.stdout is not None
        for line in process.stdout:
            if CLOSING.match(line):
                line, closing = closing, line  # noqa: PLW2901  an earlier candidate was no closing line after all
            print(line, end="", flush=True)
    return process.returncode, closing


def environment() -> str | None:
    """Make or refresh the virtual environment; say what went wrong, or None."""
    wanted = hashlib.sha256((ROOT / "pyproject.toml").read_bytes() + sys.version.encode()).hexdigest()
    if subprocess_ok([python(), "-c", "import sys, pip; sys.exit(sys.version_info < (3, 10))"]):
        if STAMP.exists() and STAMP.read_text() == wanted:
            return None
    else:
        say("making .venv")
        if (problem := make_venv()) is not None:
            return problem
    say("installing the package and its tests' needs into .venv (minutes, the first time)")
    install = [
        python(),
        "-m",
        "pip",
        "install",
        "--quiet",
        "--disable-pip-version-check",
        "--no-input",
        "-e",
        ".[test]",
    ]
    done = subprocess.run(
        install, stdin=subprocess.DEVNULL, stdout=subprocess.PIPE, stderr=subprocess.STDOUT, text=True, check=False
    )
    if done.returncode != 0:
        return f"pip failed:\n{done.stdout}"
    STAMP.write_text(wanted)
    return None


def make_venv() -> str | None:
    """Make the environment; Debian's Python needs a package of its own for that, which root can install."""
    if VENV.exists():
        shutil.rmtree(VENV)
    for attempt in range(2):
        try:
            venv.create(VENV, with_pip=True, symlinks=os.name != "nt")
        except (subprocess.CalledProcessError, ImportError, SystemExit) as error:
            package = f"python{sys.version_info[0]}.{sys.version_info[1]}-venv"
            shutil.rmtree(VENV, ignore_errors=True)
            if attempt:
                return f"cannot make a virtual environment: {error}"
            try:
                peers.apt_install(package)
            except (OSError, subprocess.CalledProcessError) as denied:
                return f"this Python cannot make virtual environments ({error}); on Debian: apt-get install {package}\n{denied}"
        else:
            return None
    return None


def chromium() -> str | None:
    """Find a Chromium, or install one: the environment variable, PATH, Playwright's own, apt, Playwright's download."""
    for attempt in (None, debian_chromium, playwright_chromium):
        if attempt is not None:
            attempt()
        found = find_chromium()
        if found:
            return found
    return None


def find_chromium() -> str | None:
    named = os.environ.get("CHROMIUM")
    if named:
        return named
    for name in BROWSERS:
        found = shutil.which(name)
        if found:
            return found
    folder = os.environ.get("PLAYWRIGHT_BROWSERS_PATH") or os.path.expanduser("~/.cache/ms-playwright")
    return next(iter(sorted(glob.glob(f"{folder}/chromium-*/chrome-linux*/chrome"), reverse=True)), None)


def debian_chromium() -> None:
    say("looking for Chromium at the system's package manager")
    try:
        peers.apt_install("chromium")
    except (OSError, subprocess.CalledProcessError) as error:
        say(f"not there: {error}")


def playwright_chromium() -> None:
    say("asking Playwright for its Chromium")
    if not subprocess_ok([python(), "-m", "playwright", "install", "chromium"]):
        say("it could not be downloaded")


def python() -> str:
    """The environment's interpreter."""
    return str(VENV / ("Scripts/python.exe" if os.name == "nt" else "bin/python"))


def subprocess_ok(command: list[str]) -> bool:
    """Tell whether a command can be run and succeeds."""
    try:
        quiet = subprocess.DEVNULL
        return subprocess.run(command, stdin=quiet, stdout=quiet, stderr=quiet, check=False).returncode == 0
    except OSError:
        return False


def say(text: str) -> None:
    print(f"tests: {text}", flush=True)


def fail(text: str) -> int:
    say(text)
    return 1


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
