"""The seam: what a decoder is told, and what several in one message become."""

from __future__ import annotations

from kontena_ws_nb.decoders.decoder import Decoded, Decoder, Encoded, Opening, together


class Nothing(Decoder):
    name = "nothing"

    def decode(self, message: Encoded) -> Decoded | None:
        return super().decode(message)  # type: ignore[safe-super]


def test_a_decoder_recognizes_nothing_unless_it_says_so() -> None:
    assert not Nothing.recognizes(Opening(), [Encoded(b"a")])
    assert Nothing(Opening("a")).opening.url == "a"
    assert Nothing(Opening()).decode(Encoded(b"")) is None
    assert (Nothing.stateful, Nothing.subprotocols, Nothing.replies, Nothing.heartbeat) == (False, (), (), None)


def test_several_things_in_one_message() -> None:
    one, other = Decoded(1, "one", None, 7), Decoded(2, "two", 8, 9)
    assert together([], "things") is None
    assert together([one], "things") == one
    assert together([one, other], "things") == Decoded([1, 2], "2 things: one; two", 8, 7, (one, other))
    assert together([one], "things", 1200) == Decoded([1], "1,200 things: one", None, 7, (one,))
