"""Asks OpenSSL whether a certificate chain is good.

With verification on, the handshake decides, and `live_error` makes the error of its refusal, with the chain read from
the failed connection (`peer_chain`). With verification off, `verify_chain` asks afterwards: it feeds a new verifying
``SSLObject`` a synthetic ServerHello and Certificate of TLS 1.2. OpenSSL verifies the chain when it processes the
Certificate message (RFC 5246 section 7.4.2), before the server would have to prove possession of the private key, which
the real handshake has proved already. This needs no socket, and gives the code and text of a verifying handshake. An
inconclusive result counts as bad.

Any thread.
"""

from __future__ import annotations

import os
import ssl
from collections.abc import Iterator, Sequence
from typing import Any

from ..hostnames import compared
from ..redaction.text import quoted
from .certificate import CertificateChain, TLSInfo
from .context import Trust, oracle_context
from .errors import SSLConnectError, SSLVerifyError
from .hints import hint as hint_for
from .verdict import Verdict

#: X509_V_ERR_UNSPECIFIED: what an inconclusive verification reports.
UNSPECIFIED = 1

#: TLS 1.2 cipher suites by the type of the certificate's key: RSA; ECDSA and EdDSA (RFC 5289, RFC 7905, RFC 8422).
_SUITES = (
    (b"\xc0\x2f", b"\xc0\x30", b"\xcc\xa8"),
    (b"\xc0\x2b", b"\xc0\x2c", b"\xcc\xa9"),
)


def peer_chain(sslobj: Any) -> tuple[bytes, ...]:
    """Read the certificates that the server sent, also during a handshake and after one that failed.

    Parameters
    ----------
    sslobj : ssl.SSLObject or ssl.SSLSocket
        The connection. Before Python 3.13, ``get_unverified_chain`` is a method of its inner object only.

    Returns
    -------
    tuple of bytes
        DER, leaf first, exactly as sent; empty if no certificate has been received.
    """
    return _ders(sslobj, "get_unverified_chain")


def verified_chain(sslobj: Any) -> tuple[bytes, ...]:
    """Read the chain that OpenSSL built, which ends in the trust anchor.

    Parameters
    ----------
    sslobj : ssl.SSLObject or ssl.SSLSocket
        A connection that verified the server.

    Returns
    -------
    tuple of bytes
        DER, leaf first.
    """
    return _ders(sslobj, "get_verified_chain")


def ok_verdict(path: Sequence[bytes] = ()) -> Verdict:
    """Make the verdict of a verifying handshake that succeeded.

    Parameters
    ----------
    path : sequence of bytes
        From `verified_chain`.

    Returns
    -------
    Verdict
    """
    return Verdict(ok=True, verified=True, code=0, reason="ok", path=tuple(path))


def live_error(
    exc: ssl.SSLCertVerificationError,
    chain: Sequence[bytes],
    *,
    hostname: str | None,
    trust: Trust,
    url: str | None = None,
    tls: TLSInfo | None = None,
) -> SSLVerifyError:
    """Make the error of a verifying handshake that failed.

    Parameters
    ----------
    exc : ssl.SSLCertVerificationError
        From ``do_handshake``.
    chain : sequence of bytes
        From `peer_chain` of the same connection.
    hostname : str or None
        The host name that was checked.
    trust : Trust
        The trust store.
    url : str, optional
        The URL, secrets masked.
    tls : TLSInfo, optional
        Parameters of the connection.

    Returns
    -------
    SSLVerifyError
        With code, reason, hint, certificate and chain.
    """
    verdict = _refusal(exc.verify_code, exc.verify_message, chain, hostname, trust, verified=True, url=url)
    return SSLVerifyError.of(verdict, CertificateChain(chain, hostname=hostname, verdict=verdict, tls=tls), url=url)


def verify_chain(
    chain: Sequence[bytes], *, hostname: str | None, trust: Trust, strict: bool = False, url: str | None = None
) -> Verdict:
    """Ask OpenSSL what a verifying handshake would have decided.

    Parameters
    ----------
    chain : sequence of bytes
        DER, leaf first, from `peer_chain`.
    hostname : str or None
        The name or address to check; None checks only the chain.
    trust : Trust
        The trust store.
    strict : bool, default False
        Also apply ``X509_STRICT``.
    url : str, optional
        The URL, secrets masked, for the hint.

    Returns
    -------
    Verdict
        With the code and text of a verifying handshake; ``ok=False`` and code 1 if inconclusive. Never raises, whatever
        the server sent.
    """
    try:
        path = _ask(tuple(chain), hostname, trust, strict)
    except ssl.SSLCertVerificationError as exc:
        return _refusal(exc.verify_code, exc.verify_message, chain, hostname, trust, verified=False, url=url)
    except _InconclusiveError as exc:
        return Verdict(
            ok=False,
            verified=False,
            code=UNSPECIFIED,
            reason=f"could not be verified: {exc}",
            hint="treat it as refused",
        )
    except SSLConnectError as exc:  # the trust store cannot be used
        return Verdict(
            ok=False, verified=False, code=UNSPECIFIED, reason=f"could not be verified: {exc.message}", hint=exc.hint
        )
    return Verdict(ok=True, verified=False, code=0, reason="ok", path=path)


