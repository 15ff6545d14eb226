"""The magics: each a thin line over one Python call, for people who would rather type ``%ws_send hello``.

What lives here: parsing what is typed, choosing the session, putting names into the notebook, saying what happened in
one line. What must not: anything Python callers need too. Imported only by ``%load_ext``. Magics run in the thread that
runs the cell.
"""

from .core import WebSocketMagics
from .load import load, unload
from .report import UsageError

__all__ = ["UsageError", "WebSocketMagics", "load", "unload"]
