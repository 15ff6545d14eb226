"""The certificate card: verdict first, then the chain as a ladder, the validity as a bar, the fields folded by group.

What lives here: layout and words around fields. What must not: judgement (the verdict is given), escaping (`html`, `text`). Styles are
inline, with JupyterLab's variables and fallbacks that suit light and dark pages; with styles and scripts stripped, as code hosts do, the
text still reads in order. Pure functions, any thread.
"""

from __future__ import annotations

import datetime
from collections.abc import Iterable, Sequence
from typing import TYPE_CHECKING

from ..tls.attributes import now, span
from ..tls.certificate import Certificate, CertificateChain
from ..tls.verdict import Verdict
from .html import Markup, escape, join, tag
from .text import printable

if TYPE_CHECKING:
    from rich.text import Text

#: A certificate may list thousands of names; a card shows so many and says how many more there are.
_MANY = 40

#: Characters of one value on a card.
_LONG = 400

# Verdict state → badge text, badge background, badge text colour. Contrast is at least 4.5:1 on any page, since both are ours.
_BADGES = {
    "good": ("✓ good", "#1b7a33", "#ffffff"),
    "unverified": ("! verification off", "#ffc107", "#1a1a1a"),
    "pinned": ("! pinned", "#ffc107", "#1a1a1a"),
    "bad": ("✗ bad", "#b71c1c", "#ffffff"),
    "unknown": ("? not checked", "#5f6368", "#ffffff"),
}

_FONT = "font-family:var(--jp-ui-font-family,system-ui,sans-serif);font-size:var(--jp-ui-font-size1,13px);line-height:1.45"
_MONO = Markup("font-family:var(--jp-code-font-family,ui-monospace,monospace);font-size:0.95em;overflow-wrap:anywhere")
_LINE = "1px solid var(--jp-border-color2,rgba(128,128,128,0.4))"
_FAINT = "color:var(--jp-ui-font-color2,inherit)"

# The text to copy is in the element before the button: nothing a server sent is ever part of a script.
_COPY = Markup(
    "navigator.clipboard.writeText(this.previousElementSibling.textContent).then("
    "()=>{this.textContent='copied'},()=>{this.textContent='select and copy by hand'})"
)


def certificate_bundle(certificate: Certificate) -> dict[str, str]:
    """Show a certificate, with the chain it came in.

    Parameters
    ----------
    certificate : Certificate
        Usually the leaf.

    Returns
    -------
    dict
        ``text/plain`` and ``text/html``.
    """
    return {"text/plain": certificate_text(certificate), "text/html": certificate_html(certificate)}


def chain_bundle(chain: CertificateChain) -> dict[str, str]:
    """Show a chain: the card of its leaf.

    Parameters
    ----------
    chain : CertificateChain
        Maybe empty.

    Returns
    -------
    dict
        ``text/plain`` and ``text/html``.
    """
    if chain.leaf is not None:
        return certificate_bundle(chain.leaf)
    verdict = chain.verdict
    text = "no certificate" + (f": {printable(verdict.summary, _LONG)}" if verdict else "")
    return {"text/plain": text, "text/html": tag("p", text)}


# -- the words, shared by HTML and text


def _state(verdict: Verdict | None) -> str:
    return "unknown" if verdict is None else verdict.state


def _headline(certificate: Certificate) -> str:
    host = certificate.chain.hostname
    return f"{certificate.name} for {host}" if host and host != certificate.name else certificate.name


def _validity(certificate: Certificate) -> tuple[float, str]:
    """Give the part of the lifetime that has passed (0 to 1), and the words for it."""
    start, end, left = certificate.not_before, certificate.not_after, certificate.expires_in
    if start is None or end is None or left is None:
        return 0.0, "validity cannot be read"
    dates = f"{start:%Y-%m-%d} – {end:%Y-%m-%d}"
    if certificate.not_yet_valid:
        return 0.0, f"not valid before {start:%Y-%m-%d %H:%M} UTC ({dates})"
    if certificate.expired:
        return 1.0, f"expired {span(-left)} ago ({dates})"
    passed = (now() - start) / max(end - start, datetime.timedelta(seconds=1))
    return passed, f"{span(left)} left of {span(end - start)} ({dates})"


def _remaining(certificate: Certificate) -> str:
    """Say the same in a word or two, for a rung of the ladder."""
    words = _validity(certificate)[1]
    return words.partition(" (")[0].partition(" of ")[0]


def _facts(certificate: Certificate) -> str:
    """Issuer, key and connection on one line: what people look for first."""
    issuer = "self-signed" if certificate.self_signed else f"issued by {certificate.issuer_name}" if certificate.issuer else ""
    facts = [issuer, str(certificate.key or "")]
    if certificate.tls is not None:
        facts += [certificate.tls.version, certificate.tls.cipher]
    return " · ".join(fact for fact in facts if fact)


