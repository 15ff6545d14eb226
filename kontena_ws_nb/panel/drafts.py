"""`Drafts`: messages and filters that are edited in the page, which gets no secrets.

What lives here: putting a name in each secret's place, and the secret back when the text returns. What must not:
masking (`redaction.payloads`), sending. Handlers of the browser's messages call it, on any thread.
"""

from __future__ import annotations

import re
import threading
from secrets import token_hex
from typing import Final

from ..feed.comm_messages import RequestError
from ..redaction.payloads import secret_parts

#: A secret's name: only this panel in this kernel knows what it stands for. Starred messages outlive both.
_NAME: Final = re.compile("«secret ([0-9a-f]{8})»".encode())


class Drafts:
    """The names one panel has given to secrets."""

    def __init__(self) -> None:
        self._secrets: dict[bytes, bytes] = {}
        self._names: dict[bytes, bytes] = {}
        self._lock = threading.Lock()

    def named(self, text: str) -> str:
        """Write a text for the page.

        Parameters
        ----------
        text : str
            A message, or a filter.

        Returns
        -------
        str
            With ``«secret 0a1b2c3d»`` in the place of each secret.
        """
        data = text.encode("utf-8", "surrogatepass")
        parts, at = [], 0
        for start, stop in secret_parts(data):
            parts += [data[at:start], self._name(data[start:stop])]
            at = stop
        return b"".join([*parts, data[at:]]).decode("utf-8", "surrogatepass")

    def _name(self, secret: bytes) -> bytes:
        with self._lock:
            if secret not in self._names:
                key = token_hex(4).encode()
                self._names[secret], self._secrets[key] = "«secret ".encode() + key + "»".encode(), secret
            return self._names[secret]

    def filled(self, text: str) -> str:
        """Put the secrets back.

        Parameters
        ----------
        text : str
            As the page sends it.

        Returns
        -------
        str

        Raises
        ------
        RequestError
            It names a secret that this panel did not give out.
        """
        return _NAME.sub(self._secret, text.encode("utf-8", "surrogatepass")).decode("utf-8", "surrogatepass")

    def _secret(self, match: re.Match[bytes]) -> bytes:
        secret = self._secrets.get(match[1])
        if secret is None:
            raise RequestError(
                f"{match[0].decode()} is a secret of another panel, or of a kernel that has ended: write it again"
            )
        return secret
