"""`query`: SQL over a capture, by DuckDB, which reads it batch by batch: a capture may be larger than memory."""

from __future__ import annotations

import importlib
from collections.abc import Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Any

from .arrow import batches, package, schema_of
from .saving import Saving, SessionRows

if TYPE_CHECKING:
    import duckdb


def query(text: str, sessions: Sequence[SessionRows], files: Sequence[Path] = ()) -> duckdb.DuckDBPyRelation:
    """Do what `Capture.sql` says.

    Parameters
    ----------
    text : str
        The query.
    sessions : sequence of SessionRows
        What its table ``messages`` has.
    files : sequence of pathlib.Path, optional
        Parquet files of ours that have all of it: DuckDB reads them itself.

    Returns
    -------
    duckdb.DuckDBPyRelation
    """
    try:
        duck: Any = importlib.import_module("duckdb")
    except ModuleNotFoundError as error:
        if error.name != "duckdb":
            raise  # it is there, but broken
        raise ImportError(
            "sql() needs duckdb, which is not installed: pip install 'kontena_ws_nb[data]'", name="duckdb"
        ) from None
    # DuckDB opens no connection, not even to install extensions.
    connection = duck.connect(config={"autoinstall_known_extensions": "false", "autoload_known_extensions": "false"})
    if files:
        connection.read_parquet(list(map(str, files)), hive_partitioning=False).create_view("messages")
    else:
        connection.register("messages", _reader(sessions))
    result = connection.sql(text)
    # The batches can be read once, so the result is kept, not the query.
    found: duckdb.DuckDBPyRelation = connection.from_arrow(result.to_arrow_table())
    return found


def _reader(sessions: Sequence[SessionRows]) -> Any:
    pa, saving = package("pyarrow"), Saving(True)
    schema = schema_of(sessions, saving)
    return pa.RecordBatchReader.from_batches(schema, batches(schema, sessions, saving))
