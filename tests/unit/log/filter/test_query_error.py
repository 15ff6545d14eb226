"""Errors in filters: a caret under the error, whatever the text contains."""

from __future__ import annotations

import copy
import pickle

import pytest

import kontena_ws_nb as kws
from kontena_ws_nb.log.filter.grammar import parse
from kontena_ws_nb.log.filter.query_error import QueryError


def test_an_error_shows_a_window_of_long_text_and_no_controls():
    error = QueryError("bad", "x" * 500 + "\x1b[31m" + "y" * 500, 500)
    assert str(error) == f"bad\n  {'x' * 60}·[31m{'y' * 35}\n  {' ' * 60}^"


def test_errors_survive_pickle_and_copy():
    error = QueryError("bad", "a b", 2)
    for twin in (pickle.loads(pickle.dumps(error)), copy.copy(error), copy.deepcopy(error)):
        assert (str(twin), twin.message, twin.text, twin.position) == (str(error), "bad", "a b", 2)
    assert isinstance(error, ValueError)


def test_what_is_suggested_holds_no_secret():
    kws.secret("hunter2-hunter2")
    with pytest.raises(QueryError) as caught:
        parse("token=hunter2-hunter2")
    for said in (caught.value.message, str(caught.value), repr(caught.value)):
        assert "hunter2" not in said
