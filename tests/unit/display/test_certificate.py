"""The certificate card as HTML: the verdict first, all fields, and nothing a server sends takes effect."""

from __future__ import annotations

import datetime
import io
import re
from html.parser import HTMLParser

import pytest
from cryptography import x509
from cryptography.x509.oid import NameOID

from kontena_ws_nb.display.certificate import certificate_bundle, certificate_html, chain_bundle
from kontena_ws_nb.display.certificate_text import certificate_text
from kontena_ws_nb.display.html import Markup, displayed
from kontena_ws_nb.tls import validity
from kontena_ws_nb.tls.certificate import Certificate, CertificateChain, TLSInfo
from kontena_ws_nb.tls.context import Trust
from kontena_ws_nb.tls.fields import SCT, Fields
from kontena_ws_nb.tls.unverified import check_pin
from kontena_ws_nb.tls.verdict import Verdict
from kontena_ws_nb.tls.verify import ok_verdict, verify_chain
from tests.lab.certificates import GOOD, issue, lab

TLS = TLSInfo("TLSv1.3", "TLS_AES_256_GCM_SHA384", 256, "http/1.1", GOOD)


class Page(HTMLParser):
    """What a reader sees, what a sanitizer must worry about."""

    def __init__(self, page: str) -> None:
        super().__init__()
        self.open: list[str] = []
        self.names: list[str] = []
        self.attributes: list[tuple[str, str]] = []
        self.text: list[str] = []
        self.feed(page)
        self.close()
        assert self.open == []

    def handle_starttag(self, name: str, attrs: list[tuple[str, str | None]]) -> None:
        self.names.append(name)
        if name != "input":  # it has no end tag
            self.open.append(name)
        self.attributes += [(key, value or "") for key, value in attrs]

    def handle_endtag(self, name: str) -> None:
        assert self.open.pop() == name

    def handle_data(self, data: str) -> None:
        self.text.append(data)


@pytest.fixture(scope="module")
def trust() -> Trust:
    return Trust.resolve(ca_file=lab().ca_file, environ={})


def card(case: str, trust: Trust) -> Certificate:
    ders = lab().chains[case]
    verdict = verify_chain(ders, hostname=GOOD, trust=trust)
    return CertificateChain(ders, hostname=GOOD, verdict=verdict, tls=TLS)[0]


def test_a_good_card_in_words(trust: Trust) -> None:
    chain = card("good", trust).chain
    chain.verdict = ok_verdict(chain.verdict.path if chain.verdict else ())
    assert certificate_text(chain[0]).splitlines()[:9] == [
        "[✓ good] good.test",
        "verified: the chain leads to a trusted CA, and the name matches",
        "issued by Lab Intermediate · EC 256 bit secp256r1 · TLSv1.3 · TLS_AES_256_GCM_SHA384",
        f"valid: 79 days left of 90 days ({chain[0].not_before:%Y-%m-%d} – {chain[0].not_after:%Y-%m-%d})",
        "chain:",
        "  Lab Root, 2999 days left, trust anchor, from our store",
        "     └─ Lab Intermediate, 1999 days left",
        "        └─ good.test, 79 days left",
        "Names:",
    ]


def test_every_field_is_on_the_card(trust: Trust) -> None:
    leaf = card("good", trust)
    bundle = certificate_bundle(leaf)
    page = " ".join(Page(bundle["text/html"]).text)
    told = [
        leaf.subject,
        leaf.issuer,
        *leaf.san,
        str(leaf.key),
        leaf.pin,
        str(leaf.signature),
        leaf.sha256,
        leaf.sha1,
        leaf.serial,
    ]
    told += [
        *leaf.ocsp,
        *leaf.crl,
        *leaf.ca_issuers,
        *leaf.policies,
        leaf.subject_key_id,
        leaf.authority_key_id,
        "serverAuth",
    ]
    told += [
        "digital signature",
        "keyUsage (critical)",
        "TLSv1.3",
        "TLS_AES_256_GCM_SHA384 (256 bit)",
        "http/1.1",
        "v3",
    ]
    for value in told:
        assert value in page
        assert value in bundle["text/plain"]
    assert leaf.pem in "".join(Page(bundle["text/html"]).text)


@pytest.mark.parametrize(
    ("case", "badge", "colour", "summary"),
    [
        ("good", "! verification off", "#ffc107", "good, but verification was off"),
        ("expired", "✗ bad", "#b71c1c", "would be refused: certificate has expired"),
    ],
)
def test_verification_off_is_amber_and_bad_is_red(
    case: str, badge: str, colour: str, summary: str, trust: Trust
) -> None:
    leaf = card(case, trust)
    text = certificate_text(leaf)
    assert text.startswith(f"[{badge}] good.test\n{summary}")
    page = certificate_html(leaf)
    assert f"border-left:6px solid {colour}" in page
    assert page.index(badge) < page.index(summary) < page.index("<details")


