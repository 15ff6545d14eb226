"""Host names in the one form that DNS, SNI, certificates, Host, cookies and ``NO_PROXY`` compare: as browsers make it.

WHATWG URL's host parser: UTS 46 without transitional processing (IDNA 2008's ``ß``, ``ς`` and joiners stay letters of
their own, so that nobody else's host gets the credentials), emoji allowed, IPv4 in all the forms of ``inet_aton``. On
top of it DNS' own limits. Pure functions, any thread.
"""

from __future__ import annotations

import ipaddress
import re
import socket
from typing import TypeAlias
from urllib.parse import unquote

Address: TypeAlias = ipaddress.IPv4Address | ipaddress.IPv6Address

#: RFC 1035 section 2.3.4, in octets; of a name without its final dot.
_LONGEST_LABEL, _LONGEST_NAME = 63, 253
#: Characters that are looked at: UTS 46 drops some, such as soft hyphens, but nobody needs that many.
_MOST = 2000
#: WHATWG URL's "ends in a number checker": such a name is an IPv4 address or nothing.
_NUMBER = re.compile(r"(?:0x[0-9a-f]*|[0-9]+)\Z")
_NUMBERS = re.compile(r"[0-9a-fx.]+\Z")
#: RFC 3986 section 3.2.2, a registered name; what WHATWG URL calls forbidden is not in it.
_REGISTERED = re.compile(r"[A-Za-z0-9._~!$&'()*+,;=-]+\Z")
#: RFC 6874 section 2: the name of an interface.
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
        In lower case, labels beyond ASCII as ``xn--…``; an IPv4 address with four decimal numbers. None when it is no
        name: a label is empty, too long, or holds what UTS 46 does not allow.

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
        return _looked_up(name.lower())  # most names: the library's tables are not even loaded
    import idna

    try:
        labels = idna.uts46_remap(name, std3_rules=False).split(".")
        decoded = [_decoded(label) for label in labels]
        _check(decoded)
        encoded = [label if label.isascii() else "xn--" + label.encode("punycode").decode("ascii") for label in decoded]
    except UnicodeError:  # idna's errors are of this kind too
        return None
    return _looked_up(".".join(encoded))


def _decoded(label: str) -> str:
    """Undo Punycode (RFC 3492), and refuse what ToASCII would not have written (UTS 46 section 4, step 4)."""
    import idna

    if not label.startswith("xn--"):
        return label
    decoded = label[4:].encode("ascii").decode("punycode")
    if decoded.encode("punycode").decode("ascii") != label[4:]:
        raise UnicodeError  # Python's decoder takes several spellings of one name
    if decoded.isascii() or idna.uts46_remap(decoded, std3_rules=False) != decoded or "." in decoded:
        raise UnicodeError
    return decoded


def _check(labels: list[str]) -> None:
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


def _looked_up(name: str) -> str | None:
    """Check what is left to check of an ASCII name, which is one that DNS can be asked for."""
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
    """Read the host of a URL (RFC 3986 section 3.2.2): a name, perhaps percent-encoded, or an address.

    Parameters
    ----------
    text : str
        What stands between user info and port; an IPv6 address in brackets, with its zone as RFC 6874 writes it
        (``%25eth0``) or as people do (``%eth0``).

    Returns
    -------
    str or None
        What is dialled: as `ascii_host`, or an IPv6 address without brackets and with its zone. None when it is none.

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
    """Take from a host what means something to this machine only: the final dot (RFC 6066 section 3), an IPv6 zone (RFC 6874 section 3).

    Parameters
    ----------
    host : str
        A name, or an address, with or without brackets.

    Returns
    -------
    str
        Without brackets too.

    Examples
    --------
    >>> bare("srv.test."), bare("fe80::1%lo"), bare("[::1]")
    ('srv.test', 'fe80::1', '::1')
    """
    return host.strip("[]").partition("%")[0].removesuffix(".")


def compared(host: str) -> str | None:
    """Write a host as SNI, certificates, cookies, ``resolve`` and ``NO_PROXY`` compare it.

    Parameters
    ----------
    host : str
        As people write it: a name in any script, with or without a final dot, or an address.

    Returns
    -------
    str or None
        `bare`, in ASCII. None when it is no host.

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
    """Read an IP address.

    Parameters
    ----------
    host : str
        As `bare` takes it.

    Returns
    -------
    ipaddress.IPv4Address or ipaddress.IPv6Address or None
        An IPv4 address that is mapped into IPv6 (RFC 4291 section 2.5.5.2) is that IPv4 address. None for a name.

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
