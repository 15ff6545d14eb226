"""Finding the public key in a certificate."""

from __future__ import annotations

import base64
import hashlib

import pytest
from cryptography.hazmat.primitives.serialization import Encoding, PublicFormat

from kontena_ws_nb.tls.der import DERError, pin_of, public_key_info
from tests.lab.certificates import lab


@pytest.mark.parametrize("case", ["good", "rsa2048", "ed25519", "p384", "selfsigned"])
def test_the_key_is_the_one_cryptography_reads(case: str) -> None:
    node = lab().nodes[case]
    expected = node.cert.public_key().public_bytes(Encoding.DER, PublicFormat.SubjectPublicKeyInfo)
    assert public_key_info(node.der) == expected
    assert pin_of(node.der) == "sha256/" + base64.b64encode(hashlib.sha256(expected).digest()).decode()


def sequence(*parts: bytes, tag: int = 0x30) -> bytes:
    body = b"".join(parts)
    assert len(body) < 128
    return bytes([tag, len(body)]) + body


KEY = sequence(b"\x02\x01\x05")
FIVE = b"\x02\x01\x01" * 5


def test_a_version_1_certificate_has_no_version() -> None:
    assert public_key_info(sequence(sequence(FIVE, KEY))) == KEY


def test_version_3_says_so() -> None:
    assert public_key_info(sequence(sequence(sequence(b"\x02\x01\x02", tag=0xA0), FIVE, KEY))) == KEY


@pytest.mark.parametrize(
    ("der", "why"),
    [
        (b"", "truncated"),
        (b"\x30", "truncated"),
        (b"\x30\x05\x00", "truncated"),
        (b"\x31\x00", "tag 0x31 instead of 0x30"),
        (b"\x30\x80\x00\x00", "bad length"),
        (b"\x30\x85\x00\x00\x00\x00\x01", "bad length"),
        (b"\x30\x82\x00", "bad length"),
        (sequence(sequence(FIVE, b"\x02\x01\x01")), "tag 0x2 instead of 0x30"),
        # The last element claims bytes of the element after its parent.
        (sequence(sequence(FIVE[:-2] + b"\x02\x01"), b"\x00" * 9), "is longer than its parent"),
        (sequence(sequence(FIVE, b"\x30\x05"), b"\x00" * 9), "is longer than its parent"),
    ],
)
def test_what_is_no_certificate_is_refused(der: bytes, why: str) -> None:
    with pytest.raises(DERError, match=why):
        public_key_info(der)


def test_no_prefix_of_a_certificate_breaks_it() -> None:
    der = lab().nodes["good"].der
    for end in range(len(der)):
        with pytest.raises(DERError):
            pin_of(der[:end])
