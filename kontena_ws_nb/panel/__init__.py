"""The panel: a live view of a session in the notebook.

`feed` decides what to tell the browser and when, `panel` is the widget, `protocol` the messages, `status` the words about a session.
The browser's half is in ``frontend/`` (TypeScript), built into ``static/``.
"""

from __future__ import annotations

from .panel import Panel

__all__ = ["Panel"]
