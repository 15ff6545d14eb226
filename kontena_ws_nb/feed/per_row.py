"""`PerRow`: what was found out about the rows of logs, remembered while they are shown: a row of the tail travels ten times a second. Any thread."""

from __future__ import annotations

from collections.abc import Callable
from typing import Final, Generic, TypeVar
from weakref import WeakKeyDictionary

from ..log.log import MessageLog
from ..log.message import Message
from ..redaction.payloads import count

_Found = TypeVar("_Found")

#: Rows of a log that are remembered, and as many again that were asked for before these.
MOST: Final = 4096
#: Bytes of a message that is read: 3 to 15 ms of the interpreter.
LARGEST: Final = 256 << 10


class _Known(Generic[_Found]):
    """What is known of one log while it says the same."""

    def __init__(self, stamp: object) -> None:
        self.stamp = stamp
        self.new: dict[int, _Found] = {}
        self.old: dict[int, _Found] = {}


class PerRow(Generic[_Found]):
    """Reads something from messages, once each.

    Parameters
    ----------
    read : callable
        Reads it from a message.
    nothing : object
        What is said of a row that is not there any more, or cannot be read.
    """

    def __init__(self, read: Callable[[Message], _Found], nothing: _Found) -> None:
        self._read = read
        self._nothing = nothing
        self._logs: WeakKeyDictionary[MessageLog, _Known[_Found]] = WeakKeyDictionary()

    def _of(self, log: MessageLog) -> _Known[_Found]:
        stamp = log.generation, count()
        known = self._logs.get(log)
        if known is None or known.stamp != stamp:
            known = self._logs[log] = _Known(stamp)
        return known

    def knows(self, log: MessageLog, index: int) -> bool:
        """Tell whether a row has been read.

        Parameters
        ----------
        log : MessageLog
            Where it is.
        index : int
            Its permanent index.

        Returns
        -------
        bool
        """
        known = self._of(log)
        return index in known.new or index in known.old

    def of(self, log: MessageLog, index: int) -> _Found:
        """Tell what is known of a row.

        Parameters
        ----------
        log : MessageLog
            Where it is.
        index : int
            Its permanent index.

        Returns
        -------
        object
            As `read` gives it. It is read anew when the log was cleared, messages are decoded anew, or a secret is new.
        """
        known = self._of(log)
        found = known.new.get(index)
        if found is None:
            found = known.old.get(index)
            if found is None:
                try:
                    message = log.get(index)
                except OSError:  # the file cannot be read; `Reading.problem` says why
                    message = None
                found = self._nothing if message is None else self._read(message)
            if len(known.new) >= MOST:
                known.old, known.new = known.new, {}
            known.new[index] = found
        return found
