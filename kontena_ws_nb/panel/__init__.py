"""The panel: a live view of a session in the notebook.

`panel` is the widget, `handlers` the answers to its requests; what it shows, in which order and when, is `feed`'s.
The browser's half is in ``frontend/`` (TypeScript), built into ``static/``.
"""

from __future__ import annotations

from .panel import Panel

__all__ = ["Panel"]
