"""Opening a connection: dial, TLS, upgrade, and again for each redirect.

What sockets and OpenSSL raise meanwhile becomes our errors here.
"""

from __future__ import annotations

import builtins
import ipaddress
import ssl
import time
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, replace

from ..errors import ConnectError, Error, ProtocolError, TimeoutError
from ..options import INSECURE, Options
from ..protocol.handshake import Handshake
from ..redaction.text import printable, quoted
from ..tls.certificate import CertificateChain, TLSInfo
from ..tls.context import Trust, client_context
from ..tls.errors import SSLConnectError, SSLVerifyError
from ..tls.unverified import check_client_certificate, check_pin
from ..tls.verify import live_error, ok_verdict, peer_chain, verified_chain, verify_chain
from ..transport.credentials import know_credentials
from ..transport.deadline import Deadline
from ..transport.dial import dial
from ..transport.stream import Stream
from ..transport.url import Target
from .cookies import Cookies
from .redirects import for_another_origin
from .refusal import has_authorization, refused_after_redirects
from .upgrade import REDIRECTS, maybe_tls, upgrade


@dataclass(frozen=True)
class Opened:
    """An open WebSocket connection.

    Parameters
    ----------
    stream : Stream
        Ready for frames.
    handshake : Handshake
        The last opening handshake, with the timings of all steps.
    chain : CertificateChain, optional
        What the server sent, with the verdict when one was enforced; None without TLS.
    trust : Trust, optional
        Whom was or would be trusted; None without TLS.
    rest : bytes
        Received beyond the handshake.
    """

    stream: Stream
    handshake: Handshake
    chain: CertificateChain | None
    trust: Trust | None
    rest: bytes


def open_connection(url: str, options: Options) -> Opened:
    """Open a WebSocket.

    Parameters
    ----------
    url : str
        ``ws://`` or ``wss://``.
    options : Options
        All of them.

    Returns
    -------
    Opened

    Raises
    ------
    ValueError
        The URL is none.
    ConnectError, SSLConnectError, SSLVerifyError, ProtocolError, TimeoutError
        As their names say; nothing stays open.
    """
    target = Target.parse(url)
    if target.user is not None and not has_authorization(options):  # an option or header overrides the URL
        options = replace(options, user=_unquoted(target.user))
    home = target.origin
    cookies = Cookies(options.cookies, target)
    passed: list[str] = []
    inside, left_behind = True, False
    credentials = bool(options.cookies) or has_authorization(options)
    while True:
        if target.origin != home:
            # Even if a later redirect leads back: that is the other server's wish, not the user's.
            left_behind = credentials
            options, home = for_another_origin(options), target.origin
            cookies = Cookies((), target)
        know_credentials(target.resource, options)
        try:
            opened = _open_once(target, options, inside, tuple(passed))
        except Error as error:
            if passed:
                refused_after_redirects(error, passed[0], target.shown, left_behind)
            raise
        handshake = opened.handshake
        if handshake.status not in REDIRECTS:
            return opened
        opened.stream.close()
        cookies.learn(handshake.headers, target, time.time())
        passed.append(target.shown)
        target = _follow(target, handshake, options, passed)
        options = replace(options, cookies=cookies.sent_to(target) if target.origin == home else ())
        inside = inside and handshake.proxy is None and is_near(handshake.address[0])


def _unquoted(user: str) -> str:
    from urllib.parse import unquote

    return unquote(user if ":" in user else f"{user}:")


def _follow(target: Target, handshake: Handshake, options: Options, passed: list[str]) -> Target:
    locations = [value for name, value in handshake.headers if name.lower() == "location"]
    answered = f"the server answered {handshake.status} {printable(handshake.reason)}".rstrip()

    def refused(message: str, hint: str | None = None) -> ProtocolError:
        return ProtocolError(
            f"{answered}{message}", url=target.shown, status=handshake.status, headers=handshake.headers, hint=hint
        )

    if len(locations) != 1 or not locations[0]:
        raise refused(" without a Location" if len(locations) < 2 else f" with {len(locations)} Locations")
    following, why = None, ""
    try:
        following = target.join(locations[0])
    except ValueError as error:
        why = str(error)
    if following is None:
        raise refused(f" to nowhere: {why}")
    if len(passed) > options.most_redirects:
        hint = f"pass url={quoted(following.shown)}, or redirects={len(passed)}"
        raise refused(f", and redirects={options.redirects!r} were followed already", hint)
    if target.secure and not following.secure and options.redirects != INSECURE:
        raise refused(
            f" from wss:// to the unencrypted {printable(following.shown)}",
            f"redirects={INSECURE!r} follows such redirects too",
        )
    return following


