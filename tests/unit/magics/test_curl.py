""" "Copy as cURL" of Chrome and Firefox, for bash and for Windows' cmd."""

from __future__ import annotations

import pytest

from kontena_ws_nb.magics.curl import read_curl
from kontena_ws_nb.magics.report import UsageError
from kontena_ws_nb.options import Options

CHROME = r"""curl 'wss://feed.example/v1?a=1&b=2' \
  -H 'Upgrade: websocket' \
  -H 'Origin: https://feed.example' \
  -H 'Cache-Control: no-cache' \
  -H 'Accept-Language: de-DE,de;q=0.9' \
  -H 'Pragma: no-cache' \
  -b 'sid=abc=; theme=dark' \
  -H 'Connection: Upgrade' \
  -H 'Sec-WebSocket-Key: dGhlIHNhbXBsZSBub25jZQ==' \
  -H 'User-Agent: Mozilla/5.0 (X11; Linux x86_64)' \
  -H $'X-Odd: it\'s \u0021 \x41\\' \
  -H 'Sec-WebSocket-Version: 13' \
  -H 'Sec-WebSocket-Protocol: graphql-ws, other' \
  -H 'Sec-WebSocket-Extensions: permessage-deflate; client_max_window_bits'
"""

EXPECTED = (
    "wss://feed.example/v1?a=1&b=2",
    {
        "headers": [
            ("Cache-Control", "no-cache"),
            ("Accept-Language", "de-DE,de;q=0.9"),
            ("Pragma", "no-cache"),
            ("User-Agent", "Mozilla/5.0 (X11; Linux x86_64)"),
            ("X-Odd", "it's ! A\\"),
        ],
        "origin": "https://feed.example",
        "cookies": "sid=abc=; theme=dark",
        "subprotocols": ["graphql-ws", "other"],
    },
)

WINDOWS = (
    'curl ^"wss://feed.example/v1?a=1^&b=2^" ^\r\n'
    '  -H ^"Origin: https://feed.example^" ^\r\n'
    '  -H ^"X-Quoted: say ^\\^"hi^\\^"^" ^\n'
    '  -H ^"Cookie: a=1^" --compressed'
)


def test_chrome_for_bash():
    assert read_curl(CHROME) == EXPECTED
    Options.of(**EXPECTED[1])


def test_chrome_for_cmd():
    assert read_curl(WINDOWS) == (
        "wss://feed.example/v1?a=1&b=2",
        {"headers": [("X-Quoted", 'say "hi"')], "origin": "https://feed.example", "cookies": "a=1"},
    )


FIREFOX = (
    'curl ^"wss://feed.example/v1?a=1^&b=100^%^2C2^" ^\r\n'
    '  -H ^"User-Agent: Mozilla/5.0 (Windows NT 10.0; Win64; x64)^" ^\r\n'
    '  -H ^"X-Quoted: say ""hi""^" ^\r\n'
    '  -H ^"X-Ends: ""^" ^\r\n'
    '  -H ^"X-Path: C:\\\\temp \\$HOME^" ^\r\n'
    '  -H ^"Sec-WebSocket-Version: 13^"'
)
OLD_FIREFOX = 'curl "wss://feed.example/" -H "X-Percent: 50"%"" ^\n -H "X-Quoted: ""hi"" there"'


def test_firefox_for_windows():
    assert read_curl(FIREFOX) == (
        "wss://feed.example/v1?a=1&b=100%2C2",
        {
            "headers": [
                ("User-Agent", "Mozilla/5.0 (Windows NT 10.0; Win64; x64)"),
                ("X-Quoted", 'say "hi"'),
                ("X-Ends", '"'),
                ("X-Path", "C:\\temp $HOME"),
            ]
        },
    )
    assert read_curl(OLD_FIREFOX) == (
        "wss://feed.example/",
        {"headers": [("X-Percent", "50%"), ("X-Quoted", '"hi" there')]},
    )


