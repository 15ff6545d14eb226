"""Loads a client certificate (PEM or PKCS#12) into a context.

Called by `context` under its cache's lock; never prompts.
"""

from __future__ import annotations

import os
import secrets
import ssl
import tempfile

from .errors import SSLConnectError


def load_client_certificate(context: ssl.SSLContext, cert: str, key: str | None, password: str | None) -> None:
    """Load a client certificate and its key.

    Parameters
    ----------
    context : ssl.SSLContext
        The context.
    cert : path
        A PEM file (certificate, perhaps its chain and its key) or a PKCS#12 file; recognised by content.
    key : path or None
        PEM file of the key, if it is not in ``cert``.
    password : str or None
        Passphrase of the key or of the PKCS#12 file.

    Raises
    ------
    SSLConnectError
        A file cannot be read, decrypted or used; the text names it.
    """
    data = _read(cert, "client certificate")
    if b"-----BEGIN" not in data:
        _load_pkcs12(context, cert, data, password)
        return
    if key is not None:
        _read(key, "client key")
    elif b"PRIVATE KEY-----" not in data:
        raise SSLConnectError(
            f"client certificate {cert} has no private key", hint="pass the key's file with client_key="
        )
    _load_pem(context, cert, key, password, shown=cert)


def _read(path: str, what: str) -> bytes:
    try:
        with open(path, "rb") as file:
            return file.read()
    except OSError as exc:
        raise SSLConnectError(
            f"{what} {path} cannot be read: {exc.strerror}", hint="correct the path or its permissions"
        ) from exc


def _load_pem(context: ssl.SSLContext, cert: str, key: str | None, password: str | None, *, shown: str) -> None:
    prompted = []

    def passphrase() -> str:
        # Without a callback OpenSSL would prompt on the terminal, which a kernel does not have.
        prompted.append(True)
        return password or ""

    try:
        context.load_cert_chain(cert, key, passphrase)
    except (ssl.SSLError, ValueError) as exc:  # ValueError: the passphrase is longer than OpenSSL allows
        reason = getattr(exc, "reason", None) or str(exc)
        if reason == "KEY_VALUES_MISMATCH":
            raise SSLConnectError(
                f"client key {key or shown} does not belong to the certificate {shown}", reason=reason
            ) from exc
        if prompted and not password:
            raise SSLConnectError(
                f"client key {key or shown} is encrypted", reason=reason, hint="pass client_key_password="
            ) from exc
        if prompted:
            raise SSLConnectError(
                f"client key {key or shown} cannot be decrypted", reason=reason, hint="check client_key_password="
            ) from exc
        raise SSLConnectError(
            f"client certificate {shown} cannot be loaded ({reason})", reason=reason, hint="it must be PEM or PKCS#12"
        ) from exc


def _load_pkcs12(context: ssl.SSLContext, path: str, data: bytes, password: str | None) -> None:
    from cryptography.hazmat.primitives.serialization import BestAvailableEncryption, Encoding, PrivateFormat, pkcs12

    try:
        bundle = pkcs12.load_pkcs12(data, password.encode() if password else None)
    except ValueError as exc:
        # Only the exception's text distinguishes a wrong passphrase from invalid data.
        verb = "check" if password else "if it is encrypted, pass"
        hint = f"{verb} client_key_password=" if "password" in str(exc).lower() else "it must be PEM or PKCS#12"
        raise SSLConnectError(f"client certificate {path} cannot be loaded ({exc})", hint=hint) from exc
    if bundle.key is None or bundle.cert is None:
        missing = "private key" if bundle.key is None else "certificate"
        raise SSLConnectError(f"client certificate {path} has no {missing}", hint="export it again with both")
    # The ssl module only loads files, so write a temporary one, encrypted with a random passphrase.
    passphrase = secrets.token_hex(16)
    pem = bundle.key.private_bytes(Encoding.PEM, PrivateFormat.PKCS8, BestAvailableEncryption(passphrase.encode()))
    for member in (bundle.cert, *bundle.additional_certs):
        pem += member.certificate.public_bytes(Encoding.PEM)
    handle, name = tempfile.mkstemp(suffix=".pem")
    try:
        with os.fdopen(handle, "wb") as file:
            file.write(pem)
        _load_pem(context, name, None, passphrase, shown=path)
    finally:
        os.unlink(name)
