"""What the body of a refusal says: content codings undone, charset read, HTML made text, one short line of it.

Bytes are a stranger's: what they inflate to is bounded, and what is shown is printable and masked. Pure functions, any
thread.
"""

from __future__ import annotations

import re
import zlib
from collections.abc import Iterable
from typing import Final

from ..redaction.headers import redact_url
from ..redaction.payloads import mask
from ..redaction.text import printable
from .http_response import MAX_BODY, elements, values

#: RFC 9110 section 8.4.1; what they are undone with, one after the other. "deflate" is zlib's format, but some send the
#: bare one.
_INFLATED: Final = {
    "gzip": (31,),
    "x-gzip": (31,),
    "deflate": (zlib.MAX_WBITS, -zlib.MAX_WBITS),
}
#: Codings on top of each other that are undone; more is an attack.
_MOST_CODINGS: Final = 3
#: How much of a body is looked at for a line of it.
_LOOKED_AT: Final = 16 << 10

_CHARSET: Final = re.compile(r';\s*charset\s*=\s*(?:"([^"]*)"|([^\s;"]+))', re.IGNORECASE)
#: HTML Standard, "prescan a byte stream": within the first 1,024 bytes.
_META: Final = re.compile(rb"<meta[^<>]{0,200}?charset\s*=\s*[\"']?([\w.:-]{1,40})", re.IGNORECASE)
_MARKS: Final = {b"\xef\xbb\xbf": "utf-8-sig", b"\xff\xfe": "utf-16", b"\xfe\xff": "utf-16"}
_HTML: Final = re.compile(r"\s*<(?:!doctype\s+html|html|head|body)\b", re.IGNORECASE)
_TAG: Final = re.compile(r"(<[^<>]*>)")
_UNSHOWN: Final = re.compile(r"<(/?)(script|style)\b", re.IGNORECASE)


#: Engine.IO's refusals (its Protocol, "Error codes"); 5 is what a server of version 4 says to EIO=3.
_ENGINE_IO: Final = re.compile(rb'"code" ?: ?[0-5],.{0,20}"message"', re.DOTALL)


def decoded(body: bytes, headers: Iterable[tuple[str, str]]) -> tuple[bytes, str | None]:
    """Undo the content codings of a body (RFC 9110 section 8.4).

    A server may code what it likes when the request does not say what it takes (section 12.5.3), and the handshake's
    does not.

    Parameters
    ----------
    body : bytes
        As sent; perhaps only its start.
    headers : iterable of (str, str)
        Of the response.

    Returns
    -------
    (bytes, str or None)
        At most 64 KiB, and what could not be undone: a coding that the standard library does not know (``br``,
        ``zstd``), or is broken.
    """
    headers = tuple(headers)
    codings = [coding.lower() for coding in elements(headers, "Content-Encoding")]
    codings += [coding.lower() for coding in elements(headers, "Transfer-Encoding") if coding.lower() != "chunked"]
    codings = [coding for coding in codings if coding != "identity"]
    if len(codings) > _MOST_CODINGS:
        return body, f"{len(codings)} codings"
    for coding in reversed(codings):
        inflated = next((data for way in _INFLATED.get(coding, ()) if (data := _inflated(body, way)) is not None), None)
        if inflated is None:
            return body, f"{coding}, but broken" if coding in _INFLATED else coding
        body = inflated
    return body, None


def _inflated(data: bytes, way: int) -> bytes | None:
    """Inflate at most `MAX_BODY` bytes; None when it is not of this format."""
    inflated = b""
    while data and len(inflated) < MAX_BODY:
        inflater = zlib.decompressobj(way)
        try:
            inflated += inflater.decompress(data, MAX_BODY - len(inflated))
        except zlib.error:
            return inflated or None  # behind a member of gzip (RFC 1952 section 2.2) there may be padding
        data = inflater.unused_data
    return inflated


