"""The demo server's certificate: self-signed, for loopback only, and usable in a handshake."""

from __future__ import annotations

import ssl

from kontena_ws_nb.demo.tls import LIFETIME, self_signed, server_context
from kontena_ws_nb.tls.certificate import Certificate


def test_a_certificate_for_loopback() -> None:
    certificate, key = self_signed()
    card = Certificate(ssl.PEM_cert_to_DER_cert(certificate.decode()))
    assert card.san == ("DNS:localhost", "IP:127.0.0.1", "IP:::1")
    assert (card.self_signed, card.is_ca, card.expired) == (True, False, False)
    assert card.not_after is not None
    assert card.not_before is not None
    assert card.not_after - card.not_before > LIFETIME
    assert b"PRIVATE KEY" in key
    assert self_signed()[1] != key


def test_a_context_that_serves_it() -> None:
    certificate, key = self_signed()
    context = server_context(certificate, key)
    assert context.minimum_version == ssl.TLSVersion.TLSv1_2
    trusting = ssl.create_default_context(cadata=certificate.decode())
    to_server, to_client = ssl.MemoryBIO(), ssl.MemoryBIO()
    server = context.wrap_bio(to_server, to_client, server_side=True)
    client = trusting.wrap_bio(to_client, to_server, server_hostname="localhost")
    for end in (client, server, client, server):
        try:
            end.do_handshake()
        except ssl.SSLWantReadError:
            pass
    assert client.version() == server.version() == "TLSv1.3"
