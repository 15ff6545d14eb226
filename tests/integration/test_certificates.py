"""Certificates from the outside: what `Client`, `kws.certificate` and their errors say to somebody with a good or a bad server."""

from __future__ import annotations

from typing import Any

import pytest

import kontena_ws_nb as kws
from tests.lab.certificates import lab
from tests.lab.tls_server import TLSServer, accept_websocket
from tests.lab.waiting import wait_for


def connect(server: TLSServer, **options: Any) -> kws.Client:
    given = {"ca_file": lab().ca_file, "ssl_hostname": "good.test", "open_timeout": 10.0, "close_timeout": 5.0, **options}
    return kws.Client.connect(server.url, **given)


def test_verified() -> None:
    with TLSServer(handler=accept_websocket) as server, connect(server) as client:
        certificate = client.ssl_cert
        assert certificate is not None
        assert certificate.verdict is not None
        assert certificate.verdict.state == "good"
        assert client.verify_ssl_cert() == certificate
        assert certificate.tls is not None
        assert certificate.tls.version == "TLSv1.3"


@pytest.mark.parametrize("case", ["expired", "selfsigned", "untrusted_root_sent", "wronghost"])
@pytest.mark.parametrize("tls", ["1.2", "1.3"])
def test_refused_with_the_chain_or_accepted_with_the_same_verdict(case: str, tls: str) -> None:
    with TLSServer(case, tls=tls, handler=accept_websocket) as server:
        with pytest.raises(kws.SSLVerifyError) as refused:
            connect(server)
        error = refused.value
        assert error.cert_chain is not None
        assert error.cert_chain.ders == lab().chains[case]
        with connect(server, ssl_verify=False) as client:
            assert client.ssl_cert == error.cert
            with pytest.raises(kws.SSLVerifyError) as asked:
                client.verify_ssl_cert()
        assert (asked.value.verify_code, asked.value.reason, asked.value.hint) == (error.verify_code, error.reason, error.hint)
    assert len(server.seen("handshake")) <= 2  # no connection of its own for the question


def test_good_but_not_verified() -> None:
    with TLSServer(handler=accept_websocket) as server, connect(server, ssl_verify=False) as client:
        certificate = client.verify_ssl_cert()
        assert certificate is not None
        assert certificate.verdict is not None
        assert certificate.verdict.state == "unverified"


def test_trust_on_first_use_with_the_call_the_hint_gives() -> None:
    with TLSServer("selfsigned", handler=accept_websocket) as server:
        with pytest.raises(kws.SSLVerifyError) as refused:
            kws.Client.connect(server.url)
        assert refused.value.cert is not None
        pin = refused.value.cert.pin
        assert f"kws.connect('{server.url}', pin=\"{pin}\")" in str(refused.value)
        with kws.Client.connect(server.url, pin=pin) as client:
            assert client.ssl_cert is not None
            assert client.ssl_cert.verdict is not None
            assert client.ssl_cert.verdict.state == "pinned"
    with TLSServer("good", handler=accept_websocket) as server, pytest.raises(kws.SSLVerifyError, match="not the pinned one"):
        connect(server, pin=pin)


@pytest.mark.parametrize("tls", ["1.2", "1.3"])
def test_client_certificates_travel_to_servers_somebody_vouches_for(tls: str) -> None:
    me = {"client_cert": lab().path("client_both.pem")}
    with TLSServer("good", tls=tls, client_ca=True, handler=accept_websocket) as server:
        with connect(server, **me):
            assert server.seen("client_cert")
        with connect(server, ssl_verify=False, **me):
            assert len(server.seen("client_cert")) == 2
    with TLSServer("selfsigned", tls=tls, client_ca=True, handler=accept_websocket) as server:
        with pytest.raises(kws.SSLVerifyError, match="the client certificate was not sent"):
            connect(server, ssl_verify=False, **me)
        wait_for(lambda: server.seen("error"))
        assert not server.seen("client_cert")
        with connect(server, ssl_verify=False, client_cert_unverified=True, **me):
            assert server.seen("client_cert") == [lab().nodes["client"].der]


@pytest.mark.parametrize(("tls", "reason"), [("1.2", "SSLV3_ALERT_HANDSHAKE_FAILURE"), ("1.3", "TLSV13_ALERT_CERTIFICATE_REQUIRED")])
def test_a_missing_client_certificate_is_the_same_clear_error_every_time(tls: str, reason: str) -> None:
    # On TLS 1.3 the alert comes during the upgrade, in a race with the server's reset.
    with TLSServer("good", tls=tls, client_ca=True, handler=accept_websocket) as server:
        for _ in range(100):
            with pytest.raises(kws.SSLConnectError, match="pass client_cert= and client_key=") as refused:
                connect(server)
            assert refused.value.reason == reason


def test_old_versions_do_not_let_weak_keys_in() -> None:
    with TLSServer("rsa2048", tls="1.0", handler=accept_websocket) as server, connect(server, min_tls="1.0") as client:
        assert client.ssl_cert is not None
        assert client.ssl_cert.tls is not None
        assert client.ssl_cert.tls.version == "TLSv1"
    with TLSServer("weak_rsa1024", handler=accept_websocket) as server, pytest.raises(kws.SSLVerifyError) as refused:
        connect(server, min_tls="1.0")
    assert refused.value.verify_code == 66


def test_looking_only() -> None:
    with TLSServer("good") as server:
        good = kws.certificate(server.url, ca_file=lab().ca_file)
        assert good.verdict is not None
        assert good.verdict.state == "good"
        assert [c.name for c in good.chain.path] == ["good.test", "Lab Intermediate", "Lab Root"]
    with TLSServer("expired") as server:
        bad = kws.certificate(server.url, ca_file=lab().ca_file, ssl_hostname="good.test")
        assert bad.verdict is not None
        assert (bad.verdict.state, bad.verdict.code) == ("bad", 10)


@pytest.mark.parametrize(
    ("mode", "text"), [("plain_http", "does not speak TLS"), ("close", "closed the connection"), ("reset", "closed the")]
)
def test_no_tls_at_all(mode: str, text: str) -> None:
    with TLSServer(mode=mode) as server, pytest.raises(kws.SSLConnectError, match=text):
        kws.certificate(server.url)
