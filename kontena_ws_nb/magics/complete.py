"""Tab: options, session names, URLs used before, header names, filter keys, close codes with their meaning.

What lives here: `Completer`. What must not: magics. Uses IPython's ``complete_command`` hook, which old and new versions have. IPython's
completion runs in the kernel's main thread.
"""

from __future__ import annotations

import re
from collections.abc import Sequence
from typing import Any, Final

from ..errors import CLOSE_CODES
from ..log.grammar import DIRECTIONS, KINDS
from ..redact import redact_url
from .flags import FLAGS
from .names import Roster

#: A line with one of our magics: its name, and what follows.
_LINE: Final = r"[^%]*%{1,2}(ws_[a-z]+)\s+(.*)\Z"
_URLS: Final = ("demo", "demo/ticker", "demo/flood", "demo/binary", "demo/close", "demo+tls", "wss://", "ws://")
_HEADERS: Final = ("Authorization: Bearer ", "Cookie: ", "User-Agent: ", "X-Api-Key: ", "Accept-Language: ", "Referer: ")
_KEYS: Final = ("dir:", "kind:", "size:>", "since:", "$.")
#: Codes an application may send (RFC 6455 section 7.4): 1000 and 1001, and those for errors an endpoint finds.
_CODES: Final = tuple(f"{code} {CLOSE_CODES[code]}" for code in (1000, 1001, 1003, 1007, 1008, 1009, 1011, 1012, 1013))
_CHOICES: Final = {
    "trust": ("certifi", "system"),
    "min_tls": ("1.2", "1.3"),
    "headers": _HEADERS,
    "subprotocols": ("graphql-transport-ws", "mqtt", "v12.stomp", "wamp.2.json"),
}


class Completer:
    """Completes the lines of our magics.

    Parameters
    ----------
    roster : Roster
        Knows the sessions.
    """

    def __init__(self, roster: Roster) -> None:
        self._roster = roster
        self._urls: dict[str, None] = {}

    def used(self, url: str) -> None:
        """Remember a URL for later; one with secrets is forgotten at once.

        Parameters
        ----------
        url : str
            As it was typed.
        """
        if redact_url(url) == url:
            self._urls.pop(url, None)
            self._urls[url] = None

    def complete(self, line: str, symbol: str) -> list[str]:
        """Give what may follow.

        Parameters
        ----------
        line : str
            The line up to the cursor.
        symbol : str
            Its end that IPython will replace: it splits at colons and quotes, options and URLs do not.

        Returns
        -------
        list of str
            Each begins with `symbol`; empty when we have nothing to say.
        """
        match = re.match(_LINE, line, re.DOTALL)
        if match is None or match[1] not in FLAGS:
            return []
        magic, text = match[1], match[2]
        before, word = _last_word(text)
        if not word.endswith(symbol):
            return []
        skip = len(word) - len(symbol)
        return [found[skip:] for found in self._words(magic, before, word) if found.startswith(word) and found != word]

    def _words(self, magic: str, before: Sequence[str], word: str) -> Sequence[str]:
        flags = {name: flag for flag in FLAGS[magic] for name in flag.names}
        wanted = flags.get(before[-1]) if before else None
        if wanted is not None and wanted.metavar:
            if wanted.to in ("session", "name"):
                return self._names()
            return _CHOICES.get(wanted.to, ())
        if magic in ("ws_messages", "ws_expect"):
            return [*_filter(word), *(sorted(flags) if word.startswith("-") else ())]
        if word.startswith("-"):
            return sorted(flags)
        if magic in ("ws_connect", "ws_cert"):
            return [*reversed(self._urls), *_URLS]
        if magic == "ws_use":
            return self._names()
        if magic == "ws_close":
            return _CODES if not before or before[-1] in flags else ()
        return ()

    def _names(self) -> list[str]:
        return [session.name for session in self._roster.all()]


def _filter(word: str) -> Sequence[str]:
    dash = "-" if word.startswith("-") else ""
    for key, values in (("dir:", DIRECTIONS), ("kind:", KINDS)):
        if word.startswith(dash + key):
            done = word[: word.rfind(",") + 1] or dash + key
            return [done + value for value in values]
    return [dash + key for key in _KEYS]


def _last_word(text: str) -> tuple[list[str], str]:
    """Split a line that may stop inside a quote: the words before, and the last one without its opening quote."""
    words = re.findall(r"""(?:"[^"]*"?|'[^']*'?|[^\s"'])+|\s+(?=$)""", text)
    if not words or (text[-1:].isspace() and words[-1].isspace()):
        return [word for word in words if not word.isspace()], ""
    return words[:-1], words[-1].lstrip("'\"")


def hook(shell: Any, event: Any) -> list[str]:
    """Answer IPython's ``complete_command``.

    Parameters
    ----------
    shell : InteractiveShell
        Who asks.
    event : object
        With ``text_until_cursor`` and ``symbol``.

    Returns
    -------
    list of str
    """
    magics = shell.magics_manager.registry.get("WebSocketMagics")
    return magics.completer.complete(event.text_until_cursor, event.symbol) if magics is not None else []


def install(shell: Any) -> None:
    """Register the hook, once a shell: IPython cannot take it back, so it asks for the magics that are loaded now.

    Parameters
    ----------
    shell : InteractiveShell
        Where.
    """
    known = shell.strdispatchers.get("complete_command")
    if known is None or not any(pattern.pattern == _LINE for pattern in known.regexs):
        # A regular expression, because "x = %ws_send" begins with another word.
        shell.set_hook("complete_command", hook, re_key=_LINE)
