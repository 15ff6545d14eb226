"""Tab completion of magics: options, session names, URLs used before, header names, filter keys, JSON keys, close codes.

`Completer`, and its registration with IPython. IPython calls it in the kernel's main thread.

It uses the matcher API (IPython 8.6; we require 8.18) instead of the older ``complete_command`` hook, because a matcher
can show a candidate's meaning, suppress Python's candidates in our lines, replace whole words (the hook's words end at
colons and quotes), and be removed again.
"""

from __future__ import annotations

import re
import shlex
from collections.abc import Callable, Iterable, Mapping, Sequence
from typing import Any, Final

from IPython.core.completer import CompletionContext, SimpleCompletion, context_matcher
from IPython.core.interactiveshell import InteractiveShell

from ..close import CLOSE_CODES, Close
from ..log.filter.candidate import Candidate
from ..redaction.headers import redact_url
from ..redaction.payloads import mask
from ..redaction.text import printable
from ..session.session import Session
from .flags import FLAGS
from .help import DECODERS
from .names import Roster
from .parse import Flag

#: A line with one of our magics, perhaps after an assignment or without the percent sign (automagic): name and
#: arguments.
_LINE: Final = re.compile(r"(?:[^%]*%{1,2}|\s*)(ws_[a-z]+)\s+(.*)\Z", re.DOTALL)
#: Most useful first. A test compares this with `demo.ENDPOINTS`, which is not used here because it takes long to
#: import.
_DEMOS: Final[Mapping[str, str]] = {
    "demo": "sends back what you send",
    "demo/ticker": "JSON trades",
    "demo/flood": "messages as fast as possible",
    "demo/binary": "binary messages",
    "demo/close": "closes with a code",
    "demo/headers": "sends back your handshake",
    "demo/fragments": "messages in several frames",
    "demo/pings": "pings you",
    "demo/silent": "never sends anything",
    "demo/abort": "drops the connection",
    "demo/reject": "refuses the upgrade",
    "demo+tls": "self-signed certificate",
}
#: Values of options: the option's key → candidates → their meanings.
_VALUES: Final[Mapping[str, Mapping[str, str]]] = {
    "headers": {
        "Authorization: Bearer ": "token",
        "Authorization: Basic ": "base64 of name:password",
        "Cookie: ": "name=value; name=value",
        "User-Agent: ": "name/version of the client",
        "X-Api-Key: ": "key",
        "Accept-Language: ": "en, de;q=0.5",
        "Referer: ": "URL of the page",
        "Host: ": "another virtual host",
    },
    "subprotocols": {
        "graphql-transport-ws": "GraphQL",
        "graphql-ws": "GraphQL, older",
        "mqtt": "MQTT",
        "v12.stomp": "STOMP 1.2",
        "wamp.2.json": "WAMP 2",
        "ocpp1.6": "charging stations",
    },
    "trust": {"certifi": "Mozilla's trust store", "system": "the system's trust store"},
    "min_tls": {"1.2": "TLS", "1.3": "TLS", "1.1": "obsolete", "1.0": "obsolete"},
    "token": {"-": "ask for it"},
    "client_key_password": {"-": "ask for it"},
}
#: Close codes that may be sent (RFC 6455 section 7.4).
_CODES: Final = (*(code for code in CLOSE_CODES if Close(code).sendable), 3000, 4000)
#: Characters of a meaning beside its candidate.
_LABEL: Final = 60