def _many(values: Sequence[str]) -> tuple[str, ...]:
    shown = tuple(values[:_MANY])
    return (*shown, f"… and {len(values) - _MANY} more") if len(values) > _MANY else shown


def _groups(c: Certificate) -> Iterable[tuple[str, list[tuple[str, Sequence[str]]]]]:
    """List the folded groups: title, then (label, values); empty values are left out."""
    chain = c.chain
    yield "Names", [("Subject", (c.subject,)), ("Issuer", (c.issuer,)), ("Alternative names", _many(c.san))]
    yield (
        "Key and signature",
        [
            ("Key", (str(c.key or ""),)),
            ("Pin", (c.pin,)),
            ("Signature", (str(c.signature or ""),)),
            ("Subject key id", (c.subject_key_id,)),
            ("Authority key id", (c.authority_key_id,)),
        ],
    )
    yield "Fingerprints", [("SHA-256", (c.sha256,)), ("SHA-1", (c.sha1,)), ("Serial", (c.serial,))]
    authority = f"yes, path length {'any' if c.path_length is None else c.path_length}" if c.is_ca else "no"
    yield (
        "Usage",
        [
            ("Key usage", tuple(u.replace("_", " ") for u in c.key_usage)),
            ("Extended key usage", c.extended_key_usage),
            ("CA", (authority,)),
            ("Policies", _many(c.policies)),
            ("Permitted names", _many(c.permitted_names)),
            ("Excluded names", _many(c.excluded_names)),
            ("Must staple", ("yes",) if c.must_staple else ()),
        ],
    )
    yield "Revocation", [("OCSP", _many(c.ocsp)), ("CRL", _many(c.crl)), ("CA issuers", _many(c.ca_issuers))]
    yield (
        "Transparency and extensions",
        [
            ("SCTs", _many([f"{s.time:%Y-%m-%d %H:%M} log {s.log_id[:16]}…" for s in c.scts])),
            ("Extensions", _many([f"{e.name}{' (critical)' if e.critical else ''}" for e in c.extensions])),
            ("Version", (f"v{c.version}",) if c.version else ()),
            ("Size", (f"{len(c.der)} bytes",)),
        ],
    )
    if chain.tls is not None:
        t = chain.tls
        cipher = f"{t.cipher} ({t.bits} bit)" if t.cipher else ""
        resumed = ("yes",) if t.resumed else ()
        names = (t.alpn or "", t.server_name or "")
        yield (
            "Connection",
            [("Version", (t.version,)), ("Cipher", (cipher,)), ("ALPN", names[:1]), ("Server name", names[1:]), ("Resumed", resumed)],
        )


def _rows(rows: list[tuple[str, Sequence[str]]]) -> list[tuple[str, list[str]]]:
    return [(label, kept) for label, values in rows if (kept := [value for value in values if value])]


def _ladder(chain: CertificateChain) -> list[tuple[int, Certificate, str, bool]]:
    """List the links root first: depth from the top, certificate, remark, failing."""
    path = chain.path
    failing = chain.failing
    from_store = bool(chain.verdict and chain.verdict.path)
    rungs = []
    for depth, index in enumerate(reversed(range(len(path)))):
        certificate = path[index]
        remarks = [_remaining(certificate)]
        if from_store and index == len(path) - 1:
            remarks.append("trust anchor" if certificate.der in chain.ders else "trust anchor, from our store")
        if index == failing and chain.verdict:
            remarks.append(f"✗ {chain.verdict.reason}")
        rungs.append((depth, certificate, ", ".join(remarks), index == failing))
    return rungs


# -- text


def certificate_text(certificate: Certificate) -> str:
    """Write the card as plain text, for terminals and ``text/plain``.

    Parameters
    ----------
    certificate : Certificate
        Usually the leaf.

    Returns
    -------
    str
        Many lines, no escape sequences, no newline at the end.
    """
    chain, verdict = certificate.chain, certificate.verdict
    lines = [f"[{_BADGES[_state(verdict)][0]}] {printable(_headline(certificate), _LONG)}"]
    if verdict is not None:
        lines.append(printable(verdict.summary, _LONG))
        if verdict.hint:
            lines.append(f"  → {printable(verdict.hint, None)}")
    lines.append(printable(_facts(certificate), _LONG))
    lines.append(f"valid: {_validity(certificate)[1]}")
    lines.extend(f"problem: {printable(problem, _LONG)}" for problem in certificate.problems)
    lines.append("chain:")
    for depth, link, remark, _failing in _ladder(chain):
        lines.append(f"  {'   ' * depth}{'└─ ' if depth else ''}{printable(link.name)}, {printable(remark, _LONG)}")
    for title, rows in _groups(certificate):
        shown = _rows(rows)
        if shown:
            lines.append(f"{title}:")
        for label, values in shown:
            lines.append(f"  {label + ':':20}{', '.join(printable(value, _LONG) for value in values)}")
    return "\n".join(lines)


