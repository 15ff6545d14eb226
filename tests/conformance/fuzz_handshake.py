"""Answer the opening handshake with millions of broken responses: only our own errors, in bounded time and memory, and no secret in any text.

    python3 -m tests.conformance.fuzz_handshake --inputs 10000000 [--seed N] [--jobs N]

An input is what a server answers to one connection after another (redirects lead to the next), or what a proxy answers
to CONNECT, cut in pieces, and how it ends: with FIN, silence or RST. Inputs are made from the responses below by
flipping, cutting, repeating and splicing bytes and by putting in what matters in HTTP. They go through
`open_connection` as it is; only the sockets and TLS below it are replaced, by bytes in memory. What must hold:

- what is raised is of the tree of errors, and says who it is about;
- nothing in its texts, causes and traceback is unprintable, long, or a secret that a server echoes or might get back;
- a server of another origin gets no secret, and nobody is led into a unix socket or, unasked, from TLS to plain text;
- everything that was opened is closed.

Two in a hundred are also answered byte by byte, and must end as they did in one piece. Time and memory: see `fuzzing`.
"""

from __future__ import annotations

import base64
import hashlib
import random
import re
import traceback
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from urllib.parse import urlsplit

from kontena_ws_nb.connection import opening
from kontena_ws_nb.errors import Error, ProtocolError, TimeoutError
from kontena_ws_nb.options import Options
from kontena_ws_nb.redaction import payloads as masking
from kontena_ws_nb.transport.deadline import Deadline
from kontena_ws_nb.transport.dial import Dialled
from kontena_ws_nb.transport.proxy import through_proxy
from kontena_ws_nb.transport.url import Target
from tests.conformance import fuzzing

#: What no server of another origin, and no text, may have.
CANARY = "CanAry-0123456789abcdef"
#: Longest response, but for the huge ones; more only costs time.
LONGEST = 4096
#: Characters of any text of an error: of a URL that was followed, which the attribute has whole, a little more than
#: 8,000.
TEXT = 8500

_GUID = b"258EAFA5-E914-47DA-95CA-C5AB0DC85B11"
_UPGRADE = b"HTTP/1.1 101 Switching Protocols\r\nUpgrade: websocket\r\nConnection: Upgrade\r\nSec-WebSocket-Accept: <ACCEPT>\r\n"


def _moved(location: bytes, status: int = 302) -> bytes:
    return b"HTTP/1.1 %d Moved\r\nLocation: %b\r\nContent-Length: 0\r\n\r\n" % (status, location)


