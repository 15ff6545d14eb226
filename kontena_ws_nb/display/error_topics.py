"""What each error means and what to do: ``%ws_help close-1006``, ``kontena-ws help close-1006``, and the documentation's page of errors.

`Error.topic` names the topic of an error. Pure; any thread.
"""

from __future__ import annotations

import re
from collections.abc import Mapping
from textwrap import fill
from typing import Final, NamedTuple

from ..close import CLOSE_CODES, Close
from ..redaction.invalid import did_you_mean

#: Characters of a line in a terminal.
_WIDTH: Final = 110


class Topic(NamedTuple):
    """The explanation of an error.

    Parameters
    ----------
    title : str
        What happened, in a few words.
    why : str
        What it means, and the usual causes.
    do : tuple of str
        What to try, best first.
    """

    title: str
    why: str
    do: tuple[str, ...]


_CA_FILE = "If the server's CA is your own or your company's, pass `ca_file=` (`--ca-file`) with its PEM, or `trust=\"system\"` if it is installed on this machine."
_LOOK = "`%ws_cert URL`, `kws.certificate(URL)` or `kontena-ws cert URL` shows the chain and marks the certificate at fault."
_PIN = "For a server of your own, `pin=error.cert.pin` accepts exactly this key; `ssl_verify=False` (`-k`) accepts anything, for a moment in a lab."
_REISSUE = "Only the server's owner can mend it: have the certificate reissued."

#: OpenSSL's verification errors (X509_V_ERR_* of x509_vfy.h) that TLS clients meet.
_CERTIFICATE: Final[Mapping[int, Topic]] = {
    2: Topic(
        "unable to get issuer certificate",
        "The issuer of a CA certificate of the chain is not in the trust store.",
        (_CA_FILE, _LOOK),
    ),
    7: Topic(
        "certificate signature failure",
        "A signature in the chain does not fit: a certificate is damaged, or its issuer has the same name but another key.",
        ("Have the server send the chain that its CA gave it.", _LOOK),
    ),
    9: Topic(
        "certificate is not yet valid",
        "Its validity begins later. Most often this machine's clock is wrong.",
        ("Check the clock: `date -u`.", _LOOK),
    ),
    10: Topic(
        "certificate has expired",
        "The validity of the server's certificate, or of one in its chain, has ended.",
        ("Renew it on the server, and reload the server.", _LOOK, _PIN),
    ),
    18: Topic(
        "self-signed certificate",
        "The server signed its certificate itself, as development servers do, so nobody vouches for it.",
        (_PIN, "Or make a CA of your own (mkcert, for one) and pass `ca_file=`.", _LOOK),
    ),
    19: Topic(
        "self-signed certificate in certificate chain",
        "The chain ends at a root that is not trusted here: a private CA, or a proxy that inspects TLS.",
        (_CA_FILE, _LOOK),
    ),
    20: Topic(
        "unable to get local issuer certificate",
        "The issuer is not known here: the server forgot to send its intermediate certificate (browsers fetch it, others do not), or the CA is private.",
        ("Have the server send its full chain (`fullchain.pem`, not `cert.pem`).", _CA_FILE, _LOOK),
    ),
    21: Topic(
        "unable to verify the first certificate",
        "The server sent only its own certificate, and its issuer is not known here.",
        ("Have the server send its full chain (`fullchain.pem`, not `cert.pem`).", _CA_FILE, _LOOK),
    ),
    24: Topic("invalid CA certificate", "A certificate that is no CA signed another.", (_REISSUE, _LOOK)),
    25: Topic("path length constraint exceeded", "The chain is longer than one of its CAs allows.", (_REISSUE, _LOOK)),
    26: Topic(
        "unsuitable certificate purpose",
        "The certificate is not for TLS servers (extended key usage).",
        ("Have it reissued with serverAuth.", _LOOK),
    ),
    32: Topic("key usage does not include certificate signing", "A CA of the chain may not sign.", (_REISSUE, _LOOK)),
    47: Topic("permitted subtree violation", "A CA of the chain may not issue for this name.", (_REISSUE, _LOOK)),
    48: Topic("excluded subtree violation", "A CA of the chain may not issue for this name.", (_REISSUE, _LOOK)),
    62: Topic(
        "hostname mismatch",
        "The certificate is for other names than the one in the URL; the error lists them.",
        (
            "Connect by one of its names.",
            "Behind a tunnel or an address: `ssl_hostname=` (`--ssl-hostname`) says which name is meant, `resolve=` where it is.",
            _LOOK,
        ),
    ),
    64: Topic(
        "IP address mismatch",
        "The URL has an address, and the certificate does not list it as one.",
        (
            "Connect by name, or pass `ssl_hostname=`.",
            "Have it reissued with `IP:` among its alternative names.",
            _LOOK,
        ),
    ),
    66: Topic(
        "EE certificate key too weak",
        "The server's key is too small.",
        ("Reissue it with RSA of 2048 bits or P-256.", _LOOK),
    ),
    67: Topic("CA certificate key too weak", "The key of a CA in the chain is too small.", (_REISSUE, _LOOK)),
    68: Topic(
        "CA signature digest algorithm too weak", "A certificate is signed with SHA-1 or MD5.", (_REISSUE, _LOOK)
    ),
    79: Topic("invalid CA certificate", "A certificate that is no CA signed another.", (_REISSUE, _LOOK)),
    80: Topic(
        "80 to 94: refused by X509_STRICT",
        "The certificate breaks a detail of RFC 5280 that is only checked with `strict=True`.",
        ("To accept it, pass `strict=False` (the default), or have the certificate reissued.", _LOOK),
    ),
}

