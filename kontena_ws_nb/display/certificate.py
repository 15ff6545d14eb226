"""The certificate card as HTML: verdict, validity as a bar, the chain as a ladder, and the fields in folded groups.

The texts are from `certificate_text`. Styles are inline, with JupyterLab's variables and fallbacks for light and dark
pages. Code hosts remove styles and scripts, and the text must be readable without them. Pure functions, any thread.
"""

from __future__ import annotations

import re

from ..redaction.text import printable
from ..tls.certificate import Certificate, CertificateChain
from .certificate_text import BADGES, LONG, certificate_text, groups, headline, ladder, overview, state, validity
from .html import Markup, displayed, escape, join, tag

_FONT = (
    "font-family:var(--jp-ui-font-family,system-ui,sans-serif);font-size:var(--jp-ui-font-size1,13px);line-height:1.45"
)
_MONO = Markup("font-family:var(--jp-code-font-family,ui-monospace,monospace);font-size:0.95em;overflow-wrap:anywhere")
_LINE = "1px solid var(--jp-border-color2,rgba(128,128,128,0.4))"
_FAINT = "color:var(--jp-ui-font-color2,inherit)"

# The button copies the text of the element before it, so that nothing a server sent is part of a script. An <input>,
# because code hosts that remove a <button> would leave its text.
_COPY = Markup(
    "navigator.clipboard.writeText(this.previousElementSibling.textContent).then("
    "()=>{this.value='copied'},()=>{this.value='select and copy by hand'})"
)
_BUTTON = Markup(
    f"margin-left:6px;padding:0 7px;font:inherit;font-size:0.85em;color:inherit;background:transparent;border:{_LINE};border-radius:3px;cursor:pointer"
)

#: Print the colours too, because they have a meaning.
_PRINTED = "print-color-adjust:exact;-webkit-print-color-adjust:exact"

#: A call at the end of a hint, which is shown as code with a copy button.
_CALL = re.compile(r"(?P<words>.*; to trust exactly this key, .*then call )(?P<call>kws\.connect\(.*\))", re.DOTALL)


def certificate_bundle(certificate: Certificate) -> dict[str, str]:
    """Show a certificate, with the chain it came in.

    Parameters
    ----------
    certificate : Certificate
        Usually a leaf.

    Returns
    -------
    dict
        ``text/plain`` and ``text/html``.
    """
    return displayed(certificate_text(certificate), certificate_html(certificate))


def chain_bundle(chain: CertificateChain) -> dict[str, str]:
    """Show a chain as the card of its leaf.

    Parameters
    ----------
    chain : CertificateChain
        May be empty.

    Returns
    -------
    dict
        ``text/plain`` and ``text/html``.
    """
    if chain.leaf is not None:
        return certificate_bundle(chain.leaf)
    verdict = chain.verdict
    text = "no certificate" + (f": {printable(verdict.summary, LONG)}" if verdict else "")
    return displayed(text, tag("p", text))


def certificate_html(certificate: Certificate) -> Markup:
    """Draw the card.

    Parameters
    ----------
    certificate : Certificate
        Usually the leaf.

    Returns
    -------
    Markup
        One ``<section>`` without ids, so that a page can have several.
    """
    chain, verdict = certificate.chain, certificate.verdict
    badge, background, ink = BADGES[state(verdict)]
    parts = [
        tag(
            "div",
            tag(
                "strong",
                badge,
                style=Markup(
                    f"background:{background};color:{ink};border-radius:3px;padding:1px 8px;margin-right:4px;white-space:nowrap;{_PRINTED}"
                ),
            ),
            " ",
            tag("strong", _cut(headline(certificate)), style=Markup("font-size:1.15em;overflow-wrap:anywhere")),
        )
    ]
    if verdict is not None:
        parts.append(tag("div", _cut(verdict.summary), style=Markup("margin-top:4px")))
        if verdict.hint:
            parts.append(_hint_html(verdict.hint))
    parts.append(
        tag("div", _cut(overview(certificate)), style=Markup(f"margin-top:4px;overflow-wrap:anywhere;{_FAINT}"))
    )
    parts.append(_bar(certificate))
    if certificate.problems:
        parts.append(tag("ul", *(tag("li", _cut(problem)) for problem in certificate.problems), aria_label="problems"))
    parts.append(_ladder_html(chain))
    parts.extend(_group_html(title, rows) for title, rows in groups(certificate))
    parts.append(_details("PEM", _pem(certificate.pem)))
    if len(chain) > 1:
        parts.append(_details(f"PEM of all {len(chain)} the server sent", _pem(chain.pem)))
    return tag(
        "section",
        *parts,
        aria_label=f"certificate of {_cut(certificate.name)}",
        style=Markup(
            f"{_FONT};color:var(--jp-ui-font-color1,inherit);border:{_LINE};border-left:6px solid {background};"
            f"border-radius:3px;padding:10px 14px;margin:4px 0;max-width:60em;{_PRINTED}"
        ),
    )


