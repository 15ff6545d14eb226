"""Errors about invalid values do not show them."""

from __future__ import annotations

import contextlib
import io
import os
import traceback
from collections.abc import Callable
from typing import Any
from unittest import mock

import pytest
from hypothesis import example, given
from hypothesis import strategies as st

import kontena_ws_nb as kws
from kontena_ws_nb.cli.arguments import parse_with_options, parser_with_options, seconds
from kontena_ws_nb.magics.curl import read_curl
from kontena_ws_nb.magics.flags import FLAGS
from kontena_ws_nb.magics.parse import split
from kontena_ws_nb.options import Options
from kontena_ws_nb.transport.proxy import proxy_for
from kontena_ws_nb.transport.url import Target

CANARY = "CaNaRy7Qx"


def said(error: BaseException) -> str:
    """Everything that is shown of an error, and of what it came from."""
    seen: list[str] = ["".join(traceback.format_exception(error))]
    link: BaseException | None = error
    while link is not None:
        seen += [str(link), repr(link), repr(link.args)]
        link = link.__cause__ or link.__context__
    return "\n".join(seen)


def refused(act: Callable[[], object]) -> str | None:
    """Do it; what was said if it was refused."""
    caught: BaseException | None = None
    try:
        act()
    except (ValueError, TypeError, kws.Error) as error:
        caught = error
    if caught is None:
        return None
    assert CANARY.lower() not in said(caught).lower()
    assert len(str(caught)) < 1000
    return str(caught)


def connecting(url: str) -> list[Callable[[], object]]:
    return [
        lambda: kws.Client.connect(url),
        lambda: kws.connect(url),
        *([lambda: kws.certificate(url)] if url[:3].lower() == "wss" and "://" in url else []),
    ]


LINKS = st.text("ab1:/?#@[]%. \r\n\t\0=&;,é\u202e\ud800", max_size=8)
#: The canary, with all that matters in URLs, headers and lists around it.
PLANTED = st.tuples(LINKS, LINKS).map(CANARY.join)


@given(
    st.sampled_from(
        [
            "",
            "ws://",
            "wss://",
            "wss://me:",
            "wss://host:",
            "WS://",
            "ws+unix://",
            "http://",
            "wss:/",
            "me:",
            "//",
            "wss://[",
            "wss://me:x@",
        ]
    ),
    PLANTED,
)
@example("wss://me:", f"{CANARY}#1@host/")
@example("", f"me:{CANARY}@host")
@example("wss://me:", f"PA/{CANARY}@host")
@example("wss://me:", f"{CANARY}?SS@host")
@example("wss://me:", f"/{CANARY}@host/")
@example("wss://host:", CANARY)
@example("", CANARY)
@example("", f"{CANARY}://host")
@example("wss://", f"me:{CANARY}[@℀:x")
def test_urls(start: str, planted: str) -> None:
    url = start + planted
    if refused(lambda: Target.parse(url)) is not None:
        for act in connecting(url):
            refused(act)


@pytest.mark.parametrize(
    ("url", "told"),
    [
        ("wss://me:PA#SS@host/", "percent-encode it (%23, %2F, %3F)"),
        ("wss://me:PA/SS@host/", "percent-encode it (%23, %2F, %3F)"),
        ("wss://me:PA?SS@host/", "percent-encode it (%23, %2F, %3F)"),
        ("wss://me:/PASS@host/", "percent-encode it (%23, %2F, %3F)"),
        ("wss://me:?PASS@host/", "percent-encode it (%23, %2F, %3F)"),
        ("wss://TOKEN#x@host/", "the address is not a URL: its user or password holds a '#': percent-encode it (%23)"),
        ("wss://me:12#34@host/", "the address is not a URL: its user or password holds a '#': percent-encode it (%23)"),
        ("wss://h:PASS", "the address is not a URL: its port is no number from 1 to 65535"),
        ("me:PASS@host", "the address has no scheme; write ws:// or wss:// in front of it"),
        ("example.org/feed", "'example.org/feed' has no scheme; write ws:// or wss:// in front of it"),
        ("wss://[PASS]/", "the address is not a URL: its host is in brackets, but no IPv6 address"),
        ("ws://h\ud800/", "the address is not a URL: it holds a lone surrogate (character 7); percent-encode it"),
        ("ws+unix://x", "the address names no socket file; write ws+unix:///path/to/socket:/resource"),
        ("wss:host", "the address lacks the slashes of its scheme; write wss://"),
        ("ws://[::1%eth0]:0/", "the address is not a URL: its port is no number from 1 to 65535"),
        (
            "ws://[::1",
            "the address is not a URL: its host and port cannot be read; write ws://host:port/path, an IPv6 address in brackets",
        ),
    ],
)
def test_a_url_error_stays_helpful(url: str, told: str) -> None:
    assert told in (refused(lambda: Target.parse(url)) or "")


