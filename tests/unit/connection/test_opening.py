"""Opening a connection: redirects, TLS, and that only errors of this package are raised."""

from __future__ import annotations

import inspect
import re
import socket
import ssl
import threading
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from kontena_ws_nb.connection.opening import mapped, open_connection
from kontena_ws_nb.errors import ConnectError, Error, ProtocolError, TimeoutError
from kontena_ws_nb.options import Options
from kontena_ws_nb.tls.errors import SSLConnectError, SSLVerifyError
from kontena_ws_nb.transport.deadline import Deadline
from kontena_ws_nb.transport.dns import resolve
from kontena_ws_nb.transport.url import Target
from tests.lab.certificates import issue, lab
from tests.lab.raw_server import Peer, RawServer
from tests.lab.tls_server import TLSServer, server_context
from tests.lab.upgrades import QUICK, accepting, answering, opened, refused

# --- redirects


def redirect(location: str | None, status: int = 302) -> Callable[[Peer], None]:
    line = f"Location: {location}\r\n" if location is not None else ""
    return answering(f"HTTP/1.1 {status} Moved\r\n{line}Content-Length: 0\r\n\r\n".encode(), hang=True)


@pytest.mark.parametrize("status", [301, 302, 303, 307, 308])
def test_redirects_are_followed(status: int) -> None:
    with RawServer(redirect("/second", status), redirect("third?token=x"), accepting(), handshake=False) as server:
        with opened(server.url + "first", token="t", headers={"Host": "v.test"}) as connection:
            handshake = connection.handshake
            assert handshake.redirects == (f"{server.url}first", f"{server.url}second")
            assert handshake.url == f"{server.url}third?token=x"
            assert b"Authorization: Bearer t" in handshake.request, "the same origin"
            assert b"Host: v.test" in handshake.request


TOKEN = "sk-canary-0123456789"
UNAUTHORIZED = b"HTTP/1.1 401 Unauthorized\r\nContent-Length: 0\r\n\r\n"

#: What people identify themselves with, in every place where it can be.
IDENTIFYING: list[dict[str, Any]] = [
    {"token": TOKEN},
    {"user": f"me:{TOKEN}"},
    {"cookies": {"session": TOKEN}},
    {"origin": f"https://me:{TOKEN}@o.test"},
    *(
        {"headers": {name: TOKEN}}
        for name in (
            *(
                "Authorization",
                "authorization",
                "Cookie",
                "X-Api-Key",
                "Ocp-Apim-Subscription-Key",
                "X-Functions-Key",
                "CB-ACCESS-SIGN",
                "CB-ACCESS-PASSPHRASE",
            ),
            *(
                "Referer",
                "Origin",
                "Host",
                "X-Plain",
                "X-Forwarded-For",
                "Proxy-Authorization",
                "From",
                "x-otp",
                "Sec-WebSocket-Protocol",
                "Private-Token",
            ),
        )
    ),
    {"headers": {"User-Agent": f"bot {TOKEN}"}, "redact": [TOKEN]},
    *(
        {"subprotocols": [*names]}
        for names in (
            *(
                ("bearer", TOKEN),
                ("chat", f"openai-insecure-api-key.{TOKEN}"),
                (f"base64url.bearer.authorization.k8s.io.{TOKEN}", "v4.stream.k8s.io"),
            ),
            *(
                ("realtime", TOKEN),
                (f"Authorization.{TOKEN}",),
                ("access_token", TOKEN, "json"),
                (f"jwt-{TOKEN}",),
                (TOKEN.upper(), TOKEN),
            ),
        )
    ),
]


@pytest.mark.parametrize("given", IDENTIFYING, ids=lambda given: str(given)[:60])
def test_what_identifies_us_stays_with_its_origin(given: dict[str, Any]) -> None:
    """Away, and back home: nothing says that who sends us back is asked by us."""
    with RawServer(accepting(), handshake=False) as other:
        with RawServer(
            redirect(f"http://me:{TOKEN}@127.0.0.1:{other.port}/x?there=1"), accepting(), handshake=False
        ) as first:
            with opened(first.url + "here?a=b#c", **given) as connection:
                request = connection.handshake.request.decode()
            assert request.startswith("GET /x?there=1 HTTP/1.1\r\n")
            assert f"\r\nHost: 127.0.0.1:{other.port}\r\n" in request, (
                "another port is another origin (RFC 6454 section 4)"
            )
            assert TOKEN.lower() not in request.lower()
            assert "a=b" not in request
            with (
                RawServer(redirect(f"{first.url}home"), handshake=False) as back,
                RawServer(redirect(back.url), handshake=False) as start,
            ):
                with opened(start.url.replace("ws:", "WS:"), **given) as connection:
                    assert len(connection.handshake.redirects) == 2
                    assert TOKEN.lower() not in connection.handshake.request.decode().lower()


