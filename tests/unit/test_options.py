"""`Options`: every error, every accepted form, and that secrets are not shown."""

from __future__ import annotations

import dataclasses
import re
from pathlib import Path
from typing import Any

import pytest

from kontena_ws_nb.options import Options

PIN = "sha256/" + "A" * 43 + "="


def test_defaults_show_nothing():
    assert repr(Options()) == "Options()"
    assert Options.of() == Options()


def test_options_are_frozen():
    with pytest.raises(dataclasses.FrozenInstanceError):
        Options().token = "x"  # type: ignore[misc]


@pytest.mark.parametrize(
    ("given", "name", "value"),
    [
        ({"headers": None}, "headers", ()),
        ({"headers": {"A": "1"}}, "headers", (("A", "1"),)),
        ({"headers": "A: 1:2 "}, "headers", (("A", "1:2"),)),
        ({"headers": ["A: 1", ("B", "2")]}, "headers", (("A", "1"), ("B", "2"))),
        ({"cookies": None}, "cookies", ()),
        ({"cookies": "a=1; b=2=3;"}, "cookies", (("a", "1"), ("b", "2=3"))),
        ({"cookies": {"a": "1"}}, "cookies", (("a", "1"),)),
        ({"cookies": [("a", "1")]}, "cookies", (("a", "1"),)),
        ({"subprotocols": None}, "subprotocols", ()),
        ({"subprotocols": "graphql-ws"}, "subprotocols", ("graphql-ws",)),
        ({"subprotocols": ["a", "b"]}, "subprotocols", ("a", "b")),
        ({"resolve": None}, "resolve", ()),
        ({"resolve": {"Host.Example": "::1"}}, "resolve", (("host.example", "::1"),)),
        ({"resolve": [("h", "1.2.3.4")]}, "resolve", (("h", "1.2.3.4"),)),
        ({"source_address": "127.0.0.1"}, "source_address", ("127.0.0.1", 0)),
        ({"source_address": ("127.0.0.1", 5)}, "source_address", ("127.0.0.1", 5)),
        ({"socket_options": [(6, 1, 1)]}, "socket_options", ((6, 1, 1),)),
        ({"ca_file": Path("/a/b.pem")}, "ca_file", "/a/b.pem"),
        ({"ca_path": None}, "ca_path", None),
        ({"resolve": {"Faß.test.": "::1"}}, "resolve", (("xn--fa-hia.test", "::1"),)),
        ({"resolve": {"not a host": "::1"}}, "resolve", (("not a host", "::1"),)),
        ({"ssl_hostname": "Faß.test."}, "ssl_hostname", "xn--fa-hia.test"),
        ({"ssl_hostname": "[::1]"}, "ssl_hostname", "::1"),
        ({"ssl_hostname": ""}, "ssl_hostname", ""),
        ({"ping_interval": None}, "ping_interval", None),
        ({"connect_timeout": 0.5}, "connect_timeout", 0.5),
        ({"max_size": None}, "max_size", None),
        ({"pin": PIN}, "pin", PIN),
        ({"send_every": (5, "ping")}, "send_every", (5, "ping")),
    ],
)
def test_loose_forms(given, name, value):
    assert getattr(Options.of(**given), name) == value


