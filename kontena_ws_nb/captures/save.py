"""`save`: writes a session, a capture, a log, a view or messages to a file, in the format that its suffix says."""

from __future__ import annotations

import os
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import replace
from pathlib import Path
from typing import TYPE_CHECKING, Any

from ..errors import CaptureError
from ..log.export import bookmarked
from ..log.log import MessageLog
from ..log.message import Message
from ..log.sequence import Tabular
from ..recording.records import ConnectionRecord, SessionRecord
from ..redaction.invalid import did_you_mean
from ..redaction.text import quoted
from ..system.paths import local_path
from ..system.whole_file import whole_file
from .progress import progress
from .saving import Saved, Saving, SessionRows

if TYPE_CHECKING:
    from .dataset import Period


def save(source: Any, path: str | os.PathLike[str], *, secrets: bool = False, name: str = "messages") -> Saved:
    """Do what `kontena_ws_nb.save` says.

    Parameters
    ----------
    source, path, secrets
        As there.
    name : str, optional
        What messages are called that are of no session.

    Returns
    -------
    Saved
    """
    from .formats import FORMATS, by_suffix  # with all formats

    target = Path(local_path(path))
    wanted = by_suffix(target.suffix)
    if wanted is not None and target.suffix.lower() in wanted.only_read:
        wanted = None
    if wanted is None or not wanted.writable:
        writable = [one for one in FORMATS if one.writable]
        known = [one.suffixes[0] for one in writable]
        reason = f"{wanted.name} {wanted.lacks}" if wanted else f"its suffix {quoted(target.suffix, 20)} says no format"
        raise CaptureError(
            f"{quoted(target.name)} cannot be written: {reason}{did_you_mean(target.suffix, known)}",
            hint=f"the name must end in {', '.join(known)}",
        )
    sessions = _unique(sessions_of(source, name), secrets)
    total = sum(len(one.messages) for one in sessions)
    with progress(f"writing {target.name}", total) as tick:
        saving = Saving(secrets, tick)
        if wanted.write is None:
            assert wanted.write_path is not None
            wanted.write_path(target, sessions, saving)
        else:
            with whole_file(target) as file:
                wanted.write(file, sessions, saving)
    if not wanted.bookmarks:
        _lose_bookmarks(sessions, saving)
    return Saved(target, wanted.name, len(sessions), saving.messages, target.stat().st_size, saving.lost)


def save_dataset(
    source: Any, folder: str | os.PathLike[str], partition_by: Period | None, *, secrets: bool = False
) -> Saved:
    """Do what `Capture.to_parquet` says.

    Parameters
    ----------
    source, folder, partition_by, secrets
        As there.

    Returns
    -------
    Saved
    """
    from .dataset import write_dataset

    target = Path(local_path(folder))
    sessions = _unique(sessions_of(source), secrets)
    with progress(f"writing {target.name}", sum(len(one.messages) for one in sessions)) as tick:
        saving = Saving(secrets, tick)
        size = write_dataset(target, sessions, saving, partition_by)
    _lose_bookmarks(sessions, saving)
    return Saved(target, "Parquet", len(sessions), saving.messages, size, saving.lost)


def save_page(source: Any, path: str | os.PathLike[str], title: str) -> Saved:
    """Do what `Capture.to_html` says.

    Parameters
    ----------
    source, path
        As for `save`.
    title : str
        What the page is called.

    Returns
    -------
    Saved
    """
    from .page import write_page  # with the decoders

    target = Path(local_path(path))
    sessions = _unique(sessions_of(source), False)
    with progress(f"writing {target.name}", sum(len(one.messages) for one in sessions)) as tick:
        saving = Saving(False, tick)
        with whole_file(target) as file:
            write_page(file, title, sessions, saving)
    return Saved(target, "HTML page", len(sessions), saving.messages, target.stat().st_size, saving.lost)


def _lose_bookmarks(sessions: Iterable[SessionRows], saving: Saving) -> None:
    saving.lose("bookmarks", sum(bookmarked(one.messages) for one in sessions))