def test_coming_back_home_brings_no_credentials_back() -> None:
    away: list[str] = []

    def home(peer: Peer) -> None:
        peer.server.scripts = (accepting(),)
        redirect(away[0])(peer)

    with RawServer(home, handshake=False) as first, RawServer(redirect(f"{first.url}again"), handshake=False) as other:
        away.append(other.url)
        with opened(first.url, token=TOKEN, headers={"X-Plain": "p"}) as connection:
            assert connection.handshake.url == f"{first.url}again"
            assert b"Authorization" not in connection.handshake.request
            assert b"X-Plain" not in connection.handshake.request


def test_what_is_harmless_travels_to_another_origin() -> None:
    headers = {"User-Agent": "me/1", "accept-language": "de", "Cache-Control": "no-cache"}
    offered = ["chat", "graphql-transport-ws", "mine"]
    with RawServer(accepting("Sec-WebSocket-Protocol: chat"), handshake=False) as other:
        with RawServer(redirect(f"http://127.0.0.1:{other.port}/"), handshake=False) as first:
            with opened(first.url, headers=headers, subprotocols=offered) as connection:
                request = connection.handshake.request.decode()
                assert connection.handshake.subprotocol == "chat"
    for name, value in headers.items():
        assert f"\r\n{name}: {value}\r\n" in request
    assert "\r\nSec-WebSocket-Protocol: chat, graphql-transport-ws\r\n" in request


def test_a_subprotocol_that_stayed_behind_cannot_be_chosen() -> None:
    with RawServer(accepting(f"Sec-WebSocket-Protocol: {TOKEN}"), handshake=False) as other:
        with (
            RawServer(redirect(other.url), handshake=False) as first,
            pytest.raises(ProtocolError, match="which was not offered"),
        ):
            open_connection(first.url, Options.of(QUICK, subprotocols=["bearer", TOKEN]))


@pytest.mark.parametrize("chosen", [TOKEN.upper(), f"{TOKEN.upper()}x", TOKEN.upper()[3:]])
def test_an_echo_of_a_token_in_other_letters_is_not_shown(chosen: str) -> None:
    error = refused(accepting(f"Sec-WebSocket-Protocol: {chosen}"), subprotocols=["bearer", TOKEN])
    assert chosen.lower() not in f"{error} {error!r} {error.hint}".lower()
    assert TOKEN not in str(error)


def test_redirects_without_any_subprotocol_left() -> None:
    bearer = "base64url.bearer.authorization.k8s.io.c2VjcmV0"
    with (
        RawServer(accepting(), handshake=False) as second,
        RawServer(redirect(f"http://localhost:{second.port}/"), handshake=False) as first,
    ):
        with opened(first.url, subprotocols=[bearer]) as connection:
            assert b"Sec-WebSocket-Protocol" not in connection.handshake.request


@pytest.mark.parametrize(
    ("location", "given", "told"),
    [
        (None, {}, "the server answered 302 Moved without a Location"),
        ("/again", {"redirects": 2}, "the server answered 302 Moved, and redirects=2 were followed already"),
        ("/again", {"redirects": 0}, "the server answered 302 Moved, and redirects=0 were followed already"),
        (
            "ftp://x/",
            {},
            "the server answered 302 Moved to nowhere: the scheme 'ftp' is not followed; only http, https, ws, wss are",
        ),
    ],
)
def test_redirects_that_are_not_followed(location: str | None, given: dict[str, Any], told: str) -> None:
    with RawServer(redirect(location), handshake=False) as server:
        with pytest.raises(ProtocolError) as caught:
            open_connection(server.url, Options.of(QUICK, **given))
        assert caught.value.message == told
        assert caught.value.status == 302
        assert server.connections == given.get("redirects", 0) + 1


