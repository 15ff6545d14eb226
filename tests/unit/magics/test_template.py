"""{{expression}} in payloads and {x} in other lines: what is replaced, what is not, and the errors."""

from __future__ import annotations

import pytest

from kontena_ws_nb.magics.payload import PayloadError, check_json
from kontena_ws_nb.magics.report import UsageError
from kontena_ws_nb.magics.template import TemplateError, expand, fill, left
from kontena_ws_nb.redaction.payloads import count, mask

NAMES = {"x": 5, "name": 'A "B"', "d": {"k": [1, 2]}}


@pytest.mark.parametrize(
    ("text", "plain", "as_json"),
    [
        ("", "", ""),
        ("{x} $x }} {", "{x} $x }} {", "{x} $x }} {"),
        ("{{x}}", "5", "5"),
        ("{{ x + 1 }}!", "6!", "6!"),
        ("<{{name}}>", '<A "B">', '<"A \\"B\\"">'),
        ("{{d}}", "{'k': [1, 2]}", '{"k": [1, 2]}'),
        ('{{ {"a": {"b": 1}}["a"] }}', "{'b': 1}", '{"b": 1}'),
        ("{{x}}{{x}}", "55", "55"),
        ('{"a": {"b": {{x}}}}', '{"a": {"b": 5}}', '{"a": {"b": 5}}'),
        ("{{'ü'}}", "ü", '"ü"'),
        ("{{[n * x for n in (1, 2)]}}", "[5, 10]", "[5, 10]"),
    ],
)
def test_filling(text, plain, as_json):
    assert fill(text, NAMES) == plain
    assert fill(text, NAMES, as_json=True) == as_json


@pytest.mark.parametrize(
    ("text", "position", "message"),
    [
        ("a {{x", 2, "this {{ is not closed by }}; --raw sends braces as they are"),
        ("{{x +}}", 0, "{{x +}} is not a Python expression (invalid syntax); --raw sends braces as they are"),
        ("{{}}", 0, "{{}} is not a Python expression (invalid syntax); --raw sends braces as they are"),
        ("ab {{nobody}}", 3, "{{nobody}}: NameError: name 'nobody' is not defined"),
        ("{{1 / 0}}", 0, "{{1 / 0}}: ZeroDivisionError: division by zero"),
    ],
)
def test_mistakes(text, position, message):
    with pytest.raises(TemplateError) as caught:
        fill(text, NAMES)
    assert (caught.value.message, caught.value.position) == (message, position)


def test_what_has_no_json():
    with pytest.raises(
        TemplateError, match=r"\{\{\{1\}\}\} cannot be written as JSON: Object of type set is not JSON serializable"
    ):
        fill("{{ {1} }}", NAMES, as_json=True)


def test_the_namespace_is_not_written_to():
    names = {"x": 1}
    fill("{{(y := x)}}", names)
    assert names == {"x": 1}


# ---- the environment


def test_a_variable_of_the_environment_is_a_secret_at_once(monkeypatch):
    monkeypatch.setenv("FEED_TOKEN", 's3cr"3t')
    assert not count()
    assert fill("{{env:FEED_TOKEN}} {{ env: FEED_TOKEN }} {{x}}", NAMES) == 's3cr"3t s3cr"3t 5'
    assert fill('{"t": {{env:FEED_TOKEN}}}', NAMES, as_json=True) == '{"t": "s3cr\\"3t"}'
    assert mask('<s3cr"3t>') == "<***>"


def test_a_variable_that_is_not_set(monkeypatch):
    monkeypatch.setenv("FEED_TOKEN", "not to be shown")
    with pytest.raises(TemplateError) as caught:
        fill("ab {{env:feed_tokn}}", NAMES)
    assert caught.value.message == (
        "{{env:feed_tokn}}: feed_tokn is not set in the kernel's environment; did you mean FEED_TOKEN? Nothing was sent"
    )
    assert caught.value.position == 3
    with pytest.raises(
        TemplateError,
        match=r"^\{\{env:\}\}: a variable without a name is not set in the kernel's environment; nothing was sent\n",
    ):
        fill("{{env:}}", NAMES)


def test_a_variable_too_short_to_be_masked(monkeypatch):
    monkeypatch.setenv("SHORT", "abc")
    with pytest.raises(TemplateError) as caught:
        fill("{{env:SHORT}}", NAMES)
    assert caught.value.message == (
        "{{env:SHORT}}: a secret of fewer than 4 characters cannot be masked: it would hide parts of every payload; nothing was sent. "
        "{{os.environ['SHORT']}} sends it unmasked"
    )
    assert not count()


def test_a_mistake_behind_a_secret_is_pointed_at_without_it(monkeypatch):
    monkeypatch.setenv("PEM", "-----BEGIN\\nfirst\\nsecond-----")
    text = fill('{"a": 1,\n"key": "{{env:PEM}}", oops}', NAMES)
    with pytest.raises(PayloadError) as caught:
        check_json(text)
    assert str(caught.value).split("\n") == [
        "not JSON: Expecting property name enclosed in double quotes; nothing was sent (line 2)",
        '  "key": "***", oops}',
        "                ^",
    ]
    assert "BEGIN" not in repr(caught.value)


def test_a_secret_of_several_lines_is_not_cut_at_one(monkeypatch):
    monkeypatch.setenv("PEM", "-----BEGIN\nfirst\nsecond-----")
    with pytest.raises(PayloadError) as caught:
        check_json(fill("[{{env:PEM}}]", NAMES))
    assert str(caught.value).split("\n")[1:] == ["  [***]", "   ^"]


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
