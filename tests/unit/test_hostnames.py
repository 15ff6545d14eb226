"""Host names in ASCII: the expected results are those of Chromium 150 (``new URL("ws://…").hostname``) unless noted."""

from __future__ import annotations

import ipaddress

import pytest
from hypothesis import given
from hypothesis import strategies as st

from kontena_ws_nb.hostnames import address_of, ascii_host, bare, compared, url_host

JOINER, NON_JOINER = "\N{ZERO WIDTH JOINER}", "\N{ZERO WIDTH NON-JOINER}"


@pytest.mark.parametrize(
    ("name", "expected"),
    [
        # UTS 46 without transitional processing: these four are letters of their own, and another's host.
        ("faß.test", "xn--fa-hia.test"),
        ("FAẞ.test", "xn--fa-hia.test"),
        ("σίσυφος.test", "xn--kxa6ajbbmh.test"),
        (f"ශ්{JOINER}රී.test", "xn--10cl1a0b660p.test"),
        (f"نامه{NON_JOINER}ای", "xn--mgba3gch31f060k"),
        # Mapped: case, width, compatibility forms, combining marks, what is ignored.
        ("FASS.test", "fass.test"),
        ("ΣΊΣΥΦΟΣ.test", "xn--kxa6akbbkh.test"),
        ("BÜCHER.example", "xn--bcher-kva.example"),
        ("bu\N{COMBINING DIAERESIS}cher.example", "xn--bcher-kva.example"),
        ("İ.test", "xn--i-9bb.test"),
        ("ｅｘ．test", "ex.test"),
        ("ex\N{IDEOGRAPHIC FULL STOP}test", "ex.test"),
        ("ex\N{HALFWIDTH IDEOGRAPHIC FULL STOP}test", "ex.test"),
        ("例え。テスト", "xn--r8jz45g.xn--zckzah"),
        ("Ⅷ.test", "viii.test"),
        ("a\N{SOFT HYPHEN}b.test", "ab.test"),
        # No STD3, no hyphen rules: emoji, symbols, underscores, hyphens.
        ("☃.net", "xn--n3h.net"),
        ("\N{PILE OF POO}.la", "xn--ls8h.la"),
        ("\N{REGIONAL INDICATOR SYMBOL LETTER D}\N{REGIONAL INDICATOR SYMBOL LETTER E}.test", "xn--h77hc.test"),
        ("≠.test", "xn--1ch.test"),
        ("a_b.ß", "a_b.xn--zca"),
        ("-x.ß", "-x.xn--zca"),
        ("ab--c.ß", "ab--c.xn--zca"),
        # A-labels.
        ("XN--ZCA.test", "xn--zca.test"),
        ("xn--fa-hia.test", "xn--fa-hia.test"),
        ("xn--ls8h.la", "xn--ls8h.la"),
        # Right to left.
        ("\N{ARABIC LETTER YEH}.test", "xn--mhb.test"),
        ("א1.test", "xn--1-zhc.test"),
        # ASCII, final dots.
        ("Example.COM", "example.com"),
        ("ex.test.", "ex.test."),
        ("faß.", "xn--fa-hia."),
        # A number at the end makes an IPv4 address.
        ("127.1", "127.0.0.1"),
        ("0x7F.1", "127.0.0.1"),
        ("0177.0.0.1", "127.0.0.1"),
        ("2130706433", "127.0.0.1"),
        ("127.0.0.1.", "127.0.0.1"),
        ("１２７.０.０.１", "127.0.0.1"),
    ],
)
def test_names_as_browsers_write_them(name: str, expected: str) -> None:
    assert ascii_host(name) == expected
    assert ascii_host(expected) == expected


