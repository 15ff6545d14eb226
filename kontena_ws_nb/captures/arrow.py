"""Parquet and Arrow (Feather 2) files: the columns of `Tabular`, and ``session``. What is known of the sessions is in the schema's metadata.

pyarrow is imported when such a file is read or written.
"""

from __future__ import annotations

import base64
import importlib
import json
from collections.abc import Callable, Iterable, Iterator, Sequence
from functools import partial
from typing import Any, BinaryIO, Final

from ..close import Close
from ..log.export import merged
from ..log.kinds import BYTES, CODES
from ..log.message import Message
from ..protocol.handshake import Handshake
from ..recording.records import ConnectionRecord
from .files import (
    CaptureBuilder,
    CaptureFile,
    SessionBuilder,
    UnreadableError,
    field,
    from_base64,
    text_bytes,
    whole,
    words,
)
from .heads import certificate_of, handshake_of, know_secrets, split_head
from .json_stream import JSONError, parse
from .saving import Saving, SessionRows

#: The name of the metadata with what is known of the sessions.
METADATA: Final = b"kontena_sessions"
#: Rows, and bytes of payloads, that are written at once.
_ROWS: Final = 1 << 16
_BYTES: Final = 32 << 20
#: Rows that are read at once.
_READ: Final = 4096
_MOST: Final = 2**31 - 1


def package(name: str) -> Any:
    """Import a module of pyarrow.

    Parameters
    ----------
    name : str
        Its name.

    Returns
    -------
    module

    Raises
    ------
    ImportError
        pyarrow is not installed; the text says how to get it.
    """
    try:
        return importlib.import_module(name)
    except ModuleNotFoundError as error:
        if (error.name or "").partition(".")[0] != "pyarrow":
            raise  # it is there, but broken
        raise ImportError(
            "Parquet and Arrow files need pyarrow, which is not installed: pip install 'kontena_ws_nb[data]'",
            name="pyarrow",
        ) from None


# ---- reading


def read_parquet(file: CaptureFile, into: CaptureBuilder) -> None:
    """Read a Parquet file.

    Parameters
    ----------
    file : CaptureFile
        The file.
    into : CaptureBuilder
        Gets what is in it.

    Raises
    ------
    UnreadableError
        It is damaged, or has no messages. Half a file has nothing: its index is at the end.
    ImportError
        pyarrow is not installed.
    """
    parquet = package("pyarrow.parquet")
    opened = _guarded(lambda: parquet.ParquetFile(file.file))
    # Not spread out: a small file may have one large payload a million times.
    dictionaries = [name for name in opened.schema_arrow.names if name in ("text", "data", "session")]
    opened = _guarded(lambda: parquet.ParquetFile(file.file, read_dictionary=dictionaries))
    _read(file, into, opened.schema_arrow, opened.iter_batches(batch_size=_READ))


def read_arrow(file: CaptureFile, into: CaptureBuilder) -> None:
    """Read an Arrow file, or a stream of Arrow's IPC format.

    Parameters
    ----------
    file : CaptureFile
        The file.
    into : CaptureBuilder
        Gets what is in it.

    Raises
    ------
    UnreadableError
        It is damaged, from some place on, or has no messages.
    ImportError
        pyarrow is not installed.
    """
    ipc = package("pyarrow.ipc")
    if file.head.startswith(b"ARROW1"):
        # A file is a stream between 8 bytes and an index: so half a file can be read too.
        file.file.seek(8)
    stream = _guarded(lambda: ipc.open_stream(file.file))
    _read(file, into, stream.schema, iter(stream))


def _guarded(act: Callable[[], Any]) -> Any:
    """Do something with pyarrow, and make one error of what it raises for damaged files; its texts may quote them."""
    pa = package("pyarrow")
    try:
        return act()
    except (
        pa.ArrowException,
        OSError,
        ValueError,
        EOFError,
        KeyError,
        NotImplementedError,
        OverflowError,
        MemoryError,
    ):
        raise UnreadableError("it is damaged, or ends in the middle") from None


def _read(file: CaptureFile, into: CaptureBuilder, schema: Any, batches: Iterator[Any]) -> None:
    names = set(_guarded(lambda: schema.names))
    if not {"direction", "kind"} <= names or names.isdisjoint({"text", "data"}):
        raise UnreadableError("it has no columns direction, kind, and text or data")
    sessions = sessions_of_metadata((schema.metadata or {}).get(METADATA), into)
    while (batch := _guarded(lambda: next(batches, None))) is not None:
        file.tick(file.file.tell())
        # Offsets and texts are not checked when they are read: Arrow would read what lies beside them.
        _guarded(partial(batch.validate, full=True))
        add_rows(batch, sessions, into)


