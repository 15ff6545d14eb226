"""A `ConnectionRecord` as a row of the table ``connections``, and back. Pure functions, any thread.

SQLite keeps values of any type in any column, and JSON any type under any name: each is checked where it is read, because
whoever shows, saves or replays the record relies on its types.
"""

from __future__ import annotations

import json
import ssl
from base64 import b64decode, b64encode
from collections.abc import Callable, Mapping, Sequence
from dataclasses import asdict, replace
from typing import Any, Final, TypeVar

from ..close import Close
from ..errors import ProtocolError
from ..protocol.handshake import Handshake
from ..protocol.permessage_deflate import negotiate
from ..redaction.headers import redact_url
from ..redaction.payloads import mask, mask_bytes
from ..tls.certificate import Certificate, CertificateChain, TLSInfo
from ..tls.verdict import Verdict
from ..transport.http_response import parse_head
from .records import ConnectionRecord

COLUMNS: Final = (
    *("connection", "url", "opened_ns", "closed_ns", "close_code", "close_reason"),
    *("status", "subprotocol", "request", "response", "handshake", "certificates", "tls"),
)
#: Annotations of the values that are kept as JSON.
_TYPES: Final[Mapping[str, type | None]] = {"str": str, "int": int, "bool": bool, "None": None}
#: Seconds until a year that Python's `datetime` has.
_CENTURIES: Final = 1 << 37
_T = TypeVar("_T")
_END: Final = "-----END CERTIFICATE-----\n"


def redacted(handshake: Handshake) -> Handshake:
    """Mask the secrets of a handshake.

    Parameters
    ----------
    handshake : Handshake
        As it happened.

    Returns
    -------
    Handshake
        As displays show it.
    """
    response = handshake.redacted_response().encode()
    return replace(
        handshake,
        url=mask(redact_url(handshake.url)),
        request=handshake.redacted_request().encode(),
        response=response,
        headers=_headers(response),
        subprotocol=handshake.shown_subprotocol,
        body=mask_bytes(handshake.body),
    )


def to_row(record: ConnectionRecord, *, secrets: bool = False) -> tuple[Any, ...]:
    """Write a record as a row.

    Parameters
    ----------
    record : ConnectionRecord
        What is known of a connection.
    secrets : bool, default False
        Do not mask them.

    Returns
    -------
    tuple
        The values of `COLUMNS`.
    """
    close, handshake = record.close, record.handshake
    if handshake is not None and not secrets:
        handshake = redacted(handshake)
    code, reason = (None, None) if close is None else (close.code, close.reason if secrets else mask(close.reason))
    return (
        record.number,
        record.url if secrets else mask(redact_url(record.url)),
        record.opened_ns,
        record.closed_ns,
        code,
        reason,
        *_handshake_columns(handshake),
        *_certificate_columns(record.certificate),
    )


def _handshake_columns(handshake: Handshake | None) -> tuple[Any, ...]:
    if handshake is None:
        return (None,) * 5
    more = {
        "url": handshake.url,
        "reason": handshake.reason,
        "extensions": handshake.extensions,
        "body": b64encode(handshake.body).decode(),
        "redirects": handshake.redirects,
        "address": handshake.address,
        "proxy": handshake.proxy,
        "timings": handshake.timings,
        "time": handshake.time,
    }
    return handshake.status, handshake.subprotocol, handshake.request, handshake.response, json.dumps(more)


def _certificate_columns(certificate: Certificate | None) -> tuple[str | None, str | None]:
    if certificate is None:
        return None, None
    chain = certificate.chain
    verdict: dict[str, Any] | None = None
    if chain.verdict is not None:
        verdict = asdict(chain.verdict)
        verdict["path"] = [b64encode(der).decode() for der in chain.verdict.path]
    tls = {
        "hostname": chain.hostname,
        "verdict": verdict,
        "connection": None if chain.tls is None else asdict(chain.tls),
    }
    return chain.pem, json.dumps(tls)