@pytest.mark.parametrize(
    ("given", "error", "text"),
    [
        ({"ping_intervall": 5}, TypeError, "unknown option 'ping_intervall'; did you mean 'ping_interval'?"),
        ({"zzz": 5}, TypeError, "unknown option 'zzz'"),
        (
            {"headers": "nocolon"},
            ValueError,
            "headers: expected 'Name: value', number 1 (text of 7 characters) is something else",
        ),
        (
            {"headers": {"A": "1\r\nB: 2"}},
            ValueError,
            "headers: number 1: the value contains a line break (character 2), which would inject a header or cannot be sent",
        ),
        (
            {"headers": {"A": "1\0"}},
            ValueError,
            "headers: number 1: the value contains a NUL (character 2), which would inject a header or cannot be sent",
        ),
        (
            {"headers": {"A B": "1"}},
            ValueError,
            "headers: number 1: the name (text of 3 characters) is not a header name (RFC 9110 section 5.6.2); a name ends before the ':'",
        ),
        (
            {"headers": {"": "1"}},
            ValueError,
            "headers: number 1: the name (empty text) is not a header name (RFC 9110 section 5.6.2)",
        ),
        ({"headers": {"A": 1}}, TypeError, "headers: number 1: expected text, got int"),
        (
            {"headers": {"Upgrade": "x"}},
            ValueError,
            "headers: Upgrade is written by the WebSocket handshake itself; leave it out",
        ),
        (
            {"headers": {"sec-websocket-key": "x"}},
            ValueError,
            "headers: sec-websocket-key is written by the WebSocket handshake itself; leave it out",
        ),
        (
            {"headers": {"SEC-WebSocket-Version": "8"}},
            ValueError,
            "headers: SEC-WebSocket-Version is written by the WebSocket handshake itself; leave it out",
        ),
        (
            {"headers": {"connection": "close"}},
            ValueError,
            "headers: connection is written by the WebSocket handshake itself; leave it out",
        ),
        (
            {"headers": {"Sec-WebSocket-Extensions": "permessage-deflate"}},
            ValueError,
            "headers: Sec-WebSocket-Extensions is written by the WebSocket handshake itself; pass compression=True or False",
        ),
        *(
            (
                {"headers": {name: "5"}},
                ValueError,
                f"headers: {name} announces content, and the opening handshake has none; leave it out",
            )
            for name in ("Content-Length", "transfer-encoding", "Trailer", "Content-Encoding")
        ),
        (
            {"cookies": {"a b": "1"}},
            ValueError,
            "cookies: number 1: the name (text of 3 characters) is not a cookie name: it contains white space, ';', '=' or a control character",
        ),
        ({"cookies": {5: "1"}}, TypeError, "cookies: number 1: expected text as the name, got int"),
        ({"cookies": {"a": 1}}, TypeError, "cookies: number 1: expected text, got int"),
        (
            {"cookies": {"a": "1; b=2"}},
            ValueError,
            "cookies: number 1: the value contains ';', which would begin another cookie; pass that one separately",
        ),
        (
            {"cookies": "novalue"},
            ValueError,
            "cookies: expected 'name=value', number 1 (text of 7 characters) is something else",
        ),
        (
            {"cookies": {"a": "1\n"}},
            ValueError,
            "cookies: number 1: the value contains a line break (character 2), which would inject a header or cannot be sent",
        ),
        (
            {"subprotocols": "a b"},
            ValueError,
            "subprotocols: number 1 (text of 3 characters) is not an HTTP token (RFC 6455 section 4.1); it holds a space: give a list of names",
        ),
        (
            {"subprotocols": ["a", "a"]},
            ValueError,
            "subprotocols: the same name is offered twice (RFC 6455 section 4.1)",
        ),
        (
            {"origin": "a\r\n"},
            ValueError,
            "origin: the value contains a line break (character 2), which would inject a header or cannot be sent",
        ),
        ({"token": 5}, TypeError, "token: expected text, got int"),
        (
            {"user": "a:b", "token": "c"},
            ValueError,
            "user and token both set the Authorization header; pass one of them",
        ),
        (
            {"connect_timeout": "5"},
            TypeError,
            "connect_timeout: expected seconds or None (never), got text of 1 character",
        ),
        ({"ping_timeout": True}, TypeError, "ping_timeout: expected seconds or None (never), got True"),
        ({"open_timeout": 0}, ValueError, "open_timeout: expected more than 0 seconds, got 0; None means never"),
        (
            {"close_timeout": float("inf")},
            ValueError,
            "close_timeout: expected more than 0 seconds, got inf; None means never",
        ),
        (
            {"write_timeout": float("nan")},
            ValueError,
            "write_timeout: expected more than 0 seconds, got nan; None means never",
        ),
        ({"send_every": "x"}, TypeError, "send_every: expected (seconds, message), got text of 1 character"),
        ({"send_every": (None, "x")}, TypeError, "send_every: expected seconds, got None"),
        ({"send_every": (0, "x")}, ValueError, "send_every: expected more than 0 seconds, got 0; None means never"),
        ({"max_size": 1.5}, TypeError, "max_size: expected a whole number or None (no limit), got 1.5"),
        ({"max_bytes": True}, TypeError, "max_bytes: expected a whole number or None (no limit), got True"),
        ({"max_messages": 0}, ValueError, "max_messages: expected more than 0, got 0; None means no limit"),
        ({"redirects": -1}, ValueError, "redirects: -1 is negative; 0 follows none"),
        ({"trust": "mine"}, ValueError, "trust: expected one of certifi, system, got text of 4 characters"),
        ({"min_tls": "2"}, ValueError, "min_tls: expected one of 1.0, 1.1, 1.2, 1.3, got text of 1 character"),
        ({"on_full": "burst"}, ValueError, "on_full: expected one of drop, block, close, got text of 5 characters"),
        ({"ca_file": 5}, TypeError, "ca_file: expected a path, got int"),
        (
            {"ssl_hostname": "a b"},
            ValueError,
            "ssl_hostname: expected a host name or an address, got text of 3 characters",
        ),
        ({"pin": 5}, TypeError, "pin: expected text, got int"),
        (
            {"redirects": "insecur"},
            TypeError,
            "redirects: expected a whole number or 'insecure', got text of 7 characters; did you mean 'insecure'?",
        ),
        ({"redirects": True}, TypeError, "redirects: expected a whole number or 'insecure', got True"),
        ({"headers": 5}, TypeError, "headers: expected a dict, or a list of 'Name: value', got int"),
        ({"headers": [("a",)]}, TypeError, "headers: expected 'Name: value' or a pair, number 1 is a tuple of 1"),
        ({"headers": ["A: b", 5]}, TypeError, "headers: expected 'Name: value' or a pair, number 2 is int"),
        ({"headers": {5: "b"}}, TypeError, "headers: number 1: expected text as the name, got int"),
        (
            {"headers": {"A": "\ud800"}},
            ValueError,
            "headers: number 1: the value contains a lone surrogate (character 1), which would inject a header or cannot be sent",
        ),
        (
            {"token": "a\x1bb"},
            ValueError,
            "token: the value contains a control character (character 2), which would inject a header or cannot be sent",
        ),
        (
            {"cookies": [("a", "b", "c")]},
            TypeError,
            "cookies: expected 'name=value' or a pair, number 1 is a tuple of 3",
        ),
        ({"subprotocols": [5]}, TypeError, "subprotocols: expected text, number 1 is int"),
        ({"subprotocols": 5}, TypeError, "subprotocols: expected a list, got int"),
        ({"redact": 5}, TypeError, "redact: expected a list, got int"),
        (
            {"resolve": "host"},
            ValueError,
            "resolve: expected 'host:address', number 1 (text of 4 characters) is something else",
        ),
        ({"resolve": {"host": 5}}, TypeError, "resolve: expected text, number 1 is text of 4 characters and int"),
        (
            {"source_address": ("a", "b")},
            TypeError,
            "source_address: expected an address, or (address, port), got a tuple of 2",
        ),
        (
            {"socket_options": [(1, 2)]},
            TypeError,
            "socket_options: expected (level, name, value), number 1 is a tuple of 2",
        ),
        ({"socket_options": 5}, TypeError, "socket_options: expected a list, got int"),
        ({"proxy": 5}, TypeError, "proxy: expected text, got int"),
        ({"client_key_password": b"x"}, TypeError, "client_key_password: expected text, got bytes of 1 byte"),
        (
            {"pin": "sha256/short"},
            ValueError,
            "pin: expected 'sha256/' and the base64 of a SHA-256 over the public key (44 characters)",
        ),
    ],
)
def test_refusals(given, error, text):
    with pytest.raises(error) as caught:
        Options.of(**given)
    assert str(caught.value) == text


