"""The magics: each parses its line and makes one Python call.

``%load_ext`` imports this. Magics run in the thread that runs the cell.
"""

from .core import WebSocketMagics
from .load import load, unload
from .report import UsageError

__all__ = ["UsageError", "WebSocketMagics", "load", "unload"]
