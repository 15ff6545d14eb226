"""{{expression}} in payloads and filters: what is replaced, what is not, and the errors."""

from __future__ import annotations

import pytest

from kontena_ws_nb.conversation.payload import PayloadError, check_json
from kontena_ws_nb.conversation.template import TemplateError, expression_end, fill
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


def test_what_is_no_value_can_be_changed_on_its_way_but_not_in_errors():
    named = {"NAMED": "se{{cret}}"}

    def literal(text):
        return text.replace("NAMED", named["NAMED"])

    assert fill("NAMED {{x}} {{'NAMED'}} NAMED", NAMES, literal=literal) == "se{{cret}} 5 se{{cret}} se{{cret}}"
    with pytest.raises(TemplateError) as caught:
        fill("{{nobody('NAMED')}}", NAMES, literal=literal)
    assert caught.value.message == "{{nobody('NAMED')}}: NameError: name 'nobody' is not defined"


def test_two_braces_are_written_as_an_expression():
    assert fill('{{"{{"}}x}}', NAMES) == "{{x}}"


def test_what_to_do_about_braces_is_the_callers():
    with pytest.raises(TemplateError) as caught:
        fill("{{", NAMES, raw="switch it off")
    assert caught.value.message == "this {{ is not closed by }}; switch it off"


def test_where_an_expression_ends(monkeypatch):
    assert expression_end('a {{ {"a": {}}["a"] }} b', 2) == 22
    assert expression_end("{{env:X}} b", 0) == 9
    with pytest.raises(TemplateError):
        expression_end("{{x +}}", 0)