_KEEPALIVE = "Leave `ping_interval` at 20 s or less; `ws.stats` and the panel show when the last message came."
_RECONNECT = "`auto_reconnect=True` connects again, and `on_open=` subscribes again."

#: The close codes of RFC 6455 section 7.4.1 and the IANA registry, received from a server.
_CLOSE: Final[Mapping[int, tuple[str, tuple[str, ...]]]] = {
    1000: ("The server is done with the conversation.", ("Nothing, or connect again: `ws.reconnect()`.",)),
    1001: ("The server is shutting down, or drops idle connections.", (_RECONNECT,)),
    1002: (
        "The server found our frames against the protocol; something between the two may have changed them.",
        ("Try `compression=False`.", "Look for a proxy on the way: `ws.handshake` shows the headers it adds."),
    ),
    1003: (
        "The server does not take this kind of message.",
        ("Send text instead of bytes, or bytes instead of text.",),
    ),
    1005: (
        "The server closed with a close frame that says no code; it says the same as 1000.",
        ("Look at its last messages: `%ws_messages -n 5`.",),
    ),
    1006: (
        "TCP ended without a close frame. Usual causes: a proxy or load balancer cut an idle connection (nginx after 60 s), the server process "
        "crashed or was killed, it hung up on a message it did not like, or the network went away. The error says how long it had been silent.",
        (
            "After a silence of 30, 60 or 100 s: an idle timeout. " + _KEEPALIVE,
            "Right after a message of yours: the server's log says what it did not like.",
            "Right after opening: wrong path or missing credentials on a server that does not say so in HTTP.",
            _RECONNECT,
        ),
    ),
    1007: (
        "A text message of ours was not UTF-8 to the server, or its content is not what the type says.",
        ('Send bytes as bytes: `ws.send(b"…")`.',),
    ),
    1008: (
        "A rule of the server: credentials missing or expired, too many messages, a subprotocol it wants. Its reason says which.",
        ("Check the token and `subprotocols=`.", "Send less often: `%ws_send --interval`."),
    ),
    1009: ("A message of ours is too long for the server.", ("Send it in parts, or raise the server's limit.",)),
    1010: (
        "The server lacks an extension that the client wanted; this client wants none.",
        ("Look at the reason; the server is at fault.",),
    ),
    1011: (
        "The server failed while it handled something; its log says what.",
        ("`%ws_messages -n 5` shows what you sent before.", _RECONNECT),
    ),
    1012: ("The server restarts.", (_RECONNECT,)),
    1013: ("The server is overloaded.", (_RECONNECT + " It waits longer each time.",)),
    1014: (
        "A gateway got no valid answer from the server behind it.",
        ("Check that the server runs, and the gateway's address for it.",),
    ),
    1015: (
        "Reserved for a failed TLS handshake, and never in a frame: a server that sends it is wrong.",
        ("See `tls`.",),
    ),
}

_LOST_UPGRADE = 'Behind nginx: `proxy_http_version 1.1; proxy_set_header Upgrade $http_upgrade; proxy_set_header Connection "upgrade";`'
_HTTP_LOG = "`error.body` and `error.headers` have what it said; the gateway's and the server's log have the rest."

