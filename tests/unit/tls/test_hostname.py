"""Matching host names against certificates: same results as OpenSSL."""

from __future__ import annotations

from pathlib import Path

import pytest

from kontena_ws_nb.tls.certificate import Certificate
from kontena_ws_nb.tls.context import Trust
from kontena_ws_nb.tls.hostname import matches_any
from kontena_ws_nb.tls.verify import verify_chain
from tests.lab.certificates import issue

NAMES = [
    "plain.test",
    "*.star.test",
    "*.top",
    "*",
    "f*.part.test",
    "*f.part.test",
    "*.*.two.test",
    "a.*.middle.test",
    "*.xn--bcher-kva.test",
    "xn--bcher-kva.test",
    "xn--*.idna.test",
    "under_score.test",
    "*.deep.er.test",
    "*.under_score.test",
    "*.-hyphen.test",
    "UPPER.test",
]
ADDRESSES = ["IP:127.0.0.1", "IP:::1"]
HOSTS = [
    "plain.test",
    "PLAIN.test",
    "x.plain.test",
    "a.star.test",
    "a.b.star.test",
    "star.test",
    "x.top",
    "top",
    "foo.part.test",
    "of.part.test",
    "a.b.two.test",
    "a.b.middle.test",
    "a.xn--bcher-kva.test",
    "bücher.test",
    "xn--bcher-kva.test",
    "xn--zca.idna.test",
    "xn--zca.star.test",
    "under_score.test",
    "a_b.star.test",
    "-a.star.test",
    "a.under_score.test",
    "a.-hyphen.test",
    "a.deep.er.test",
    "upper.test",
    "127.0.0.1",
    "127.0.0.2",
    "::1",
    "::2",
]


@pytest.fixture(scope="module")
def answers(tmp_path_factory: pytest.TempPathFactory) -> tuple[Certificate, Trust]:
    node = issue("names", san=[*NAMES, *ADDRESSES])
    path: Path = tmp_path_factory.mktemp("names") / "self.pem"
    path.write_bytes(node.pem)
    return Certificate(node.der), Trust.resolve(path, environ={})


@pytest.mark.parametrize("host", HOSTS)
def test_our_answer_is_openssls(host: str, answers: tuple[Certificate, Trust]) -> None:
    certificate, trust = answers
    verdict = verify_chain([certificate.der], hostname=host, trust=trust)
    assert verdict.code in (0, 62, 64)
    assert certificate.matches(host) == verdict.ok


def test_each_name_alone_too() -> None:
    matching = {(n, h) for n in NAMES for h in HOSTS if matches_any([n], [], h)}
    assert matching == {
        ("plain.test", "plain.test"),
        ("plain.test", "PLAIN.test"),
        ("*.star.test", "a.star.test"),
        ("*.star.test", "xn--zca.star.test"),
        ("*.star.test", "-a.star.test"),
        ("*.xn--bcher-kva.test", "a.xn--bcher-kva.test"),
        ("xn--bcher-kva.test", "bücher.test"),
        ("xn--bcher-kva.test", "xn--bcher-kva.test"),
        ("under_score.test", "under_score.test"),
        ("*.deep.er.test", "a.deep.er.test"),
        ("UPPER.test", "upper.test"),
    }


def test_forms_of_hosts() -> None:
    assert matches_any(["a.test"], [], "a.test.")
    assert not matches_any(["a.test"], [], "a..test")
    assert not matches_any(["", "a.test"], [], "")
    assert matches_any([], ["::1"], "[::1]")
    assert matches_any([], ["10.0.0.0/8", "0:0::1"], "::1")
    assert not matches_any(["127.0.0.1"], [], "127.0.0.1")