def test_good_is_green_pinned_is_amber_and_unjudged_is_grey(trust: Trust) -> None:
    leaf = card("good", trust)
    for verdict, badge in (
        (ok_verdict(), "✓ good"),
        (Verdict(ok=True, verified=False, code=0, reason="ok", examined=True), "✓ good"),
        (check_pin(leaf.chain.ders, leaf.pin, hostname=GOOD, trust=trust), "! pinned"),
        (None, "? not checked"),
    ):
        leaf.chain.verdict = verdict
        assert certificate_text(leaf).startswith(f"[{badge}]")
        assert badge in certificate_html(leaf)


def test_rich_prints_the_same_words(trust: Trust) -> None:
    from rich.console import Console

    leaf = card("expired", trust)
    told = leaf.__rich__()
    assert told.plain == certificate_text(leaf).replace("[✗ bad]", " ✗ bad ", 1)
    console = Console(record=True, width=200, file=io.StringIO(), color_system="truecolor")
    console.print(leaf)
    assert "✗ certificate has expired" in console.export_text()
    assert {str(span.style) for span in told.spans} == {"bold #ffffff on #b71c1c", "bold", "bold red"}


def test_the_failing_link_is_marked_and_only_that(trust: Trust) -> None:
    leaf = card("expired_inter", trust)
    assert (
        "  Lab Expired Intermediate, expired 30 days ago, ✗ certificate has expired\n     └─ good.test, 79 days left\n"
        in (certificate_text(leaf))
    )
    rungs = re.findall(r"<li.*?</li>", certificate_html(leaf))
    assert ["font-weight:600" in rung for rung in rungs] == [True, False]
    assert "→ the chain's 'Lab Expired Intermediate' expired 30 days ago" in certificate_text(leaf)


def test_an_anchor_the_server_sent_is_not_from_our_store(trust: Trust) -> None:
    assert "Lab Root, 2999 days left, trust anchor\n" in certificate_text(card("extra_certs", trust))


def test_the_name_asked_for_stands_beside_another_name(trust: Trust) -> None:
    assert certificate_text(card("wronghost", trust)).startswith("[✗ bad] other.test instead of good.test\n")


def test_validity(monkeypatch: pytest.MonkeyPatch) -> None:
    leaf = Certificate(lab().nodes["good"].der)
    start, end = leaf.not_before, leaf.not_after
    assert start is not None
    assert end is not None

    def at(when: datetime.datetime) -> tuple[str, str]:
        monkeypatch.setattr(validity, "now", lambda: when)
        monkeypatch.setattr("kontena_ws_nb.display.certificate_text.now", lambda: when)
        page = certificate_html(leaf)
        fill = re.search(r"width:(\d+%);height:6px;border-radius:3px;background:(#\w+)", page)
        assert fill is not None
        text = certificate_text(leaf)
        assert f"({start:%Y-%m-%d} – {end:%Y-%m-%d})" in text
        return fill.group(1) + " " + fill.group(2), text.splitlines()[2]

    day = datetime.timedelta(days=1)
    assert at(start + 45 * day) == ("50% #1b7a33", at(start + 45 * day)[1])
    assert at(end - day)[0] == "99% #ffc107"
    assert at(end + day) == ("100% #b71c1c", f"valid: expired 1 day ago ({start:%Y-%m-%d} – {end:%Y-%m-%d})")
    bar, words = at(start - day)
    assert bar == "0% #b71c1c"
    assert words.startswith(f"valid: not valid before {start:%Y-%m-%d %H:%M} UTC (")


def test_a_life_of_no_length(monkeypatch: pytest.MonkeyPatch) -> None:
    leaf = Certificate(b"x")
    now = datetime.datetime(2026, 1, 1, tzinfo=datetime.timezone.utc)
    monkeypatch.setattr(validity, "now", lambda: now)
    monkeypatch.setattr("kontena_ws_nb.display.certificate_text.now", lambda: now)
    leaf.__dict__["_fields"] = Fields(not_before=now, not_after=now)
    assert "0 min left of 0 min" in certificate_text(leaf)
    assert Page(certificate_html(leaf))


def test_what_cannot_be_read_still_has_a_card() -> None:
    leaf = CertificateChain([b"<script>junk"], hostname=GOOD)[0]
    text = certificate_text(leaf)
    assert "valid: validity cannot be read" in text
    assert "problem: certificate: " in text
    page = Page(certificate_html(leaf))
    assert "script" not in page.names
    assert ("aria-label", "problems") in page.attributes


def test_an_empty_chain_says_so() -> None:
    assert chain_bundle(CertificateChain([])) == displayed("no certificate", Markup("<p>no certificate</p>"))
    verdict = Verdict(ok=False, verified=False, code=1, reason="<none>")
    bundle = chain_bundle(CertificateChain([], verdict=verdict))
    assert bundle["text/plain"] == "no certificate: would be refused: <none>"
    assert "<p>no certificate: would be refused: &lt;none&gt;</p>" in bundle["text/html"]
    good = CertificateChain(lab().chains["good"])
    assert chain_bundle(good) == certificate_bundle(good[0])


