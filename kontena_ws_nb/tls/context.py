"""`Trust`, which chooses the trust store, and the ``ssl.SSLContext`` objects for it.

Contexts are cached, because loading certifi's bundle takes tens of milliseconds. Any thread: the cache has a lock, and
an ``SSLContext`` can be shared if it is not changed.
"""

from __future__ import annotations

import os
import re
import ssl
import sys
import warnings
from collections import OrderedDict
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from typing import Any, Literal

from ..system import forks
from ..system.paths import local_path, local_paths
from .client_certificate import load_client_certificate
from .errors import SSLConnectError

#: ``<hash>.<n>``: the file names that OpenSSL looks for in a directory (X509_LOOKUP_hash_dir(3)).
_HASHED = re.compile(r"[0-9a-f]{8}\.\d+\Z")

#: How many contexts are cached; one with certifi's store takes about 1 MB.
_CACHE_SIZE = 16

_VERSIONS = {
    "1.0": ssl.TLSVersion.TLSv1,
    "1.1": ssl.TLSVersion.TLSv1_1,
    "1.2": ssl.TLSVersion.TLSv1_2,
    "1.3": ssl.TLSVersion.TLSv1_3,
}


@dataclass(frozen=True)
class Trust:
    """A trust store: the CA certificates that are trusted, and the setting that chose them.

    `Trust.resolve` makes one.

    Attributes
    ----------
    kind : {"certifi", "system", "custom"}
        certifi's bundle, the operating system's store, or files of the user.
    ca_file, ca_path : str or None
        PEM file; hashed directory (or several, separated as in ``PATH``).
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
        """Choose the trust store.

        ``ca_file`` and ``ca_path`` override the environment. Without them, ``SSL_CERT_FILE``, ``SSL_CERT_PATH`` and
        OpenSSL's ``SSL_CERT_DIR`` *replace* the default store (they are not added to it). Otherwise ``kind`` is used.

        Parameters
        ----------
        ca_file, ca_path : path, optional
            A PEM file and a hashed directory. If either is passed, the environment is ignored. ``~`` is the home
            directory, also in environment variables.
        kind : {"certifi", "system"}, default "certifi"
            The default store.
        environ : mapping, optional
            The environment; ``os.environ`` by default.

        Returns
        -------
        Trust

        Raises
        ------
        SSLConnectError
            A file or directory is missing or of the wrong type, or a directory has no hashed certificates.
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
        """Describe the store briefly, for hints and the certificate card.

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
        """List the files and directories that a context depends on, to invalidate the cache when they change.

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
    """Make the context for a client handshake, or return a cached one for the same arguments and unchanged files.

    Parameters
    ----------
    trust : Trust
        The trust store; not read if ``verify`` is False.
    verify : bool, default True
        Whether OpenSSL refuses bad certificates and wrong names. If False, call `verify.verify_chain` after the
        handshake; and with a client certificate, `unverified.check_client_certificate` during it.
    strict : bool, default False
        Also apply ``X509_STRICT`` (RFC 5280 details).
    min_tls : {"1.0", "1.1", "1.2", "1.3"}, default "1.2"
        The oldest version to accept. Below 1.2, OpenSSL's security level is set to 0, because OpenSSL 3 allows those
        versions only there. It allows weak keys too, so call `verify.verify_chain` in addition.
    client_cert, client_key : path, optional
        PEM files; ``client_cert`` may be PKCS#12, which is recognised by content.
    client_key_password : str, optional
        Passphrase of the key. OpenSSL never prompts for it, because a prompt would hang a kernel.

    Returns
    -------
    ssl.SSLContext
        Shared: do not change it.

    Raises
    ------
    SSLConnectError
        The store has no certificates, the client certificate cannot be used, or the file of the environment's
        ``SSLKEYLOGFILE`` cannot be written; the text names the file.
    """
    # As Python's own ssl.create_default_context: for Wireshark, and only where the environment asks for it.
    keylog = "" if sys.flags.ignore_environment else os.environ.get("SSLKEYLOGFILE", "")
    key = ("client", trust, verify, strict, min_tls, client_cert, client_key, client_key_password, keylog)
    files = [*trust.files(), *(path for path in (client_cert, client_key) if path)]

    def build() -> ssl.SSLContext:
        context = _base(trust, verify=verify, strict=strict)
        context.set_alpn_protocols(["http/1.1"])  # RFC 6455 needs HTTP/1.1; without ALPN some servers choose h2
        _set_minimum(context, min_tls)
        if client_cert:
            load_client_certificate(context, client_cert, client_key, client_key_password)
        if keylog:
            try:
                context.keylog_filename = keylog
            except OSError as error:
                raise SSLConnectError(
                    f"SSLKEYLOGFILE: the keys of TLS connections cannot be written to {keylog} ({error.strerror})",
                    hint="name another file in the environment, or remove SSLKEYLOGFILE from it",
                ) from error
        return context

    return _cache.get(key, files, build)


