"""The error classes, their exact texts, pickling and copying."""

from __future__ import annotations

import builtins
import copy
import pickle
import traceback

import pytest

import kontena_ws_nb as kws
from kontena_ws_nb import errors
from kontena_ws_nb.errors import (
    CloseError,
    ConnectError,
    EOFError,
    Error,
    ProtocolError,
    SocketError,
    TimeoutError,
    again,
)
from kontena_ws_nb.tls.errors import SSLConnectError, SSLVerifyError


class Leaf:
    subject = "CN=lab"
    issuer = "CN=root"

    def __eq__(self, other):
        return isinstance(other, Leaf)

    __hash__ = object.__hash__


URL = "wss://host/"
CASES = [
    (Error("it broke"), "it broke"),
    (Error("it broke", url=URL, hint="do this"), "wss://host/: it broke; do this"),
    (Error("it broke", hint="do this"), "it broke; do this"),
    (ConnectError("the host name does not resolve", url=URL), "wss://host/: the host name does not resolve"),
    (
        SSLConnectError("handshake failed", url=URL, hint="try ws://", reason="WRONG_VERSION_NUMBER"),
        "wss://host/: handshake failed; try ws://",
    ),
    (
        SSLVerifyError(
            "refused", verify_code=18, reason="self-signed certificate", chain=(Leaf(),), url=URL, hint="pin it"
        ),
        "wss://host/: refused; pin it",
    ),
    (SSLVerifyError("refused", verify_code=20, reason="unable"), "refused"),
    (
        ProtocolError("answered 404", url=URL, status=404, headers=[("Server", "b")], body=b"x", close_code=1002),
        "wss://host/: answered 404",
    ),
    (SocketError("connection reset", url=URL), "wss://host/: connection reset"),
    (TimeoutError("connect", 2.5, url=URL), "wss://host/: connect timed out after 2.5 s"),
    (TimeoutError("read", 10, "no message within 10 s", hint="wait"), "no message within 10 s; wait"),
    (CloseError(1001, "maintenance", url=URL), 'wss://host/: the server closed with 1001 (going away) "maintenance"'),
    (CloseError(4000), "the server closed with 4000 (application code)"),
    (CloseError(1000, message="bye"), "bye"),
    (EOFError(), "the connection ended without a close frame (1006)"),
    (EOFError("gone", url=URL, hint="again"), "wss://host/: gone; again"),
]


@pytest.mark.parametrize(("error", "text"), CASES, ids=[f"{type(e).__name__}-{i}" for i, (e, _) in enumerate(CASES)])
def test_texts_and_copies(error, text):
    assert str(error) == text
    for twin in (pickle.loads(pickle.dumps(error)), copy.copy(error), copy.deepcopy(error), again(error)):
        assert type(twin) is type(error)
        assert str(twin) == text
        assert twin.args == error.args
        assert twin.__dict__ == error.__dict__


@pytest.mark.parametrize(
    ("ours", "theirs"),
    [
        (ConnectError, ConnectionError),
        (SSLConnectError, ConnectError),
        (SSLVerifyError, SSLConnectError),
        (SocketError, OSError),
        (TimeoutError, builtins.TimeoutError),
        (EOFError, CloseError),
        (EOFError, builtins.EOFError),
    ],
)
def test_cousins(ours, theirs):
    assert issubclass(ours, theirs)
    assert issubclass(ours, Error)


def test_attributes():
    verify = SSLVerifyError("refused", verify_code=18, reason="self-signed certificate", chain=(Leaf(),))  # type: ignore[arg-type]
    assert (verify.verify_code, verify.reason, verify.subject, verify.issuer) == (
        18,
        "self-signed certificate",
        "CN=lab",
        "CN=root",
    )
    assert verify.cert == Leaf()
    bare = SSLVerifyError("refused", verify_code=1, reason="unspecified")
    assert (bare.cert, bare.subject, bare.issuer, bare.cert_chain) == (None, None, None, None)
    http = ProtocolError("no", status=401, headers=iter([("A", "b")]), body=b"x")  # type: ignore[arg-type]
    assert (http.status, http.headers, http.body, http.close_code) == (401, (("A", "b"),), b"x", None)
    assert (EOFError().code, EOFError().reason) == (1006, "")
    assert TimeoutError("ping", 3).phase == "ping"


def test_an_error_raised_again_keeps_its_cause():
    cause = ValueError("why")
    error = SocketError("broke")
    error.__cause__ = cause
    assert again(error).__cause__ is cause


def test_the_docstring_shows_the_whole_tree():
    for name, value in vars(errors).items():
        if isinstance(value, type) and issubclass(value, Error):
            assert name in (errors.__doc__ or ""), name


#: What drives a terminal, hides or reorders: C0, C1, ESC, direction marks, overrides, isolates, zero width, separators,
#: BOM, tags, surrogates.
HOSTILE = "a\x1b]0;pwned\x07\x9b31m\r\x00\x7f\x85\xad\u061c\u200b\u200c\u200d\u200e\u200f\u2028\u2029\u202a\u202e\u2060\u2066\u2069\ufeff\ufff9\U000e0041\ud800b"


@pytest.mark.parametrize(
    "error",
    [
        kws.CloseError(4000, HOSTILE, url=f"ws://h/{HOSTILE}"),
        kws.CloseError(4000, HOSTILE + "\nERROR: a line that is none of ours"),
        kws.ProtocolError(
            f"the server answered {HOSTILE}",
            hint=HOSTILE,
            headers=[("a", HOSTILE)],
            body=HOSTILE.encode("utf-8", "replace"),
        ),
        kws.ConnectError(HOSTILE),
        kws.TimeoutError("open", 1, HOSTILE),
        kws.EOFError(HOSTILE),
    ],
    ids=lambda error: type(error).__name__,
)
def test_whatever_a_server_writes_is_printable(error: kws.Error) -> None:
    for one in (error, pickle.loads(pickle.dumps(error)), copy.copy(error)):
        texts = [
            str(one),
            repr(one),
            one.message,
            one.hint or "",
            *map(str, one.args),
            *traceback.format_exception_only(one)[0].splitlines(),
        ]
        for text in texts:
            assert text.isprintable(), text
        assert r"\x1b]0;pwned" in str(one)
    if isinstance(error, kws.CloseError) and error.reason:
        assert error.reason.startswith(HOSTILE), "the attribute is exact"


def test_errors_are_bounded_however_much_a_server_writes() -> None:
    for error in (
        kws.CloseError(4000, "x" * 60_000),
        kws.ProtocolError("x" * 60_000, url="ws://" + "h" * 60_000, hint="x" * 60_000),
    ):
        assert len(str(error)) < 9000
        assert len(repr(error)) < 9000
    assert str(kws.CloseError(4000, "x" * 60_000)) == f'the server closed with 4000 (application code) "{"x" * 200}…"'
    assert kws.Error("x" * 60_000).message == f"{'x' * 4000}… (60,000 characters)"


def test_newlines_of_ours_stay() -> None:
    assert str(kws.Error("nothing matched:\n  one\n  two")) == "nothing matched:\n  one\n  two"
