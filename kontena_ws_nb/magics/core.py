"""`WebSocketMagics`: a method for each magic. It parses the line, makes the Python call, and prints what happened.

Called in the thread that runs the cell.
"""

from __future__ import annotations

import re
from collections.abc import Mapping
from pathlib import Path
from typing import TYPE_CHECKING, Any, Final

from IPython.core.interactiveshell import InteractiveShell
from IPython.core.magic import Magics, line_cell_magic, line_magic, magics_class, needs_local_scope, no_var_expand
from IPython.display import display
from traitlets import Bool, Float, Int, TraitError, TraitType, default, observe, validate

from ..api import certificate as fetch_certificate
from ..api import connect, sessions
from ..close import Close
from ..conversation.template import fill
from ..display.table import MAX_ROWS, MOST_ROWS, show_rows
from ..log.message import Message
from ..redaction.invalid import quoted_if_harmless
from ..redaction.text import printable
from ..session.session import Session
from ..system.paths import local_path
from ..tls.certificate import Certificate
from ..tls.errors import SSLVerifyError
from .complete import Completer
from .curl import read_curl
from .flags import FLAGS
from .help import SessionList, document, helped, page
from .names import Roster
from .parse import operand, seconds, split
from .report import UsageError, ask_for_secrets, short_errors
from .sending import deliver, payloads
from .settings import CONFIGURED, from_environment, refuse, switch, whole
from .shown_once import ShownOnce
from .template import expand, left

if TYPE_CHECKING:
    from ..captures.saving import Saved