@pytest.mark.parametrize(
    ("given", "hint"),
    [
        (
            {"token": TOKEN},
            "a redirect to another origin takes no credentials and cookies along: connect to {url} itself",
        ),
        ({"cookies": {"a": TOKEN}}, "a redirect to another origin takes no credentials and cookies along"),
        ({"headers": {"Authorization": f"Digest {TOKEN}"}}, "a redirect to another origin takes no credentials"),
        ({}, "it wants credentials: pass token="),
    ],
)
def test_a_refusal_after_redirects_names_who_refused(given: dict[str, Any], hint: str) -> None:
    with RawServer(answering(UNAUTHORIZED), handshake=False) as other:
        with RawServer(redirect("/x"), redirect(other.url), handshake=False) as first:
            with pytest.raises(ProtocolError) as caught:
                open_connection(first.url, Options.of(QUICK, **given))
    error = caught.value
    assert error.url == other.url
    assert error.message.endswith(f"instead of 101 Switching Protocols; redirected here from {first.url}")
    assert (error.hint or "").startswith(hint.format(url=other.url))
    assert TOKEN not in str(error)


def test_a_refusal_on_the_same_origin_keeps_its_hint() -> None:
    with RawServer(redirect("/x"), answering(UNAUTHORIZED), handshake=False) as server:
        with pytest.raises(ProtocolError) as caught:
            open_connection(server.url, Options.of(QUICK, token=TOKEN))
    assert caught.value.message.endswith(f"; redirected here from {server.url}")
    assert caught.value.hint == "it did not accept the credentials that were sent"


def test_other_failures_after_redirects_say_so_too() -> None:
    with RawServer(redirect("ws://127.0.0.1:1/"), handshake=False) as first:
        with pytest.raises(ConnectError, match=f"redirected here from {re.escape(first.url)}"):
            open_connection(first.url, QUICK)


# --- TLS


@pytest.fixture(scope="module")
def context() -> ssl.SSLContext:
    return server_context()


def trusted(**given: Any) -> dict[str, Any]:
    return {"ca_file": lab().ca_file, **given}


def test_tls(context: ssl.SSLContext) -> None:
    with (
        RawServer(accepting(), handshake=False, context=context) as server,
        opened(server.url, **trusted()) as connection,
    ):
        assert connection.chain is not None
        assert connection.chain.verdict is not None
        assert connection.chain.verdict.ok
        assert set(connection.handshake.timings) == {"dns", "tcp", "tls", "upgrade"}


@pytest.mark.parametrize(
    ("location", "why"),
    [
        ("ws+unix:///run/docker.sock:/events", "the scheme 'ws+unix' is not followed; only http, https, ws, wss are"),
        ("WSS+UNIX:///run/docker.sock", "the scheme 'wss+unix' is not followed; only http, https, ws, wss are"),
        ("http+unix:///run/x", "the scheme 'http+unix' is not followed; only http, https, ws, wss are"),
        ("file:///etc/passwd", "the scheme 'file' is not followed; only http, https, ws, wss are"),
        ("javascript:alert(1)", "the scheme 'javascript' is not followed; only http, https, ws, wss are"),
        ("TOKEN:x@h", "the scheme is not followed; only http, https, ws, wss are"),
        (
            "http://me:PASS#1@h/",
            "the address is not a URL: its port is no number from 1 to 65535; the password holds a '#', '/' or '?': percent-encode it (%23, %2F, %3F)",
        ),
        ("/a\tb", "the address is not a URL: it holds a space or control character; percent-encode it (character 3)"),
        (
            "/\x1b[31m",
            "the address is not a URL: it holds a space or control character; percent-encode it (character 2)",
        ),
        ("/" + "x" * 30_000, "the Location has 30,001 characters; at most 8,000 are followed"),
        ("http://a%2Fb.test/", "the address is not a URL: its host holds characters that no host name has"),
        ("///x", "'ws:///x' names no host; write ws://host/path"),
        ("http:x", "the address lacks the slashes of its scheme; write ws://"),
        ("http://[PASS]/", "the address is not a URL: its host is in brackets, but no IPv6 address"),
        (
            "http://[::1/",
            "the address is not a URL: its host and port cannot be read; write ws://host:port/path, an IPv6 address in brackets",
        ),
    ],
)
def test_redirects_to_nowhere(location: str, why: str) -> None:
    error = refused(redirect(location))
    assert error.message == f"the server answered 302 Moved to nowhere: {why}"
    assert error.__cause__ is None
    assert error.__context__ is None
    assert error.status == 302


