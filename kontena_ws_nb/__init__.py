"""Debug WebSockets in a notebook: a threaded client, an observable log, a live panel, magics and a certificate inspector.

What lives here: the public names, and nothing else. Everything that is not listed in ``__all__`` (plus `TimeoutError` and
`EOFError`, which a star import must not let shadow the builtins) is private.
"""

from __future__ import annotations

__version__ = "0.1.0"
