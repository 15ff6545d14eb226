"""``kontena-ws cert URL``: show a server's certificate."""

from __future__ import annotations

import json
from collections.abc import Sequence

from ..redaction.headers import redact_url
from ..redaction.text import printable
from ..tls.errors import SSLConnectError
from .arguments import address_of, parse_with_options, parser_with_options
from .exit_codes import CLOSED, NO_TLS, OK, USAGE
from .streams import logger, say, write_out

_EPILOG = """\
exit codes:
  0    the certificate is good
  1    the certificate is bad; it is shown anyway
  2    no TLS
  3    no connection
  64   wrong arguments
  74   standard output cannot be written
"""


def run(arguments: Sequence[str]) -> int:
    """Show a certificate; return the exit code."""
    parser = parser_with_options(
        "kontena-ws cert", "Show a server's certificate, its chain and whether it is good.", _EPILOG
    )
    form = parser.add_mutually_exclusive_group()
    form.add_argument("--json", action="store_true", help="every field, as JSON")
    form.add_argument("--pem", action="store_true", help="the chain the server sent, as PEM")
    parser.add_argument("url", metavar="URL", help="wss://host[:port], or just host[:port]")
    parsed, options = parse_with_options(parser, arguments)
    from ..api import certificate
    from ..render import bundle

    address = parsed.url if "://" in parsed.url else address_of(parser, parsed.url)
    if address.startswith("ws://"):
        logger.error("%s: ws:// has no TLS, so there is no certificate; try wss://", redact_url(address))
        return NO_TLS
    try:
        leaf = certificate(address, **options)
    except ValueError as error:
        parser.refuse(str(error))
    except SSLConnectError as error:
        logger.error("%s", printable(str(error), None))
        # Without a URL it is not about the server: a CA file or client certificate in the options cannot be used.
        return NO_TLS if error.url else USAGE
    verdict = leaf.verdict
    good = verdict is not None and verdict.ok
    if parsed.pem:
        write_out(leaf.chain.pem)
        if not good:
            logger.warning("%s", verdict.summary if verdict else "not verified")
    elif parsed.json:
        say(json.dumps(leaf.chain.to_dict(), indent=2, default=str))
    else:
        say(bundle(leaf)["text/plain"])
    return OK if good else CLOSED
