"""The literal bytes that every matching payload contains."""

from __future__ import annotations

import re

import pytest

from kontena_ws_nb.log.filter.conditions import required_literal


@pytest.mark.parametrize(
    ("pattern", "flags", "literal"),
    [
        ("abc", 0, "abc"),
        ('"price": ?[0-9]+(?:foo|bar)', 0, '"price":'),
        ("(abc)d+(efgh){2}", 0, "efgh"),
        ("(?:abcd)*x", 0, "x"),
        ("(?:abcd){0,3}?xy", 0, "xy"),
        ("(?i:abcd)ef", 0, "ef"),
        ("(?=abcd)e", 0, "e"),
        ("[ab]+|c", 0, ""),
        ("a\ufffdbc", 0, "bc"),
        ("ABÜC", re.I, "ab"),
        ("(?-i:ABC)", re.I, "abc"),
        ("^foo$", 0, "foo"),
    ],
)
def test_literals_of_regular_expressions(pattern, flags, literal):
    assert required_literal(re.compile(pattern, flags)) == literal


def test_literals_of_newer_regular_expressions():
    # Python 3.11's atomic groups and possessive repeats, as its parser gives them.
    from kontena_ws_nb.log.filter.conditions import _collect

    tree = [("ATOMIC_GROUP", [("LITERAL", 97), ("LITERAL", 98)]), ("POSSESSIVE_REPEAT", (1, 9, [("LITERAL", 99)]))]
    runs = [""]
    _collect(tree, runs, False)
    assert [run for run in runs if run] == ["ab", "c"]