def _open_once(target: Target, options: Options, inside: bool, passed: tuple[str, ...]) -> Opened:
    url = target.shown
    dialled = dial(target, options)
    stream, timings = dialled.stream, dialled.timings
    try:
        if not inside and dialled.proxy is None and is_near(dialled.address[0]):
            raise ConnectError(
                f"a server outside redirected into this machine or its link ({dialled.address[0]})",
                url=url,
                hint="if that is meant, connect to this URL itself",
            )
        chain = trust = None
        if target.secure:
            started = time.monotonic()
            chain, trust = secure(stream, target, options)
            timings["tls"] = time.monotonic() - started
        with mapped(url):
            handshake, rest = upgrade(stream, target, options)
    except BaseException:
        stream.close()
        raise
    timings.update(handshake.timings)
    handshake = replace(handshake, address=dialled.address, proxy=dialled.proxy, timings=timings, redirects=passed)
    return Opened(stream, handshake, chain, trust, rest)


def is_near(address: str) -> bool:
    """Tell whether an address is this machine's own, or on its link: no server outside may send us there.

    Behind them stand services that trust who reaches them (a notebook server, a cloud's metadata at 169.254.169.254).

    Parameters
    ----------
    address : str
        Of a peer: IPv4, IPv6, or the path of a unix socket.

    Returns
    -------
    bool

    Examples
    --------
    >>> [is_near(address) for address in ("127.0.0.9", "::ffff:127.0.0.1", "fe80::1%eth0", "169.254.169.254")]
    [True, True, True, True]
    >>> [is_near(address) for address in ("/run/x.sock", "10.0.0.1", "93.184.215.14")]
    [True, False, False]
    """
    try:
        known = ipaddress.ip_address(address.partition("%")[0])
    except ValueError:
        return True  # a unix socket
    known = getattr(known, "ipv4_mapped", None) or known
    return known.is_loopback or known.is_link_local or known.is_unspecified


def secure(stream: Stream, target: Target, options: Options) -> tuple[CertificateChain, Trust]:
    """Do the TLS handshake and read the certificates.

    Parameters
    ----------
    stream : Stream
        Connected; closed by the caller when this raises.
    target : Target
        Whose name is checked, unless ``ssl_hostname`` is given.
    options : Options
        ``ssl_verify ca_file ca_path trust strict pin client_cert min_tls connect_timeout``.

    Returns
    -------
    (CertificateChain, Trust)
        The chain carries the verdict when one was enforced.

    Raises
    ------
    SSLVerifyError
        The certificate was refused; it carries code, reason, hint and chain.
    SSLConnectError
        The handshake failed otherwise.
    TimeoutError
        ``connect_timeout`` passed (TLS has one of its own).
    """
    url = target.shown
    trust = Trust.resolve(options.ca_file, options.ca_path, kind=options.trust)
    verify = options.ssl_verify and options.pin is None
    context = client_context(
        trust,
        verify=verify,
        strict=options.strict,
        min_tls=options.min_tls,
        client_cert=options.client_cert,
        client_key=options.client_key,
        client_key_password=options.client_key_password,
    )
    hostname = options.ssl_hostname or target.name

    def vouch(tls: ssl.SSLObject) -> None:
        if chain := peer_chain(tls):
            check_client_certificate(
                chain, hostname=hostname, trust=trust, strict=options.strict, pin=options.pin, url=url
            )

    escort = options.client_cert is not None and not verify and not options.client_cert_unverified
    try:
        sslobj = stream.start_tls(context, hostname, Deadline(options.connect_timeout), vouch if escort else None)
    except Error:
        raise  # the check of the client certificate refused; our errors are OSErrors too, and must not pass for a broken connection
    except ssl.SSLCertVerificationError as error:
        assert stream.tls is not None
        raise live_error(
            error, peer_chain(stream.tls), hostname=hostname, trust=trust, url=url, tls=TLSInfo.of(stream.tls)
        ) from error
    except builtins.TimeoutError as error:
        raise TimeoutError(
            "connect",
            options.connect_timeout or 0,
            f"no TLS handshake within {options.connect_timeout:g} s",
            url=url,
            hint=maybe_plain(url),
        ) from error
    except (ssl.SSLError, OSError) as error:
        raise tls_error(error, url) from error
    ders = peer_chain(sslobj)
    verdict = None  # asked after the fact, when somebody wants to know
    if options.pin is not None:
        verdict = check_pin(ders, options.pin, hostname=hostname, trust=trust, strict=options.strict, url=url)
    elif verify:
        verdict = ok_verdict(verified_chain(sslobj))
        if options.min_tls in ("1.0", "1.1"):
            # Those versions need OpenSSL's security level 0, at which weak keys pass too: ask again at the usual level.
            asked = verify_chain(ders, hostname=hostname, trust=trust, strict=options.strict, url=url)
            if not asked.ok:
                asked = replace(asked, verified=True)
                raise SSLVerifyError.of(
                    asked, CertificateChain(ders, hostname=hostname, verdict=asked, tls=TLSInfo.of(sslobj)), url=url
                )
    return CertificateChain(ders, hostname=hostname, verdict=verdict, tls=TLSInfo.of(sslobj)), trust