#: What a status other than 101 means for an opening handshake.
_HTTP: Final[Mapping[str, Topic]] = {
    "2xx": Topic(
        "an HTTP server answered",
        "This is a web page or an API, not a WebSocket: the path is another, or the request lost its Upgrade header on the way.",
        ("Check the path of the URL.", _LOST_UPGRADE),
    ),
    "3xx": Topic(
        "a redirect that is not followed",
        "It leads from wss:// to ws://, in a circle, further than `redirects=` allows, or nowhere.",
        ("Connect to the address in its Location.", '`redirects=10`, or `redirects="insecure"` for wss:// to ws://.'),
    ),
    "400": Topic(
        "Bad Request",
        "The server did not take the request for an upgrade. Some send 400 when the client certificate, a subprotocol or a header is missing.",
        (
            _LOST_UPGRADE,
            "If the body names a certificate: `client_cert=` and `client_key=`.",
            "Socket.IO wants `/socket.io/?EIO=4&transport=websocket`.",
        ),
    ),
    "401": Topic(
        "Unauthorized",
        "Credentials are missing, wrong or expired. The error says which scheme the server wants.",
        (
            '`token=` for Bearer, `user="name:password"` for Basic, `headers={"Authorization": …}` for anything else, `cookies=` for a login in the browser.',
            '`print(ws.handshake.text(secrets=True))` of a connection that opens, or the browser\'s "Copy as cURL" in `%%ws_connect`, shows what is sent.',
            "After a redirect to another host, no credentials are sent: connect to that URL itself.",
        ),
    ),
    "403": Topic(
        "Forbidden",
        "Most often the Origin: servers compare it with their own address, and this client sends none. Or an account or address that may not.",
        (
            '`origin="https://…"` (`--origin`) with the address of the page that the server expects.',
            "Check the credentials, as for 401.",
            _HTTP_LOG,
        ),
    ),
    "404": Topic(
        "Not Found",
        "There is nothing at this path, or the proxy in front has no rule for it.",
        ("Check the path, also its final slash.", _LOST_UPGRADE),
    ),
    "407": Topic(
        "Proxy Authentication Required",
        "The proxy wants a name and a password.",
        (
            '`proxy="http://name:password@host:port"`; write `%40` for `@` in them.',
            "For NTLM or Kerberos run px or cntlm on this machine, and use its address.",
        ),
    ),
    "426": Topic(
        "Upgrade Required", "The server got no WebSocket upgrade, or speaks another version than 13.", (_LOST_UPGRADE,)
    ),
    "429": Topic(
        "Too Many Requests",
        "The server limits how often you may connect.",
        ("Wait as long as Retry-After says; `auto_reconnect=True` does.",),
    ),
    "4xx": Topic(
        "the server refused the request",
        "The server takes the fault to be the client's.",
        ("Check path, headers, subprotocol and credentials.", _HTTP_LOG),
    ),
    "500": Topic("Internal Server Error", "The server failed while it handled the opening handshake.", (_HTTP_LOG,)),
    "502": Topic(
        "Bad Gateway",
        "A gateway answered, and the server behind it did not.",
        ("Check that it runs, and the gateway's address for it.", _HTTP_LOG),
    ),
    "503": Topic(
        "Service Unavailable",
        "It is overloaded or being maintained.",
        ("Try again later; `auto_reconnect=True` does, and heeds Retry-After.",),
    ),
    "504": Topic(
        "Gateway Timeout",
        "A gateway answered, and the server behind it did not in time.",
        ("Check that it runs, and the gateway's address for it.",),
    ),
    "511": Topic(
        "Network Authentication Required",
        "The network wants a login first, as in hotels.",
        ("Open any page in a browser and log in.",),
    ),
    "5xx": Topic("the server failed", "The server takes the fault to be its own.", (_HTTP_LOG,)),
    "1xx": Topic(
        "an answer that ends nothing", "The server answered with a status that no opening handshake has.", (_HTTP_LOG,)
    ),
}