def add_rows(batch: Any, sessions: dict[str, SessionBuilder], into: CaptureBuilder) -> None:
    """Add the messages of a record batch.

    Parameters
    ----------
    batch : pyarrow.RecordBatch
        Checked.
    sessions : dict
        The sessions that are known, by name.
    into : CaptureBuilder
        Gets the others, and what is no message.
    """
    count = batch.num_rows
    columns = {
        name: _guarded(partial(_values, batch.column(at), name))
        for at, name in enumerate(batch.schema.names)
        if name in _TYPES
    }
    nothing = [None] * count
    for row in zip(*(columns.get(name, nothing) for name in _TYPES), strict=True):
        said = dict(zip(_TYPES, row, strict=True))
        kind, direction = said["kind"], said["direction"]
        payload = _payload(said)
        if kind not in CODES or direction not in ("sent", "received") or payload is None:
            into.problem("a row is no message: it needs direction, kind, and text or data")
            continue
        name = words(said["session"], 1000)
        session = sessions.get(name) or into.named(name)
        session.add(
            kind,
            payload,
            said["time"],
            sent=direction == "sent",
            connection=whole(said["connection"], 0, _MOST, 1),
            compressed=said["compressed"] is True,
            fragments=whole(said["fragments"], 1, _MOST, 1),
            incomplete=said["incomplete"] is True,
        )


_TYPES: Final = (
    *("time", "session", "direction", "kind", "connection", "compressed", "fragments", "incomplete"),
    *("text", "data", "encoding"),
)


def _values(column: Any, name: str) -> list[Any]:
    pa = package("pyarrow")
    if name == "time" and pa.types.is_timestamp(column.type):
        column = column.cast(pa.timestamp("ns"), safe=False).cast(pa.int64())
    if pa.types.is_nested(column.type) and not pa.types.is_dictionary(column.type):
        return [None] * len(column)
    values: list[Any] = column.to_pylist()
    if name == "time":
        from .moments import epoch_ns

        return [epoch_ns(value) for value in values]
    return values


def _payload(said: dict[str, Any]) -> bytes | None:
    text, data = said["text"], said["data"]
    if isinstance(data, bytes):
        return data
    if isinstance(text, str):
        return text_bytes(text)
    if isinstance(data, str):  # as in CSV and JSON Lines
        return from_base64(data) if said["encoding"] == "base64" else text_bytes(data)
    return None


def sessions_of_metadata(metadata: bytes | None, into: CaptureBuilder) -> dict[str, SessionBuilder]:
    """Read what a file says of its sessions.

    Parameters
    ----------
    metadata : bytes, optional
        Of its schema.
    into : CaptureBuilder
        Gets them.

    Returns
    -------
    dict
        By name.
    """
    if metadata is None:
        return {}
    try:
        listed = parse(words(metadata, len(metadata)))
    except JSONError:
        listed = None
    if not isinstance(listed, list):
        into.problem("what it says of its sessions cannot be read")
        return {}
    found = {}
    for one in listed:
        name, url = words(field(one, "name"), 1000), words(field(one, "url"))
        # In a folder two processes may have given the same name to feeds that are not the same.
        session = found[name] = into.named(f"{name}\n{url}", name)
        session.url = url
        session.started_ns = whole(field(one, "started"), 1, 2**63 - 1, 0) or None
        connections = field(one, "connections")
        for connection in connections if isinstance(connections, list) else ():
            session.connection(_connection(connection))
    return found


def _connection(said: Any) -> ConnectionRecord:
    url = words(field(said, "url"))
    request, response = words(field(said, "request")), words(field(said, "response"))
    handshake = None
    if request or response:
        start, sent = split_head(request)
        _, received = split_head(response)
        know_secrets(url, sent, received)
        address, spent = field(said, "address"), field(said, "timings")
        handshake = handshake_of(
            url,
            sent,
            received,
            whole(field(said, "status"), 0, 999, 0),
            words(field(said, "reason"), 200),
            method=words(start.partition(" ")[0], 20) or "GET",
            time=_seconds(field(said, "time")),
            address=(words(address[0], 200), whole(address[1], 0, 65535, 0))
            if isinstance(address, list) and len(address) == 2
            else ("", 0),
            timings={words(name, 20): _seconds(value) for name, value in spent.items()}
            if isinstance(spent, dict)
            else {},
        )
    close = field(said, "close")
    certificates = field(said, "certificates")
    return ConnectionRecord(
        number=whole(field(said, "number"), 0, _MOST, 1),
        url=url,
        opened_ns=whole(field(said, "opened"), 1, 2**63 - 1, 0) or None,
        closed_ns=whole(field(said, "closed"), 1, 2**63 - 1, 0) or None,
        handshake=handshake,
        certificate=certificate_of(map(from_base64, certificates) if isinstance(certificates, list) else ()),
        close=Close(whole(close[0], 1, 65535, 1005), words(close[1], 4000))
        if isinstance(close, list) and len(close) == 2
        else None,
    )


def _seconds(value: Any) -> float:
    try:
        return min(max(float(value), 0.0), 1e11)
    except (TypeError, ValueError, OverflowError):
        return 0.0


# ---- writing


def write_parquet(file: BinaryIO, sessions: Sequence[SessionRows], saving: Saving) -> None:
    """Write sessions, merged by time.

    Parameters
    ----------
    file : BinaryIO
        Where to.
    sessions : sequence of SessionRows
        What.
    saving : Saving
        How.

    Raises
    ------
    ImportError
        pyarrow is not installed.
    """
    parquet = package("pyarrow.parquet")
    schema = schema_of(sessions, saving)
    with parquet.ParquetWriter(file, schema, compression="zstd") as writer:
        for batch in batches(schema, sessions, saving):
            writer.write_batch(batch)


