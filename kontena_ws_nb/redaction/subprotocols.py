"""Finds tokens in subprotocols.

Browsers cannot set headers, so many services expect tokens in ``Sec-WebSocket-Protocol``. Pure functions, any thread.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator
from typing import Final, NamedTuple

from .tokens import looks_secret, plain, words

#: Names that are always shown (lower case): the IANA WebSocket Subprotocol Name registry, and others in wide use.
KNOWN: Final = words(
    "actioncable-unsupported actioncable-v1-json actioncable-v1-msgpack amqp base64 base64.channel.k8s.io bfcp binary binary.ircv3.net "
    "bsc.bacnet.org cbor channel.k8s.io chat coap cobra.v2.json dc.bsc.bacnet.org done drp dumb-increment-protocol echo echo-protocol "
    "graphql-transport-ws graphql-ws guacamole hub.bsc.bacnet.org janus-protocol jmap jsflow json json-rpc "
    "json.reliable.webpubsub.azure.v1 json.webpubsub.azure.v1 jsonrpc jsonrpc2.0 lwm2m lws-minimal lws-mirror-protocol mblws.huawei.com "
    "mbws.huawei.com mcp mqtt mqttv3.1 msgpack msrp notificationchannel-netapi-rest.openmobilealliance.org ocpp1.2 ocpp1.5 ocpp1.6 "
    "ocpp2.0 ocpp2.0.1 ocpp2.1 protobuf protobuf.reliable.webpubsub.azure.v1 protobuf.webpubsub.azure.v1 realtime rfb rwpcp sap.pcp.v1 "
    "secs2gem ship sip soap softvelum.com spdy/3.1+portforward.k8s.io subscriptions-transport-ws superchat t140 text text.ircv3.net "
    "tlcp-2.0.0.lightstreamer.com tlcp-2.1.0.lightstreamer.com transloc tty v0.saltyrtc.org v1.kernel.websocket.jupyter.org v1.msg.io "
    "v1.saltyrtc.org v10.stomp v11.stomp v12.stomp v2.base64.channel.k8s.io v2.channel.k8s.io v3.base64.channel.k8s.io "
    "v3.channel.k8s.io v3.penguin-stats.live+proto v4.base64.channel.k8s.io v4.channel.k8s.io v5.channel.k8s.io vite-hmr vite-ping wamp "
    "wamp.2.cbor wamp.2.cbor.batched wamp.2.json wamp.2.json.batched wamp.2.msgpack wamp.2.msgpack.batched webrtc.softvelum.com wpcp "
    "wsproxy-1.0 xhttp xmpp"
)
#: Names that announce a token in the next subprotocol.
_ANNOUNCING: Final = words("bearer authorization access_token")
#: Words that a token follows, as the next part of the name or as the next subprotocol.
_CREDENTIAL: Final = words(
    "bearer token accesstoken access_token authtoken authorization authentication auth jwt apikey api_key key secret password passwd pass pwd pw passphrase tok "
    "credential credentials sig signature"
)
#: Words that a token may follow, unless what follows is a name.
_PERHAPS: Final = frozenset(
    [
        "session",
        "sessionid",
        "sid",
        "ticket",
        "cookie",
        "basic",
        "oauth",
        "oauth2",
        "otp",
        "code",
        "sign",
        "hmac",
        "nonce",
        "pat",
        "id",
    ]
)
#: Parts of vendors' names that may come between such a word and the token.
_PARTS: Final = words(
    "k8s io com org net dev openai insecure organization project beta realtime base64url base64 api access channel ws v1 v2 v3 v4 v5 x"
)
_SEPARATOR: Final = re.compile(r"([.\-:|~!#$&'*^`+/=_])")
#: More digits than a version or a date has.
_NUMBER: Final = re.compile(r"(?<!\d)(?!(?:19|20)\d{6}(?!\d))\d{7,}")
#: A name that is made of words may have this many characters.
_LONGEST: Final = 64


class Offered(NamedTuple):
    """A subprotocol, split into name and token."""

    #: The part that may be shown.
    name: str
    #: The token; "" if there is none.
    token: str
    #: Whether a word before the token says that it is one; otherwise it only looks like one.
    sure: bool


def offered(names: Iterable[str]) -> Iterator[Offered]:
    """Split subprotocols into names and tokens.

    Parameters
    ----------
    names : iterable of str
        In the order offered, because one may announce that the next is a token.

    Yields
    ------
    Offered
        One for each.

    Examples
    --------
    >>> [one.name for one in offered(["bearer", "swordfish", "v12.stomp", "openai-insecure-api-key.sk-12345678"])]
    ['bearer', '', 'v12.stomp', 'openai-insecure-api-key.']
    """
    announced = False
    for name in names:
        one = Offered("", name, True) if announced and not _shown_whole(name) else _apart(name)
        yield one
        announced = not one.token and _SEPARATOR.split(name.lower())[-1] in _CREDENTIAL


def is_known(name: str) -> bool:
    """Tell whether a subprotocol is a registered or widely used name, which does not contain a token.

    Parameters
    ----------
    name : str
        As offered.

    Returns
    -------
    bool

    Examples
    --------
    >>> is_known("graphql-transport-ws"), is_known("bearer"), is_known("openai-insecure-api-key.sk-1")
    (True, False, False)
    """
    return name.lower() in KNOWN


def _shown_whole(name: str) -> bool:
    return is_known(name) or name.lower() in _ANNOUNCING


def _apart(name: str) -> Offered:
    if _shown_whole(name):
        return Offered(name, "", False)
    pieces = _SEPARATOR.split(name)
    parts, kept = pieces[::2], 0  # `kept` pieces are the name, the others the token
    sure = found = False
    for at, part in enumerate(parts[:-1]):
        if not _familiar(part):
            break
        if part.lower() in _CREDENTIAL or part.lower() in _PERHAPS:
            kept, sure, found = 2 * at + 2, part.lower() in _CREDENTIAL, True
    if found:
        # base64url.bearer.authorization.k8s.io.TOKEN: more parts of the name may come before the token.
        while kept < len(pieces) and (pieces[kept].lower() in _PARTS or re.fullmatch(r"v?\d{1,3}", pieces[kept])):
            kept += 2
        rest = "".join(pieces[kept:])
        if not rest or rest.lower() in _CREDENTIAL or (not sure and _is_name(rest)):
            return Offered(name, "", False)
        return Offered("".join(pieces[:kept]), rest, sure)
    if _is_name(name):
        return Offered(name, "", False)
    while kept < len(pieces) and pieces[kept].lower() in _PARTS:
        kept += 2
    return Offered("".join(pieces[:kept]), "".join(pieces[kept:]), False)


def _is_name(text: str) -> bool:
    return len(text) <= _LONGEST and plain(text) and not looks_secret(text) and not _NUMBER.search(text)


def _familiar(part: str) -> bool:
    return part.lower() in _PARTS or part.lower() in _CREDENTIAL or plain(part)
