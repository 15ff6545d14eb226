"""Text from strangers, as displays show it: the functions of `plain`, which errors and the logger need too and which therefore lives below them."""

from __future__ import annotations

from ..plain import printable, visible

__all__ = ["printable", "visible"]