def write_arrow(file: BinaryIO, sessions: Sequence[SessionRows], saving: Saving) -> None:
    """Write sessions, merged by time, to an Arrow file.

    Parameters
    ----------
    file, sessions, saving : BinaryIO, sequence of SessionRows and Saving
        As for `write_parquet`.

    Raises
    ------
    ImportError
        pyarrow is not installed.
    """
    ipc = package("pyarrow.ipc")
    schema = schema_of(sessions, saving)
    with ipc.new_file(file, schema) as writer:
        for batch in batches(schema, sessions, saving):
            writer.write_batch(batch)


def schema_of(sessions: Sequence[SessionRows], saving: Saving) -> Any:
    """Make the schema: columns, and what is known of the sessions.

    Parameters
    ----------
    sessions : sequence of SessionRows
        What is written.
    saving : Saving
        How.

    Returns
    -------
    pyarrow.Schema
    """
    pa = package("pyarrow")
    fields = {
        "index": pa.int64(),
        "time": pa.timestamp("ns", "UTC"),
        "session": pa.string(),
        "direction": pa.string(),
        "kind": pa.string(),
        "size": pa.int64(),
        "connection": pa.int32(),
        "compressed": pa.bool_(),
        "fragments": pa.int32(),
        "incomplete": pa.bool_(),
        "text": pa.large_string(),
        "data": pa.large_binary(),
    }
    records = json.dumps([_said(rows, saving) for rows in sessions], separators=(",", ":")).encode()
    return pa.schema([pa.field(name, kind) for name, kind in fields.items()], {METADATA: records})


def _said(rows: SessionRows, saving: Saving) -> dict[str, Any]:
    record = rows.record
    return {
        "name": record.name,
        "url": saving.url(record.url),
        "started": record.started_ns,
        "connections": [_said_connection(one, saving) for one in record.connections],
    }


def _said_connection(connection: ConnectionRecord, saving: Saving) -> dict[str, Any]:
    certificate, close = connection.certificate, connection.close
    chain = () if certificate is None else certificate.chain or (certificate,)
    return {
        "number": connection.number,
        "url": saving.url(connection.url),
        "opened": connection.opened_ns,
        "closed": connection.closed_ns,
        "close": None if close is None else [close.code, saving.text(close.reason)],
        "certificates": [base64.b64encode(one.der).decode() for one in chain],
        **({} if connection.handshake is None else _said_handshake(connection.handshake, saving)),
    }


def _said_handshake(handshake: Handshake, saving: Saving) -> dict[str, Any]:
    request, response = saving.heads(handshake)
    return {
        "request": request,
        "response": response,
        "status": handshake.status,
        "reason": handshake.reason,
        "time": handshake.time,
        "address": list(handshake.address[:2]),
        "timings": handshake.timings,
    }


def batches(schema: Any, sessions: Sequence[SessionRows], saving: Saving) -> Iterator[Any]:
    """Make record batches of messages, merged by time.

    Parameters
    ----------
    schema : pyarrow.Schema
        From `schema_of`.
    sessions : sequence of SessionRows
        What is written.
    saving : Saving
        How.

    Returns
    -------
    iterator of pyarrow.RecordBatch
    """
    pairs = saving.each(merged({one.record.name: one.messages for one in sessions}))
    return batches_of(schema, pairs, saving)


def batches_of(schema: Any, pairs: Iterable[tuple[Message, str]], saving: Saving) -> Iterator[Any]:
    """Make record batches of messages.

    Parameters
    ----------
    schema : pyarrow.Schema
        From `schema_of`.
    pairs : iterable of (Message, str)
        Messages, each with its session's name.
    saving : Saving
        How they are written.

    Yields
    ------
    pyarrow.RecordBatch
    """
    pa = package("pyarrow")
    rows: list[tuple[Any, ...]] = []
    size = 0
    for message, name in pairs:
        rows.append(_row(message, name, saving))
        size += message.size
        if len(rows) == _ROWS or size >= _BYTES:
            yield _batch(pa, schema, rows)
            rows, size = [], 0
    if rows:
        yield _batch(pa, schema, rows)


def _row(message: Message, name: str, saving: Saving) -> tuple[Any, ...]:
    payload = saving.payload(message)
    text = data = None
    try:
        text = payload.decode() if message.kind not in BYTES else None
    except UnicodeDecodeError:
        pass  # goes as bytes
    if text is None:
        data = payload
    return (
        *(message.index, message.time_ns, name, message.direction, message.kind, message.size, message.connection),
        *(message.compressed, message.fragments, message.incomplete, text, data),
    )


def _batch(pa: Any, schema: Any, rows: list[tuple[Any, ...]]) -> Any:
    columns = zip(*rows, strict=True)
    return pa.RecordBatch.from_arrays(
        [pa.array(column, field.type) for column, field in zip(columns, schema, strict=True)], schema=schema
    )
