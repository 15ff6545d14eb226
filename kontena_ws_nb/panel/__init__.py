"""The panel: a live view of a session in the notebook.

`source` is what is shown, `lanes` and `merged` its rows in order, `feed` what to tell the browser and `pace` when, `panel` is the widget,
`protocol` the messages, `handlers` the answers, `status` the words about a session.
The browser's half is in ``frontend/`` (TypeScript), built into ``static/``.
"""

from __future__ import annotations

from .panel import Panel

__all__ = ["Panel"]
