"""Only harmless headers and subprotocols are sent to another origin."""

from __future__ import annotations

import pytest

from kontena_ws_nb import secret
from kontena_ws_nb.connection.redirects import for_another_origin, is_harmless_header
from kontena_ws_nb.options import Options


@pytest.mark.parametrize("name", ["User-Agent", "accept-language", "DNT", "Sec-CH-UA"])
def test_harmless_headers(name: str) -> None:
    assert is_harmless_header(name, "x")


@pytest.mark.parametrize(
    "name", ["Authorization", "Cookie", "Host", "Origin", "Referer", "X-Api-Key", "CB-ACCESS-SIGN", "X-Request-Id", ""]
)
def test_any_other_header_stays(name: str) -> None:
    assert not is_harmless_header(name, "x")


def test_a_known_secret_stays_whatever_the_header() -> None:
    secret("swordfish-4711")
    assert not is_harmless_header("User-Agent", "me/1 swordfish-4711")


def test_options_for_another_origin() -> None:
    options = Options(
        headers=(("User-Agent", "me/1"), ("X-Api-Key", "k")),
        subprotocols=("graphql-transport-ws", "bearer-abcdef"),
        origin="https://a.test",
        cookies=(("sid", "1"),),
        user="me:p",
        ssl_hostname="a.test",
        pin="sha256/" + "A" * 43 + "=",
        connect_timeout=3.0,
    )
    left = for_another_origin(options)
    assert left.headers == (("User-Agent", "me/1"),)
    assert left.subprotocols == ("graphql-transport-ws",)
    assert (left.origin, left.cookies, left.user, left.token, left.ssl_hostname) == (None, (), None, None, None)
    assert (left.client_cert, left.client_key, left.client_key_password) == (None, None, None)
    headers = (("proxy-Authorization", "Basic x"), ("Authorization", "Bearer x"))
    assert for_another_origin(Options(headers=headers, proxy="http://p:1")).headers == headers[:1]
    assert for_another_origin(Options(headers=headers)).headers == (), "the environment may have another proxy"
    assert (left.pin, left.connect_timeout) == (options.pin, 3.0)