@pytest.mark.parametrize(
    "name",
    [
        # CheckJoiners, CheckBidi, a mark at the beginning, what UTS 46 disallows or maps to what no host may hold.
        f"a{JOINER}b.test",
        f"{JOINER}.example",
        f"\N{WOMAN}{JOINER}\N{PERSONAL COMPUTER}.test",
        "\N{ARABIC LETTER YEH}a",
        "1.\N{ARABIC LETTER YEH}",
        "aא.test",
        "\N{COMBINING ACUTE ACCENT}a.test",
        "\N{REPLACEMENT CHARACTER}.com",
        "\N{ACCOUNT OF}.test",
        "a\N{FULLWIDTH SOLIDUS}b.test",
        "a\N{FULLWIDTH COMMERCIAL AT}b.test",
        "a\N{ONE DOT LEADER}b.test",
        "a b.test",
        # Punycode that ToASCII would not have written (WHATWG's own vectors; Chromium lets those in ASCII pass).
        "xn--a.test",
        "xn--a.ß",
        "xn--ls8h=",
        "xn--tešla",
        "xn--a-yoc",
        "xn--1ug.example",
        "xn--zn7c.com",
        "xn--.test",
        "xn--abc-.test",
        "xn---00c.test",
        # No IPv4 address.
        "1.2.3.256",
        "1.2.3.4.5",
        "1.2.3.09",
        "a.1",
        "a.0x",
        # What DNS cannot be asked for, though browsers would try.
        "",
        ".",
        "a..b",
        "a。。b",
        ".a",
        "x" * 64,
        "ß" * 60,
        ".".join(["x" * 49] * 6),
        "\N{SOFT HYPHEN}" * 2001 + "a",
    ],
)
def test_what_is_no_name(name: str) -> None:
    assert ascii_host(name) is None


def test_the_longest_names() -> None:
    for name in ("x" * 63, ".".join(["x" * 49] * 5 + ["abc"]), ".".join(["x" * 49] * 5 + ["abc"]) + "."):
        assert ascii_host(name) == name


@given(st.text(max_size=40))
def test_what_is_written_is_ascii_and_stays(name: str) -> None:
    written = ascii_host(name)
    if written is not None:
        assert written.isascii()
        assert ascii_host(written) == written
        assert ascii_host(written.upper()) == written


@given(st.text(alphabet="abcxyz019-", max_size=60))
def test_any_punycode_is_read_or_refused(tail: str) -> None:
    assert ascii_host(f"xn--{tail}.test") in (None, f"xn--{tail}.test")


@pytest.mark.parametrize(
    ("text", "host"),
    [
        ("%66a%C3%9F.test", "xn--fa-hia.test"),
        ("a%2eb.test", "a.b.test"),
        ("a%40b.test", None),
        ("a%2Fb.test", None),
        ("a%25b.test", None),
        ("a%ff.test", None),
        ("[::1]", "::1"),
        ("[2001:DB8:0:0::1]", "2001:db8::1"),
        # RFC 6874: %25 before the zone; bare, as people type it; the zone's own characters percent-encoded.
        ("[fe80::1%25lo]", "fe80::1%lo"),
        ("[fe80::1%lo]", "fe80::1%lo"),
        ("[fe80::1%25eth0%2E100]", "fe80::1%eth0.100"),
        ("[fe80::1%25]", None),
        ("[fe80::1%25a%2Fb]", None),
        ("[1.2.3.4]", None),
        ("[]", None),
    ],
)
def test_hosts_of_urls(text: str, host: str | None) -> None:
    assert url_host(text) == host


@pytest.mark.parametrize(
    ("host", "expected"),
    [
        ("Faß.test.", "xn--fa-hia.test"),
        ("srv.test.", "srv.test"),
        ("[fe80::1%lo]", "fe80::1"),
        ("0:0::1", "::1"),
        ("127.1", "127.0.0.1"),
        ("a b", None),
        ("", None),
    ],
)
def test_what_is_compared(host: str, expected: str | None) -> None:
    assert compared(host) == expected


def test_bare_names_and_addresses() -> None:
    assert [bare(host) for host in ("a.test.", "a.test", "fe80::1%eth0", "[::1]", "")] == [
        "a.test",
        "a.test",
        "fe80::1",
        "::1",
        "",
    ]
    assert address_of("::ffff:10.1.2.3") == ipaddress.ip_address("10.1.2.3")
    assert address_of("[fe80::1%lo]") == ipaddress.ip_address("fe80::1")
    assert [address_of(host) for host in ("127.evil.test", "10", "")] == [None, None, None]
