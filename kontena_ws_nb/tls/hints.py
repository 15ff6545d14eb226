"""From OpenSSL's code to what happened and what to do, in one sentence.
"""
from __future__ import annotations
from .certificate import CertificateChain
from .context import Trust
def failing_link(code: int, chain: CertificateChain) -> int | None:
    return 0 if chain else None
def hint(code: int, chain: CertificateChain, *, hostname: str | None, trust: Trust, url: str | None = None) -> str | None:
    return None
