"""Keys that no message has, and what was meant."""

from __future__ import annotations

import time

import pytest

import kontena_ws_nb as kws
from kontena_ws_nb.log.filter import unknown as module
from kontena_ws_nb.log.filter.unknown import advice, advice_on_path, newest_advice


@pytest.fixture
def log() -> kws.MessageLog:
    log = kws.MessageLog()
    for text in ('{"type":"trade","data":{"id":7,"price":1},"items":[1]}', '{"type":"q","symbol":"B"}', "no JSON"):
        log.add("text", text.encode())
    return log


@pytest.mark.parametrize(
    ("text", "said"),
    [
        ("$.simbol=B", "no message has the key simbol: did you mean $.symbol?"),
        ("$.Type", "no message has the key Type: did you mean $.type?"),
        ("$.data.idd>5", "no message has the key idd: did you mean $.data.id?"),
        ("$.price>3", "no message has $.price: did you mean $.data.price?"),
        ("word or $..prce", "no message has the key prce: did you mean $.data.price?"),
        (
            "kind:text (x $.zzzzz)",
            "no message has the key zzzzz; they have $.type, $.data, $.items, $.symbol, $.data.id",
        ),
        ("$.items[5]", "no message has $.items[5]"),
        ("id:54321", "id:54321 is searched for as text; to compare the key type $.data.id=54321"),
        ("data.price:2", "data.price:2 is searched for as text; to compare the key type $.data.price=2"),
        ("$.type=none", "no message has such a value; they have $.type=trade, $.type=q"),
        ("$.type~none", "no message has such a value; they have $.type=trade, $.type=q"),
        ("$.type=TRADE dir:received", "no message has such a value; they have $.type=trade, $.type=q"),
        ('$.data.price="1"', "no message has such a value; they have $.data.price=1"),
        ("$.items=1", "$.items is an array; to compare its elements type $.items[*]="),
        ("$.data=1", ""),
        ("$.data.price>5", ""),
        ("$.type=trade dir:sent", ""),
        ("JSON no", ""),
        ("TRADE", "it is there in another case: type i:TRADE"),
        ('"NO json"', 'it is there in another case: type i:"NO json"'),
        ("i:TRADE dir:sent", ""),
        ("x" * 100, ""),
        (".data.id", ".data.id is searched for as text; messages that have the key are found by $.data.id"),
        (".symbol", ".symbol is searched for as text; messages that have the key are found by $.symbol"),
        (".com", ""),
        (".type?", ".type? is searched for as text; messages that have the key are found by $.type"),
        ("^no", "^no is searched for as text; as a regular expression it is /^no/"),
        ("[a-z]+", "[a-z]+ is searched for as text; as a regular expression it is /[a-z]+/"),
        ("^zzz", ""),
        ("^[a-z]+/", ""),
        ("]*[", ""),
        ('{"items":[],"type":"trades"}', "it is searched for as it is spelled; to compare a key type $.type=trades"),
        ('{"items":[]}', ""),
        ('{"items"', ""),
        ("-$.zzz -(a $.zzz)", ""),
        ("zzz:1", ""),
        ("http://host", ""),
        ("word dir:sent", ""),
    ],
)
def test_what_is_told(log: kws.MessageLog, text: str, said: str) -> None:
    assert advice(text, log[:], True) == said


def test_only_what_was_looked_at_is_claimed(log: kws.MessageLog) -> None:
    assert advice("$.idd", log[:], False) == "no message of the newest 3 has the key idd: did you mean $.data.id?"


def test_few_of_many_values_are_named(log: kws.MessageLog) -> None:
    for number in range(9):
        log.add("text", f'{{"n":{number},"password":"hidden"}}'.encode())
    assert newest_advice("$.n=77", log) == "no message has such a value; they have $.n=0, $.n=1, $.n=2, $.n=3, $.n=4 …"
    kws.secret("hidden")
    assert newest_advice("$.password=x", log) == ""
    for _ in range(50):
        log.add("text", b'{"n":0}')
    assert newest_advice("$.n=7", log) == "no message of the newest 50 has such a value; they have $.n=0"


@pytest.mark.parametrize("text", ["[a]+[a]+[a]+[a]+[a]+[a]+[}]", "$.a=b", "word"])
def test_nothing_is_claimed_of_what_takes_too_long(monkeypatch: pytest.MonkeyPatch, text: str) -> None:
    log = kws.MessageLog()
    for _ in range(2):
        log.add("text", b'{"a":"' + b"a" * 5000 + b'"}')
    log.add("text", b'{"a":"x"}')
    began = time.monotonic()
    assert (newest_advice(text, log) != "") is (text == "$.a=b")
    assert time.monotonic() - began < 20
    monkeypatch.setattr(module, "_BUDGET", 0)
    assert newest_advice(text, log) == ""


def test_a_path_alone(log: kws.MessageLog) -> None:
    assert advice_on_path("simbol", log[:], True) == "no message has the key simbol: did you mean $.symbol?"
    assert advice_on_path("$.type", log[:], True) == ""


def test_without_json_nothing_is_known() -> None:
    log = kws.MessageLog()
    log.add("text", b"7")
    assert advice("$.idd", log[:], True) == ""


def test_no_secret_is_suggested(log: kws.MessageLog) -> None:
    kws.secret("symbol")
    assert "symbol" not in advice("$.simbol", log[:], True)
