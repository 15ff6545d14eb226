"""`Verdict`: what OpenSSL says about a certificate chain. A value; `verify` makes it."""

from __future__ import annotations

from dataclasses import dataclass, field


@dataclass(frozen=True)
class Verdict:
    """What OpenSSL says about a chain.

    Attributes
    ----------
    ok : bool
        OpenSSL accepts the chain for this host name.
    verified : bool
        The handshake itself enforced it. False when verification was off and the question was asked afterwards.
    code : int
        ``X509_V_*`` number; 0 when ok, 1 when inconclusive.
    reason : str
        OpenSSL's text; ``"ok"`` when ok.
    hint : str or None
        What is wrong in plain words, and what to do.
    pinned : bool
        The key is the one the user pinned, which is accepted whatever OpenSSL says about chain and name.
    examined : bool
        Nothing was to be enforced: somebody only asked (`kws.certificate`), so a good chain is simply good.
    path : tuple of bytes
        The chain OpenSSL built when ok: leaf first, ending in the trust anchor (DER).
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
        """One word: ``"good"``, ``"unverified"`` (good, but nobody enforced it), ``"pinned"`` or ``"bad"``."""
        if self.pinned:
            return "pinned"
        if not self.ok:
            return "bad"
        return "good" if self.verified or self.examined else "unverified"

    @property
    def summary(self) -> str:
        """One sentence for people, without the hint and without a full stop."""
        if self.pinned:
            also = "OpenSSL accepts it too" if self.ok else f"OpenSSL would refuse it: {self.reason}"
            return f"accepted because its key is the pinned one; {also}"
        if not self.ok:
            return f"{'refused' if self.verified else 'would be refused'}: {self.reason}"
        if self.verified or self.examined:
            return "verified: the chain leads to a trusted CA, and the name fits"
        return "good, but verification was off: a bad one would have been accepted"
