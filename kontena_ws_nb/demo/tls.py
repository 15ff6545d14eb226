"""Makes a self-signed certificate for the demo server, a new one for each process.

Called on the demo server's thread. `cryptography` is imported only when the certificate is made.
"""

from __future__ import annotations

import datetime
import ipaddress
import os
import ssl
import tempfile

#: Validity of the certificate.
LIFETIME = datetime.timedelta(days=90)


def self_signed() -> tuple[bytes, bytes]:
    """Make a P-256 key and a certificate for ``localhost``, ``127.0.0.1`` and ``::1``.

    Returns
    -------
    tuple of (bytes, bytes)
        Certificate and unencrypted PKCS#8 key, both PEM.
    """
    from cryptography import x509
    from cryptography.hazmat.primitives import hashes, serialization
    from cryptography.hazmat.primitives.asymmetric import ec
    from cryptography.x509.oid import ExtendedKeyUsageOID, NameOID

    key = ec.generate_private_key(ec.SECP256R1())
    name = x509.Name(
        [
            x509.NameAttribute(NameOID.ORGANIZATION_NAME, "kontena_ws_nb demo"),
            x509.NameAttribute(NameOID.COMMON_NAME, "localhost"),
        ]
    )
    hosts = [
        x509.DNSName("localhost"),
        x509.IPAddress(ipaddress.ip_address("127.0.0.1")),
        x509.IPAddress(ipaddress.ip_address("::1")),
    ]
    now = datetime.datetime.now(datetime.timezone.utc)
    usage = x509.KeyUsage(
        digital_signature=True,
        content_commitment=False,
        key_encipherment=False,
        data_encipherment=False,
        key_agreement=False,
        key_cert_sign=False,
        crl_sign=False,
        encipher_only=False,
        decipher_only=False,
    )
    certificate = (
        x509.CertificateBuilder()
        .subject_name(name)
        .issuer_name(name)
        .public_key(key.public_key())
        .serial_number(x509.random_serial_number())
        .not_valid_before(now - datetime.timedelta(minutes=5))  # the clocks of containers may differ
        .not_valid_after(now + LIFETIME)
        .add_extension(x509.SubjectAlternativeName(hosts), critical=False)
        .add_extension(x509.BasicConstraints(ca=False, path_length=None), critical=True)
        .add_extension(usage, critical=True)
        .add_extension(x509.ExtendedKeyUsage([ExtendedKeyUsageOID.SERVER_AUTH]), critical=False)
        .add_extension(x509.SubjectKeyIdentifier.from_public_key(key.public_key()), critical=False)
        .sign(key, hashes.SHA256())
    )
    return (
        certificate.public_bytes(serialization.Encoding.PEM),
        key.private_bytes(serialization.Encoding.PEM, serialization.PrivateFormat.PKCS8, serialization.NoEncryption()),
    )


def server_context(certificate: bytes, key: bytes) -> ssl.SSLContext:
    """Make the server side's TLS context.

    Parameters
    ----------
    certificate, key : bytes
        PEM, from `self_signed`.

    Returns
    -------
    ssl.SSLContext
        TLS 1.2 and newer.
    """
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    context.minimum_version = ssl.TLSVersion.TLSv1_2
    # The ssl module only loads keys from files, so write one to a temporary directory that others cannot read.
    with tempfile.TemporaryDirectory(prefix="kontena-ws-") as folder:
        path = os.path.join(folder, "server.pem")
        with open(path, "wb") as file:
            file.write(key + certificate)
        context.load_cert_chain(path)
    return context
