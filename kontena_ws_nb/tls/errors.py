"""The errors of TLS: `SSLConnectError` and `SSLVerifyError`. The other errors are in the package's `errors`."""

from __future__ import annotations

from collections.abc import Sequence

from ..errors import ConnectError
from .certificate import Certificate, CertificateChain
from .verdict import Verdict


class SSLConnectError(ConnectError):
    """The TLS handshake failed, or a file of the TLS options cannot be used.

    Parameters
    ----------
    message, url, hint
        As for `Error`.
    reason : str, optional
        OpenSSL's reason, such as ``"WRONG_VERSION_NUMBER"``, or the name of the exception.
    """

    def __init__(
        self, message: str, *, url: str | None = None, hint: str | None = None, reason: str | None = None
    ) -> None:
        super().__init__(message, url=url, hint=hint)
        self.reason = reason

    @property
    def topic(self) -> str:
        """As `Error.topic`."""
        return "tls"


class SSLVerifyError(SSLConnectError):
    """The server's certificate was refused.

    Parameters
    ----------
    message, url, hint
        As for `Error`.
    verify_code : int
        OpenSSL's ``X509_V_ERR_*`` number.
    reason : str
        OpenSSL's text for it.
    chain : CertificateChain, optional
        The certificates that the server sent, leaf first.
    """

    def __init__(
        self,
        message: str,
        *,
        verify_code: int,
        reason: str,
        chain: CertificateChain | None = None,
        url: str | None = None,
        hint: str | None = None,
    ) -> None:
        super().__init__(message, url=url, hint=hint, reason=reason)
        self.verify_code = verify_code
        self.cert_chain = chain

    @property
    def topic(self) -> str:
        """As `Error.topic`."""
        return f"certificate-{self.verify_code}"

    @classmethod
    def of(
        cls,
        verdict: Verdict,
        chain: CertificateChain | Sequence[bytes] = (),
        *,
        url: str | None = None,
        message: str | None = None,
    ) -> SSLVerifyError:
        """Make the error that a verifying handshake raises for a verdict.

        Parameters
        ----------
        verdict : Verdict
            A bad verdict.
        chain : CertificateChain or sequence of bytes
            The certificates that the server sent, leaf first.
        url : str, optional
            The URL, secrets masked.
        message : str, optional
            By default composed from the verdict.

        Returns
        -------
        SSLVerifyError

        Raises
        ------
        ValueError
            The verdict is ok.
        """
        if verdict.ok:
            raise ValueError("a good verdict has no error")
        return cls(
            message or f"the server's certificate was refused: {verdict.reason} (code {verdict.code})",
            verify_code=verdict.code,
            reason=verdict.reason,
            chain=chain if isinstance(chain, CertificateChain) else CertificateChain(chain, verdict=verdict),
            url=url,
            hint=verdict.hint,
        )

    @property
    def cert(self) -> Certificate | None:
        """The server's own certificate, or None if it sent none."""
        return self.cert_chain[0] if self.cert_chain else None

    @property
    def subject(self) -> str | None:
        """The certificate's subject (RFC 4514), or None."""
        return self.cert.subject if self.cert else None

    @property
    def issuer(self) -> str | None:
        """The certificate's issuer (RFC 4514), or None."""
        return self.cert.issuer if self.cert else None
