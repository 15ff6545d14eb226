"""The texts of ``%ws_help`` and ``%ws_connect?``, and the table that ``%ws_list`` returns. Pure; any thread."""

from __future__ import annotations

import inspect
import re
from collections.abc import Callable, Iterable, Mapping, Sequence
from typing import Final, overload

from ..display.html import Markup, displayed, tag
from ..redaction.invalid import quoted_if_harmless
from ..session.card import sessions_bundle
from ..session.session import Session
from .parse import Flag
from .report import UsageError

HELP = """\
WebSockets in this notebook. %ws_help shows this; each magic has full help: %ws_connect?

  %ws_connect wss://host/path     open a session and its live panel; it is stored in the variable ws
  %ws_connect                     the built-in demo server: demo, demo/ticker, demo/flood, demo/binary, demo/close, demo+tls
  %ws_send hello                  send text; --json checks it, --hex --base64 --file send bytes, {{expression}} is replaced by its value,
                                  {{env:NAME}} by an environment variable, which is masked in every output
  %%ws_send                       send the rest of the cell; %%ws_connect takes a command that the browser's "Copy as cURL" made
  %ws_messages $.type=trade       the messages that match a filter; -n 20 the last 20, --as trades stores them in a variable
  %ws_expect pong                 wait for a message that matches
  %ws_save feed.har [filter]      write the messages to a file that other tools open: .jsonl .csv .har .parquet .arrow .mitm …
  %ws_ping   %ws_panel            round trip in seconds; the live panel, also of a capture or a file: %ws_panel trades.har
  %ws_cert                        the server's certificate; %ws_cert wss://host that of any server
  %ws_list   %ws_use NAME         all sessions; choose the current one, which magics without -s NAME use
  %ws_close 1000 bye              close; --all closes every session
Options come first, and the rest of the line is text, which is not changed (-- ends the options). Options may also follow a URL.
A ; at the end of the line suppresses output. Tab completes.
%config WebSocketMagics shows the settings: panel, timeouts, rows. A session is an ordinary variable: ws = %ws_connect … works too.

Filters, everywhere the same (%ws_help filter: all forms; %ws_help decoders: what messages are understood; %ws_help 1006, %ws_help errors: errors):
{forms}
In Python: ws.send(…)  ws.read()  ws.messages.where("…")  ws.panel  ws.certificate  ws.close();  import kontena_ws_nb as kws; kws.connect(…)"""


FILTER = """\
Filters, the same in %ws_messages, %ws_expect, %ws_send --expect, ws.messages.where("…"), ws.expect("…") and the panel's box:

{forms}

  %ws_messages dir:received ($.type=trade or $.type=quote) $.price>70000
  %ws_send --expect $.type=pong or kind:close -- {"op": "ping"}
Words and patterns match what a person reads: Köln finds K\\u00f6ln, http:// finds http:\\/\\/. What looks like a form but is none is an
error that says what to type; quotes search for the text itself."""
DECODING: Final = """\
Decoders say what messages mean: message.decoded, message.label, the panel's Decoded. Filters, expect, request and tables look there, too.
The subprotocol decides, else the first messages do. To choose one: %ws_connect --decode NAME, ws.decode = NAME, the panel's menu.

{decoders}

A name of your own: @kws.decoder("mine") in front of a function that takes a message's data and returns an object.
Some need packages: pip install 'kontena_ws_nb[decoders]'. ws.heartbeat = True keeps up the protocol's own heartbeats."""
#: What stands in front of a line's second column, and characters that the lines that follow are moved in by, at most.
_SECOND: Final = re.compile(r"  \S.*?  +(?=\S)")
_INDENT: Final = 20
#: The built-in decoders, and what they are for.
DECODERS: Final[Mapping[str, str]] = {
    "socket.io": "Socket.IO on Engine.IO: events, acknowledgements, attachments",
    "sockjs": "SockJS, and what is inside its frames",
    "jupyter": "channels of a Jupyter kernel, JSON and v1.kernel.websocket.jupyter.org",
    "devtools": "Chrome DevTools Protocol; an answer is labelled with its request's method",
    "stomp": "STOMP 1.0 to 1.2",
    "mqtt": "MQTT 3.1.1 and 5",
    "signalr": "ASP.NET SignalR, JSON and MessagePack",
    "phoenix": "Phoenix channels",
    "pusher": "Pusher Channels",
    "json-rpc": "JSON-RPC 2.0",
    "realtime": "realtime LLM events; audio as its seconds",
    "graphql": "graphql-transport-ws and graphql-ws",
    "ocpp": "OCPP-J: charging stations",
    "msgpack": "MessagePack",
    "cbor": "CBOR",
    "protobuf": "Protobuf without a schema; with one: --decode feed.proto:Trade, or ws.decode = a generated class",
    "nested-json": "JSON, and the JSON in its strings",
    **dict.fromkeys(("gzip", "zlib", "deflate", "zstd", "brotli"), "compressed messages, whatever is inside"),
    "plain": "each message by what it looks like: what everything else gets",
    "raw": "no decoder",
}
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


def decoders() -> str:
    """Compose ``%ws_help decoders``.

    Returns
    -------
    str
    """
    return DECODING.replace("{decoders}", "\n".join(f"  {name:<14}{what}" for name, what in DECODERS.items()))


def helped(rest: str) -> str:
    """Compose what ``%ws_help`` says about something.

    Parameters
    ----------
    rest : str
        Nothing, ``"filter"``, ``"decoders"``, ``"errors"``, or an error's topic, number or class.

    Returns
    -------
    str

    Raises
    ------
    UsageError
        There is no such topic.
    """
    if rest in _TEXTS:
        return _TEXTS[rest]()
    from ..display import error_topics  # for those who ask

    try:
        return error_topics.listing() if rest in ("error", "errors") else error_topics.explained(rest)
    except ValueError as error:
        raise UsageError(f"%ws_help {quoted_if_harmless(rest)}: {error}") from None


def page(text: str) -> dict[str, str]:
    """Write a text for pages: its lines break between words, and go on where their second column begins.

    Parameters
    ----------
    text : str
        From `helped`.

    Returns
    -------
    dict
        ``text/plain`` and ``text/html``.
    """
    lines = []
    for line in text.splitlines():
        column = _SECOND.match(line)
        indent = len(column[0]) if column else len(line) - len(line.lstrip())
        indent = min(indent, _INDENT)
        lines.append(tag("div", line or "\n", style=Markup(f"padding-left:{indent}ch;text-indent:-{indent}ch")))
    style = Markup(
        "font-family:var(--jp-code-font-family,monospace);white-space:pre-wrap;word-break:normal;overflow-wrap:break-word"
    )
    return displayed(text, tag("div", *lines, style=style))


def _forms(chosen: Sequence[str]) -> str:
    """Write the table of the filter's forms; all when none is chosen."""
    from ..log.filter.grammar import FORMS  # with the grammar, for those who ask

    return "\n".join(f"  {form:<18}{meaning}" for form, meaning in FORMS.items() if form in chosen or not chosen)


_TEXTS: Final[Mapping[str, Callable[[], str]]] = {
    "": screen,
    "filter": filters,
    "filters": filters,
    "decoder": decoders,
    "decoders": decoders,
}


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
