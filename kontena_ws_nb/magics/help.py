"""The texts of ``%ws_help`` and ``%ws_connect?``, and the table that ``%ws_list`` returns. Pure; any thread."""

from __future__ import annotations

import inspect
from collections.abc import Iterable, Sequence
from typing import Final, overload

from ..session.card import sessions_bundle
from ..session.session import Session
from .parse import Flag

HELP = """\
WebSockets in this notebook. %ws_help shows this; each magic has full help: %ws_connect?

  %ws_connect wss://host/path     open a session and its live panel; it is stored in the variable ws
  %ws_connect                     the built-in demo server: demo, demo/ticker, demo/flood, demo/binary, demo/close, demo+tls
  %ws_send hello                  send text; --json checks it, --hex --base64 --file send bytes, {{expression}} is replaced by its value,
                                  {{env:NAME}} by an environment variable, which is masked in every output
  %%ws_send                       send the rest of the cell; %%ws_connect takes a command that the browser's "Copy as cURL" made
  %ws_messages $.type=trade       the messages that match a filter; -n 20 the last 20, --as trades stores them in a variable
  %ws_expect pong                 wait for a message that matches
  %ws_ping                        round trip in seconds
  %ws_panel                       show the live panel again
  %ws_cert                        the server's certificate; %ws_cert wss://host that of any server
  %ws_list   %ws_use NAME         all sessions; choose the current one, which magics without -s NAME use
  %ws_close 1000 bye              close; --all closes every session
Options come first, and the rest of the line is text, which is not changed (-- ends the options). Options may also follow a URL.
A ; at the end of the line suppresses output. Tab completes.
%config WebSocketMagics shows the settings: panel, timeouts, rows. A session is an ordinary variable: ws = %ws_connect … works too.

Filters, everywhere the same (%ws_help filter has all their forms):
{forms}
In Python: ws.send(…)  ws.read()  ws.messages.where("…")  ws.panel  ws.certificate  ws.close();  import kontena_ws_nb as kws; kws.connect(…)"""


FILTER = """\
Filters, the same in %ws_messages, %ws_expect, %ws_send --expect, ws.messages.where("…"), ws.expect("…") and the panel's box:

{forms}

  %ws_messages dir:received ($.type=trade or $.type=quote) $.price>70000
  %ws_send --expect $.type=pong or kind:close -- {"op": "ping"}
Words and patterns match what a person reads: Köln finds K\\u00f6ln, http:// finds http:\\/\\/. What looks like a form but is none is an
error that says what to type; quotes search for the text itself."""
#: Forms on the one screen of ``%ws_help``.
_FIRST: Final = (
    "word",
    "a or b",
    "-word, not word",
    "/regex/",
    "dir:",
    "kind:",
    "size:",
    "since:",
    "$.path=value",
    "$.path>5",
)


def screen() -> str:
    """Compose ``%ws_help``.

    Returns
    -------
    str
    """
    return HELP.replace("{forms}", _forms(_FIRST))


def filters() -> str:
    """Compose ``%ws_help filter``.

    Returns
    -------
    str
    """
    return FILTER.replace("{forms}", _forms(()))


def _forms(chosen: Sequence[str]) -> str:
    """Write the table of the filter's forms; all when none is chosen."""
    from ..log.filter.grammar import FORMS  # with the grammar, for those who ask

    return "\n".join(f"  {form:<18}{meaning}" for form, meaning in FORMS.items() if form in chosen or not chosen)


def document(doc: str, flags: Iterable[Flag], place: str) -> str:
    """Add the options to a magic's docstring.

    Parameters
    ----------
    doc : str
        The docstring.
    flags : iterable of Flag
        The magic's options.
    place : str
        Where in the line they may be.

    Returns
    -------
    str
    """
    lines = [f"  {flag.synopsis:<34}{flag.help}{' (may be repeated)' if flag.many else ''}" for flag in flags]
    return inspect.cleandoc(doc) + (f"\n\nOptions, {place}:\n" + "\n".join(lines) if lines else "") + "\n"


class SessionList(Sequence[Session]):
    """A sequence of sessions, shown as a table. Not a list, because IPython ignores ``_repr_mimebundle_`` of lists.

    Parameters
    ----------
    sessions : iterable of Session
        In the order to show.
    current : Session, optional
        The session that magics use.
    """

    def __init__(self, sessions: Iterable[Session], current: Session | None) -> None:
        self._sessions = list(sessions)
        self.current = current

    @overload
    def __getitem__(self, index: int) -> Session: ...

    @overload
    def __getitem__(self, index: slice) -> Sequence[Session]: ...

    def __getitem__(self, index: int | slice) -> Session | Sequence[Session]:
        return self._sessions[index]

    def __len__(self) -> int:
        return len(self._sessions)

    def __repr__(self) -> str:
        return repr(self._sessions)

    def _repr_mimebundle_(self, include: object = None, exclude: object = None) -> dict[str, str]:
        return sessions_bundle(self, self.current)
