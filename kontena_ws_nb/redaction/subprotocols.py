"""Which subprotocols are names, and which carry a token.

Browsers cannot set headers, so many services take their tokens in ``Sec-WebSocket-Protocol``. Pure functions on text,
any thread.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator
from typing import Final, NamedTuple

from .tokens import looks_secret, plain, words

#: Names that are shown whatever they look like (lower case): the IANA WebSocket Subprotocol Name registry, and what is
#: widely used beside it.
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
#: Names that announce a token: shown, but of no use without it.
_ANNOUNCING: Final = words("bearer authorization access_token")
#: After one of these stands a token, as the next part of the name or as the next name offered.
_CREDENTIAL: Final = words(
    "bearer token accesstoken access_token authtoken authorization authentication auth jwt apikey api_key key secret password passwd pass pwd pw passphrase tok "
    "credential credentials sig signature"
)
#: After one of these stands one, unless it is a name.
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
#: What may follow such a word and is none, and what may stand before a token: parts of names that vendors use.
_PARTS: Final = words(
    "k8s io com org net dev openai insecure organization project beta realtime base64url base64 api access channel ws v1 v2 v3 v4 v5 x"
)
_SEPARATOR: Final = re.compile(r"([.\-:|~!#$&'*^`+/=_])")
#: More digits than a version has, or a date.
_NUMBER: Final = re.compile(r"(?<!\d)(?!(?:19|20)\d{6}(?!\d))\d{7,}")
#: Characters of the longest name that is made of words.
_LONGEST: Final = 64


class Offered(NamedTuple):
    """One subprotocol, taken apart."""

    #: What may be shown of it.
    name: str
    #: The token in it; "" when it is a name.
    token: str
    #: Whether it is one for sure, by what stands before it, and not by its looks.
    sure: bool


def offered(names: Iterable[str]) -> Iterator[Offered]:
    """Take subprotocols apart, in the order they are offered: what one is may be said by the one before it.

    Parameters
    ----------
    names : iterable of str
        Names as offered or chosen.

    Yields
    ------
    Offered
        For each.

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
    """Tell whether a subprotocol is a registered or widely used name, and so no token in disguise.

    Parameters
    ----------
    name : str
        As it is offered.

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
    parts, kept = pieces[::2], 0  # how many of the pieces are the name
    sure = found = False
    for at, part in enumerate(parts[:-1]):
        if not _familiar(part):
            break
        if part.lower() in _CREDENTIAL or part.lower() in _PERHAPS:
            kept, sure, found = 2 * at + 2, part.lower() in _CREDENTIAL, True
    if found:
        # base64url.bearer.authorization.k8s.io.TOKEN: what follows the word may be a name first.
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