#: Whole responses; ``<ACCEPT>`` is what the request's key asks for, ``<CANARY>`` our secret, ``<REQUEST>`` the
#: request's own head.
SEEDS = [
    _UPGRADE + b"\r\n",
    _UPGRADE + b"Sec-WebSocket-Protocol: chat\r\n\r\n\x81\x05hello",
    _UPGRADE + b"Sec-WebSocket-Protocol: <CANARY>\r\n\r\n",
    _UPGRADE
    + b"Sec-WebSocket-Extensions: permessage-deflate; server_max_window_bits=10; client_no_context_takeover\r\n\r\n\xc1\x00",
    _UPGRADE + b"Set-Cookie: sid=<CANARY>; Path=/; HttpOnly\r\nServer: x\r\n\r\n",
    b"HTTP/1.1 100 Continue\r\n\r\nHTTP/1.1 103 Early Hints\r\nLink: </a>; rel=preload\r\n\r\n" + _UPGRADE + b"\r\n",
    b'HTTP/1.1 401 Unauthorized\r\nWWW-Authenticate: Digest realm="<CANARY>", nonce="x"\r\nContent-Length: 12\r\n\r\n<CANARY>!',
    b"HTTP/1.1 403 Forbidden\r\nTransfer-Encoding: chunked\r\n\r\n5;ext=1\r\n<html\r\n1A\r\n>No required SSL certificate\r\n0\r\nTrailer: x\r\n\r\n",
    b"HTTP/1.1 400 Bad Request\r\nContent-Type: text/plain\r\n\r\nbad request:\r\n<REQUEST>",
    b"HTTP/1.0 200 OK\r\nContent-Length: 100\r\n\r\nshort",
    b"HTTP/1.1 429 \xe2\x80\xae\x1b]0;pwned\x07\r\nRetry-After: 5\r\n\r\n",
    b"HTTP/1.1 204\r\n\r\n",
    b"HTTP/2 400\r\n\r\n",
    b"\x15\x03\x03\x00\x02\x02\x46",
    b"SSH-2.0-OpenSSH_9.6\r\n",
    b"<html><h1><CANARY></h1>",
    b"",
    *(
        _moved(location)
        for location in (
            *(
                b"/next?a=b",
                b"next",
                b"?token=<CANARY>",
                b"http://other.test/",
                b"https://other.test:8443/x",
                b"//other.test/y",
                b"ws://home.test:81/",
            ),
            *(
                b"wss://me:pw@other.test/",
                b"ws://home.test/",
                b"ws+unix:///run/x.sock:/y",
                b"javascript:alert(1)",
                b"file:///etc/passwd",
                b"http://me:PA#SS@h/",
            ),
            *(
                "http://bücher.test/ä".encode(),
                b"http://[::1]:8080/",
                b"http://127.0.0.1/",
                b"HTTP://HOME.TEST:80/first",
                b"wss://other.test/<CANARY>",
            ),
        )
    ),
]
PROXY_SEEDS = [
    b"HTTP/1.1 200 Connection established\r\n\r\n",
    b"HTTP/1.0 200 OK\r\nVia: 1.1 x\r\n\r\n",
    b'HTTP/1.1 407 me:<CANARY>\r\nProxy-Authenticate: Basic realm="x"\r\nContent-Length: 3\r\n\r\nno!',
    b"HTTP/1.1 502 \x1b[31mBad\r\n\r\n",
    b"\x05\x02\x01\x00\x05\x00\x00\x01\x7f\x00\x00\x01\x00\x50",
    b"\x05\x00\x05\x00\x00\x03\x04host\x00\x50",
    b"\x00\x5a\x00\x50\x7f\x00\x00\x01",
    b"\x00\x5b\x00\x00\x00\x00\x00\x00",
]
#: What matters in HTTP and to terminals.
_BITS = [
    *(
        b"\r\n",
        b"\r\n\r\n",
        b"\n",
        b"\r",
        b"\0",
        b"\t",
        b" ",
        b":",
        b",",
        b";",
        b"=",
        b'"',
        b"\x1b[2J",
        b"\x9b31m",
        b"\xff",
        b"\xe2\x80\xae",
        b"\xe2\x80\xa8",
    ),
    *(
        b"\xf3\xa0\x81\x81",
        b"\xef\xbb\xbf",
        b"HTTP/1.1 ",
        b"101",
        b"302",
        b"999",
        b"100",
        b"Location: ",
        b"Content-Length: ",
        b"99999999999999999999",
        b"-1",
    ),
    *(
        b"Transfer-Encoding: chunked\r\n",
        b"FFFFFFFFFFFFFFFF\r\n",
        b"0\r\n\r\n",
        b"Sec-WebSocket-Accept: x\r\n",
        b'Sec-WebSocket-Extensions: a; b="c,d"\r\n',
    ),
    *(
        b"Sec-WebSocket-Protocol: ",
        b"<CANARY>",
        b"<REQUEST>",
        b"Upgrade: h2c\r\n",
        b"Connection: close\r\n",
        b"Set-Cookie: a=<CANARY>\r\n",
        b"http://",
        b"wss://",
    ),
    *(b"%0d%0a", b"@", b"#", b"?", b"//", b"[", b"]", b"%", b"X: " + b"y" * 300 + b"\r\n", b"HTTP/1.1 103 x\r\n\r\n"),
]

OPTIONS = [
    Options(open_timeout=60.0),
    Options.of(
        token=CANARY,
        cookies={"sid": CANARY},
        headers={"X-Functions-Key": CANARY, "Referer": f"https://a.test/?k={CANARY}", "User-Agent": "fuzz"},
        subprotocols=["chat", "bearer", CANARY],
        origin=f"https://{CANARY}.test",
        redact=[CANARY],
    ),
    Options.of(
        user=f"me:{CANARY}",
        subprotocols=[f"openai-insecure-api-key.{CANARY}"],
        compression=False,
        redirects=2,
        redact=[CANARY],
    ),
    Options.of(headers=[f"Ocp-Apim-Subscription-Key: {CANARY}", "Host: v.test"], redirects="insecure", redact=[CANARY]),
]
PROXIES = [urlsplit(f"{scheme}://me:{CANARY}@proxy.test:1") for scheme in ("http", "socks4a", "socks5h")]


@dataclass(frozen=True)
class Answers:
    """One input: what is answered, connection by connection, and how that ends."""

    responses: tuple[bytes, ...]
    pieces: int
    end: str
    options: int
    secure: bool
    proxy: int | None = None