def test_timestamps_resumption_stapling_and_constraints() -> None:
    leaf = CertificateChain([b"x"], tls=TLSInfo(version="TLSv1.2", resumed=True))[0]
    leaf.__dict__["_fields"] = Fields(
        scts=(SCT("ab" * 32, datetime.datetime(2026, 1, 2, 3, 4, tzinfo=datetime.timezone.utc)),),
        must_staple=True,
        is_ca=True,
        permitted_names=("DNS:a.test",),
        self_signed=True,
    )
    text = certificate_text(leaf)
    for words in (
        "2026-01-02 03:04 log abababababababab…",
        "Must staple:",
        "yes, path length any",
        "DNS:a.test",
        "Resumed:",
        "self-signed",
    ):
        assert words in text
    leaf.__dict__["_fields"] = Fields(is_ca=True, path_length=0)
    assert "yes, path length 0" in certificate_text(leaf)


def test_long_lists_and_values_are_cut() -> None:
    many = issue("many", san=[f"n{n}.test" for n in range(99)])
    text = certificate_text(Certificate(many.der))
    assert "n39.test" in text
    assert "n40.test" not in text
    assert "… and 59 more" in text
    long = Certificate(b"x")
    long.__dict__["_fields"] = Fields(subject="s" * 1000)
    assert "s" * 400 + "…" in certificate_html(long)
    assert "s" * 401 not in certificate_html(long)


EVIL = [
    "<script>alert(1)</script>",
    '"><img src=x onerror=alert(1)>',
    "\x1b[2J\u202e",
    "'-alert(1)-'",
    "</pre></details>",
]


@pytest.mark.parametrize("evil", EVIL)
def test_hostile_names_are_only_text(evil: str) -> None:
    names = x509.SubjectAlternativeName([x509.DNSName("a.test"), x509.DirectoryName(_name(evil))])
    node = issue(evil, extra=[(names, False)])
    verdict = Verdict(ok=False, verified=True, code=18, reason=evil, hint=evil)
    leaf = CertificateChain(
        [node.der], hostname=evil, verdict=verdict, tls=TLSInfo(cipher=evil, alpn=evil, server_name=evil)
    )[0]
    page = certificate_html(leaf)
    seen = Page(page)
    assert {"script", "img"}.isdisjoint(seen.names)
    allowed = {"style", "onclick", "type", "value", "scope", "aria-label", "aria-hidden"}
    assert {key for key, _ in seen.attributes} == allowed
    # The one script on the card is ours, the same each time, and holds nothing of the server's.
    assert len({value for key, value in seen.attributes if key == "onclick"}) == 1
    assert "alert" not in "".join(value for key, value in seen.attributes if key in ("onclick", "style"))
    assert "\x1b" not in page
    assert "\u202e" not in page
    text = certificate_text(leaf)
    assert text.replace("\n", "").isprintable()


def _name(text: str) -> x509.Name:
    return x509.Name([x509.NameAttribute(NameOID.COMMON_NAME, text)])


def test_it_reads_without_styles_and_scripts(trust: Trust) -> None:
    stripped = re.sub(r' (style|onclick)="[^"]*"', "", certificate_html(card("expired", trust)))
    page = Page(stripped)
    words = "".join(page.text)
    assert (
        words.index("✗ bad")
        < words.index("certificate has expired")
        < words.index("has to be renewed")
        < words.rindex("days ago (")
    )
    assert {"ol", "li", "details", "summary", "table", "th"} <= set(page.names)
    assert " id=" not in stripped


def test_a_missing_issuer_is_a_gap_in_the_ladder(trust: Trust) -> None:
    leaf = card("missing_inter", trust)
    assert (
        "  ? Lab Intermediate, missing: not sent, and not in our store\n     └─ good.test, 79 days left, ✗ unable"
        in certificate_text(leaf)
    )
    gap, link = re.findall(r"<li.*?</li>", certificate_html(leaf))
    assert "dashed" in gap
    assert "font-weight:600" in link


@pytest.mark.parametrize("case", ["selfsigned", "missing_inter", "untrusted_root_sent"])
def test_the_call_that_pins_stands_alone_to_be_copied(case: str, trust: Trust) -> None:
    ders = lab().chains[case]
    verdict = verify_chain(ders, hostname=GOOD, trust=trust, url="wss://good.test/")
    leaf = CertificateChain(ders, hostname=GOOD, verdict=verdict)[0]
    page = certificate_html(leaf)
    call = f"kws.connect(&#x27;wss://good.test/&#x27;, pin=&quot;{leaf.pin}&quot;)"
    assert re.search(rf"<code[^>]*>{re.escape(call)}</code><input", page)
    assert "self-issued" not in page


def test_the_whole_chain_can_be_copied(trust: Trust) -> None:
    leaf = card("good", trust)
    assert "PEM of all 2 the server sent" in certificate_html(leaf)
    assert leaf.chain.pem in "".join(Page(certificate_html(leaf)).text)
    assert "PEM of all" not in certificate_html(card("missing_inter", trust))
