"""The examples of the documentation: finds them in its pages, and runs them as a reader would.

A page's ``python`` blocks are cells of one notebook, run from top to bottom. A ``text`` block right below one is what it prints,
returns or raises; ``…`` in it stands for anything. Lines of ``console`` blocks that begin with ``$`` are given to a shell; what
follows them is what they print. Of tables, the columns that are headed by this package or
another client in Python are run as well, where they are whole. ``<!-- run: … -->`` is run, and not shown. Everything else (``sh``, ``json``, ``nginx`` …) is not run. Called from the test's own thread.
"""

from __future__ import annotations

import contextlib
import io
import os
import re
import shutil
import subprocess
import sys
import textwrap
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Final

from IPython.core.interactiveshell import InteractiveShell

from kontena_ws_nb import demo
from tests.lab import certificates, proxies
from tests.lab.command import PROGRAM
from tests.lab.raw_server import RawServer
from tests.lab.tls_server import server_context

ROOT: Final = Path(__file__).resolve().parents[2]
PAGES: Final = ROOT / "notebooks" / "docs" / "pages"

_FENCE: Final = re.compile(r"^( *)```(\w+)[^\n]*\n(.*?)^\1```[^\n]*$", re.MULTILINE | re.DOTALL)


@dataclass(frozen=True)
class Example:
    """Something to run, and what it says; None where the page does not show it."""

    language: str
    text: str
    said: str | None
    line: int


def examples(path: Path) -> list[Example]:
    """Find the examples of a page."""
    page = path.read_text(encoding="utf-8")
    hidden = (
        Example("python", found[1], None, page.count("\n", 0, found.start()) + 1)
        for found in re.finditer(r"^<!-- run: (.*) -->$", page, re.MULTILINE)
    )
    found = [*hidden, *_blocks(page), *_cells(page)]
    return sorted(found, key=lambda example: example.line)


def _blocks(page: str) -> Iterator[Example]:
    blocks = list(_FENCE.finditer(page))
    for at, block in enumerate(blocks):
        language, text = block[2], textwrap.dedent(block[3])
        line = page.count("\n", 0, block.start()) + 1
        if language == "python":
            following = blocks[at + 1] if at + 1 < len(blocks) else None
            shown = (
                following is not None and following[2] == "text" and not page[block.end() : following.start()].strip()
            )
            yield Example("python", text, textwrap.dedent(following[3]) if shown and following else None, line)
        elif language == "console":
            for command in re.split(r"^\$ ", text, flags=re.MULTILINE)[1:]:
                first, _, said = command.partition("\n")
                while first.endswith("\\"):
                    more, _, said = said.partition("\n")
                    first = first[:-1] + more.strip()
                yield Example("console", first, said if said.strip() else None, line)


#: A column of commands or code in a table, by its heading, and what begins a whole one of them.
_COLUMNS: Final = {
    "kontena_ws_nb": r"kontena-ws |echo |kws\.|ws\b|client\b|token = ",
    "websockets": r"with connect\(.*: pass|client\b",
    "websocket-client": r"websocket\.|client\b",
}
#: Stands for something in code that is not whole.
_HOLE: Final = re.compile(r"…|\b(?:FILE|URL)\b")


def _cells(page: str) -> Iterator[Example]:
    """Find the code in the columns of tables that are run."""
    columns: dict[int, str] = {}
    outside = _FENCE.sub(lambda block: re.sub(r"[^\n]", " ", block[0]), page)
    for number, row in enumerate(outside.split("\n"), 1):
        cells = [cell.strip() for cell in re.split(r"(?<!\\)\|", row)]
        if len(cells) < 3:
            columns = {}
        elif not columns:
            columns = {at: _COLUMNS[cell] for at, cell in enumerate(cells) if cell in _COLUMNS}
        for at, whole in columns.items():
            for code in re.findall(r"`([^`]+)`", cells[at]):
                text = code.replace("\\|", "|")
                if re.match(whole, text) and not _HOLE.search(text):
                    in_terminal = text.startswith(("kontena-ws ", "echo "))
                    # It closes soon after its input has ended.
                    text = text.replace("kontena-ws ", "kontena-ws -w 0.2 ") if in_terminal else text
                    yield Example("console" if in_terminal else "python", text, None, number)


