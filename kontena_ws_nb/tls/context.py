"""Whom we trust, and the ``ssl.SSLContext`` made from it.

The rule that picks the trust store, the checks that make a wrong store an error with its name in it, and a cache of
contexts (loading certifi's bundle costs tens of milliseconds). Any thread; the cache has a lock, and an ``SSLContext``
that nobody changes any more is safe to share.
"""

from __future__ import annotations

import os
import re
import ssl
import warnings
from collections import OrderedDict
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from typing import Any, Literal

from ..system import forks
from ..system.paths import local_path, local_paths
from .client_certificate import load_client_certificate
from .errors import SSLConnectError

#: ``<hash>.<n>``: how OpenSSL finds a certificate in a directory (X509_LOOKUP_hash_dir(3)).
_HASHED = re.compile(r"[0-9a-f]{8}\.\d+\Z")

#: Contexts kept. A notebook talks to a handful of servers; each context with certifi's store holds about 1 MB.
_CACHE_SIZE = 16

_VERSIONS = {
    "1.0": ssl.TLSVersion.TLSv1,
    "1.1": ssl.TLSVersion.TLSv1_1,
    "1.2": ssl.TLSVersion.TLSv1_2,
    "1.3": ssl.TLSVersion.TLSv1_3,
}


@dataclass(frozen=True)
class Trust:
    """Whom we trust: which CA certificates, and which setting chose them.

    Make one with `Trust.resolve`.

    Attributes
    ----------
    kind : {"certifi", "system", "custom"}
        certifi's bundle, the operating system's store, or what the user named.
    ca_file, ca_path : str or None
        PEM file; hashed directory (several, separated as in ``PATH``).
    source : str
        The setting that chose it, for error messages: ``"ca_file"``, ``"SSL_CERT_FILE"``, ``"trust"`` …
    """

    kind: Literal["certifi", "system", "custom"]
    ca_file: str | None = None
    ca_path: str | None = None
    source: str = "trust"

    @classmethod
    def resolve(
        cls,
        ca_file: str | os.PathLike[str] | None = None,
        ca_path: str | os.PathLike[str] | None = None,
        kind: Literal["certifi", "system"] = "certifi",
        environ: Mapping[str, str] | None = None,
    ) -> Trust:
        """Pick the trust store.

        What is given wins; else ``SSL_CERT_FILE``, ``SSL_CERT_PATH`` and OpenSSL's ``SSL_CERT_DIR`` *replace* the
        default (they do not add to it); else `kind`.

        Parameters
        ----------
        ca_file, ca_path : path, optional
            A PEM file and a hashed directory. Giving one of them ignores the environment. ``~`` is the home folder, also
            in the environment's.
        kind : {"certifi", "system"}, default "certifi"
            The default store.
        environ : mapping, optional
            The environment; ``os.environ`` when left out.

        Returns
        -------
        Trust

        Raises
        ------
        SSLConnectError
            A file or directory that is missing, of the wrong kind, or (a directory) without hashed certificates.
        """
        environ = os.environ if environ is None else environ
        if ca_file or ca_path:
            file, path = ca_file or None, ca_path or None
            names = ("ca_file", "ca_path")
        else:
            directory = "SSL_CERT_PATH" if environ.get("SSL_CERT_PATH") else "SSL_CERT_DIR"
            names = ("SSL_CERT_FILE", directory)
            file, path = environ.get("SSL_CERT_FILE") or None, environ.get(directory) or None
            if not (file or path):
                return cls("system") if kind == "system" else cls("certifi", _certifi())
        trust = cls("custom", file and local_path(file), path and local_paths(path), names[0] if file else names[1])
        if trust.ca_file:
            _check_file(trust.ca_file, names[0])
        if trust.ca_path:
            _check_directories(trust.ca_path, names[1])
        return trust

    def describe(self) -> str:
        """Name the store in a few words, for hints and the card.

        Returns
        -------
        str
            Such as ``"certifi's CA bundle"`` or ``"only /lab/ca.pem (SSL_CERT_FILE)"``.
        """
        if self.kind == "certifi":
            return "certifi's CA bundle"
        if self.kind == "system":
            return "the system's CA store"
        where = " and ".join(path for path in (self.ca_file, self.ca_path) if path)
        return f"only {where} ({self.source})"

    def files(self) -> tuple[str, ...]:
        """List the files and directories whose change makes a cached context stale.

        Returns
        -------
        tuple of str
        """
        return (*((self.ca_file,) if self.ca_file else ()), *(_directories(self.ca_path) if self.ca_path else ()))


