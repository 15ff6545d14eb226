"""What happened around a row."""

from __future__ import annotations

import pytest

from kontena_ws_nb.decoders.decoder import Decoded, Decoder, Encoded
from kontena_ws_nb.feed import pairing as timing
from kontena_ws_nb.feed.pairing import pair, since_previous, since_sent
from kontena_ws_nb.log.log import MessageLog


def log(*rows: tuple[str, bytes]) -> MessageLog:
    """Rows a millisecond apart; ``>`` sent, ``<`` received."""
    made = MessageLog()
    for number, (way, data) in enumerate(rows, 1):
        made.add("text", data, sent=way == ">", time_ns=number * 1_000_000)
    return made


@pytest.mark.parametrize("data", [b"no json", b'{"id":null}', b'{"id":1e99999999999999999999}'])
def test_no_id(data: bytes) -> None:
    made = log((">", data))
    assert pair(made, made[0]) is None


def test_ids_of_other_names_and_places() -> None:
    made = log(
        (">", b'{"nonce":"a"}'),
        ("<", b'{"id":5,"nonce":"a"}'),
        (">", b'["1","2","t","e",{}]'),
        ("<", b'["1","2","t","phx_reply",{}]'),
    )
    assert pair(made, made[0]) == {"key": 1, "index": 1, "sent": 0, "answer": True, "took": 1000}
    assert pair(made, made[3]) == {"key": 2, "index": 2, "sent": 1, "answer": False, "took": 1000}


def test_the_nearest_with_the_same_id_on_either_side() -> None:
    made = log(
        (">", b'{"id":7}'),
        ("<", b'{"id":"7"}'),
        ("<", b'{"id":8}'),
        ("<", b'{"id":7.0}'),
        (">", b'{"id":7}'),
        ("<", b'{"id":7}'),
    )
    assert pair(made, made[0]) == {"key": 3, "index": 3, "sent": 0, "answer": True, "took": 3000}
    assert pair(made, made[4]) == {"key": 5, "index": 5, "sent": 0, "answer": True, "took": 1000}
    assert pair(made, made[5]) == {"key": 4, "index": 4, "sent": 1, "answer": False, "took": 1000}
    assert pair(made, made[1]) is None  # text is no number


def test_what_the_server_asked_is_answered_by_us() -> None:
    made = log(("<", b'{"id":1,"method":"ping"}'), (">", b'{"id":1}'))
    assert pair(made, made[0]) == {"key": 1, "index": 1, "sent": 1, "answer": True, "took": 1000}
    assert pair(made, made[1]) == {"key": 0, "index": 0, "sent": 0, "answer": False, "took": 1000}


def test_far_away_and_out_of_time(monkeypatch: pytest.MonkeyPatch) -> None:
    rows = [(">", b'{"id":1}'), *[("<", b"x")] * 6000, ("<", b'{"id":1}')]
    made = log(*rows)
    found = pair(made, made[6001])
    assert found is not None
    assert found["index"] == 0
    monkeypatch.setattr(timing, "BUDGET", -1.0)
    assert pair(made, made[0]) is None


def test_another_connection_is_another_conversation() -> None:
    made = MessageLog()
    made.add("text", b'{"id":1}', sent=True, connection=1)
    made.add("text", b'{"id":1}', connection=2)
    assert pair(made, made[0]) is None


def test_since() -> None:
    made = log(("<", b"first"), (">", b"sent"), ("<", b"x"), ("<", b"y"))
    assert [since_previous(made, message) for message in made] == [None, 1000, 1000, 1000]
    assert [since_sent(made, message) for message in made] == [None, None, 1000, 2000]


class Told(Decoder):
    """Says which message is called how and answers what; nothing of it can be read in the payloads."""

    name = "told"

    def decode(self, message: Encoded) -> Decoded | None:
        way, number = message.payload.decode().split()
        return Decoded(None, way, *((number, None) if way == "asks" else (None, number)))


def test_ids_that_only_a_decoder_knows_of(monkeypatch: pytest.MonkeyPatch) -> None:
    made = log((">", b"asks a"), (">", b"asks b"), ("<", b"answers b"), ("<", b"answers c"), ("<", b"answers a"))
    made.add("text", b"answers b", connection=2)
    made.meanings.choose(Told)
    assert pair(made, made[0]) == {"key": 4, "index": 4, "sent": 0, "answer": True, "took": 4000}
    assert pair(made, made[2]) == {"key": 1, "index": 1, "sent": 1, "answer": False, "took": 1000}
    assert pair(made, made[3]) is None
    assert pair(made, made[5]) is None
    monkeypatch.setattr(timing, "BUDGET", 0.0)
    assert pair(made, made[0]) is None
