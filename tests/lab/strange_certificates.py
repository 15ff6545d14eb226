"""Unusual certificates: all of ``cryptography``'s test vectors, and mutations of them; and what must hold for each.

    python -m tests.lab.strange_certificates --count 100000 --seed 1

describes that many mutated certificates and prints how it went; it stops at the first that raises and writes its DER to
a file. The test suite runs a few hundred. Nothing here talks to the network.
"""

from __future__ import annotations

import argparse
import base64
import json
import random
import re
import sys
import time
from collections import Counter
from collections.abc import Iterator
from pathlib import Path

import cryptography_vectors

from kontena_ws_nb.display.certificate import certificate_bundle
from kontena_ws_nb.tls.certificate import Certificate, CertificateChain
from kontena_ws_nb.tls.context import Trust
from kontena_ws_nb.tls.failing_certificate import failing_certificate
from kontena_ws_nb.tls.hints import hint
from kontena_ws_nb.tls.verdict import Verdict
from tests.lab.certificates import lab

VECTORS = Path(cryptography_vectors.__file__).parent

_PEM = re.compile(rb"-----BEGIN (?:X509 |TRUSTED )?CERTIFICATE-----\s+(.*?)-----END", re.DOTALL)

#: A card of the longest certificate there is must stay one that a notebook can hold.
MOST_CHARACTERS = 4 << 20

#: OpenSSL's codes that have a hint of their own, and one that has none.
CODES = (7, 9, 10, 18, 19, 20, 21, 24, 25, 26, 47, 62, 64, 66, 67, 68, 79, 89, 1)


def vectors() -> Iterator[tuple[str, bytes]]:
    """Yield (name, DER) of every certificate in ``cryptography_vectors``, in PEM and DER files, alone and in bundles."""
    for path in sorted(VECTORS.rglob("*")):
        if not path.is_file():
            continue
        name, data = str(path.relative_to(VECTORS)), path.read_bytes()
        for number, found in enumerate(_PEM.finditer(data)):
            try:
                yield f"{name}#{number}", base64.b64decode(found[1])
            except ValueError:  # vectors of broken PEM: what base64 cannot read never was a DER
                continue
        if path.suffix in (".der", ".cer", ".crt") and data[:1] == b"\x30" and "x509" in name:
            yield name, data


def describe(der: bytes, code: int = 20, others: str = "above") -> Certificate:
    """Look at a refused certificate in every way there is; returns it, and raises what must not be raised.

    `code` is OpenSSL's reason, `others` says where in the chain a good certificate stands: ``"above"``, ``"below"`` or
    ``"none"``.
    """
    other = lab().chains["good"][1]
    ders = {"above": (der, other), "below": (other, der), "none": (der,)}[others]
    chain = CertificateChain(ders, hostname="good.test")
    failing_certificate(code, chain)
    words = hint(code, chain, hostname="good.test", trust=Trust("certifi"), url="wss://good.test/")
    chain.verdict = Verdict(ok=False, verified=True, code=code, reason="reason", hint=words)
    certificate = chain[ders.index(der)]
    for name in _PUBLIC:
        getattr(certificate, name)
    texts = {
        **certificate_bundle(certificate),
        "repr": repr(certificate),
        "json": json.dumps(chain.to_dict()),
        "hint": words,
    }
    for name, text in texts.items():
        text.encode()  # a lone surrogate would break the notebook's JSON and the terminal
        assert len(text) <= MOST_CHARACTERS, f"{name} has {len(text)} characters"
        assert "\x1b" not in text, name
        assert "\u202e" not in text, name
    assert "<script" not in texts["text/html"]
    certificate.matches("good.test")
    certificate.matches("127.0.0.1")
    return certificate


_PUBLIC = tuple(name for name in dir(Certificate) if not name.startswith("_"))


