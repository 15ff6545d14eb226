"""Messages that are kept in a file: what is written, what is read, and what others changed meanwhile."""

from __future__ import annotations

import json
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

import kontena_ws_nb as kws
from kontena_ws_nb.feed.comm_messages import RequestError
from kontena_ws_nb.panel import library as module
from kontena_ws_nb.panel.drafts import Drafts
from kontena_ws_nb.panel.library import DEFAULT, LARGEST, LONGEST_TEXT, Library, SavedMessage
from tests.unit.panel.conversation import Conversation, Page

PING = SavedMessage("ping", "", "Text", "ping")
LOGIN = SavedMessage("login", "auth", "JSON", '{\n  "op": "login"\n}')


@pytest.fixture(autouse=True)
def here(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """The kernel's working directory."""
    monkeypatch.chdir(tmp_path)
    monkeypatch.setattr(Library, "latest", None)
    return tmp_path


@pytest.fixture
def library() -> Library:
    library = Library(Drafts().named)
    library.use("messages.json")
    return library


def written(path: str = "messages.json") -> Any:
    return json.loads(Path(path).read_text("utf-8"))


def test_nothing_is_written_before_it_is_asked_for(here: Path) -> None:
    library = Library(Drafts().named)
    assert (library.path, list(library), len(library), repr(library)) == (None, [], 0, "<Library in the browser>")
    with pytest.raises(RequestError, match=r'kept in the browser; ws\.panel\.library = "messages\.json"'):
        library.add("x", "x")
    assert list(here.iterdir()) == []


def test_the_file_can_be_read_and_compared(library: Library, here: Path) -> None:
    library.add("ping", "ping")
    library.add(LOGIN.text, "login", folder="auth", mode="JSON")
    library.add("é\ud800", "odd")
    assert (
        Path("messages.json").read_text("utf-8")
        == """{
 "format": "kontena_ws_nb messages",
 "version": 1,
 "messages": [
  {
   "name": "ping",
   "mode": "Text",
   "text": "ping"
  },
  {
   "folder": "auth",
   "name": "login",
   "mode": "JSON",
   "text": [
    "{",
    "  \\"op\\": \\"login\\"",
    "}"
   ]
  },
  {
   "name": "odd",
   "mode": "Text",
   "text": "é\\ud800"
  }
 ]
}
"""
    )
    assert list(library)[:2] == [PING, LOGIN]
    assert repr(library) == f"<Library {here / 'messages.json'}>"


def test_a_message_is_renamed_moved_rewritten_and_deleted(library: Library) -> None:
    for name in "abc":
        library.add(name.upper(), name)
    a, b, c = library
    library.change(b, b._replace(name=" B ", folder="letters"))
    assert [one.name for one in library] == ["a", "B", "c"], "it stays where it is"
    library.change(c, c, at=0)
    library.change(a, a._replace(text="new"), at=99)
    assert [(one.name, one.text) for one in library] == [("c", "C"), ("B", "B"), ("a", "new")]
    library.change(None, c)
    assert [one.name for one in library] == ["c", "B", "a", "c (2)"], "a name that is taken gets a number"
    library.remove("B", folder="letters")
    library.change(b, None)  # somebody else did already
    assert [one.name for one in library] == ["c", "a", "c (2)"]
    with pytest.raises(LookupError, match="no message is called 'B' in 'letters'"):
        library.remove("B", folder="letters")
    with pytest.raises(LookupError, match=r"no message is called 'x'$"):
        library.remove("x")


def test_what_somebody_else_wrote_stays(library: Library) -> None:
    library.add("ping", "ping")
    other = Library(Drafts().named)
    other.use("messages.json")
    other.change(PING, PING._replace(text="theirs"))
    assert [one.text for one in library] == ["theirs"], "it is read again"
    library.change(PING, PING._replace(text="mine"))
    assert [(one.name, one.text) for one in library] == [("ping", "theirs"), ("ping (2)", "mine")]
    with pytest.raises(RequestError, match="changed in the file meanwhile, and not deleted"):
        library.change(PING, None)
    other.remove("ping (2)")
    library.change(PING._replace(name="ping (2)", text="mine"), PING._replace(name="back", text="mine"))
    assert [one.name for one in library] == ["ping", "back"], "what was deleted is not lost for who was changing it"


def test_what_people_write_by_hand_stays_and_what_is_not_understood_is_not_written_over(library: Library) -> None:
    top = {"format": module.FORMAT, "version": 1, "why": "notes", "messages": [
        {"name": "a", "text": ["1", "2"], "note": "mine"}, {"name": "a", "text": "", "folder": ""}]}  # fmt: skip
    Path("messages.json").write_text(json.dumps(top))
    assert [(one.name, one.text) for one in library] == [("a", "1\n2"), ("a (2)", "")]
    library.add("x", "b")
    assert (written()["why"], written()["messages"][0]["note"]) == ("notes", "mine")
    first = library.read()[0]
    library.change(first, first._replace(text="3"))
    assert written()["messages"][0] == {"name": "a", "mode": "Text", "text": "3", "note": "mine"}


@pytest.mark.parametrize(
    ("content", "message"),
    [
        ("{", "is not JSON"),
        ("[" * 100_000, "is not JSON"),
        ('{"name": "package"}', "is no file of messages of this package"),
        ("[]", "is no file of messages"),
        ({"version": 2}, "has version 2, this package reads 1"),
        ({"messages": [{"name": "x"}]}, "message 1 needs a name and a text"),
        ({"messages": [1]}, "message 1 needs"),
        ({"messages": [{"name": "", "text": ""}]}, "message 1: a name has 1 to 100 characters"),
        ({"messages": [{"name": "x", "text": "", "mode": "XML"}]}, "message 1: a message is written as Text, JSON"),
        ({"messages": [{"name": "x", "text": ""}] * 1001}, "message 1001 needs"),
        (" " * (LARGEST + 1), "is larger than 8,388,608 bytes"),
    ],
)
def test_a_file_that_is_something_else_is_left_alone(library: Library, content: Any, message: str) -> None:
    text = (
        content
        if isinstance(content, str)
        else json.dumps({"format": module.FORMAT, "version": 1, "messages": [], **content})
    )
    Path("messages.json").write_text(text)
    for act in (library.read, lambda: library.add("x", "x"), lambda: library.use("messages.json")):
        with pytest.raises(ValueError, match=message):
            act()
    assert Path("messages.json").read_text() == text
    assert Library(Drafts().named).path == library.path, "what Python asked for"
    Library.latest = None
    assert Library(Drafts().named).path is None, "nobody asked for somebody else's file"


@pytest.mark.parametrize(
    ("name", "text", "mode"), [("", "x", "Text"), (" ", "x", "Text"), ("x" * 101, "x", "Text"), ("x", "x", "File"),
                               ("x", "x" * (LONGEST_TEXT + 1), "Text")],
)  # fmt: skip
def test_what_cannot_be_kept(library: Library, name: str, text: str, mode: str) -> None:
    with pytest.raises(ValueError, match=r"a name has|written as|only messages up to 100,000 characters"):
        library.add(text, name, mode=mode)
    assert not Path("messages.json").exists()


def test_there_are_at_most_so_many(library: Library, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(module, "MOST", 1)
    library.add("x", "x")
    with pytest.raises(RequestError, match="holds 1 messages: delete some"):
        library.add("y", "y")


def test_panels_share_the_file_and_a_new_kernel_finds_the_default_one(library: Library, here: Path) -> None:
    library.add("ping", "ping")
    Library.latest = None
    assert list(Library(Drafts().named)) == [PING], "messages.json is this package's"
    library.use("other.json")
    fresh = Library(Drafts().named)
    assert fresh.path == here / "other.json"
    fresh.use(None)
    assert (fresh.path, library.path) == (None, here / "other.json")
    assert DEFAULT == "messages.json"


def test_a_page_asks_for_a_file_below_the_working_directory(here: Path) -> None:
    library = Library(Drafts().named)
    (here / "sub").mkdir()
    (here / "out").symlink_to("/")
    for path in ("/tmp/a.json", "../a.json", "sub/../../a.json", "out/tmp/a.json", "a.txt"):
        with pytest.raises(RequestError, match=r"below the kernel's working directory"):
            library.ask(path)
    library.ask("sub/a.json", [PING, LOGIN])
    library.ask("sub/a.json", [PING, PING._replace(text="2")])
    assert [(one.name, one.text) for one in library][::2] == [("ping", "ping"), ("ping (2)", "2")]
    library.ask("")
    assert library.path is None
    with pytest.raises(FileNotFoundError):
        library.ask("nowhere/a.json", [PING])


def test_secrets_are_not_written(library: Library) -> None:
    kws.secret("hunter2hunter2")
    library.add("token hunter2hunter2", "hunter2hunter2")
    assert "hunter2" not in Path("messages.json").read_text()
    (kept,) = library
    assert kept.text.startswith("token «secret ")
    library.change(kept._replace(text="token hunter2hunter2"), None)
    assert list(library) == [], "whoever knows the secret means the same message"


# ---- of a panel


def test_the_page_and_python_have_one_library(
    open_panel: Callable[..., Page], session: Conversation, here: Path
) -> None:
    page = open_panel(session)
    page.panel.trusts_page = True
    answer, buffers = page.ask("library")
    assert (answer["k"], answer["path"], answer["directory"], json.loads(buffers[0])) == ("library", "", str(here), [])
    mine = json.dumps([["ping", "", "Text", "ping"]]).encode()
    answer, buffers = page.ask("library_file", [memoryview(mine)], path="requests.json")
    assert (answer["path"], json.loads(buffers[0])) == (str(here / "requests.json"), [["ping", "", "Text", "ping"]])
    _, buffers = page.ask("keep", old=[], new=["a", "f", "Hex", "00"], at=0)
    assert list(page.panel.library) == [SavedMessage("a", "f", "Hex", "00"), PING]
    page.panel.library.add("3", "three")
    _, buffers = page.ask("keep", old=["a", "f", "Hex", "00"], new=[], at=-1)
    assert [one[0] for one in json.loads(buffers[0])] == ["ping", "three"]
    for wrong in ({"old": ["x"]}, {"new": ["x"] * 5}, {"at": -2}):
        assert page.ask("keep", **{"old": [], "new": [], "at": -1, **wrong})[0]["k"] == "error"
    for body in (b"{}", b"[1]", b"[[1,2,3,4]]", b"x", json.dumps([["a", "", "Text", ""]] * 1001).encode()):
        assert page.ask("library_file", [memoryview(body)], path="other.json")[0]["k"] == "error"
    page.panel.library = None
    assert page.ask("library")[0]["path"] == ""
    page.panel.library = "requests.json"
    assert len(page.panel.library) == 2
    assert page.ask("library_file", path="")[0]["path"] == ""
