"""The options of each magic: the table that parsing, help and completion use."""

from __future__ import annotations

from collections.abc import Sequence

from .parse import Flag, connection_flags, seconds, whole

_SESSION = Flag(("-s", "--session"), "session", "NAME", "the session; by default the current one")
_RAW = Flag(("--raw",), "raw", "", "{{…}} is text, not an expression")
_TIMEOUT = Flag(("--timeout",), "timeout", "SECONDS", "how long to wait", convert=seconds)
_TLS = (
    "ssl_hostname",
    "ca_file",
    "ca_path",
    "trust",
    "strict",
    "client_cert",
    "client_key",
    "client_key_password",
    "min_tls",
    "proxy",
    "connect_timeout",
    "resolve",
)

#: The options of each magic.
FLAGS: dict[str, Sequence[Flag]] = {
    "ws_connect": [
        Flag(("-s", "--session", "--name"), "name", "NAME", "the session's name and variable; by default ws"),
        *connection_flags(),
        Flag(("--no-panel",), "panel", "", "show a card instead of the live panel", False),
    ],
    "ws_send": [
        _SESSION,
        Flag(("--json",), "json", "", "check that it is JSON; {{values}} are written as JSON"),
        Flag(("--hex",), "hex", "", "send bytes, written in hexadecimal"),
        Flag(("--base64",), "base64", "", "send bytes, written in base64"),
        Flag(("--file",), "file", "PATH", "send a file's bytes; with --json or --each, as text"),
        Flag(("--each",), "each", "", "send every line that is not empty as a message"),
        Flag(("--repeat",), "repeat", "N", "send it N times", convert=whole),
        Flag(("--interval",), "interval", "SECONDS", "wait between messages", convert=seconds),
        Flag(
            ("--expect",),
            "expect",
            "FILTER",
            "wait for an answer that matches, and return that; a filter of several words ends with --",
            filter=True,
        ),
        Flag(("--timeout",), "timeout", "SECONDS", "how long --expect waits", convert=seconds),
        _RAW,
    ],
    "ws_close": [_SESSION, Flag(("-a", "--all"), "all", "", "every live session")],
    "ws_ping": [_SESSION, _TIMEOUT],
    "ws_messages": [
        _SESSION,
        Flag(("-n",), "n", "N", "only the last N", convert=whole),
        Flag(("--as",), "as", "NAME", "also store them in this variable"),
        _RAW,
    ],
    "ws_expect": [_SESSION, _TIMEOUT, _RAW],
    "ws_panel": [_SESSION],
    "ws_cert": [_SESSION, *(flag for flag in connection_flags() if flag.to in _TLS)],
    "ws_save": [_SESSION, Flag(("--secrets",), "secrets", "", "write everything as it was, also secrets"), _RAW],
    "ws_list": [],
    "ws_use": [],
    "ws_help": [],
}
