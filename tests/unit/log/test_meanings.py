"""A log knows nothing of decoders until somebody asks."""

from __future__ import annotations

import subprocess
import sys

import pytest

from kontena_ws_nb.decoders.decoder import Opening
from kontena_ws_nb.log import meanings
from kontena_ws_nb.log.log import MessageLog


def test_decoders_are_imported_when_somebody_asks() -> None:
    program = """
import sys
from kontena_ws_nb import MessageLog
log = MessageLog()
log.add("text", b"{}")
log.meanings.choose(None)
assert log.meanings.choice is None and log.generation == 0
log[0], list(log), log[:].pieces()
assert "kontena_ws_nb.decoders.registry" not in sys.modules
log[0].decoded
assert "kontena_ws_nb.decoders.registry" in sys.modules
"""
    subprocess.run([sys.executable, "-c", program], check=True, timeout=60)


def test_what_is_known_of_connections_is_told_on() -> None:
    log = MessageLog()
    log.meanings.opened(3, Opening(subprotocol="graphql-transport-ws"))
    assert log.meanings.name(3) == "graphql"
    assert log.meanings.name(4) is None


def test_another_choice_is_another_generation() -> None:
    log = MessageLog()
    before = log.generation
    log.meanings.choose("raw")
    assert log.meanings.choice == "raw"
    assert log.generation == before + 1
    log.meanings.choose(None)
    assert log.meanings.choice is None
    assert log.generation == before + 2


def test_a_log_that_nobody_holds_is_freed_at_once() -> None:
    from weakref import ref

    log = MessageLog()
    log.add("binary", b"\x81\xa1a\x01")
    message = log[0]
    assert message.label == '{"a": 1}'
    gone = ref(log)
    del log
    assert gone() is None
    assert message.decoded == {"a": 1}


@pytest.mark.parametrize("choice", ["nothing", 5])
def test_a_bad_choice_changes_nothing(choice: object) -> None:
    log = MessageLog()
    with pytest.raises((ValueError, TypeError)):
        log.meanings.choose(choice)  # type: ignore[arg-type]
    assert log.meanings.choice is None


def test_of_few_connections_the_opening_is_kept(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(meanings, "CONNECTIONS", 2)
    log = MessageLog()
    for connection in (1, 2, 3):
        log.meanings.opened(connection, Opening(subprotocol="graphql-transport-ws"))
    assert [log.meanings.name(connection) for connection in (1, 2, 3)] == [None, "graphql", "graphql"]
