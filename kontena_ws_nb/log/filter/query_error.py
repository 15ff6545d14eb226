"""`QueryError`: a text that cannot be read, shown with a caret under the bad place. Apart from the grammar, which is read only when somebody filters."""

from __future__ import annotations

from ...redaction.payloads import mask


class QueryError(ValueError):
    """A filter that cannot be read.

    Parameters
    ----------
    message : str
        What is wrong and what would be right, in one line.
    text : str
        The whole filter.
    position : int
        0-based offset of the bad place in `text`.
    """

    def __init__(self, message: str, text: str, position: int) -> None:
        super().__init__(message, text, position)
        self.message = mask(message)  # it says what to type, in the words that were typed
        self.text = text
        self.position = position

    def __str__(self) -> str:
        # A window of the text, so that a pasted megabyte does not hide the caret. Controls would move it: show them as
        # dots.
        left = max(0, self.position - 60)
        before, after = mask(self.text, left, self.position), mask(self.text, self.position, self.position + 40)
        shown = "".join(c if c.isprintable() else "·" for c in before + after)
        return f"{self.message}\n  {shown}\n  {' ' * len(before)}^"

    def __repr__(self) -> str:
        return f"{type(self).__name__}({self.message!r})"
