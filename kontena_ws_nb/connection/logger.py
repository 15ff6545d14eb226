"""`ConnectionLogger`: logs what happens to a connection; and a filter for all loggers of this package.

The filter masks secrets and makes lines safe to print. Level debug for what happens (connected, control frames, pongs, a
normal end), warning for any other end. Payloads are never logged.
"""

from __future__ import annotations

import logging
from collections.abc import MutableMapping
from typing import Any, Final

from ..errors import CloseError, Error
from ..redaction.text import printable, safe_message

_logger: Final = logging.getLogger("kontena_ws_nb.connection")

#: Every logger of this package. All get the filter, because a logger's filters do not apply to its children's records.
LOGGERS: Final = (
    "kontena_ws_nb",
    *(f"kontena_ws_nb.{part}" for part in ("connection", "demo", "log", "playback", "recording", "session")),
    "kontena-ws",
)


#: How many characters of a traceback are logged. A callback's error may quote a whole message.
_LONGEST_TRACE: Final = 20_000


def _make_safe(record: logging.LogRecord) -> bool:
    """Mask a record and its traceback and make them printable, in place, before any handler gets it."""
    text = record.getMessage()
    shown = safe_message(text)
    if shown != text:
        record.msg, record.args = shown, ()
    if record.exc_info:
        trace = logging.Formatter().formatException(record.exc_info)
        shown = printable(trace, _LONGEST_TRACE, multiline=True)
        if shown != trace:
            record.exc_info, record.exc_text = None, shown
    return True


for _name in LOGGERS:
    logging.getLogger(_name).addFilter(_make_safe)


class ConnectionLogger(logging.LoggerAdapter):  # type: ignore[type-arg] # generic at run time only since Python 3.11
    """The logger ``kontena_ws_nb.connection``, with the connection's URL before every line.

    Parameters
    ----------
    url : str
        Secrets already masked.
    """

    def __init__(self, url: str) -> None:
        super().__init__(_logger, {"url": url})
        self._prefix = url.replace("%", "%%")

    def process(self, msg: Any, kwargs: MutableMapping[str, Any]) -> tuple[Any, MutableMapping[str, Any]]:
        """Prefix a line with the URL. Called by ``logging``.

        Parameters
        ----------
        msg : object
            The line, not yet formatted.
        kwargs : mapping
            As for `logging.LoggerAdapter.process`.

        Returns
        -------
        (object, mapping)
        """
        return f"{self._prefix}: {msg}", kwargs

    def ended(self, error: Error | None, code: int | None) -> None:
        """Log the end of the connection.

        Parameters
        ----------
        error : Error or None
            Why it ended; None when it was closed by us.
        code : int or None
            The close code.
        """
        if error is None or (isinstance(error, CloseError) and error.code in (1000, 1001)):
            self.debug("closed with %s", code)
        else:
            self.warning("ended: %s", error.message)