def maybe_plain(url: str) -> str:
    """Suggest plain text when a server hung up on a TLS handshake, or waits for more: many plain ones do just that.

    Parameters
    ----------
    url : str
        What was opened, redacted.

    Returns
    -------
    str
        A hint.
    """
    return f"if what answers there does not speak TLS, write ws://{url.partition('://')[2]}"


def tls_error(error: OSError, url: str) -> SSLConnectError:
    """Word a failed TLS handshake.

    Parameters
    ----------
    error : OSError
        What OpenSSL or the socket raised.
    url : str
        Redacted.

    Returns
    -------
    SSLConnectError
    """
    reason = getattr(error, "reason", None) or type(error).__name__
    text = (error.strerror or str(error)).partition(" (_ssl.c")[0]
    hint = None
    if reason in ("WRONG_VERSION_NUMBER", "HTTP_REQUEST", "PACKET_LENGTH_TOO_LONG", "RECORD_LAYER_FAILURE"):
        hint = "what answers there does not speak TLS: try ws:// instead of wss://"
    elif isinstance(error, (ssl.SSLEOFError, ConnectionError)):
        text = "the server closed the connection during the TLS handshake"
        hint = maybe_plain(url)
    elif "CERTIFICATE_REQUIRED" in reason or "BAD_CERTIFICATE" in reason:
        hint = "the server wants a client certificate: pass client_cert= and client_key="
    elif "HANDSHAKE_FAILURE" in reason:
        hint = "server and client share no cipher, or the server wants a client certificate: pass client_cert= and client_key="
    elif "PROTOCOL_VERSION" in reason or reason == "UNSUPPORTED_PROTOCOL":
        hint = "server and client share no TLS version: lower min_tls if the server is old"
    return SSLConnectError(f"the TLS handshake failed: {text}", url=url, hint=hint, reason=reason)


@contextmanager
def mapped(url: str) -> Iterator[None]:
    """Turn what sockets and OpenSSL raise into our errors.

    Parameters
    ----------
    url : str
        Redacted.

    Yields
    ------
    None
    """
    try:
        yield
    except Error:
        raise
    except ssl.SSLError as error:
        reason = getattr(error, "reason", None)  # only errors that OpenSSL made have one
        if "ALERT" in (reason or ""):
            raise tls_error(error, url) from error
        raise SSLConnectError(
            f"TLS broke during the opening handshake: {reason or error}", url=url, reason=reason
        ) from error
    except OSError as error:
        broke = f"the connection broke during the opening handshake: {error.strerror or error}"
        raise ConnectError(broke, url=url, hint=maybe_tls(url)) from error
