"""`kws.certificate`, for any server, without a WebSocket."""

from __future__ import annotations

import socket

import pytest

import kontena_ws_nb as kws
from tests.lab.certificates import lab
from tests.lab.tls_server import TLSServer


@pytest.mark.parametrize("form", ["wss://localhost:{}/chat", "localhost:{}", "https://localhost:{}/"])
def test_good(form: str) -> None:
    with TLSServer("good") as server:
        certificate = kws.certificate(form.format(server.port), ca_file=lab().ca_file)
    assert certificate.chain.verdict.ok
    assert certificate.chain.hostname == "localhost"
    assert server.seen("bytes") == []  # no HTTP


def test_bad_is_described_not_refused() -> None:
    with TLSServer("expired") as server:
        certificate = kws.certificate(
            f"localhost:{server.port}", ca_file=lab().ca_file, ssl_hostname="good.test", ssl_verify=True
        )
    verdict = certificate.chain.verdict
    assert (verdict.ok, verdict.code, verdict.examined) == (False, 10, True)


def test_a_pinned_certificate_keeps_the_pins_verdict() -> None:
    with TLSServer("selfsigned") as server:
        pin = kws.certificate(f"localhost:{server.port}").pin
        certificate = kws.certificate(f"localhost:{server.port}", pin=pin)
    assert certificate.chain.verdict is not None
    assert not certificate.chain.verdict.examined


def test_without_tls() -> None:
    with pytest.raises(ValueError, match=r"^'ws://\*\*\*@host/' has no certificate: write wss:// instead of ws://$"):
        kws.certificate("ws://me:secret@host/")


def test_no_connection() -> None:
    with socket.create_server(("127.0.0.1", 0)) as listener:
        port = listener.getsockname()[1]
    with pytest.raises(kws.ConnectError, match="Connection refused"):
        kws.certificate(f"127.0.0.1:{port}")


def test_no_tls_leaves_no_socket() -> None:
    with TLSServer(mode="plain_http") as server, pytest.raises(kws.SSLConnectError, match="the TLS handshake failed"):
        kws.certificate(f"localhost:{server.port}")
