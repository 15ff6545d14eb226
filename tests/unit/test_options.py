"""Every refusal, every loose form, and that options never show a secret."""

from __future__ import annotations

import dataclasses
from pathlib import Path

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
            "headers: number 1: the value holds a line break (character 2), which would inject a header or cannot be sent",
        ),
        (
            {"headers": {"A": "1\0"}},
            ValueError,
            "headers: number 1: the value holds a NUL (character 2), which would inject a header or cannot be sent",
        ),
        (
            {"headers": {"A B": "1"}},
            ValueError,
            "headers: number 1: its name (text of 3 characters) is not a header name (RFC 9110 section 5.6.2); a name ends before the ':'",
        ),
        (
            {"headers": {"": "1"}},
            ValueError,
            "headers: number 1: its name (empty text) is not a header name (RFC 9110 section 5.6.2)",
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
            {"cookies": "novalue"},
            ValueError,
            "cookies: expected 'name=value', number 1 (text of 7 characters) is something else",
        ),
        (
            {"cookies": {"a": "1\n"}},
            ValueError,
            "cookies: number 1: the value holds a line break (character 2), which would inject a header or cannot be sent",
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
            "origin: the value holds a line break (character 2), which would inject a header or cannot be sent",
        ),
        ({"token": 5}, TypeError, "token: expected text, got int"),
        (
            {"user": "a:b", "token": "c"},
            ValueError,
            "user and token both set the Authorization header; give one of them",
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
        ({"headers": {5: "b"}}, TypeError, "headers: number 1: expected text as its name, got int"),
        (
            {"headers": {"A": "\ud800"}},
            ValueError,
            "headers: number 1: the value holds a lone surrogate (character 1), which would inject a header or cannot be sent",
        ),
        (
            {"token": "a\x1bb"},
            ValueError,
            "token: the value holds a control character (character 2), which would inject a header or cannot be sent",
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
            user="me:s3cret",
            proxy="http://me:s3cret@proxy:3128",
            client_key_password="s3cret",
        )
    )
    assert "s3cret" not in shown
    assert shown == (
        "Options(headers=[('Authorization', 'Bearer ***'), ('X-Plain', '***'), ('User-Agent', 'seen')], cookies=[('sid', '***')], user=***, "
        "client_key_password=***, proxy='http://***@proxy:3128')"
    )
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
    flags = [flag for row in table for flag in row["flag"].replace(",", " ").split()]
    assert len(flags) == len(set(flags))
