"""Atomic writes of files."""

from __future__ import annotations

import os
import resource
import signal
import stat
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import pytest

from kontena_ws_nb.log.export import write_file
from kontena_ws_nb.log.log import MessageLog
from kontena_ws_nb.panel.panel import Panel
from kontena_ws_nb.system.whole_file import whole_file
from kontena_ws_nb.tls.certificate import CertificateChain
from tests.lab.certificates import lab


def write(path: Path, data: bytes) -> None:
    with whole_file(path) as file:
        file.write(data)


@contextmanager
def disk_of(size: int) -> Iterator[None]:
    """No file may grow beyond `size` bytes: the kernel refuses the write, as on a full disk."""
    limits = resource.getrlimit(resource.RLIMIT_FSIZE)
    old = signal.signal(signal.SIGXFSZ, signal.SIG_IGN)
    resource.setrlimit(resource.RLIMIT_FSIZE, (size, limits[1]))
    try:
        yield
    finally:
        resource.setrlimit(resource.RLIMIT_FSIZE, limits)
        signal.signal(signal.SIGXFSZ, old)


def test_it_replaces_what_was_there_and_keeps_its_permissions(tmp_path: Path) -> None:
    path = tmp_path / "a.csv"
    write(path, b"old")
    assert stat.S_IMODE(path.stat().st_mode) == 0o666 & ~umask()
    path.chmod(0o640)
    write(path, b"new")
    assert path.read_bytes() == b"new"
    assert stat.S_IMODE(path.stat().st_mode) == 0o640
    assert os.listdir(tmp_path) == ["a.csv"]


def umask() -> int:
    now = os.umask(0o022)
    os.umask(now)
    return now


def test_until_then_the_old_one_is_there(tmp_path: Path) -> None:
    path = tmp_path / "a.csv"
    write(path, b"old")
    path.chmod(0o600)
    with whole_file(path) as file:
        file.write(b"half")
        file.flush()
        assert path.read_bytes() == b"old"
        [other] = set(tmp_path.iterdir()) - {path}
        assert stat.S_IMODE(other.stat().st_mode) == 0o600  # as private as what it replaces
    assert path.read_bytes() == b"half"


@pytest.mark.parametrize("error", [KeyboardInterrupt, ValueError, MemoryError, OSError, GeneratorExit])
@pytest.mark.parametrize("before", [b"old", None], ids=["replace", "new"])
def test_whatever_goes_wrong_nothing_is_left(tmp_path: Path, error: type[BaseException], before: bytes | None) -> None:
    path = tmp_path / "a.csv"
    if before is not None:
        path.write_bytes(before)

    def fail() -> None:
        with whole_file(path) as file:
            file.write(b"half")
            raise error

    with pytest.raises(error):
        fail()
    assert os.listdir(tmp_path) == (["a.csv"] if before else [])
    assert before is None or path.read_bytes() == before


def test_a_link_stays_and_what_it_points_to_is_replaced(tmp_path: Path) -> None:
    (tmp_path / "there").mkdir()
    real, link = tmp_path / "there" / "real.csv", tmp_path / "link.csv"
    real.write_bytes(b"old")
    link.symlink_to(real)
    write(link, b"new")
    assert link.is_symlink()
    assert real.read_bytes() == b"new"
    real.unlink()
    write(link, b"again")  # a link to nothing makes it
    assert real.read_bytes() == b"again"


def test_a_pipe_is_written_to(tmp_path: Path) -> None:
    pipe = tmp_path / "pipe.csv"
    os.mkfifo(pipe)
    got: list[bytes] = []
    reader = threading.Thread(target=lambda: got.append(pipe.read_bytes()))
    reader.start()
    write(pipe, b"through")
    reader.join(10)
    assert got == [b"through"]
    assert stat.S_ISFIFO(pipe.stat().st_mode)


def test_errors_name_the_file_that_was_meant(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    with pytest.raises(FileNotFoundError) as missing:
        write(tmp_path / "nowhere" / "a.csv", b"")
    assert missing.value.filename == str(tmp_path / "nowhere" / "a.csv")
    path = tmp_path / "a.csv"
    path.write_bytes(b"old")
    monkeypatch.setattr(os, "access", lambda *_: False)  # root may write everything
    with pytest.raises(PermissionError, match="write-protected") as refused:
        write(path, b"new")
    assert refused.value.filename == str(path)
    assert path.read_bytes() == b"old"


def log_of(rows: int) -> MessageLog:
    log = MessageLog()
    for _ in range(rows):
        log.add("text", b"x" * 1000)
    return log


@pytest.mark.parametrize("name", ["a.csv", "a.jsonl"])
@pytest.mark.parametrize("door", ["write_file", "panel"])
def test_a_full_disk_leaves_the_old_export(tmp_path: Path, name: str, door: str) -> None:
    path = tmp_path / name
    path.write_bytes(b"old")
    log = log_of(200)
    panel = Panel(log)
    with disk_of(50_000), pytest.raises(OSError, match="File too large") as full:
        write_file(path, {"log": log}) if door == "write_file" else panel.export(path)
    assert full.value.filename == str(path)
    assert path.read_bytes() == b"old"
    assert os.listdir(tmp_path) == [name]
    panel.export(path)
    assert path.stat().st_size > 200_000
    panel.close()


def test_a_full_disk_leaves_the_old_certificate(tmp_path: Path) -> None:
    chain = CertificateChain(lab().chains["good"])
    for save, name in ((chain.save, "chain.pem"), (chain[0].save, "leaf.der")):
        path = tmp_path / name
        path.write_bytes(b"old")
        with disk_of(100), pytest.raises(OSError, match="File too large"):
            save(path)
        assert path.read_bytes() == b"old"
        assert save(path) == path
        assert path.stat().st_size > 100
    assert sorted(os.listdir(tmp_path)) == ["chain.pem", "leaf.der"]


def test_a_folder_that_is_missing_or_none_is_named(tmp_path: Path) -> None:
    with pytest.raises(FileNotFoundError, match="missing' does not exist: create it first"):
        write(tmp_path / "missing" / "a", b"")
    (tmp_path / "file").write_bytes(b"")
    with pytest.raises(NotADirectoryError, match="file' is no folder, or choose another one"):
        write(tmp_path / "file" / "a", b"")
