"""Unusual certificates: every test vector of ``cryptography``, and mutations, can be described without an exception.

``python -m tests.lab.strange_certificates --count 100000`` runs the same for longer.
"""

from __future__ import annotations

import random

from tests.lab import strange_certificates as strange


def test_every_vector_of_cryptography_is_described() -> None:
    seen = 0
    parsed = 0
    for name, der in strange.vectors():
        print(name)  # pytest shows the last one when it raises
        certificate = strange.describe(der)
        seen += 1
        parsed += bool(certificate.serial)
        # What cannot be read at all says why.
        assert certificate.serial or certificate.problems, name
    assert seen >= 500  # the vectors grow from release to release
    assert parsed >= 0.9 * seen


def test_mutations_are_described() -> None:
    outcomes = strange.fuzz(500, seed=20260101)
    # The mutations are worth something: some are read in full, some in part, some not at all.
    assert all(outcomes[kind] > 10 for kind in ("without problems", "with problems", "not parsed"))


def test_values_are_found_in_der() -> None:
    der = bytes.fromhex("3009 0201 05 0404 3002 0500".replace(" ", ""))
    assert strange.values(der) == [(4, 5), (11, 11)]
    assert strange.values(b"\x30\x05\x02") == []
    assert strange.mutate(b"", random.Random(1)) == b""
