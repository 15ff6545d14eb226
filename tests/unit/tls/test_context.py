"""Trust stores and contexts: precedence, errors, caching."""

from __future__ import annotations

import os
import ssl
import subprocess
from pathlib import Path

import certifi
import pytest

from kontena_ws_nb.tls import context as module
from kontena_ws_nb.tls.context import Trust, client_context, oracle_context
from kontena_ws_nb.tls.errors import SSLConnectError
from kontena_ws_nb.tls.verify import verify_chain
from tests.lab.certificates import GOOD, lab
from tests.lab.tls_server import TLSServer, handshake


@pytest.fixture
def hashed(tmp_path: Path) -> Path:
    """A directory OpenSSL can look certificates up in, with the lab's root."""
    folder = tmp_path / "hashed"
    folder.mkdir()
    name = subprocess.run(
        ["openssl", "x509", "-hash", "-noout", "-in", lab().ca_file], check=True, capture_output=True, text=True
    ).stdout
    (folder / f"{name.strip()}.0").write_bytes(Path(lab().ca_file).read_bytes())
    return folder


def trusts_good(trust: Trust) -> bool:
    return verify_chain(lab().chains["good"], hostname=GOOD, trust=trust).ok


# -- which store


def test_certifi_is_the_default() -> None:
    trust = Trust.resolve(environ={})
    assert trust == Trust("certifi", certifi.where())
    assert trust.describe() == "certifi's CA bundle"
    assert not trusts_good(trust)