class Completer:
    """Completes the lines of our magics.

    Parameters
    ----------
    roster : Roster
        The sessions to complete names of.
    """

    def __init__(self, roster: Roster) -> None:
        self._roster = roster
        self._urls: dict[str, None] = {}

    def used(self, url: str) -> None:
        """Remember a URL as a candidate, unless it contains a secret.

        Parameters
        ----------
        url : str
            As it was typed.
        """
        if redact_url(url) == url:
            self._urls.pop(url, None)
            self._urls[url] = None

    def complete(self, line: str) -> tuple[str, list[Candidate]]:
        """Complete a line.

        Parameters
        ----------
        line : str
            The line up to the cursor.

        Returns
        -------
        (str, list of Candidate)
            The word at the end of ``line``, and its completions, best first, without any that contain a secret.
        """
        match = _LINE.match(line)
        if match is None or match[1] not in FLAGS:
            return "", []
        before, word = _last_word(match[2])
        word, candidates = self._candidates(match[1], before, word)
        return word, [
            found for found in candidates if found.text.startswith(word) and mask(found.text) == found.text != word
        ]

    def _candidates(self, magic: str, before: Sequence[str], word: str) -> tuple[str, Iterable[Candidate]]:
        flags = {name: flag for flag in FLAGS[magic] for name in flag.names}
        place = _Place(flags, before, magic in ("ws_connect", "ws_cert"))
        if place.wanted is None and place.options:
            name, equals, value = word.partition("=")
            attached = flags.get(name) if equals else None
            if attached is not None and attached.metavar:  # --session=fe
                return value, self._of_option(attached, value)
        if place.wanted is not None:
            return word, self._of_option(place.wanted, word)
        if place.filter:
            return word, self._of_filter(word)
        options = [Candidate(name, flag.help) for name, flag in sorted(flags.items())] if place.options else []
        found = [*self._of_text(magic, place.text, word), *options]
        return word, found

    def _of_option(self, flag: Flag, word: str) -> Iterable[Candidate]:
        if flag.filter:
            return self._of_filter(word)
        if flag.to in ("session", "name"):
            return [Candidate(shlex.quote(session.name), _described(session)) for session in self._roster.all()]
        values = DECODERS if flag.to == "decode" else _VALUES.get(flag.to, {})
        return [Candidate(text, meaning) for text, meaning in values.items()]

    def _of_text(self, magic: str, text: Sequence[str], word: str) -> Iterable[Candidate]:
        """List candidates for the text after the options."""
        if magic in ("ws_messages", "ws_expect"):
            return self._of_filter(word)
        if text:
            return ()
        if magic in ("ws_connect", "ws_cert"):
            used = [Candidate(url, "used before") for url in reversed(self._urls) if url not in _DEMOS]
            return [
                *used,
                *(Candidate(*item) for item in _DEMOS.items()),
                Candidate("wss://", "over TLS"),
                Candidate("ws://", "not encrypted"),
            ]
        if magic in ("ws_use", "ws_panel"):
            return [Candidate(session.name, _described(session)) for session in self._roster.all()]
        if magic == "ws_close":
            return [Candidate(str(code), Close(code).meaning) for code in _CODES]
        if magic == "ws_help":
            from ..display.error_topics import everything  # for those who ask

            topics = {"filter": "all forms", "decoders": "what messages are understood", "errors": "all errors"}
            return [
                Candidate(*item) for item in (topics | {name: one.title for name, one in everything().items()}).items()
            ]
        return ()

    def _of_filter(self, word: str) -> Iterable[Candidate]:
        from ..log.filter.completion import NEWEST, complete_term  # loads the filters

        session = self._roster.current
        return complete_term(word, session.messages[-NEWEST:] if session else ())


class _Place:
    """The place of a word in a magic's line.

    Attributes
    ----------
    wanted : Flag or None
        The option whose value the word is.
    text : sequence of str
        The words of the text before it.
    options : bool
        Whether the word may be an option: not after ``--``, and not after the beginning of a text, but after a URL.
    filter : bool
        Whether the word may be a part of a filter: after an option that takes one, before ``--``.
    """

    def __init__(self, flags: Mapping[str, Flag], before: Sequence[str], url: bool) -> None:
        self.wanted: Flag | None = None
        self.text: Sequence[str] = ()
        self.options = True
        self.filter = False
        for at, word in enumerate(before):
            if self.wanted is not None:
                self.filter = self.wanted.filter
                self.wanted = None
            elif word == "--":
                self.options, self.filter, self.text = False, False, self.text or before[at + 1 :]
                return
            elif self.filter and word not in flags:
                continue
            elif not word.startswith("-") or word == "-":
                self.text, self.options = self.text or before[at:], url
                if not url:
                    return
            else:
                flag = flags.get(word)
                self.filter = False
                self.wanted = flag if flag is not None and flag.metavar else None


def _label(meaning: str) -> str:
    return meaning if len(meaning) <= _LABEL else f"{meaning[: _LABEL - 1]}…"


def _described(session: Session) -> str:
    return f"{session.state} {printable(session.url, 60)}"


def _last_word(text: str) -> tuple[list[str], str]:
    """Split a line that may end inside a quote into the words before the last, and the last one without its opening quote."""
    words = re.findall(r"""(?:"[^"]*"?|'[^']*'?|[^\s"'])+|\s+(?=$)""", text)
    if not words or (text[-1:].isspace() and words[-1].isspace()):
        return [word for word in words if not word.isspace()], ""
    return words[:-1], words[-1].lstrip("'\"")


def install(shell: InteractiveShell, completer: Completer) -> Callable[[], None]:
    """Register a completer with IPython.

    Parameters
    ----------
    shell : InteractiveShell
        The shell.
    completer : Completer
        The completer.

    Returns
    -------
    callable
        Removes it again.
    """
    # JupyterLab would wrap a meaning at each space, but shows only one line of it. A terminal would underline
    # no-break spaces.
    space = "\u00a0" if hasattr(shell, "kernel") else " "

    def matcher(context: CompletionContext) -> dict[str, Any]:
        if context.cursor_line and context.full_text.startswith("%%"):
            return {"completions": []}  # the body of a cell magic is not a line of ours
        word, found = completer.complete(context.text_until_cursor)
        if not found:
            return {"completions": []}
        return {
            "completions": [
                SimpleCompletion(text, type=_label(meaning).replace(" ", space)) for text, meaning in found
            ],
            "matched_fragment": word,
            "suppress": True,  # no Python names or file names besides ours
            "ordered": True,
        }

    # Untyped, because IPython's types differ between versions.
    decorate: Any = context_matcher
    registered = decorate(identifier="kontena_ws_nb.magics")(matcher)
    matchers: list[Any] = shell.Completer.custom_matchers
    matchers.append(registered)
    return lambda: matchers.remove(registered)
