"""``kontena-ws`` in this process."""

from __future__ import annotations

import logging
import os
import sys
from collections.abc import Iterator
from pathlib import Path
from types import ModuleType, SimpleNamespace
from typing import Any

import pytest

from kontena_ws_nb.cli import echo, main
from kontena_ws_nb.cli.streams import logger
from tests.lab.command import Ran


@pytest.fixture
def run(capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch) -> Iterator[Any]:
    """Run `kontena-ws ARGUMENTS` with some standard input."""
    records: list[tuple[str, str]] = []

    class Keep(logging.Handler):
        def emit(self, record: logging.LogRecord) -> None:
            records.append((record.levelname, record.getMessage()))

    monkeypatch.setattr(echo, "QUIET", 0.1)
    keep = Keep()
    logger.addHandler(keep)
    opened: list[int] = []

    def go(*arguments: str, stdin: bytes = b"") -> Ran:
        records.clear()
        reader, writer = os.pipe()
        opened.append(reader)
        os.write(writer, stdin)
        os.close(writer)
        monkeypatch.setattr(sys, "stdin", SimpleNamespace(fileno=lambda: reader))
        try:
            code = main(list(arguments))
        except SystemExit as stopped:
            code = int(stopped.code or 0)
        return Ran(code, capsys.readouterr().out, list(records))

    yield go
    logger.removeHandler(keep)
    for descriptor in opened:
        os.close(descriptor)


@pytest.fixture
def trusted(demo: ModuleType, tmp_path: Path) -> str:
    file = tmp_path / "demo.pem"
    file.write_bytes(demo.certificate_pem())
    return str(file)
