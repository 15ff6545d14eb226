"""`certificate(url)`: look at a server's certificates with a TLS handshake and nothing else.

What must not live here: HTTP, frames. Called in the user's thread.
"""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING

from .credentials import know_credentials
from .options import Options
from .plain import quoted
from .redact import redact_url
from .tls.certificate import Certificate
from .tls.verdict import verify_chain
from .wire.dial import dial
from .wire.opening import secure
from .wire.target import Target

if TYPE_CHECKING:
    from typing_extensions import Unpack

    from .given import Given


def certificate(url: str, **options: Unpack[Given]) -> Certificate:
    """Fetch and judge the certificate of any TLS server; no WebSocket is opened.

    Parameters
    ----------
    url : str
        ``wss://host[:port]``, ``https://host[:port]`` or just ``host[:port]``.
    **options
        See `Options.table`; ``ssl_verify`` has no effect, a bad certificate is described, not refused.

    Returns
    -------
    Certificate
        The server's own, with ``chain``, ``verdict`` and ``tls``.

    Raises
    ------
    ValueError
        The URL is none, or not ``wss://``.
    ConnectError, SSLConnectError, TimeoutError
        No connection, or no TLS.
    """
    scheme, separator, rest = url.partition("://")
    if separator and scheme.strip().lower() == "https":  # TLS is TLS; people paste what their browser shows
        url = f"wss://{rest}"
    target = Target.parse(url if "://" in url else f"wss://{url}")
    if not target.secure:
        raise ValueError(f"{quoted(redact_url(url))} has no certificate: write wss:// instead of ws://")
    settings = Options.of(Options(connect_timeout=10.0), **{**options, "ssl_verify": False})
    know_credentials(target.resource, settings)
    channel = dial(target, settings).channel
    try:
        chain, trust = secure(channel, target, settings)
    finally:
        channel.close()
    if chain.verdict is None:
        verdict = verify_chain(chain.ders, hostname=chain.hostname, trust=trust, strict=settings.strict, url=redact_url(target.url))
        chain.verdict = replace(verdict, examined=True)
    leaf = chain.leaf
    assert leaf is not None  # a TLS server with certificate authentication always sends one
    return leaf
