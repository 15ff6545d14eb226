"""Cookies that redirects set, by RFC 6265 section 5."""

from __future__ import annotations

import pytest

from kontena_ws_nb.connection.cookies import Cookies
from kontena_ws_nb.connection.opening import open_connection
from kontena_ws_nb.transport.url import Target
from tests.lab.raw_server import Peer, RawServer
from tests.lab.upgrades import QUICK, accepting, answering

NOW = 1_700_000_000.0


@pytest.mark.parametrize(
    ("lines", "sent"),
    [
        (["a=1"], [("a", "1")]),
        (["a=1", "b=2; HttpOnly; SameSite=Lax"], [("a", "1"), ("b", "2")]),
        (["a=b=c; Path=/"], [("a", "b=c")]),
        # 5.2: without "=" or a name it is ignored; blanks around both are taken away; what no line may hold.
        (["novalue", "=x", " a = 1 ", "b c=1", "d=\x01", "e=" + "x" * 5000], [("a", "1")]),
        # 5.3 step 11: the same name, domain and path is replaced.
        (["a=1", "a=2", "A=3"], [("a", "2"), ("A", "3")]),
        # 5.2.1, 5.2.2, 4.1.2.2: Expires, Max-Age, which has precedence; what cannot be read is ignored.
        (["a=1; expires=Wed, 09 Jun 1999 10:18:14 GMT"], []),
        (["a=1; Expires=Wed, 09 Jun 2099 10:18:14 GMT", "b=1; Expires=soon"], [("a", "1"), ("b", "1")]),
        (["a=1", "a=; MAX-AGE=0"], []),
        (["a=1; Max-Age=-1"], []),
        (["a=1; Max-Age=60; Expires=Wed, 09 Jun 1999 10:18:14 GMT", "b=1; Max-Age=x"], [("a", "1"), ("b", "1")]),
        # 5.2.3, 5.1.3: Domain.
        (["a=1; Domain=", "b=1; domain=.H.test", "c=1; Domain=test"], [("a", "1"), ("b", "1"), ("c", "1")]),
        (["a=1; Domain=other.test", "b=1; Domain=x.h.test", "c=1; Domain=est", "d=1; Domain=a b"], []),
        # 5.2.4, 5.1.4: Path, its default, and that longer ones come first (5.4).
        (["a=1; Path=/dir", "b=1; Path=/dir/", "c=1; Path=/di", "d=1; Path=/other"], [("b", "1"), ("a", "1")]),
        (["a=1; Path=/", "b=2; Path=/dir/page", "c=3; Path=odd"], [("b", "2"), ("c", "3"), ("a", "1")]),
        # 5.2.5: Secure.
        (["a=1; Secure", "b=1; secure"], []),
        # RFC 9110 section 5.5: UTF-8, as Latin-1 carries it.
        (["a=\xc3\xa4"], [("a", "ä")]),
    ],
)
def test_what_is_sent_on(lines: list[str], sent: list[tuple[str, str]]) -> None:
    cookies = Cookies((), Target.parse("ws://h.test/"))
    cookies.learn([("set-cookie", line) for line in lines], Target.parse("ws://h.test/dir/first?x=/y/"), NOW)
    assert list(cookies.sent_to(Target.parse("ws://h.test/dir/page?q"))) == sent


def test_secure_ones_addresses_and_the_users_own() -> None:
    cookies = Cookies([("mine", "1"), ("a", "1")], Target.parse("wss://127.0.0.1/"))
    lines = ["s=1; Secure; Path=/", "x=1; Domain=0.0.1", "a=2; Path=/", "mine=2; Path=/sub"]
    cookies.learn([("Set-Cookie", line) for line in lines], Target.parse("wss://127.0.0.1/"), NOW)
    assert cookies.sent_to(Target.parse("wss://127.0.0.1/")) == (("s", "1"), ("a", "2"), ("mine", "1"))
    cookies.learn([("Set-Cookie", "mine=; Max-Age=0; Path=/")], Target.parse("wss://127.0.0.1/"), NOW)
    assert cookies.sent_to(Target.parse("wss://127.0.0.1/")) == (("s", "1"), ("a", "2"))
    cookies.learn([("Set-Cookie", f"c{number}=1") for number in range(99)], Target.parse("wss://127.0.0.1/"), NOW)
    assert len(cookies.sent_to(Target.parse("wss://127.0.0.1/"))) == 49, "and the one below /sub"


def test_a_redirect_sets_a_cookie_for_its_own_origin_only() -> None:
    heads: list[bytes] = []

    def step(location: str, cookie: str):  # type: ignore[no-untyped-def]
        def script(peer: Peer) -> None:
            answer = f"HTTP/1.1 302 Moved\r\nLocation: {location}\r\nSet-Cookie: {cookie}\r\nContent-Length: 0\r\n\r\n"
            answering(answer.encode(), hang=True)(peer)
            heads.append(peer.head)

        return script

    with RawServer(accepting(), handshake=False) as other:
        with RawServer(step("/b", "sid=first; Path=/"), step(other.url, "x=1; Path=/"), handshake=False) as server:
            connection = open_connection(server.url, QUICK)
            connection.stream.close()
    assert [b"sid=first" in head for head in heads] == [False, True]
    assert b"Cookie" not in connection.handshake.request
