"""What the commands that keep a connection open share: how long its end may take, and what is said about its TLS."""

from __future__ import annotations

from typing import TYPE_CHECKING

from ..redaction.text import printable
from ..tls.errors import SSLVerifyError
from .streams import logger

if TYPE_CHECKING:
    from ..connection.client import Client

#: Seconds to wait for the server's close frame; shorter than the gem's, because a person or script waits for the
#: program to end.
CLOSE_TIMEOUT = 10.0


def report_tls(client: Client, url: str) -> None:
    """Log one of the gem's five lines about TLS, with its text and level."""
    error, certificate = None, None
    if client.ssl:
        try:
            certificate = client.verify_ssl_cert()
        except SSLVerifyError as refused:
            error, certificate = refused, refused.cert
    subject = printable(f"{certificate.subject}", 300) if certificate else ""
    issuer = printable(f"{certificate.issuer}", 300) if certificate else ""
    if error:
        who = f" (subject {subject}, issuer {issuer})" if certificate else ""
        logger.warning("Connected to %s with ssl errors: %s (code %s)%s", url, error.reason, error.verify_code, who)
    elif certificate and not client.ssl_verify:
        logger.warning("Connected to %s without ssl verify: %s (issuer %s)", url, subject, issuer)
    elif certificate:
        logger.info("Connected to %s with ssl verify: %s (issuer %s)", url, subject, issuer)
    else:
        logger.info("Connected to %s without ssl", url)
