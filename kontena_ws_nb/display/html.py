"""Builds HTML elements and escapes text for them.

What a server sends may be hostile. All text is put into a page by `escape` or `tag`, which call
`redaction.text.visible` first, so that control characters and bidirectional overrides are shown instead of taking
effect. `Markup` is text that is HTML already. Pure functions, any thread.
"""

from __future__ import annotations

import re
from collections.abc import Iterable

from ..redaction.text import visible

#: Elements without content (HTML Living Standard section 13.1.2).
_VOID = frozenset({"br", "hr", "img", "input", "wbr", "col"})

_NAME = re.compile(r"[a-z][a-z0-9-]*\Z")

#: Attributes whose value is code or a URL; it must be `Markup`, which text from a server never is.
_ACTIVE = re.compile(r"on|(?:href|src|style|action|formaction|srcdoc)\Z")


class Markup(str):
    """Text that is HTML already; `escape` and `tag` leave it alone.

    Only used inside this package: MIME bundles, comm messages and files get ``str()`` of it, because some front ends'
    encoders refuse subclasses of ``str`` (msgspec, in marimo).
    """

    __slots__ = ()


def escape(text: str, *, multiline: bool = True) -> Markup:
    r"""Escape text for HTML, content or attribute value.

    Parameters
    ----------
    text : str
        Any text; `Markup` is returned as it is.
    multiline : bool, default True
        Keep newlines and tabs; otherwise they show as ``\n`` and ``\t``.

    Returns
    -------
    Markup

    Examples
    --------
    >>> escape("<b>\x07")
    '&lt;b&gt;\\x07'
    """
    if isinstance(text, Markup):
        return text
    import html  # loads all named entities, which takes 1 ms

    return Markup(html.escape(visible(text, multiline=multiline), quote=True))


def tag(name: str, *children: str | None, **attributes: str | bool | None) -> Markup:
    """Build an element.

    Parameters
    ----------
    name : str
        The element's name.
    *children : str or None
        The content: `Markup` as it is, other text escaped, None left out.
    **attributes : str, bool or None
        A trailing underscore is dropped and others become hyphens (``class_``, ``aria_label``). True makes an attribute
        without a value, False and None leave it out. Event handlers, ``style`` and URLs must be `Markup`.

    Returns
    -------
    Markup

    Raises
    ------
    ValueError
        An invalid name, content in a void element, or an event handler, style or URL that is not `Markup`.

    Examples
    --------
    >>> tag("p", "1 < 2", class_="note")
    '<p class="note">1 &lt; 2</p>'
    """
    if not _NAME.match(name):
        raise ValueError(f"{name!r} is not an element name")
    parts = [f"<{name}"]
    for key, value in attributes.items():
        attribute = key.rstrip("_").replace("_", "-")
        if not _NAME.match(attribute):
            raise ValueError(f"{key!r} is not an attribute name")
        if value is None or value is False:
            continue
        if value is True:
            parts.append(f" {attribute}")
            continue
        if _ACTIVE.match(attribute) and not isinstance(value, Markup):
            raise ValueError(f"{attribute} must be Markup, because it is code or a URL")
        parts.append(f' {attribute}="{escape(value)}"')
    parts.append(">")
    if name in _VOID:
        if children:
            raise ValueError(f"<{name}> has no content")
        return Markup("".join(parts))
    parts.extend(escape(child) for child in children if child is not None)
    parts.append(f"</{name}>")
    return Markup("".join(parts))


def join(parts: Iterable[str], separator: str = "") -> Markup:
    """Join pieces of HTML; the separator is escaped too.

    Parameters
    ----------
    parts : iterable of str
        `Markup` as it is, other text escaped.
    separator : str, default ""
        Put between the pieces.

    Returns
    -------
    Markup
    """
    return Markup(escape(separator).join(escape(part) for part in parts))


def displayed(text: str, html: Markup) -> dict[str, str]:
    """Build what a cell displays.

    Front ends typeset what stands between two dollar signs of an HTML output, and a JSON path begins with one: everything
    that is displayed says that it holds no formulas (``ignoreHtmlClass`` of MathJax 3, ``ignoreClass`` of MathJax 2).

    Parameters
    ----------
    text : str
        For terminals.
    html : Markup
        The same for pages.

    Returns
    -------
    dict
        ``text/plain`` and ``text/html``.
    """
    return {"text/plain": text, "text/html": str(tag("div", html, class_="mathjax_ignore tex2jax_ignore"))}
