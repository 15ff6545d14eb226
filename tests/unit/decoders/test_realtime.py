"""Events of realtime LLM services: audio is told by its seconds."""

from __future__ import annotations

import base64
from typing import Any

import pytest

from kontena_ws_nb.decoders.decoder import Decoded, Encoded, Opening
from kontena_ws_nb.decoders.realtime import Realtime
from tests.lab.conversations import received, sent

SECOND = base64.b64encode(bytes(48_000)).decode()


def told(*messages: Encoded) -> Decoded:
    decoder = Realtime(Opening())
    found = [decoder.decode(one) for one in messages][-1]
    assert found is not None
    return found


@pytest.mark.parametrize(
    ("session", "seconds"),
    [
        ({}, 1.0),
        ({"input_audio_format": "pcm16"}, 1.0),
        ({"input_audio_format": "g711_ulaw"}, 6.0),
        ({"audio": {"input": {"format": {"type": "audio/pcm", "rate": 16000}}}}, 1.5),
        ({"audio": {"input": {"format": {"type": "audio/pcmu"}}}}, 6.0),
        ({"audio": {"input": {"format": {"type": "audio/pcm", "rate": 1}}}}, 1.0),
        ({"audio": {"input": {"format": {"type": [], "rate": True}}}}, 1.0),
        ({"audio": {"input": 7}, "input_audio_format": "g711_alaw"}, 6.0),
        ({"audio": 7}, 1.0),
        (7, 1.0),
    ],
)
def test_audio_by_the_sessions_format(session: Any, seconds: float) -> None:
    audio = sent({"type": "input_audio_buffer.append", "event_id": "e", "audio": SECOND})
    found = told(received({"type": "session.created", "session": session}), audio)
    assert found.label == f"input_audio_buffer.append {seconds:.2f} s"
    assert found.value == {
        "type": "input_audio_buffer.append",
        "event_id": "e",
        "audio": f"({seconds:.2f} s of audio)",
    }
    assert found.id == "e"


@pytest.mark.parametrize(
    ("event", "label"),
    [
        ({"type": "response.output_audio.delta", "delta": SECOND}, "response.output_audio.delta 1.00 s"),
        ({"type": "response.audio.delta", "delta": SECOND}, "response.audio.delta 1.00 s"),
        ({"type": "response.audio_transcript.delta", "delta": "Hello"}, 'response.audio_transcript.delta "Hello"'),
        (
            {"type": "response.audio_transcript.delta", "delta": "A" * 64},
            'response.audio_transcript.delta "' + "A" * 59 + "…",
        ),
        ({"type": "response.text.delta", "delta": "A" * 16}, 'response.text.delta "' + "A" * 16 + '"'),
        ({"type": "response.audio.delta", "delta": "no base64, is it?"}, 'response.audio.delta "no base64, is it?"'),
        ({"type": "response.audio.delta", "delta": "AAAA"}, 'response.audio.delta "AAAA"'),
        ({"type": "x.done", "transcript": "Hi"}, 'x.done "Hi"'),
        (
            {"type": "response.done", "response": {"status": "completed", "usage": {"total": 7}}},
            'response.done completed {"total": 7}',
        ),
        ({"type": "response.created", "response": {}}, "response.created"),
        (
            {"type": "conversation.item.created", "item": {"type": "message", "role": "user", "name": 7}},
            "conversation.item.created message user",
        ),
        ({"type": "session.updated"}, "session.updated"),
        ({"audio_event": {"audio_base_64": SECOND}, "type": "audio"}, "audio 1.00 s"),
        ({"user_audio_chunk": SECOND}, "user_audio_chunk 1.00 s"),
        (
            {
                "serverContent": {
                    "modelTurn": {"parts": [{"inlineData": {"mimeType": "audio/pcm;rate=16000", "data": SECOND}}]}
                }
            },
            "serverContent 1.50 s",
        ),
        ({"realtimeInput": {"audio": {"mime_type": "audio/pcm", "data": SECOND}}}, "realtimeInput 1.00 s"),
        ({"realtimeInput": {"video": {"mimeType": "image/png", "data": SECOND}}}, "realtimeInput"),
        ({"type": "error", "error": {"type": "invalid", "message": "no"}}, 'error invalid "no"'),
    ],
)
def test_labels(event: Any, label: str) -> None:
    assert told(received(event)).label == label


def test_an_error_answers_the_event_it_is_about() -> None:
    found = told(
        received({"type": "error", "event_id": "e", "error": {"code": "bad", "message": "no", "event_id": "mine"}})
    )
    assert (found.id, found.answers) == (None, "mine")


def test_what_is_none_of_its_events() -> None:
    decoder = Realtime(Opening())
    assert [decoder.decode(received(one)) for one in ("hello", "[]", "{}")] == [None] * 3