def oracle_context(trust: Trust, *, strict: bool, check_hostname: bool) -> ssl.SSLContext:
    """Make the context for `verify.verify_chain`. It uses TLS 1.2, in which the Certificate message is not encrypted.

    Parameters
    ----------
    trust : Trust
        The trust store.
    strict : bool
        Also apply ``X509_STRICT``.
    check_hostname : bool
        False if there is no host name to check.

    Returns
    -------
    ssl.SSLContext
        Shared: do not change it.

    Raises
    ------
    SSLConnectError
        The store has no certificates.
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
    # Every certificate in the store is a trust anchor, even an intermediate or a leaf, as in curl.
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
        # Directories are read on demand and not counted.
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
        f"certificate store {trust.ca_file} ({trust.source}) has no readable certificate ({why})",
        hint="it must contain PEM certificates (-----BEGIN CERTIFICATE-----)",
    )


def _set_minimum(context: ssl.SSLContext, version: str) -> None:
    if version in ("1.0", "1.1"):
        context.set_ciphers("DEFAULT:@SECLEVEL=0")
    with warnings.catch_warnings():
        # Setting these versions is deprecated, but a debugger has to be able to talk to old servers.
        warnings.simplefilter("ignore", DeprecationWarning)
        context.minimum_version = _VERSIONS[version]


class _Cache:
    """An LRU cache of contexts, by the arguments and files they were made from."""

    def __init__(self) -> None:
        self._lock = forks.lock()
        self._contexts: OrderedDict[tuple[Any, ...], tuple[tuple[Any, ...], ssl.SSLContext]] = OrderedDict()

    def get(self, key: tuple[Any, ...], files: Iterable[str], build: Any) -> ssl.SSLContext:
        stamps = tuple(_stamp(path) for path in files)
        # The lock is held while building, so that ten sessions opened at once do not load the bundle ten times.
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
            f"certificate store {path} ({setting}) does not exist", hint="correct the path or remove the setting"
        )
    if os.path.isdir(path):
        other = "ca_path" if setting == "ca_file" else "SSL_CERT_PATH"
        raise SSLConnectError(
            f"certificate store {path} ({setting}) is a directory", hint=f"pass a PEM file, or use {other}"
        )
    if not os.path.getsize(path):
        raise SSLConnectError(f"certificate store {path} ({setting}) is empty", hint="it must contain PEM certificates")


def _check_directories(paths: str, setting: str) -> None:
    # SSL_CERT_DIR is often a list with directories that do not exist on every system, so one usable one is enough.
    directories = _directories(paths)
    if any(_hashed(path) for path in directories):
        return
    existing = [path for path in directories if os.path.isdir(path)]
    if not existing:
        what = "is a file" if os.path.isfile(paths) else "does not exist"
        raise SSLConnectError(
            f"certificate store {paths} ({setting}) {what}", hint="pass a directory of hashed PEM certificates"
        )
    path = existing[0]
    if not os.listdir(path):
        raise SSLConnectError(
            f"certificate store {path} ({setting}) is empty",
            hint=f"put PEM certificates into it and run: openssl rehash {path}",
        )
    raise SSLConnectError(
        f"certificate store {path} ({setting}) has no hashed file names, so OpenSSL finds nothing in it",
        hint=f"run: openssl rehash {path}",
    )


def _directories(paths: str) -> tuple[str, ...]:
    return tuple(path for path in paths.split(os.pathsep) if path)


def _hashed(path: str) -> bool:
    try:
        return any(_HASHED.match(name) for name in os.listdir(path))
    except OSError:
        return False
