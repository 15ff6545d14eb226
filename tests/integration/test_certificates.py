"""Certificates of good and bad servers, as `Client`, `kws.certificate` and their errors show them."""

from __future__ import annotations

import json
import subprocess
import sys
from pathlib import Path
from typing import Any

import pytest

import kontena_ws_nb as kws
from kontena_ws_nb.cli import main
from tests.lab.certificates import lab
from tests.lab.tls_server import TLSServer, accept_websocket
from tests.lab.waiting import wait_for


def connect(server: TLSServer, **options: Any) -> kws.Client:
    given = {
        "ca_file": lab().ca_file,
        "ssl_hostname": "good.test",
        "open_timeout": 10.0,
        "close_timeout": 5.0,
        **options,
    }
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
        assert (asked.value.verify_code, asked.value.reason, asked.value.hint) == (
            error.verify_code,
            error.reason,
            error.hint,
        )
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
    with (
        TLSServer("good", handler=accept_websocket) as server,
        pytest.raises(kws.SSLVerifyError, match="not the pinned one"),
    ):
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


@pytest.mark.parametrize(
    ("tls", "reason"), [("1.2", "SSLV3_ALERT_HANDSHAKE_FAILURE"), ("1.3", "TLSV13_ALERT_CERTIFICATE_REQUIRED")]
)
def test_a_missing_client_certificate_is_the_same_clear_error_every_time(tls: str, reason: str) -> None:
    # On TLS 1.3 the alert comes during the upgrade, in a race with the server's reset.
    with TLSServer("good", tls=tls, client_ca=True, handler=accept_websocket) as server:
        for _ in range(500):
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
        pasted = kws.certificate(server.url.replace("wss://", "https://"), ca_file=lab().ca_file)
        assert (pasted.name, pasted.verdict.state if pasted.verdict else "") == ("good.test", "good")
        good = kws.certificate(server.url, ca_file=lab().ca_file)
        assert good.verdict is not None
        assert good.verdict.state == "good"
        assert [c.name for c in good.chain.path] == ["good.test", "Lab Intermediate", "Lab Root"]
    with TLSServer("expired") as server:
        bad = kws.certificate(server.url, ca_file=lab().ca_file, ssl_hostname="good.test")
        assert bad.verdict is not None
        assert (bad.verdict.state, bad.verdict.code) == ("bad", 10)


@pytest.mark.parametrize(
    ("mode", "text"),
    [("plain_http", "does not speak TLS"), ("close", "closed the connection"), ("reset", "closed the")],
)
def test_no_tls_at_all(mode: str, text: str) -> None:
    with TLSServer(mode=mode) as server, pytest.raises(kws.SSLConnectError, match=text):
        kws.certificate(server.url)


def test_a_verified_connection_imports_no_cryptography() -> None:
    code = """
import sys
import kontena_ws_nb as kws
with kws.Client.connect(sys.argv[1], ca_file=sys.argv[2]) as client:
    assert client.ssl_cert.verdict.state == "good"
    assert "cryptography" not in sys.modules
    assert client.ssl_cert.subject
    assert "cryptography" in sys.modules
"""
    with TLSServer(handler=accept_websocket) as server:
        subprocess.run([sys.executable, "-W", "error", "-c", code, server.url, lab().ca_file], check=True, timeout=60)


def test_the_command_line_has_an_exit_code_for_each_case(capsys: pytest.CaptureFixture[str]) -> None:
    def cert(*arguments: str) -> tuple[int, str]:
        return main(["cert", *arguments]), "".join(capsys.readouterr())

    trusted = ("--ca-file", lab().ca_file)
    with TLSServer("good") as good, TLSServer("expired") as bad, TLSServer(mode="plain_http") as plain:
        code, said = cert(*trusted, f"localhost:{good.port}")
        assert (code, "[✓ good] good.test for localhost" in said) == (0, True)
        code, said = cert(*trusted, "--json", good.url)
        told = json.loads(said)
        assert (code, told["verdict"]["state"], len(told["certificates"])) == (0, "good", 2)
        code, said = cert(*trusted, "--pem", good.url)
        assert (code, said) == (0, kws.certificate(good.url).chain.pem)
        code, said = cert(*trusted, "--ssl-hostname", "good.test", bad.url)
        assert (code, "✗ certificate has expired" in said) == (1, True)
        assert cert(plain.url)[0] == 2
        assert cert(good.url.replace("wss", "ws"))[0] == 2
        code, said = cert("--ca-file", "/nowhere/ca.pem", good.url)
        assert (code, "/nowhere/ca.pem (ca_file) does not exist" in said) == (64, True)
        code, said = cert("--ca-path", str(lab().folder), good.url)
        assert (code, "openssl rehash" in said) == (64, True)


@pytest.mark.peer("openssl")
@pytest.mark.parametrize("variable", ["SSL_CERT_FILE", "SSL_CERT_PATH", "SSL_CERT_DIR"])
def test_the_environment_names_the_store(variable: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    for name in ("SSL_CERT_FILE", "SSL_CERT_PATH", "SSL_CERT_DIR"):
        monkeypatch.delenv(name, raising=False)
    with TLSServer("good") as server:
        refused = kws.certificate(server.url).verdict
        assert refused is not None
        assert "certifi's CA bundle" in (refused.hint or "")
        if variable == "SSL_CERT_FILE":
            monkeypatch.setenv(variable, lab().ca_file)
        else:
            (tmp_path / "root.pem").write_bytes(lab().nodes["root"].pem)
            subprocess.run(["openssl", "rehash", str(tmp_path)], check=True)
            monkeypatch.setenv(variable, str(tmp_path))
        verdict = kws.certificate(server.url).verdict
        assert verdict is not None
        assert verdict.state == "good"


def test_the_call_in_the_hint_opens_a_session() -> None:
    with TLSServer("selfsigned", handler=accept_websocket) as server:
        with pytest.raises(kws.SSLVerifyError) as refused:
            kws.connect(server.url)
        call = str(refused.value).partition("then call ")[2]
        session = eval(call, {"kws": kws})
        assert session.certificate.verdict.state == "pinned"
        session.close()
