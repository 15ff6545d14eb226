"""Which options are used for another origin when a redirect leads there: only headers and subprotocols known to be harmless.

An allowlist, because credentials have all kinds of names (``Ocp-Apim-Subscription-Key``, ``CB-ACCESS-SIGN``, ``["bearer",
TOKEN]`` in the subprotocols, a token in ``Referer``). The Fetch standard removes only ``Authorization``, because CORS
must have allowed a page's other headers; there is no such check here.

Pure functions, any thread.
"""

from __future__ import annotations

from dataclasses import replace
from typing import Final

from ..options import Options
from ..redaction.payloads import mask
from ..redaction.subprotocols import is_known

#: Request headers about a client's capabilities and preferences, not its identity (lower case). Not ``Host``, which was
#: meant for the first server; not ``Origin`` and ``Referer``, which are about the user and may contain secrets.
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
    """Tell whether a request header may be sent to another origin.

    Parameters
    ----------
    name : str
        Any case.
    value : str
        A value with a known secret is not harmless.

    Returns
    -------
    bool

    Examples
    --------
    >>> is_harmless_header("User-Agent", "curl/8"), is_harmless_header("X-Functions-Key", "k")
    (True, False)
    """
    return name.lower() in HEADERS and mask(value) == value


def for_another_origin(options: Options) -> Options:
    """Remove the options that are meant for the first origin only.

    Parameters
    ----------
    options : Options
        The options for the first origin.

    Returns
    -------
    Options
        Without credentials, cookies, client certificate, ``origin`` and ``ssl_hostname``, and with only harmless headers
        and subprotocols. ``Proxy-Authorization`` is kept if ``proxy`` is set; the environment may name another proxy for
        this origin. ``pin`` is kept, because it accepts one key only, whatever the host.
    """
    return replace(
        options,
        headers=tuple(
            (name, value)
            for name, value in options.headers
            if is_harmless_header(name, value) or (name.lower() == "proxy-authorization" and options.proxy)
        ),
        subprotocols=tuple(name for name in options.subprotocols if is_known(name)),
        origin=None,
        cookies=(),
        user=None,
        token=None,
        ssl_hostname=None,
        client_cert=None,
        client_key=None,
        client_key_password=None,
    )
