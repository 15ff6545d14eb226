"""`Recorder`: a thread that appends the rows of a log to a file as they come.

It looks ten times a second and writes all that is there in a few statements, so nobody is woken for a row, and what is
lost when the process is killed are the last 250 ms at most. The reader thread never waits for it, unless with
``on_full="block"``: what the log drops before it is written is counted as lost. It keeps 64 MiB beyond its limit for that.
"""

from __future__ import annotations

import atexit
import errno
import logging
import os
import time
from collections.abc import Callable, Iterable
from typing import Final

from ..errors import Error
from ..log.log import MessageLog
from ..log.retention import Consumer
from ..redaction.text import quoted
from ..system import forks
from ..system.paths import local_path
from ..transport.latch import Latch
from ..transport.threads import give_way, start_thread
from .database import Connections
from .lock import acquire, release
from .records import ConnectionRecord, SessionRecord
from .rows import RecordedRows
from .schema import refuse_name
from .writer import Batch, Writer

_logger = logging.getLogger("kontena_ws_nb.recording")

#: Seconds between two looks.
PERIOD: Final = 0.1
#: Seconds until the next try after a failure, at first and at most.
_RETRY: Final = 0.25
_LONGEST_RETRY: Final = 5.0
#: Seconds between two rows that tell of rows that were lost.
_TOLD: Final = 10.0
#: Seconds that the end of the process waits for bookmarks.
_EXIT: Final = 5.0


