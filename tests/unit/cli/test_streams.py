"""Standard input, output and error that are closed, full, redirected or in an encoding."""

from __future__ import annotations

import os
import sys
from pathlib import Path
from types import ModuleType, SimpleNamespace
from typing import Any

import pytest

from kontena_ws_nb.cli.streams import open_closed_streams, print_message, write_out
from tests.lab.command import shell


def test_binary_is_printed_as_hexadecimal(run: Any, demo: ModuleType, monkeypatch: pytest.MonkeyPatch) -> None:
    print_message(b"\x00\xffA")
    monkeypatch.setattr(sys.stdout, "isatty", lambda: True)
    print_message("\x1b[31mred")
    assert run("-n", demo.url("close?reason=x")).out.splitlines()[:2] == ["00 ff 41", "\\x1b[31mred"]


def test_closed_standard_streams_are_occupied() -> None:
    free = os.dup(0)
    os.close(free)
    open_closed_streams(free)
    assert os.fstat(free).st_rdev == Path(os.devnull).stat().st_rdev
    os.close(free)


def test_input_is_a_file(demo: ModuleType, tmp_path: Path) -> None:
    file = tmp_path / "lines.txt"
    file.write_bytes(b"x" * 200_000 + "\r\nzwölf\nlast".encode())
    code, out, _ = shell(f'"$@" <{file}', "-w", "0.5", demo.url())
    assert (code, out) == (0, b"x" * 200_000 + "\nzwölf\nlast\n".encode())


def test_input_that_is_not_utf_8_is_told(run: Any, demo: ModuleType) -> None:
    ran = run(demo.url(), stdin=b"good\nb\xe4d\n\xff")
    assert ran.out == "good\nb\ufffdd\n\ufffd\n"
    warned = [text for level, text in ran.log if level == "WARNING"]
    assert warned[0].startswith("line 2 of the input is not UTF-8 (byte 2)")
    assert warned[1].startswith("line 3 of the input is not UTF-8 (byte 1)")


@pytest.mark.parametrize(
    "arguments", [("-n", "demo/ticker"), ("demo",), ("--help",), ("cert", "--help"), ("demo", "--help"), ("--version",)]
)
def test_a_closed_output_is_told_before_anything_is_sent(arguments: tuple[str, ...]) -> None:
    code, _, told = shell('"$@" >&-', *arguments)
    assert code == 74
    assert told.splitlines()[-1].startswith("ERROR: cannot write to standard output: it is closed; ")
    assert "Connecting" not in told


@pytest.mark.parametrize(
    "arguments",
    [("-n", "demo/ticker?rate=100"), ("--help",), ("cert", "-k", "demo+tls"), ("cert", "--pem", "demo+tls")],
)
def test_a_full_disk_is_told(arguments: tuple[str, ...]) -> None:
    code, _, told = shell('"$@" >/dev/full', *arguments)
    assert code == 74
    assert told.splitlines()[-1].startswith("ERROR: cannot write to standard output: No space left on device; ")


def test_a_closed_or_full_standard_error_changes_nothing(demo: ModuleType) -> None:
    for line in ('echo hi | "$@" 2>&-', 'echo hi | "$@" 2>/dev/full', 'echo hi | "$@" <&0 2>&- 3>&-'):
        assert shell(line, "-w", "0.3", demo.url())[:2] == (0, b"hi\n")
    for arguments in (("nonsense://x",), ("--bogus",), ("cert", "nonsense://x")):
        codes = {shell(f'"$@" {error}', *arguments)[0] for error in ("", "2>/dev/full", "2>&-")}
        assert len(codes) == 1, (arguments, codes)


@pytest.mark.parametrize(
    ("environ", "shown"),
    [
        ({"PYTHONIOENCODING": "ascii"}, rb"\u20ac \xe4 \U0001f600"),
        ({"LC_ALL": "C", "PYTHONCOERCECLOCALE": "0", "PYTHONUTF8": "0"}, rb"\u20ac \xe4 \U0001f600"),
        ({"PYTHONIOENCODING": "latin-1:strict"}, b"\\u20ac \xe4 \\U0001f600"),
        ({"PYTHONIOENCODING": "cp1252"}, b"\x80 \xe4 \\U0001f600"),
        ({"LC_ALL": "C"}, "€ ä 😀".encode()),
        ({"PYTHONIOENCODING": "utf-8"}, "€ ä 😀".encode()),
    ],
)
def test_what_the_output_cannot_hold_is_escaped(demo: ModuleType, environ: dict[str, str], shown: bytes) -> None:
    code, out, _ = shell("printf '€ ä 😀\\n' | \"$@\"", "-w", "0.3", demo.url(), **environ)
    assert (code, out) == (0, shown + b"\n")


@pytest.mark.parametrize("arguments", [("-n", "demo/ticker?rate=100"), ("--help",), ("cert", "demo+tls")])
def test_a_reader_that_has_read_one_line_ends_us_quietly(arguments: tuple[str, ...]) -> None:
    line = '{ "$@"; echo "code $?" >&2; } | head -n 1'
    code, out, told = shell(line, *arguments)
    assert (code, out.count(b"\n")) == (0, 1)
    assert told.splitlines()[-1] in ("code 0", "code 1")  # of a bad certificate that was shown
    assert "ERROR" not in told


def test_an_interrupt_while_output_is_stuck(monkeypatch: pytest.MonkeyPatch) -> None:
    def interrupt(*_: object) -> None:
        raise KeyboardInterrupt

    monkeypatch.setattr(sys, "stdout", SimpleNamespace(write=interrupt))
    with pytest.raises(KeyboardInterrupt):
        write_out("stuck")
