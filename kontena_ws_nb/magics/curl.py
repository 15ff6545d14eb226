"""Parses a pasted "Copy as cURL" command into connection options, in the syntax of bash and of Windows' cmd.

Runs nothing. Pure; any thread.
"""

from __future__ import annotations

import re
from typing import Any, Final
from urllib.parse import quote

from ..redaction.invalid import quoted_if_harmless
from .report import UsageError

#: curl's options with a value that apply to a WebSocket → the key for `_take`.
_VALUES: Final = {
    "-H": "header", "--header": "header",
    "-b": "cookie", "--cookie": "cookie",
    "-u": "user", "--user": "user",
    "-A": "agent", "--user-agent": "agent",
    "-e": "referer", "--referer": "referer",
    "-x": "proxy", "--proxy": "proxy", "-U": "proxy_user", "--proxy-user": "proxy_user",
    "--cacert": "ca_file", "--capath": "ca_path", "--cert": "client_cert", "-E": "client_cert", "--key": "client_key",
    "--connect-timeout": "connect_timeout", "--oauth2-bearer": "token", "--resolve": "resolve",
    "--url": "url",
}  # fmt: skip
#: Those without a value.
_SWITCHES: Final = {"-k": "insecure", "--insecure": "insecure"}
#: Options with a value that do not apply to a WebSocket.
_IGNORED_VALUES: Final = {"-X", "--request", "-o", "--output", "-m", "--max-time", "-w", "--write-out", "--retry"}
#: Options that send a request body, which are refused: the opening handshake has none.
_BODIES: Final = {
    "-d",
    "--data",
    "--data-raw",
    "--data-binary",
    "--data-urlencode",
    "--json",
    "-F",
    "--form",
    "-T",
    "--upload-file",
}
#: Headers that are left out: the opening handshake sets its own, and the others are about an HTTP response or body.
_DROPPED: Final = frozenset(
    {
        "upgrade",
        "connection",
        "sec-websocket-key",
        "sec-websocket-version",
        "sec-websocket-extensions",
        "accept-encoding",
        "content-length",
    }
)
#: Other formats of the browsers' copy menu, and how they begin.
_OTHERS: Final = {"PowerShell": r"\A\s*(?:\$\w+ *=|Invoke-WebRequest\b)", "JavaScript": r"\A\s*(?:await\s+)?fetch\("}


def read_curl(text: str) -> tuple[str, dict[str, Any]]:
    """Read a curl command.

    Parameters
    ----------
    text : str
        A command as a browser's developer tools copy it: "Copy as cURL" (also "(bash)", "(POSIX)"), "Copy as cURL
        (cmd)", "(Windows)".

    Returns
    -------
    (str, dict)
        The URL (with ``ws`` for ``http``), and options for `connect`.

    Raises
    ------
    UsageError
        It is not a curl command, or it sends a request body.
    """
    other = next((name for name, pattern in _OTHERS.items() if re.search(pattern, text, re.IGNORECASE)), None)
    if other is not None:
        raise UsageError(
            f"%%ws_connect: this is {other}; in the same menu choose Copy as cURL, on Windows (bash) or (cmd)"
        )
    words = _words(text)
    if not words or words[0].lower() not in ("curl", "curl.exe"):
        raise UsageError(
            "%%ws_connect: the cell's body must be a curl command (in the browser's developer tools: Network, Copy as cURL)"
        )
    url, options = "", {"headers": []}  # type: str, dict[str, Any]
    at = 1
    while at < len(words):
        word, value = words[at], ""
        at += 1
        if not word.startswith("-"):
            url = word
            continue
        name, equals, attached = word.partition("=") if word.startswith("--") else (word[:2], word[2:], word[2:])
        if name in _BODIES:
            raise UsageError(
                f"%%ws_connect: {name} sends a request body, but a WebSocket's opening handshake has none: copy the WebSocket's request"
            )
        if name in _VALUES or name in _IGNORED_VALUES:
            if equals:
                value = attached
            elif at < len(words):
                value, at = words[at], at + 1
            else:
                raise UsageError(f"%%ws_connect: curl's {name} needs a value")
        if name in _VALUES:
            to = _VALUES[name]
            if to == "url":
                url = value
            else:
                _take(to, value, options)
        elif name in _SWITCHES:
            options["ssl_verify"] = False
        # Other options are about curl's output and transfers (--compressed, -i, -s, -v, -N, --http1.1).
    if not url:
        raise UsageError("%%ws_connect: this curl command has no URL")
    # Browsers copy the Host header, which is only needed if it differs from the URL's host.
    own = url.partition("://")[2].partition("/")[0].rpartition("@")[2]
    options["headers"] = [pair for pair in options["headers"] if pair[0].lower() != "host" or pair[1] != own]
    user = options.pop("proxy_user", None)
    if user is not None and "proxy" in options:  # as in curl, it overrides the proxy URL's user info
        scheme, mark, rest = options["proxy"].rpartition("://")
        options["proxy"] = f"{scheme}{mark}{quote(user, safe=':')}@{rest.rpartition('@')[2]}"
    return re.sub(r"^http(s?)://", r"ws\1://", url, flags=re.IGNORECASE), {
        name: value for name, value in options.items() if value != []
    }


