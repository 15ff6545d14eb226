"""`query`: SQL over a capture, by DuckDB, which reads it batch by batch: a capture may be larger than memory."""

from __future__ import annotations

import importlib
from collections.abc import Sequence
from typing import TYPE_CHECKING, Any

from .arrow import batches, package, schema_of
from .saving import Saving, SessionRows

if TYPE_CHECKING:
    import duckdb


def query(text: str, sessions: Sequence[SessionRows]) -> duckdb.DuckDBPyRelation:
    """Do what `Capture.sql` says.

    Parameters
    ----------
    text : str
        The query.
    sessions : sequence of SessionRows
        What its table ``messages`` has.

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
    pa = package("pyarrow")
    saving = Saving(True)
    schema = schema_of(sessions, saving)
    # It asks no network, not even for extensions.
    connection = duck.connect(config={"autoinstall_known_extensions": "false", "autoload_known_extensions": "false"})
    connection.register("messages", pa.RecordBatchReader.from_batches(schema, batches(schema, sessions, saving)))
    result = connection.sql(text)
    # The rows have passed by: what the query found stays.
    found: duckdb.DuckDBPyRelation = connection.from_arrow(result.to_arrow_table())
    return found
