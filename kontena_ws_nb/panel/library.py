"""`Library`: the messages a panel's readers keep, by folder and name, in a JSON file beside the notebook. Any thread.

What lives here: the file, and what a change means when somebody else changed it too. What must not: sending, evaluating:
what is in the file is text. Nothing is written before a reader or Python asked for the file. Until then a page keeps its
messages in the browser.
"""

from __future__ import annotations

import json
import os
import threading
from collections.abc import Callable, Iterator, Sequence
from pathlib import Path
from typing import Any, Final, NamedTuple

from ..feed.comm_messages import RequestError
from ..redaction.text import printable
from ..system.paths import local_path
from ..system.whole_file import whole_file
from .templates import MODES

#: What a file says it is, and the newest version this reads and writes.
FORMAT: Final = "kontena_ws_nb messages"
VERSION: Final = 1
#: The file that is read without being asked for, if it is one of these, and that a page offers.
DEFAULT: Final = "messages.json"
#: Messages in a library, characters of a name, of a text, and bytes of a file.
MOST: Final = 1000
LONGEST_NAME: Final = 100
LONGEST_TEXT: Final = 100_000
LARGEST: Final = 8 << 20


class SavedMessage(NamedTuple):
    """A message that was kept."""

    name: str
    #: Empty for none.
    folder: str
    #: How the text is written: Text, JSON, Hex or Base64.
    mode: str
    text: str


class _Entry(NamedTuple):
    """A message, and what else the file says of it: that stays."""

    message: SavedMessage
    more: dict[str, Any]


#: Two panels may write the same file.
_WRITING: Final = threading.Lock()


class Library:
    """The kept messages of one panel: a sequence of `SavedMessage`, read from the file whenever somebody looks.

    Parameters
    ----------
    named : callable
        Puts names in the place of secrets: their values are never written.
    """

    #: The file that was asked for last in this kernel: what panels use that were not told another one.
    latest: Path | None = None

    def __init__(self, named: Callable[[str], str]) -> None:
        self._named = named
        self._path: Path | None = None
        self._browser = False

    def __repr__(self) -> str:
        path = self.path
        return f"<Library {printable(str(path))}>" if path else "<Library in the browser>"

    def __iter__(self) -> Iterator[SavedMessage]:
        return iter(self.read())

    def __len__(self) -> int:
        return len(self.read())

    @property
    def path(self) -> Path | None:
        """The file; None while messages are kept in the browser."""
        if self._path is None and not self._browser:
            default = Path(DEFAULT).absolute()
            self._path = Library.latest or (default if _is_one(default) else None)
        return self._path

    def use(self, path: str | os.PathLike[str] | None) -> None:
        """Keep the messages in a file from now on, or in the browser.

        Parameters
        ----------
        path : str or path-like, optional
            A file that is there is read; one that is not is written with the first message. None means the browser.

        Raises
        ------
        ValueError
            The file holds something else, or a newer version.
        OSError
            It cannot be read.
        """
        if path is None:
            self._path, self._browser = None, True
            return
        found = Path(local_path(path)).absolute()
        if found.exists():
            _read(found)
        self._path = Library.latest = found

    def ask(self, path: str, messages: Sequence[SavedMessage] = ()) -> None:
        """Do what a page asks: as `use`, below the kernel's working directory only, and take over what the browser kept.

        Parameters
        ----------
        path : str
            Relative, ends in ``.json``; empty for the browser.
        messages : sequence of SavedMessage, optional
            Those that are not in the file yet are added; they stay in the browser too.

        Raises
        ------
        RequestError
            It is elsewhere, or no ``.json``.
        ValueError, OSError
            As for `use`; it cannot be written.
        """
        if not path:
            self.use(None)
            return
        here = os.path.realpath(Path.cwd())
        there = os.path.realpath(Path(here) / path)
        if os.path.isabs(path) or os.path.commonpath([here, there]) != here or not there.endswith(".json"):
            raise RequestError(
                "a page can ask for a .json file below the kernel's working directory; ws.panel.library = "
                '"path" in a cell takes any'
            )
        self.use(there)
        with _WRITING:
            top, entries = _read(Path(there))
            known = {entry.message for entry in entries}
            for message in map(self._safe, messages):
                if message not in known:
                    entries.append(_Entry(_free(message, entries), {}))
            _write(Path(there), top, entries)

    def read(self) -> list[SavedMessage]:
        """Read the messages, as they are in the file now.

        Returns
        -------
        list of SavedMessage
            Names in the place of secrets; empty while they are kept in the browser.

        Raises
        ------
        ValueError, OSError
            As for `use`.
        """
        path = self.path
        return [] if path is None else [self._safe(entry.message) for entry in _read(path)[1]]

    def change(self, old: SavedMessage | None, new: SavedMessage | None, at: int | None = None) -> None:
        """Add, rename, move, rewrite or delete a message. What somebody else wrote meanwhile stays.

        Parameters
        ----------
        old : SavedMessage, optional
            As it was; None to add one. If the file has another text under its name by now, that one stays beside.
        new : SavedMessage, optional
            As it is to be; None to delete it. A name that is taken gets a number.
        at : int, optional
            Its position among all, counted from 0; None leaves it where it is, and a new one goes to the end.

        Raises
        ------
        RequestError
            There is no file, what was to be deleted has changed, or there are too many.
        ValueError
            A name is empty or too long, a text too long, a mode unknown; or as for `use`.
        OSError
            It cannot be written; the old file is as it was.
        """
        path = self.path
        if path is None:
            raise RequestError(
                'messages are kept in the browser; ws.panel.library = "messages.json" keeps them in a file'
            )
        new = None if new is None else self._safe(_checked(new))
        with _WRITING:
            top, entries = _read(path)
            place = next(
                (
                    number
                    for number, entry in enumerate(entries)
                    if old is not None and self._safe(entry.message)[:2] == self._safe(old)[:2]
                ),
                None,
            )
            same = place is not None and old is not None and self._safe(entries[place].message) == self._safe(old)
            if new is None:
                if place is None:
                    return
                if not same:
                    raise RequestError("it was changed in the file meanwhile, and not deleted: look at it again")
                del entries[place]
            else:
                more: dict[str, Any] = {}
                if place is not None and same:
                    more = entries.pop(place).more
                elif len(entries) >= MOST:
                    raise RequestError(f"a library holds {MOST:,} messages: delete some")
                else:
                    place = None
                to = at if at is not None else place if place is not None else len(entries)
                entries.insert(max(0, to), _Entry(_free(new, entries), more))
            _write(path, top, entries)

    def add(self, text: str, name: str, *, folder: str = "", mode: str = "Text") -> None:
        """Keep a message.

        Parameters
        ----------
        text : str
            Up to 100,000 characters; secrets (`kws.secret`) are written as names, which no other kernel knows.
        name : str
            One that is taken gets a number.
        folder : str, optional
            Empty for none.
        mode : str, default "Text"
            How it is written: Text, JSON, Hex or Base64.

        Raises
        ------
        RequestError, ValueError, OSError
            As for `change`.
        """
        self.change(None, SavedMessage(name, folder, mode, text))

    def remove(self, name: str, *, folder: str = "") -> None:
        """Delete a message.

        Parameters
        ----------
        name, folder : str
            Its.

        Raises
        ------
        LookupError
            There is none.
        ValueError, OSError
            As for `change`.
        """
        for message in self.read():
            if message[:2] == (name, folder):
                self.change(message, None)
                return
        raise LookupError(f"no message is called {printable(name)!r}{f' in {printable(folder)!r}' if folder else ''}")

    def _safe(self, message: SavedMessage) -> SavedMessage:
        """Put names in the place of secrets."""
        return SavedMessage(*map(self._named, message))


