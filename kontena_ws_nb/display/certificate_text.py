"""The texts on a certificate card (headline, overview, validity, ladder, groups), and the card as plain text.

Pure functions, any thread.
"""

from __future__ import annotations

import datetime
from collections.abc import Iterator, Sequence
from typing import TYPE_CHECKING, NamedTuple

from ..redaction.text import printable
from ..tls.certificate import Certificate, CertificateChain
from ..tls.failing_certificate import NO_ISSUER, WRONG_ADDRESS, WRONG_NAME
from ..tls.validity import now, span
from ..tls.verdict import Verdict

if TYPE_CHECKING:
    from rich.text import Text

#: A certificate may have thousands of names. The card shows this many, and how many more there are.
MANY = 40

#: How many characters of a value are shown.
LONG = 400

# Verdict state → badge text, background and text colour. The contrast is at least 4.5:1 on any page.
BADGES = {
    "good": ("✓ good", "#1b7a33", "#ffffff"),
    "unverified": ("! verification off", "#ffc107", "#1a1a1a"),
    "pinned": ("! pinned", "#ffc107", "#1a1a1a"),
    "bad": ("✗ bad", "#b71c1c", "#ffffff"),
    "unknown": ("? not checked", "#5f6368", "#ffffff"),
}


class Rung(NamedTuple):
    """One line of the ladder: a certificate of the chain, or a missing issuer; ``failing`` if the verdict is about it."""

    depth: int
    name: str
    remark: str
    failing: bool = False
    missing: bool = False


def state(verdict: Verdict | None) -> str:
    """Name a verdict's state: a key of `BADGES`.

    Parameters
    ----------
    verdict : Verdict or None
        None if the chain was not verified.

    Returns
    -------
    str
    """
    return "unknown" if verdict is None else verdict.state


def headline(certificate: Certificate) -> str:
    """Name the certificate, and the host it was checked for if that is different.

    Parameters
    ----------
    certificate : Certificate
        Usually the leaf.

    Returns
    -------
    str
    """
    host = certificate.chain.hostname
    verdict = certificate.verdict
    if host and verdict is not None and verdict.code in (WRONG_NAME, WRONG_ADDRESS) and host != certificate.name:
        return f"{certificate.name} instead of {host}"
    return f"{certificate.name} for {host}" if host and host != certificate.name else certificate.name


def validity(certificate: Certificate) -> tuple[float, str]:
    """Return the part of the lifetime that has passed (0 to 1), and a text about it.

    Parameters
    ----------
    certificate : Certificate
        Usually the leaf.

    Returns
    -------
    (float, str)
    """
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
    """Return the remaining validity briefly, for the ladder."""
    words = validity(certificate)[1]
    return words.partition(" (")[0].partition(" of ")[0]


def overview(certificate: Certificate) -> str:
    """Describe issuer, key and TLS connection on one line.

    Parameters
    ----------
    certificate : Certificate
        Usually the leaf.

    Returns
    -------
    str
    """
    issuer = (
        "self-signed"
        if certificate.self_signed
        else f"issued by {certificate.issuer_name}"
        if certificate.issuer
        else ""
    )
    parts = [issuer, str(certificate.key or "")]
    if certificate.tls is not None:
        parts += [certificate.tls.version, certificate.tls.cipher]
    return " · ".join(filter(None, parts))


def _many(values: Sequence[str]) -> tuple[str, ...]:
    shown = tuple(values[:MANY])
    return (*shown, f"… and {len(values) - MANY} more") if len(values) > MANY else shown


def groups(certificate: Certificate) -> Iterator[tuple[str, list[tuple[str, list[str]]]]]:
    """List the folded groups, without empty values, rows and groups.

    Parameters
    ----------
    certificate : Certificate
        Usually the leaf.

    Yields
    ------
    (str, list of (str, list of str))
        Title, then label and values of each row.
    """
    for title, rows in _all_groups(certificate):
        shown = [(label, kept) for label, values in rows if (kept := [value for value in values if value])]
        if shown:
            yield title, shown


def _all_groups(c: Certificate) -> Iterator[tuple[str, list[tuple[str, Sequence[str]]]]]:
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
            [
                ("Version", (t.version,)),
                ("Cipher", (cipher,)),
                ("ALPN", names[:1]),
                ("Server name", names[1:]),
                ("Resumed", resumed),
            ],
        )


def ladder(chain: CertificateChain) -> list[Rung]:
    """List the certificates of the chain, root first, and an issuer that OpenSSL did not find.

    Parameters
    ----------
    chain : CertificateChain
        With or without a verdict.

    Returns
    -------
    list of Rung
    """
    path = chain.path
    failing, verdict = chain.failing, chain.verdict
    from_store = bool(verdict and verdict.path)
    rungs: list[Rung] = []
    for index in reversed(range(len(path))):
        certificate = path[index]
        remarks = [_remaining(certificate)]
        if from_store and index == len(path) - 1:
            remarks.append("trust anchor" if certificate.der in chain.ders else "trust anchor, from our store")
        if index == failing and verdict:
            remarks.append(f"✗ {verdict.reason}")
            if verdict.code in NO_ISSUER and not certificate.self_issued:
                rungs.append(
                    Rung(len(rungs), certificate.issuer_name, "missing: not sent, and not in our store", missing=True)
                )
        rungs.append(Rung(len(rungs), certificate.name, ", ".join(remarks), failing=index == failing))
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
    lines = [f"[{BADGES[state(verdict)][0]}] {printable(headline(certificate), LONG)}"]
    if verdict is not None:
        lines.append(printable(verdict.summary, LONG))
        if verdict.hint:
            lines.append(f"  → {printable(verdict.hint, None)}")
    lines.append(printable(overview(certificate), LONG))
    lines.append(f"valid: {validity(certificate)[1]}")
    lines.extend(f"problem: {printable(problem, LONG)}" for problem in certificate.problems)
    lines.append("chain:")
    for rung in ladder(chain):
        branch = f"{'   ' * rung.depth}{'└─ ' if rung.depth else ''}{'? ' if rung.missing else ''}"
        lines.append(f"  {branch}{printable(rung.name)}, {printable(rung.remark, LONG)}")
    for title, rows in groups(certificate):
        lines.append(f"{title}:")
        for label, values in rows:
            lines.append(f"  {label + ':':20}{', '.join(printable(value, LONG) for value in values)}")
    return "\n".join(lines)


def certificate_rich(certificate: Certificate) -> Text:
    """Write the card for rich's console: as text, with the badge, the failing certificate and the group titles highlighted.

    Parameters
    ----------
    certificate : Certificate
        Usually the leaf.

    Returns
    -------
    rich.text.Text
        The same text as `certificate_text`; rich's markup in it is not interpreted.
    """
    from rich.text import Text

    badge, background, ink = BADGES[state(certificate.verdict)]
    text = Text()
    for number, line in enumerate(certificate_text(certificate).split("\n")):
        if number == 0:
            text.append(f" {badge} ", style=f"bold {ink} on {background}")
            text.append(line.removeprefix(f"[{badge}]"), style="bold")
        else:
            text.append("\n" + line, style="bold red" if ", ✗ " in line else "bold" if line.endswith(":") else "")
    return text
