"""`Tabular`: a sequence of messages that becomes a table: a log, a slice of one, a view.

What lives here: the four methods and what their columns mean. What must not: how a table is built (`recording.tables`), pandas, polars, pyarrow.
Any thread, also while rows are added and dropped.
"""

from __future__ import annotations

from abc import abstractmethod
from collections.abc import Sequence
from typing import TYPE_CHECKING, Any

from .message import Message
from .segment import Segment

if TYPE_CHECKING:
    import pandas
    import polars
    import pyarrow

#: A segment, and permanent indexes of rows in it.
Piece = tuple[Segment, Sequence[int]]


class Tabular(Sequence[Message]):
    """Messages that can be had as a table of what is kept at the moment of the call.

    Every table has these columns, named like the properties of `Message`:

    ============== ===================== ======================= =====================================================
    column         Arrow                 pandas                  what it is
    ============== ===================== ======================= =====================================================
    ``index``      int64                 the frame's index       permanent index in the log
    ``time``       timestamp[ns, UTC]    datetime64[ns, UTC]     arrival or departure
    ``direction``  dictionary of string  category                ``"received"`` or ``"sent"``
    ``kind``       dictionary of string  category                as `Message.kind`
    ``size``       int64                 int64                   payload bytes
    ``connection`` int32                 int32                   number of the connection, from 1
    ``compressed`` bool                  bool                    whether permessage-deflate compressed it
    ``fragments``  int32                 int32                   number of frames it came in
    ``text``       large_string          str (pandas 2: object)  the payload of text messages and lifecycle rows, else null
    ``data``       large_binary          object (bytes)          the payload of binary messages, pings, pongs and close frames, else null
    ============== ===================== ======================= =====================================================

    So each payload is in one of the last two. Text that is not UTF-8 (which no server can send) has U+FFFD for what is not.

    With ``json=True`` the fields of JSON objects in text and binary messages follow, in order of their first appearance; null where a message
    has no such field or is no JSON object.

    - The fields of objects within are columns too, by dotted names: ``{"trade": {"price": 1}}`` makes ``trade.price``; a key that holds a dot is
      quoted. Below eight levels an object stays one value. Of equal names in one object the last counts, as for `Message.json`.
    - A field that is called like one of the columns above gets ``$.`` in front, as in a filter: ``$.time``.
    - Integers are int64, else uint64, else their digits as text; so they are exact (pandas: ``Int64``, which has room for missing ones).
      Numbers with a fraction or exponent are double; integers mixed with them too, if double holds each exactly.
    - Arrays whose items are all strings, all booleans or all numbers are lists. What has no common type is text: strings as they are, the rest as JSON.
    """

    @abstractmethod
    def pieces(self) -> list[Piece]:
        """List where the rows are.

        Returns
        -------
        list of (Segment, sequence of int)
            In order; what is kept of them at this moment. Read only the rows given.
        """

    def to_records(self, json: bool = False) -> list[dict[str, Any]]:
        """Make a list of dicts; needs no other package.

        Parameters
        ----------
        json : bool, default False
            Spread the fields of JSON objects into columns.

        Returns
        -------
        list of dict
            One for each message, all with the same keys (see `Tabular`). ``time`` is in seconds since the epoch, as `Message.time`; JSON
            values are as `Message.json` gives them, None for missing ones.

        Raises
        ------
        ValueError
            Too many different JSON fields for so many messages.
        """
        from ..recording.tables import to_records

        return to_records(self.pieces(), json)

    def to_arrow(self, json: bool = False) -> pyarrow.Table:
        """Make an Arrow table, without copying payloads where that can be.

        Parameters
        ----------
        json : bool, default False
            Spread the fields of JSON objects into columns.

        Returns
        -------
        pyarrow.Table
            With the columns of `Tabular`. ``pyarrow.parquet.write_table`` writes it to a file. Whole segments of the log (up to 4,096 rows, or
            what came at once) are looked at in place, and so kept in memory.

        Raises
        ------
        ImportError
            pyarrow is not installed.
        ValueError
            Too many different JSON fields for so many messages.
        """
        from ..recording.tables import to_arrow

        return to_arrow(self.pieces(), json)

    def to_pandas(self, json: bool = False) -> pandas.DataFrame:
        """Make a pandas DataFrame, indexed by the permanent index.

        Parameters
        ----------
        json : bool, default False
            Spread the fields of JSON objects into columns.

        Returns
        -------
        pandas.DataFrame
            With the columns of `Tabular`.

        Raises
        ------
        ImportError
            pandas or pyarrow is not installed.
        ValueError
            Too many different JSON fields for so many messages.
        """
        from ..recording.tables import to_pandas

        return to_pandas(self.pieces(), json)

    def to_polars(self, json: bool = False) -> polars.DataFrame:
        """Make a polars DataFrame.

        Parameters
        ----------
        json : bool, default False
            Spread the fields of JSON objects into columns.

        Returns
        -------
        polars.DataFrame
            With the columns of `Tabular`.

        Raises
        ------
        ImportError
            polars or pyarrow is not installed.
        ValueError
            Too many different JSON fields for so many messages.
        """
        from ..recording.tables import to_polars

        return to_polars(self.pieces(), json)
