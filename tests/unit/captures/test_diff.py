"""What changed between two captures."""

from __future__ import annotations

import re
from pathlib import Path

import pytest

import kontena_ws_nb as kws
from kontena_ws_nb.captures import diff as module

START = 1_800_000_000_000_000_000


def log(*rows: tuple[str, bytes]) -> kws.MessageLog:
    made = kws.MessageLog()
    for at, (kind, payload) in enumerate(rows):
        made.add(kind.lstrip(">"), payload, sent=kind[0] == ">", time_ns=START + at * 1_000_000)
    return made


BEFORE = log(
    ("open", b"connected"),
    ("text", b'{"a":1,"t":1}'),
    (">text", b"sub"),
    ("text", b'{"x":[1,2]}'),
    ("ping", b"p"),
    ("binary", b"\1\2"),
    ("close", b"\3\xe8"),
)
AFTER = log(
    ("text", b'{"t":2,"a":1.0}'),
    (">text", b"subb"),
    ("text", b'{"x":[1,3]}'),
    ("text", b"<new>"),
    ("binary", b"\1\2"),
    ("close", b"\3\xe9bye"),
)


def test_what_changed() -> None:
    found = kws.diff(BEFORE, AFTER, ignore=["$.t"])
    assert found
    assert str(found).splitlines() == [
        "before → after: 3 changed, 1 added, 1 removed, 2 the same",
        "~ #2 → #1 ↑ text",
        "    at byte 3: 'sub' → 'subb'",
        "~ #3 → #2 ↓ text",
        "    $.x[1]: 2 → 3",
        "- #4 ↓ ping  p",
        "+ #3 ↓ text  <new>",
        "~ #6 → #5 ↓ close",
        "    1000 normal closure → 1001 going away “bye”",
    ]
    assert repr(found) == str(found)
    html = found._repr_mimebundle_()["text/html"]
    assert "&lt;new&gt;" in html
    assert "<new>" not in html
    assert [one.kind for one in found] == ["changed", "changed", "removed", "added", "changed"]
    assert found[0].before is not None
    assert found[0].before.text == "sub"


def test_nothing_changed() -> None:
    found = kws.diff(BEFORE, BEFORE)
    assert not found
    assert str(found) == "before → after: nothing changed, 6 the same"
    assert "<table>" not in found._repr_mimebundle_()["text/html"]


def test_json_is_compared_as_json_and_numbers_are_numbers() -> None:
    one = log(("text", b'{"a":[1,{"b":2.0}],"c":null}'), ("text", b"1"), ("text", b'{"n":9007199254740993}'))
    other = log(("text", b'{"c": null, "a": [1.0, {"b": 2}]}'), ("text", b"1.0"), ("text", b'{"n":9007199254740992}'))
    assert str(kws.diff(one, other)).splitlines()[1:] == [
        "~ #1 ↓ text",
        "    the same JSON, written in another way",
        "    at byte 1: '1' → '1.0'",
        "~ #2 ↓ text",
        "    $.n: 9007199254740993 → 9007199254740992",
    ]


def test_pairs_keep_their_kind_and_direction() -> None:
    one = log(("text", b"a"), (">text", b"b"), ("text", b"c"))
    other = log((">text", b"x"), ("text", b"y"), ("text", b"z"))
    assert [str(line) for line in str(kws.diff(one, other)).splitlines()[1:] if line[0] != " "] == [
        "+ #0 ↑ text  x",
        "~ #0 → #1 ↓ text",
        "- #1 ↑ text  b",
        "~ #2 ↓ text",
    ]


def test_files_sessions_and_names(tmp_path: Path) -> None:
    kws.save({"feed": log(("text", b"a")), "old": log(("text", b"o"))}, tmp_path / "a.jsonl")
    kws.save({"feed": log(("text", b"b")), "new": log(("text", b"n"))}, tmp_path / "b.jsonl")
    found = kws.diff(tmp_path / "a.jsonl", str(tmp_path / "b.jsonl"))
    assert found.names == ("a.jsonl", "b.jsonl")
    assert [(one.session, one.kind) for one in found] == [("feed", "changed"), ("old", "removed"), ("new", "added")]
    capture = kws.load(tmp_path / "a.jsonl")
    assert kws.diff(capture.sessions["feed"], log(("text", b"a"))).names == ("feed", "after")


def test_what_is_shown_is_bounded(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(module, "_ROWS", 2)
    found = kws.diff(log(*[("text", b"%d" % n) for n in range(5)]), log())
    assert str(found).splitlines()[-1] == "… and 3 more"
    assert "… and 3 more" in found._repr_mimebundle_()["text/html"]
    many = kws.diff(log(("text", b'{"a":0}')), log(("text", b"{%s}" % b",".join(b'"%d":1' % n for n in range(50)))))
    assert str(many).splitlines()[-1] == "    … and 41 more"
    large = b'"' + b"x" * (5 << 20) + b'"'
    assert len(str(kws.diff(log(("text", large)), log(("text", large + b" "))))) < 1000


def test_the_panel_shows_both_sides() -> None:
    found = kws.diff(BEFORE, AFTER, ["$.t"])
    panel = found.panel
    assert panel is found.panel
    shown = [(row.split()[0], row.split()[1]) for row in repr(panel.snapshot()).splitlines()[1:]]
    assert [index for name, index in shown if name == "before"] == ["0", "1", "2", "3"]
    assert [index for name, index in shown if name == "after"] == ["0", "1", "2", "3"]
    assert len(shown) == len(found) + 3  # three changed, and are there twice
    panel.close()
    assert found.panel is not panel
    found.panel.close()
    same = kws.diff(log(("text", b"a")), log(("text", b"b")))
    same.names = ("feed", "feed")
    assert re.search(r"feed \(before\), feed \(after\)", repr(same.panel.snapshot()))
    same.panel.close()


def test_what_cannot_be_compared() -> None:
    with pytest.raises(TypeError):
        kws.diff(7, BEFORE)
    with pytest.raises(ValueError, match="what is ignored"):
        kws.diff(BEFORE, AFTER, ["time"])