def from_row(row: Sequence[Any]) -> ConnectionRecord:
    """Read a row.

    Parameters
    ----------
    row : sequence
        The values of `COLUMNS`; texts may be bytes.

    Returns
    -------
    ConnectionRecord

    Raises
    ------
    ValueError
        It was changed, so that it cannot be read.
    """
    values = dict(zip(COLUMNS, row, strict=True))
    try:
        code = number(values["close_code"])
        return ConnectionRecord(
            number=_known(number(values["connection"], 1 << 31)),
            url=text(values["url"]) or "",
            opened_ns=number(values["opened_ns"]),
            closed_ns=number(values["closed_ns"]),
            handshake=_handshake(values),
            certificate=_certificate(values),
            close=None if code is None else Close(code, text(values["close_reason"]) or ""),
        )
    except (TypeError, LookupError, AttributeError, ValueError, ProtocolError) as error:
        raise ValueError(
            f"connection {values['connection']} of the recording cannot be read ({type(error).__name__}): "
            "somebody changed the file"
        ) from error


def text(value: Any) -> str | None:
    """Read a text of any column.

    Parameters
    ----------
    value : object
        What SQLite gave.

    Returns
    -------
    str or None

    Raises
    ------
    TypeError
        It is neither text nor NULL.
    """
    found: str | None = _of(str(value, "utf-8", "replace") if isinstance(value, bytes) else value, str, None)
    return found


def number(value: Any, limit: int | None = None) -> int | None:
    """Read a number of any column.

    Parameters
    ----------
    value : object
        What SQLite gave.
    limit : int, optional
        It is not negative, and below this.

    Returns
    -------
    int or None

    Raises
    ------
    TypeError
        It is neither an integer nor NULL.
    ValueError
        It is out of its range.
    """
    found: int | None = _of(value, int, None)
    if found is not None and limit is not None and not 0 <= found < limit:
        raise ValueError("a number is out of its range")
    return found


def _known(value: _T | None) -> _T:
    if value is None:
        raise TypeError("a value is missing")
    return value


def _of(value: Any, *types: type | None) -> Any:
    """Check a type: one of those exactly, as a bool is no number; None stands for itself."""
    if type(value) in types or (value is None and None in types):
        return value
    raise TypeError(f"a value is {type(value).__name__}")


def _seconds(value: Any) -> float:
    seconds: float = _of(value, int, float)
    if not -_CENTURIES < seconds < _CENTURIES:  # nor is it NaN
        raise ValueError("a time is out of its range")
    return seconds


def _texts(values: Any) -> tuple[str, ...]:
    return tuple(_of(value, str) for value in _of(values, list))


def _made(kind: Callable[..., _T], types: Mapping[str, Any], values: Mapping[str, Any], **others: Any) -> _T:
    """Make a dataclass of JSON whose values have the types that its fields are annotated with: str, int, bool, or None."""
    known = {
        name: [_TYPES[one] for one in annotation.split(" | ")]
        for name, annotation in types.items()
        if name not in others
    }
    return kind(**{name: _of(value, *known[name]) for name, value in values.items() if name not in others}, **others)


def _headers(response: bytes) -> tuple[tuple[str, str], ...]:
    return parse_head(response, "")[2]


def _handshake(values: Mapping[str, Any]) -> Handshake | None:
    if values["handshake"] is None:
        return None
    more = json.loads(values["handshake"])
    response = _of(values["response"], bytes)
    host, port = _of(more["address"], list)
    extensions = _of(more["extensions"], str, None)
    return Handshake(
        url=_of(more["url"], str),
        request=_of(values["request"], bytes),
        response=response,
        status=_known(number(values["status"])),
        reason=_of(more["reason"], str),
        headers=_headers(response),
        subprotocol=text(values["subprotocol"]),
        extensions=extensions,
        body=b64decode(_of(more["body"], str)),
        redirects=_texts(more["redirects"]),
        address=(_of(host, str), _of(port, int)),
        proxy=_of(more["proxy"], str, None),
        timings={name: _seconds(seconds) for name, seconds in more["timings"].items()},
        time=_seconds(more["time"]),
        compression=negotiate(extensions, offered=True),
    )


def _certificate(values: Mapping[str, Any]) -> Certificate | None:
    if values["certificates"] is None:
        return None
    pems = (text(values["certificates"]) or "").split(_END)[:-1]
    tls = json.loads(values["tls"])
    verdict = tls["verdict"]
    if verdict is not None:
        verdict = _made(Verdict, Verdict.__annotations__, verdict, path=tuple(map(b64decode, _texts(verdict["path"]))))
    chain = CertificateChain(
        [ssl.PEM_cert_to_DER_cert(pem + _END) for pem in pems],
        hostname=_of(tls["hostname"], str, None),
        verdict=verdict,
        tls=None if tls["connection"] is None else _made(TLSInfo, TLSInfo.__annotations__, tls["connection"]),
    )
    return chain.leaf
