"""Trust stores, verdicts on certificate chains, and certificates.

`context` chooses the trust store and makes an ``ssl.SSLContext``, `verify` asks OpenSSL whether a chain is good,
`certificate` reads the fields, `hints` says what to do next, and `unverified` keeps client certificates from servers that are
not verified. Only OpenSSL decides about trust; the ``cryptography`` package only reads fields. There are no sockets
here: `transport.stream` runs the handshakes.
"""
