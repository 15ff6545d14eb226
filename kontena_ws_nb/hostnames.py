"""Normalises host names as browsers do, for DNS, SNI, certificates, the Host header, cookies and ``NO_PROXY``.

Follows the host parser of the WHATWG URL standard: UTS 46 without transitional processing (``ß``, ``ς`` and joiners are
kept as in IDNA 2008, otherwise ``faß.test`` would lead to somebody else's ``fass.test``), emoji allowed, IPv4 in all
forms of ``inet_aton``. DNS's length limits are checked too. Pure functions, any thread.
"""

from __future__ import annotations

import ipaddress
import re
import socket
from typing import TypeAlias
from urllib.parse import unquote

Address: TypeAlias = ipaddress.IPv4Address | ipaddress.IPv6Address

#: RFC 1035 section 2.3.4, in octets; the name without its final dot.
_LONGEST_LABEL, _LONGEST_NAME = 63, 253
#: Longer texts, in characters, are rejected at once. UTS 46 drops some characters, so a name may be longer before.
_MOST = 2000
#: WHATWG URL's "ends in a number checker": a name whose last label matches must be an IPv4 address.
_NUMBER = re.compile(r"(?:0x[0-9a-f]*|[0-9]+)\Z")
_NUMBERS = re.compile(r"[0-9a-fx.]+\Z")
#: A reg-name of RFC 3986 section 3.2.2; it contains none of WHATWG URL's forbidden domain code points.
_REGISTERED = re.compile(r"[A-Za-z0-9._~!$&'()*+,;=-]+\Z")
#: The ZoneID of RFC 6874 section 2: the name of a network interface.
_ZONE = re.compile(r"[A-Za-z0-9._~-]{1,64}\Z")
_RIGHT_TO_LEFT = frozenset({"R", "AL", "AN"})


def ascii_host(name: str) -> str | None:
    """Write a host name in ASCII, as browsers do (WHATWG URL section 3.3, "domain to ASCII").

    Parameters
    ----------
    name : str
        A name or an IPv4 address, without brackets; a final dot is kept.

    Returns
    -------
    str or None
        In lower case, labels that are not ASCII as ``xn--…``; an IPv4 address as four decimal numbers. None when it is
        not a host name: a label is empty, too long, or holds what UTS 46 does not allow.

    Examples
    --------
    >>> ascii_host("Faß.test"), ascii_host("ｅｘ。test."), ascii_host("☃.net"), ascii_host("0x7f.1")
    ('xn--fa-hia.test', 'ex.test.', 'xn--n3h.net', '127.0.0.1')
    >>> ascii_host("a..b"), ascii_host("xn--a.test"), ascii_host("1.2.3.256")
    (None, None, None)
    """
    if len(name) > _MOST:
        return None
    if name.isascii() and "xn--" not in name.lower():
        return _checked(name.lower())  # most names; importing idna's tables takes long
    import idna

    try:
        labels = idna.uts46_remap(name, std3_rules=False).split(".")
        decoded = [_decoded(label) for label in labels]
        _check_labels(decoded)
        encoded = [label if label.isascii() else "xn--" + label.encode("punycode").decode("ascii") for label in decoded]
    except UnicodeError:  # idna.IDNAError derives from it
        return None
    return _checked(".".join(encoded))


def _decoded(label: str) -> str:
    """Decode Punycode (RFC 3492); raise UnicodeError for what ToASCII would not have encoded (UTS 46 section 4, step 4)."""
    import idna

    if not label.startswith("xn--"):
        return label
    decoded = label[4:].encode("ascii").decode("punycode")
    if decoded.encode("punycode").decode("ascii") != label[4:]:
        raise UnicodeError  # Python's decoder accepts more than one encoding of a name
    if decoded.isascii() or idna.uts46_remap(decoded, std3_rules=False) != decoded or "." in decoded:
        raise UnicodeError
    return decoded