# --- two ways to say one thing

BASIC = "Basic bWU6cHc="


@pytest.mark.parametrize(
    ("given", "sent"),
    [
        # RFC 6265 section 5.4: one Cookie header.
        ({"headers": {"Cookie": "a=1"}, "cookies": {"b": "2"}}, [("Cookie", "b=2; a=1")]),
        ({"headers": {"cookie": "a=1;b=2"}, "cookies": "b=2; c=3"}, [("Cookie", "b=2; c=3; a=1")]),
        ({"headers": ["Cookie: a=1", "COOKIE: b=2"]}, [("Cookie", "a=1; b=2")]),
        ({"headers": {"Cookie": "a=1; a=2; alone; =x;; "}}, [("Cookie", "a=1; a=2; alone; x")]),
        ({"headers": {"Cookie": ""}}, []),
        ({"cookies": {"prefs[theme]": "dark", "a": 'b="c, d"'}}, [("Cookie", 'prefs[theme]=dark; a=b="c, d"')]),
        # The same twice is once.
        ({"headers": {"Authorization": "bearer t"}, "token": "t"}, [("Authorization", "Bearer t")]),
        ({"headers": {"AUTHORIZATION": BASIC}, "user": "me:pw"}, [("Authorization", BASIC)]),
        ({"headers": ["User-Agent: me", "user-agent: me "]}, [("user-agent", "me")]),
        ({"headers": ["Host: v.test", ("host", "v.test")]}, [("host", "v.test")]),
        # Lists may stand several times (RFC 9110 section 5.3), and so may what nobody knows.
        ({"headers": ["X-A: 1", "X-A: 2"]}, [("X-A", "1"), ("X-A", "2")]),
        ({"headers": {"Authorization": "Digest x"}}, [("Authorization", "Digest x")]),
        # The proxy's alone.
        ({"headers": {"Proxy-Authorization": "Basic x", "A": "1"}}, [("A", "1")]),
    ],
)
def test_a_request_says_everything_once(given, sent):
    assert Options.of(**given).header_items() == sent
    again = Options.of(Options.of(**given))
    assert again.header_items() == sent


