"""`Candidate`: what a word that is being typed may become. A value; without the filters, which magics load late."""

from __future__ import annotations

from typing import NamedTuple


class Candidate(NamedTuple):
    """A completion of a word.

    Parameters
    ----------
    text : str
        The whole word.
    meaning : str
        Shown beside it.
    """

    text: str
    meaning: str
