"""What may travel to another origin when a redirect leads there: headers and subprotocols known to be harmless, and nothing else.

An allowlist, because what identifies somebody has any name (``Ocp-Apim-Subscription-Key``, ``CB-ACCESS-SIGN``,
``["bearer", TOKEN]`` in the subprotocols, a token in ``Referer``), and what is harmless has few. The Fetch standard
strips ``Authorization`` only, because a page's other headers were allowed by CORS; here nobody asks the other server.

Pure functions, any thread.
"""

from __future__ import annotations

from dataclasses import replace
from typing import Final

from ..options import Options
from ..redaction.payloads import mask
from ..redaction.subprotocols import is_known

#: Request headers that say what a client can do and likes, not who it is (lower case). No ``Host``, made up for the
#: other server; no ``Origin`` and no ``Referer``, which tell where somebody comes from and may hold more.
HEADERS: Final = frozenset(
    {
        "accept",
        "accept-charset",
        "accept-encoding",
        "accept-language",
        "cache-control",
        "dnt",
        "pragma",
        "priority",
        "sec-gpc",
        "user-agent",
    }
    | {"sec-fetch-dest", "sec-fetch-mode", "sec-fetch-site", "sec-fetch-user", "upgrade-insecure-requests"}
    | {"sec-ch-ua", "sec-ch-ua-mobile", "sec-ch-ua-platform"}
)


def is_harmless_header(name: str, value: str) -> bool:
    """Tell whether a request header may travel to another origin.

    Parameters
    ----------
    name : str
        Any case.
    value : str
        What it says; with a known secret in it, it may not.

    Returns
    -------
    bool

    Examples
    --------
    >>> is_harmless_header("User-Agent", "curl/8"), is_harmless_header("X-Functions-Key", "k")
    (True, False)
    """
    return name.lower() in HEADERS and mask(value) == value


def is_harmless_subprotocol(name: str) -> bool:
    """Tell whether a subprotocol is a well-known name and so no token in disguise.

    Parameters
    ----------
    name : str
        As it is offered.

    Returns
    -------
    bool

    Examples
    --------
    >>> is_harmless_subprotocol("graphql-transport-ws"), is_harmless_subprotocol("openai-insecure-api-key.sk-1")
    (True, False)
    """
    return is_known(name)


def for_another_origin(options: Options) -> Options:
    """Leave behind what is meant for one origin only.

    Parameters
    ----------
    options : Options
        What the connection was to be opened with.

    Returns
    -------
    Options
        For another origin: no credentials, cookies, client certificate or Origin; of headers and subprotocols those
        known to be harmless. What is the proxy's goes to the same proxy as before, when ``proxy`` names one; the
        environment may have another for this server. The name that was to be checked instead of the URL's is that of the first server too. A
        pin stays: it promises one key, wherever that is.
    """
    return replace(
        options,
        headers=tuple(
            (name, value)
            for name, value in options.headers
            if is_harmless_header(name, value) or (name.lower() == "proxy-authorization" and options.proxy)
        ),
        subprotocols=tuple(name for name in options.subprotocols if is_harmless_subprotocol(name)),
        origin=None,
        cookies=(),
        user=None,
        token=None,
        ssl_hostname=None,
        client_cert=None,
        client_key=None,
        client_key_password=None,
    )