_PHASES: Final[Mapping[str, Topic]] = {
    "connect": Topic(
        "no connection in time",
        "TCP, the proxy or TLS took longer than `connect_timeout` (10 s in notebooks). A firewall that drops packets looks like this.",
        (
            "Check host and port.",
            "Behind a company's proxy: `proxy=` or `HTTPS_PROXY`.",
            "If TLS is what hangs: the port may be a plain one; try ws://.",
        ),
    ),
    "open": Topic(
        "no answer to the upgrade in time",
        "TCP and TLS are up, but the HTTP response did not come within `open_timeout`.",
        (
            "The server is busy, or the port is another protocol's.",
            "If the port speaks TLS, write wss://.",
            "`open_timeout=60` waits longer.",
        ),
    ),
    "read": Topic(
        "no message in time",
        "The connection is up and the server said nothing. Only `read` gave up; the session goes on.",
        ("`ws.read(timeout=60)`, or None to wait for ever.", "Many feeds send nothing before you subscribe."),
    ),
    "write": Topic(
        "the server takes no data",
        "For `write_timeout` seconds the server took not a byte: it does not read, and TCP's buffers are full.",
        ("Send less at once, or wait for answers.", "`write_timeout=None` waits for ever."),
    ),
    "ping": Topic(
        "no pong in time",
        "A ping was written, and for `ping_timeout` seconds nothing came: the network is gone, or the server is stuck.",
        (
            "`ping_timeout=60` for servers that stop for long.",
            "`ping_interval=None` for servers that answer no pings (they break RFC 6455).",
            _RECONNECT,
        ),
    ),
    "close": Topic(
        "no answer to our close frame",
        "The server did not confirm the close within `close_timeout`; the connection was dropped.",
        (
            "What was sent last may not have arrived: `ws.unconfirmed`.",
            "`ws.abort()` ends a connection without waiting.",
        ),
    ),
    "expect": Topic(
        "no message that matches in time",
        "Other messages may have come; the error shows those that came nearest, and what in them differs.",
        (
            "Compare with the nearest misses: a number sent as text, another case, a level of nesting.",
            "If it came before the wait began, the error says so: `since=` begins earlier.",
            "`timeout=` waits longer.",
        ),
    ),
}