def sessions_of(source: Any, name: str = "messages") -> list[SessionRows]:
    """List the sessions of whatever a person wants to write.

    Parameters
    ----------
    source : object
        A session, a capture, a log, a view or slice of one, messages; a mapping of names to any of these, or a sequence
        of sessions and captures.
    name : str, optional
        What messages are called that are of no session.

    Returns
    -------
    list of SessionRows

    Raises
    ------
    TypeError
        Something else.
    """
    if isinstance(source, Mapping):
        return [
            SessionRows(replace(one.record, name=str(key)), one.messages)
            for key, value in source.items()
            for one in sessions_of(value, str(key))
        ]
    recorded = getattr(source, "recorded", None)
    if callable(recorded):  # a capture knows its sessions
        found: list[SessionRows] = recorded()
        return found
    if isinstance(source, Tabular):
        return [SessionRows(SessionRecord(name=name), source)]
    if isinstance(getattr(source, "messages", None), MessageLog) and hasattr(source, "name"):
        return [SessionRows(_record(source), source.messages)]
    if isinstance(source, Message):
        return [SessionRows(SessionRecord(name=name), [source])]
    if isinstance(source, Iterable) and not isinstance(source, (str, bytes)):
        return _of_each(list(source), name)
    raise TypeError(
        f"what is saved is a session, a capture, a log or messages, or several of them, got {type(source).__name__}"
    )


def _of_each(listed: Sequence[Any], name: str) -> list[SessionRows]:
    if all(isinstance(one, Message) for one in listed):
        return [SessionRows(SessionRecord(name=name), listed)]
    return [rows for one in listed for rows in sessions_of(one, name)]


def _record(source: Any) -> SessionRecord:
    """Note what a session tells of itself: of its latest connection. Of those before it only the rows are left."""
    log: MessageLog = source.messages
    first = log.get(log.first_index)
    last = log.get(log.next_index - 1)
    connection = ConnectionRecord(
        number=1 if last is None else last.connection,
        url=source.url,
        opened_ns=None,
        handshake=getattr(source, "handshake", None),
        certificate=getattr(source, "certificate", None),
    )
    if connection.handshake is not None and connection.handshake.time:
        connection = replace(connection, opened_ns=round(connection.handshake.time * 1e9))
    return SessionRecord(
        name=source.name,
        url=source.url,
        started_ns=None if first is None else first.time_ns,
        connections=(connection,),
    )


def _unique(sessions: Iterable[SessionRows], secrets: bool) -> list[SessionRows]:
    """Mask the names, and number those that are alike then."""
    saving, taken, found = Saving(secrets), set[str](), list[SessionRows]()
    for one in sessions:
        # Half of a surrogate pair can be typed as a name, and cannot be written.
        plain = saving.text(one.record.name.encode("utf-8", "replace").decode())
        name, number = plain, 1
        while name in taken:
            number += 1
            name = f"{plain}-{number}"
        taken.add(name)
        found.append(SessionRows(replace(one.record, name=name), one.messages))
    return found


def save_selected(source: Any, path: str | os.PathLike[str], query: str, *, secrets: bool = False) -> Saved:
    """Write the messages that match a filter.

    Parameters
    ----------
    source : Session or Capture
        Where they are.
    path : str or path-like
        The file.
    query : str
        The filter; empty takes all.
    secrets : bool, default False
        As for `save`.

    Returns
    -------
    Saved

    Raises
    ------
    ValueError
        The filter does not parse.
    """
    if not query:
        return save(source, path, secrets=secrets)
    chosen = [SessionRows(one.record, one.messages.where(query)) for one in sessions_of(source)]  # type: ignore[attr-defined]
    return save(_Chosen(chosen), path, secrets=secrets)


class _Chosen:
    """Rows of sessions, as `sessions_of` takes them."""

    def __init__(self, rows: list[SessionRows]) -> None:
        self._rows = rows

    def recorded(self) -> list[SessionRows]:
        """As `Capture.recorded`."""
        return self._rows
