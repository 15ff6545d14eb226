"""`Capture`: what a file has of one or several sessions. Any thread."""

from __future__ import annotations

import os
from collections.abc import Iterable, Iterator, Mapping, Sequence
from pathlib import Path
from types import MappingProxyType
from typing import TYPE_CHECKING, Any

from ..display.table import counted
from ..log.bookmarks import Bookmarks
from ..log.log import MessageLog
from ..protocol.handshake import Handshake
from ..recording.records import ConnectionRecord, SessionRecord
from ..redaction.payloads import mask
from ..redaction.text import printable
from ..system import forks
from ..tls.certificate import Certificate
from .files import copy
from .heads import shown_url
from .saving import Saved, SessionRows

if TYPE_CHECKING:
    import duckdb
    import pandas
    import polars
    import pyarrow

    from ..log.view import View
    from ..panel.panel import Panel
    from .dataset import Period

#: As many sessions as a panel merges.
_SHOWN = 32


class Capture:
    """A file of messages, opened by `kontena_ws_nb.load`. What a panel shows of it is what it shows of a session.

    Parameters
    ----------
    path : pathlib.Path
        The file.
    format : str
        What it is.
    sessions : sequence of (SessionRecord, MessageLog)
        What is in it; at least one.
    problems : sequence of str, optional
        What could not be read.

    Attributes
    ----------
    path : pathlib.Path
        The file, absolute.
    format : str
        Its format, such as ``"HAR"``.
    name : str
        The file's name; of one of several sessions in it, the session's.
    problems : tuple of str
        What could not be read, a sentence each: lines that are not messages, or that the file ends too early.
    records : tuple of SessionRecord
        What the file tells about each session besides its messages.
    """

    state = "capture"

    def __init__(
        self,
        path: Path,
        format: str,
        sessions: Sequence[tuple[SessionRecord, MessageLog]],
        problems: Sequence[str] = (),
        *,
        name: str | None = None,
    ) -> None:
        # What is read later is of this file, wherever the program has gone by then.
        self.path, self._given = path.absolute(), path
        self.format = format
        self.name = printable(path.name) if name is None else name
        self.problems = tuple(problems)
        self.records = tuple(record for record, _ in sessions)
        self._sessions = tuple(sessions)
        self._parts: Mapping[str, Capture] | None = None
        self._messages = sessions[0][1] if len(sessions) == 1 else None
        self._panel: Panel | None = None
        self._lock = forks.lock()
        self._panel_lock = forks.lock()

    # ---- what is in it

    @property
    def sessions(self) -> Mapping[str, Capture]:
        """The sessions by name, in the order of the file: each a capture of its own."""
        with self._lock:
            if self._parts is None:
                if len(self._sessions) == 1:
                    self._parts = MappingProxyType({self.records[0].name: self})
                else:
                    parts = {
                        record.name: Capture(self._given, self.format, [(record, log)], name=record.name)
                        for record, log in self._sessions
                    }
                    self._parts = MappingProxyType(parts)
            return self._parts

    @property
    def messages(self) -> MessageLog:
        """Every row, as `Session.messages`.

        If the file has several sessions, their rows are merged by time when this is first read, and connections are
        numbered across all of them. ``capture.sessions["feed"].messages`` has the rows of one.
        """
        with self._lock:
            if self._messages is None:
                self._messages = _merged(self._sessions)
            return self._messages

    @property
    def url(self) -> str:
        """Where the session led, secrets masked; of several sessions, the file."""
        if len(self.records) > 1:
            return f"{len(self.records):,} sessions of {printable(str(self._given))}"
        return shown_url(self.records[0].url) or printable(str(self._given))

    @property
    def handshake(self) -> Handshake | None:
        """The latest opening handshake that the file has; ``records`` has all."""
        return next((one.handshake for one in self._latest() if one.handshake is not None), None)

    @property
    def certificate(self) -> Certificate | None:
        """The latest server's certificate that the file has, with its chain; None without one."""
        return next((one.certificate for one in self._latest() if one.certificate is not None), None)

    @property
    def close_code(self) -> int | None:
        """The latest close code that the file has."""
        return next((one.close.code for one in self._latest() if one.close is not None), None)

    @property
    def close_reason(self) -> str | None:
        """The reason that came with `close_code`."""
        return next((one.close.reason for one in self._latest() if one.close is not None), None)

    def _latest(self) -> Iterator[ConnectionRecord]:
        for record in reversed(self.records):
            yield from reversed(record.connections)

    def where(self, query: str) -> View:
        """As `MessageLog.where`, of `messages`.

        Parameters
        ----------
        query : str
            The filter.

        Returns
        -------
        View
        """
        return self.messages.where(query)

    @property
    def bookmarks(self) -> Bookmarks:
        """Messages to find again, with a note each: those of `messages`."""
        return self.messages.bookmarks

    def to_records(self, json: bool = False) -> list[dict[str, Any]]:
        """As `Tabular.to_records`, of `messages`."""
        return self.messages.to_records(json)

    def to_arrow(self, json: bool = False) -> pyarrow.Table:
        """As `Tabular.to_arrow`, of `messages`."""
        return self.messages.to_arrow(json)

    def to_pandas(self, json: bool = False) -> pandas.DataFrame:
        """As `Tabular.to_pandas`, of `messages`."""
        return self.messages.to_pandas(json)

    def to_polars(self, json: bool = False) -> polars.DataFrame:
        """As `Tabular.to_polars`, of `messages`."""
        return self.messages.to_polars(json)

    def sql(self, query: str) -> duckdb.DuckDBPyRelation:
        """Ask in SQL, of DuckDB.

        Parameters
        ----------
        query : str
            A query of the table ``messages``, with the columns of `Tabular` and ``session``. Payloads are as they are.

        Returns
        -------
        duckdb.DuckDBPyRelation
            Shown as a table; ``.df()``, ``.pl()`` and ``.arrow()`` make frames of it. What the query found is in memory,
            what it went through is not.

        Raises
        ------
        ImportError
            DuckDB or pyarrow is not installed: ``pip install 'kontena_ws_nb[data]'``.
        duckdb.Error
            The query is wrong.

        Examples
        --------
        ``capture.sql("select kind, count(*) from messages group by kind")``
        """
        from .parquet_rows import ParquetRows
        from .sql import query as ask

        backing = self._sessions[0][1].backing
        return ask(query, self.recorded(), backing.paths if isinstance(backing, ParquetRows) else ())

    # ---- files

    def recorded(self) -> list[SessionRows]:
        """List what is written of it.

        Returns
        -------
        list of SessionRows
        """
        return [SessionRows(record, log) for record, log in self._sessions]

    def save(self, path: str | os.PathLike[str], *, secrets: bool = False) -> Saved:
        """Write it to a file, as `kontena_ws_nb.save` does.

        Parameters
        ----------
        path : str or path-like
            The file; its suffix says the format.
        secrets : bool, default False
            Write everything as it is, also known secrets.

        Returns
        -------
        Saved
            What was written, and what the format could not hold.

        Raises
        ------
        CaptureError
            The suffix says no format that we write.
        OSError
            It cannot be written; an old file is as it was.
        """
        from .save import save

        return save(self, path, secrets=secrets)

    def to_parquet(
        self, folder: str | os.PathLike[str], *, partition_by: Period | None = "hour", secrets: bool = False
    ) -> Saved:
        """Write it as a folder of Parquet files, message by message: it may be larger than memory.

        Parameters
        ----------
        folder : str or path-like
            Made; one that is there must be empty. `kontena_ws_nb.load`, DuckDB, Dask and Spark read it.
        partition_by : {"hour", "day"}, default "hour"
            A folder for each, in UTC; None writes one file.
        secrets : bool, default False
            As for `save`.

        Returns
        -------
        Saved

        Raises
        ------
        ValueError
            Another ``partition_by``.
        OSError
            There is something in the folder, or it cannot be written; then there is none.
        ImportError
            pyarrow is not installed: ``pip install 'kontena_ws_nb[data]'``.
        """
        from .save import save_dataset

        return save_dataset(self, folder, partition_by, secrets=secrets)

    def to_html(self, path: str | os.PathLike[str]) -> Saved:
        """Write it as one HTML page for who has no Jupyter: rows, a filter, details, handshakes and certificates.

        The page needs no other file and asks no network. Secrets are masked in it, as in a file that `save` writes.

        Parameters
        ----------
        path : str or path-like
            The file; one of that name is replaced once the new one is whole.

        Returns
        -------
        Saved
            What was written; ``lost`` says what a page should not have: more than 500,000 rows or 64 MiB of payloads, or
            256 KiB of one.

        Raises
        ------
        OSError
            It cannot be written; an old file is as it was.

        Examples
        --------
        ``kws.load("feed.db").to_html("feed.html")``
        """
        from .save import save_page

        return save_page(self, path, self.name)

    def to_pytest(
        self,
        path: str | os.PathLike[str],
        *,
        ignore: Iterable[str] = (),
        secrets: bool = False,
        overwrite: bool = False,
    ) -> Path:
        """Write a test: the server's side is replayed to the client that is tested, which has to send what was recorded.

        Beside it stands the recording, a HAR of the same name. As it is written the test passes: its ``client`` does what
        was recorded; put your own code there.

        Parameters
        ----------
        path : str or path-like
            Ends in ``.py``; pytest finds ``test_*.py``.
        ignore : iterable of str, optional
            Paths of JSON whose values may differ in what the client sends: ``["$.time", "$..id"]``.
        secrets : bool, default False
            As for `save`.
        overwrite : bool, default False
            Replace a file of that name: somebody may have written in it.

        Returns
        -------
        pathlib.Path
            The test.

        Raises
        ------
        ValueError
            The name does not end in ``.py``, ``ignore`` has something that is no path, or there are several sessions.
        FileExistsError
            There is such a file.
        OSError
            It cannot be written.
        """
        from .pytest_file import write_test

        return write_test(self, path, ignore=ignore, secrets=secrets, overwrite=overwrite)

    # ---- displays

    @property
    def panel(self) -> Panel:
        """A panel that shows it, made on first access and again after it was closed; several sessions merged by time."""
        from ..panel.panel import Panel

        parts = list(self.sessions.values())
        with self._panel_lock:
            if self._panel is None or self._panel.closed:
                merge = 1 < len(parts) <= _SHOWN
                self._panel = Panel(parts[0] if merge else self)
                if merge:
                    self._panel.show(*parts)
            return self._panel

    @property
    def expression(self) -> str:
        """Python that opens it, for what a panel offers to copy: with the path as it was given, as long as that leads there."""
        leads = self._given.is_absolute() or Path(os.path.abspath(self._given)) == Path(os.path.abspath(self.path))
        opened = f"kws.load({str(self._given if leads else self.path)!r})"
        one = len(self.records) == 1 and self.records[0].name == self.name
        return f"{opened}.sessions[{self.name!r}]" if one else opened

    def __repr__(self) -> str:
        count = sum(len(log) for _, log in self._sessions)
        several = f" of {len(self.records):,} sessions (capture.sessions)" if len(self.records) > 1 else ""
        problems = f", {len(self.problems):,} problem{'s' if len(self.problems) != 1 else ''}" if self.problems else ""
        return mask(f"<Capture {self.name!r} {self.format}, {counted(count)}{several}{problems}>")

    def _repr_mimebundle_(self, include: object = None, exclude: object = None) -> dict[str, str]:
        from .card import capture_bundle

        return capture_bundle(repr(self), self._sessions, self.problems)


def _merged(sessions: Sequence[tuple[SessionRecord, MessageLog]]) -> MessageLog:
    from ..log.export import merged  # with the decoders

    log = MessageLog(None)
    numbers: dict[tuple[str, int], int] = {}
    for message, name in merged({record.name: messages for record, messages in sessions}):
        number = numbers.setdefault((name, message.connection), len(numbers) + 1)
        copy(log, message, number)
    return log