def excerpt(body: bytes, headers: Iterable[tuple[str, str]], longest: int = 160) -> str:
    r"""Show the start of what a body says.

    Parameters
    ----------
    body : bytes
        As sent.
    headers : iterable of (str, str)
        Of the response: ``Content-Encoding``, ``Content-Type``.
    longest : int
        Characters to show.

    Returns
    -------
    str
        One printable line, secrets masked; empty for an empty body.

    Examples
    --------
    >>> excerpt(b"<html><head><title>403 Forbidden</title></head><body><h1>Access&nbsp;denied</h1></body></html>", [])
    '403 Forbidden Access denied'
    >>> excerpt(b"\x0b\x02\x80hi\x03", [("Content-Encoding", "br")])
    '(6 bytes in the coding br, which cannot be undone here)'
    """
    headers = tuple(headers)
    if not body:
        return ""
    said, undone = decoded(body, headers)
    if undone is not None:
        return f"({len(body):,} bytes in the coding {printable(undone, 40)}, which cannot be undone here)"
    media, *_ = ("".join(values(headers, "Content-Type")[:1])).lower().split(";")
    start = said[:_LOOKED_AT]
    text = _text(start, media, headers)
    if text is None:
        return f"({len(said):,} bytes of {printable(media.strip(), 60) or 'binary data'})"
    if "html" in media or _HTML.match(text):
        text = _without_tags(text)
    text = " ".join(text.split())
    cut = len(text) > longest
    text = mask(text, 0, longest)
    text = "".join(character if character.isprintable() else "\N{REPLACEMENT CHARACTER}" for character in text)
    return f"{text}…" if cut else text


def _text(start: bytes, media: str, headers: tuple[tuple[str, str], ...]) -> str | None:
    """Read a text in its charset: of a mark, Content-Type, or HTML itself; else UTF-8, and for what is none as browsers do."""
    named = _CHARSET.search("".join(values(headers, "Content-Type")[:1]))
    meta = _META.search(start[:1024])
    charsets = [
        next((charset for mark, charset in _MARKS.items() if start.startswith(mark)), None),
        (named[1] or named[2]) if named else None,
        meta[1].decode("ascii") if meta else None,
    ]
    for charset in filter(None, charsets):
        try:
            return start.decode(charset, "replace")
        except (LookupError, ValueError):
            continue  # a name nobody knows, or of something that is no charset
    if b"\0" in start:
        return None
    text = start.decode("utf-8", "replace")
    if "\N{REPLACEMENT CHARACTER}" in text[:-1] and media.startswith("text/"):
        return start.decode("windows-1252", "replace")
    return text


def _without_tags(text: str) -> str:
    """Keep what a page shows, and its title."""
    shown: dict[str, None] = {}  # a title is often the heading again
    hidden: str | None = None
    for part in _TAG.split(text):
        tag = _UNSHOWN.match(part)
        name = tag[2].lower() if tag else ""
        if name in ("script", "style"):
            assert tag is not None
            hidden = None if tag[1] and hidden == name else hidden if tag[1] else hidden or name
        elif not part.startswith("<") and hidden is None:
            shown[part.strip()] = None
    import html  # with all named entities, for refusals only

    return html.unescape(" ".join(shown))


def readable(text: str) -> str:
    """Read what a header says: Latin-1 carries the bytes, which are UTF-8 more often (RFC 9110 section 5.5 calls them opaque).

    Parameters
    ----------
    text : str
        A value or reason phrase, as `http_response` gives it.

    Returns
    -------
    str

    Examples
    --------
    >>> readable("Zugriff fÃ¼r alle"), readable("fü")
    ('Zugriff für alle', 'fü')
    """
    try:
        return text.encode("latin-1").decode()
    except UnicodeError:
        return text


def engine_io(body: bytes) -> str | None:
    """Recognize Engine.IO, which Socket.IO speaks and which refuses what asks for no version it knows.

    Parameters
    ----------
    body : bytes
        What was said.

    Returns
    -------
    str or None
        A hint.
    """
    if _ENGINE_IO.search(body) is None:
        return None
    return (
        "this is Engine.IO (Socket.IO): ask for /socket.io/?EIO=4&transport=websocket (EIO=3: servers before version 3)"
    )


def place(location: str | None) -> str:
    """Name where a response points to.

    Parameters
    ----------
    location : str, optional
        The Location header.

    Returns
    -------
    str
        A clause, or nothing; secrets are masked.
    """
    return f", to {printable(redact_url(readable(location)), 200)}" if location else ""
