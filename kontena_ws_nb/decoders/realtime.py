"""Events of realtime LLM services, with audio told by its seconds instead of its base64.

OpenAI's Realtime API and those like it (https://platform.openai.com/docs/api-reference/realtime), Gemini's Live API
(https://ai.google.dev/api/live), and ElevenLabs' agents.
"""

from __future__ import annotations

import re
from collections.abc import Sequence
from typing import Any, Final

from .decoder import Decoded, Decoder, Encoded, Opening
from .json_text import given, line, parse, short

#: Members whose text is audio.
_AUDIO: Final = frozenset({"audio", "delta", "data", "audio_base_64", "user_audio_chunk", "audio_data"})
_BASE64: Final = re.compile(r"[A-Za-z0-9+/]{16,}={0,2}")
_RATE: Final = re.compile(r"rate=([0-9]{4,6})")
#: Bytes a second of what services begin with: 16-bit samples, 24,000 a second, one channel.
_USUAL: Final = 48_000
#: Bytes a second of the formats that sessions name: G.711 has 8,000 samples of one byte.
_FORMATS: Final = {"g711_ulaw": 8_000, "g711_alaw": 8_000, "audio/pcmu": 8_000, "audio/pcma": 8_000}
_OPENAI: Final = re.compile(
    r"(?:session\.(?:created|update|updated)|response\.(?:create|created|done)|response\.(?:output_)?audio\.delta|"
    r"transcription_session\.\w+|input_audio_buffer\.\w+|conversation\.(?:created|item\.\w+))"
)
_GEMINI: Final = (
    "setup",
    "setupComplete",
    "serverContent",
    "realtimeInput",
    "clientContent",
    "toolCall",
    "toolResponse",
)


class Realtime(Decoder):
    """Decodes events, both ways; remembers which audio format the session said."""

    name = "realtime"
    stateful = True
    subprotocols = ("realtime",)

    def __init__(self, opening: Opening) -> None:
        super().__init__(opening)
        self._rates: dict[bool, int] = {}  # bytes a second, by direction

    @classmethod
    def recognizes(cls, opening: Opening, first: Sequence[Encoded]) -> bool:
        """As `Decoder.recognizes`: by the first events."""
        for one in first:
            value = parse(one.payload)
            if not isinstance(value, dict):
                continue
            kind = value.get("type")
            if isinstance(kind, str) and (
                (_OPENAI.fullmatch(kind) is not None and ("event_id" in value or one.sent))
                or kind in ("conversation_initiation_metadata", "conversation_initiation_client_data")
            ):
                return True
            setup = value.get("setup")
            if value == {"setupComplete": {}} or (isinstance(setup, dict) and "model" in setup and len(value) == 1):
                return True
        return False

    def decode(self, message: Encoded) -> Decoded | None:
        """As `Decoder.decode`."""
        value = parse(message.payload)
        if not isinstance(value, dict) or not value:
            return None
        kind = value.get("type")
        if not isinstance(kind, str):
            kind = next((one for one in _GEMINI if one in value), next(iter(value)))
        self._learn(value)
        heard: list[float] = []
        value = _without_audio(value, self._rates.get(message.sent, _USUAL), "transcript" not in kind, heard)
        number = event if isinstance(event := value.get("event_id"), str) and message.sent else None
        error = value.get("error")
        if isinstance(error, dict):
            asked = error.get("event_id")
            told = line(error.get("code") or error.get("type"), short(error.get("message")))
            return Decoded(value, line(kind, told), None, asked if isinstance(asked, str) else None)
        if heard:
            return Decoded(value, line(kind, f"{sum(heard):.2f} s"), number)
        return Decoded(value, line(kind, _told(value)), number)

    def _learn(self, value: dict[str, Any]) -> None:
        """Take the audio formats from a session's settings."""
        session = value.get("session")
        if not isinstance(session, dict):
            return
        for sent, name in ((True, "input"), (False, "output")):
            said: Any = session.get(f"{name}_audio_format")
            audio = session.get("audio")
            if isinstance(audio, dict) and isinstance(audio.get(name), dict):
                said = audio[name].get("format", said)
            rate = said.get("rate") if isinstance(said, dict) else None
            kind = said.get("type") if isinstance(said, dict) else said
            if isinstance(kind, str) and kind in _FORMATS:
                self._rates[sent] = _FORMATS[kind]
            elif type(rate) is int and 4000 <= rate <= 200_000:
                self._rates[sent] = 2 * rate
            elif said is not None:
                self._rates[sent] = _USUAL


def _without_audio(value: Any, rate: int, deltas: bool, heard: list[float]) -> Any:
    """Copy a parsed value with its audio replaced by how long it is; what was heard is appended, in seconds."""
    if isinstance(value, list):
        return [_without_audio(one, rate, deltas, heard) for one in value]
    if not isinstance(value, dict):
        return value
    kind = value.get("mimeType", value.get("mime_type"))
    if isinstance(kind, str) and (said := _RATE.search(kind)) is not None:
        rate = 2 * int(said[1])
    copy = {}
    for name, one in value.items():
        if isinstance(one, str) and name in _AUDIO and _is_audio(name, one, value, deltas):
            seconds = (len(one) * 3 // 4) / rate
            heard.append(seconds)
            copy[name] = f"({seconds:.2f} s of audio)"
        else:
            copy[name] = _without_audio(one, rate, deltas, heard)
    return copy


def _is_audio(name: str, text: str, around: dict[str, Any], deltas: bool) -> bool:
    if name == "delta" and not (deltas and "audio" in str(around.get("type"))):
        return False
    if name == "data" and not str(around.get("mimeType", around.get("mime_type"))).startswith("audio/"):
        return False
    # The ends tell a text from base64 as well as all of it does.
    return len(text) >= 16 and _BASE64.fullmatch(text[:64] if len(text) <= 64 else text[:64] + text[-4:]) is not None


def _told(value: dict[str, Any]) -> str:
    """Write what people scan for: words, usage, how it ended."""
    for name in ("delta", "transcript", "text", "arguments"):
        if value.get(name):
            return short(value[name])
    if isinstance(response := value.get("response"), dict):
        return line(response.get("status"), given(response.get("usage")))
    item = value.get("item")
    if isinstance(item, dict):
        return line(*(item.get(name) for name in ("type", "role", "name") if isinstance(item.get(name), str)))
    return ""
