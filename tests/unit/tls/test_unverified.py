"""Checks without verification: the pin, and that client certificates are not sent to bad servers."""

from __future__ import annotations

import ssl

import pytest

from kontena_ws_nb.tls.context import Trust, client_context
from kontena_ws_nb.tls.der import pin_of
from kontena_ws_nb.tls.errors import SSLVerifyError
from kontena_ws_nb.tls.unverified import check_client_certificate, check_pin
from kontena_ws_nb.tls.verify import peer_chain
from tests.lab.certificates import GOOD, lab
from tests.lab.tls_server import TLSServer, handshake
from tests.lab.waiting import wait_for


@pytest.fixture(scope="module")
def trust() -> Trust:
    return Trust.resolve(ca_file=lab().ca_file, environ={})


def shake_with_client_certificate(
    server: TLSServer, trust: Trust, *, guarded: bool, pin: str | None = None
) -> Exception | None:
    context = client_context(trust, verify=False, client_cert=lab().path("client_both.pem"))

    def guard(sslobj: ssl.SSLObject) -> None:
        chain = peer_chain(sslobj)
        if chain and guarded:
            check_client_certificate(chain, hostname=GOOD, trust=trust, pin=pin, url=server.url)

    with handshake(server.port, context, GOOD, before_sending=guard) as (_, error):
        return error


@pytest.mark.parametrize("tls", ["1.2", "1.3"])
def test_a_client_certificate_stays_at_home_when_the_server_is_bad(tls: str, trust: Trust) -> None:
    with TLSServer("selfsigned", tls=tls, client_ca=True) as server:
        error = shake_with_client_certificate(server, trust, guarded=True)
        assert isinstance(error, SSLVerifyError)
        assert error.verify_code == 18
        assert (
            "the client certificate was not sent, because the server's own is bad: self-signed certificate (code 18)"
            in str(error)
        )
        wait_for(lambda: server.seen("error"))
        assert not server.seen("client_cert")


@pytest.mark.parametrize("tls", ["1.2", "1.3"])
def test_without_the_guard_it_would_have_travelled(tls: str, trust: Trust) -> None:
    with TLSServer("selfsigned", tls=tls, client_ca=True) as server:
        assert shake_with_client_certificate(server, trust, guarded=False) is None
        assert wait_for(lambda: server.seen("client_cert")) == [lab().nodes["client"].der]


@pytest.mark.parametrize("tls", ["1.2", "1.3"])
def test_it_travels_to_a_good_server_and_to_a_pinned_key(tls: str, trust: Trust) -> None:
    for case, pin in (("good", None), ("selfsigned", pin_of(lab().chains["selfsigned"][0]))):
        with TLSServer(case, tls=tls, client_ca=True) as server:
            assert shake_with_client_certificate(server, trust, guarded=True, pin=pin) is None
            assert wait_for(lambda: server.seen("client_cert"))


def test_a_pin_accepts_its_key_and_still_tells_what_openssl_thinks(trust: Trust) -> None:
    chain = lab().chains["selfsigned"]
    verdict = check_pin(chain, pin_of(chain[0]), hostname=GOOD, trust=trust)
    assert (verdict.pinned, verdict.ok, verdict.code, verdict.state) == (True, False, 18, "pinned")
    assert (
        verdict.summary
        == "accepted because its key is the pinned one; OpenSSL would refuse it: self-signed certificate"
    )
    good = lab().chains["good"]
    assert check_pin(good, pin_of(good[0]), hostname=GOOD, trust=trust).summary.endswith("OpenSSL accepts it too")


def test_another_key_is_refused_even_with_a_good_chain(trust: Trust) -> None:
    good, other = lab().chains["good"], lab().chains["selfsigned"]
    with pytest.raises(SSLVerifyError) as refused:
        check_pin(good, pin_of(other[0]), hostname=GOOD, trust=trust, url="wss://good.test/")
    assert refused.value.verify_code == 50
    assert str(refused.value) == (
        "wss://good.test/: the server's certificate was refused: the server's key is not the pinned one (code 50); "
        f'the server has a new key, or this is another server; only if you are sure, use pin="{pin_of(good[0])}"'
    )


@pytest.mark.parametrize("chain", [(), (b"junk",)])
def test_no_readable_key_is_no_pinned_key(chain: tuple[bytes, ...], trust: Trust) -> None:
    with pytest.raises(SSLVerifyError, match="its certificate cannot be read"):
        check_pin(chain, "sha256/" + "A" * 43 + "=", hostname=GOOD, trust=trust)