class Recorder:
    """Records a log to a file, from the oldest row that is in memory on.

    Parameters
    ----------
    path : str or path-like
        The file; made where there is none, and a session is added to an existing one. ``~`` is the home directory.
    log : MessageLog
        What is recorded. It finds there what it drops.
    describe : callable
        Gives what is known of the session, with its connections; asked at each look.
    note : callable
        Writes a row about what happened to the recording.
    secrets : bool, default False
        Do not mask secrets (`kws.secret`, credentials) in the file.

    Raises
    ------
    ValueError
        There is a file that is no recording, or one of a newer version.
    OSError
        It cannot be made or written, or another process records to it.
    Error
        The thread cannot be started.

    Attributes
    ----------
    path : str
        The file.
    rows, lost : int
        Rows that are in the file, and rows that the log dropped before they could be written.
    error : str or None
        Why it does not write at the moment; it tries again.
    """

    def __init__(
        self,
        path: str | os.PathLike[str],
        log: MessageLog,
        describe: Callable[[], SessionRecord],
        note: Callable[[str], object],
        *,
        secrets: bool = False,
    ) -> None:
        self.path = os.path.realpath(local_path(path))
        refuse_name(self.path)
        self.secrets = secrets
        self.rows = self.lost = 0
        self.error: str | None = None
        self._log = log
        self._describe = describe
        self._note = note
        self._session: int | None = None
        self._known: dict[int, ConnectionRecord] = {}
        self._noted: dict[int, str] = {}
        self._notes_at = 0
        self._catching_up = False
        self._backing: RecordedRows | None = None
        self._copied = False
        self._lost_told = -_TOLD
        self._lost_then = 0
        self._changing = forks.lock()
        self._writer: Writer | None = None
        self._place: os.stat_result | None = None
        self._open()
        self._consumer: Consumer = log.consumer(spare=True)
        self._stop = self._ended = self._caught_up = Latch()
        self._ended.set()
        try:
            self._begin()
        except BaseException:
            self._close()
            raise
        forks.tell(self)

    # ---- what it says

    @property
    def behind(self) -> int:
        """How many rows are not in the file yet."""
        return 0 if self._ended.is_set() else max(0, self._log.next_index - self._consumer.position)

    @property
    def state(self) -> str:
        """``"recording"``, ``"failing"`` (see `error`; it tries again) or ``"ended"``."""
        if self._ended.is_set():
            return "ended"
        return "recording" if self.error is None else "failing"

    def __repr__(self) -> str:
        lost = f", {self.lost:,} lost" if self.lost else ""
        behind = f", {self.behind:,} to come" if self.behind else ""
        error = f": {self.error}" if self.error is not None else ""
        return f"<Recorder {quoted(self.path)} {self.state}, {self.rows:,} rows{behind}{lost}{error}>"

    # ---- beginning and end

    def _open(self, *, goes_on: bool = True) -> Writer:
        acquire(self.path)
        try:
            writer, before = Writer(self.path, secrets=self.secrets), self._place
            try:
                self._place = os.stat(self.path)
                same = before is not None and os.path.samestat(before, self._place)
                if self._session is not None and not (same and (not goes_on or writer.resume(self._session))):
                    self._session = None  # another file: what comes next is a session of it
                    self._known.clear()
                    self._noted.clear()
                    self._notes_at = 0
            except BaseException:
                writer.close()
                raise
        except BaseException:
            release(self.path)
            raise
        self._writer = writer
        return writer

    def _begin(self) -> None:
        stop, ended, before = Latch(), Latch(), (self._ended, self._caught_up)
        start_thread(lambda: self._run(stop, ended, before), "kontena-ws-recorder")
        self._stop, self._ended = stop, ended

    def rest(self) -> None:
        """Write what is there and close the file: no more rows are expected. Waits for nothing."""
        self._stop.set()

    def same(self, path: str | os.PathLike[str], *, secrets: bool) -> bool:
        """Tell whether it records to a file, in this way.

        Parameters
        ----------
        path, secrets
            As for the class.

        Returns
        -------
        bool
        """
        return self.path == os.path.realpath(local_path(path)) and self.secrets == secrets

    @property
    def resting(self) -> bool:
        """Whether `rest` was called, and `go_on` was not since."""
        return self._stop.is_set()

    def wait(self, timeout: float | None = None) -> bool:
        """Wait until the file is closed, after `rest`.

        Parameters
        ----------
        timeout : float, optional
            Seconds; None waits for ever.

        Returns
        -------
        bool
            False when the time was up first.
        """
        limit = None if timeout is None else time.monotonic() + timeout
        return self._ended.wait(timeout) and self._caught_up.wait(None if limit is None else limit - time.monotonic())

    def go_on(self) -> None:
        """Record again after `rest`, from the row where it ended. Waits for nothing; what fails is told."""
        with self._changing:
            if not self._copied and self._stop.is_set():
                try:
                    self._begin()
                except Error as error:
                    self._tell(error)

    def catch_up(self) -> None:
        """Write the bookmarks that were changed after `rest`. Waits for nothing; what fails is told."""
        with self._changing:
            if self._copied or self._catching_up or not self._stop.is_set():  # else it looks once more by itself
                return
            before, caught_up = (self._ended, self._caught_up), Latch()
            self._catching_up = True
            try:
                start_thread(lambda: self._catch_up(caught_up, before), "kontena-ws-recorder")
            except Error as error:
                self._catching_up = False
                self._tell_of_bookmarks(error)
            else:
                self._caught_up = caught_up
                atexit.register(self.wait, _EXIT)

    def forked(self, owner: int) -> None:
        """Leave the file to the parent, in a forked child."""
        self._copied = True
        if self._writer is not None:
            self._writer.abandon()
            self._writer = None
        self._consumer.close()
        self._stop.set()
        self._ended.set()
        self._caught_up.set()

    # ---- the thread

    def _run(self, stop: Latch, ended: Latch, before: Iterable[Latch]) -> None:
        # Where all processors are busy, receiving and cells go first: what is in memory can be written a little later.
        give_way()
        pause = PERIOD
        for one in before:
            one.wait()
        consumer = self._consumer
        self._consumer = self._log.consumer(consumer.position, spare=True)
        consumer.close()
        try:
            while True:
                last = stop.wait(pause)
                failed = self._failed()
                if last:
                    return
                pause = min(_LONGEST_RETRY, max(_RETRY, 2 * pause)) if failed else PERIOD
        finally:
            self._close()
            ended.set()

    def _catch_up(self, caught_up: Latch, before: Iterable[Latch]) -> None:
        """Open the file once more, for the bookmarks."""
        for one in before:
            one.wait()
        self._catching_up = False
        try:
            if self._session is None:
                return
            if not self._in_place():
                raise _moved(self.path)
            writer = self._open(goes_on=False)
            try:
                self._write_bookmarks()
            finally:
                self._let_go(writer)
        except Exception as error:  # noqa: BLE001  as in `_failed`
            self._tell_of_bookmarks(error)
        finally:
            with self._changing:
                if self._caught_up is caught_up:
                    atexit.unregister(self.wait)
            caught_up.set()

    def _tell_of_bookmarks(self, error: Exception) -> None:
        text = f"bookmarks could not be written to {quoted(self.path)}: {error}; save the session to keep them"
        _logger.warning("%s", text)
        self._note(text)

    def _failed(self) -> bool:
        """Write all that is there; whether that failed."""
        try:
            self._look_at_the_file()
            while self._write():
                pass
            self._write_bookmarks()
        except Exception as error:  # noqa: BLE001  a full disk, a file that is gone, no memory: told, and tried again
            self._tell(error)
            return True
        if self.error is not None:
            self.error = None
            self._note(f"recording to {quoted(self.path)} goes on{self._losses()}")
        elif self.lost > self._lost_then and time.monotonic() - self._lost_told >= _TOLD:
            text = f"recording to {quoted(self.path)} is too slow{self._losses()}"
            _logger.warning("%s", text)
            self._note(text)
        return False

    def _losses(self) -> str:
        lost, self._lost_then, self._lost_told = self.lost - self._lost_then, self.lost, time.monotonic()
        return f"; {lost:,} messages are lost: the log had dropped them before" if lost else ""

    def _tell(self, error: Exception) -> None:
        before, self.error = self.error, str(error) or type(error).__name__
        if before is None:
            text = f"recording to {quoted(self.path)} failed: {self.error}; it is tried again"
            _logger.warning("%s", text)
            self._note(text)

    def _look_at_the_file(self) -> None:
        """Open the file again, if it is not where it was."""
        if self._writer is None:
            self._open()
            return
        if not self._in_place():
            self._let_go(self._writer)
            raise _moved(self.path)

    def _in_place(self) -> bool:
        """Whether the file is where it was."""
        assert self._place is not None
        try:
            return os.path.samestat(os.stat(self.path), self._place)
        except FileNotFoundError:
            return False

    def _let_go(self, writer: Writer) -> None:
        self._writer = None
        if self._backing is not None:
            self._readers.trim()
        writer.close()
        release(self.path)

    def _write(self) -> bool:
        """Write a batch; whether there may be more."""
        writer = self._writer
        assert writer is not None
        position = following = self._consumer.position
        if self._log.next_index > position:
            self._describe_in(writer)
        batch, gaps = Batch(self.secrets), list[tuple[int, int]]()
        for segment in self._log.segments(position):
            if segment.first > following:
                gaps.append((following, segment.first))
                following = segment.first
            low, count = following - segment.first, segment.count  # it may grow
            while low < count and not batch.full:
                low = batch.add(segment, low, count)
            following = segment.first + low
            if batch.full:
                break
        if following == position:
            return False
        assert self._session is not None
        assert self._backing is not None
        # What `clear` removed is not there either, but nobody misses it.
        lost = sum(stop - max(start, min(stop, self._log.cleared)) for start, stop in gaps)
        writer.append(self._session, batch, lost)
        for start, stop in (*gaps, *((index, index + 1) for index in batch.too_large)):
            self._backing.lose(start, stop)
        self.rows += batch.rows
        self.lost += lost + len(batch.too_large)
        self._backing.stop = following
        self._consumer.position = following
        return batch.full

    def _write_bookmarks(self) -> None:
        """Write the bookmarks of rows that are in the file, as far as they are not there as they are."""
        bookmarks, writer, backing = self._log.bookmarks, self._writer, self._backing
        generation = bookmarks.generation
        if generation == self._notes_at or self._session is None:
            return
        assert writer is not None
        assert backing is not None
        notes = bookmarks.notes(backing.first, backing.stop)
        changed = {index: note for index, note in notes.items() if self._noted.get(index) != note}
        removed = self._noted.keys() - notes.keys()
        if changed or removed:
            writer.bookmark(self._session, changed, removed)
            self._noted = notes
        if not bookmarks.notes(backing.stop, self._log.next_index):  # else once those rows are written
            self._notes_at = generation

    def _describe_in(self, writer: Writer) -> None:
        """Write what is known of the session, as far as it is not there yet."""
        record = self._describe()
        if self._session is None:
            self._session = writer.begin(record)
            self._known = {one.number: one for one in record.connections}
            self._back(self._session)
            return
        for one in record.connections:
            if self._known.get(one.number) is not one:
                writer.put(self._session, one)
                self._known[one.number] = one

    def _back(self, session: int) -> None:
        first = self._consumer.position
        segment = next(iter(self._log.segments(first)))
        before = segment.before + segment.size_before(min(max(0, first - segment.first), segment.count))
        self._readers = Connections(self.path)
        self._backing = RecordedRows(self._readers.borrow, session, first, first, before=before)
        self._log.back(self._backing)

    def _close(self) -> None:
        self._consumer.close()
        writer = self._writer
        if writer is None:
            return
        try:
            if self._session is not None:
                self._describe_in(writer)
                writer.end(self._session, time.time_ns())
        except OSError as error:
            self._tell(error)
        finally:
            self._let_go(writer)


def _moved(path: str) -> FileNotFoundError:
    return FileNotFoundError(errno.ENOENT, "the file was moved or deleted", path)