def test_a_location_that_holds_another_line() -> None:
    for inside in (b"\r", b"\0"):
        error = refused(answering(b"HTTP/1.1 302 Moved\r\nLocation: /x%bSet-Cookie: a=b\r\n\r\n" % inside, hang=True))
        assert error.message.startswith("the response holds a malformed header line: 'Location: /x\\")


def test_no_location_or_several() -> None:
    for lines, told in (
        (b"Location: /a\r\nlocation: /b\r\n", " with 2 Locations"),
        (b"Location:\r\n", " without a Location"),
        (b"", " without a Location"),
    ):
        error = refused(answering(b"HTTP/1.1 302 Moved\r\n%b\r\n" % lines, hang=True))
        assert error.message == f"the server answered 302 Moved{told}"


def test_bytes_of_utf8_in_a_location_are_encoded() -> None:
    with RawServer(redirect("/ä?ö=ü"), accepting(), handshake=False) as server, opened(server.url) as connection:
        assert connection.handshake.request.startswith(b"GET /%C3%A4?%C3%B6=%C3%BC HTTP/1.1\r\n")


def test_a_loop_ends() -> None:
    with RawServer(redirect("/a"), handshake=False) as server:
        with pytest.raises(ProtocolError, match="and redirects='insecure' were followed already"):
            open_connection(server.url, Options.of(QUICK, redirects="insecure"))
        assert server.connections == 6


def test_on_a_unix_socket_redirects_stay_there_or_lead_out(tmp_path: Path) -> None:
    with RawServer(accepting(), handshake=False) as tcp:
        locations = ["/second?x=1", "third", tcp.url]
        listener = socket.socket(socket.AF_UNIX)
        listener.bind(str(tmp_path / "s"))
        listener.listen()
        heads: list[bytes] = []

        def serve() -> None:
            for location in locations:
                sock, _ = listener.accept()
                peer = Peer(sock, tcp)
                heads.append(peer.read_head())
                sock.sendall(f"HTTP/1.1 302 Moved\r\nLocation: {location}\r\n\r\n".encode())
                sock.close()

        thread = threading.Thread(target=serve)
        thread.start()
        with opened(f"ws+unix://{tmp_path}/s:/first/?t=1", token=TOKEN) as connection:
            thread.join(20)
            assert [head.split()[1] for head in heads] == [b"/first/?t=1", b"/second?x=1", b"/third"]
            assert all(TOKEN.encode() in head for head in heads), "the same socket is the same origin"
            assert TOKEN.encode() not in connection.handshake.request
        listener.close()


def test_nobody_outside_redirects_to_this_machine(monkeypatch: pytest.MonkeyPatch) -> None:
    """A public server, through the environment's proxy, names a service on loopback, which the proxy is not asked for."""
    with RawServer(accepting(), handshake=False) as inside:

        def proxy(peer: Peer) -> None:
            peer.read_head()
            peer.send(b"HTTP/1.1 200 OK\r\n\r\n")
            redirect(inside.url)(peer)

        with RawServer(proxy, handshake=False) as outside:
            monkeypatch.setenv("http_proxy", f"http://127.0.0.1:{outside.port}")
            with pytest.raises(ConnectError) as caught:
                open_connection("ws://public.test/", Options(open_timeout=5.0))
        assert str(caught.value) == (
            f"{inside.url}: a server outside redirected into this machine or its link (127.0.0.1); redirected here from ws://public.test/; if that is meant, connect to this URL itself"
        )


def test_wss_does_not_redirect_to_ws(context: ssl.SSLContext) -> None:
    with RawServer(redirect("http://localhost/x?token=t"), handshake=False, context=context) as server:
        with pytest.raises(
            ProtocolError,
            match=r"from wss:// to the unencrypted ws://localhost/x\?token=\*\*\*; redirects='insecure' follows",
        ):
            open_connection(server.url, Options.of(QUICK, **trusted()))