def client_context(
    trust: Trust,
    *,
    verify: bool = True,
    strict: bool = False,
    min_tls: Literal["1.0", "1.1", "1.2", "1.3"] = "1.2",
    client_cert: str | None = None,
    client_key: str | None = None,
    client_key_password: str | None = None,
) -> ssl.SSLContext:
    """Make the context of a client handshake, or return the one made before from the same arguments and unchanged files.

    Parameters
    ----------
    trust : Trust
        Whom to trust; not even read when `verify` is False.
    verify : bool, default True
        Let OpenSSL refuse bad certificates and wrong names. With False, ask `verdict.verify_chain` afterwards, and
        `unverified.check_client_certificate` before anything leaves when there is a client certificate.
    strict : bool, default False
        Also apply ``X509_STRICT`` (RFC 5280 details).
    min_tls : {"1.0", "1.1", "1.2", "1.3"}, default "1.2"
        Oldest version to accept. Below 1.2 OpenSSL's security level drops to 0, because OpenSSL 3 speaks those versions
        at no other level; weak keys then pass the handshake too, so ask `verdict.verify_chain` as well.
    client_cert, client_key : path, optional
        PEM, or PKCS#12 (told apart by content) for `client_cert`.
    client_key_password : str, optional
        Passphrase of the key. OpenSSL never prompts for it: a prompt would hang a kernel.

    Returns
    -------
    ssl.SSLContext
        Shared: do not change it.

    Raises
    ------
    SSLConnectError
        A store without certificates, or a client certificate that cannot be used; the text names the file.
    """
    key = ("client", trust, verify, strict, min_tls, client_cert, client_key, client_key_password)
    files = [*trust.files(), *(path for path in (client_cert, client_key) if path)]

    def build() -> ssl.SSLContext:
        context = _base(trust, verify=verify, strict=strict)
        context.set_alpn_protocols(["http/1.1"])  # RFC 6455 runs over HTTP/1.1; without it some servers pick h2
        _set_minimum(context, min_tls)
        if client_cert:
            load_client_certificate(context, client_cert, client_key, client_key_password)
        return context

    return _cache.get(key, files, build)


def oracle_context(trust: Trust, *, strict: bool, check_hostname: bool) -> ssl.SSLContext:
    """Make the verifying context `verdict.verify_chain` asks: TLS 1.2, because there the Certificate message travels in the clear.

    Parameters
    ----------
    trust : Trust
        Whom to trust.
    strict : bool
        Also apply ``X509_STRICT``.
    check_hostname : bool
        False when no host name is known.

    Returns
    -------
    ssl.SSLContext
        Shared: do not change it.

    Raises
    ------
    SSLConnectError
        A store without certificates.
    """

    def build() -> ssl.SSLContext:
        context = _base(trust, verify=True, strict=strict)
        context.check_hostname = check_hostname
        context.minimum_version = context.maximum_version = ssl.TLSVersion.TLSv1_2
        return context

    return _cache.get(("oracle", trust, strict, check_hostname), trust.files(), build)


def _base(trust: Trust, *, verify: bool, strict: bool) -> ssl.SSLContext:
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_CLIENT)
    context.hostname_checks_common_name = False  # RFC 9525 section 2: names come from subjectAltName only
    if not verify:
        context.check_hostname = False
        context.verify_mode = ssl.CERT_NONE
        return context
    # What the user put into the store is an anchor, also when it is an intermediate or a leaf (curl does the same).
    context.verify_flags |= ssl.VERIFY_X509_PARTIAL_CHAIN
    if strict:
        context.verify_flags |= ssl.VERIFY_X509_STRICT
    else:
        context.verify_flags &= ~ssl.VERIFY_X509_STRICT
    _load_trust(context, trust)
    return context


