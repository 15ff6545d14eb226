"""Matches host names against a certificate's names by OpenSSL's rules, for `Certificate.matches`.

Verdicts do not depend on it: OpenSSL checks names itself. A test compares this with OpenSSL's answers. Pure functions,
any thread.
"""

from __future__ import annotations

import ipaddress
import re
from collections.abc import Iterable

from ..hostnames import compared

# What OpenSSL's valid_star() accepts in a pattern after the star, and its wildcard_match() for the star.
_LABEL = re.compile(r"[a-z0-9](?:[a-z0-9-]*[a-z0-9])?\Z")
_STARRED = re.compile(r"[a-z0-9-]+\Z")


def matches_any(dns_names: Iterable[str], ip_addresses: Iterable[str], hostname: str) -> bool:
    """Tell whether one of the names matches a host.

    Parameters
    ----------
    dns_names, ip_addresses : iterable of str
        A certificate's subject alternative names.
    hostname : str
        A DNS name in any script, with or without a final dot; or an IP address, with or without brackets and zone.

    Returns
    -------
    bool
        Addresses match only addresses, and names only names (RFC 9525 section 6).
    """
    if (host := compared(hostname)) is None:
        return False
    try:
        address = ipaddress.ip_address(host)
    except ValueError:
        return any(_covers(name.lower(), host) for name in dns_names)
    return any(_same_address(text, address) for text in ip_addresses)


def _same_address(text: str, address: ipaddress.IPv4Address | ipaddress.IPv6Address) -> bool:
    try:
        return ipaddress.ip_address(text) == address
    except ValueError:
        return False


def _covers(pattern: str, host: str) -> bool:
    if "*" not in pattern:
        return pattern == host
    # With the flags that Python sets: the star is the whole leftmost label, and at least two labels follow (not
    # "*.com").
    star, _, rest = pattern.partition(".")
    first, _, parent = host.partition(".")
    if star != "*" or rest.count(".") < 1 or not all(_LABEL.match(label) for label in rest.split(".")):
        return False
    return parent == rest and bool(_STARRED.match(first))