def values(der: bytes, start: int = 0, end: int | None = None) -> list[tuple[int, int]]:
    """Find where the values of a DER stand: (start, end) of each primitive element, also of those wrapped in octet strings."""
    found: list[tuple[int, int]] = []
    end = len(der) if end is None else end
    while start + 2 <= end:
        tag, length, at = der[start], der[start + 1], start + 2
        if length > 0x80:
            width = length & 0x7F
            length, at = int.from_bytes(der[at : at + width], "big"), at + width
        if at + length > end:
            return []
        inside = values(der, at, at + length) if tag & 0x20 or tag == 0x04 else []
        found += inside or [(at, at + length)]
        start = at + length
    return found if start == end else []


def mutate(der: bytes, chance: random.Random) -> bytes:
    """Change a certificate: most often within its values, so that much is left to be read; else anywhere, lengths and tags included."""
    data = bytearray(der)
    places = values(der)
    for _ in range(chance.choice((1, 1, 1, 2, 4))):
        if places and chance.random() < 0.8:
            start, end = chance.choice(places)
            _garble(data, start, end, chance)
        else:
            _break(data, chance)
            places = []  # they have moved
    return bytes(data)


def _garble(data: bytearray, start: int, end: int, chance: random.Random) -> None:
    """Change a value, keeping its length."""
    size = end - start
    text = chance.choice(
        (
            b"\x1b[31m",
            b"\xe2\x80\xae",
            b"<script>",
            b"\x00",
            b"\xff",
            b"\xed\xa0\x80",
            b"'\"",
            b"9",
            b"Z",
            b"-",
            b"\x80",
            chance.randbytes(4),
        )
    )
    if chance.random() < 0.5:
        data[start:end] = (text * size)[:size]
    elif size:
        at = start + chance.randrange(size)
        data[at:end] = (text + bytes(data[at + len(text) : end]))[: end - at]


def _break(data: bytearray, chance: random.Random) -> None:
    """Change anything anywhere."""
    if not data:
        return
    at, size = chance.randrange(len(data)), chance.randrange(1, 9)
    kind = chance.randrange(6)
    if kind == 0:
        data[at] ^= 1 << chance.randrange(8)
    elif kind == 1:  # tags and lengths there are
        data[at] = chance.choice(
            (0x00, 0x7F, 0x80, 0xFF, 0x30, 0x02, 0x03, 0x05, 0x0C, 0x13, 0x1E, 0x17, 0x18, 0xA0, 0x82)
        )
    elif kind == 2:
        del data[at : at + size]
    elif kind == 3:
        data[at:at] = chance.randbytes(size)
    elif kind == 4:
        other = chance.randrange(len(data))
        data[at : at + 8 * size] = data[other : other + 8 * size]
    else:
        del data[at:]


def fuzz(count: int, seed: int) -> Counter[str]:
    """Describe `count` mutations; returns how many could be read in part, in full, or not at all."""
    chance = random.Random(seed)  # reproducible, not secret
    originals = [der for _, der in vectors()] + [chain[0] for chain in lab().chains.values()]
    outcomes: Counter[str] = Counter()
    for number in range(count):
        if number % 10_000 == 9_999:
            print(f"{number + 1} …", file=sys.stderr, flush=True)
        der = mutate(chance.choice(originals), chance)
        try:
            certificate = describe(der, chance.choice(CODES), chance.choice(("above", "below", "none")))
        except BaseException:
            Path("strange.der").write_bytes(der)
            print(f"strange.der raised (seed {seed})", file=sys.stderr)
            raise
        outcomes[
            "not parsed" if not certificate.serial else "with problems" if certificate.problems else "without problems"
        ] += 1
    return outcomes


def main() -> None:
    """Run the fuzzer from the command line."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--count", type=int, default=100_000)
    parser.add_argument("--seed", type=int, default=1)
    given = parser.parse_args()
    started = time.monotonic()
    outcomes = fuzz(given.count, given.seed)
    seconds = time.monotonic() - started
    print(f"{given.count} mutated certificates described in {seconds:.0f} s, none raised: {dict(outcomes)}")


if __name__ == "__main__":
    main()