def _hint_html(hint: str) -> Markup:
    """Write the hint, with the call that pins a key on a line of its own, to be copied."""
    found = _CALL.fullmatch(hint)
    if found is None:
        return tag("div", "→ ", hint, style=Markup("margin-top:4px;overflow-wrap:anywhere"))
    what, _, how = found["words"].partition("; to trust exactly this key, ")
    style = Markup("margin-top:4px;overflow-wrap:anywhere")
    return join(
        (
            tag("div", "→ ", what, style=style),
            tag(
                "div",
                "→ to trust exactly this key, ",
                *_breakable(how.strip()),
                ":",
                _copyable(tag("code", found["call"], style=_MONO)),
                style=style,
            ),
        )
    )


def _breakable(text: str) -> list[str]:
    """Allow line breaks after the colons of a fingerprint, without styles."""
    return [part for piece in text.split(":") for part in (":", tag("wbr"), piece)][2:]


def _pem(text: str) -> Markup:
    return _copyable(tag("pre", text, style=Markup("margin:4px 0;user-select:all")))


def _cut(text: str) -> str:
    return text if len(text) <= LONG else text[:LONG] + "…"


def _bar(certificate: Certificate) -> Markup:
    passed, words = validity(certificate)
    colour = BADGES["bad" if certificate.expired or certificate.not_yet_valid else "good"][1]
    if colour == BADGES["good"][1] and passed > 0.9:
        colour = BADGES["unverified"][1]
    fill = Markup(f"width:{passed * 100:.0f}%;height:6px;border-radius:3px;background:{colour}")
    return tag(
        "div",
        tag(
            "div",
            tag("div", style=fill),
            aria_hidden="true",
            style=Markup(f"border:{_LINE};border-radius:4px;max-width:24em"),
        ),
        tag("div", words),
        style=Markup("margin:8px 0"),
    )


def _ladder_html(chain: CertificateChain) -> Markup:
    rungs = []
    for rung in ladder(chain):
        bad = BADGES["bad"][1]
        edge = f"3px {'dashed' if rung.missing else 'solid'} {bad if rung.failing or rung.missing else 'transparent'}"
        rungs.append(
            tag(
                "li",
                tag("span", "└ ", aria_hidden="true", style=Markup(_FAINT)) if rung.depth else None,
                tag("span", "? " if rung.missing else "", _cut(rung.name), style=Markup("overflow-wrap:anywhere")),
                tag("span", f" – {_cut(rung.remark)}", style=Markup("" if rung.failing else _FAINT)),
                style=Markup(
                    f"border-left:{edge};padding-left:{6 + 18 * rung.depth}px;list-style:none"
                    + (";font-weight:600" if rung.failing else ";font-style:italic" if rung.missing else "")
                ),
            )
        )
    return tag("ol", *rungs, aria_label="chain, root first", style=Markup("margin:8px 0;padding:0"))


def _details(title: str, *content: str) -> Markup:
    summary = tag("summary", title, style=Markup("cursor:pointer;padding:3px 0"))
    return tag("details", summary, *content, style=Markup(f"border-top:{_LINE}"))


def _group_html(title: str, rows: list[tuple[str, list[str]]]) -> Markup:
    body = []
    for label, values in rows:
        cells = join(tag("div", _value(label, _cut(value))) for value in values)
        body.append(
            tag(
                "tr",
                tag(
                    "th",
                    label,
                    scope="row",
                    style=Markup(
                        f"text-align:left;vertical-align:top;font-weight:normal;padding-right:1em;white-space:nowrap;{_FAINT}"
                    ),
                ),
                tag("td", cells, style=Markup("text-align:left")),
                style=Markup("background:transparent"),
            )
        )
    table = tag("table", tag("tbody", *body), style=Markup("border-collapse:collapse;margin:2px 0 6px;width:auto"))
    return _details(title, table)


def _value(label: str, value: str) -> Markup:
    if label in ("SHA-256", "SHA-1", "Pin"):
        return _copyable(tag("code", value, style=_MONO))
    return escape(value)


def _copyable(element: Markup) -> Markup:
    return tag("div", element, tag("input", type="button", value="copy", onclick=_COPY, style=_BUTTON))
