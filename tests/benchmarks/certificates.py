"""What certificates cost: describing a chain, a verdict, a card, a context, an import.

    python -m tests.benchmarks.certificates

Prints one line each: median of many, beside its bar. Every figure is of fresh objects; nothing is measured from a cache
but the context's own, whose gain is the point.
"""

from __future__ import annotations

import platform
import ssl
import statistics
import subprocess
import sys
import time
from collections.abc import Callable

import cryptography

from kontena_ws_nb.display.certificate import certificate_html
from kontena_ws_nb.tls import context
from kontena_ws_nb.tls.certificate import CertificateChain
from kontena_ws_nb.tls.context import Trust, client_context
from kontena_ws_nb.tls.verify import verify_chain
from tests.lab.certificates import GOOD, lab

#: Prints whether `cryptography` is loaded after making a chain, and the milliseconds its first look takes.
_FIRST_LOOK = """
import sys, time
from kontena_ws_nb.tls.certificate import CertificateChain
chain = CertificateChain([bytes.fromhex(sys.argv[1])])
assert "cryptography" not in sys.modules, "loaded too early"
started = time.process_time()
chain[0].subject
print((time.process_time() - started) * 1000)
"""


def milliseconds(work: Callable[[], object], rounds: int) -> float:
    """Median processor time of a call: none of them waits for anything, and other work on the machine does not count."""
    times = []
    for _ in range(rounds):
        started = time.process_time()
        work()
        times.append(time.process_time() - started)
    return statistics.median(times) * 1000


def describe_chain() -> None:
    """Read every field of leaf, intermediate and root."""
    for certificate in CertificateChain((*lab().chains["good"], lab().nodes["root"].der)):
        assert certificate.subject
        assert certificate.sha256


def figures(rounds: int = 300) -> dict[str, tuple[float, float]]:
    """Measure: name → (milliseconds, the most it may be)."""
    ders = lab().chains["good"]
    trust, certifi = Trust.resolve(ca_file=lab().ca_file, environ={}), Trust.resolve(environ={})
    verdict = verify_chain(ders, hostname=GOOD, trust=trust)
    first = statistics.median(
        float(
            subprocess.run(
                [sys.executable, "-c", _FIRST_LOOK, ders[0].hex()], check=True, capture_output=True, text=True
            ).stdout
        )
        for _ in range(3)
    )

    def build() -> None:
        context._cache._contexts.clear()
        client_context(certifi)

    return {
        "describe a chain of three": (milliseconds(describe_chain, rounds), 2),
        "verdict, good, after the fact": (
            milliseconds(lambda: verify_chain(ders, hostname=GOOD, trust=trust), rounds),
            10,
        ),
        "verdict, bad, with its hint": (
            milliseconds(lambda: verify_chain(lab().chains["selfsigned"], hostname=GOOD, trust=trust), rounds),
            10,
        ),
        "verdict against certifi's store": (
            milliseconds(lambda: verify_chain(ders, hostname=GOOD, trust=certifi), rounds),
            10,
        ),
        "card as HTML": (
            milliseconds(lambda: certificate_html(CertificateChain(ders, verdict=verdict)[0]), rounds),
            10,
        ),
        "context with certifi's store, built": (milliseconds(build, 5), 500),
        "context with certifi's store, cached": (milliseconds(lambda: client_context(certifi), rounds), 1),
        "first look, imports cryptography": (first, 1000),
    }


def main() -> int:
    """Print the figures; 1 when one is above its bar."""
    print(
        f"Python {platform.python_version()}, {ssl.OPENSSL_VERSION}, cryptography {cryptography.__version__}, {platform.machine()}"
    )
    failed = False
    for name, (taken, bar) in figures().items():
        failed |= taken > bar
        print(f"{name:40}{taken:9.3f} ms   bar {bar:g} ms{'' if taken <= bar else '   TOO SLOW'}")
    return int(failed)


if __name__ == "__main__":
    sys.exit(main())