def test_passwords_may_hold_what_urlsplit_stumbles_over() -> None:
    target = Target.parse("wss://me:a[b]℀@host/x@y?z=u@v#f")
    assert (target.user, target.host, target.resource, target.url) == (
        "me:a[b]℀",
        "host",
        "/x@y?z=u@v",
        "wss://host/x@y?z=u@v",
    )


ANYTHING = st.one_of(
    PLANTED,
    PLANTED.map(lambda text: text.encode("utf-8", "replace")),
    st.lists(PLANTED, max_size=3),
    st.dictionaries(PLANTED, PLANTED, max_size=2),
    st.tuples(PLANTED, PLANTED),
)


@pytest.mark.parametrize("name", [row["name"] for row in Options.table()])
@given(value=ANYTHING)
def test_options(name: str, value: Any) -> None:
    refused(lambda: Options.of(**{name: value}))


@pytest.mark.parametrize(
    "given",
    [
        {"headers": [f"Authorization Bearer {CANARY}"]},
        {"headers": {f"Auth Bearer {CANARY}": "x"}},
        {"headers": {"X": f"{CANARY}\n"}},
        {"headers": CANARY},
        {"headers": [(CANARY,)]},
        {"cookies": CANARY},
        {"cookies": {f"a {CANARY}": "b"}},
        {"subprotocols": [f"bearer {CANARY}"]},
        {"subprotocols": [CANARY, CANARY]},
        {"origin": f"https://{CANARY}\r\n"},
        {"user": f"{CANARY}\r"},
        {"token": f"{CANARY}\nX: y"},
        {"token": [CANARY]},
        {"user": f"me:{CANARY}", "token": CANARY},
        {"resolve": CANARY},
        {"resolve": [(CANARY,)]},
        {"pin": CANARY},
        {"trust": CANARY},
        {"min_tls": CANARY},
        {"on_full": CANARY},
        {"redirects": CANARY},
        {"send_every": (CANARY, "x")},
        {"send_every": CANARY},
        {"source_address": (CANARY, CANARY)},
        {"socket_options": [CANARY]},
        {"client_key_password": [CANARY]},
        *(
            {name: f"-----BEGIN PRIVATE KEY-----\n{CANARY}"}
            for name in ("client_key", "client_cert", "ca_file", "ca_path")
        ),
        *(
            {name: CANARY}
            for name in (
                "connect_timeout",
                "open_timeout",
                "ping_interval",
                "max_size",
                "max_bytes",
                "reconnect_attempts",
            )
        ),
        {"tokn": CANARY},
    ],
    ids=lambda given: str(given)[:50],
)
def test_options_that_are_refused(given: dict[str, Any]) -> None:
    assert refused(lambda: Options.of(**given))
    for act in (
        lambda: kws.Client.connect("ws://127.0.0.1:1/", **given),
        lambda: kws.connect("ws://127.0.0.1:1/", **given),
    ):
        assert refused(act)


@given(st.sampled_from(["", "http://", "http://me:", "socks5://", "ftp://", "http://host:"]), PLANTED)
@example("http://me:", f"{CANARY}#1@host:3128")
@example("", f"me:{CANARY}/@host:3128")
def test_proxies(start: str, planted: str) -> None:
    target = Target.parse("ws://far.test/")
    refused(lambda: proxy_for(target, Options.of(proxy=start + planted)))
    with contextlib.suppress(ValueError, UnicodeError):  # the environment takes neither NUL nor every surrogate
        with mock.patch.dict(os.environ, {"HTTP_PROXY": start + planted, "ALL_PROXY": start + planted}):
            refused(lambda: proxy_for(target, Options()))


FLAGGED = st.sampled_from([name for flag in FLAGS["ws_connect"] for name in flag.names])