class Wire:
    """A stream whose other end is an input."""

    def __init__(self, response: bytes, pieces: Sequence[int], end: str) -> None:
        self.request = b""
        self.closed = False
        self.asked = 0
        self.answered = response
        self._pieces = [*pieces]
        self._end = end
        self._at = 0
        self._begun = False

    def send(self, data: bytes, timeout: float | None) -> None:
        self.request += data
        if not self._begun:
            self._begun = True
            key = re.search(rb"(?i)sec-websocket-key: *(\S+)", data)
            accept = base64.b64encode(hashlib.sha1(key[1] + _GUID).digest()) if key else b""
            self.answered = (
                self.answered.replace(b"<ACCEPT>", accept)
                .replace(b"<CANARY>", CANARY.encode())
                .replace(b"<REQUEST>", data)
            )

    def receive_into(self, buffer: memoryview) -> int | None:
        self.asked += 1
        left = len(self.answered) - self._at
        if not left:
            if self._end == "reset":
                raise ConnectionResetError(104, "Connection reset by peer")
            return 0 if self._end == "end" else None
        count = min(left, len(buffer), self._pieces.pop() if self._pieces else left)
        buffer[:count] = self.answered[self._at : self._at + count]
        self._at += count
        return count

    def wait(self, deadline: Deadline) -> bool:
        return False  # what is not there never comes

    def close(self) -> None:
        self.closed = True


def mutate(seed: bytes, other: bytes, chance: random.Random) -> bytes:
    """Break a response in no to six places."""
    data = bytearray(seed)
    for _ in range(chance.choice((0, 1, 1, 2, 3, 6))):
        size = len(data)
        at = chance.randrange(size + 1)
        kind = chance.randrange(9)
        if kind == 0 and size:
            data[at % size] ^= 1 << chance.randrange(8)
        elif kind == 1:
            del data[at:]
        elif kind == 2:
            del data[at : at + chance.randint(1, 20)]
        elif kind == 3:
            data[at:at] = data[at : at + chance.randint(1, 200)]
        elif kind == 4:
            begin = chance.randrange(len(other) + 1)
            data[at:at] = other[begin : begin + chance.randint(1, 300)]
        elif kind == 5:
            data[at:at] = chance.randbytes(chance.randint(1, 10))
        else:
            data[at:at] = chance.choice(_BITS)
    del data[LONGEST:]
    if chance.random() < 0.003:
        at = chance.randrange(len(data) + 1)
        data[at:at] = (chance.choice(_BITS) or b"x") * chance.randint(1000, 20_000)
    return bytes(data)