@magics_class
class WebSocketMagics(Magics):
    """Magics of kontena_ws_nb.

    Parameters
    ----------
    shell : InteractiveShell
        The shell they are registered with.
    """

    # Set by ``%config WebSocketMagics``, ipython_config.py or the environment.
    panel = Bool(
        help="Show the live panel on %ws_connect (True), or a card. True where there is a kernel. Environment: KONTENA_WS_PANEL (1 or 0)."
    ).tag(config=True)
    connect_timeout = Float(
        allow_none=True,
        help="Seconds that %ws_connect waits for each of TCP, TLS and HTTP; None waits for ever. Environment: KONTENA_WS_CONNECT_TIMEOUT.",
    ).tag(config=True)
    timeout = Float(
        allow_none=True,
        help="Seconds that %ws_ping, %ws_expect and %ws_send --expect wait; None waits for ever. Environment: KONTENA_WS_TIMEOUT.",
    ).tag(config=True)
    rows = Int(
        help=f"Rows that a table of messages shows, at most {MOST_ROWS:,}; %ws_messages -n overrides it. Environment: KONTENA_WS_ROWS."
    ).tag(config=True)

    def __init__(self, shell: InteractiveShell) -> None:
        super().__init__(shell)
        self._shell = shell  # the base class's `shell` is typed as optional
        self.roster = Roster(shell.user_ns)
        self.completer = Completer(self.roster)
        self._shown_once = ShownOnce()
        #: The certificate that the latest %ws_connect refused, for %ws_cert.
        self._refused: Certificate | None = None
        #: Local variables of the function that calls the magic, for ``{{x}}``.
        self._locals: Mapping[str, Any] = {}
        self._hint = ""

    def take_over(self, before: WebSocketMagics) -> None:
        """Take the sessions and completions of magics that were loaded before.

        Parameters
        ----------
        before : WebSocketMagics
            Must not be used afterwards.
        """
        self.roster = before.roster
        self.completer = before.completer

    # ---- settings

    def check(self) -> None:
        """Validate and apply all settings, so that an invalid one is reported on loading.

        Raises
        ------
        UsageError
            A value in the environment or in IPython's configuration is invalid.
        """
        for name in ("panel", "connect_timeout", "timeout", "rows"):
            value = getattr(self, name)
            try:
                refuse(name, value)  # traitlets checks only the type of values from its configuration
            except ValueError as error:
                raise UsageError(f"{CONFIGURED}: WebSocketMagics.{name}: {error}") from None
        show_rows(self.rows)

    @default("panel")
    def _default_panel(self) -> bool:
        # Without a kernel there is no comm, and the panel would not be live.
        return from_environment("panel", switch, hasattr(self.shell, "kernel"))  # type: ignore[no-any-return]

    @default("connect_timeout")
    def _default_connect_timeout(self) -> float:
        return from_environment("connect_timeout", seconds, 10.0)  # type: ignore[no-any-return]

    @default("timeout")
    def _default_timeout(self) -> float:
        return from_environment("timeout", seconds, 10.0)  # type: ignore[no-any-return]

    @default("rows")
    def _default_rows(self) -> int:
        return from_environment("rows", whole, MAX_ROWS)  # type: ignore[no-any-return]

    @validate("connect_timeout", "timeout", "rows")
    def _validated(self, proposal: dict[str, Any]) -> Any:
        trait: TraitType[Any, Any] = proposal["trait"]
        try:
            refuse(str(trait.name), proposal["value"])
        except ValueError as error:
            raise TraitError(f"WebSocketMagics.{trait.name}: {error}") from None
        return proposal["value"]

    @observe("rows")
    def _show(self, change: dict[str, Any]) -> None:
        show_rows(change["new"])

    # ---- parsing

    def _parse(self, magic: str, line: str) -> tuple[dict[str, Any], str, bool]:
        """Return the options, the rest of the line, and whether a ``;`` at its end (not part of the rest) silences it."""
        bare = line.rstrip()
        silent = bare.endswith(";")
        filters = self.roster.knows if magic in ("ws_messages", "ws_expect") else None
        values, rest = split(bare[:-1] if silent else line, FLAGS[magic], magic, filters=filters)
        return values, rest, silent

    def _parse_session(self, magic: str, line: str) -> tuple[Session, dict[str, Any], str, bool]:
        values, rest, silent = self._parse(magic, line)
        return self.roster.find(values.pop("session", None), magic), values, rest, silent

    def _expanded(self, line: str, local_ns: Mapping[str, Any] | None, magic: str) -> str:
        return expand(line, {**self._shell.user_ns, **(local_ns or {})}, magic)

    def _filled(self, values: Mapping[str, Any], text: str) -> str:
        if values.get("raw"):
            return text
        names = {**self._shell.user_ns, **self._locals}
        filled = fill(text, names, as_json=bool(values.get("json")))
        self._hint = self._hint or left(text, names)
        return filled

    def _hinted(self, silent: bool) -> None:
        """Print the hint that something in braces was taken for text."""
        hint, self._hint = self._hint, ""
        if hint and not silent:
            print(hint)

    def _said(self, line: str, value: Any, silent: bool) -> Any:
        """Print one line about a value instead of showing it."""
        if not silent:
            print(line)
        return self._result(value, True)

    def _result(self, value: Any, silent: bool) -> Any:
        """Return a value from a magic; with ``silent``, IPython does not show it.

        IPython itself ignores the ``;`` after a magic: it looks for it in the Python code that the line is translated to.
        """
        self._locals = {}  # do not keep the caller's variables alive
        if silent:
            self._shown_once.skip(value)
        return value

    # ---- magics

    @needs_local_scope
    @no_var_expand
    @line_cell_magic
    def ws_connect(self, line: str, cell: str | None = None, *, local_ns: Mapping[str, Any] | None = None) -> Session:
        """%ws_connect [options] [URL] [options]: open a WebSocket and read it in the background.

        Returns the session, and stores it in the variable ws (-s NAME: another one). A session of the same name is
        closed first and kept as ws.previous, so the cell can be run again. Without a URL it connects to the built-in
        demo server (demo, demo/ticker, demo/flood, demo/binary, demo/close; demo+tls shows the certificate card).
        {expression} is replaced by its value ({{ and }} are literal braces). Credentials and --redact values are masked
        wherever payloads are shown; pass them as {variable}, because what is typed into a cell is saved with the
        notebook.

        %%ws_connect [options] takes a curl command in the cell's body. In the browser's developer tools, Network tab,
        choose "Copy as cURL" for the WebSocket; on Windows "(bash)" or "(cmd)", not PowerShell. Its headers and cookies
        are sent, and masked where they are shown.

        Examples
        --------
        %ws_connect
        %ws_connect wss://feed.example/v1
        %ws_connect -s feed -H 'Authorization: Bearer {token}' --subprotocol graphql-ws wss://feed.example/v1
        %ws_connect -k wss://lab.local:8443
        %ws_connect --token - wss://feed.example/v1
        """
        with short_errors():
            values, url, silent = self._parse("ws_connect", self._expanded(line, local_ns, "ws_connect"))
            if cell is not None:
                if url:
                    raise UsageError(
                        f"%%ws_connect: the URL is in the curl command; {quoted_if_harmless(url)} does not belong on the first line"
                    )
                url, copied = read_curl(cell)
                # Options on the first line override the command's; headers are merged.
                values = {**copied, **values, "headers": [*copied.get("headers", ()), *values.get("headers", ())]}
            elif url:
                url, values = operand(url, values, FLAGS["ws_connect"], "ws_connect")
            return self._connect(url or "demo", values, silent)

    def _connect(self, url: str, values: dict[str, Any], silent: bool) -> Session:
        name = values.pop("name", "ws")
        panel = values.pop("panel", self.panel)
        values = ask_for_secrets(values)
        if isinstance(values.get("cookies"), list):
            values["cookies"] = "; ".join(values["cookies"])
        limit = values.setdefault("connect_timeout", self.connect_timeout)
        self._refused = None
        try:
            session = connect(self.roster.resolve(url), name, open_timeout=limit, **values)
        except SSLVerifyError as error:
            self._refused = error.cert
            raise
        self.completer.used(url)  # only now, because a URL that did not open may be a typo
        line = self.roster.opened_by_magic(session)
        if not silent:
            print(line)
        if panel and not silent:
            display(session.panel)  # type: ignore[no-untyped-call]
        return self._result(session, bool(silent or panel))  # type: ignore[no-any-return]

    @needs_local_scope
    @no_var_expand
    @line_cell_magic
    def ws_send(
        self, line: str, cell: str | None = None, *, local_ns: Mapping[str, Any] | None = None
    ) -> Message | list[Message]:
        """%ws_send [options] text: send a message. %%ws_send [options]: send the rest of the cell.

        The text is sent as it is, with its braces, quotes and $. Only {{expression}} is replaced by its value, and
        {{env:NAME}} by an environment variable of the kernel, which is masked in every output from then on; --raw
        leaves both as they are. Returns the message (with --each or --repeat a list of them, with --expect the answer).

        Examples
        --------
        %ws_send hello
        %ws_send {"op": "subscribe", "symbols": ["BTC-USD"]}
        %ws_send --json {"op": "login", "user": {{user}}, "token": {{env:FEED_TOKEN}}}
        %ws_send --hex 00 ff 10
        %ws_send --repeat 10 --interval 1 ping
        %ws_send --expect $.type=pong {"op": "ping"}
        %ws_send --expect $.type=pong or kind:close -- {"op": "ping"}
        %ws_send -s feed -- -1
        """
        with short_errors():
            self._locals, self._hint = local_ns or {}, ""
            if cell is not None and "--expect" in line and not re.search(r"\s--(?:\s|$)", line):
                line = f"{line.rstrip()} --"  # no text stands there: a filter has the rest of the line
            session, values, rest, silent = self._parse_session("ws_send", line)
            if cell is not None and rest:
                raise UsageError(
                    f"%%ws_send: the payload is the cell's body; {quoted_if_harmless(rest)} does not belong on the first line"
                )
            body = None if cell is None else cell.removesuffix("\n")  # IPython adds one
            answer = ""
            if "expect" in values:
                from ..log.filter.query import Query  # with the filters, for those who use one

                answer = self._filled({"raw": values.get("raw")}, values["expect"])
                Query.parse(answer)  # before anything is sent
            data = payloads(values, rest, body, self._filled)
            sent = deliver(session, data, values.get("repeat", 1), values.get("interval", 0.0), silent)
            if not silent:
                print(_summary(session, sent))
            self._hinted(silent)
            if answer:
                limit = values.get("timeout", self.timeout)
                return self._result(session.expect(answer, timeout=limit, since=sent[0].index), silent)  # type: ignore[no-any-return]
        many = "each" in values or "repeat" in values
        return self._result(sent if many else sent[0], True)  # type: ignore[no-any-return]

    @line_magic
    @no_var_expand
    def ws_close(self, line: str) -> None:
        """%ws_close [options] [code] [reason]: close the session; its messages are kept.

        Codes: 1000 normal (the default), 1001 going away, 3000 to 3999 for libraries, 4000 to 4999 for applications
        (RFC 6455 section 7.4).

        Examples
        --------
        %ws_close
        %ws_close 1000 bye
        %ws_close 4001 try me
        %ws_close --all
        """
        with short_errors():
            values, rest, silent = self._parse("ws_close", line)
            match = re.fullmatch(r"([0-9]+)?(?:(?:^|\s+)(.*))?", rest, re.DOTALL)
            if match is None or (match[2] and not match[1]):
                raise UsageError(
                    f"%ws_close: the code comes first: %ws_close 1000 {rest if quoted_if_harmless(rest) == repr(rest) else 'REASON'}"
                )
            chosen = (
                list(sessions.values()) if values.get("all") else [self.roster.find(values.get("session"), "ws_close")]
            )
            for session in chosen:
                done = " already" if session.closed else ""
                session.close(int(match[1] or 1000), match[2] or "")
                self.roster.closed_by_magic(session)
                if not silent:
                    code = session.close_code
                    why = f" with {code} ({Close(code).meaning})" if code is not None else ""
                    print(f"{printable(session.name)} is closed{done}{why}")

    @line_magic
    @no_var_expand
    def ws_ping(self, line: str) -> float:
        """%ws_ping [options]: send a ping and wait for its pong; returns the round trip in seconds.

        Examples
        --------
        %ws_ping
        rtt = %ws_ping
        """
        with short_errors():
            session, values, rest, silent = self._parse_session("ws_ping", line)
            _require_empty("ws_ping", rest)
            took = session.ping(timeout=values.get("timeout", self.timeout))
        return self._said(f"{printable(session.name)} answered after {took * 1000:.3g} ms", took, silent)  # type: ignore[no-any-return]

    @needs_local_scope
    @line_magic
    @no_var_expand
    def ws_messages(self, line: str, *, local_ns: Mapping[str, Any] | None = None) -> Any:
        """%ws_messages [options] [filter]: the messages, or those that match a filter.

        Returns ws.messages, or a live view of it. %ws_help lists the forms of filters. Write -- before a filter that
        begins with -.

        Examples
        --------
        %ws_messages
        %ws_messages -n 50 dir:received $.type=trade -heartbeat
        %ws_messages --as trades $.type=trade
        %ws_messages -- -ping
        """
        with short_errors():
            self._locals, self._hint = local_ns or {}, ""
            session, values, text, silent = self._parse_session("ws_messages", line)
            name = values.get("as", "")
            if name and not name.isidentifier():
                raise UsageError(f"%ws_messages: --as {quoted_if_harmless(name)}: not a variable name")
            asked = self._filled(values, text)
            found: Any = session.messages.where(asked) if text else session.messages
            self._hinted(silent)
            # A pattern that takes too long raises here, and not when the table is shown.
            if text and not silent and not len(found):
                from ..log.filter.unknown import newest_advice  # with the filters, for those who use one

                if said := newest_advice(asked, session.messages):
                    print(printable(said))
            if "n" in values:
                # Slices of a view are 0-based; those of a log take permanent indexes.
                found = (
                    found[len(found) - values["n"] if values["n"] < len(found) else 0 :]
                    if text
                    else _last(session, values["n"])
                )
                found.shown = values["n"]
        if name:
            self._shell.user_ns[name] = found
        return self._result(found, silent)

    @needs_local_scope
    @line_magic
    @no_var_expand
    def ws_expect(self, line: str, *, local_ns: Mapping[str, Any] | None = None) -> Message:
        """%ws_expect [options] filter: wait for the first message that matches, beginning at the first send since the last wait.

        Returns the message. If none comes in time, the error shows the nearest misses.

        Examples
        --------
        %ws_expect pong
        %ws_expect --timeout 3 dir:received $.type=subscribed
        """
        with short_errors():
            self._locals, self._hint = local_ns or {}, ""
            session, values, text, silent = self._parse_session("ws_expect", line)
            if not text:
                raise UsageError("%ws_expect: a filter is missing: %ws_expect FILTER, such as %ws_expect $.type=pong")
            wanted = self._filled(values, text)
            self._hinted(silent)
            message = session.expect(wanted, timeout=values.get("timeout", self.timeout))
        return self._result(message, silent)  # type: ignore[no-any-return]

    @line_magic
    @no_var_expand
    def ws_panel(self, line: str) -> Any:
        """%ws_panel [options] [NAME or PATH]: the session's live panel; of a variable, or of a file, the panel of what is in it.

        NAME is a session, or a variable that holds a session, a capture (kws.load) or a difference of captures. PATH is a
        file that kws.load opens; in quotes it may have spaces.

        Examples
        --------
        %ws_panel
        %ws_panel feed
        %ws_panel capture
        %ws_panel trades.har
        """
        with short_errors():
            values, rest, silent = self._parse("ws_panel", line)
            name, more = _path(rest)
            if name and "session" in values:
                more = rest
            _require_empty("ws_panel", more)
            shown = self._shown(name) if name else self.roster.find(values.get("session"), "ws_panel", _OTHERS)
        return self._result(shown.panel, silent)

    def _shown(self, name: str) -> Any:
        """Find what has the panel that is wanted: a session, a variable, or a file."""
        if self.roster.knows(name):
            return self.roster.find(name, "ws_panel")
        value = self._shell.user_ns.get(name)
        if hasattr(type(value), "panel"):
            return value
        if value is not None:
            raise UsageError(
                f"%ws_panel: the variable {printable(name)} holds no session and no capture, but {printable(type(value).__name__)}"
            )
        if Path(local_path(name)).is_file():
            from ..captures.load import load  # with all formats

            return load(name)
        wanted = quoted_if_harmless(name)
        raise UsageError(
            f"%ws_panel: {wanted} is no session, no variable that holds one or a capture, and no file here"
        )

    @needs_local_scope
    @no_var_expand
    @line_magic
    def ws_cert(self, line: str, *, local_ns: Mapping[str, Any] | None = None) -> Certificate:
        """%ws_cert [options] [URL] [options]: the certificate of the session, or of any TLS server, with OpenSSL's verdict.

        After %ws_connect refused a certificate, shows that one. With a URL it only does a TLS handshake; no WebSocket is
        opened.

        Examples
        --------
        %ws_cert
        %ws_cert wss://expired.badssl.com
        %ws_cert --ca-file lab.pem lab.local:8443
        """
        with short_errors():
            values, url, silent = self._parse("ws_cert", self._expanded(line, local_ns, "ws_cert"))
            if url:
                url, values = operand(url, values, FLAGS["ws_cert"], "ws_cert")
                values = ask_for_secrets({name: value for name, value in values.items() if name != "session"})
                values.setdefault("connect_timeout", self.connect_timeout)
                found: Certificate | None = fetch_certificate(self.roster.resolve(url), **values)
            elif self._refused is not None and "session" not in values:
                found = self._refused
            else:
                session = self.roster.find(values.get("session"), "ws_cert")
                found = session.certificate
                if found is None:
                    raise UsageError(
                        f"%ws_cert: {printable(session.name)} is not encrypted ({printable(session.url)}): there is no certificate"
                    )
        return self._result(found, silent)  # type: ignore[no-any-return]

    @needs_local_scope
    @line_magic
    @no_var_expand
    def ws_save(self, line: str, *, local_ns: Mapping[str, Any] | None = None) -> Saved:
        """%ws_save [options] PATH [filter]: write the messages, or those that match a filter, to a file.

        The suffix says the format: .jsonl, .csv, .har, .parquet, .arrow, .mitm (mitmproxy), .insomnia, .zap. A path with
        spaces stands in quotes. Known secrets are masked in it. Returns what was written, and what the format could not
        hold. kws.load(PATH) opens it again.

        Examples
        --------
        %ws_save feed.har
        %ws_save trades.parquet $.type=trade
        %ws_save -s feed "two words.jsonl" dir:received
        """
        with short_errors():
            self._locals, self._hint = local_ns or {}, ""
            session, values, rest, silent = self._parse_session("ws_save", line)
            path, query = _path(self._filled(values, rest))
            if not path:
                raise UsageError("%ws_save: a path is missing: %ws_save PATH, such as %ws_save feed.har")
            from ..captures.save import save_selected  # with all formats

            saved = save_selected(session, path, query, secrets=values.get("secrets", False))
            self._hinted(silent)
        return self._said(str(saved), saved, silent)  # type: ignore[no-any-return]

    @line_magic
    @no_var_expand
    def ws_list(self, line: str) -> SessionList:
        """%ws_list: a table of all sessions; the arrow marks the current one.

        Examples
        --------
        %ws_list
        """
        with short_errors():
            _, rest, silent = self._parse("ws_list", line)
            _require_empty("ws_list", rest)
        return self._result(SessionList(self.roster.all(), self.roster.current), silent)  # type: ignore[no-any-return]

    @line_magic
    @no_var_expand
    def ws_use(self, line: str) -> Session:
        """%ws_use NAME: make a session the current one, which magics without -s use.

        Examples
        --------
        %ws_use feed
        """
        with short_errors():
            _, name, silent = self._parse("ws_use", line)
            if not name:
                names = ", ".join(session.name for session in self.roster.all()) or "no session was opened yet"
                raise UsageError(f"%ws_use: a session's name is missing: {names}")
            session = self.roster.find(name, "ws_use")
        self.roster.use(session)
        return self._said(f"current session: {printable(session.name)} ({printable(session.url)})", session, silent)  # type: ignore[no-any-return]

    @line_magic
    @no_var_expand
    def ws_help(self, line: str) -> None:
        """%ws_help: all magics on one screen; %ws_help filter, decoders and errors: all of them; %ws_help close-1006, 1006 or EOFError explains an error.

        %ws_connect? and so on show more about each magic.

        Examples
        --------
        %ws_help
        %ws_help filter
        %ws_help decoders
        %ws_help errors
        %ws_help close-1006
        """
        with short_errors():
            rest = self._parse("ws_help", line)[1].strip()
            said = helped(rest)
            if hasattr(self.shell, "kernel"):
                display(page(said), raw=True)  # type: ignore[no-untyped-call] # pages break lines of a narrow output within words
            else:
                print(said)