@given(FLAGGED, st.sampled_from([" ", "="]), PLANTED, st.booleans())
@example("--redirects", "=", CANARY, False)
@example("--no-verify", "=", CANARY, False)
@example("--timeout", " ", CANARY, False)
@example("-H", " ", f"Authorization: Bearer {CANARY}", False)
@example("--resolve", " ", CANARY, True)
@example("--tokne", "=", CANARY, False)
def test_magics(flag: str, between: str, planted: str, quote: bool) -> None:
    line = f"{flag}{between}{chr(39) + planted + chr(39) if quote else planted} ws://h/"

    def act() -> None:
        options, _ = split(line, FLAGS["ws_connect"], "ws_connect")
        Options.of(**{name: value for name, value in options.items() if name not in ("name", "panel")})

    refused(act)
    refused(lambda: split(f"-Q{CANARY} x", FLAGS["ws_connect"], "ws_connect"))


@given(
    st.sampled_from(
        ["-H", "-b", "-u", "-x", "--connect-timeout", "--resolve", "--oauth2-bearer", "-d", "-Z", "--cacert", ""]
    ),
    PLANTED,
)
@example("--connect-timeout", CANARY)
@example("--resolve", CANARY)
@example("-u", f"me:{CANARY}\n")
def test_curl(flag: str, planted: str) -> None:
    def act() -> None:
        _, options = read_curl(f"curl wss://h/ {flag} '{planted}'")
        Options.of(**options)

    refused(act)


def refused_by_the_command_line(*arguments: str) -> str:
    written = io.StringIO()
    parser = parser_with_options("kontena-ws", "", "")
    parser.add_argument("url", nargs="?")
    parser.add_argument("-w", "--wait", type=seconds)
    with (
        contextlib.redirect_stderr(written),
        contextlib.redirect_stdout(written),
        mock.patch("getpass.getpass", side_effect=EOFError),
    ):
        with contextlib.suppress(SystemExit):
            parse_with_options(parser, arguments)
    assert CANARY.lower() not in written.getvalue().lower()
    return written.getvalue().rpartition("kontena-ws: ")[2].strip()


@given(FLAGGED, st.sampled_from(["two", "="]), PLANTED)
def test_command_line(flag: str, form: str, planted: str) -> None:
    refused_by_the_command_line(*([flag, planted] if form == "two" else [f"{flag}={planted}"]))
    refused_by_the_command_line("ws://h/", flag, "x", planted)


@pytest.mark.parametrize(
    ("arguments", "told"),
    [
        (
            ["--redirects", CANARY],
            "argument --redirects: expected a whole number or 'insecure', got text of 9 characters",
        ),
        (["--redirects", "2.5"], "argument --redirects: expected a whole number or 'insecure', got '2.5'"),
        (["--timeout", CANARY], "argument --timeout: expected seconds, got text of 9 characters"),
        (["--max-size", CANARY], "argument --max-size: expected a whole number, got text of 9 characters"),
        (["-w", CANARY], "argument -w/--wait: expected seconds, got text of 9 characters"),
        ([f"--no-verify={CANARY}"], "argument -k/--no-verify: takes no value"),
        ([f"--c={CANARY}"], "--c is ambiguous: "),
        (
            ["-H", "Authorization:", "Bearer", CANARY, "wss://h/"],
            "expected one URL, but there are more arguments (a value with spaces needs quotes)",
        ),
        (
            [f"--tokne={CANARY}"],
            "expected one URL, but there are more arguments (a value with spaces needs quotes); '--tokne' is not an option; did you mean '--token'?",
        ),
        (["--token"], "argument --token: expected one argument"),
        (["--user", "me"], "a secret has to be typed, but standard input has ended"),
        (["-H", CANARY], "headers: expected 'Name: value', number 1 (text of 9 characters) is something else"),
        (["--redirects", "insecure", "--wait", "-x"], "argument -w/--wait: expected one argument"),
    ],
)
def test_command_lines_that_are_refused(arguments: list[str], told: str) -> None:
    assert refused_by_the_command_line(*arguments).startswith(told)


def test_redirects_on_the_command_line() -> None:
    parser = parser_with_options("kontena-ws", "", "")
    assert parse_with_options(parser, ["--redirects", "insecure"])[1] == {"redirects": "insecure"}
    assert parse_with_options(parser, ["--redirects", "3"])[1] == {"redirects": 3}
    assert split("--redirects insecure x", FLAGS["ws_connect"], "ws_connect") == ({"redirects": "insecure"}, "x")
    assert split("--redirects 3 x", FLAGS["ws_connect"], "ws_connect") == ({"redirects": 3}, "x")