def _load_trust(context: ssl.SSLContext, trust: Trust) -> None:
    if trust.kind == "system":
        context.load_default_certs(ssl.Purpose.SERVER_AUTH)
        paths = ssl.get_default_verify_paths()
        # Directories are read on demand, so an empty count says nothing about them.
        if not context.cert_store_stats()["x509"] and not (paths.capath and _hashed(paths.capath)):
            raise SSLConnectError(
                f"the system's certificate store is empty ({paths.openssl_cafile}, {paths.openssl_capath})",
                hint="install the ca-certificates package, or leave out trust='system' to use certifi's",
            )
        return
    try:
        context.load_verify_locations(cafile=trust.ca_file, capath=trust.ca_path)
    except ssl.SSLError as exc:
        raise _no_certificates(trust, exc.reason or str(exc)) from exc
    except OSError as exc:
        raise SSLConnectError(
            f"certificate store {trust.ca_file} ({trust.source}) cannot be read: {exc.strerror}",
            hint="check its permissions",
        ) from exc
    if trust.ca_file and not context.cert_store_stats()["x509"]:
        raise _no_certificates(trust, "no certificate in it")


def _no_certificates(trust: Trust, why: str) -> SSLConnectError:
    return SSLConnectError(
        f"certificate store {trust.ca_file} ({trust.source}) holds no certificate that can be read ({why})",
        hint="it must hold PEM certificates (-----BEGIN CERTIFICATE-----)",
    )


def _set_minimum(context: ssl.SSLContext, version: str) -> None:
    if version in ("1.0", "1.1"):
        context.set_ciphers("DEFAULT:@SECLEVEL=0")
    with warnings.catch_warnings():
        # The versions are deprecated and so is asking for them; a debugger has to speak to old servers when told to.
        warnings.simplefilter("ignore", DeprecationWarning)
        context.minimum_version = _VERSIONS[version]


class _Cache:
    """Contexts by what they were made from; the least recently used goes first."""

    def __init__(self) -> None:
        self._lock = forks.lock()
        self._contexts: OrderedDict[tuple[Any, ...], tuple[tuple[Any, ...], ssl.SSLContext]] = OrderedDict()

    def get(self, key: tuple[Any, ...], files: Iterable[str], build: Any) -> ssl.SSLContext:
        stamps = tuple(_stamp(path) for path in files)
        # One lock around building too: ten sessions opened at once must not load the bundle ten times.
        with self._lock:
            known = self._contexts.get(key)
            if known is None or known[0] != stamps:
                known = stamps, build()
                self._contexts[key] = known
                while len(self._contexts) > _CACHE_SIZE:
                    self._contexts.popitem(last=False)
            self._contexts.move_to_end(key)
            return known[1]


_cache = _Cache()


def _stamp(path: str) -> tuple[int, int, int] | None:
    try:
        stat = os.stat(path)
    except OSError:
        return None
    return stat.st_mtime_ns, stat.st_size, stat.st_ino


def _certifi() -> str:
    import certifi

    return certifi.where()


def _check_file(path: str, setting: str) -> None:
    if not os.path.exists(path):
        raise SSLConnectError(
            f"certificate store {path} ({setting}) does not exist", hint="correct the path or leave the setting out"
        )
    if os.path.isdir(path):
        other = "ca_path" if setting == "ca_file" else "SSL_CERT_PATH"
        raise SSLConnectError(
            f"certificate store {path} ({setting}) is a directory", hint=f"name a PEM file, or use {other}"
        )
    if not os.path.getsize(path):
        raise SSLConnectError(f"certificate store {path} ({setting}) is empty", hint="it must hold PEM certificates")


def _check_directories(paths: str, setting: str) -> None:
    # A list is how distributions write SSL_CERT_DIR, with folders only some of them have: one usable folder is enough.
    directories = _directories(paths)
    if any(_hashed(path) for path in directories):
        return
    existing = [path for path in directories if os.path.isdir(path)]
    if not existing:
        what = "is a file" if os.path.isfile(paths) else "does not exist"
        raise SSLConnectError(
            f"certificate store {paths} ({setting}) {what}", hint="name a directory of hashed PEM certificates"
        )
    path = existing[0]
    if not os.listdir(path):
        raise SSLConnectError(
            f"certificate store {path} ({setting}) is empty",
            hint=f"put PEM certificates in and run: openssl rehash {path}",
        )
    raise SSLConnectError(
        f"certificate store {path} ({setting}) has no hashed names, so OpenSSL finds nothing in it",
        hint=f"run: openssl rehash {path}",
    )


def _directories(paths: str) -> tuple[str, ...]:
    return tuple(path for path in paths.split(os.pathsep) if path)


def _hashed(path: str) -> bool:
    try:
        return any(_HASHED.match(name) for name in os.listdir(path))
    except OSError:
        return False
