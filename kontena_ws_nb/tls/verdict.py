"""`Verdict`: OpenSSL's verdict on a certificate chain. `verify` makes it."""

from __future__ import annotations

from dataclasses import dataclass, field


@dataclass(frozen=True)
class Verdict:
    """OpenSSL's verdict on a chain.

    Attributes
    ----------
    ok : bool
        OpenSSL accepts the chain for this host name.
    verified : bool
        The handshake itself verified the chain. False if verification was off, and OpenSSL was asked afterwards.
    code : int
        ``X509_V_*`` number; 0 if ok, 1 if inconclusive.
    reason : str
        OpenSSL's text; ``"ok"`` if ok.
    hint : str or None
        What is wrong, and what to do.
    pinned : bool
        The key is the pinned one, which is accepted whatever OpenSSL says about chain and name.
    examined : bool
        The certificate was only looked at (`kws.certificate`), so it does not matter that verification was off.
    path : tuple of bytes
        If ok, the chain that OpenSSL built (DER): leaf first, ending in the trust anchor.
    """

    ok: bool
    verified: bool
    code: int
    reason: str
    hint: str | None = None
    pinned: bool = False
    examined: bool = False
    path: tuple[bytes, ...] = field(default=(), repr=False)

    @property
    def state(self) -> str:
        """``"good"``, ``"unverified"`` (good, but verification was off), ``"pinned"`` or ``"bad"``."""
        if self.pinned:
            return "pinned"
        if not self.ok:
            return "bad"
        return "good" if self.verified or self.examined else "unverified"

    @property
    def summary(self) -> str:
        """The verdict in one sentence, without the hint and a full stop."""
        if self.pinned:
            also = "OpenSSL accepts it too" if self.ok else f"OpenSSL would refuse it: {self.reason}"
            return f"accepted because its key is the pinned one; {also}"
        if not self.ok:
            return f"{'refused' if self.verified else 'would be refused'}: {self.reason}"
        if self.verified or self.examined:
            return "verified: the chain leads to a trusted CA, and the name matches"
        return "good, but verification was off: a bad one would have been accepted"