class World:
    """What the addresses of the examples lead to: servers of the lab, on loopback, started when a page names them.

    Parameters
    ----------
    folder : Path
        Where the examples run; it has the files that they name.
    """

    def __init__(self, folder: Path) -> None:
        self._folder = folder
        self._stack = contextlib.ExitStack()
        self._known: dict[str, str] = {}
        self._addresses: dict[str, Callable[[], str]] = {
            "wss://feed.example/v1": lambda: demo.url("ticker"),
            "wss://echo.example/": demo.url,
            "ws://localhost:8765": demo.url,
            "wss://internal.example:8443/": lambda: self._tls(client_ca=False),
            "wss://mtls.example/": lambda: self._tls(client_ca=True),
            "proxy.example:3128": lambda: f"127.0.0.1:{self._stack.enter_context(proxies.tinyproxy())}",
            "proxy.example:1080": lambda: f"127.0.0.1:{self._stack.enter_context(proxies.microsocks())}",
        }

    def __enter__(self) -> World:
        lab = certificates.lab()
        shutil.copy(lab.ca_file, self._folder / "ca.pem")
        for name in ("client.pem", "client.key", "client.p12"):
            shutil.copy(lab.path(name), self._folder / name)
        return self

    def __exit__(self, *exc: Any) -> None:
        self._stack.close()

    def real(self, text: str) -> str:
        """Write the lab's addresses for those of the page."""
        for address, start in self._addresses.items():
            if address in text:
                if address not in self._known:
                    self._known[address] = start()
                text = text.replace(address, self._known[address])
        return text

    def shown(self, text: str) -> str:
        """Write the page's addresses for those of the lab."""
        for address, real in self._known.items():
            text = text.replace(real, address)
        return text

    def _tls(self, *, client_ca: bool) -> str:
        return self._stack.enter_context(RawServer(context=server_context(client_ca=client_ca))).url


def run_cell(shell: InteractiveShell, text: str) -> tuple[str, bool]:
    """Run a cell; return what a reader sees below it, and whether it raised."""
    out = io.StringIO()
    with contextlib.redirect_stdout(out):
        result = shell.run_cell(text)
    said = re.sub(r"^Out\[\d+\]: ?", "", out.getvalue(), flags=re.MULTILINE)
    error = result.error_before_exec or result.error_in_exec
    if error is not None:
        said += f"\n{type(error).__name__}: {error}"
    return said, error is not None


def run_command(text: str, folder: Path) -> tuple[str, bool]:
    """Give a line to a shell in which ``kontena-ws`` is this checkout's; return what is printed, and whether it failed."""
    line = re.sub(r"(^|[|;&(]\s*)kontena-ws ", r'\1"$@" ', text)
    done = subprocess.run(
        ["sh", "-c", line, "sh", *PROGRAM],
        stdin=subprocess.DEVNULL,
        stdout=subprocess.PIPE,
        stderr=subprocess.STDOUT,
        timeout=60,
        check=False,
        cwd=folder,
        env={
            **os.environ,
            "PYTHONPATH": str(ROOT),
            "PATH": f"{Path(sys.executable).parent}{os.pathsep}{os.environ['PATH']}",
        },
    )
    return done.stdout.decode(), done.returncode != 0


def matches(expected: str, said: str) -> bool:
    """Tell whether the page shows what was said: spaces do not count, and an ellipsis stands for anything."""
    parts = (" ".join(part.split()) for part in expected.split("…"))
    pattern = ".*".join(re.escape(part).replace(r"\ ", r"\s*") for part in parts)
    return re.fullmatch(rf"\s*{pattern}\s*", said, re.DOTALL) is not None


def check(example: Example, shell: InteractiveShell, world: World, folder: Path) -> str | None:
    """Run an example; return what is wrong with it, or None."""
    text = world.real(example.text)
    said, failed = run_cell(shell, text) if example.language == "python" else run_command(text, folder)
    said = world.shown(said)
    if failed if example.said is None else not matches(example.said, said):
        return f"line {example.line}:\n{example.text}\nthe page shows:\n{example.said}\nbut it said:\n{said}"
    return None


if __name__ == "__main__":
    for one in examples(Path(sys.argv[1])):
        print(one)
