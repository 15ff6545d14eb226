"""``kontena-ws cert``: good, bad and no certificates, in each form."""

from __future__ import annotations

import json
from types import ModuleType
from typing import Any

from tests.lab.command import shell


def test_cert_good_bad_and_none(run: Any, demo: ModuleType, trusted: str) -> None:
    url = demo.url(tls=True)
    good = run("cert", "--ca-file", trusted, url)
    assert good.code == 0
    assert "localhost" in good.out
    bad = run("cert", url)
    assert bad.code == 1
    assert "self-signed" in bad.out
    assert run("cert", url.removeprefix("wss://").strip("/")).code == 1
    assert run("cert", "wss://" + demo.url().removeprefix("ws://")).code == 2
    assert run("cert", demo.url()).code == 2
    assert run("cert", "demo").code == 2
    assert run("cert", "127.0.0.1:1").code == 3
    assert run("cert", "http://x").code == 64
    assert run("cert").code == 64


def test_cert_as_pem_and_json(run: Any, demo: ModuleType) -> None:
    url = demo.url(tls=True)
    pem = run("cert", "--pem", url)
    assert pem.out.encode() == demo.certificate_pem()
    assert pem.log[0][0] == "WARNING"
    assert "self-signed certificate" in pem.log[0][1]
    described = json.loads(run("cert", "--json", url).out)
    assert "self-signed certificate" in json.dumps(described)


def test_cert_pem_of_a_good_one_warns_of_nothing(run: Any, demo: ModuleType, trusted: str) -> None:
    assert run("cert", "--pem", "--ca-file", trusted, demo.url(tls=True)).log == []


def test_the_certificate_card_fits_every_encoding() -> None:
    code, out, _ = shell('"$@"', "cert", "demo+tls", PYTHONIOENCODING="ascii")
    assert code == 1
    assert out.isascii()
