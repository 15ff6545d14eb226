"""`QueryError`: an invalid filter, shown with a caret under the error.

Separate from `grammar`, which takes longer to import.
"""

from __future__ import annotations

from ...redaction.payloads import mask


class QueryError(ValueError):
    """A filter is invalid.

    Parameters
    ----------
    message : str
        What is wrong, and what would be valid, in one line.
    text : str
        The whole filter.
    position : int
        0-based offset of the error in ``text``.
    """

    def __init__(self, message: str, text: str, position: int) -> None:
        super().__init__(message, text, position)
        self.message = mask(message)  # it says what to type, in the words that were typed
        self.text = text
        self.position = position

    def __str__(self) -> str:
        # Show only the text around the caret, because the text may be long. Control characters would misalign the
        # caret, so they are replaced by dots.
        left = max(0, self.position - 60)
        before, after = mask(self.text, left, self.position), mask(self.text, self.position, self.position + 40)
        shown = "".join(c if c.isprintable() else "·" for c in before + after)
        return f"{self.message}\n  {shown}\n  {' ' * len(before)}^"

    def __repr__(self) -> str:
        return f"{type(self).__name__}({self.message!r})"