def _check_labels(labels: list[str]) -> None:
    """Apply UTS 46 section 4.1 with CheckBidi and CheckJoiners, and without CheckHyphens and UseSTD3ASCIIRules."""
    import unicodedata

    import idna

    bidi = any(unicodedata.bidirectional(character) in _RIGHT_TO_LEFT for label in labels for character in label)
    for label in labels:
        if not label:
            continue
        idna.check_initial_combiner(label)
        for place, character in enumerate(label):
            if character in "\u200c\u200d" and not idna.valid_contextj(label, place):
                raise UnicodeError
        if bidi:
            idna.check_bidi(label, check_ltr=True)


def _checked(name: str) -> str | None:
    """Check an ASCII name against the limits of DNS; normalise it if it is an IPv4 address."""
    if not _REGISTERED.match(name):
        return None
    labels = name.removesuffix(".").split(".")
    if _NUMBER.match(labels[-1]):
        return _ipv4(name.removesuffix("."))
    if sum(map(len, labels)) + len(labels) - 1 > _LONGEST_NAME:
        return None
    return name if all(0 < len(label) <= _LONGEST_LABEL for label in labels) else None


def _ipv4(text: str) -> str | None:
    try:
        return socket.inet_ntoa(socket.inet_aton(text)) if _NUMBERS.match(text) else None
    except OSError:
        return None


def url_host(text: str) -> str | None:
    """Parse the host of a URL (RFC 3986 section 3.2.2): a name, perhaps percent-encoded, or an address.

    Parameters
    ----------
    text : str
        The part of the URL between user info and port. An IPv6 address is in brackets, its zone written as in RFC 6874
        (``%25eth0``) or plainly (``%eth0``).

    Returns
    -------
    str or None
        The host to connect to: as `ascii_host`, or an IPv6 address without brackets and with its zone. None when it is
        not a host.

    Examples
    --------
    >>> url_host("fa%C3%9F.test"), url_host("[FE80:0::1%25lo]"), url_host("a%2Fb"), url_host("[1.2.3.4]")
    ('xn--fa-hia.test', 'fe80::1%lo', None, None)
    """
    if text[:1] != "[":
        try:
            return ascii_host(unquote(text, errors="strict"))
        except UnicodeDecodeError:
            return None
    address, mark, zone = text.removeprefix("[").removesuffix("]").partition("%")
    zone = unquote(zone.removeprefix("25"))
    if mark and not _ZONE.match(zone):
        return None
    try:
        return f"{ipaddress.IPv6Address(address)}{mark}{zone}"
    except ValueError:
        return None


def bare(host: str) -> str:
    """Remove what is not sent to a server: a final dot (RFC 6066 section 3) and an IPv6 zone (RFC 6874 section 3).

    Parameters
    ----------
    host : str
        A name or an address, with or without brackets.

    Returns
    -------
    str
        Without brackets.

    Examples
    --------
    >>> bare("srv.test."), bare("fe80::1%lo"), bare("[::1]")
    ('srv.test', 'fe80::1', '::1')
    """
    return host.strip("[]").partition("%")[0].removesuffix(".")


def compared(host: str) -> str | None:
    """Normalise a host so that SNI, certificates, cookies, ``resolve`` and ``NO_PROXY`` can compare it.

    Parameters
    ----------
    host : str
        A name in any script, with or without a final dot, or an address.

    Returns
    -------
    str or None
        As `bare`, in ASCII. None when it is not a host.

    Examples
    --------
    >>> compared("Faß.test."), compared("[::1]"), compared("a b")
    ('xn--fa-hia.test', '::1', None)
    """
    name = bare(host)
    try:
        return str(ipaddress.ip_address(name))
    except ValueError:
        return ascii_host(name)


def address_of(host: str) -> Address | None:
    """Parse an IP address.

    Parameters
    ----------
    host : str
        As for `bare`.

    Returns
    -------
    ipaddress.IPv4Address or ipaddress.IPv6Address or None
        An IPv4-mapped IPv6 address (RFC 4291 section 2.5.5.2) becomes the IPv4 address. None for a name.

    Examples
    --------
    >>> address_of("[::ffff:127.0.0.1]"), address_of("fe80::1%lo"), address_of("127.evil.test")
    (IPv4Address('127.0.0.1'), IPv6Address('fe80::1'), None)
    """
    try:
        address = ipaddress.ip_address(bare(host))
    except ValueError:
        return None
    return getattr(address, "ipv4_mapped", None) or address
