"""Every error leads to an explanation, whatever its code, and every explanation says what to do."""

from __future__ import annotations

import re
from pathlib import Path

import pytest

import kontena_ws_nb as kws
from kontena_ws_nb.close import CLOSE_CODES
from kontena_ws_nb.display.error_topics import everything, explained, find, listing
from kontena_ws_nb.log.filter.query_error import QueryError
from kontena_ws_nb.magics import UsageError
from kontena_ws_nb.tls import failing_certificate as codes

PHASES = ("connect", "open", "read", "write", "ping", "close", "expect")


def classes(base: type[BaseException] = kws.Error) -> list[type[BaseException]]:
    return [base, *(one for kind in base.__subclasses__() for one in classes(kind))]


def test_every_class_has_one() -> None:
    for one in [*classes(), QueryError, UsageError]:
        if one.__module__.startswith("kontena_ws_nb"):
            assert find(one.__name__) is not None, one
            assert find(f"{one.__module__}.{one.__name__}") == find(one.__name__)


#: Exceptions that end inside the package: they become another, or are Python's own protocols.
INSIDE = {
    *("DERError", "EndOfStreamError", "HeadTooLongError", "JSONError", "NotHTTPError", "NotJsonError", "OutputError"),
    *("RequestError", "SilenceError", "TooLongError", "UnreadableError", "WriteStalledError"),
    *("BrokenPipeError", "ConnectionResetError", "UnicodeError", "ArgumentTypeError", "TraitError"),
    *("KeyboardInterrupt", "StopIteration", "StopAsyncIteration"),
}


def test_every_class_that_is_raised_has_one() -> None:
    errors = {
        name
        for path in Path(kws.__file__).parent.rglob("*.py")
        for name in re.findall(
            r"\braise (?:\w+\.)*([A-Z]\w*(?:Error|Interrupt|Iteration))\b", path.read_text(encoding="utf-8")
        )
    }
    assert "ImportError" in errors
    assert {name for name in errors - INSIDE if find(name) is None} == set()
    assert errors >= INSIDE


ERRORS = (
    kws.Error("x"),
    kws.ConnectError("x"),
    kws.SSLConnectError("x"),
    kws.SocketError("x"),
    kws.CaptureError("x"),
    kws.EOFError(),
    kws.ProtocolError("x"),
    kws.ProtocolError("x", status=101),
    *(kws.ProtocolError("x", close_code=code) for code in (1002, 1007, 1009, 1010)),
    *(kws.TimeoutError(phase, 1) for phase in PHASES),
    *(kws.CloseError(code) for code in (*range(1000, 1016), 2000, 3000, 3999, 4000, 4999, 65535)),
    *(kws.ProtocolError("x", status=status) for status in (100, *range(102, 600))),
    *(kws.SSLVerifyError("x", verify_code=code, reason="r") for code in range(1, 95)),
)


def test_every_error_leads_to_one() -> None:
    for error in ERRORS:
        found = find(error.topic)
        assert found is not None, error.topic
        address, topic = found
        assert address.partition("-")[0] == error.topic.partition("-")[0] or address == "protocol"
        assert topic.title
        assert topic.why.endswith(".")
        assert topic.do
    assert {type(error) for error in ERRORS} == {one for one in classes() if one.__module__.startswith("kontena_ws_nb")}


def test_every_code_that_we_know_has_its_own() -> None:
    there = everything()
    assert {f"close-{code}" for code in CLOSE_CODES} <= there.keys()
    assert {f"timeout-{phase}" for phase in PHASES} <= there.keys()
    known = [value for name, value in vars(codes).items() if name.isupper() and not name.startswith("_")]
    for code in (one for value in known for one in (value if isinstance(value, frozenset) else [value])):
        found = find(f"certificate-{code}")
        assert found is not None
        assert found[0] != "certificate", code


def test_what_people_type() -> None:
    for typed in ("1006", "close-1006", "EOFError", " eoferror ", "kontena_ws_nb.errors.EOFError"):
        assert explained(typed).startswith("close-1006: closed without a close frame\n")
    assert explained("404").startswith("http-404: ")
    assert explained("18").startswith("certificate-18: self-signed certificate\n")
    assert explained("418").startswith("http-4xx: ")
    assert explained("4711").startswith("close-4000: ")
    assert max(map(len, "\n".join(map(explained, everything())).split("\n"))) <= 110
    with pytest.raises(ValueError, match=r"no help about that; did you mean 'close-1006'\?; errors lists all errors"):
        explained("close-106x")
    for nothing in ("", "close-", "close-x", "99999", "nonsense", "timeout-lunch"):
        with pytest.raises(ValueError, match="no help about that"):
            explained(nothing)


def test_the_list_has_all() -> None:
    said = listing()
    for address, topic in everything().items():
        assert f"  {address:<17} {topic.title}" in said
