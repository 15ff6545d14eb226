"""A capture as a test."""

from __future__ import annotations

import subprocess
import sys
from pathlib import Path

import pytest

import kontena_ws_nb as kws
from kontena_ws_nb.captures.capture import Capture
from kontena_ws_nb.recording.records import ConnectionRecord, SessionRecord
from tests.lab.playing import START, shaken

ROWS = [
    (1, "text", b'{"hello":1}'),
    (1, ">text", b'{"op":"sub","id":1}'),
    (1, "text", b"a"),
    (1, "text", b"b"),
    (1, ">binary", bytes(range(256))),
    (1, ">text", 'a "quoted" \u202e tab\t and ü'.encode() * 9),
    (1, "close", b"\x0f\xa1bye"),
    (2, ">text", b"again"),
    (2, "text", b"yes"),
]


def capture(rows: list[tuple[int, str, bytes]], name: str = "feed", **shake: object) -> Capture:
    log = kws.MessageLog()
    for at, (connection, kind, payload) in enumerate(rows):
        log.add(kind.lstrip(">"), payload, sent=kind[0] == ">", time_ns=START + at * 1_000_000, connection=connection)
    connections = tuple(
        ConnectionRecord(number=number, url="ws://feed.example/v1", handshake=shaken("/v1", **shake))
        for number in dict.fromkeys(number for number, *_ in rows)
    )
    record = SessionRecord(name=name, url="ws://feed.example/v1", connections=connections)
    return Capture(Path("feed.har"), "HAR", [(record, log)])


def run(test: Path) -> subprocess.CompletedProcess[str]:
    command = [sys.executable, "-m", "pytest", "-q", "-p", "no:cacheprovider", "-W", "error", test.name]
    return subprocess.run(command, cwd=test.parent, capture_output=True, text=True, timeout=120, check=False)


def test_it_passes_as_it_is_written_and_fails_readably(tmp_path: Path) -> None:
    test = capture(ROWS, subprotocol="v1.feed").to_pytest(tmp_path / "test_feed.py", ignore=["$.t"])
    assert sorted(path.name for path in tmp_path.iterdir()) == ["test_feed.har", "test_feed.py"]
    text = test.read_text("utf-8")
    assert text.startswith('"""What feed did, played to a client of ours.\n')
    assert 'subprotocols=["v1.feed"]' in text
    assert 'IGNORE: list[str] = ["$.t"]' in text
    assert "received = [ws.read(10) for _ in range(2)]" in text
    assert "\u202e" not in text
    assert (run(test).returncode, run(test).stdout.splitlines()[-1][:8]) == (0, "1 passed")

    test.write_text(text.replace('"id":1', '"id":2'), "utf-8")
    failed = run(test)
    assert failed.returncode == 1
    assert "AssertionError: message 1: the client sent something else" in failed.stdout
    assert "$.id: 1 → 2" in failed.stdout

    test.write_text(text.replace('ws.send("again")', 'ws.send("agaim")'), "utf-8")
    assert "at byte 4: 'again' → 'agaim'" in run(test).stdout

    test.write_text(text.replace('        ws.send("again")\n        ws.read(10)\n', "        pass\n"), "utf-8")
    assert "the client did not send it" in run(test).stdout


def test_long_and_many_messages_are_looked_up_in_the_recording(tmp_path: Path) -> None:
    long = capture([(1, ">text", b"x" * 3000), (1, ">text", b"short"), (1, "text", b"y")])
    text = long.to_pytest(tmp_path / "long.py").read_text("utf-8")
    assert "ws.send(sent[0])" in text
    assert 'ws.send("short")' in text
    assert "def test_long() -> None:" in text
    many = capture([(1, ">binary", b"%d" % n) for n in range(50)])
    test = many.to_pytest(tmp_path / "test_many.py")
    assert "ws.send(sent[49])" in test.read_text("utf-8")
    assert run(test).returncode == 0


def test_a_capture_with_nothing_said(tmp_path: Path) -> None:
    test = capture([(1, "close", b"\3\xe8")]).to_pytest(tmp_path / "test_class.py")
    assert "        pass\n" in test.read_text("utf-8")
    assert run(test).returncode == 0


@pytest.mark.parametrize(
    ("stem", "function"),
    [("Test-Feed 2", "test_feed_2"), ("feed", "test_feed"), ("ü", "test_capture"), ("test", "test")],
)
def test_the_functions_name(tmp_path: Path, stem: str, function: str) -> None:
    text = capture(ROWS).to_pytest(tmp_path / f"{stem}.py").read_text("utf-8")
    assert f"def {function}() -> None:" in text


def test_hostile_names(tmp_path: Path) -> None:
    name = '"""\nimport os\n\\ \x1b[31m'
    test = capture(ROWS[:2], name).to_pytest(tmp_path / "test_x.py", ignore=['$["a\'b\\"c"]'])
    compile(test.read_text("utf-8"), "test_x.py", "exec")
    assert "\nimport os" not in test.read_text("utf-8")
    assert run(test).returncode == 0


def test_secrets_are_masked_on_both_sides(tmp_path: Path) -> None:
    kws.secret("t0psecr3t")
    said = capture([(1, ">text", b'{"token":"t0psecr3t"}')])
    test = said.to_pytest(tmp_path / "test_secret.py")
    for path in tmp_path.iterdir():
        assert "t0psecr3t" not in path.read_text("utf-8")
    assert run(test).returncode == 0
    said.to_pytest(test, secrets=True, overwrite=True)
    assert "t0psecr3t" in test.read_text("utf-8")


def test_what_is_refused(tmp_path: Path) -> None:
    one = capture(ROWS)
    with pytest.raises(ValueError, match=r"a test is a file that ends in \.py, got 'test\.txt'"):
        one.to_pytest(tmp_path / "test.txt")
    with pytest.raises(ValueError, match="what is ignored"):
        one.to_pytest(tmp_path / "test_a.py", ignore=["time"])
    one.to_pytest(tmp_path / "test_a.py")
    before = (tmp_path / "test_a.py").read_text("utf-8")
    with pytest.raises(FileExistsError, match="overwrite=True replaces it"):
        capture(ROWS[:3]).to_pytest(tmp_path / "test_a.py")
    assert (tmp_path / "test_a.py").read_text("utf-8") == before
    several = Capture(
        Path("x"), "HAR", [(SessionRecord(name="a"), kws.MessageLog()), (SessionRecord(name="b"), kws.MessageLog())]
    )
    with pytest.raises(
        ValueError, match=r"a test is about one session: capture.sessions\['a'\].to_pytest\('test_b.py'\)"
    ):
        several.to_pytest(tmp_path / "test_b.py")
