"""The certificate lab as a table: the verdict of a handshake beside that of `verify_chain`.

    python -m tests.lab.verdict_table [--tls 1.2]

A line for each case: code, text, certificates the server sent, hint; then whether both ways gave the same. Ends with 1
when one differs.
"""

from __future__ import annotations

import argparse
import platform
import ssl
import sys
from collections.abc import Iterator

from kontena_ws_nb.tls import validity
from kontena_ws_nb.tls.context import Trust, client_context
from kontena_ws_nb.tls.verdict import Verdict
from kontena_ws_nb.tls.verify import live_error, ok_verdict, peer_chain, verified_chain, verify_chain
from tests.lab.certificates import MATRIX, lab
from tests.lab.tls_server import TLSServer, handshake


def live(server: TLSServer, host: str, trust: Trust, *, strict: bool = False) -> tuple[Verdict, int]:
    """What a verifying handshake says, and how many certificates it can show."""
    with handshake(server.port, client_context(trust, strict=strict), host) as (sslobj, error):
        if error is None:
            return ok_verdict(verified_chain(sslobj)), len(peer_chain(sslobj))
        assert isinstance(error, ssl.SSLCertVerificationError)
        refused = live_error(error, peer_chain(sslobj), hostname=host, trust=trust)
    assert refused.cert_chain is not None
    assert refused.cert_chain.verdict is not None
    return refused.cert_chain.verdict, len(refused.cert_chain)


def after(server: TLSServer, host: str, trust: Trust, *, strict: bool = False) -> tuple[Verdict, int]:
    """What OpenSSL says about the chain an unverified handshake left behind, without another connection."""
    with handshake(server.port, client_context(trust, verify=False), host) as (sslobj, error):
        assert error is None
        chain = peer_chain(sslobj)
    return verify_chain(chain, hostname=host, trust=trust, strict=strict), len(chain)


def rows(tls: str) -> Iterator[tuple[str, tuple[Verdict, int], tuple[Verdict, int]]]:
    """Yield case, live, after the fact."""
    trust = Trust.resolve(ca_file=lab().ca_file, environ={})
    for case, host in MATRIX:
        with TLSServer(case.partition("+")[0], tls=tls) as server:
            yield case, live(server, host, trust), after(server, host, trust)


def main() -> int:
    """Print the table."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--tls", choices=("1.2", "1.3"), default="1.3")
    given = parser.parse_args()
    print(f"Python {platform.python_version()}, {ssl.OPENSSL_VERSION}, TLS {given.tls}")
    # A hint may tell the time: both ways are asked about the same moment.
    moment = validity.now()
    validity.now = lambda: moment
    different = 0
    for case, (said, sent), (asked, kept) in rows(given.tls):
        same = (said.code, said.reason, said.hint, sent) == (asked.code, asked.reason, asked.hint, kept)
        different += not same
        for way, verdict, count in (("live", said, sent), ("after", asked, kept)):
            hint = (verdict.hint or "").partition("; to trust exactly this key")[0]
            print(
                f"{case if way == 'live' else '':24}{way:6}{verdict.code:4}  {count}  {verdict.reason}{'  → ' if hint else ''}{hint}"
            )
        if not same:
            print(f"{'':24}DIFFERENT")
    print(f"{len(MATRIX) - different} of {len(MATRIX)} the same")
    return int(different > 0)


if __name__ == "__main__":
    sys.exit(main())