@pytest.mark.parametrize(
    ("given", "name", "value"),
    [
        ({"headers": {"Origin": "https://o"}}, "origin", "https://o"),
        ({"headers": {"origin": "https://o "}, "origin": "https://o"}, "origin", "https://o "),
        ({"headers": {"Sec-WebSocket-Protocol": "a, ,b"}}, "subprotocols", ("a", "b")),
        (
            {"headers": ["sec-websocket-protocol: b", "Sec-WebSocket-Protocol: c"], "subprotocols": ["a", "b"]},
            "subprotocols",
            ("a", "b", "c"),
        ),
        ({"headers": {"Cookie": "a=1"}}, "cookies", (("a", "1"),)),
        ({"proxy": "http://me:p%77@p:1", "headers": {"Proxy-Authorization": f"{BASIC}"}}, "proxy_authorization", BASIC),
        ({"proxy": "me@p:1"}, "proxy_authorization", "Basic bWU6"),
        ({"headers": {"proxy-authorization": "Digest x"}}, "proxy_authorization", "Digest x"),
        ({"proxy": "http://p:1/?a@b"}, "proxy_authorization", None),
        ({"proxy": ""}, "proxy_authorization", None),
    ],
)
def test_headers_that_mean_an_option(given, name, value):
    options = Options.of(**given)
    assert getattr(options, name) == value
    assert [header for header, _ in options.headers] in ([], ["proxy-authorization"])


@pytest.mark.parametrize(
    ("given", "text"),
    [
        (
            {"headers": {"Cookie": "a=1"}, "cookies": {"a": "2"}},
            "cookies= and the header Cookie have different values for the same name; pass one of them",
        ),
        (
            {"headers": ["Cookie: a=1", "cookie: a=2"]},
            "cookies= and the header Cookie have different values for the same name; pass one of them",
        ),
        (
            {"headers": {"ORIGIN": "https://a"}, "origin": "https://b"},
            "origin= and the header Origin have different values; pass one of them",
        ),
        (
            {"headers": {"authorization": "Bearer a"}, "token": "b"},
            "token= and the header Authorization have different values; pass one of them",
        ),
        (
            {"headers": {"Authorization": "Bearer a"}, "user": "me:pw"},
            "user= and the header Authorization have different values; pass one of them",
        ),
        (
            {"headers": {"Proxy-Authorization": "Basic x"}, "proxy": "http://me:pw@p:1"},
            "proxy= with a name and password, and the header Proxy-Authorization have different values; pass one of them",
        ),
        (
            {"headers": ["User-Agent: a", "user-agent: b"]},
            "headers: two user-agent headers have different values; pass one of them",
        ),
        (
            {"headers": ["Host: a", "HOST: b"]},
            "headers: two HOST headers have different values; pass one of them",
        ),
        (
            {"headers": ["Authorization: Bearer a", "Authorization: Bearer b"]},
            "headers: two Authorization headers have different values; pass one of them",
        ),
        (
            {"headers": {"Sec-WebSocket-Protocol": "a b"}},
            "subprotocols: number 1 (text of 3 characters) is not an HTTP token (RFC 6455 section 4.1); it holds a space: give a list of names",
        ),
    ],
)
def test_contradictions(given, text):
    with pytest.raises(ValueError) as caught:  # noqa: PT011 - the text is compared
        Options.of(**given)
    assert str(caught.value) == text