def certificate_rich(certificate: Certificate) -> Text:
    """Write the card for rich's console: the text, with the badge, the failing link and the group titles set off.

    Parameters
    ----------
    certificate : Certificate
        Usually the leaf.

    Returns
    -------
    rich.text.Text
        Same words as `certificate_text`; no markup is interpreted.
    """
    from rich.text import Text

    badge, background, ink = _BADGES[_state(certificate.verdict)]
    text = Text()
    for number, line in enumerate(certificate_text(certificate).split("\n")):
        if number == 0:
            text.append(f" {badge} ", style=f"bold {ink} on {background}")
            text.append(line.removeprefix(f"[{badge}]"), style="bold")
        else:
            text.append("\n" + line, style="bold red" if ", ✗ " in line else "bold" if line.endswith(":") else "")
    return text


# -- HTML


def certificate_html(certificate: Certificate) -> Markup:
    """Draw the card.

    Parameters
    ----------
    certificate : Certificate
        Usually the leaf.

    Returns
    -------
    Markup
        One ``<section>``; no identifiers, so that several fit on a page.
    """
    chain, verdict = certificate.chain, certificate.verdict
    badge, background, ink = _BADGES[_state(verdict)]
    parts = [
        tag(
            "div",
            tag("strong", badge, style=Markup(f"background:{background};color:{ink};border-radius:3px;padding:1px 8px;white-space:nowrap")),
            " ",
            tag("strong", _cut(_headline(certificate)), style=Markup("font-size:1.15em;overflow-wrap:anywhere")),
        )
    ]
    if verdict is not None:
        parts.append(tag("div", _cut(verdict.summary), style=Markup("margin-top:4px")))
        if verdict.hint:
            parts.append(tag("div", "→ ", verdict.hint, style=Markup("margin-top:4px;overflow-wrap:anywhere")))
    parts.append(tag("div", _cut(_facts(certificate)), style=Markup(f"margin-top:4px;overflow-wrap:anywhere;{_FAINT}")))
    parts.append(_bar(certificate))
    if certificate.problems:
        parts.append(tag("ul", *(tag("li", _cut(problem)) for problem in certificate.problems), aria_label="problems"))
    parts.append(_ladder_html(chain))
    parts.extend(_group_html(title, shown) for title, rows in _groups(certificate) if (shown := _rows(rows)))
    parts.append(_details("PEM", _copyable(tag("pre", certificate.pem, style=Markup("margin:4px 0;user-select:all")))))
    return tag(
        "section",
        *parts,
        aria_label=f"certificate of {_cut(certificate.name)}",
        style=Markup(
            f"{_FONT};color:var(--jp-ui-font-color1,inherit);border:{_LINE};border-left:6px solid {background};"
            "border-radius:3px;padding:10px 14px;margin:4px 0;max-width:60em"
        ),
    )


def _cut(text: str) -> str:
    return text if len(text) <= _LONG else text[:_LONG] + "…"


def _bar(certificate: Certificate) -> Markup:
    passed, words = _validity(certificate)
    colour = _BADGES["bad" if certificate.expired or certificate.not_yet_valid else "good"][1]
    if colour == _BADGES["good"][1] and passed > 0.9:
        colour = _BADGES["unverified"][1]
    fill = Markup(f"width:{passed * 100:.0f}%;height:6px;border-radius:3px;background:{colour}")
    return tag(
        "div",
        tag("div", tag("div", style=fill), aria_hidden="true", style=Markup(f"border:{_LINE};border-radius:4px;max-width:24em")),
        tag("div", words),
        style=Markup("margin:8px 0"),
    )


def _ladder_html(chain: CertificateChain) -> Markup:
    rungs = []
    for depth, link, remark, failing in _ladder(chain):
        mark = f"border-left:3px solid {_BADGES['bad'][1]};font-weight:600;" if failing else "border-left:3px solid transparent;"
        rungs.append(
            tag(
                "li",
                tag("span", "└ ", aria_hidden="true", style=Markup(_FAINT)) if depth else None,
                tag("span", _cut(link.name), style=Markup("overflow-wrap:anywhere")),
                tag("span", f" – {_cut(remark)}", style=Markup("" if failing else _FAINT)),
                style=Markup(f"{mark}padding-left:{6 + 18 * depth}px;list-style:none"),
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
                    style=Markup(f"text-align:left;vertical-align:top;font-weight:normal;padding-right:1em;white-space:nowrap;{_FAINT}"),
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
    button = tag("button", "copy", type="button", onclick=_COPY, style=Markup("margin-left:6px;font-size:0.85em;cursor:pointer"))
    return tag("div", element, button)
