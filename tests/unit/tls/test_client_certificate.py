"""Client certificates: every form that works, and the errors of those that do not."""

from __future__ import annotations

import ssl
from pathlib import Path

import pytest

from kontena_ws_nb.tls.context import Trust, client_context
from kontena_ws_nb.tls.errors import SSLConnectError
from tests.lab.certificates import GOOD, PASSWORD, lab
from tests.lab.tls_server import TLSServer, handshake
from tests.lab.waiting import wait_for


@pytest.fixture(scope="module")
def trust() -> Trust:
    return Trust.resolve(ca_file=lab().ca_file, environ={})


GOOD_FORMS = [
    ("client_both.pem", None, None),
    ("client.pem", "client.key", None),
    ("client.pem", "client_encrypted.key", PASSWORD),
    ("client.p12", None, PASSWORD),
    ("client_open.p12", None, None),
]


@pytest.mark.parametrize(("cert", "key", "password"), GOOD_FORMS)
def test_the_server_receives_it(cert: str, key: str | None, password: str | None, trust: Trust) -> None:
    context = client_context(
        trust, client_cert=lab().path(cert), client_key=lab().path(key) if key else None, client_key_password=password
    )
    with TLSServer(client_ca=True) as server, handshake(server.port, context, GOOD) as (_, error):
        assert error is None
        assert wait_for(lambda: server.seen("client_cert")) == [lab().nodes["client"].der]


BAD_FORMS = [
    ("client.pem", None, None, "client certificate {cert} has no private key; pass the key's file with client_key="),
    ("client.pem", "client_encrypted.key", None, "client key {key} is encrypted; pass client_key_password="),
    ("client.pem", "client_encrypted.key", "wrong", "client key {key} cannot be decrypted; check client_key_password="),
    (
        "client.pem",
        "client_encrypted.key",
        "x" * 2000,
        "client key {key} cannot be decrypted; check client_key_password=",
    ),
    ("client.pem", "other_client.key", None, "client key {key} does not belong to the certificate {cert}"),
    (
        "nothing.pem",
        None,
        None,
        "client certificate {cert} cannot be read: No such file or directory; correct the path or its permissions",
    ),
    (
        "client.pem",
        "nothing.key",
        None,
        "client key {key} cannot be read: No such file or directory; correct the path or its permissions",
    ),
    (
        "client.p12",
        None,
        "wrong",
        "client certificate {cert} cannot be loaded (Invalid password or PKCS12 data); check client_key_password=",
    ),
    ("client_keyless.p12", None, None, "client certificate {cert} has no private key; export it again with both"),
    ("client_certless.p12", None, None, "client certificate {cert} has no certificate; export it again with both"),
]


@pytest.mark.parametrize(("cert", "key", "password", "text"), BAD_FORMS)
def test_what_cannot_work_says_why(cert: str, key: str | None, password: str | None, text: str, trust: Trust) -> None:
    cert, key = lab().path(cert), lab().path(key) if key else None
    with pytest.raises(SSLConnectError) as refused:
        client_context(trust, client_cert=cert, client_key=key, client_key_password=password)
    assert str(refused.value) == text.format(cert=cert, key=key)


def test_junk_is_neither_pem_nor_pkcs12(trust: Trust, tmp_path: Path) -> None:
    junk = tmp_path / "junk"
    junk.write_bytes(b"\x00junk")
    with pytest.raises(SSLConnectError, match=r"junk cannot be loaded \(.*; it must be PEM or PKCS#12"):
        client_context(trust, client_cert=str(junk))
    junk.write_bytes(b"-----BEGIN PRIVATE KEY-----\nnot base64\n-----END PRIVATE KEY-----\n")
    with pytest.raises(SSLConnectError, match=r"junk cannot be loaded \(.*; it must be PEM or PKCS#12"):
        client_context(trust, client_cert=str(junk))


def test_nothing_stays_on_disk(trust: Trust, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    seen = []
    load = ssl.SSLContext.load_cert_chain

    def spy(self: ssl.SSLContext, certfile: str, *args: object) -> None:
        seen.append(Path(certfile).read_bytes())
        assert Path(certfile).stat().st_mode & 0o077 == 0
        load(self, certfile, *args)  # type: ignore[arg-type]

    monkeypatch.setattr("tempfile.tempdir", str(tmp_path))
    monkeypatch.setattr(ssl.SSLContext, "load_cert_chain", spy)
    copy = tmp_path / "copy.p12"
    copy.write_bytes(Path(lab().path("client.p12")).read_bytes())
    client_context(trust, client_cert=str(copy), client_key_password=PASSWORD)
    assert b"BEGIN ENCRYPTED PRIVATE KEY" in seen[0]
    assert list(tmp_path.iterdir()) == [copy]