def _checked(message: SavedMessage) -> SavedMessage:
    name, folder, mode, text = message
    name, folder = name.strip(), folder.strip()
    if not name or max(len(name), len(folder)) > LONGEST_NAME:
        raise ValueError(f"a name has 1 to {LONGEST_NAME} characters, a folder up to {LONGEST_NAME}")
    if len(text) > LONGEST_TEXT:
        raise ValueError(f"only messages up to {LONGEST_TEXT:,} characters can be saved, this one has {len(text):,}")
    if mode not in MODES:
        raise ValueError(f"a message is written as {', '.join(MODES)}")
    return SavedMessage(name, folder, mode, text)


def _free(message: SavedMessage, entries: Sequence[_Entry]) -> SavedMessage:
    """Give a message a name that no other one of its folder has."""
    taken = {entry.message.name for entry in entries if entry.message.folder == message.folder}
    name, number = message.name, 2
    while name in taken:
        name, number = f"{message.name} ({number})", number + 1
    return message._replace(name=name)


def _is_one(path: Path) -> bool:
    try:
        if not path.is_file():
            return False
        _read(path)
    except (OSError, ValueError):
        return False  # somebody else's: nobody asked for it
    return True


def _read(path: Path) -> tuple[dict[str, Any], list[_Entry]]:
    """Read a file, or nothing where there is none yet; whatever is not understood is an error, so that it is not written over."""
    shown = printable(str(path), 300)
    try:
        with path.open("rb") as file:
            data = file.read(LARGEST + 1)
    except FileNotFoundError:
        return {"format": FORMAT, "version": VERSION}, []
    if len(data) > LARGEST:
        raise ValueError(f"{shown} is larger than {LARGEST:,} bytes")
    try:
        top = json.loads(data)
    except (ValueError, RecursionError) as error:
        raise ValueError(f"{shown} is not JSON: {printable(str(error))}; mend it, or choose another file") from None
    if not isinstance(top, dict) or top.get("format") != FORMAT or not isinstance(top.get("messages"), list):
        raise ValueError(f"{shown} is no file of messages of this package: choose another name")
    if top.get("version") != VERSION:
        raise ValueError(f"{shown} has version {printable(str(top.get('version')), 20)}, this package reads {VERSION}")
    entries: list[_Entry] = []
    for number, item in enumerate(top["messages"][: MOST + 1], 1):
        more = dict(item) if isinstance(item, dict) else {}
        text = more.pop("text", None)
        if isinstance(text, list) and all(isinstance(line, str) for line in text):
            text = "\n".join(text)
        fields = (more.pop("name", None), more.pop("folder", ""), more.pop("mode", "Text"), text)
        if number > MOST or not all(isinstance(field, str) for field in fields):
            raise ValueError(f"{shown}: message {number} needs a name and a text, and there may be {MOST:,}")
        try:
            message = _checked(SavedMessage(*fields))
        except ValueError as error:
            raise ValueError(f"{shown}, message {number}: {error}") from None
        entries.append(_Entry(_free(message, entries), more))
    return top, entries


def _write(path: Path, top: dict[str, Any], entries: Sequence[_Entry]) -> None:
    """Write the file anew, a line of a text on a line of its own."""
    messages = [
        {
            **({"folder": message.folder} if message.folder else {}),
            "name": message.name,
            "mode": message.mode,
            "text": message.text.split("\n") if "\n" in message.text else message.text,
            **more,
        }
        for message, more in entries
    ]
    text = json.dumps({**top, "messages": messages}, ensure_ascii=False, indent=1) + "\n"
    with whole_file(path) as file:
        file.write(text.encode("utf-8", "backslashreplace"))