class _InconclusiveError(Exception):
    """OpenSSL neither accepted nor refused the chain."""


def _refusal(
    code: int,
    reason: str,
    chain: Sequence[bytes],
    hostname: str | None,
    trust: Trust,
    *,
    verified: bool,
    url: str | None,
) -> Verdict:
    hint = hint_for(code, CertificateChain(chain, hostname=hostname), hostname=hostname, trust=trust, url=url)
    return Verdict(ok=False, verified=verified, code=code, reason=reason, hint=hint)


def _ders(sslobj: Any, method: str) -> tuple[bytes, ...]:
    owner = sslobj if hasattr(sslobj, method) else sslobj._sslobj
    if owner is None:  # an SSLSocket that is not connected
        return ()
    # The public method (Python 3.13) returns bytes, the inner object's certificate objects.
    return tuple(c if isinstance(c, bytes) else c.public_bytes(_ENCODING_DER) for c in getattr(owner, method)() or ())


#: ``_ssl.ENCODING_DER``.
_ENCODING_DER = 2


def _ask(chain: tuple[bytes, ...], hostname: str | None, trust: Trust, strict: bool) -> tuple[bytes, ...]:
    if not chain:
        raise _InconclusiveError("the server sent no certificate")
    context = oracle_context(trust, strict=strict, check_hostname=hostname is not None)
    if context.verify_mode != ssl.CERT_REQUIRED:
        raise AssertionError("the oracle's context must verify")
    for suites in _SUITES:
        path = _try(context, chain, hostname, suites)
        if path is not None:
            return path
    raise _InconclusiveError("no TLS 1.2 cipher suite supports its type of key")


def _try(
    context: ssl.SSLContext, chain: tuple[bytes, ...], hostname: str | None, suites: tuple[bytes, ...]
) -> tuple[bytes, ...] | None:
    """Verify the chain in one handshake; None if the cipher suites do not support its type of key."""
    incoming, outgoing = ssl.MemoryBIO(), ssl.MemoryBIO()
    # Encoded here, because the ssl module would use IDNA 2003, which makes another host of some names.
    name = None if hostname is None else compared(hostname)
    if hostname is not None and name is None:
        raise _InconclusiveError(f"{quoted(hostname)} is not a host name")
    sslobj = context.wrap_bio(incoming, outgoing, server_hostname=name)
    try:
        sslobj.do_handshake()
    except ssl.SSLWantReadError:
        pass  # the ClientHello was written, and OpenSSL waits for ServerHello
    session_id, offered = _parse_client_hello(outgoing.read())
    suite = next((suite for suite in suites if suite in offered), None)
    if suite is None:
        return None
    for record in _server_flight(session_id, suite, chain):
        incoming.write(record)
    try:
        sslobj.do_handshake()
    except ssl.SSLCertVerificationError:
        raise
    except ssl.SSLWantReadError:
        pass  # accepted: the chain is verified, and OpenSSL waits for ServerKeyExchange
    except ssl.SSLError as exc:
        if exc.reason == "WRONG_CERTIFICATE_TYPE":
            return None
        # Without a reason the text is like "[SSL] ASN1 lib (_ssl.c:1007)"; the line number depends on the Python
        # version.
        raise _InconclusiveError(exc.reason or str(exc.args[-1]).partition(" (_ssl")[0]) from exc
    path = verified_chain(sslobj)
    if peer_chain(sslobj) != chain or path[:1] != chain[:1] or outgoing.pending:
        raise _InconclusiveError("OpenSSL did not use the chain")
    return path


def _parse_client_hello(data: bytes) -> tuple[bytes, frozenset[bytes]]:
    """Read the session id and cipher suites of OpenSSL's ClientHello (RFC 5246 section 7.4.1.2)."""
    at = 5 + 4 + 2 + 32  # record header, handshake header, version, random
    session_id = data[at + 1 : at + 1 + data[at]]
    at += 1 + data[at]
    end = at + 2 + int.from_bytes(data[at : at + 2], "big")
    return session_id, frozenset(data[i : i + 2] for i in range(at + 2, end, 2))


def _server_flight(session_id: bytes, suite: bytes, chain: Sequence[bytes]) -> Iterator[bytes]:
    """Compose the TLS records of ServerHello and Certificate (RFC 5246 sections 6.2.1, 7.4.1.3, 7.4.2)."""
    renegotiation_info = b"\xff\x01\x00\x01\x00"  # RFC 5746: OpenSSL requires it
    hello = b"\x03\x03" + os.urandom(32) + _vector(session_id, 1) + suite + b"\x00" + _vector(renegotiation_info, 2)
    certificate = _vector(b"".join(_vector(der, 3) for der in chain), 3)
    flight = b"\x02" + _vector(hello, 3) + b"\x0b" + _vector(certificate, 3)
    for start in range(0, len(flight), 1 << 14):
        yield b"\x16\x03\x03" + _vector(flight[start : start + (1 << 14)], 2)


def _vector(data: bytes, width: int) -> bytes:
    return len(data).to_bytes(width, "big") + data