#: Explanations by topic; numbers beyond these are in `_CLOSE`, `_HTTP` and `_CERTIFICATE`.
TOPICS: Final[Mapping[str, Topic]] = {
    "error": Topic(
        "any error of this package", "The base of all errors below.", ("Its text says what happened and what to do.",)
    ),
    "connect": Topic(
        "no connection",
        "The name does not resolve, nothing listens at that port, or the proxy refused.",
        (
            '"does not resolve": a typo, or a name that only the company\'s DNS knows; `resolve={"host": "address"}` names the address.',
            '"Connection refused": nothing listens there. In a notebook, localhost is the machine of the kernel (JupyterHub, Docker, Colab), not that of the browser.',
            '"the proxy … refused": what follows is the proxy\'s own words. `proxy=""` goes without.',
            "`%config WebSocketMagics.connect_timeout = 30` waits longer.",
        ),
    ),
    "tls": Topic(
        "the TLS handshake failed",
        "What answers speaks no TLS, or another version, or wants something of the client.",
        (
            "WRONG_VERSION_NUMBER, HTTP_REQUEST: that port is a plain one; write ws:// instead of wss://.",
            "CERTIFICATE_REQUIRED, BAD_CERTIFICATE: the server wants a client certificate: `client_cert=` and `client_key=` (`--cert`, `--key`).",
            'HANDSHAKE_FAILURE, PROTOCOL_VERSION: an old server; `min_tls="1.0"` lowers the bar for it.',
            '"the server closed the connection during the TLS handshake": a plain server, a firewall, or a name it does not serve (`ssl_hostname=`).',
            "Without a URL in the text it is about a file of yours: the CA file, the client certificate or its key.",
        ),
    ),
    "certificate": Topic(
        "the server's certificate was refused",
        "OpenSSL does not accept the certificate; the number in the text says why.",
        (_LOOK, _CA_FILE, _PIN),
    ),
    "protocol": Topic(
        "the server broke the protocol",
        "What answered is no WebSocket server (its first bytes are shown), or its upgrade or frames are against RFC 6455.",
        (
            "Right at the beginning: the port is another protocol's; check scheme, host and port.",
            '"chose the subprotocol …, which was not offered": offer it, `subprotocols=["…"]` (`--subprotocol`).',
            "\"101 without 'Upgrade: websocket'\": a proxy between the two answers in the server's place.",
            "In an open connection: the text says which byte; something between the two may have changed it. Try `compression=False`.",
        ),
    ),
    "protocol-1002": Topic(
        "the server broke the framing",
        "A frame is against RFC 6455: a reserved bit, a wrong opcode, a masked frame, a control frame of more than 125 bytes.",
        (
            "The server, or what is between, is at fault; the text has the byte and its offset.",
            "Try `compression=False`.",
        ),
    ),
    "protocol-1007": Topic(
        "the server sent invalid data",
        "A text message is not UTF-8, or a compressed one cannot be inflated.",
        ("The server should send such data as binary messages.", "For compressed ones try `compression=False`."),
    ),
    "protocol-1009": Topic(
        "a message longer than max_size",
        "The message, before or after inflating, is longer than `max_size` (64 MiB), so the connection was closed.",
        ("`max_size=1 << 30` takes longer ones; None takes any, which a hostile server can use to fill the memory.",),
    ),
    "socket": Topic(
        "the connection cannot be used",
        "It is closed, broke while sending, or belongs to another process. The text says what ended it first.",
        (
            "`ws.error` and `%ws_messages -n 5` show the end.",
            "`ws.reconnect()` connects again with the same options.",
            _RECONNECT,
        ),
    ),
    **{f"timeout-{phase}": topic for phase, topic in _PHASES.items()},
    "close": Topic(
        "the server closed",
        "The code and the reason are the server's.",
        ("`%ws_messages -n 5` shows what came before.", "`ws.close_code`, `ws.close_reason`."),
    ),
    "close-3000": Topic(
        "a code of a library or framework",
        "Codes from 3000 to 3999 are registered with IANA: 3000 Unauthorized, 3003 Forbidden, 3008 Timeout, and those of libraries.",
        ("Look the code up in the documentation of the server's framework.",),
    ),
    "close-4000": Topic(
        "a code of the application",
        "Codes from 4000 to 4999 mean what the service says: often 4001 or 4401 not logged in, 4403 not allowed, 4008 or 4429 too fast. "
        "GraphQL (graphql-ws): 4400 bad message, 4401 no connection_init, 4409 id in use, 4429 connection_init twice.",
        ("Look the code up in the documentation of the service.", "Read the reason: `ws.close_reason`."),
    ),
    "close-other": Topic(
        "a code outside the ranges", "Codes below 1000 and from 5000 mean nothing.", ("The server is at fault.",)
    ),
    "capture": Topic(
        "no capture, or a format that cannot be written",
        "The file is none of the formats that `kws.load` knows, nothing of it can be read, or the suffix says no format that can be written.",
        (
            "`kontena-ws convert --help` lists formats and suffixes.",
            "A capture of encrypted packets needs `keylog=` (`SSLKEYLOGFILE`).",
        ),
    ),
    "filter": Topic(
        "a filter that is none",
        "A QueryError (a ValueError): the caret is below what cannot be read, and the text says what to type.",
        ("`%ws_help filter` has every form.", 'Quotes search for the text itself: `"$.not a path"`.'),
    ),
    "usage": Topic(
        "a line or an option that is none",
        "A UsageError, ValueError or TypeError: a magic's line, an option or a URL is invalid; nothing was sent or opened. "
        "A RuntimeError: a call where it would wait for itself, or for another thread that reads from the same client.",
        ("`%ws_connect?` and `help(kws.connect)` show what there is.",),
    ),
    "package": Topic(
        "a package that is not installed",
        "An ImportError: what was asked needs a package that the kernel's environment does not have.",
        (
            "The text has the command. In a notebook: `%pip install 'kontena_ws_nb[data]'`, which installs where the kernel runs.",
            "Restart the kernel if an older version was imported already.",
        ),
    ),
    "path": Topic(
        "a file that cannot be read or written",
        "An OSError, such as FileNotFoundError, FileExistsError or PermissionError: the text names the file, and the reason is the system's.",
        (
            "A relative path begins in the kernel's folder: `import os; os.getcwd()` says which that is.",
            "A recording that another session or process writes is locked: end it there, or choose another file.",
        ),
    ),
    "index": Topic(
        "a message that is not kept",
        "An IndexError, a KeyError or a LookupError: nothing has that number or name, or the log was full and dropped it.",
        (
            "`ws.messages.first_index` is the oldest that is kept.",
            "`max_bytes=` and `max_messages=` keep more; `record=` keeps all of them in a file.",
        ),
    ),
    "replay": Topic(
        "the client sent something else than was recorded",
        "An AssertionError of `kws.replay(…, strict=True)`: the text says at which message, and what differs.",
        (
            '`ignore=["$.time"]` leaves out what is another value each time.',
            "If the client changed on purpose, record it anew.",
        ),
    ),
}