def test_wss_redirects_to_ws_when_asked(context: ssl.SSLContext) -> None:
    with (
        RawServer(accepting(), handshake=False) as plain,
        RawServer(redirect(plain.url), handshake=False, context=context) as server,
    ):
        with opened(server.url, redirects="insecure", token=TOKEN, **trusted()) as connection:
            assert connection.handshake.url == plain.url
            assert TOKEN.encode() not in connection.handshake.request


def test_client_certificates_do_not_follow_redirects_to_another_origin() -> None:
    made = lab()
    asking = server_context()
    asking.verify_mode = ssl.CERT_OPTIONAL
    asking.load_verify_locations(made.ca_file)
    shown: list[bytes | None] = []

    def look(peer: Peer) -> None:
        assert isinstance(peer.sock, ssl.SSLSocket)
        shown.append(peer.sock.getpeercert(True))
        accepting()(peer)

    def move(peer: Peer) -> None:
        assert isinstance(peer.sock, ssl.SSLSocket)
        shown.append(peer.sock.getpeercert(True))
        redirect(f"https://127.0.0.1:{second.port}/")(peer)

    with (
        RawServer(look, handshake=False, context=asking) as second,
        RawServer(move, handshake=False, context=asking) as first,
    ):
        given = trusted(client_cert=made.path("client.pem"), client_key=made.path("client.key"))
        with opened(first.url, **given):
            pass
    assert [certificate is not None for certificate in shown] == [True, False]


def test_tls_on_a_plain_port() -> None:
    with RawServer(
        lambda peer: (peer.sock.recv(4096), peer.send(b"HTTP/1.1 400 Bad Request\r\n\r\n")), handshake=False
    ) as server:
        with pytest.raises(SSLConnectError) as caught:
            open_connection(server.url.replace("ws://", "wss://"), QUICK)
        assert caught.value.hint == "what answers there does not speak TLS: try ws:// instead of wss://"


def test_plain_on_a_tls_port() -> None:
    with TLSServer() as server, pytest.raises((ProtocolError, ConnectError)) as caught:
        open_connection(server.url.replace("wss://", "ws://"), QUICK)
    assert "wss://" in str(caught.value.hint)


@pytest.mark.parametrize(
    ("mode", "kind", "told"),
    [
        (
            "close",
            SSLConnectError,
            "the TLS handshake failed: the server closed the connection during the TLS handshake",
        ),
        (
            "reset",
            SSLConnectError,
            "the TLS handshake failed: the server closed the connection during the TLS handshake",
        ),
        ("stall", TimeoutError, "no TLS handshake within 0.3 s"),
    ],
)
def test_tls_that_does_not_come_about(mode: str, kind: type[Error], told: str) -> None:
    with TLSServer(mode=mode) as server, pytest.raises(kind) as caught:
        open_connection(server.url, Options.of(QUICK, connect_timeout=0.3 if mode == "stall" else 5.0, **trusted()))
    assert caught.value.message == told
    assert caught.value.hint == f"if what answers there does not speak TLS, write ws://localhost:{server.port}/"


@pytest.mark.parametrize(
    ("host", "given", "sni", "sent"),
    [
        ("srv.test", {}, "srv.test", "srv.test"),
        # RFC 6066 section 3: the name in SNI has no final dot. Host keeps what was typed, as browsers do.
        ("srv.test.", {}, "srv.test", "srv.test."),
        ("faß.test", {}, "xn--fa-hia.test", "xn--fa-hia.test"),
        ("FA%C3%9F.test.", {}, "xn--fa-hia.test", "xn--fa-hia.test."),
        ("ｓｒｖ。test", {}, "srv.test", "srv.test"),
        ("127.0.0.1", {"ssl_hostname": "srv.test."}, "srv.test", "127.0.0.1"),
        ("127.0.0.1", {"ssl_hostname": "Faß.test"}, "xn--fa-hia.test", "127.0.0.1"),
        # RFC 6066 section 3: literal addresses are not permitted in SNI.
        ("127.1", {}, None, "127.0.0.1"),
    ],
)
def test_one_form_of_a_name_everywhere(
    host: str, given: dict[str, Any], sni: str | None, sent: str, tmp_path: Path
) -> None:
    node = issue("names", san=["srv.test", "xn--fa-hia.test", "IP:127.0.0.1"])
    pem = tmp_path / "self.pem"
    pem.write_bytes(node.pem + node.key_pem())
    asked: list[str | None] = []
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    context.load_cert_chain(pem)
    context.sni_callback = lambda _socket, name, _context: asked.append(name)
    with RawServer(accepting(), handshake=False, context=context) as server:
        url = f"wss://{host}:{server.port}/"
        resolve = {name: "127.0.0.1" for name in ("SRV.test.", "faß.test")}
        with opened(url, ca_file=str(pem), resolve=resolve, **given) as connection:
            assert connection.chain is not None
            assert connection.chain.verdict is not None
            assert connection.chain.verdict.ok
            assert connection.chain.leaf is not None
            assert connection.chain.leaf.matches(host.replace("%C3%9F", "ß"))
            assert f"\r\nHost: {sent}:{server.port}\r\n".encode() in connection.handshake.request
    assert asked == [sni]


