"""A `ConnectionRecord` as a row of the table ``connections``, and back. Pure functions, any thread."""

from __future__ import annotations

import json
import ssl
from base64 import b64decode, b64encode
from collections.abc import Mapping, Sequence
from dataclasses import asdict, replace
from typing import Any, Final

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
        code = values["close_code"]
        return ConnectionRecord(
            number=int(values["connection"]),
            url=_text(values["url"]) or "",
            opened_ns=values["opened_ns"],
            closed_ns=values["closed_ns"],
            handshake=_handshake(values),
            certificate=_certificate(values),
            close=None if code is None else Close(int(code), _text(values["close_reason"]) or ""),
        )
    except (TypeError, LookupError, AttributeError, ValueError, ProtocolError) as error:
        raise ValueError(
            f"connection {values['connection']} of the recording cannot be read ({type(error).__name__}): "
            "somebody changed the file"
        ) from error


def _text(value: Any) -> str | None:
    return str(value, "utf-8", "replace") if isinstance(value, bytes) else value


def _headers(response: bytes) -> tuple[tuple[str, str], ...]:
    return parse_head(response, "")[2]


def _handshake(values: Mapping[str, Any]) -> Handshake | None:
    if values["handshake"] is None:
        return None
    more = json.loads(values["handshake"])
    response = bytes(values["response"])
    return Handshake(
        url=more["url"],
        request=bytes(values["request"]),
        response=response,
        status=values["status"],
        reason=more["reason"],
        headers=_headers(response),
        subprotocol=_text(values["subprotocol"]),
        extensions=more["extensions"],
        body=b64decode(more["body"]),
        redirects=tuple(more["redirects"]),
        address=(more["address"][0], more["address"][1]),
        proxy=more["proxy"],
        timings=more["timings"],
        time=more["time"],
        compression=negotiate(more["extensions"], offered=True),
    )


def _certificate(values: Mapping[str, Any]) -> Certificate | None:
    if values["certificates"] is None:
        return None
    pems = (_text(values["certificates"]) or "").split(_END)[:-1]
    tls = json.loads(values["tls"])
    verdict = tls["verdict"]
    if verdict is not None:
        verdict = Verdict(**{**verdict, "path": tuple(b64decode(der) for der in verdict["path"])})
    chain = CertificateChain(
        [ssl.PEM_cert_to_DER_cert(pem + _END) for pem in pems],
        hostname=tls["hostname"],
        verdict=verdict,
        tls=None if tls["connection"] is None else TLSInfo(**tls["connection"]),
    )
    return chain.leaf
