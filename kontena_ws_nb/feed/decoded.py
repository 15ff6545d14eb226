"""`decoded_info`: what a message means, as the panel's details show it. Any thread."""

from __future__ import annotations

from ..decoders.registry import DECODERS, RAW, beating
from ..log.decoding import label_of, shown, text_of
from ..log.message import Message
from ..redaction.payloads import mask, mask_bytes
from ..redaction.text import printable
from .comm_messages import DETAIL_BYTES, DecodedInfo
from .sources import Source, capabilities, capable


def decoded_info(source: Source, message: Message) -> DecodedInfo | None:
    """Tell what a message means, and which decoders there are.

    Parameters
    ----------
    source : Source
        Where the message is.
    message : Message
        Any row.

    Returns
    -------
    DecodedInfo or None
        None for what is no complete text or binary message.
    """
    if message.kind not in ("text", "binary") or message.incomplete:
        return None
    found = shown(message.decode(), message.payload)
    # JSON that nothing had to be done about is shown as what it is.
    if found is not None and not found.label and message.kind == "text":
        found = None
    text = b"" if found is None else mask_bytes(text_of(found, message.payload))
    meanings = source.messages.meanings
    choice, decoder = meanings.choice, message.decoder or ""
    beats = decoder in beating() and "heartbeat" in capabilities(source)
    return {
        "decoder": decoder,
        "label": "" if found is None else printable(mask(label_of(found)), 1000),
        "text": str(text, "utf-8", "replace") if len(text) <= DETAIL_BYTES else "",
        "size": len(text),
        "choice": choice if isinstance(choice, str) else "" if choice is None else decoder,
        "decoders": [*DECODERS, RAW],
        "heartbeat": ("on" if capable(source, "heartbeat") else "off") if beats else "",
        "problem": printable(meanings.decoding.problem or "", 1000),
    }
