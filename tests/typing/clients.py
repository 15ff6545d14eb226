"""Typical use of clients, certificates and errors, for mypy --strict (`test_typing`). Checked, not run."""

from __future__ import annotations

import builtins
from collections.abc import Sequence

from typing_extensions import assert_type

import kontena_ws_nb as kws
from kontena_ws_nb.tls.certificate import CertificateChain


def reading() -> None:
    with kws.Client.connect("wss://feed.example", ssl_verify=False, min_tls="1.3", proxy="") as client:
        assert_type(client, kws.Client)
        client.send("hello")
        assert_type(client.read(timeout=3), str | bytes | None)
        for message in client:
            assert_type(message, str | bytes)
        assert_type(client.ping(), bytes)
        assert_type(client.ssl_cert, kws.Certificate | None)
        assert_type(client.verify_ssl_cert(), kws.Certificate | None)
        assert_type(client.close_code, int | None)
    kws.Client.connect("ws://host", kws.Options.of(headers={"A": "b"}), redirects=0)


def certificates() -> None:
    found = kws.certificate("feed.example", connect_timeout=3, ca_path="certs")
    assert_type(found, kws.Certificate)
    assert_type(found.chain, CertificateChain)
    assert_type(found.chain[0], kws.Certificate)
    assert_type(found.chain[1:], Sequence[kws.Certificate])
    assert_type(found.pem, str)


def errors() -> None:
    try:
        kws.connect("wss://feed.example")
    except kws.SSLVerifyError as refused:
        assert_type(refused.verify_code, int)
        assert_type(refused.reason, str | None)
        assert_type(refused.cert, kws.Certificate | None)
        assert_type(refused.cert_chain, CertificateChain | None)
        assert_type(refused.subject, str | None)
    except kws.ProtocolError as answered:
        assert_type(answered.status, int | None)
        assert_type(answered.headers, tuple[tuple[str, str], ...])
        assert_type(answered.body, bytes)
    except kws.TimeoutError as late:
        assert_type(late.phase, str)
        assert_type(late.seconds, float)
    except kws.EOFError as cut:
        assert_type(cut.code, int)
    except kws.CloseError as closed:
        assert_type(closed.code, int)
        assert_type(closed.reason, str)
    except kws.Error as error:
        assert_type(error.message, str)
        assert_type(error.url, str | None)
        assert_type(error.hint, str | None)


def builtin_cousins(error: kws.Error) -> None:
    timed_out: builtins.TimeoutError = kws.TimeoutError("read", 3)
    ended: builtins.EOFError = kws.EOFError()
    broken: OSError = kws.SocketError("it broke")
    refused: ConnectionError = kws.ConnectError("nobody there")
    print(timed_out, ended, broken, refused, error)