@pytest.mark.parametrize(
    ("command", "url", "options"),
    [
        ("curl https://h/x", "wss://h/x", {}),
        ("curl.exe HTTP://h/x -i -s --http1.1 --compressed", "ws://h/x", {}),
        ("curl -k --url ws://h -X GET", "ws://h", {"ssl_verify": False}),
        ("curl --insecure wss://h -u me:pw", "wss://h", {"ssl_verify": False, "user": "me:pw"}),
        (
            "curl wss://h --cacert=/a.pem --cert /c.pem --key /k.pem",
            "wss://h",
            {"ca_file": "/a.pem", "client_cert": "/c.pem", "client_key": "/k.pem"},
        ),
        (
            "curl wss://h -A me -e https://r -H'A: 1' -H 'Empty;' -H 'Gone:'",
            "wss://h",
            {"headers": [("User-Agent", "me"), ("Referer", "https://r"), ("A", "1")]},
        ),
        (
            "curl wss://h --connect-timeout 2.5 --oauth2-bearer t -x http://p:1",
            "wss://h",
            {"connect_timeout": 2.5, "token": "t", "proxy": "http://p:1"},
        ),
        (
            "curl wss://h --resolve h:443:1.2.3.4 --resolve g:443:[::1]",
            "wss://h",
            {"resolve": [("h", "1.2.3.4"), ("g", "::1")]},
        ),
        # Two ways to say one thing: cookies and subprotocols add up, and `Options` judges the rest.
        ("curl wss://h -b a=1 -H 'Cookie: b=2' --cookie c=3", "wss://h", {"cookies": "a=1; b=2; c=3"}),
        (
            "curl wss://h -H 'Sec-WebSocket-Protocol: a, ,b' -H 'sec-websocket-protocol: c'",
            "wss://h",
            {"subprotocols": ["a", "b", "c"]},
        ),
        (
            "curl wss://h -H 'origin: https://a' -H 'Origin: https://b'",
            "wss://h",
            {"headers": [("Origin", "https://b")], "origin": "https://a"},
        ),
        ("curl wss://u@h:81/x -H 'Host: h:81'", "wss://u@h:81/x", {}),
        ("curl wss://h/x -H 'host: v.test'", "wss://h/x", {"headers": [("host", "v.test")]}),
        ("curl -x p:1 wss://h -U me:p@w", "wss://h", {"proxy": "me:p%40w@p:1"}),
        ("curl -x http://a:b@p:1 wss://h --proxy-user me:pw", "wss://h", {"proxy": "http://me:pw@p:1"}),
        ("curl wss://h -U me:pw", "wss://h", {}),
        ('curl "wss://h/\\"x\\"\\n" a\\ b', "a b", {}),
        ("curl wss://h/^x", "wss://h/^x", {}),
        ("curl \\\r\n wss://h", "wss://h", {}),
        ("curl $'wss://h/\\q\\n'", "wss://h/\\q\n", {}),
    ],
)
def test_options(command, url, options):
    assert read_curl(command) == (url, options)


@pytest.mark.parametrize(
    ("command", "problem"),
    [
        ("-A a -H 'User-Agent: b'", "headers: two User-Agent headers have different values; pass one of them"),
        ("-e a -H 'Referer: b'", "headers: two Referer headers have different values; pass one of them"),
        ("-u a:b -H 'Authorization: Basic x'", "user= and the header Authorization have different values"),
        ("--oauth2-bearer t -H 'authorization: Bearer u'", "token= and the header Authorization have different values"),
        ("-H 'Origin: a' -H 'origin: b'", "origin= and the header Origin have different values; pass one of them"),
    ],
)
def test_what_contradicts_itself_is_refused(command, problem):
    with pytest.raises(ValueError, match=problem):
        Options.of(**read_curl(f"curl wss://h {command}")[1])


@pytest.mark.parametrize(
    ("command", "problem"),
    [
        ("", "must be a curl command"),
        ("wget wss://h", "must be a curl command"),
        (
            '$session = New-Object Microsoft.PowerShell.Commands.WebRequestSession\nInvoke-WebRequest -Uri "wss://h"',
            "this is PowerShell; in the same menu choose Copy as cURL",
        ),
        (
            'Invoke-WebRequest -UseBasicParsing -Uri "wss://h"',
            "this is PowerShell; in the same menu choose Copy as cURL, on Windows (bash) or (cmd)",
        ),
        ('fetch("wss://h", {"headers": {}})', "this is JavaScript; in the same menu choose Copy as cURL"),
        ("await fetch('wss://h')", "this is JavaScript; in the same menu"),
        ("curl -k", "has no URL"),
        ("curl wss://h -d x=1", "-d sends a request body, but a WebSocket's opening handshake has none"),
        ("curl wss://h --data-raw x", "--data-raw sends a request body"),
        ("curl wss://h -H", "curl's -H needs a value"),
        ("curl 'wss://h", "a quote is not closed"),
        ('curl "wss://h\\"', "a quote is not closed"),
        ("curl $'wss://h", "a quote is not closed"),
        ("curl wss://h --connect-timeout soon", "expected seconds, got 'soon'"),
        ("curl wss://h --resolve h:1", "expected HOST:PORT:ADDRESS, got 'h:1'"),
    ],
)
def test_mistakes(command, problem):
    with pytest.raises(UsageError) as caught:
        read_curl(command)
    assert problem in str(caught.value)
