"""nginx and ``openssl s_server`` as TLS servers: a complete chain, a missing intermediate, client certificates, one TLS version."""

from __future__ import annotations

import ssl
from types import ModuleType

import pytest

import kontena_ws_nb as kws
from tests.lab.certificates import GOOD, PASSWORD, lab
from tests.lab.tls_programs import nginx, s_server


def options(**more: object) -> dict[str, object]:
    return {"ca_file": lab().ca_file, "ssl_hostname": GOOD, "open_timeout": 10.0, "close_timeout": 5.0, **more}


@pytest.fixture
def upstream(demo: ModuleType) -> str:
    return str(demo.url()).replace("ws://", "http://").rstrip("/")


# -- nginx


@pytest.mark.peer("nginx")
def test_nginx_with_a_whole_chain(upstream: str) -> None:
    with nginx("good", upstream) as port:
        with kws.Client.connect(f"wss://localhost:{port}/", ca_file=lab().ca_file) as client:
            client.send("through nginx")
            assert client.read(10) == "through nginx"
            certificate = client.ssl_cert
        assert certificate is not None
        assert certificate.verdict is not None
        assert certificate.verdict.state == "good"
        assert certificate.chain.ders == lab().chains["good"]
        assert [link.name for link in certificate.chain.path] == [GOOD, "Lab Intermediate", "Lab Root"]


@pytest.mark.peer("nginx")
def test_nginx_with_a_missing_intermediate(upstream: str) -> None:
    with nginx("missing_inter", upstream) as port:
        url = f"wss://localhost:{port}/"
        with pytest.raises(kws.SSLVerifyError) as refused:
            kws.Client.connect(url, **options())
        error = refused.value
        assert (error.verify_code, error.reason) == (20, "unable to get local issuer certificate")
        assert "the server sent only its own certificate" in str(error)
        assert "the server forgot the intermediate" in str(error)
        assert error.cert_chain is not None
        assert error.cert_chain.ders == lab().chains["missing_inter"]
        # The intermediate as the anchor mends it, as the hint says.
        with kws.Client.connect(url, **options(ca_file=lab().path("inter.pem"))) as client:
            assert client.ssl_cert == error.cert


@pytest.mark.peer("nginx")
@pytest.mark.parametrize(
    "me",
    [
        {"client_cert": "client.pem", "client_key": "client.key"},
        {"client_cert": "client_both.pem"},
        {"client_cert": "client.pem", "client_key": "client_encrypted.key", "client_key_password": PASSWORD},
        {"client_cert": "client.p12", "client_key_password": PASSWORD},
        {"client_cert": "client_open.p12"},
    ],
    ids=["pem and key", "pem with key", "encrypted key", "pkcs12", "pkcs12 without passphrase"],
)
def test_nginx_that_wants_a_client_certificate_gets_one(me: dict[str, str], upstream: str) -> None:
    given = {name: value if "password" in name else lab().path(value) for name, value in me.items()}
    with (
        nginx("good", upstream, client_ca=True) as port,
        kws.Client.connect(f"wss://localhost:{port}/", **options(**given)) as client,
    ):
        client.send("it is me")
        assert client.read(10) == "it is me"


@pytest.mark.peer("nginx")
def test_nginx_that_wants_a_client_certificate_and_gets_none(upstream: str) -> None:
    # nginx lets the TLS handshake pass and says 400 in HTTP.
    with nginx("good", upstream, client_ca=True) as port, pytest.raises(kws.ProtocolError) as refused:
        kws.Client.connect(f"wss://localhost:{port}/", **options())
    assert refused.value.status == 400
    assert "pass client_cert= and client_key=" in str(refused.value)


# -- openssl s_server


@pytest.mark.peer("openssl")
@pytest.mark.parametrize(("flag", "version"), [("-tls1_2", "TLSv1.2"), ("-tls1_3", "TLSv1.3")])
def test_s_server_of_one_version(flag: str, version: str) -> None:
    with s_server("good", flag, "-www") as port:
        certificate = kws.certificate(f"wss://localhost:{port}", ca_file=lab().ca_file)
        assert certificate.verdict is not None
        assert certificate.verdict.state == "good"
        assert certificate.tls is not None
        assert certificate.tls.version == version
        assert certificate.tls.cipher
        with pytest.raises(kws.ProtocolError) as refused:  # TLS is fine; it is no WebSocket server
            kws.Client.connect(f"wss://localhost:{port}/", **options())
        assert refused.value.status == 200


@pytest.mark.peer("openssl")
@pytest.mark.parametrize("flag", ["-tls1_2", "-tls1_3"])
@pytest.mark.parametrize("case", ["expired", "selfsigned", "wronghost", "missing_inter"])
def test_s_server_with_a_bad_certificate(case: str, flag: str) -> None:
    with s_server(case, flag, "-www") as port:
        with pytest.raises(kws.SSLVerifyError) as refused:
            kws.Client.connect(f"wss://localhost:{port}", **options())
        looked = kws.certificate(f"localhost:{port}", ca_file=lab().ca_file, ssl_hostname=GOOD)
        error = refused.value
        assert looked == error.cert
        assert looked.verdict is not None
        assert (looked.verdict.code, looked.verdict.reason, looked.verdict.hint) == (
            error.verify_code,
            error.reason,
            error.hint,
        )


@pytest.mark.peer("openssl")
def test_s_server_that_is_too_old() -> None:
    with (
        s_server("good", "-tls1_2") as port,
        pytest.raises(kws.SSLConnectError, match="share no TLS version") as refused,
    ):
        kws.Client.connect(f"wss://localhost:{port}/", **options(min_tls="1.3"))
    assert isinstance(refused.value.__cause__, ssl.SSLError)


@pytest.mark.peer("openssl")
@pytest.mark.parametrize("flag", ["-tls1_2", "-tls1_3"])
def test_s_server_that_wants_a_client_certificate(flag: str) -> None:
    with s_server("good", flag, "-www", "-Verify", "1", "-CAfile", lab().ca_file, "-verify_return_error") as port:
        url = f"wss://localhost:{port}/"
        with pytest.raises(kws.SSLConnectError, match="pass client_cert= and client_key="):
            kws.Client.connect(url, **options())
        with pytest.raises(kws.ProtocolError) as passed:  # past TLS
            kws.Client.connect(url, **options(client_cert=lab().path("client.p12"), client_key_password=PASSWORD))
        assert passed.value.status == 200


@pytest.mark.peer("openssl")
def test_s_server_that_sends_its_certificate_twice() -> None:
    with s_server("missing_inter", "-www", "-cert_chain", lab().path("missing_inter.pem")) as port:
        looked = kws.certificate(f"localhost:{port}", ca_file=lab().ca_file)
    assert len(looked.chain) == 2
    assert looked.verdict is not None
    assert "the server forgot the intermediate" in (looked.verdict.hint or "")