def test_a_zone_stays_on_this_machine() -> None:
    """RFC 6874 section 3: a client removes the zone from what it sends; the socket needs it."""
    target = Target.parse("ws://[fe80::1%25lo]:81/")
    found = resolve(target.host, target.port, QUICK, Deadline(5.0), target.shown)
    assert [address[3] for address in found] == [("fe80::1", 81, 0, socket.if_nametoindex("lo"))]
    assert target.authority == "[fe80::1]:81"


def test_a_bad_certificate() -> None:
    with TLSServer("expired") as server, pytest.raises(SSLVerifyError) as caught:
        open_connection(server.url, Options.of(QUICK, **trusted(), ssl_hostname="good.test"))
    assert caught.value.verify_code == 10
    assert caught.value.cert is not None


@pytest.mark.parametrize("version", ["1.2", "1.3"])
def test_a_missing_client_certificate(version: str) -> None:
    with TLSServer(client_ca=True, tls=version) as server, pytest.raises(SSLConnectError) as caught:
        open_connection(server.url, Options.of(QUICK, **trusted()))
    assert "client_cert=" in str(caught.value.hint)


def test_a_client_certificate_is_held_back_from_a_server_nobody_vouches_for() -> None:
    made = lab()
    given = trusted(client_cert=made.path("client.pem"), client_key=made.path("client.key"), ssl_verify=False)
    with TLSServer("selfsigned", client_ca=True) as server:
        with pytest.raises(SSLVerifyError, match="the client certificate was not sent"):
            open_connection(server.url, Options.of(QUICK, **given))
        assert server.seen("client_cert") == []


def test_pins() -> None:
    with TLSServer("selfsigned") as server:
        pin = f"sha256/{'A' * 43}="
        with pytest.raises(SSLVerifyError) as caught:
            open_connection(server.url, Options.of(QUICK, pin=pin))
        found = re.search(r'pin="(sha256/[^"]+)"', str(caught.value))
        assert found is not None
        with pytest.raises(TimeoutError) as late:  # the key was accepted; the server has no HTTP to say
            open_connection(server.url, Options.of(QUICK, pin=found[1], open_timeout=0.1))
        assert late.value.phase == "open"


def test_verification_off() -> None:
    with (
        RawServer(accepting(), handshake=False, context=server_context("selfsigned")) as server,
        opened(server.url, ssl_verify=False) as connection,
    ):
        assert connection.chain is not None
        assert connection.chain.verdict is None, "asked when somebody wants to know"


@pytest.mark.parametrize(("case", "code"), [("good", None), ("weak_rsa1024", 66)])
def test_old_tls_does_not_let_weak_keys_in(case: str, code: int | None, context: ssl.SSLContext) -> None:
    weak = server_context(case)
    with RawServer(accepting(), handshake=False, context=weak) as server:
        given = trusted(min_tls="1.0", ssl_hostname="good.test")
        if code is None:
            with opened(server.url, **given) as connection:
                assert connection.chain is not None
        else:
            with pytest.raises(SSLVerifyError) as caught:
                open_connection(server.url, Options.of(QUICK, **given))
            assert caught.value.verify_code == code


def test_no_shared_version() -> None:
    with TLSServer(tls="1.2") as server, pytest.raises(SSLConnectError) as caught:
        open_connection(server.url, Options.of(QUICK, **trusted(min_tls="1.3")))
    assert "min_tls" in str(caught.value.hint)