#: What else has a panel, where there is no session.
_OTHERS: Final = "; %ws_panel NAME shows a capture in a variable, %ws_panel PATH a file"


def _path(text: str) -> tuple[str, str]:
    """Take a path off the front of a line; in quotes it may have spaces."""
    found = re.match(r"""(?:"([^"]*)"|'([^']*)'|(\S*))(?:\s+|\Z)""", text.strip())
    assert found is not None  # whatever is in no quotes is a word
    return found[1] or found[2] or found[3] or "", text.strip()[found.end() :].strip()


def _summary(session: Session, sent: list[Message]) -> str:
    if len(sent) == 1:
        return f"sent to {printable(session.name)}: {sent[0].kind}, {sent[0].size:,} bytes"
    return f"sent to {printable(session.name)}: {len(sent):,} messages, {sum(message.size for message in sent):,} bytes"


def _require_empty(magic: str, rest: str) -> None:
    if rest:
        raise UsageError(f"%{magic}: unexpected argument: {quoted_if_harmless(rest)}; %{magic}? shows what it takes")


def _last(session: Session, count: int) -> Any:
    log = session.messages
    return log[max(log.first_index, log.next_index - count) :]


for _name in FLAGS:
    _method = getattr(WebSocketMagics, _name)
    _place = "before or after the URL" if _name in ("ws_connect", "ws_cert") else "before the rest of the line"
    _method.__doc__ = document(_method.__doc__, FLAGS[_name], _place)