_NAMES: Final[Mapping[str, str]] = {
    "Error": "error",
    "ConnectError": "connect",
    "SSLConnectError": "tls",
    "SSLVerifyError": "certificate",
    "ProtocolError": "protocol",
    "SocketError": "socket",
    "TimeoutError": "timeout-connect",
    "CloseError": "close",
    "EOFError": "close-1006",
    "CaptureError": "capture",
    "QueryError": "filter",
    "UsageError": "usage",
    "ValueError": "usage",
    "TypeError": "usage",
    "RuntimeError": "usage",
    "TemplateError": "filter",
    "PayloadError": "filter",
    "SlowPatternError": "filter",
    "ImportError": "package",
    "ModuleNotFoundError": "package",
    "OSError": "path",
    "FileNotFoundError": "path",
    "FileExistsError": "path",
    "PermissionError": "path",
    "BlockingIOError": "path",
    "IndexError": "index",
    "KeyError": "index",
    "LookupError": "index",
    "AssertionError": "replay",
}


def everything() -> dict[str, Topic]:
    """List all topics in the order of the documentation.

    Returns
    -------
    dict
        Topics by the address that `Error.topic` has.
    """
    listed: dict[str, Topic] = {}
    for name, topic in TOPICS.items():
        listed[name] = topic
        if name == "certificate":
            listed.update((f"certificate-{code}", one) for code, one in _CERTIFICATE.items())
        elif name == "protocol":
            listed.update((f"http-{status}", one) for status, one in _HTTP.items())
        elif name == "close":
            listed.update((f"close-{code}", _closed(code)) for code in _CLOSE)
    return listed


def find(name: str) -> tuple[str, Topic] | None:
    """Find an explanation.

    Parameters
    ----------
    name : str
        `Error.topic`, the name of a class, a close code, an HTTP status, or a number of OpenSSL's verification.

    Returns
    -------
    tuple of str and Topic, or None
        The address of the topic, which is that of its kind where the number has none of its own.
    """
    wanted = name.strip().lower()
    by_class = {name.lower(): topic for name, topic in _NAMES.items()}
    wanted = by_class.get(wanted.rpartition(".")[2], wanted)
    if number := re.fullmatch(r"\d{1,4}", wanted):
        value = int(number[0])
        wanted = f"{'certificate' if value < 100 else 'http' if value < 600 else 'close'}-{value}"
    topics = everything()
    kind, _, rest = wanted.partition("-")
    for address in (wanted, *_general(kind, rest)):
        if address in topics:
            return address, topics[address]
    return None


def explained(name: str) -> str:
    """Write an explanation for a terminal or a cell.

    Parameters
    ----------
    name : str
        As for `find`.

    Returns
    -------
    str

    Raises
    ------
    ValueError
        There is no such topic; the nearest is suggested.
    """
    found = find(name)
    if found is None:
        known = [*everything(), *_NAMES, "errors", "filter", "decoders"]
        raise ValueError(f"no help about that{did_you_mean(name, known)}; errors lists all errors")
    address, topic = found
    lines = [f"{address}: {topic.title}", "", fill(topic.why, _WIDTH), ""]
    lines += [fill(one, _WIDTH, initial_indent="- ", subsequent_indent="  ") for one in topic.do]
    return "\n".join(lines)


def listing() -> str:
    """Write all topics, a line each.

    Returns
    -------
    str
    """
    lines = [f"  {address:<17} {topic.title}" for address, topic in everything().items()]
    return "\n".join(
        [
            "Errors, by their topic (error.topic): %ws_help close-1006, or kontena-ws help close-1006, explains one.",
            "",
            *lines,
        ]
    )


def _closed(code: int) -> Topic:
    why, do = _CLOSE[code]
    return Topic(Close(code).meaning, why, do)


def _general(kind: str, rest: str) -> list[str]:
    """Name the topics of a kind, for numbers that have none of their own."""
    if kind == "http":
        return [f"http-{rest[:1]}xx", "protocol"]
    if kind == "close" and rest.isdecimal():
        return [f"close-{int(rest) // 1000}000" if 3000 <= int(rest) < 5000 else "close-other"]
    if kind == "certificate" and rest.isdecimal() and 80 <= int(rest) <= 94:
        return ["certificate-80"]
    return [kind] if kind in ("certificate", "protocol") else []


assert _CLOSE.keys() == CLOSE_CODES.keys()
