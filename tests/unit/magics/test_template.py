"""{{expression}}: what is replaced, what is not, and what it says when it cannot."""

from __future__ import annotations

import pytest

from kontena_ws_nb.magics.template import TemplateError, fill

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
        ("a {{x", 2, "this {{ is never closed by }}; --raw sends braces as they are"),
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
    with pytest.raises(TemplateError, match=r"\{\{\{1\}\}\} has no JSON: Object of type set is not JSON serializable"):
        fill("{{ {1} }}", NAMES, as_json=True)


def test_the_namespace_is_not_written_to():
    names = {"x": 1}
    fill("{{(y := x)}}", names)
    assert names == {"x": 1}