def _take(to: str, value: str, options: dict[str, Any]) -> None:
    if to == "header":
        name, _, text = (part.strip() for part in value.partition(":"))
        if name.lower() in _DROPPED or not text:
            return
        if name.lower() == "origin" and "origin" not in options:
            options["origin"] = text
        elif name.lower() == "cookie":
            _take("cookie", text, options)
        elif name.lower() == "sec-websocket-protocol":
            options.setdefault("subprotocols", []).extend(item.strip() for item in text.split(",") if item.strip())
        else:
            options["headers"].append((name, text))
    elif to == "cookie":
        options["cookies"] = "; ".join(filter(None, (options.get("cookies"), value)))
    elif to in ("agent", "referer"):
        options["headers"].append(("User-Agent" if to == "agent" else "Referer", value))
    elif to == "connect_timeout":
        if not re.fullmatch(r"[0-9]+\.?[0-9]*|\.[0-9]+", value):
            raise UsageError(
                f"%%ws_connect: curl's --connect-timeout: expected seconds, got {quoted_if_harmless(value)}"
            )
        options[to] = float(value)
    elif to == "resolve":
        # HOST:PORT:ADDRESS; our option has no ports.
        parts = value.split(":", 2)
        if len(parts) != 3:
            raise UsageError(
                f"%%ws_connect: curl's --resolve: expected HOST:PORT:ADDRESS, got {quoted_if_harmless(value)}"
            )
        options.setdefault("resolve", []).append((parts[0], parts[2].strip("[]")))
    else:
        options[to] = value


def _words(text: str) -> list[str]:
    """Split into shell words, with bash's quotes and ``$'…'``, or cmd's carets and doubled quotes inside quotes (as Firefox writes)."""
    cmd = re.search(r'\^["\n\r]', text) is not None
    if cmd:
        text = re.sub(r"\^(\r?\n|.)", lambda m: " " if m[1].endswith("\n") else m[1], text)
    words: list[str] = []
    word: list[str] | None = None
    at = 0
    while at < len(text):
        c = text[at]
        at += 1
        if c.isspace():
            if word is not None:
                words.append("".join(word))
            word = None
            continue
        if c == "\\" and text[at : at + 1] in ("\n", "\r"):
            at += 2 if text.startswith("\r\n", at) else 1
            continue
        word = [] if word is None else word
        if c == "$" and text[at : at + 1] == "'":
            match = re.compile(r"'((?:\\.|[^'\\])*)'", re.DOTALL).match(text, at)
            if match is None:
                raise UsageError("%%ws_connect: a quote is not closed in this curl command")
            word.append(_ansi_c(match[1]))
            at = match.end()
        elif c in "'\"":
            end = at
            while end < len(text) and (text[end] != c or (cmd and text[end : end + 2] == '""')):
                end += 2 if c == '"' and text[end] in '\\"' else 1
            if end >= len(text):
                raise UsageError("%%ws_connect: a quote is not closed in this curl command")
            inside = text[at:end]
            word.append(re.sub(r'\\(["\\$`])|"(")', r"\1\2", inside) if c == '"' else inside)
            at = end + 1
        elif c == "\\":
            word.append(text[at : at + 1])
            at += 1
        else:
            word.append(c)
    if word is not None:
        words.append("".join(word))
    return words


_ANSI: Final = {"n": "\n", "t": "\t", "r": "\r", "\\": "\\", "'": "'", '"': '"'}


def _ansi_c(text: str) -> str:
    r"""Decode the escapes of bash's ``$'…'`` (bash manual, section 3.1.2.4) that browsers write: ``\'``, ``\u0021``, ``\x21``, ``\n``."""

    def one(match: re.Match[str]) -> str:
        return chr(int(match[1] or match[2], 16)) if match[1] or match[2] else _ANSI.get(match[3], match[0])

    return re.sub(r"\\(?:u([0-9a-fA-F]{4})|x([0-9a-fA-F]{2})|(.))", one, text, flags=re.DOTALL)