def test_a_header_given_anew_replaces_what_its_option_said():
    base = Options.of(token="t", cookies="a=1", origin="https://o", subprotocols=["x"])
    headers = {"Authorization": "Basic x", "Cookie": "a=2", "Origin": "https://p", "Sec-WebSocket-Protocol": "y"}
    made = Options.of(base, headers=headers)
    assert (made.token, made.cookies, made.origin, made.subprotocols) == (None, (("a", "2"),), "https://p", ("y",))
    assert made.header_items() == [("Authorization", "Basic x"), ("Cookie", "a=2")]
    with pytest.raises(TypeError, match="expected text as the name"):
        Options.of(base, headers={5: "x"})


def test_options_build_on_others():
    base = Options(connect_timeout=5, token="t")
    assert Options.of(base, origin="https://o") == Options(connect_timeout=5, token="t", origin="https://o")


def test_what_is_sent_again_and_again_and_where_we_come_from_are_not_told():
    shown = repr(Options.of(send_every=(5, '{"token": "s3cret"}'), origin="https://me:s3cret@a.example"))
    assert shown == "Options(origin='https://***@a.example', send_every=(5, ***))"


def test_no_secret_shows():
    shown = repr(
        Options.of(
            headers={"Authorization": "Bearer s3cret", "X-Plain": "s3cret", "User-Agent": "seen"},
            cookies="sid=s3cret",
            proxy="http://me:s3cret@proxy:3128",
            client_key_password="s3cret",
        )
    )
    assert "s3cret" not in shown
    assert shown == (
        "Options(headers=[('Authorization', 'Bearer ***'), ('X-Plain', '***'), ('User-Agent', 'seen')], cookies=[('sid', '***')], "
        "client_key_password=***, proxy='http://***@proxy:3128')"
    )
    assert repr(Options(user="me:s3cret")) == "Options(user=***)"
    assert repr(Options(token="s3cret", ping_interval=None)) == "Options(token=***, ping_interval=None)"


def test_headers_to_send():
    assert Options.of(headers={"A": "1"}, token="t", cookies="a=1; b=2").header_items() == [
        ("A", "1"),
        ("Authorization", "Bearer t"),
        ("Cookie", "a=1; b=2"),
    ]
    assert Options(user="me:pw").header_items() == [("Authorization", "Basic bWU6cHc=")]
    assert Options().header_items() == []


def test_the_table_lists_every_option_with_help():
    table = Options.table()
    assert [row["name"] for row in table] == [field.name for field in dataclasses.fields(Options)]
    assert all(row["help"] for row in table)
    assert {row["name"]: row["default"] for row in table}["headers"] == "–"
    assert {row["name"]: row["default"] for row in table}["ping_interval"] == "20.0"
    assert {row["name"]: row["default"] for row in table}["max_bytes"] == "268435456 (256 MiB)"
    flags = [flag for row in table for flag in row["flag"].replace(",", " ").split()]
    assert len(flags) == len(set(flags))


@pytest.mark.parametrize(
    ("rules", "made"),
    [
        ({"a": "b"}, (("a", "b"),)),
        ([("a", b"b"), ({"x": 1}, [1])], (("a", b"b"), ({"x": 1}, [1]))),
        (None, ()),
        ((), ()),
    ],
)
def test_rules_of_auto_reply(rules: Any, made: Any) -> None:
    assert Options.of(auto_reply=rules).auto_reply == made


@pytest.mark.parametrize(
    ("rules", "said"),
    [
        (["x"], "auto_reply: expected (match, answer), number 1 is text of 1 character"),
        ([("a", "b"), ("c",)], "auto_reply: expected (match, answer), number 2 is "),
        (5, "auto_reply: expected a list, got "),
    ],
)
def test_what_is_no_rule(rules: Any, said: str) -> None:
    with pytest.raises(TypeError, match=re.escape(said)):
        Options.of(auto_reply=rules)