class Handshakes:
    """The fuzz of handshakes."""

    def __init__(self) -> None:
        masking.know([CANARY])
        self._known = masking._registry.known

    def make(self, chance: random.Random) -> Answers:
        proxied = chance.random() < 0.1
        seeds = PROXY_SEEDS if proxied else SEEDS
        hops = 1 if proxied or chance.random() < 0.5 else chance.randint(2, 4)
        responses = [mutate(chance.choice(SEEDS[-18:]), chance.choice(SEEDS), chance) for _ in range(hops - 1)]
        responses.append(mutate(chance.choice(seeds), chance.choice(seeds), chance))
        end = chance.choice(("end", "end", "silence", "reset"))
        return Answers(
            tuple(responses),
            chance.choice((0, 0, 1, 5)),
            end,
            chance.randrange(len(OPTIONS)),
            chance.random() < 0.5,
            chance.randrange(3) if proxied else None,
        )

    def check(self, made: object, chance: random.Random) -> None:
        assert isinstance(made, Answers)

        def pieces(response: bytes) -> list[int]:
            return [chance.randint(1, 50) for _ in range(made.pieces)]

        ended = self._outcome(made, pieces)
        if chance.random() < 0.02 and sum(map(len, made.responses)) < LONGEST:
            dripped = self._outcome(made, lambda response: [1] * (len(response) + 4000))
            assert (type(dripped), getattr(dripped, "status", None)) == (type(ended), getattr(ended, "status", None)), (
                f"dripped: {dripped!r}, else {ended!r}"
            )

    def _outcome(self, made: Answers, pieces: Callable[[bytes], Sequence[int]]) -> Error | None:
        # A redirect's query may hold what looks like a secret, and is known from then on: not for the next input.
        masking._registry.known = self._known
        wires: list[tuple[Target, Wire]] = []

        def connect(target: Target, options: Options) -> Dialled:
            response = made.responses[len(wires)] if len(wires) < len(made.responses) else b""
            wires.append((target, Wire(response, pieces(response), made.end)))
            near = (
                target.host == "localhost" or opening.is_near(target.host)
                if target.host[:1].isdigit() or ":" in target.host
                else False
            )
            return Dialled(wires[-1][1], (target.host if near else "192.0.2.1", target.port), None, {})  # type: ignore[arg-type]

        options = OPTIONS[made.options]
        error: Error | None = None
        with in_memory(connect):
            try:
                if made.proxy is None:
                    self._open(f"{'wss' if made.secure else 'ws'}://home.test/first?here=1", options, wires)
                else:
                    self._proxy(made, options, connect)
            except Error as caught:
                error = caught
                _look_at(error)
        theirs = False  # whether the server of this origin has set cookies since we came to it
        for number, (target, wire) in enumerate(wires):
            theirs = theirs and target.origin == wires[number - 1][0].origin
            assert wire.closed, "left open"
            assert target.path is None, "led into a unix socket"
            if number and made.proxy is None:
                before = wires[number - 1][0]
                assert not before.secure or target.secure or options.redirects == "insecure", (
                    "led from TLS to plain text"
                )
                if any(past.origin != wires[0][0].origin for past, _ in wires[: number + 1]):
                    _look_at_request(wire.request, theirs)
            theirs = theirs or b"set-cookie" in wire.answered.lower()
        return error

    def _open(self, url: str, options: Options, wires: Sequence[tuple[Target, Wire]]) -> None:
        opened = opening.open_connection(url, options)
        handshake = opened.handshake
        opened.stream.close()
        assert handshake.status == 101
        assert handshake.subprotocol is None or handshake.subprotocol in options.subprotocols
        assert handshake.compression is None or options.compression
        assert len(handshake.redirects) == len(wires) - 1 <= options.most_redirects
        assert CANARY not in " ".join(handshake.redirects)

    def _proxy(self, made: Answers, options: Options, connect: Callable[..., Dialled]) -> None:
        target = Target.parse("ws://home.test/")
        wire = connect(target, options).stream
        try:
            through_proxy(wire, PROXIES[made.proxy or 0], target, options, Deadline(60.0))
        finally:
            wire.close()


@contextmanager
def in_memory(connect: Callable[[Target, Options], Dialled]) -> Iterator[None]:
    """Replace dialling and TLS."""
    dial, secure = opening.dial, opening.secure
    opening.dial, opening.secure = connect, lambda *_: (None, None)  # type: ignore[assignment,return-value]
    try:
        yield
    finally:
        opening.dial, opening.secure = dial, secure


def _look_at(error: Error) -> None:
    """Look at everything that a notebook, a terminal or a log would show of an error."""
    texts = [str(error), repr(error), error.message, error.hint or "", str(error.url), *map(str, error.args)]
    assert error.url, "about whom?"
    assert error.message
    assert not isinstance(error, TimeoutError) or error.phase in ("connect", "open")
    assert not isinstance(error, ProtocolError) or len(error.body) <= 64 << 10
    # Without the frames, which show code and no values, and take longer than all else here.
    alone = traceback.TracebackException(type(error), error, None, compact=True)
    texts += [line.rstrip("\n") for line in alone.format_exception_only()]
    cause: BaseException | None = error
    while cause is not None:
        texts.append(str(cause))
        cause = cause.__cause__ or cause.__context__
    for text in texts:
        assert CANARY not in text, f"a secret: {text!r}"
        assert len(text) <= TEXT, f"{len(text):,} characters"
        assert text.isprintable(), f"unprintable: {text!r}"


def _look_at_request(request: bytes, theirs: bool) -> None:
    """What another server got: no secret, unless the server before gave it away itself, in its Location, or this one in a cookie."""
    line, _, rest = request.partition(b"\r\n")
    if theirs:
        rest = re.sub(rb"(?im)^cookie: .*\r\n", b"", rest)
    assert CANARY.encode() not in rest or b"Host: " + CANARY.encode() in rest, f"a secret for another origin: {rest!r}"
    assert not re.search(
        rb"(?i)^(authorization|cookie|origin|referer|x-functions-key|ocp-apim-subscription-key):", rest, re.MULTILINE
    )
    assert b"here=1" not in line


def run(inputs: int, seed: int) -> None:
    """Check so many inputs."""
    fuzzing.run(Handshakes(), inputs, seed)


if __name__ == "__main__":
    fuzzing.main("fuzz_handshake", __doc__, Handshakes)
