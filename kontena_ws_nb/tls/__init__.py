"""Trust, verdicts and certificates.

`context` says whom we trust and makes ``ssl.SSLContext``, `verdict` says whether a chain is good and if not why,
`certificate` reads every field, `hints` says what to do next, `unverified` keeps client certificates from servers nobody
vouches for. OpenSSL decides, always; the ``cryptography`` package only reads. No sockets here: `transport.stream`
drives handshakes.
"""
