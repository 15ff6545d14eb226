"""What is said about a connection's TLS."""

from __future__ import annotations

from types import ModuleType, SimpleNamespace
from typing import Any

import pytest

from kontena_ws_nb.cli.connection import report_tls
from kontena_ws_nb.cli.streams import logger
from kontena_ws_nb.tls.errors import SSLVerifyError


def test_the_five_situations_of_tls(run: Any, demo: ModuleType, trusted: str) -> None:
    url, subject = demo.url(tls=True), "CN=localhost,O=kontena_ws_nb demo"
    assert run("--ca-file", trusted, url).log[1] == (
        "INFO",
        f"Connected to {url} with ssl verify: {subject} (issuer {subject})",
    )
    assert run("-k", "--ca-file", trusted, url).log[1] == (
        "WARNING",
        f"Connected to {url} without ssl verify: {subject} (issuer {subject})",
    )
    errors_of_ssl = (
        f"Connected to {url} with ssl errors: self-signed certificate (code 18) (subject {subject}, issuer {subject})"
    )
    assert run("-k", url).log[1] == ("WARNING", errors_of_ssl)
    refused = run(url)
    assert (refused.code, refused.out) == (4, "")
    level, text = refused.log[1]
    assert level == "ERROR"
    assert "the server's certificate was refused: self-signed certificate (code 18)" in text
    assert run(demo.url()).log[1] == ("INFO", f"Connected to {demo.url()} without ssl")


def test_ssl_errors_without_a_certificate_to_show(
    caplog: pytest.LogCaptureFixture, monkeypatch: pytest.MonkeyPatch
) -> None:
    def refuse() -> None:
        raise SSLVerifyError("refused", verify_code=1, reason="unspecified")

    monkeypatch.setattr(logger, "propagate", True)
    report_tls(SimpleNamespace(ssl=True, verify_ssl_cert=refuse), "wss://x")  # type: ignore[arg-type]
    assert caplog.messages[0] == "Connected to wss://x with ssl errors: unspecified (code 1)"
