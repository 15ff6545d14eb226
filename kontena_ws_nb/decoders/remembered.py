"""What a connection's decoder keeps of earlier messages, by id and direction: bounded in number and size. One thread."""

from __future__ import annotations

from collections.abc import Hashable
from typing import Any

from .json_text import cut
from .limits import NAME, REMEMBERED


class Remembered:
    """Names by direction and id; when there are too many, the oldest are forgotten."""

    def __init__(self) -> None:
        self._names: dict[tuple[bool, Hashable], str] = {}

    def __len__(self) -> int:
        return len(self._names)

    def keep(self, sent: bool, number: Hashable, name: str) -> None:
        """Remember a name.

        Parameters
        ----------
        sent : bool
            Which way the message went that told it.
        number : hashable
            The id; one with a text of more than `limits.NAME` characters is not remembered.
        name : str
            Its first `limits.NAME` characters are kept.
        """
        if long(number):
            return
        self._names.pop((sent, number), None)  # the newest is the last
        self._names[sent, number] = cut(name, NAME)
        if len(self._names) > REMEMBERED:
            del self._names[next(iter(self._names))]

    def take(self, sent: bool, number: Hashable) -> str:
        """Give a name and forget it; empty when there is none.

        Parameters
        ----------
        sent : bool
            Which way the message went that told it.
        number : hashable
            The id.

        Returns
        -------
        str
        """
        return self._names.pop((sent, number), "")

    def get(self, sent: bool, number: Hashable) -> str:
        """Give a name; empty when there is none.

        Parameters
        ----------
        sent : bool
            Which way the message went that told it.
        number : hashable
            The id.

        Returns
        -------
        str
        """
        return self._names.get((sent, number), "")


def long(number: Any) -> bool:
    """Tell whether an id is too long to be remembered.

    Parameters
    ----------
    number : object
        A text, a number, or a tuple of such.

    Returns
    -------
    bool
    """
    if isinstance(number, tuple):
        return any(long(one) for one in number)
    return (isinstance(number, str) and len(number) > NAME) or (isinstance(number, int) and number.bit_length() > NAME)
