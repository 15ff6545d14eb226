"""{x} in the lines of magics: what is replaced, what is not, and the errors."""

from __future__ import annotations

import pytest

from kontena_ws_nb.magics.report import UsageError
from kontena_ws_nb.magics.template import expand, left

NAMES = {"x": 5, "name": 'A "B"', "d": {"k": [1, 2]}}

# ---- what IPython would have expanded


@pytest.mark.parametrize(
    ("text", "written"),
    [
        ("{x}", "{x}"),
        ("a {nobody} {x.real:>5}", "{x}"),
        ("{name!r}", "{name}"),
        ("{d[k]}", "{d}"),
        ("$x", "$x"),
        ('{"a": {x}}', "{x}"),
        ("{{x}} {x}", "{x}"),
    ],
)
def test_a_variable_in_single_braces_is_pointed_at(text, written):
    name = written.strip("${}")
    assert left(text, NAMES) == (
        f"{written} is taken as text; {{{{{name}}}}} is replaced by the variable's value (--raw hides this hint)"
    )


@pytest.mark.parametrize(
    "text", ["", "{nobody}", '{"x": 1}', "{ x }", "$.x", "$1", "{{x}}", '{{f"{x}"}}', "{{env:x}}", "{}", "{x", "x}"]
)
def test_other_braces_are_not(text):
    assert left(text, NAMES) == ""


# ---- as IPython expands, but never in silence


@pytest.mark.parametrize(
    ("line", "expanded"),
    [
        ("wss://h/{name} --token {x}", "wss://h/me --token 7"),
        ("-H 'A: {{x}}' $name ${name} {x + 1} {sorted('ba')}", "-H 'A: {x}' me $me 8 ['a', 'b']"),
        # Nothing in it begins like a variable: as it is, which IPython does too.
        ("-H 'A: {\"a\": 1}' h", "-H 'A: {\"a\": 1}' h"),
        ("--user me:pa$word h", "--user me:pa$word h"),
        ("--user me:pa{word h", "--user me:pa{word h"),
        ("-H 'A: {} {0}' {{x}} $nobody", "-H 'A: {} {0}' {{x}} $nobody"),
    ],
)
def test_a_line_is_expanded_as_ipython_does(line, expanded):
    names = {"name": "me", "x": 7}
    assert expand(line, names, "ws_connect") == expanded


@pytest.mark.parametrize(
    ("line", "problem"),
    [
        (
            "--token {tokne} h",
            "{tokne} was not replaced: there is no variable tokne; did you mean token?; write {{tokne}} for braces that are text",
        ),
        ("{token} {nobody.url}", "{nobody} was not replaced: there is no variable nobody; write {{nobody}} for braces"),
        ("{os.environ['X']}", "{os} was not replaced: there is no variable os; write {{os}} for braces"),
        # Known, but something else in the line fails, and then IPython replaces nothing.
        (
            "{token} $nobody",
            "{token} was not replaced, because an expression in this line fails (NameError); write {{ and",
        ),
        ("--token {token} -H 'A: {\"a\": {}}'", "{token} was not replaced, because an expression in this line fails"),
        ("{token.secret}", "{token} was not replaced, because an expression in this line fails (AttributeError)"),
        ("{int('hunter2')}", "{int} was not replaced, because an expression in this line fails (ValueError)"),
    ],
)
def test_a_line_that_cannot_be_expanded_says_which_name(line, problem):
    with pytest.raises(UsageError) as caught:
        expand(line, {"token": "hunter2"}, "ws_cert")
    assert str(caught.value).startswith(f"%ws_cert: {problem}")
    assert "hunter2" not in str(caught.value)