def test_the_environment_is_the_process_environment_unless_given(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("SSL_CERT_FILE", lab().ca_file)
    assert Trust.resolve().ca_file == lab().ca_file


@pytest.mark.parametrize("kind", ["certifi", "system"])
def test_the_environment_replaces_the_default(kind: str, hashed: Path) -> None:
    by_file = Trust.resolve(kind=kind, environ={"SSL_CERT_FILE": lab().ca_file})  # type: ignore[arg-type]
    assert by_file.describe() == f"only {lab().ca_file} (SSL_CERT_FILE)"
    assert trusts_good(by_file)
    for name in ("SSL_CERT_PATH", "SSL_CERT_DIR"):
        by_path = Trust.resolve(kind=kind, environ={name: str(hashed)})  # type: ignore[arg-type]
        assert by_path.describe() == f"only {hashed} ({name})"
        assert trusts_good(by_path)
        assert (
            oracle_context(by_path, strict=False, check_hostname=True).cert_store_stats()["x509"] <= 1
        )  # nothing of certifi


def test_what_is_given_wins_over_the_environment(hashed: Path) -> None:
    environ = {"SSL_CERT_FILE": lab().path("untrusted.pem"), "SSL_CERT_DIR": "/nowhere"}
    trust = Trust.resolve(Path(lab().ca_file), environ=environ)
    assert (trust.kind, trust.ca_file, trust.ca_path) == ("custom", lab().ca_file, None)
    assert trusts_good(trust)
    trust = Trust.resolve(ca_path=hashed, environ=environ)
    assert trust.describe() == f"only {hashed} (ca_path)"
    assert trusts_good(trust)
    both = Trust.resolve(lab().path("untrusted.pem"), hashed, environ={})
    assert both.describe() == f"only {lab().path('untrusted.pem')} and {hashed} (ca_file)"
    assert trusts_good(both)


def test_empty_settings_count_as_absent() -> None:
    assert Trust.resolve("", "", environ={"SSL_CERT_FILE": "", "SSL_CERT_DIR": ""}).kind == "certifi"


def test_a_list_of_directories_needs_one_that_is_usable(hashed: Path) -> None:
    trust = Trust.resolve(environ={"SSL_CERT_DIR": os.pathsep.join(["/nowhere", str(hashed)])})
    assert trusts_good(trust)


def test_the_system_store() -> None:
    trust = Trust.resolve(kind="system", environ={})
    assert trust == Trust("system")
    assert trust.describe() == "the system's CA store"
    assert trust.files() == ()


def test_the_system_store_is_loaded_or_found_empty(
    monkeypatch: pytest.MonkeyPatch, tmp_path: Path, hashed: Path
) -> None:
    def paths(capath: str | None) -> object:
        return lambda: ssl.DefaultVerifyPaths(None, capath, "SSL_CERT_FILE", "/none.pem", "SSL_CERT_DIR", "/none")

    monkeypatch.setattr(ssl.SSLContext, "load_default_certs", lambda *_: None)
    for capath in (None, str(tmp_path)):
        monkeypatch.setattr(ssl, "get_default_verify_paths", paths(capath))
        with pytest.raises(SSLConnectError) as refused:
            oracle_context(Trust("system", source=f"test {capath}"), strict=False, check_hostname=True)
        assert str(refused.value) == (
            "the system's certificate store is empty (/none.pem, /none); "
            "install the ca-certificates package, or leave out trust='system' to use certifi's"
        )
    monkeypatch.setattr(ssl, "get_default_verify_paths", paths(str(hashed)))
    assert oracle_context(Trust("system", source="test hashed"), strict=False, check_hostname=True)


# -- stores that cannot be


def refusal(**settings: object) -> str:
    with pytest.raises(SSLConnectError) as refused:
        client_context(Trust.resolve(**settings))  # type: ignore[arg-type]
    return str(refused.value)


def test_a_missing_store_is_named(tmp_path: Path) -> None:
    assert refusal(ca_file="/no/ca.pem", environ={}) == (
        "certificate store /no/ca.pem (ca_file) does not exist; correct the path or remove the setting"
    )
    assert refusal(environ={"SSL_CERT_FILE": "/no/ca.pem"}).startswith(
        "certificate store /no/ca.pem (SSL_CERT_FILE) does not exist"
    )
    assert refusal(environ={"SSL_CERT_DIR": "/no"}) == (
        "certificate store /no (SSL_CERT_DIR) does not exist; pass a directory of hashed PEM certificates"
    )
    assert refusal(ca_path=lab().ca_file, environ={}).startswith(
        f"certificate store {lab().ca_file} (ca_path) is a file"
    )
    assert (
        refusal(ca_file=tmp_path, environ={})
        == f"certificate store {tmp_path} (ca_file) is a directory; pass a PEM file, or use ca_path"
    )
    assert refusal(environ={"SSL_CERT_FILE": str(tmp_path)}).endswith("or use SSL_CERT_PATH")


def test_an_empty_store_is_named(tmp_path: Path) -> None:
    empty = tmp_path / "empty.pem"
    empty.touch()
    assert (
        refusal(ca_file=empty, environ={})
        == f"certificate store {empty} (ca_file) is empty; it must contain PEM certificates"
    )
    empty.write_text("# nothing here\n")
    assert refusal(ca_file=empty, environ={}) == (
        f"certificate store {empty} (ca_file) has no readable certificate (NO_CERTIFICATE_OR_CRL_FOUND); "
        "it must contain PEM certificates (-----BEGIN CERTIFICATE-----)"
    )
    folder = tmp_path / "empty"
    folder.mkdir()
    assert refusal(ca_path=folder, environ={}) == (
        f"certificate store {folder} (ca_path) is empty; put PEM certificates into it and run: openssl rehash {folder}"
    )


def test_an_unhashed_directory_says_rehash(tmp_path: Path) -> None:
    (tmp_path / "ca.pem").write_bytes(Path(lab().ca_file).read_bytes())
    assert refusal(ca_path=tmp_path, environ={}) == (
        f"certificate store {tmp_path} (ca_path) has no hashed file names, so OpenSSL finds nothing in it; run: openssl rehash {tmp_path}"
    )


def test_a_store_of_revocation_lists_is_empty(tmp_path: Path) -> None:
    from cryptography import x509
    from cryptography.hazmat.primitives import hashes, serialization

    from tests.lab.certificates import days

    root = lab().nodes["root"]
    crl = (
        x509.CertificateRevocationListBuilder()
        .issuer_name(root.cert.subject)
        .last_update(days(-1))
        .next_update(days(9))
    )
    path = tmp_path / "crl.pem"
    path.write_bytes(crl.sign(root.key, hashes.SHA256()).public_bytes(serialization.Encoding.PEM))
    assert "has no readable certificate (no certificate in it)" in refusal(ca_file=path, environ={})


def test_a_store_that_vanishes_or_cannot_be_read_is_named(tmp_path: Path) -> None:
    trust = Trust("custom", str(tmp_path / "gone.pem"), None, "ca_file")
    with pytest.raises(SSLConnectError, match=r"gone\.pem \(ca_file\) cannot be read: No such file"):
        client_context(trust)
    after = verify_chain(lab().chains["good"], hostname=GOOD, trust=trust)
    assert (after.ok, after.code) == (False, 1)
    assert after.reason.startswith("could not be verified: certificate store")


def test_without_verification_the_store_is_not_read() -> None:
    assert client_context(Trust("custom", "/no/ca.pem"), verify=False).verify_mode == ssl.CERT_NONE


# -- contexts


@pytest.fixture(scope="module")
def trust() -> Trust:
    return Trust.resolve(ca_file=lab().ca_file, environ={})


def test_the_context_is_what_the_design_says(trust: Trust) -> None:
    context = client_context(trust)
    assert context.verify_mode == ssl.CERT_REQUIRED
    assert context.check_hostname
    assert not context.hostname_checks_common_name
    assert context.minimum_version == ssl.TLSVersion.TLSv1_2
    assert not context.verify_flags & ssl.VERIFY_X509_STRICT
    assert client_context(trust, strict=True).verify_flags & ssl.VERIFY_X509_STRICT
    assert client_context(trust, min_tls="1.3").minimum_version == ssl.TLSVersion.TLSv1_3


def test_http_is_asked_for(trust: Trust) -> None:
    with (
        TLSServer(alpn=["h2", "http/1.1"]) as server,
        handshake(server.port, client_context(trust), GOOD) as (sslobj, error),
    ):
        assert error is None
        assert sslobj.selected_alpn_protocol() == "http/1.1"


def test_old_servers_are_refused_unless_allowed(trust: Trust) -> None:
    with TLSServer("rsa2048", tls="1.0") as server:
        with handshake(server.port, client_context(trust), GOOD) as (_, error):
            assert isinstance(error, ssl.SSLError)
        for version in ("1.0", "1.1"):
            with handshake(server.port, client_context(trust, min_tls=version), GOOD) as (sslobj, error):  # type: ignore[arg-type]
                assert (error is None) == (version == "1.0")
                assert version == "1.1" or sslobj.version() == "TLSv1"


def test_keys_are_written_where_the_environment_says(
    trust: Trust, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.delenv("SSLKEYLOGFILE", raising=False)
    silent = client_context(trust)
    assert silent.keylog_filename is None
    keys = tmp_path / "keys.log"
    monkeypatch.setenv("SSLKEYLOGFILE", str(keys))
    context = client_context(trust)
    assert context is not silent
    with TLSServer() as server, handshake(server.port, context, GOOD) as (_, error):
        assert error is None
    assert "CLIENT_" in keys.read_text()
    monkeypatch.setenv("SSLKEYLOGFILE", str(tmp_path / "none" / "keys.log"))
    with pytest.raises(SSLConnectError, match=r"SSLKEYLOGFILE: .*keys\.log \(No such file or directory\)"):
        client_context(trust)
    monkeypatch.setenv("SSLKEYLOGFILE", "")
    assert client_context(trust) is silent


def test_contexts_are_cached_until_a_file_changes(tmp_path: Path) -> None:
    store = tmp_path / "ca.pem"
    store.write_bytes(Path(lab().path("untrusted.pem")).read_bytes())
    trust = Trust.resolve(store, environ={})
    first = client_context(trust)
    assert client_context(Trust.resolve(store, environ={})) is first
    assert client_context(trust, strict=True) is not first
    assert not trusts_good(trust)
    store.write_bytes(Path(lab().ca_file).read_bytes() + b"\n")
    assert client_context(trust) is not first
    assert trusts_good(trust)


def test_the_cache_is_bounded_and_forgets_the_oldest() -> None:
    cache = module._Cache()
    made = [cache.get((n,), (), object) for n in range(module._CACHE_SIZE)]  # type: ignore[arg-type]
    assert cache.get((0,), (), object) is made[0]
    cache.get(("new",), (), object)
    assert cache.get((0,), (), object) is made[0]
    assert cache.get((1,), (), object) is not made[1]
