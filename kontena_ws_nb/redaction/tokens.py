"""Tells random tokens from words and names by their characters. Pure functions, any thread."""

from __future__ import annotations

import re
from typing import Final


def words(text: str) -> frozenset[str]:
    """Split a text into a set of words, so that tables of words can be written as lines.

    Parameters
    ----------
    text : str
        Words separated by spaces.

    Returns
    -------
    frozenset of str
    """
    return frozenset(text.split())


#: Abbreviations that do not look like words, because they have digits or no vowels.
_ABBREVIATIONS: Final = words(
    "amqp avro base64 base64url bfcp bson cbor coap dtls grpc h264 h265 hmr html http http2 https i18n ipv4 ipv6 irc ircv3 jms json jsonrpc k8s l10n "
    "lightstreamer mpeg mqtt mqttv3 mqttv5 msgpack msrp nats ndjson npm oauth oauth2 ocpp ocpp1 ocpp2 opc pcm protobuf rfb rpc rtc rtmp rtsp sctp sdp sftp sha256 "
    "sip smpp socks5 sql ssh stomp tcp tls tty udp url usd usdt utf8 vnc wamp webrtc ws wss xml xmpp yaml"
)
_RUN: Final = re.compile(r"[^\W_]+")
_CAMEL: Final = re.compile(r"[A-Z]+(?![a-z])|[A-Z]?[^\W\dA-Z_]+")
#: Five consonants, four vowels, or three equal letters in a row do not occur in words.
_NO_WORD: Final = re.compile(r"[bcdfghjklmnpqrstvwxz]{5}|[aeiouy]{4}|(.)\1\1")
_ISO_TIME: Final = re.compile(
    r"\b\d{8}T\d{6}Z\b|\d{4}-\d\d-\d\dT\d\d:?\d\d(?::?\d\d(?:\.\d{1,9})?)?(?:Z|[+-]\d\d:?\d\d)?"
)
#: Versions, releases, intervals: v12, rc1, 15m, 100ms.
_NUMBERED: Final = re.compile(r"[A-Za-z]{1,3}\d{1,3}\Z|\d{1,4}[A-Za-z]{1,2}\Z")
#: Such a part inside a longer word makes it a made-up secret: "supersecret".
_SAYS_SO: Final = re.compile(r"secret|token|passw", re.IGNORECASE)
_CREDENTIAL_WORDS: Final = frozenset({"secret", "secrets", "token", "tokens", "password", "passwords"})

#: Runs of letters and digits that are joined by these characters are one value: base64url, JWT, UUID.
_ITEM: Final = re.compile(r"[^\W_][\w.~+=-]*", re.ASCII)
_UUID: Final = re.compile(r"[0-9a-fA-F]{8}(?:-[0-9a-fA-F]{4}){3}-[0-9a-fA-F]{12}")
#: Prefixes by which services mark their tokens: JWT, OpenAI, Stripe, GitHub, GitLab, Slack, AWS, Google, Hugging Face,
#: Shopify.
_MARKED: Final = re.compile(
    r"(?<![A-Za-z0-9])(?:eyJ[\w-]{8,}|[sprw]k[-_][\w-]{8,}|gh[opsur]_\w{8,}|github_pat_\w{8,}|glpat-[\w-]{8,}|xox[a-z]-[\w-]{8,}|A[KS]IA[A-Z0-9]{8,}"
    r"|AIza[\w-]{8,}|ya29\.[\w-]{8,}|hf_\w{8,}|shp[a-z]{2}_\w{8,})"
)
#: A value with so many characters that are not words is a token: 64 bits in hexadecimal.
_RANDOM: Final = 16
_LETTERS_DIGITS: Final = re.compile(
    r"(?:[a-z]{1,12}|[A-Z]{1,12}|[A-Z][a-z]{1,11})\d{1,6}\Z|\d{1,6}(?:[a-z]{1,6}|[A-Z]{1,6}\d{0,4})\Z"
)


def plain(text: str) -> bool:
    """Tell whether a value consists of ordinary words and numbers, so that masking it in payloads would hide too much.

    Parameters
    ----------
    text : str
        A header's or query's value, a subprotocol.

    Returns
    -------
    bool

    Examples
    --------
    >>> plain("production"), plain("kontena-notebook 2.31"), plain("s3cr3t-t0k3n"), plain("3fa9c0de77b1")
    (True, True, False, False)
    """
    return all(map(_plain_run, _RUN.findall(_ISO_TIME.sub(" ", text))))


def _plain_run(run: str) -> bool:
    if run.lower() in _ABBREVIATIONS or _NUMBERED.match(run):
        return True
    if run.isdigit():
        return len(run) <= 19
    return run.isalpha() and _word(run)


def _word(letters: str) -> bool:
    parts = _CAMEL.findall(letters) or [letters]
    if len(letters) > 24 or (len(parts) > 1 and len(letters) < (4 if len(letters) > 8 else 3) * len(parts)):
        return False
    if _SAYS_SO.search(letters) and not all(
        part.lower() in _CREDENTIAL_WORDS or not _SAYS_SO.search(part) for part in parts
    ):
        return False
    return all(_pronounceable(part) for part in parts)


def _pronounceable(part: str) -> bool:
    lowered = part.lower()
    if len(part) <= 3 or lowered in _ABBREVIATIONS or (len(part) <= 6 and part.isupper()):
        return True
    return (
        len(part) <= 16
        and not _NO_WORD.search(lowered)
        and (not part.isascii() or any(vowel in lowered for vowel in "aeiouy"))
    )


def looks_secret(text: str) -> bool:
    """Tell whether a value looks like a token: 16 characters or more that are not words, a UUID, or a service's prefix.

    Parameters
    ----------
    text : str
        A value of a query, or a segment of a path.

    Returns
    -------
    bool

    Examples
    --------
    >>> looks_secret("btcusdt@kline_1m"), looks_secret("2024-01-01T00:00:00Z"), looks_secret("pqia91ma19a5s61cv6a81va65sdf19v8")
    (False, False, True)
    """
    if _MARKED.search(text) or _UUID.search(text):
        return True
    items = _ITEM.findall(_ISO_TIME.sub(" ", text))
    return any(sum(len(run) for run in _RUN.findall(item) if not _nothing_random(run)) >= _RANDOM for item in items)


def _nothing_random(run: str) -> bool:
    if run.isdigit():
        return len(run) <= 20
    return _word(run) if run.isalpha() else _LETTERS_DIGITS.match(run) is not None


def is_uuid(text: str) -> bool:
    """Tell whether a text is a UUID (RFC 9562).

    Parameters
    ----------
    text : str
        A segment of a path.

    Returns
    -------
    bool
    """
    return _UUID.fullmatch(text) is not None
