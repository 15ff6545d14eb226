"""The texts on a certificate card: state, validity, the ladder."""

from __future__ import annotations

import datetime

import pytest

from kontena_ws_nb.display.certificate_text import BADGES, certificate_text, headline, ladder, state, validity
from kontena_ws_nb.tls import validity as clock
from kontena_ws_nb.tls.certificate import Certificate, CertificateChain
from kontena_ws_nb.tls.verdict import Verdict
from kontena_ws_nb.tls.verify import ok_verdict
from tests.lab.certificates import lab

BAD = Verdict(ok=False, verified=True, code=20, reason="unable to get local issuer certificate")


@pytest.mark.parametrize(("verdict", "expected"), [(None, "unknown"), (ok_verdict(), "good"), (BAD, "bad")])
def test_states_have_badges(verdict: Verdict | None, expected: str) -> None:
    assert state(verdict) == expected
    assert expected in BADGES


def test_how_much_of_its_life_is_over(monkeypatch: pytest.MonkeyPatch) -> None:
    card = Certificate(lab().chains["good"][0])
    assert card.not_before is not None
    assert card.not_after is not None
    life = card.not_after - card.not_before
    for share, word in ((0.5, "left"), (2.0, "expired")):
        monkeypatch.setattr(clock, "now", lambda share=share: card.not_before + life * share)
        part, text = validity(card)
        assert 0 <= part <= 1
        assert word in text
    monkeypatch.setattr(clock, "now", lambda: card.not_before - datetime.timedelta(days=3))
    assert "not" in validity(card)[1]


def test_a_missing_issuer_is_a_rung_that_is_not_there() -> None:
    chain = CertificateChain(lab().chains["missing_inter"], verdict=BAD)
    rungs = ladder(chain)
    assert [rung.missing for rung in rungs].count(True) == 1
    assert rungs[0].depth < rungs[-1].depth or len(rungs) == 1


def test_the_card_begins_with_its_headline() -> None:
    chain = CertificateChain(lab().chains["good"], verdict=ok_verdict())
    assert headline(chain[0]) in certificate_text(chain[0]).split("\n", 1)[0]