def test_tls_that_breaks_during_the_upgrade(context: ssl.SSLContext) -> None:
    def script(peer: Peer) -> None:
        peer.read_head()
        raw = socket.socket(fileno=peer.sock.fileno())
        raw.sendall(b"\x17\x03\x03\x00\x20" + bytes(32))
        raw.detach()
        peer.wait_end()

    error = refused(script, SSLConnectError, context, **trusted())
    assert error.message.startswith("TLS broke during the opening handshake: ")


# --- nothing foreign comes out


def step_of(kind: type[BaseException]) -> bool:
    """Every class of the libraries is met in at least one step."""
    return any(possible(step, kind) for step in STEPS)


def foreign() -> list[type[BaseException]]:
    import select
    import selectors

    import python_socks
    from python_socks import _errors
    from python_socks._protocols import errors as protocol_errors
    from websocket import _exceptions

    modules = (_exceptions, ssl, socket, python_socks, _errors, protocol_errors, select, selectors)
    found = {
        value
        for module in modules
        for value in vars(module).values()
        if inspect.isclass(value) and issubclass(value, Exception)
    }
    return sorted(
        found | {OSError, ConnectionError, InterruptedError, PermissionError, UnicodeError},
        key=lambda kind: kind.__name__,
    )


def made(kind: type[BaseException]) -> BaseException:
    for arguments in (("what",), (1, "what"), ("what", 400, "reason", {}, b""), ("idna", "x", 0, 1, "what")):
        try:
            error = kind(*arguments)
        except TypeError:
            continue
        if isinstance(error, ssl.SSLCertVerificationError):  # as OpenSSL's are
            error.verify_code, error.verify_message = 10, "certificate has expired"
        return error
    raise AssertionError(f"cannot make {kind}")


STEPS = {
    "lookup": "kontena_ws_nb.transport.dns.socket.getaddrinfo",
    "tcp": "kontena_ws_nb.transport.dial._begin",
    "proxy": "kontena_ws_nb.transport.proxy._ProxyStream.read_exactly",
    "tls": "kontena_ws_nb.transport.tls_records.TLSRecords.handshake",
    "receiving": "kontena_ws_nb.transport.stream.Stream.receive_into",
    "websocket-client": "websocket.WebSocket.connect",
}


def possible(step: str, kind: type[BaseException]) -> bool:
    """Which foreign errors a step can meet: sockets raise OSError, python-socks and websocket-client anything of theirs."""
    if step == "proxy":
        return True
    if step == "websocket-client" and kind.__module__.startswith("websocket"):
        return True
    return issubclass(kind, OSError) or (step in ("lookup", "websocket-client") and issubclass(kind, ValueError))


@pytest.mark.parametrize("step", STEPS)
def test_every_foreign_error_is_mapped(step: str, monkeypatch: pytest.MonkeyPatch) -> None:
    known = set()
    with RawServer(accepting(), handshake=False) as server:
        for kind in foreign():
            if not possible(step, kind):
                continue
            error = made(kind)

            def fail(*args: Any, error: BaseException = error, **given: Any) -> Any:
                raise error

            url = server.url
            given: dict[str, Any] = {}
            if step == "tls":
                url, given = url.replace("ws://", "wss://"), trusted()
            elif step == "proxy":
                url, given = "ws://far.test/", {"proxy": f"socks5h://127.0.0.1:{server.port}"}
            with monkeypatch.context() as patch:
                patch.setattr(STEPS[step], fail)
                with pytest.raises(Error) as caught:
                    open_connection(url, Options.of(QUICK, **given))
            assert caught.value.url == url, kind
            assert str(caught.value), kind
            known.add(kind)
    assert len(known) > 10


def test_no_foreign_class_is_forgotten() -> None:
    names = {kind.__name__ for kind in foreign()}
    assert {
        "WebSocketBadStatusException",
        "SSLZeroReturnError",
        "gaierror",
        "ProxyError",
        "ReplyError",
        "IncompleteReadError",
    } <= names
    assert [kind for kind in foreign() if not step_of(kind)] == []


def test_our_own_errors_pass_through() -> None:
    ours = ProtocolError("told already")
    with pytest.raises(ProtocolError) as caught, mapped("ws://a/"):
        raise ours
    assert caught.value is ours
